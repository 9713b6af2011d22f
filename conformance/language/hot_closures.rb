# Blocks and lambdas in hot loops: captured loop variables, escaping closures, blocks that break and return.
procs = []
i = 0
while i < 1000
  j = i
  procs << -> { j } if i % 250 == 0
  i += 1
end
p procs.map(&:call)
procs = []
1000.times { |k| procs << -> { k += 1 } if k % 300 == 0 }
p procs.map(&:call), procs.map(&:call)
for n in 0..3 do (fs ||= []) << -> { n } end
p fs.map(&:call)
total = 0
add = ->(x) { total += x }
2000.times(&add)
p total
def each_pair_sum(list)
  s = 0
  list.each { |a| list.each { |b| s += a * b } }
  s
end
p each_pair_sum((1..50).to_a)
def make_counter
  c = 0
  { up: -> { c += 1 }, down: -> { c -= 1 }, get: -> { c } }
end
counters = Array.new(10) { make_counter }
3000.times { |k| counters[k % 10][k % 3 == 0 ? :down : :up].call }
p counters.map { |c| c[:get].call }
def search(grid, target)
  grid.each_with_index { |row, y| row.each_with_index { |v, x| return [x, y] if v == target } }
  :none
end
grid = Array.new(30) { |y| Array.new(30) { |x| x * y } }
200.times { |k| search(grid, k) }
p search(grid, 29 * 29), search(grid, -1)
p (1..2000).each { |x| break x if x * x > 1_000_000 }
def yielder(n)
  k = 0
  while k < n
    yield k, k * 2
    k += 1
  end
  k
end
a = b = 0
yielder(2000) { |x, y| a += x; b += y }
p a, b
s = 0
p yielder(2000) { |x| s += x; break s if s > 5000 }
compose = ->(*fns) { fns.inject { |f, g| ->(x) { g.(f.(x)) } } }
inc = ->(x) { x + 1 }
dbl = ->(x) { x * 2 }
f = compose.(inc, dbl, inc)
p (0..1000).sum { |x| f.(x) }
memo = Hash.new { |h, k| h[k] = k < 2 ? k : h[k - 1] + h[k - 2] }
p memo[80]
y = ->(g) { ->(x) { x.(x) }.(->(x) { g.(->(v) { x.(x).(v) }) }) }
fact = y.(->(slf) { ->(k) { k.zero? ? 1 : k * slf.(k - 1) } })
p fact.(20), (1..200).sum { |k| fact.(k % 10) }
def with_block(&blk) = blk
stored = (0...500).map { |k| with_block { |m| k + m } }
p stored.sum { |blk| blk.call(1) }
x = 10
change = -> { x += 1 }
1500.times { |k| change.call if k.even? }
p x
def nested_return
  [1, 2, 3].each { |v| [4, 5].each { |w| return v * w if v + w == 7 } }
end
p nested_return
outer = []
100.times { |k| inner = []; 10.times { |m| inner << -> { k * m } }; outer << inner }
p outer.sum { |q| q.sum(&:call) }
acc = []
3.times { |k| l = k; acc << binding; 500.times { l += 1 } }
p acc.map { |bi| bi.local_variable_get(:l) }
p [3, 1, 2].sort { |q, w| x += 0; q <=> w }, %w[a b].each_with_index.map { |c, k| -> { c * (k + 1) } }.map(&:call)
