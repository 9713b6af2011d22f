# with --panic=methods
# A panic inside the runtime is the exception `fatal`, wherever it happens; marks that calls leave in the VM are taken back.
def told
  yield
  puts "no panic"
rescue Exception => error
  puts "#{error.class}: #{error.message[/\Apanic in [^:]+: [^(]+/]}"
end

told { panic_here }
told { panic_by_index(7) }
told { panic_here { 1 } }
told { [3, 1, 2].sort { panic_here } }
told { [3, 1, 2].each { |x| [x].map { panic_here } } }
told { { 1 => 2 }.each { panic_here } }
told { "abc".gsub(/b/) { panic_here } }
told { 1.step(5) { |x| panic_by_index(x) } }
told { panic_without_lock }
told { send(:panic_here) }
told { method(:panic_here).call }
told { method(:panic_here).to_proc.() }
told { define_singleton_method(:other) { panic_here }; other }
told { begin; panic_here; ensure; puts "ensure ran"; end }
told { begin; panic_here; rescue; puts "no StandardError"; end }
told { catch(:tag) { panic_here } }
told { throw :tag }
told { loop { panic_here } }
told { eval("panic_here") }
told { Class.new { panic_here } }
told { Comparable.instance_method(:clamp).bind_call(1, Class.new { def <=>(o) = panic_here }.new, 3) }

list = [1]
told { list.panic_in_inspect { puts list.inspect } }
puts list.inspect

puts "in fibers"
fiber = Fiber.new { panic_here }
told { fiber.resume }
p fiber.alive?
fiber = Fiber.new { begin; Fiber.yield 1; panic_here; rescue Exception => error; Fiber.yield error.class; end; 3 }
p fiber.resume, fiber.resume, fiber.resume
told { Enumerator.new { |y| y << 1; panic_here }.tap { |e| p e.next }.next }

puts "in threads"
thread = Thread.new { Thread.current.report_on_exception = false; panic_here }
told { thread.join }
thread = Thread.new { Thread.current.report_on_exception = false; panic_without_lock }
told { thread.value }
mutex = Mutex.new
told { mutex.synchronize { panic_here } }
p mutex.locked?
told { Thread.new { Thread.current.report_on_exception = false; Fiber.new { panic_here }.resume }.join }

puts "at safepoints"
told { panic_soon; loop { } }
told { panic_soon; 100.times { |x| x } ; i = 0; i += 1 while i < 10 }
def recurse(n) = n == 0 ? 0 : recurse(n - 1)
told { panic_soon; recurse(50); loop { } }

puts "when hot"
def hot(list, at)
  sum = 0
  list.each { |x| sum += x; panic_by_index(x) if x > at }
  sum
rescue Exception => error
  [sum, error.class]
ensure
  $ensured = $ensured.to_i + 1
end
p 3000.times.map { |i| hot([0, 1, 2, 9, 4], i == 2999 ? 5 : 99) }.tally
p $ensured
def spin(n)
  i = 0
  while i < n
    panic_soon if i == 5000
    i += 1
  end
  i
rescue Exception => error
  "#{error.class} #{i >= 5000}"
end
p spin(20_000)
def deep(n) = n == 0 ? panic_here : deep(n - 1) + 1
2000.times { begin; deep(3); rescue Exception; end }
told { deep(100) }
p (1..3000).sum { |i| begin; panic_here; rescue Exception => e; e.class.name.size; end }

puts "from the outside"
old = trap("USR1") { panic_here }
told { Process.kill("USR1", Process.pid); sleep 1 }
told { ObjectSpace.each_object(Class) { |c| panic_here } }
class Hostile
  def method_missing(*) = panic_here
  def respond_to_missing?(*) = true
end
told { [1].concat(Hostile.new) }
told { "a" + Hostile.new }
told { [[1, Hostile.new]].to_h { |a, b| panic_here } }
told { Integer(Hostile.new) }
p ObjectSpace.each_object(Class).find { |c| c.name == "fatal" }&.superclass
told { TracePoint.new(:line) { panic_here }.enable { x = 1; x } }
x = TracePoint.new(:line) { }
x.enable { }
GC.start
at_exit { puts "at_exit goes on" }
at_exit { begin; panic_here; rescue Exception => error; puts "at_exit: #{error.class}"; end }
ObjectSpace.define_finalizer(Object.new, proc { puts "finalizer"; panic_here })
puts "end"
