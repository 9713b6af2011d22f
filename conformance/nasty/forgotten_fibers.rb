# Fibers that end, wait for ever or never start: their stacks are used again, nothing of a forgotten one runs, memory stays flat.
def resident = File.read("/proc/self/statm").split[1].to_i * 4096
def flat(name, count)
  yield 2000
  GC.start
  before = resident
  yield count
  grown = (resident - before) >> 20
  puts "#{name}: #{grown < 60 ? "flat" : "grew by #{grown} MB"}"
end

flat("ended", 20_000) { |n| n.times { Fiber.new { 1 }.resume } }
flat("never started", 20_000) { |n| n.times { Fiber.new { 1 } } }
flat("half finished", 20_000) { |n| n.times { Fiber.new { begin; Fiber.yield; ensure; puts "must not run"; end }.resume } }
flat("enumerators", 20_000) { |n| n.times { [1, 2].each.next } }
flat("with arguments", 5000) { |n| n.times { |i| Fiber.new { |*list, **opts| Fiber.yield list; opts }.resume(*(1..20), a: i) } }
flat("in threads", 2000) { |n| 4.times { Thread.new { (n / 4).times { Fiber.new { Fiber.yield 1 }.resume } }.join } }
flat("deep ones", 300) { |n| n.times { Fiber.new { def down(n) = n == 0 ? Fiber.yield : down(n - 1); down(300) }.resume } }

# Values of fibers that share stacks one after the other.
made = (1..300).map { |i| f = Fiber.new { |a| b = "#{i}-#{a}"; c = Fiber.yield(b); "#{b}-#{c}" }; [f, f.resume(i)] }
p made.all? { |f, text| i = text.to_i; f.resume(:x) == "#{i}-#{i}-x" }
kept = (1..100).map { |i| Fiber.new { x = "kept #{i}"; -> { x } }.resume }
200.times { Fiber.new { Array.new(50) { "other" } }.resume }
GC.start
p kept.map(&:call).uniq.size

fiber = Fiber.new { Fiber.yield 1; 2 }
fiber.resume
begin
  fiber.send(:initialize) { }
rescue FiberError => error
  puts error.message
end
p fiber.resume
