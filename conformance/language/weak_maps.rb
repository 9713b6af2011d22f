# ObjectSpace::WeakMap, WeakKeyMap, finalizers, each_object, GC.
map = ObjectSpace::WeakMap.new
key = "key"
map[key] = 1
p map[key], map.key?(key), map.key?("key".dup), map.size, map.keys, map.values
map.each { |k, v| p [k, v] }
p map.delete(key), map.delete(key), map.delete(key) { |k| [:no, k] }, map.size
p map.inspect.sub(/0x\h+/, "0x")

keys = ObjectSpace::WeakKeyMap.new
held = "a"
keys[held] = 1
p keys["a"], keys.getkey("a".dup).equal?(held), keys.key?("b"), keys.delete("a"), keys["a"]
[1, :sym, 1.5].each do |wrong|
  keys[wrong] = 1
rescue ArgumentError => e
  p e.message
end
p keys.clear.equal?(keys), keys.inspect.sub(/0x\h+/, "0x")

def fill(map)
  1000.times { |i| map["k#{i}"] = Object.new }
  nil
end
many = ObjectSpace::WeakMap.new
fill(many)
GC.start
p many.size < 1000

class Sought; end
one = Sought.new
p ObjectSpace.each_object(Sought) { |o| p o.equal?(one) }
p ObjectSpace.each_object(Sought).class
p ObjectSpace.each_object(Class).include?(Sought)

p ObjectSpace.define_finalizer(one, action = proc { puts "finalized" }) == [0, action]
begin
  ObjectSpace.define_finalizer(:sym) {}
rescue ArgumentError => e
  p e.message
end
begin
  ObjectSpace.define_finalizer("x".freeze) {}
rescue FrozenError => e
  p e.message
end
two = Sought.new
ObjectSpace.define_finalizer(two, proc { puts "never" })
ObjectSpace.undefine_finalizer(two)

p GC.count.class, GC.stat(:count).class, GC.stat.key?(:heap_live_slots)
begin
  GC.stat(:nothing)
rescue ArgumentError => e
  p e.message
end
p GC.disable, GC.disable, GC.enable, GC.enable
p GC.measure_total_time, GC.total_time.class
