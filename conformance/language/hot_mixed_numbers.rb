# Hot loops in which integers and floats mix, change kind half-way, and meet nil, NaN and infinities.
def sum(list)
  s = 0
  list.each { |x| s += x }
  s
end
300.times { sum([1, 2, 3]) }
p sum([1, 2.5, 3]), sum([1.0, 2.0]), sum([1, 2r]), sum([2**62, 2**62, 1.0]), sum([1, 2]), sum([])
def poly(x) = 3 * x * x - 2 * x + 1
500.times { |i| poly(i) }
500.times { |i| poly(i * 0.5) }
p poly(3), poly(3.0), poly(2r), poly(10**15), poly(Complex(0, 1)), poly(-0.0), poly(Float::NAN).nan?, poly(Float::INFINITY).nan?
def average(n)
  t = 0
  i = 0
  while i < n
    t += i
    t /= 2.0 if i == 500
    i += 1
  end
  t
end
p average(400), average(1000), average(2000)
x = 0
3000.times { |i| x = i < 1500 ? x + 1 : x + 0.5 }
p x
y = 1.0
1200.times { |i| y *= 2 }
p y
y = 1.0
1200.times { |i| y /= 2 }
p y
z = 0.1
i = 0
while i < 2000
  z = z * 1.5 % 1.0
  i += 1
end
p z
def cmp(a, b) = [a < b, a == b, a > b, a <=> b]
500.times { |k| cmp(k, k + 1) }
p cmp(1, 1.0), cmp(2**53, 2.0**53), cmp(2**53 + 1, 2.0**53), cmp(1.5, 1), cmp(1, Float::NAN), cmp(2**64, 1e30), cmp(0.0, -0.0)
begin
  cmp(1, nil)
rescue ArgumentError => e
  puts e.message
end
begin
  sum([1, nil])
rescue TypeError => e
  puts e.message
end
begin
  sum([1, "2"])
rescue TypeError => e
  puts e.message
end
def newton(v)
  g = v
  g = (g + v / g) / 2.0 while (g * g - v).abs > 1e-9
  g
end
300.times { |k| newton(k + 1) }
p newton(2).round(9), newton(2.0).round(9), newton(10**20).round(3)
def collatz(n)
  c = 0
  while n != 1
    n = n.even? ? n / 2 : 3 * n + 1
    c += 1
  end
  c
end
p (1..300).map { |k| collatz(k) }.max, collatz(2**63 - 1)
m = Array.new(8) { |r| Array.new(8) { |c| r == c ? 1 : (r + c).odd? ? 0.5 : 0 } }
v = Array.new(8, 1)
50.times { v = m.map { |row| row.zip(v).sum { |a, b| a * b } / 3 } }
p v.map { |e| e.round(6) }, v.map(&:class).uniq
p (1..1000).sum { |k| k.odd? ? 1.0 / k : -1r / k }.round(6), (1..2000).inject { |a, b| a + (b % 2 == 0 ? b : -b.to_f) }
acc = [0, 0.0]
2000.times { |k| acc[k & 1] += k }
p acc, acc.map(&:class)
p 7.fdiv(2), 7 / 2.0, 7.0.floor / 2
