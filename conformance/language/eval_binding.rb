# eval, binding, instance_eval, class_eval with strings, local variable scope, __method__, caller-free introspection.
x = 10
p eval("x + 1"), eval("x = 20; x"), x
b = binding
p b.local_variables.include?(:x), b.local_variable_get(:x), b.local_variable_set(:x, 30), x, b.local_variable_defined?(:nope)
b.local_variable_set(:fresh, 1)
p b.local_variable_get(:fresh), b.eval("fresh + x"), (fresh rescue "not visible")
def get_binding
  secret = 42
  binding
end
p get_binding.eval("secret"), get_binding.local_variables, get_binding.receiver
eval("def evaled(a) = a * 2")
p evaled(4)
eval("y_in_eval = 5")
p (eval("y_in_eval") rescue "gone"), b.eval("z = 1; z"), b.eval("z")
class Box
  def initialize = @v = 7
  def bind = binding
end
o = Box.new
p o.instance_eval("@v"), o.instance_eval { @v + 1 }, o.bind.eval("@v * 2"), o.bind.receiver.equal?(o)
Box.class_eval("def added = @v + 100")
Box.class_eval { define_method(:also) { @v - 1 } }
p o.added, o.also
o.instance_eval do
  def single = :s
end
p o.single, o.singleton_methods
begin
  eval("1 +")
rescue SyntaxError => e
  puts e.class
end
begin
  eval("raise 'in eval'", nil, "file.rb", 77)
rescue => e
  puts e.message, e.backtrace.first[/\Afile\.rb:77/]
end
p eval("[__FILE__, __LINE__]", nil, "my.rb", 5), __method__.inspect, __LINE__
def meth = __method__
p meth, eval("self").to_s, eval("->(q) { q + x }").call(1)
def blk
  v = 1
  l = -> { v += 1 }
  l.call
  binding.local_variable_get(:v)
end
p blk
p binding.local_variable_defined?(:x), TOPLEVEL_BINDING.receiver.to_s, defined?(x), defined?(nope), defined?(puts), defined?(String), defined?(@a), defined?(yield), defined?(super), defined?(1 + 1), defined?(x = 1), defined?(nil), defined?(self), defined?($stdout), defined?(@@a), defined?(Foo::Bar)
if false
  hoisted = 1
end
p hoisted
1.times { inner = 1 }
p defined?(inner)
p [1, 2].each_with_index.map { |v, i| eval("v * i") }, (1..3).map { |q| binding.eval("q") }
p ObjectSpace.respond_to?(:garbage_collect), eval("BEGIN_X = 1; BEGIN_X"), instance_eval { self.to_s }, Object.new.instance_eval { self.class }

# Copies of a Binding share its variables, but not those added later.
def copied_binding
  a = 1
  binding
end
original = copied_binding
copy = original.dup
copy.local_variable_set(:a, 2)
copy.local_variable_set(:b, 3)
p original.local_variable_get(:a), original.local_variables, copy.local_variables, original.clone.eval("a"), binding.freeze.clone.frozen?
