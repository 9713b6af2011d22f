# Array: building, indexing, slicing assignment, mutation, set operations, search, pack-free conversions, errors.
a = [1, 2, 3, 4, 5]
p a[0], a[-1], a[5], a[1, 2], a[1..], a[5, 1], a[6, 1], a[-3..-2], a.first, a.last(2), a.take(2), a.drop(3), a.dig(0), a.fetch(1), a.at(-2), a.values_at(0, 9), a.sample.class
a[7] = 8
p a
a[1..2] = [:x, :y, :z]
p a
a[0, 0] = [0]
a[-1] += 1
p a, a.compact, a.length
a.push(1).unshift(2).insert(2, :ins).concat([5], [6])
p a, a.pop, a.shift, a.delete(:x), a.delete(:nope), a.delete_at(0), a.delete_if { |x| x.nil? }, a.slice!(0, 2), a, a.clear
p Array.new(3), Array.new(2, 0), Array.new(3) { |i| i * i }, Array(nil), Array([1]), Array(1..3), Array("a"), Array({ a: 1 }), [0] * 3, [1, 2] * ",", %w[a b] + %w[c]
p [1, 2, 3] & [2, 3, 4], [1, 2] | [2, 3], [1, 2, 2, 3] - [2], [1, 2] <=> [1, 3], [1, [2, 3]] == [1, [2, 3]], [1, 2].eql?([1.0, 2.0]), [3, 1] + [2], [1, 2].union([3], [4]), [1, 1, 2].difference([1]), [1, 2].intersect?([2]), [[1, 2], [3]].sum([])
p [3, 1, 2].sort, [1, 2, 3].reverse, [1, 2, 3].rotate(2), [1, 2, 3].include?(2), [1, 2, 3].index(2), [1, 2, 3, 2].rindex(2), [1, 2, 3].find_index { |x| x > 1 }, [1, 2, 3].count(&:odd?), [nil, 1].any?, [].none?, [1, 2].all?(Integer), [1, 1].uniq, [[1, :a], [1, :b]].uniq(&:first)
p [1, [2, [3, [4]]]].flatten, [1, [2, [3]]].flatten(1), [[1, 2], [3, 4]].transpose, [1, 2].zip([3, 4], [5, 6]), [1, 2].product([3, 4]), [1, 2, 3].combination(2).to_a, [1, 2, 3].permutation.count, [1, 2, 3].each_slice(2).to_a, [1, 2, 3].each_cons(2).to_a, [1, 2, 3, 4].partition(&:even?), [1, 2, 3].inject(:+), [1, 2].cycle(2).to_a, (1..6).each_slice(2).to_a, [1, 2, 3].repeated_combination(2).count
p [1, 2, 3].map!(&:to_s), [1, 2, 3].select! { |x| x > 1 }, [1, 2].reject! { |x| x > 5 }, [1, nil].compact!, [1].compact!, [1, 1].uniq!, [1].uniq!, [2, 1].sort!, [1, [2]].flatten!, [1].flatten!, [1, 2, 3].keep_if(&:odd?), [3, 4].fill(0), [1, 2, 3].fill { |i| i * 2 }, [1, 2, 3].fill(9, 1), [1, 2].replace([3])
p [1, 2, 3, 4].bsearch { |x| x >= 3 }, [[1, :a], [2, :b]].assoc(2), [[1, :a]].rassoc(:a), [1, 2, 3].sum / 3.0, [1, 2, 3].minmax, %w[a b c].join("-"), [1, [2, [3]]].join(","), [1, 2].to_h { |x| [x, x * 2] }, [[1, 2]].to_h, [1, 2, 3].each_with_index.to_a, [1, 2, 3].each_entry.to_a, [1, 2, 2].tally, [1, 2, 3, 4].group_by(&:odd?), [1, 2, 4].chunk_while { |x, y| y == x + 1 }.to_a, [3, 5].each_with_object([]) { |x, m| m << x }, [1, 2, 3].filter_map { |x| x * 2 if x > 1 }, [1, 2, 3].take_while { |x| x < 3 }, [1, 2, 3].drop_while { |x| x < 2 }, [1, 2, 3].first(0), [1, 2, 3].none? { |x| x > 3 }, [4, 5].one? { |x| x > 4 }
[-> { [1].fetch(5) }, -> { [1].fetch(5, :d) }, -> { [1].fetch(5) { |i| i * 2 } }, -> { [1].first(-1) }, -> { Array.new(-1) }, -> { [1, 2].first("x") }, -> { [1] + nil }, -> { [[1, 2], [3]].transpose }, -> { [1, "a"].sum }, -> { [1][nil] }, -> { [1]["a"] }, -> { [-5].fetch(-3) }, -> { x = [1]; x[-3] = 1 }, -> { [1, 2].to_h }, -> { [1].freeze << 1 }, -> { [3].pack("Q<").size }, -> { [1, 2].combination }, -> { [0] * -1 }].each do |l|
  begin
    p l.call
  rescue => e
    puts "#{e.class}: #{e.message}"
  end
end
b = [1, 2, 3, 4, 5, 6]
b.each { |x| b.delete(x) if x.even? }
p b
c = [1, 2, 3]
c.each { |x| c << x + 3 if c.size < 6 }
p c
d = Array.new(2) { [] }
d[0] << 1
p d
e = Array.new(2, [])
e[0] << 1
p e
f, *g = [1, 2, 3]
p f, g, [*g, *f], [1, 2, 3].sum { |x| x * 0.5 }, [0.1] * 3 == [0.1, 0.1, 0.1], [1, 2, 3].hash == [1, 2, 3].hash, [[3, 1], [2]].map(&:sort), [nil, true].to_a, [1, 2, 3].slice(0..1), [5, 6].each_index.to_a, [1, 2, 3].reverse_each.to_a, [1, 2, 3].step rescue p $!.class
q = []
1000.times { |i| q.push(i); q.shift if i.odd? }
p q.size, q.first, q.last, q.sum
z = (1..20).to_a
z.delete_if.with_index { |_, i| i % 3 == 0 }
p z, z.each_slice(5).map(&:sum), z.values_at(0, 2..4, -1), z.minmax, z.max(3), z.min_by { |x| -x }, z.sum, z.rotate(-1).first, z.shuffle.sort == z, z.inspect.size, z.pack("C*").bytes == z, z.bsearch_index { |x| x >= 10 }, z.dup.tap { |t| t.slice!(1..-2) }
