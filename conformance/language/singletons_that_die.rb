# Singleton classes die with their objects; whoever needs one keeps it alive.
def make(number)
  object = Object.new
  object.define_singleton_method(:number) { number }
  def object.bar(x = nil) = x ? [bar, x] : number * 2
  object
end

def churn
  60.times { |i| make(i).bar }
  GC.start
end

# One that only an UnboundMethod, a Method, a Proc, a singleton class or a Binding leads to.
unbound = make(1).method(:bar).unbind
method = make(2).method(:bar)
block = make(3).method(:number).to_proc
singleton = make(4).singleton_class
inner = make(5)
class << inner
  CONST = [:kept]
  attr_reader :late
  def self.klass_method = CONST
  SCOPE = proc { CONST }
end
scope = inner.singleton_class.const_get(:SCOPE)
binding_of_one = make(6).instance_eval { binding }
inner = nil
churn
p unbound.owner.singleton_class?, unbound.name, method.call, method.call(:y), block.call
p singleton.attached_object.bar, singleton.instance_methods(false).sort
p scope.call, binding_of_one.receiver.bar, binding_of_one.eval("bar(1)")

# Lookups at one call site go on with the next object that has the address.
results = 300.times.map do |i|
  object = make(i)
  GC.start if i % 50 == 49
  [object.bar, object.number, object.bar(:z)]
end
p results.each_with_index.all? { |(bar, number, both), i| bar == i * 2 && number == i && both == [i * 2, :z] }
def either(object) = object.respond_to?(:only) ? object.only : object.bar
p 200.times.map { |i| o = make(i); (def o.only = :only) if i.odd?; churn if i % 60 == 0; either(o) }.each_slice(2).map(&:last).uniq

# Modules and classes above do not keep the dead ones, and what comes in above later reaches the living.
module Extra; def extra = :extra; end
module More; def more = :more; end
living = make(9).extend(Extra)
40.times { Object.new.extend(Extra).extra }
churn
Extra.include(More)
Object.include(Module.new { def from_above = :above })
p living.extra, living.bar, living.from_above, living.singleton_class.include?(Extra), living.singleton_class.ancestors.first(2).last
p Object.subclasses.none?(&:singleton_class?), Class.new(Object) { extend Extra }.extra
fresh = make(10).extend(Extra)
p fresh.more, fresh.clone.bar, fresh.clone.more, (fresh.dup.bar rescue :none), fresh.clone.freeze.bar

# super, aliases and frames whose object is given up while they run.
class Base; def hello = "hello"; end
def speak
  object = Base.new
  def object.hello = "#{super} there"
  object.singleton_class.alias_method(:greet, :hello)
  object
end
p 50.times.map { |i| churn if i % 25 == 0; speak.greet }.uniq
def leave
  object = speak
  object.define_singleton_method(:lasting) { |&after| object = nil; after.call; method(:hello).owner.singleton_class? }
  object.lasting { churn }
end
p leave
error = begin
  object = make(0)
  def object.fail! = raise("lost")
  object.fail!
rescue => e
  object = nil
  e
end
churn
p error.backtrace.size > 0, error.backtrace_locations.first.label.end_with?("fail!")

# Instance variables, freezing and the singleton class of a singleton class.
deep = make(11)
deep.singleton_class.singleton_class.define_method(:meta) { :meta }
deep.instance_variable_set(:@late, 1)
churn
p deep.singleton_class.meta, deep.instance_variables, deep.freeze.bar
begin
  def deep.more = 1
rescue FrozenError => e
  p e.class
end
fiber = Fiber.new { o = make(12); Fiber.yield o.bar; o.bar(:again) }
p fiber.resume
churn
p fiber.resume
p ObjectSpace.each_object(Class).count { |c| c.singleton_class? && c.instance_methods(false).include?(:bar) } < 400
