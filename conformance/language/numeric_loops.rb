# Classic algorithms whose answers are known: gcd, primes, powers, matrix, sorting networks, digits of pi and e, permutations.
def gcd(a, b) = b == 0 ? a : gcd(b, a % b)
p (1..200).sum { |i| gcd(i, 60) }
sieve = Array.new(5000, true)
sieve[0] = sieve[1] = false
i = 2
while i * i < 5000
  (i * i).step(4999, i) { |j| sieve[j] = false } if sieve[i]
  i += 1
end
p sieve.count(true), sieve.each_index.select { |k| sieve[k] }.last(3)
def pi_digits(n)
  q, r, t, k, m, x = 1, 0, 1, 1, 3, 3
  out = +""
  while out.size < n
    if 4 * q + r - t < m * t
      out << m.to_s
      q, r, m = 10 * q, 10 * (r - m * t), (10 * (3 * q + r)) / t - 10 * m
    else
      q, r, t, k, m, x = q * k, (2 * q + r) * x, t * x, k + 1, (q * (7 * k + 2) + r * x) / (t * x), x + 2
    end
  end
  out
end
puts pi_digits(60)
def power(b, e, m)
  r = 1
  while e > 0
    r = r * b % m if e.odd?
    b = b * b % m
    e >>= 1
  end
  r
end
p power(3, 10**18, 1_000_000_007), 3.pow(10**18, 1_000_000_007)
def fib_matrix(n)
  a, b, c, d = 1, 1, 1, 0
  ra, rb, rc, rd = 1, 0, 0, 1
  while n > 0
    ra, rb, rc, rd = ra * a + rb * c, ra * b + rb * d, rc * a + rd * c, rc * b + rd * d if n & 1 == 1
    a, b, c, d = a * a + b * c, a * b + b * d, c * a + d * c, c * b + d * d
    n >>= 1
  end
  rb
end
p fib_matrix(300), fib_matrix(10)
def queens(n, row = 0, cols = 0, d1 = 0, d2 = 0)
  return 1 if row == n
  c = 0
  free = ((1 << n) - 1) & ~(cols | d1 | d2)
  while free != 0
    bit = free & -free
    free ^= bit
    c += queens(n, row + 1, cols | bit, (d1 | bit) << 1, (d2 | bit) >> 1)
  end
  c
end
p (4..7).map { |n| queens(n) }
def ackermann(m, n)
  return n + 1 if m == 0
  return ackermann(m - 1, 1) if n == 0
  ackermann(m - 1, ackermann(m, n - 1))
end
p ackermann(2, 9)
def hanoi(n, a, b, c, &blk)
  return if n == 0
  hanoi(n - 1, a, c, b, &blk)
  blk.call(n, a, c)
  hanoi(n - 1, b, a, c, &blk)
end
moves = 0
last = nil
hanoi(10, :a, :b, :c) { |d, f, t| moves += 1; last = [d, f, t] }
p moves, last
def lcs(a, b)
  t = Array.new(a.size + 1) { Array.new(b.size + 1, 0) }
  a.each_char.with_index { |x, i| b.each_char.with_index { |y, j| t[i + 1][j + 1] = x == y ? t[i][j] + 1 : [t[i][j + 1], t[i + 1][j]].max } }
  t[-1][-1]
end
p lcs("AGGTABQWERTY", "GXTXAYBQWRTY")
def collatz_max(n) = (1..n).max_by { |k| c = 0; while k > 1; k = k.even? ? k / 2 : 3 * k + 1; c += 1; end; c }
p collatz_max(300)
pascal = [[1]]
15.times { pascal << [1, *pascal.last.each_cons(2).map(&:sum), 1] }
p pascal.last, pascal.map(&:sum).last
p (1..30).map { |k| k % 15 == 0 ? "FizzBuzz" : k % 5 == 0 ? "Buzz" : k % 3 == 0 ? "Fizz" : k }.first(15)
e_sum = 0r
f = 1
(0..15).each { |k| e_sum += Rational(1, f); f *= k + 1 }
p e_sum, e_sum.to_f
coins = [1, 2, 5, 10, 20, 50, 100, 200]
ways = [1] + [0] * 200
coins.each { |c| (c..200).each { |k| ways[k] += ways[k - c] } }
p ways[200]
crc = 0xffffffff
"The quick brown fox".each_byte { |by| crc ^= by; 8.times { crc = crc[0] == 1 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1 } }
p crc ^ 0xffffffff
mt = 5489
r = Array.new(10) { mt = (mt * 69069 + 1) & 0xffffffff; mt >> 16 }
p r
