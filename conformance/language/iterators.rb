# Methods that yield: nested blocks, block passing, yield in define_method, iterators over user containers, symbols to_proc.
class Stack
  include Enumerable
  def initialize(*items) = @items = items
  def push(x) = tap { @items.push(x) }
  def each
    return enum_for(__method__) { @items.size } unless block_given?
    i = @items.size
    while (i -= 1) >= 0
      yield @items[i]
    end
    self
  end
  def each_pair
    each { |a| each { |b| yield a, b unless a == b } }
  end
  def transform(&f) = Stack.new(*@items.map(&f))
  def inspect = "Stack#{@items}"
end
s = Stack.new(1, 2, 3).push(4)
p s.to_a, s.each.next, s.each.size, s.map { |x| x * 2 }, s.include?(3), s.first, s.each { }.class, s.transform { |x| x + 1 }, s.each_with_index.to_a, s.sort, s.each_slice(3).to_a, s.inject { |a, b| a - b }, s.min_by { |x| -x }, s.each_entry.to_a, s.zip(s), s.lazy.map { |x| x }.first
pairs = []
Stack.new(1, 2).each_pair { |a, b| pairs << [a, b] }
p pairs
def pass(&b) = receive(&b)
def receive = yield(1, 2)
p pass { |a, b| a + b }
def twice
  yield
  yield
end
n = 0
twice { twice { n += 1 } }
p n
def wrap(x) = block_given? ? yield(x) : x
p wrap(1), wrap(2) { |v| v * 5 }, wrap(wrap(3) { |v| v + 1 }) { |v| v * 2 }
def collect
  r = []
  yield ->(x) { r << x }
  r
end
p collect { |add| 3.times { |i| add.(i) } }
def my_each(list)
  i = 0
  while i < list.size
    yield list[i], i
    i += 1
  end
  list
end
p my_each([5, 6]) { |v, i| print v, i, ";" }
def my_map(list)
  out = []
  my_each(list) { |v| out << yield(v) }
  out
end
p my_map([1, 2, 3]) { |v| v * v }
p my_map([1, 2, 3]) { |v| next 0 if v == 2; v }
p my_map([1, 2, 3]) { |v| break :stopped if v == 2; v }
def until_true
  loop do
    r = yield
    return r if r
  end
end
c = 0
p until_true { (c += 1) > 3 && c }
def args_block(*a, **k, &b) = b.call(*a, **k)
p args_block(1, 2, z: 3) { |x, y, z:| [x, y, z] }
p %w[1 2].map(&:to_i), %w[a b].each_with_index.map { |x, i| x * (i + 1) }, [[1, 2], [3, 4]].map { |(a, b)| a * b }, [[1, [2, 3]]].each { |a, (b, c2)| p [a, b, c2] }, { a: 1 }.map { |k, v| [k, v] }, { a: 1 }.each_with_index.map { |(k, v), i| [k, v, i] }
def yields_array = yield([1, 2])
yields_array { |a, b| p [a, b] }
yields_array { |a| p a }
yields_array { |a, *| p a }
l = lambda { |a, b| [a, b] }
p [[1, 2]].each_with_index.map { |x, i| l.(*x) }, ([[1, 2]].map(&l) rescue "lambda arity")
def ret_multi = yield
x, y = ret_multi { next 1, 2 }
p x, y
e = [1, 2, 3].map
p e.with_index { |v, i| v * i }, e.with_object([]).to_a.size
g = (1..3).each_with_object([])
p g.each { |v, m| m << v }, 3.times.map { |i| i }, 5.step(1, -2).to_a, 1.upto(3).select(&:odd?), "ab".each_char.map(&:upcase), 3.downto(1).inject(:+), 10.times.each_slice(4).map(&:sum), loop { break }
p [4, 5].each.with_index(1).to_a, %w[a b c].each_with_index.to_h, [1, 2, 3, 4].each_slice(2).with_index.map { |q, i| q.sum * i }, [1, 2].each_entry.map { _1 + 1 }
