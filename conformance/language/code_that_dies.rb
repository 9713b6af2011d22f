# What nothing leads to is freed: classes, methods, blocks, evaluated texts. What something leads to stays, in every way it can be held.

def churn
  GC.start
  Array.new(200) { |i| "#{i}" * 3 }
  nil
end

# Anonymous classes die, and their superclass forgets them.
class Base
  def who = self.class
end

def make_and_drop(weak)
  100.times { |i| weak[Object.new.tap { _1.define_singleton_method(:n) { i } }.singleton_class] = i }
  100.times { |i| weak[Class.new(Base) { define_method(:n) { i } }] = i }
  nil
end
weak = ObjectSpace::WeakMap.new
make_and_drop(weak)
1.upto(30) { |depth| [depth].each { churn if depth % 10 == 0 } }
p weak.size < 20, Base.subclasses.size < 20

# An instance keeps its class, and a class what it was made of.
def instance_of_dropped
  Class.new(Base) { def x = "x of #{self.class.superclass}" }.new
end
object = instance_of_dropped
churn
p object.x, object.who.superclass

# A Method object, an UnboundMethod and a Proc keep their code.
klass = Class.new { def gone(a, b = a * 2) = [a, b, __method__] }
method = klass.new.method(:gone)
unbound = klass.instance_method(:gone)
klass.send(:remove_method, :gone)
klass = nil
churn
p method.call(1), unbound.name, unbound.arity

procs = 5.times.map { |i| eval("lambda { |x| x + #{i} }") }
churn
p procs.map { _1.call(10) }

# A method that is removed while it runs goes on.
class Remover
  def run
    self.class.send(:remove_method, :run)
    churn
    [[1, 2], "text", :symbol, 1.5e300 * 10, self.class]
  end
end
p Remover.new.run, Remover.method_defined?(:run)

# Places in texts that are gone.
places = eval("def place_here = caller_locations(0, 1)\nplace_here", binding, "gone.rb", 7)
error = begin
  eval("\nraise 'from a text'", binding, "gone2.rb", 1)
rescue => e
  e
end
scope = eval("inner = 41; binding", binding, "gone3.rb", 1)
churn
p places.map { [_1.path, _1.lineno, _1.label] }
p error.backtrace_locations.first.lineno, error.backtrace.first
p scope.local_variable_get(:inner), scope.eval("inner + 1")

# A call site that saw a hundred classes come and go finds the method of each.
def ask(object) = object.answer
def sum(object, count) = count.times.sum { ask(object) }
results = 100.times.map do |i|
  churn if i % 25 == 0
  ask(Class.new { define_method(:answer) { i } }.new)
end
p results == (0..99).to_a
hot = 6.times.map do |i|
  klass = Class.new { class_eval("def answer = #{i} + offset; def offset = 100") }
  made = sum(klass.new, 1_000)
  churn
  made
end
p hot

# `super`, constants and blocks of code that many short-lived classes share.
module Above
  def answer = [:above, LIMIT]
  LIMIT = 3
end
module Below
  def answer = super + [self.class.const_get(:OWN)]
end
answers = 8.times.map do |i|
  klass = Class.new do
    include Above
    include Below
    const_set(:OWN, i)
  end
  churn if i.odd?
  klass.new.answer
end
p answers

# Structs without a name, and singleton classes of classes.
points = 5.times.map { |i| Struct.new(:a, :b).new(i, i * 2) }
churn
p points.map(&:to_a), points.map { _1.class.superclass }.uniq
counter = 5.times.map { |i| Class.new { singleton_class.attr_accessor :count }.tap { _1.count = i } }
churn
p counter.map(&:count)

# The same file again and again, and a constant that is replaced.
3.times do |i|
  eval("class Reloaded; VALUE = #{i} unless const_defined?(:VALUE, false); def value = VALUE; end")
  p Reloaded.new.value
  Object.send(:remove_const, :Reloaded)
  churn
end

# Refinements live as long as the scope that uses them.
text = 3.times.map do |i|
  eval("module Refined#{i}; refine(String) { def shout = upcase + '#{'!' * (i + 1)}' }; end; using Refined#{i}; churn; 'a'.shout")
end
p text
