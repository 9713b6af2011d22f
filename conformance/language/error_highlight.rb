# Marked source lines under error messages.
def t
  yield
rescue Exception => e
  puts "#{e.class} #{e.detailed_message(highlight: false).gsub(__FILE__, "FILE")}"
end
t { nil.foo }
t { nil.foo(42) }
t { nil&.foo; 1.foo 2 }
t { nil[42] }
t { nil.foo = 1 }
t { nil[42] = 1 }
t { nil + 1 }
t { 1 + nil }
t { +nil }
t { foo(42) }
t { foo 42 }
t { foo }
t { x = nil; x += 1 }
t { x = 1; x += nil }
t { x = nil; x.foo += 42 }
t { x = nil; x[1] += 42 }
t { x = [nil]; x[0] += 42 }
t { x = Foo }
t { x = Object::Foo }
t { x = Foo::Bar }
t { Object::Foo += 1 }
t { 1
  .foo
  .bar }
t { 1.
  foo.
  bar }
t { "a#{nil.foo}" }
	t { 	nil.foo }
t { "あ"; nil.foo }
t { [1].map { |x| x.foo } }
t { Integer("x") }
t { Integer(nil) }
t { [1,2].first("x") }
t { [3].first(-1) }
def m(a); end
t { m }
t { m(1, 2) }
t { m(1, 
 2) }
t { ->(a){}.call }
t { raise ArgumentError }
t { raise TypeError, "x" }
t { raise NameError, "x" }
t { eval "nil.foo" }
t { nil.foo.() }
t { nil.() }
t { x = 1; x::Foo }
t { @@foo }
t { @foo.bar }
t { $foo.bar baz: 1 }
t { nil.foo { } }
t { nil.foo do
 end }
t { !Foo }
t { Foo::Bar::Baz }
t { File::Foo::File }
t { [*1.foo] }
t { {a: 1}.fetch(:b) }
t { "a" + 1 }
t { [1] + 1 }
t { 1 <=> 2; 1 < "a" }
t { if 1 < nil then 2 end }
t { super_foo = 1; super_foo.zot!  }
t { nil.foo?  }
t { yield_foo&.bar }
t { a, nil.foo = 1, 2 }
t { a, nil[1] = 1, 2 }
t { nil.foo ||= 1 }
t { nil.foo &&= 1 }
t { nil[1] ||= 1 }
t { Foo ||= 1; Foo::Bar ||= 2 }
t { nil.foo -= 1 }
t { x = nil; x[1, 
 2] += 42 }
t { for nil.foo in [1]; end }
t { nil => {a:} }
t { alias_method :a, :b }
t { String.alias_method :a, :b }
t { class Foo < Bar; end }
t { class String < Integer; end }
t { module String; end }
t { def m2; super; end; m2 }
t { loop { nil.foo } }
t { 1.upto { } }
t { Object.const_get(:Foo) }
t { send(:foo) }
t { nil.send(:foo) }
t { Comparable.instance_method(:foo) }
def kw(a:, b: 1) = a
t { kw }
t { kw(a: 1, c: 2) }
t { kw(1) }
t { m kw: 1 }
begin
  nil.foo
rescue NoMethodError => error
  p error.detailed_message(highlight: true), error.detailed_message(error_highlight: false)
  p ErrorHighlight.spot(error).except(:script_lines)
  p ErrorHighlight.spot(error)[:script_lines].size > 100
end
p((ErrorHighlight.spot(1) rescue $!))
ErrorHighlight::DefaultFormatter.max_snippet_width = 30
t { a_rather_long_name = 1; another_name = a_rather_long_name; nil.foo; yet_another_name = another_name }
t { nil.foo; a_rather_long_name = 1; another_name = a_rather_long_name }
t { a_rather_long_name = 1; another_name = a_rather_long_name; 22.bar }
ErrorHighlight::DefaultFormatter.max_snippet_width = nil
class Marker
  def self.message_for(spot) = "<#{spot[:first_column]}>"
end
ErrorHighlight.formatter = Marker
t { nil.foo }
