def fib(n)
  if n < 2
    n
  else
    fib(n - 1) + fib(n - 2)
  end
end
puts fib(30)
x = 1
[1, 2].each { |i| x += i }
a, b = x, 2
a, b = b, a
while a < 10
  a += 1
  next if a == 5
  break if a > 7
end
begin
  foo(1, *a, k: 2, &b)
rescue ArgumentError => e
  p e.message
ensure
  puts "done"
end
class Foo < Bar
  attr_accessor :x
  def initialize(a, b = 2, *c, d:, e: 5, **f, &g)
    @a = a
    @b ||= b
    yield a, b
    super
  end
end
p "a#{x}b", {a: 1, "b" => 2}, 1..2
