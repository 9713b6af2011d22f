# Methods made of blocks, called often enough to be cached and compiled.
count = 0
class Base
  def twice(value) = "base #{value}"
end

class Child < Base
  total = 10
  define_method(:add) { |value| total += value }
  define_method(:twice) { |value| super(value * 2) }
  define_method(:early) { |value| return :small if value < 5; :large }
  define_method(:me) { [self.class, __method__] }
  define_method(:fails) { |value| raise "no #{value}" }
  define_method(:rest) { |*values| values }
  alias_method :also_me, :me
end

child = Child.new
300.times { |i| child.add(1); count += 1 if child.early(i) == :small }
p child.add(0), count
p child.twice(4), child.me, child.also_me

def call(object, value) = object.pick(value)
first, second = Class.new { define_method(:pick) { |value| [:first, value] } }, Class.new { define_method(:pick) { |value| [:second, value] } }
results = 300.times.map { |i| call((i.even? ? first : second).new, i) }
p results.values_at(0, 1, 298, 299)
first.define_method(:pick) { |value, other = 1| [:changed, value, other] }
p call(first.new, 1)

def wrong(object) = object.add(1, 2)
2.times do
  wrong(child)
rescue ArgumentError => error
  puts error.message
end
2.times do
  child.fails(3)
rescue => error
  puts error.message, error.backtrace_locations.first(2).map(&:label)
end

def deep(object) = object.dig_down(0)
Child.define_method(:dig_down) { |level| dig_down(level + 1) }
begin
  deep(child)
rescue SystemStackError => error
  puts error.message
end

# `*values` alone, from calls, yields and Procs.
def each_kind
  yield
  yield 1
  yield 1, 2
  yield [1, 2]
  yield(*[1, 2, 3])
  yield(a: 1)
  yield 1, a: 1
end
each_kind { |*values| p values }
taker = proc { |*values| values }
p taker.call, taker.call(1), taker.call([1, 2]), taker.call(*[1, 2]), taker.(1, b: 2)
p child.rest, child.rest([1]), child.rest(*1..20).size

# Sums by name.
p [1, 2, 3].inject(:+), %w[a b].inject(:+), [[1], [2]].inject([0], "+"), [].inject(:+), [1.5, 2r].inject(1, :+)
class Money
  private def +(other) = other
end
begin
  [Money.new, 1].inject(:+)
rescue NoMethodError => error
  puts error.message.sub(/ for.*/, "")
end
