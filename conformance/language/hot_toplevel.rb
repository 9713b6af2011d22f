# Long loops at top level, which never return to be entered again: replacement on the stack must keep every local.
i = 0
sum = 0
while i < 60_000
  sum += i & 7
  i += 1
end
p sum, i
a = 0
b = 1
n = 0
until n == 90
  a, b = b, a + b
  n += 1
end
p a
count = 0
x = 2
while count < 300
  d = 2
  prime = true
  while d * d <= x
    if x % d == 0
      prime = false
      break
    end
    d += 1
  end
  count += 1 if prime
  x += 1
end
p x - 1
text = +""
k = 0
loop do
  k += 1
  next if k % 3 == 0
  text << (97 + k % 26).chr
  break if k > 3000
end
p text.size, text[0, 10], text[-10, 10]
f = 0.0
k = 0
while k < 30_000
  f += k * 0.5
  f = -f if k % 10_000 == 9_999
  k += 1
end
p f
h = {}
k = 0
while k < 20_000
  h[k % 97] = (h[k % 97] || 0) + k
  k += 1
end
p h.size, h[5], h.values.sum
arr = Array.new(100, 0)
k = 0
while k < 20_000
  arr[k % 100] += arr[(k + 1) % 100] + 1
  arr[k % 100] %= 1000
  k += 1
end
p arr.sum, arr.first(5)
v = 1
k = 0
while k < 15_000
  v = k == 12_000 ? "text" : v.is_a?(Integer) ? v + 1 : v + "!"
  v = v[0, 8] if v.is_a?(String)
  k += 1
end
p v
@iv = 0
$gv = 0
k = 0
while k < 20_000
  @iv += 1
  $gv += @iv & 1
  k += 1
end
p @iv, $gv
s = 0
(1..20_000).each { |q| s += q if q % 7 == 0 }
p s
s = 0
20_000.times { |q| s ^= q }
p s
1.upto(20_000) { |q| s += 1 if q.odd? }
p s
z = 0
begin
  z += 1
  raise "out" if z == 25_000
end while true rescue p z
m = 3
m = m * m % 10_007 while (k -= 1) > 0
p m, k
case_sum = 0
k = 0
while k < 20_000
  case k % 5
  when 0 then case_sum += 1
  when 1, 2 then case_sum += 2
  else case_sum -= 1
  end
  k += 1
end
p case_sum
def late(q) = q + 1
k = 0
while k < 20_000
  k = late(k)
  if k == 15_000
    def late(q) = q + 5
  end
end
p k
