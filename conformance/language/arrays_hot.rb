# Elements of Arrays in hot code: frozen ones, subclasses, what only converts to one, and what lies outside.

class Sub < Array
  def [](index) = "sub#{super}"
end

class Pair
  def initialize(list) = @list = list
  def to_ary = @list
end

CONSTANT = [[:push, 1], [:add, 2].freeze, [:end, 3]].freeze

def walk(rows)
  sum = 0
  rows.each do |name, number|
    sum += number || 0
    sum += 100 if name == :end
  end
  sum
end

def split(value)
  a, b, c = value
  [a, b, c]
end

def element(list, index) = list[index]

def store(list, index, value)
  list[index] = value
  list
rescue IndexError, FrozenError, TypeError => error
  "#{error.class}: #{error.message} (#{error.backtrace_locations.first.lineno - __LINE__})"
end

def last(list)
  list.pop
rescue FrozenError => error
  error.message
end

def turned(number) = ~number

500.times do
  walk(CONSTANT)
  split(CONSTANT[0])
  element(CONSTANT, 1)
  store([1, 2], 1, 3)
  last([1])
  turned(5)
end

p walk(CONSTANT)
p walk([Sub[:push, 4], Pair.new([:end, 5]), 6, nil, [], [:end]])
p [split([1]), split([1, 2, 3, 4].freeze), split(Sub[1, 2]), split(Pair.new([7, 8])), split(nil), split(9), split({ a: 1 })]
100.times { split(Pair.new([1])); split(Sub[1]) }
p [split([1]), split([1, 2, 3, 4].freeze), split(Sub[1, 2]), split(Pair.new([7, 8])), split(nil), split(9), split({ a: 1 })]

3.times do
  p [element([1, 2].freeze, -1), element([1, 2], 2), element([1, 2], -3), element(Sub[5], 0), element({ 1 => 2 }, 1), element("text", 1), element(6, 1)]
  p [element([1, 2], 1.9), element([1, 2, 3], 1..), element(proc { |x| x * 2 }, 4)]
  p [store([1], 3, 4), store([1, 2], -1, 4), store([], -1, 0), store([1].freeze, 0, 1), store({}, 1, 2), store([1], 1.5, 2)]
  p [store([], nil, 0), store(Sub[1], 2, 3)]
  p [last([]), last([1, nil]), last([1].freeze), last(Sub[1, 2])]
  p [turned(0), turned(-1), turned(2**61), turned(2**62), turned(-(2**62)), turned(2**64), turned(-(2**62) - 1)]
  100.times do
    element({ 1 => 2 }, 1)
    element("text", 1)
    element([1].freeze, 0)
    store({}, 1, 2)
    store([], -1, 0)
    store([], 5, 0)
    last(Sub[1])
    last([1].freeze)
    turned(2**64)
  end
end

list = []
1000.times { |index| list[index] = index }
p list.size, list.sum
10.times { |index| list[-1 - index] = 0 }
p list.last(12)
1000.times { list.pop }
p list, list.pop
