# Threads killed and raised at by another thread at moments nobody chose: what ensure clauses promise holds each time.
require "monitor"
require "timeout"

class Stop < Exception; end

RANDOM = Random.new(7)

# Runs the body in a thread again and again, and ends it after a random number of passes.
def torment(label, rounds: 40, how: %i[kill raise])
  broken = 0
  rounds.times do |round|
    check = nil
    thread = Thread.new do
      Thread.current.report_on_exception = false
      yield ->(&block) { check = block }
    end
    RANDOM.rand(30).times { Thread.pass }
    case how[round % how.size]
    when :kill then thread.kill
    when :raise then thread.raise(Stop)
    end
    begin
      broken += 1 unless thread.join(20)
    rescue Stop
    end
    broken += 1 if check && !check.call
  end
  puts "#{label}: #{broken} broken"
end

torment("ensure") do |check|
  entered = left = 0
  check.call { entered - left <= 1 }
  loop do
    entered += 1
    begin
      Thread.pass
    ensure
      left += 1
    end
  end
end
MUTEX = Mutex.new
torment("mutex") { loop { MUTEX.synchronize { Thread.pass } } }
p MUTEX.locked?
torment("monitor") { m = Monitor.new; loop { m.synchronize { m.synchronize { Thread.pass } } } }
torment("queue pop") { q = Queue.new; q.pop }
torment("queue pair") do
  q = SizedQueue.new(1)
  Thread.new { loop { q << 1 } }.tap { |t| begin; 50.times { q.pop }; ensure; t.kill.join; end }
end
torment("condition") { m = Mutex.new; c = ConditionVariable.new; m.synchronize { c.wait(m) } }
torment("sleep") { sleep }
torment("join") { t = Thread.new { sleep }; begin; t.join; ensure; t.kill; end }
torment("lazy") { (1..).lazy.map { |x| x * 2 }.select(&:even?).first(100_000) }
torment("enumerator") { e = Enumerator.new { |y| i = 0; loop { y << (i += 1) } }; loop { e.next } }
torment("fiber") { f = Fiber.new { loop { Fiber.yield 1 } }; loop { f.resume } }
torment("sort_by") { loop { (1..50).sort_by { |x| -x } } }
torment("sort") { loop { (1..50).to_a.sort { |x, y| y <=> x } } }
torment("hash") { h = {}; i = 0; loop { h[(i += 1) % 100] = i; h.each { |k, v| k + v } } }
torment("hash in iteration") do |check|
  h = {1 => 1}
  check.call { h[:new] = 1; h.size == 2 }
  loop { h.each { Thread.pass } }
end
torment("strings") { s = +""; loop { s << "abc"; s.gsub(/b/) { "x" }; s.clear if s.size > 100 } }
torment("define") { loop { Class.new { define_method(:a) { 1 }; attr_accessor :b }.new.a } }
torment("eval") { loop { eval("1 + 1") } }
torment("catch") { loop { catch(:x) { throw :x } } }
torment("raise") { loop { begin; raise "x"; rescue; end } }
torment("rescue all", how: %i[kill]) { loop { begin; Thread.pass; rescue Exception; end } }
torment("retry") { n = 0; begin; n += 1; raise "x"; rescue; retry; end }
torment("recursion") { f = ->(n) { n == 0 ? 0 : 1 + f.(n - 1) }; loop { f.(200) } }
torment("gc") { loop { GC.start } }
torment("pipe") { r, w = IO.pipe; begin; r.read; ensure; r.close; w.close; end }
torment("pipe write") { r, w = IO.pipe; begin; loop { w << "x" * 10_000 }; ensure; r.close; w.close; end }
torment("timeout") { loop { Timeout.timeout(0.0005) { loop { } } rescue nil } }
torment("threads") { loop { Thread.new { Thread.pass }.join } }
torment("once") { loop { /#{1}a/o.match?("1a") } }
torment("big numbers") { n = 3; loop { n = n * n % 10**50 } }
torment("big power") { loop { 3**5_000 } }
torment("handle_interrupt", how: %i[raise]) do |check|
  pairs = [0, 0]
  check.call { pairs[0] == pairs[1] }
  Thread.handle_interrupt(Stop => :never) do
    loop do
      pairs[0] += 1
      Thread.pass
      pairs[1] += 1
      Thread.handle_interrupt(Stop => :immediate) { Thread.pass }
    end
  end
end
# The library of Timeout keeps a thread of its own.
p Thread.list.count { |thread| !thread.name.to_s.start_with?("Timeout") }
puts "alive"
