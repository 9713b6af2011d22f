# Fibers: resume, yield, values both ways, errors, nested fibers, generators.
f = Fiber.new do |a|
  b = Fiber.yield a + 1
  c = Fiber.yield b * 2
  c + 100
end
p f.resume(1), f.resume(10), f.resume(5), f.alive?
begin
  f.resume
rescue FiberError => e
  puts e.class
end
g = Fiber.new { raise "inside" }
begin
  g.resume
rescue => e
  p e.message, g.alive?
end
gen = Fiber.new do
  3.times { |i| Fiber.yield i }
  nil
end
while (v = gen.resume)
  p v
end
outer = Fiber.new do
  inner = Fiber.new { Fiber.yield :i1; :i2 }
  Fiber.yield inner.resume
  Fiber.yield inner.resume
  :outer_done
end
p outer.resume, outer.resume, outer.resume
def producer(n) = Fiber.new { n.times { |i| Fiber.yield i * i }; :done }
a, b = producer(3), producer(3)
4.times { p [a.resume, b.resume] }
h = Fiber.new do
  begin
    Fiber.yield 1
  ensure
    puts "ensure ran"
  end
end
h.resume
p h.resume
begin
  Fiber.yield 1
rescue FiberError => e
  puts e.class
end
r = Fiber.new { |x| Fiber.yield(*[x, 2]); nil }
p r.resume(1)
k = Fiber.new { begin; Fiber.yield 1; rescue => e; "caught #{e.message}"; end }
k.resume
p k.raise("injected")
def deep(n, &b) = n == 0 ? Fiber.yield(:bottom) : deep(n - 1, &b)
d = Fiber.new { deep(200); :up }
p d.resume, d.resume
fibers = Array.new(50) { |i| Fiber.new { x = i; 3.times { x = Fiber.yield(x) + i }; x } }
p fibers.sum(&:resume), fibers.sum { |x| x.resume(1) }
e = [10, 20, 30].each
s = 0
loop { s += e.next }
p s
