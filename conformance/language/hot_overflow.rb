# Integer overflow out of the small range inside hot loops, in every operator, and back again.
def grow(n)
  x = 1
  i = 0
  while i < n
    x += x
    i += 1
  end
  x
end
300.times { grow(20) }
p grow(60), grow(61), grow(62), grow(63), grow(64), grow(100)
def sum_to(from, n)
  s = from
  i = 0
  while i < n
    s += i
    i += 1
  end
  s
end
100.times { sum_to(0, 50) }
p sum_to(4611686018427387000, 100), sum_to(-4611686018427388000, 50), sum_to(9223372036854775000, 100)
def product(n) = (1..n).inject { |a, b| a * b }
200.times { product(10) }
p product(20), product(21), product(25)
def sub(x, n)
  n.times { x -= 4_000_000_000_000_000 }
  x
end
p sub(0, 1000), sub(0, 1200), sub(0, 3000)
def shifts(n) = (0...n).map { |i| 1 << i }.sum
200.times { shifts(30) }
p shifts(62), shifts(63), shifts(64), shifts(70)
def neg(x) = -x
1000.times { |i| neg(i) }
p neg(-4611686018427387904), neg(4611686018427387904), neg(-(2**63)), (-4611686018427387904).abs, -4611686018427387904 / -1
def mul(a, b) = a * b
1000.times { |i| mul(i, i) }
p mul(2**31, 2**31), mul(2**31, 2**30), mul(-(2**31), 2**31), mul(3037000499, 3037000499), mul(3037000500, 3037000500), mul(2**62, -1), mul(0, 2**64), mul(2**64, 0).class
def back(x)
  while x > 1000
    x /= 3
  end
  x
end
500.times { |i| back(i + 5000) }
p back(10**40), back(2**62), back(2**62 - 1)
def mix(n)
  h = 17
  n.times { |i| h = (h * 31 + i) & 0xffffffff }
  h
end
p mix(3000)
def lcg(n)
  x = 88172645463325252
  n.times do
    x ^= (x << 13) & 0xffffffffffffffff
    x ^= x >> 7
    x ^= (x << 17) & 0xffffffffffffffff
  end
  x
end
p lcg(500)
a = [4611686018427387903, 4611686018427387904, -4611686018427387904, -4611686018427387905]
p a.map { |v| v + 1 }, a.map { |v| v - 1 }, a.map(&:succ), a.map { |v| v * 1 }, a.map { |v| v.hash == (v + 0).hash }, a.sum, a.max, a.sort == a.sort.dup
i = 4611686018427387890
c = 0
while i < 4611686018427387920
  i += 1
  c += 1
end
p c, i
j = 2**64
while j > 2**60
  j -= 2**60
end
p j
h = Hash.new(0)
2000.times { |k| h[(4611686018427387903 + k % 3)] += 1 }
p h
f = 0
2000.times { |k| f = f * 10 + k % 10; f %= 10**25 }
p f
p (1..70).map { |e| 2**e }.each_cons(2).all? { |q, w| w == q * 2 }
