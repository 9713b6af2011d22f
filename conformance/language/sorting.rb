# sort, sort_by, min/max, stability-free checks, comparison blocks, errors.
a = [5, 3, 9, 1, 7, 3]
p a.sort, a.sort { |x, y| y <=> x }, a.sort_by { |x| -x }, a.min, a.max, a.minmax, a.min(2), a.max(2), a.sort.reverse, a.sum, a.uniq.sort, a.sort_by { |x| [x % 2, x] }
p %w[pear Apple fig banana].sort, %w[pear Apple fig banana].sort_by(&:downcase), %w[pear Apple fig].sort_by { |s| [s.size, s] }, %w[b A c].sort(&:casecmp), %w[x10 x9 x1].sort_by { |s| s[/\d+/].to_i }
p [3, 1.5, 2r, 10**20, -1].sort, [[2, "b"], [1, "z"], [2, "a"]].sort, [:b, :a].sort, [[1], [1, 2], []].sort, [0.0, -0.0, 1].min, [nil, nil].uniq, [true, false].sort_by(&:to_s)
b = [3, 1, 2]
b.sort!
p b, b.sort_by! { |x| -x }, b, b.reverse!, b.frozen?, b.bsearch { |x| x >= 2 }, b.sort.each_cons(2).all? { |x, y| x <= y }
[-> { [1, "a"].sort }, -> { [1, nil].max }, -> { [3, 1].sort { nil } }, -> { [3, 1].sort { |x, y| "x" } }, -> { [Object.new, Object.new].sort }, -> { [1, 2].sort_by { |x| x == 1 ? "a" : 1 } }, -> { [1].sort(1) }].each do |l|
  begin
    p l.call
  rescue => e
    puts "#{e.class}: #{e.message.sub(/#<Object:0x\h+>/, 'OBJ').sub(/#<Object:0x\h+>/, 'OBJ')}"
  end
end
seed = 7
big = Array.new(2000) { seed = (seed * 1103515245 + 12345) & 0x7fffffff; seed % 1000 }
s = big.sort
p s.first(3), s.last(3), s.each_cons(2).all? { |x, y| x <= y }, big.sort_by { |x| -x } == s.reverse, big.sort { |x, y| y <=> x } == s.reverse, big.min == s[0], big.max == s[-1], s.size
w = big.map(&:to_s)
p w.sort.first(3), w.sort_by(&:to_i).map(&:to_i) == s, w.max_by(&:to_i), w.min_by(&:size).size
f = big.map { |x| x / 7.0 }
p f.sort.first, f.sort == s.map { |x| x / 7.0 }, f.sum.round(6), f.max.round(6)
people = [["Al", 30], ["Bo", 25], ["Cy", 30]]
p people.sort_by { |n, age| [-age, n] }, people.group_by(&:last).transform_values { |v| v.map(&:first) }, people.max_by(&:last).last, people.min_by { |_, age| age }, people.partition { |_, age| age > 26 }.map(&:size), people.sum { |_, age| age }
class V
  attr_reader :n
  def initialize(n) = @n = n
  def <=>(o) = n <=> o.n
end
p [V.new(3), V.new(1)].sort.map(&:n), [V.new(3), V.new(1)].min.n, [V.new(1), V.new(2)].max_by(&:n).n
count = 0
[3, 2, 1].sort { |x, y| count += 1; x <=> y }
p count > 0, (begin; [1, 2, 3].sort { |x, y| break :broken }; end)
p a.each_slice(2).sort_by(&:sum), { b: 1, a: 2 }.sort, { b: 1, a: 2 }.sort_by { |k, v| v }, { b: 1, a: 2 }.min_by { |k, v| v }, (1..5).sort_by { |x| -x }, "hello".chars.sort.join, "hello".chars.sort.uniq.join
