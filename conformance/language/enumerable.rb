# A class with each and Enumerable; array's enumerable methods.
class Tree
  include Enumerable
  Node = Struct.new(:v, :l, :r)
  def initialize = @root = nil
  def <<(v)
    @root = insert(@root, v)
    self
  end
  def insert(n, v)
    return Node.new(v) unless n
    v < n.v ? n.l = insert(n.l, v) : n.r = insert(n.r, v)
    n
  end
  def each(&b)
    return to_enum(:each) { 7 } unless b
    walk(@root, &b)
    self
  end
  def walk(n, &b)
    return unless n
    walk(n.l, &b)
    b.call(n.v)
    walk(n.r, &b)
  end
end
t = Tree.new
[5, 2, 8, 1, 9, 3].each { |v| t << v }
p t.to_a, t.sort_by { |v| -v }, t.map { |v| v * 2 }, t.select(&:even?), t.reject(&:even?), t.first, t.first(2), t.min, t.max
p t.include?(8), t.reduce(:+), t.inject { |a, b| a * b }, t.sum, t.count, t.each_slice(2).to_a, t.each_cons(3).first
p t.partition { |v| v > 4 }, t.group_by(&:odd?), t.zip(t.drop(1)), t.each_with_index.to_a.last, t.take_while { |v| v < 5 }
p t.min_by { |v| (v - 4).abs }, t.each_entry.to_a.size, t.lazy.map { |v| v + 1 }.first(2), t.each.size, t.to_set.size
p t.chunk_while { |a, b| b == a + 1 }.to_a, t.slice_when { |a, b| b > a + 1 }.to_a, t.each_with_object([]) { |v, a| a.unshift(v) }
p t.tally, t.find_index(8), t.minmax, t.cycle.first(8), t.flat_map { |v| [v, v] }.size, t.zip(1..6).to_h, t.none?, t.all?(Integer), t.any? { |v| v > 8 }, t.one? { |v| v > 8 }
p t.drop_while { |v| v < 5 }, t.filter_map { |v| v * 2 if v.odd? }, t.uniq { |v| v % 3 }, t.inject(:+), t.reduce(100) { |a, v| a - v }, t.sum(0.0), t.entries.size
a = [3, 1, 2]
p a.each_with_index.map { |x, i| x * i }, a.each.with_index(1).to_a, a.map.with_index { |x, i| [i, x] }, a.each.with_object(:o).to_a
p a.sort!.first, a.rotate, a.combination(2).to_a, a.permutation(2).count, a.product([0, 1]).size, a.transpose rescue p $!.message
p [1, 2, 3, 4].each_slice(2).map(&:sum), %w[a b c].each_cons(2).map(&:join), (1..6).each_entry.to_a
p [[1, :a], [2, :b]].each_with_object({}) { |(n, s), h| h[s] = n }
p [1, nil, 2, false].compact, [1, [2, [3, [4]]]].flatten(1), [3, 1, 2].max(2), [1, 2, 3, 4, 5].values_at(0, 2, -1, 9)
p %w[apple pear fig].sort_by { |s| [s.size, s] }, %w[b a].sort.reverse, %w[x yy zzz].max_by(&:size), [1, 2, 3].sum { |x| x / 2.0 }
p [1, 1, 2, 3, 3].chunk { |x| x.odd? }.to_a, [1, 2, 4, 9, 10].slice_when { |i, j| i + 1 != j }.map(&:size)
p (1..3).each_with_index.select { |x, i| i > 0 }, [4, 5].each_with_index.to_h { |x, i| [i, x] }
