# A bit of everything that gets compiled.
class Point
  attr_reader :x
  def initialize(x) = @x = x
  def +(other) = Point.new(@x + other.x)
  def each; @x.times { |i| yield i }; end
end

def fib(n) = n < 2 ? n : fib(n - 1) + fib(n - 2)
def sum(point)
  total = 0.5
  point.each { |i| total += i * 1.5 }
  total
end
def guarded(i)
  raise ArgumentError, "no" if i % 7 == 0
  i
rescue ArgumentError => error
  error.message.size
ensure
  $seen = i
end

point = Point.new(0)
2_000.times { |i| point += Point.new(i % 3) }
p point.x, fib(18), sum(Point.new(1_000))
p (1..2_000).sum { |i| guarded(i) }, $seen
h = Hash.new { |hash, key| hash[key] = key.to_s * 2 }
p (0...3_000).map { |i| h[i % 10].size }.tally
p fib(15)
