# Ranges: membership, iteration, steps, endless and beginless, slicing, conversions, errors.
r = (1..10)
p r.to_a.size, r.sum, r.include?(5), r === 10, (1...10) === 10, r.cover?(2..3), r.min, r.max, (1...10).max
p ("a".."e").to_a, ("az".."bc").to_a, ("a".."e").step(2).to_a, ("a".."zz").count
p (1..10).step(3).to_a, (1.0..2.0).step(0.5).to_a, 1.step(10, 4).to_a, (1..10) % 4
p (1..).first(3), (..5).include?(3), (1..nil).size, (1..) === 100
p [1, 2, 3, 4][1..], [1, 2, 3, 4][..1], [1, 2, 3, 4][-2..], "hello"[1..3], "hello"[1...-1], "hello"[..2]
p (1..0).to_a, (1..0).max, (0...0).size, (1..3).reverse_each.to_a
p Range.new(1, 3, true), (1..3) == (1..3), (1..3).eql?(1..3), (1..3).hash == (1..3).hash, (1...3).exclude_end?
p (1..10).each_slice(4).to_a, (1..4).each_cons(2).to_a, (1..3).inject(:*), (1..6).partition(&:even?)
p (0.5..2.5).include?(1), (0.5..2.5).min, (1..2.5).to_a
p ("a".."z").cover?("mm"), ("a".."z").include?("mm"), ("a".."z") === "mm"
[-> { (1.0..2.0).to_a }, -> { (1..).to_a }, -> { (..1).each { } }, -> { Range.new(1, "a") }, -> { (1..3).first(-1) },
 -> { (..1).first }, -> { (1..).max }, -> { (1..3).step(0) { } }].each do |l|
  begin
    p l.call
  rescue => e
    puts "#{e.class}: #{e.message}"
  end
end
p (1..10).bsearch { |x| x >= 7 }, (0.0..10.0).bsearch { |x| x >= 2.5 }.round(3)
p (1..3).minmax, (1..3).to_s, (1..3).inspect, ("a".."c").inspect, (1..nil).inspect, (nil..1).inspect, (nil..nil).inspect
p (1..10).find { |x| x % 7 == 0 }, (1..3).zip(4..6), (1..3).each_with_index.to_a, (1..3).cycle.first(7)
case 75
when 90.. then puts "A"
when 70...90 then puts "B"
end
p (1..20).count(&:odd?), (1..3).frozen?, rand(1..1), (1..3).overlap?(3..4), (1...3).overlap?(3..4)
p (1..4).sum { |x| x * 2 }, (1..2**70).size, (1..4).tally, ((1..3).to_a + [4]).last
i = 0
(1..Float::INFINITY).lazy.map { |x| x * 2 }.select { |x| x % 3 == 0 }.first(2).each { |x| p x }
(1..10).each { |x| print x, " " if (x == 3)..(x == 5) }
puts
