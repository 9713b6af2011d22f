# What old objects come to refer to between two collections stays: ivars, elements, pairs, closures, singletons, constants.
class Holder
  attr_accessor :value
end

def minor = GC.start(full_mark: false)

# Long-lived objects, old after one collection.
holder = Holder.new
list = []
table = {}
range_of = Class.new
text = +"text"
counter = 0
add = ->(more) { counter = counter ? [counter, more] : more }
queue = Thread::Queue.new
fiber = Fiber.new { |given| loop { given = Fiber.yield([given, "made in the fiber"]) } }
fiber.resume("first")
struct = Struct.new(:left, :right).new
wide = Holder.new
many = Array.new(40) { |i| :"@v#{i}" }
2.times { minor }

20.times do |round|
  holder.value = "value #{round}"
  list << "element #{round}"
  table["key #{round}"] = ["pair #{round}"]
  range_of.const_set("C#{round}", "constant #{round}".dup)
  range_of.define_method("m#{round}") { "method #{round}" }
  text.instance_variable_set(:@note, "note #{round}")
  add["captured #{round}"] if round < 3
  queue << "queued #{round}"
  struct.left = ["left #{round}", struct.left&.first]
  wide.instance_variable_set(many[round], "wide #{round}")
  minor
end
p holder.value, list.size, list[7], table["key 3"], table.keys.last
p range_of::C5, range_of.new.m9, text.instance_variable_get(:@note)
p counter, queue.size, queue.pop, struct.left, wide.instance_variable_get(:@v11)
p fiber.resume("again")

# An old object gets a singleton class that nothing else leads to.
old = Object.new
minor
def old.only_here = "singleton"
minor
p old.only_here
old.singleton_class.attr_accessor(:extra)
minor
old.extra = %w[a b].map(&:upcase)
minor
p old.extra

# What is left behind goes with a major collection at the latest.
gone = ObjectSpace::WeakMap.new
def forget(gone) = 50.times { |i| gone[Object.new] = i }
forget(gone)
minor
GC.start
p gone.size < 10
before = GC.stat
minor
GC.start
after = GC.stat
p after[:minor_gc_count] - before[:minor_gc_count] >= 1, after[:major_gc_count] - before[:major_gc_count] >= 1
p after[:count] == after[:minor_gc_count] + after[:major_gc_count], GC.count <= GC.stat(:count)

# A large old Array and a Hash that grow.
big = Array.new(5_000) { |i| "s#{i}" }
hash = big.to_h { |s| [s, s.size] }
minor
10_000.times { |i| big << "t#{i}"; hash["t#{i}"] = [i] if i.odd?; minor if i % 1_000 == 0 }
minor
p big.size, big[4_999], big[14_999], hash.size, hash["t9999"], hash["s17"]
