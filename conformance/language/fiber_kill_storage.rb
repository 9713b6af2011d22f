# Fibers: kill, raise, storage, blocking.
f = Fiber.new { begin; Fiber.yield 1; ensure; puts "ensure"; end }
p f.resume, f.kill.equal?(f), f.alive?
f = Fiber.new { begin; Fiber.yield; rescue Exception; puts "no"; end }
f.resume; f.kill; p f.alive?
p Fiber.new {}.kill.alive?
f = Fiber.new { Fiber.current.kill; 1 }
p f.resume, f.alive?
parent = Fiber.new { Fiber.new { parent.kill; p parent.alive? }.resume; puts "not reached" }
parent.resume
p parent.alive?
begin; Fiber.new {}.tap(&:resume).raise "x"; rescue => e; p e.class, e.message; end
begin; Fiber.new {}.raise "x"; rescue => e; p e.class, e.message; end
f = Fiber.new { begin; Fiber.yield; rescue => e; [e.class, e.message, e.cause&.message]; end }
f.resume
p f.raise(ArgumentError, "in")
f = Fiber.new { begin; Fiber.yield; rescue => e; [e.class, e.message]; end }
f.resume
p f.raise
f = Fiber.new { begin; Fiber.yield; rescue => e; e.backtrace.size > 0; end }
f.resume
p f.raise("z")
# storage
p Fiber[:x], (Fiber[:x] = 1), Fiber[:x]
Fiber.new { p Fiber[:x]; Fiber[:x] = 2; Fiber.new { p Fiber[:x] }.resume }.resume
p Fiber[:x], Fiber.current.storage
p Fiber.new(storage: {a: 1}) { Fiber.current.storage }.resume
p Fiber.new(storage: nil) { Fiber.current.storage }.resume
[42, {"a" => 1}, {}.freeze].each { |s| begin; Fiber.new(storage: s) {}; rescue => e; p e.class, e.message; end }
begin; Fiber[1]; rescue => e; p e.class, e.message; end
begin; Fiber.new {}.storage; rescue => e; p e.class, e.message; end
Fiber["s"] = 3
p Fiber[:s]
Fiber[:s] = nil
p Fiber.current.storage
p Fiber.new { Fiber.current.blocking? }.resume, Fiber.new(blocking: true) { Fiber.blocking? }.resume, Fiber.new { Fiber.blocking? }.resume, Fiber.blocking?
p Fiber.new { Fiber.blocking { |f| [f == Fiber.current, Fiber.blocking?] } }.resume
begin; Fiber.current.resume; rescue => e; p e.class, e.message; end
root = Fiber.current
begin; Fiber.new { root.resume }.resume; rescue => e; p e.class, e.message; end
f = Fiber.new { Fiber.new { f.resume }.resume }
begin; f.resume; rescue => e; p e.class, e.message; end
begin; f.resume; rescue => e; p e.class, e.message; end
p catch(:a) { Fiber.new { begin; throw :a, 1; rescue => e; e.message; end }.resume }
begin; raise "one"; rescue; p Fiber.new { $! }.resume; end
