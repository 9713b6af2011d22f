# Method, UnboundMethod and Proc by reflection.
class Foo
  def self.bar; end
  def baz(a, b = 1, *c, d, e:, f: 2, **g, &h); end
  def missing_too; end
end

class Sub < Foo; end

def plain(text) = text.gsub(/0x\h+/, "0x").sub(/ \S*reflection\.rb:/, " reflection.rb:")

puts plain(Sub.method(:bar).inspect)
puts plain(Sub.new.method(:baz).inspect)
puts plain(String.method(:include).inspect)
puts "".method(:upcase).inspect
puts 1.method(:succ).unbind.inspect

object = Object.new
def object.respond_to_missing?(*) = true
def object.method_missing(*args) = args
handled = object.method(:handled)
p handled.source_location, handled.parameters, handled.arity, handled == object.method(:handled), handled == object.method(:other)
p handled.unbind.arity, handled.call(1, 2)

p [].method(:map).unbind == [].method(:collect).unbind
p "".method(:size) == "".method(:length), "".method(:size).hash == "".method(:length).hash

# dup and clone
copy = "x".method(:upcase).clone
p copy.call, copy.equal?("x".method(:upcase))

# composition: a lambda if what is called first is one
f = proc { |x| x }
g = ->(x) { x }
p (f << g).lambda?, (f >> g).lambda?, (g << f).lambda?, (g >> f).lambda?, (1.method(:+) << f).lambda?, (1.method(:+) >> f).lambda?

# curry
p -> { 1 }.curry.class
begin
  ->(a, b = 1) {}.curry(3)
rescue ArgumentError => e
  p e.message
end
p ->(a, b, c) { a + b + c }.curry[1][2][3]

# arity of procs
p proc { |a, b = 1| }.arity, proc { |a = 1| }.arity, proc { |(a, b), c = 1| }.arity, proc { |a, k:| }.arity, proc { |*a, b| }.arity
p proc {}.to_s.encoding

# implicit parameters of bindings
b = proc { _2; binding }.call(1, 2)
p b.implicit_parameters, b.implicit_parameter_get(:_2), b.implicit_parameter_defined?(:_9), b.local_variables.include?(:_1)
p proc { it; binding }.call(5).implicit_parameter_get(:it)
begin
  b.implicit_parameter_get(:a)
rescue NameError => e
  p e.message
end
begin
  b.local_variable_get(:_1)
rescue NameError => e
  p e.message
end

# lists of methods
class Outer
  class << self
    def outer_one; end
  end
end
class Inner < Outer
  class << self
    def inner_one; end
  end
end
p Inner.public_methods(false).grep(/_one/).sort, Inner.singleton_methods.sort, Inner.singleton_methods(false)
module Extra
  def extra_one; end
end
o = Object.new.extend(Extra)
p o.singleton_methods, o.singleton_method(:extra_one).owner
