# The scheduler of fibers: a small one over IO.select runs fibers that sleep, read, lock, wait for threads and children.
class Scheduler
  def initialize
    @ready = []
    @waiting = {}
    @readable = {}
    @writable = {}
    @blocked = {}.compare_by_identity
    @lock = Thread::Mutex.new
    @urgent = IO.pipe
  end

  def run
    until @ready.empty? && @waiting.empty? && @readable.empty? && @writable.empty? && @blocked.empty?
      run_once
    end
  end

  def run_once
    ready = @lock.synchronize { list, @ready = @ready, []; list }
    timeout = ready.empty? ? next_timeout : 0
    readers, writers = IO.select([@urgent[0], *@readable.keys], @writable.keys, nil, timeout)
    (readers || []).each { |io| io == @urgent[0] ? io.read_nonblock(1024) : (ready << @readable.delete(io)) }
    (writers || []).each { |io| ready << @writable.delete(io) }
    now = clock
    @waiting.select { |_, time| time <= now }.each_key { |fiber| @waiting.delete(fiber); ready << fiber }
    ready.uniq.each { |fiber| fiber.transfer if fiber.alive? }
  end

  def next_timeout
    first = @waiting.values.min
    first && [first - clock, 0].max
  end

  def clock = Process.clock_gettime(Process::CLOCK_MONOTONIC)

  def close
    run
  ensure
    @urgent.each(&:close)
  end

  def fiber(&block)
    fiber = Fiber.new(blocking: false, &block)
    fiber.transfer
    fiber
  end

  def loop_fiber = @loop ||= Fiber.current

  def wait_in_loop
    $loop.transfer
  end

  def kernel_sleep(duration = nil)
    $log << :kernel_sleep
    block(:sleep, duration)
    true
  end

  def block(_blocker, timeout = nil)
    fiber = Fiber.current
    timeout ? @waiting[fiber] = clock + timeout : @blocked[fiber] = true
    wait_in_loop
    !@waiting.delete(fiber).nil?
  ensure
    @blocked.delete(fiber)
  end

  def unblock(_blocker, fiber)
    @lock.synchronize { @ready << fiber }
    @urgent[1].write_nonblock(".")
  end

  def io_wait(io, events, timeout)
    $log << :io_wait
    (events & IO::READABLE != 0 ? @readable : @writable)[io] = Fiber.current
    @waiting[Fiber.current] = clock + timeout if timeout
    wait_in_loop
    @waiting.delete(Fiber.current)
    events
  end

  def process_wait(pid, flags)
    $log << :process_wait
    Thread.new { Process::Status.wait(pid, flags) }.value
  end
end

$log = []
$loop = Fiber.current
steps = []
Thread.new do
  $loop = Fiber.current
  p Fiber.scheduler, Fiber.current_scheduler
  begin; Fiber.schedule {}; rescue => e; p e; end
  begin; Fiber.set_scheduler(Object.new); rescue => e; p e; end
  scheduler = Scheduler.new
  p Fiber.set_scheduler(scheduler).equal?(scheduler), Fiber.scheduler.equal?(scheduler), Fiber.current_scheduler
  reader, writer = IO.pipe
  mutex = Thread::Mutex.new
  queue = Thread::Queue.new
  Fiber.schedule do
    p Fiber.current.blocking?, Fiber.current_scheduler.equal?(scheduler)
    steps << :sleeping
    sleep 0.02
    steps << :slept
    writer.write "text\n"
    writer.close
  end
  Fiber.schedule { steps << :reading; steps << reader.gets }
  Fiber.schedule { mutex.synchronize { steps << :locked; sleep 0.03; steps << :unlocking } }
  Fiber.schedule { mutex.synchronize { steps << :second } }
  Fiber.schedule { steps << [:popped, queue.pop] }
  Fiber.schedule { sleep 0.05; queue << 7 }
  Fiber.schedule { steps << [:joined, Thread.new { 5 }.value] }
  Fiber.schedule { Process.wait(spawn("exit 3")); steps << [:child, $?.exitstatus] }
  Fiber.schedule { steps << [:timed_out, queue.pop(timeout: 0.001)] }
  Fiber.blocking { p Fiber.current_scheduler }
end.join
p steps.first(3), steps.size
p (steps.select { |step| Symbol === step } - [:sleeping, :reading, :locked])
p steps.include?("text\n"), steps.include?([:popped, 7]), steps.include?([:joined, 5]), steps.include?([:child, 3]), steps.include?([:timed_out, nil])
p $log.tally.slice(:process_wait), $log.include?(:io_wait), $log.count(:kernel_sleep)

# Many fibers at once, and the end of the program runs what is left.
$loop = Fiber.current
Fiber.set_scheduler(Scheduler.new)
count = 0
500.times { Fiber.schedule { sleep 0.01; count += 1 } }
Fiber.set_scheduler(nil)
p count, Fiber.scheduler
Fiber.set_scheduler(Scheduler.new)
Fiber.schedule { sleep 0.01; puts "at the end" }
puts "last line"
