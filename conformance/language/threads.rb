# Threads: values, ends, masks, queues, locks, fibers and processes beside them.
def shown(value) = value.inspect.gsub(/0x\h+/, "0x")
def failure
  yield
rescue Exception => error
  puts "#{error.class}: #{error.message.gsub(/0x\h+/, "0x").lines.first.chomp}"
end
def quiet(&body) = Thread.new { Thread.current.report_on_exception = false; body.call }

p Thread.new(1, 2, k: 3) { |a, b, k:| [a, b, k] }.value
p Thread.new {}.join.status, quiet { raise "x" }.tap { |t| t.join rescue nil }.status
failure { quiet { raise ArgumentError, "boo" }.join }
failure { quiet { throw :x }.value }
failure { Thread.new { Thread.current.report_on_exception = false; break 1 }.value }
failure { Thread.new { Thread.current.report_on_exception = false; return 1 }.value }
catch(:tag) { failure { quiet { throw :tag }.value } }
failure { Thread.new }
class Lazy < Thread; def initialize; end; end
failure { Lazy.new {} }
failure { Thread.current.join }
failure { quiet { Thread.main.join }.join }
p catch(:out) { begin; raise "a"; rescue; throw :out, 1; end }, $!

# Ends: ensure clauses run, rescue clauses do not.
log = Queue.new
thread = Thread.new do
  begin
    sleep
  rescue Exception
    log << :rescued
  ensure
    log << :ensured
  end
end
Thread.pass until thread.stop?
p thread.status, thread.kill.equal?(thread), thread.join.status, log.pop, log.empty?
thread = Thread.new { begin; Thread.exit; ensure; log << Thread.current.status; end }
thread.join
p log.pop
thread = Thread.new { begin; Fiber.new { begin; Thread.current.kill; ensure; log << 1; end }.resume; ensure; log << 2; end }
thread.join
p [log.pop, log.pop], log.empty?

# What others send.
class Sent < StandardError; end
thread = Thread.new { begin; log << 1; loop { [1] * 3 }; rescue Sent => error; error.message; end }
log.pop
thread.raise(Sent, "to a loop")
p thread.value
thread = Thread.new { begin; Queue.new.pop; rescue Sent => error; [error.message, error.cause]; end }
Thread.pass until thread.stop?
thread.raise(Sent, "to a waiting one")
p thread.value
inside, outside, go = Queue.new, Queue.new, Queue.new
thread = Thread.new do
  Thread.handle_interrupt(Sent => :never) do
    inside << 1
    go.pop
    outside << Thread.pending_interrupt?
  end
  :not_reached
rescue Sent => error
  error.message
end
inside.pop
thread.raise(Sent, "held off")
go << 1
p outside.pop, thread.value
failure { Thread.handle_interrupt(Sent => :sometimes) {} }
failure { Thread.handle_interrupt(Sent => :never) }

# Queues.
queue = Queue.new([1, 2])
p queue.pop, queue.shift, queue.pop(timeout: 0), queue.size
failure { queue.pop(true) }
failure { queue.pop(true, timeout: 1) }
failure { queue.freeze }
failure { Queue.new(3) }
queue.close
p queue.closed?, queue.pop
failure { queue << 1 }
sized = SizedQueue.new(1)
sized << 1
p sized.push(2, timeout: 0), sized.max
failure { sized.push(2, true) }
failure { SizedQueue.new(0) }
taker = Thread.new { 3.times.map { sized.pop } }
2.times { |i| sized << i }
p taker.value

# Locks.
lock = Mutex.new
failure { lock.unlock }
lock.lock
failure { lock.lock }
failure { Fiber.new { lock.lock }.resume }
failure { quiet { lock.unlock }.join }
p lock.locked?, lock.owned?, lock.try_lock, Thread.new { lock.owned? }.value
lock.unlock
count = 0
8.times.map { Thread.new { 200.times { lock.synchronize { seen = count; Thread.pass if seen % 50 == 0; count = seen + 1 } } } }.each(&:join)
p count
p lock.synchronize { lock.sleep(0.001) }
condition, turn = ConditionVariable.new, 0
4.times.map do |n|
  Thread.new do
    5.times do
      lock.synchronize do
        condition.wait(lock) until turn % 4 == n
        turn += 1
        condition.broadcast
      end
    end
  end
end.each(&:join)
p turn
monitor = Monitor.new
p monitor.synchronize { monitor.synchronize { monitor.mon_owned? } }, monitor.mon_locked?
failure { monitor.exit }
ready, done = monitor.new_cond, false
waiter = Thread.new { monitor.synchronize { ready.wait_until { done }; :woken } }
Thread.pass until waiter.stop?
monitor.synchronize { done = true; ready.signal }
p waiter.value
first, second, both = Mutex.new, Mutex.new, Queue.new
one = quiet { first.synchronize { both << 1; Thread.pass until second.locked?; second.lock } }
two = quiet { both.pop; second.synchronize { first.lock } }
failure { one.join }
one.kill.join
two.kill.join

# Locals of fibers and of threads.
Thread.current[:a] = 1
Thread.current.thread_variable_set("b", 2)
p Thread.current["a"], Thread.current.keys, Fiber.new { [Thread.current[:a], Thread.current.thread_variable_get(:b)] }.resume
p Thread.new { Thread.current[:a] }.value, Thread.new { Thread.current[:c] = 3 }.join[:c]
failure { Thread.current[1] }
failure { Thread.current.fetch(:zz) }
p Thread.current.fetch(:zz, 4)
failure { quiet { Fiber.new {}.then { |fiber| Thread.new { Thread.current.report_on_exception = false; fiber.resume }.join } }.join }
numbers = [1, 2].each
p numbers.next
failure { quiet { numbers.next }.join }
begin
  raise "main's"
rescue
  p Thread.new { $! }.value
end
thread = Thread.new { sleep }
thread.name = "worker"
Thread.pass until thread.stop?
puts shown(thread).sub(/ \S*threads.rb/, " threads.rb"), shown(thread.kill.join).sub(/ \S*threads.rb/, " threads.rb")
group = ThreadGroup.new
p group.add(thread), Thread.main.group == ThreadGroup::Default
p Thread.new { Thread.current.group == ThreadGroup::Default }.value

# Descriptors and processes.
reader, writer = IO.pipe
thread = Thread.new { reader.gets }
Thread.pass until thread.stop?
writer.puts "line"
p thread.value
thread = Thread.new { begin; reader.read(1); rescue IOError => error; error.message; end }
Thread.pass until thread.stop?
reader.close
p thread.value
reader, writer = IO.pipe
thread = Thread.new { writer.write("x" * 200_000); writer.close; :written }
p reader.read.size, thread.value
Process.wait(fork { Thread.new { exit 3 }.join })
p $?.exitstatus, Thread.new { `true`; $?.exitstatus }.value, $?.exitstatus
p Process.detach(fork { exit! 4 }).value.exitstatus
sleeper = Thread.new { sleep }
Thread.pass until sleeper.stop?
reader, writer = IO.pipe
pid = fork { writer.write [sleeper.alive?, sleeper.status, Thread.list.size].inspect; writer.close }
writer.close
p reader.read, sleeper.status
Process.wait(pid)
sleeper.kill.join

# A program ends when its main thread does; the others' ensure clauses run.
Thread.new { begin; sleep; ensure; puts "sleeper ends"; end }.then { |t| Thread.pass until t.stop? }
at_exit { puts "at_exit sees #{Thread.list.size}" }
Thread.new { exit 0 }.join
puts "not reached"
