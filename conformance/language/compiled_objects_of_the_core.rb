# Variables of objects with native data, Ranges, filled Arrays, and `yield` out of blocks, in machine code.
class Random
  def note(n)
    @sum = (@sum || 0) + n
    @last = n
    self
  end
  attr_reader :sum
  attr_accessor :last, :extra
end
random = Random.new(1)
500.times { |i| random.note(i) }
p random.sum, random.last, random.extra, random.instance_variables
random.extra = 7
random.freeze
p random.extra, (random.note(1) rescue $!.class), (random.send(:last=, 3) rescue $!.class)

Pair = Struct.new(:a, :b) do
  def count = @count = (@count || 0) + 1
end
pair = Pair.new(1, 2)
300.times { pair.count }
p pair.count, pair

def range(a, b) = a..b
def short(a, b) = a...b
def sum(a, b)
  total = 0
  (a..b).each { |i| total += i }
  total
end
300.times { range(1, 2); short(1, nil); sum(1, 4) }
p range(1, 3), short(1, 3), short(1, nil), range(1, 3).frozen?, range(1, 3) == (1..3), range(1, 3).hash == (1..3).hash
p sum(1, 10), sum(3, 1), sum(2**62, 2**62 + 1), range("a", "c").to_a, (range(1, "a") rescue $!.message), (sum("a", "b") rescue $!.class)
p sum(1.0, 2) rescue p $!.message

def filled(n) = Array.new(n)
300.times { |i| filled(i % 20) }
p filled(3), filled(0), filled([1, 2]), filled(100_000).size, (filled(-1) rescue $!.message), (filled("a") rescue $!.message)
p((filled(2**62) rescue $!.message))
class Array
  alias old initialize
  def initialize(*args) = old(5)
end
p filled(2)
class Array
  alias initialize old
end
p filled(2)

def distance(a) = a.abs
300.times { |i| distance(i - 150) }
p distance(-3), distance(3), distance(0), distance(-2**62), distance(2**62), distance(-2.5), distance(-2**70), 5.pred, (-2**62).pred

class Bag
  def initialize(*items) = @items = items
  def each
    @items.each { |item| yield item }
  end
  def nested
    @items.each { |item| 1.times { |i| yield item, i } }
  end
  def pass(&block) = each(&block)
  def pairs
    @items.each { |item| yield [item, item] }
  end
end
bag = Bag.new(1, 2, 3)
seen = []
400.times do
  seen.clear
  bag.each { |x| seen << x }
  bag.nested { |x, i| seen << x + i }
  bag.pass { |x| seen << x * 2 }
  bag.pairs { |x, y| seen << x + y }
  bag.each(&:to_s)
  bag.each(&seen.method(:push))
end
p seen
p((bag.each rescue $!.message))
def first(bag) = bag.each { |x| return x }
def broken(bag) = bag.nested { |x| break x * 10 }
50.times { first(bag); broken(bag) }
p first(bag), broken(bag), bag.enum_for(:each).map { |x| x + 1 }, bag.enum_for(:nested).to_a
counter = 0
increment = ->(x) { counter += x }
100.times { bag.each(&increment) }
p counter
p((bag.nested(&increment) rescue $!.message))
