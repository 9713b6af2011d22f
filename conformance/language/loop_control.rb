# break, next, redo in while, until, loop, each, for; loop's StopIteration; values of loops.
p (while true do break end)
p (while true do break 1, 2 end)
p (while false do end)
i = 0
i += 1 until i >= 5
p i
begin
  i -= 1
end while i > 2
p i
out = []
10.times do |n|
  next if n.odd?
  break if n > 6
  out << n
end
p out
p 5.times { |n| break n * 100 if n == 3 }
p [1, 2, 3].each { |n| n }
tries = 0
done = []
[1, 2].each do |n|
  tries += 1
  redo if tries < 3
  done << [n, tries]
end
p done
p loop { break :looped }
e = [1, 2].each
r = loop do
  e.next
end
p r
for a, b in [[1, 2], [3, 4]]
  p a + b
end
p a, b
for k in 1..3 do
  next if k == 2
  p k
end
p k
p (1..Float::INFINITY).each { |n| break n if n * n > 200 }
outer = (1..3).each do |x|
  (1..3).each do |y|
    next if y == 2
    break if y == 3 && x == 1
    print x, y, " "
  end
end
puts
p outer
n = 0
n += 1 while n < 10
p n
p (1..10).step(3).to_a, 10.downto(7).to_a, 1.step(2, 0.5).to_a
n = 3
r = until n == 0
  n -= 1
  break "at #{n}" if n == 1
end
p r
