# Lazy enumerators and external enumeration.
p (1..Float::INFINITY).lazy.select(&:even?).map { |x| x * x }.reject { |x| x % 3 == 0 }.first(4)
calls = []
r = (1..10).lazy.map { |x| calls << x; x * 2 }.take(3)
p calls
p r.to_a, calls
p (1..3).lazy.flat_map { |x| [x, x * 10] }.to_a, (1..20).lazy.take_while { |x| x < 4 }.to_a, (1..6).lazy.drop(4).to_a
p (1..3).lazy.zip(4..6).to_a, (1..4).lazy.each_slice(2).to_a, (1..Float::INFINITY).lazy.filter_map { |x| x * 2 if x.odd? }.first(2)
p (1..3).lazy.uniq { |x| x % 2 }.to_a, (1..3).lazy.with_index.map { |x, i| x * i }.to_a, (1..3).lazy.eager.class, (1..3).lazy.force
p (1..3).lazy.inspect, (1..3).lazy.map { }.inspect
e = Enumerator.new do |y|
  y << 1
  y.yield 2, 3
  y << 4
  :end_value
end
p e.next, e.peek, e.next, e.next
begin
  e.next
rescue StopIteration => s
  p s.message, s.result
end
e.rewind
p e.next, e.to_a, e.size, e.with_index.to_a
fib = Enumerator.new do |y|
  a, b = 0, 1
  loop { y << a; a, b = b, a + b }
end
p fib.take(10), fib.lazy.select(&:odd?).first(4), fib.each_with_index.first(2)
p Enumerator.produce(1) { |x| x * 3 }.take(4), Enumerator.produce([0, 1]) { |a, b| [b, a + b] }.lazy.map(&:first).first(5)
gen = [1, 2, 3].each_entry
p gen.next, gen.next
o = Object.new
def o.each
  yield 1
  yield 2
end
en = o.to_enum
p en.next, en.next, (en.next rescue "stop"), en.inspect.sub(/0x\h+/, "0x")
def numbers
  return enum_for(:numbers) unless block_given?
  yield 1
  yield 2
end
p numbers.map { |x| x + 1 }, numbers.include?(2)
p [1, 2, 3].each.with_index(1).map { |x, i| x * i }, "abc".each_char.with_index.to_a
ee = [1, 2].each + [3]
p ee.to_a, ee.inspect
p (1..3).each_slice(2).size, [1, 2, 3].each.size, loop { break 5 }
