# Much short-lived garbage beside long-lived objects that change; nothing may be lost or mixed up.
class Node
  attr_accessor :value, :next_node, :extra
  def initialize(value, next_node) = (@value, @next_node = value, next_node)
end
head = nil
500.times { |i| head = Node.new("node #{i}", head) }
garbage = 0
20_000.times do |i|
  s = "temporary #{i}"
  a = [s, s.size, { i => s }]
  garbage += a[1]
end
p garbage
n = head
count = 0
sum = 0
while n
  count += 1
  sum += n.value.size
  n.extra = [n.value, count]
  n = n.next_node
end
p count, sum, head.value, head.extra
table = {}
5_000.times do |i|
  table["key#{i % 300}"] = [i, "value #{i}"]
  table.delete("key#{(i * 7) % 300}") if i % 3 == 0
end
p table.size, table.values.sum(&:first), table.keys.min, table["key1"]
ring = Array.new(16)
3_000.times { |i| ring[i % 16] = ring[(i + 5) % 16].to_s[0, 20] + i.to_s }
p ring
closures = (0...200).map { |i| text = "captured #{i}"; -> { text + "!" } }
5_000.times { |i| +"x" * 50 }
p closures.map(&:call).uniq.size, closures[150].call
GC.start
big = Array.new(1000) { |i| "str#{i}" }
GC.start
p big.last, big.join.size, big.map(&:hash).uniq.size
fibers = Array.new(20) { |i| Fiber.new { 3.times { |j| Fiber.yield("f#{i}-#{j}" + "x" * j) }; nil } }
3.times { fibers.each { |f| f.resume; Array.new(50) { Object.new } } }
p fibers.first.resume.inspect
grown = []
2_000.times { |i| grown.unshift(i.to_s) if i.even?; grown.push(i.to_f); grown.shift if i % 5 == 0 }
p grown.size, grown.first, grown.last
m = 1
300.times { |i| m *= (i + 1) }
p m.to_s.size, m % 1_000_007
str = +""
2_000.times { |i| str << "abc" << i.to_s; str = str[-50, 50] || str if i % 100 == 0 }
p str.size, str[-9, 9]
weak = Object.new
p weak.object_id == weak.object_id, GC.count.class, (GC.disable; GC.enable)
