# Blocks that take other arguments than `yield` passes: too few, too many, an Array taken apart, all as one Array.
class Source
  def none = yield
  def one(x) = yield(x)
  def two(x, y) = yield(x, y)
  def inner(x) = [x].each { |y| yield y }
  def pass(x, &block) = one(x, &block)
  def splat(*values) = yield(*values)
  def flagged(*values) = yield(*values)
  ruby2_keywords :flagged
  def permuted = [1, 2, 3].permutation(2) { |values| yield(*values) }
end

class Pair
  def initialize(a, b) = (@a, @b = a, b)
  def to_ary = [@a, @b]
end

s = Source.new
seen = []
200.times do
  seen.clear
  s.none { seen << 0 }
  s.none { |a| seen << a }
  s.none { |a, b| seen << [a, b] }
  s.none { |*a| seen << a }
  s.one(1) { seen << 1 }
  s.one([1, 2]) { |a| seen << a }
  s.one([1, 2]) { |a, b| seen << [a, b] }
  s.one([1]) { |a, b| seen << [a, b] }
  s.one([1, 2, 3]) { |a, b| seen << [a, b] }
  s.one([1, 2]) { |a,| seen << a }
  s.one([1, 2]) { |*a| seen << a }
  s.one(nil) { |a, b| seen << [a, b] }
  s.one(5) { |a, b| seen << [a, b] }
  s.one(Pair.new(1, 2)) { |a, b| seen << [a, b] }
  s.one([1, [2, 3]]) { |a, (b, c)| seen << [a, b, c] }
  s.two(1, 2) { |a| seen << a }
  s.two(1, 2) { seen << :none }
  s.two([1, 2], 3) { |a, b, c| seen << [a, b, c] }
  s.two(1, 2) { |*a| seen << a }
  s.two(1, 2) { |a, b = 5, *c| seen << [a, b, c] }
  s.inner([4, 5]) { |a, b| seen << [a, b] }
  s.inner(4) { seen << :inner }
  s.pass([6, 7]) { |a, b| seen << [a, b] }
  s.pass(8) { seen << :pass }
  s.pass([8]) { |*a| seen << a }
  s.splat { |a, b| seen << [a, b] }
  s.splat(1) { |a, b| seen << [a, b] }
  s.splat([1, 2]) { |a, b| seen << [a, b] }
  s.splat([1, 2]) { |a| seen << a }
  s.splat(1, 2) { |a| seen << a }
  s.splat(1, 2, 3) { |*a| seen << a }
  s.splat(1, 2) { seen << :splat }
  s.splat([3, 4]) { |a,| seen << a }
  s.flagged(1, a: 2) { |x, a: 0| seen << [x, a] }
  s.flagged(1, { a: 2 }) { |x, y| seen << [x, y] }
  s.flagged(1, a: 2) { |*x| seen << x }
end
s.permuted { |a, b| seen << a * b }
s.permuted { |a| seen << a }
p seen
p s.one(3, &:succ), s.two(3, 4, &:+), s.two("a", 1, &:*), (s.two(1, 2, &:succ) rescue $!.message), (s.none(&:succ) rescue $!.message)
strict = ->(a, b) { [a, b] }
list = ->(*a) { a }
p s.splat(1, 2, &strict), (s.splat(1, &strict) rescue $!.message), s.splat(1, 2, &list), s.splat("a", 2, &:*), s.splat(4, &:succ)
p s.two(1, 2, &strict), (s.one(1, &strict) rescue $!.message), s.one([1, 2], &list), (s.one([1, 2], &strict) rescue $!.message)
p [[1, 2], [3, 4]].each_with_index.map { |(a, b), i| a + b + i }, { a: 1 }.map { |k, v| [k, v] }, { a: 1 }.map { |pair| pair }
p 3.times.map { |i| i * 2 }, (1..4).each_cons(2).to_a, (1..4).each_slice(2).map { |a, b| a * b }, [3, 1].each_with_object([]) { |x, acc| acc << x }
i = 0
3.times { j = i; i += 1; j.nil? and raise }
p i, [1, 2].each_entry.to_a, [[1, 2]].to_h { |a, b| [b, a] }, [1, 2].inject { |a, b| a * b }, %w[a b].each.with_index(1).to_a
all = proc { |*values| values }
20.times { |i| all.call(i, [i]) }
p all.call(1, [2]), all.(), all[3], [[1, 2]].each_entry.map(&all)
