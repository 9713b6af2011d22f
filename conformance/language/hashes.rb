# Hash: insertion order, default values and procs, deletion, comparison, mutation during iteration, inspect.
h = { b: 1, "a" => 2, 3 => [4], nil => nil, 1.5 => :x }
p h, h.keys, h.to_a.flatten(1).size
h.delete(:b)
h[:b] = 9
p h.keys, h.first, h.length, h.key(9), h.invert[9]
d = Hash.new(5)
p d[:x], d.size, d.fetch(:x, 1), d.dig(:x)
l = Hash.new { |hash, k| hash[k] = k.to_s * 2 }
p l[:ab], l, l.default_proc.class
c = Hash.new(capacity: 10)
p c
fibs = Hash.new { |hh, n| hh[n] = n < 2 ? n : hh[n - 1] + hh[n - 2] }
p fibs[60]
p h.map { |k, v| [k, v] }.size, h.select { |k, v| v }, h.reject { |k, v| v }, h.min_by { |k, v| v.to_s }, h.sum { |k, v| 1 }
x = { a: 1, b: 2 }
p x.merge({ b: 3, c: 4 }) { |k, o, n| o + n }, x.transform_values { |v| v * 2 }, x.transform_keys(&:to_s), x.transform_keys({ a: :z })
p x.to_h { |k, v| [v, k] }, x.filter_map { |k, v| k if v > 1 }, x.group_by { |k, v| v.odd? }, x.partition { |k, v| v > 1 }, x.sort_by { |k, v| -v }
p x.each_with_index.map { |(k, v), i| [k, v, i] }, x.find { |k, v| v == 2 }, x.reduce(0) { |s, (k, v)| s + v }, x.any? { |k, v| v > 1 }, x.all? { |(k, v)| v > 0 }
p x == { b: 2, a: 1 }, x.eql?({ a: 1, b: 2 }), x.hash == { b: 2, a: 1 }.hash, x <= { a: 1, b: 2, c: 3 }, x > { a: 1 }
p x.slice(:a), x.except(:a), x.values_at(:a, :z), x.fetch_values(:a), x.dig(:a), x.key?(:a), x.value?(2), x.count, x.sum { |k, v| v }, x.zip([1])
x.each { |k, v| x[k] = v + 1 }
p x
begin
  x.each { x[:new] = 1 }
rescue => e
  puts e.class, e.message
end
x.delete_if { |k, v| v == 2 }
p x, x.shift, x, x.shift, x.empty?
big = {}
100.times { |i| big["k#{i}"] = i }
50.times { |i| big.delete("k#{i * 2}") }
p big.size, big.keys.first(3), big["k51"], big["k50"]
20.times { |i| big["k#{i * 2}"] = -i }
p big.keys.last, big.size
a = [1]
hk = { a => 1 }
a << 2
p hk[a], hk.rehash[a]
i = {}.compare_by_identity
i["s".dup] = 1
i["s".dup] = 2
p i.size, i.compare_by_identity?
n = { a: { b: [1, { c: 2 }] } }
p n.dig(:a, :b, 1, :c), n.to_a, n.flatten, n.inspect
p({ 1 => 1, 1.0 => 2, 1r => 3 }.size, { "a b": 1, "c": 2, :"d?" => 3, :+ => 4, nil => 5, "e" => 6 })
p Hash[[[1, 2]]], [[1, 2]].to_h, %w[a b].zip([1, 2]).to_h, { a: 1 }.update(b: 2), { a: nil }.compact, Hash.new { |h2, k| k }.then { |q| q[3] }
s = { a: 1 }
s.store("k", 2)
s.default = 7
p s[:zz], s.sum { |k, v| v }, s.each_pair.to_a, s.each_entry.to_a, s.assoc(:a), s.rassoc(2), s.max_by { |k, v| v }, s.sort { |q, w| w[1] <=> q[1] }
r = {}
r[:self] = r
p r
p x.clear, { b: 1, a: 2 }.sort.to_h, { a: 1 }.merge, { a: 2 }.filter_map { _1 }, { a: 1 }.each { |k, v| }, { a: 1, b: 2 }.min_by { |_, v| -v }
