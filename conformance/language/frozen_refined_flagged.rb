# inspect that changes a frozen object, names of refinements, ruby2_keywords of a block's Procs.
def t; p yield; rescue Exception; puts "#{$!.class}: #{$!.message.gsub(/0x\h+/,"X")}"; end
o = Object.new; def o.inspect; @a = 1; end
def o.foo = @b = 1
o.freeze
t { o.foo }
o = Object.new; def o.inspect; raise "x"; end; def o.foo = @b = 1
o.freeze
t { o.foo }
o = Object.new; def o.inspect = "a\nb"; def o.foo = @b = 1
o.freeze
t { o.foo }
o = Object.new; def o.inspect = 5; def o.foo = @b = 1
o.freeze
t { o.foo }
o = Object.new; def o.inspect = "x"*500; def o.foo = @b = 1
o.freeze
t { o.foo }
a = [1]; a << a; a.freeze
t { a << 1 }
class Foo; def inspect; @a = 1; end; def foo = @x = 2; end
a = Foo.new.freeze
t { a.foo }
t { a.inspect }
def a.x; end rescue p $!.message
class Bar; def inspect; Baz.inspect; end; def foo = @x = 2; end
class Baz; def self.inspect = (@z = 1); end
Baz.freeze
t { Bar.new.freeze.foo }
module R; X = refine(String) {} ; end
t { R::X }
t { R::X.name }
t { R::X.to_s }
t { R::X.inspect }
t { R::X.new }
t { R::X.instance_method(:zork) }
module R; Y = Module.new { refine(Integer) { ZZ = self } }; end
t { R::Y }
t { ZZ }
f1 = -> *a { a.last }; f1.ruby2_keywords; f2 = f1.dup
t { Hash.ruby2_keywords_hash?(f2.call(1, a: 1)) }
f3 = -> *a { a.last }; f4 = f3.dup; f5 = f3.clone; f3.ruby2_keywords
t { [f3,f4,f5].map { |f| Hash.ruby2_keywords_hash?(f.call(1, a: 1)) } }
g = proc { |*a| a.last }
g1 = proc(&g); g2 = Proc.new(&g)
g.ruby2_keywords
t { [g, g1, g2].map { |f| Hash.ruby2_keywords_hash?(f.call(1, a: 1)) } }
mk = -> { proc { |*a| a.last } }
h1 = mk.call; h2 = mk.call; h1.ruby2_keywords; h3 = mk.call
t { [h1,h2, h3].map { |f| Hash.ruby2_keywords_hash?(f.call(1, a: 1)) } }
