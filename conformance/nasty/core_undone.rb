# The most basic methods redefined, undefined and removed.

def attempt(label)
  value = yield
  puts "#{label}: #{value.inspect[0, 80]}"
rescue Exception => error
  puts "#{label}: #{error.class} #{error.message.sub(/0x\h+/, "0x")[0, 100]}"
end

def hot(n)
  i = 0
  sum = 0
  while i < n
    sum += i * 2 - 1
    i += 1
  end
  sum
end

attempt("before") { hot(20_000) }
%i[+ - * / % < == <=> << & []].each do |name|
  saved = Integer.instance_method(name)
  Integer.define_method(name) { |*| raise "no #{name}" }
  result = begin
    case name
    when :+ then 1 + 2
    when :- then 1 - 2
    when :* then 1 * 2
    when :/ then 1 / 2
    when :% then 1 % 2
    when :< then 1 < 2
    when :== then 1 == 2
    when :<=> then 1 <=> 2
    when :<< then 1 << 2
    when :& then 1 & 2
    when :[] then 1[2]
    end
  rescue => error
    error.message
  end
  loops = begin
    hot(5)
  rescue => error
    error.message
  end
  Integer.define_method(name, saved)
  puts "#{name}: #{result.inspect} #{loops.inspect}"
end
attempt("after") { hot(20_000) }

saved = Integer.instance_method(:+)
Integer.undef_method(:+)
attempt("undefined +") { 1 + 2 }
attempt("undefined + in a loop") { hot(3) }
attempt("undefined + inject") { [1, 2].inject(:+) }
attempt("undefined + sum") { [1, 2].sum }
attempt("undefined + each_with_index") { [1, 2].each_with_index.to_a }
attempt("undefined + times") { 3.times.map { _1 } }
attempt("undefined + format") { format("%d", 3) }
Integer.define_method(:+, saved)
attempt("+ again") { 1 + 2 }

%i[initialize respond_to? respond_to_missing? method_missing object_id class instance_variable_get hash == inspect to_s
   eql? equal? send __send__ is_a? kind_of? nil? ! instance_of? frozen? dup clone freeze === <=> initialize_copy
   instance_exec instance_eval singleton_class respond_to_missing?].uniq.each do |name|
  verbose, $VERBOSE = $VERBOSE, nil
  kind = Class.new { undef_method(name) }
  $VERBOSE = verbose
  results = []
  probe = lambda do |&block|
    results << (block.call ? "t" : "f")
  rescue Exception => error
    results << error.class.name[0, 3]
  end
  object = begin
    kind.new
  rescue NoMethodError => error
    puts "#{name}: new #{error.message[0, 40]}"
    kind.allocate
  end
  probe.call { { object => 1 }[object] }
  probe.call { [object, object].uniq.size == 1 }
  probe.call { "#{object}" }
  probe.call { [object].inspect }
  probe.call { [object].flatten.size == 1 }
  probe.call { [object].to_s }
  probe.call { Array(object).size == 1 }
  probe.call { [object].join }
  probe.call { object.nothing_at_all }
  probe.call { object.dup }
  probe.call { object.clone }
  probe.call { case 1; when object then 1; end }
  probe.call { object.method(:tap) }
  probe.call { [object, object].sort }
  probe.call { [object] == [object] }
  probe.call { object.instance_variable_set(:@a, 1) }
  probe.call { def object.single = 1; object.single }
  probe.call { puts(*[]); object.then { 1 } }
  probe.call { raise object }
  probe.call { object.freeze.frozen? }
  puts "#{name}: #{results.join(" ")}"
end

attempt("Class#new undefined") { Class.new { class << self; undef_method(:new); end }.new }
attempt("allocate undefined") { Class.new { class << self; undef_method(:allocate); end }.new.class.class }
attempt("removed twice") { Class.new { def a = 1; remove_method(:a); remove_method(:a) } }
attempt("undef twice") { Class.new { def a = 1; undef_method(:a); undef_method(:a) } }
attempt("undef while running") { c = Class.new { def go = (self.class.undef_method(:go); 3) }; o = c.new; [o.go, (o.go rescue "gone")] }
attempt("redefine while running") { c = Class.new { def go = (self.class.define_method(:go) { 4 }; 3) }; o = c.new; [o.go, o.go] }
attempt("super gone") { b = Class.new { def go = 1 }; c = Class.new(b) { def go = super }; o = c.new; o.go; b.remove_method(:go); o.go }
attempt("BasicObject") { BasicObject.new.inspect }
attempt("BasicObject in array") { [BasicObject.new].inspect }
attempt("BasicObject key") { { BasicObject.new => 1 } }
attempt("BasicObject string") { "#{BasicObject.new}".size > 3 }
attempt("BasicObject flatten") { [[BasicObject.new]].flatten.size }
attempt("BasicObject raise") { raise BasicObject.new }
attempt("BasicObject ==") { [BasicObject.new] == [BasicObject.new] }
attempt("BasicObject compare") { [BasicObject.new, BasicObject.new].max }
attempt("BasicObject missing") { Class.new(BasicObject) { def method_missing(*) = 7 }.new.anything }
attempt("BasicObject splat") { [*BasicObject.new].size }
attempt("BasicObject super") { Class.new(BasicObject) { def go = super }.new.go }

module Kernel
  alias_method :saved_raise, :raise
  def raise(*) = saved_raise(ArgumentError, "mine")
end
attempt("raise replaced") { raise "theirs" }
attempt("raise replaced natively") { Integer("x") }
module Kernel
  alias_method :raise, :saved_raise
end
class NilClass
  def method_missing(name, *) = "nil.#{name}"
end
attempt("nil answers") { nil.foo }
class NilClass
  remove_method :method_missing
end
attempt("nil refuses") { nil.foo }
class String
  alias_method :saved_equal, :==
  def ==(other) = saved_raise_if(other)
  def saved_raise_if(other) = false
end
class String
  alias_method :==, :saved_equal
end
class Array
  alias_method :saved_each, :each
  def each = saved_raise_each
end
attempt("Array#each") { [1].map { _1 } }
attempt("Array#each for") { for x in [1] do x end }
class Array
  alias_method :each, :saved_each
end
class Symbol
  alias_method :saved_to_proc, :to_proc
  def to_proc = proc { 9 }
end
class Symbol
  alias_method :to_proc, :saved_to_proc
end
attempt("Hash#[]") { Hash.class_eval { alias_method :saved, :[]; def [](_) = 5 }; r = { a: 1 }[:a]; Hash.class_eval { alias_method :[], :saved }; [r, { a: 1 }[:a]] }
attempt("!") { class << (o = Object.new); def ! = 8; end; [!o, (not o), o != o] }
attempt("remove_const") { Object.send(:remove_const, :Comparable).then { |m| Object.const_set(:Comparable, m) } }
attempt("gone class") { c = Object.send(:remove_const, :Struct); r = c.new(:a).new(1).a; Object.const_set(:Struct, c); r }
attempt("gone error") { c = Object.send(:remove_const, :ZeroDivisionError); r = (1 / 0 rescue $!.class.equal?(c)); Object.const_set(:ZeroDivisionError, c); r }
puts "alive"
