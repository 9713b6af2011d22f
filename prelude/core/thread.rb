# Threads: what yields or is easier said in Ruby.

class Thread
  def self.handle_interrupt(mask)
    raise ArgumentError, "block is needed." unless defined?(yield)
    Primitive.thread_mask_push(mask)
    begin
      Primitive.thread_poll
      yield
    ensure
      Primitive.thread_mask_pop
      Primitive.thread_poll
    end
  end

  def raise(*args, **keywords)
    exception = Primitive.make_exception(args, keywords)
    Primitive.thread_raise(self, exception)
  end

  def backtrace(start = 0, length = (none = true))
    __part(Primitive.thread_backtrace(self), start, none ? nil : length)
  end

  def backtrace_locations(start = 0, length = (none = true))
    __part(Primitive.thread_locations(self), start, none ? nil : length)
  end

  def __part(list, start, length)
    return nil unless list
    return list[start] if Primitive.is_range(start)
    start = Primitive.to_index(start)
    raise ArgumentError, "negative level (#{start})" if start < 0
    return list.drop(start) if length.nil? && start <= list.size
    return nil if length.nil?
    length = Primitive.to_index(length)
    raise ArgumentError, "negative size (#{length})" if length < 0
    list[start, length]
  end
  private :__part

  class Mutex
    def synchronize
      raise ThreadError, "must be called with a block" unless defined?(yield)
      lock
      begin
        yield
      ensure
        unlock
      end
    end
  end
end

class ThreadGroup
  def list
    Thread.list.select { |thread| Primitive.same(thread.group, self) }
  end

  def enclose
    Primitive.hidden_set(self, :enclosed, true)
    self
  end

  def enclosed?
    Primitive.hidden_get(self, :enclosed) ? true : false
  end

  def add(thread)
    raise ThreadError, "can't move to the frozen thread group" if frozen?
    raise ThreadError, "can't move to the enclosed thread group" if enclosed?
    before = thread.group
    return nil unless before
    raise ThreadError, "can't move from the frozen thread group" if before.frozen?
    raise ThreadError, "can't move from the enclosed thread group" if before.enclosed?
    Primitive.thread_set_group(thread, self)
    self
  end

  Default = new
  Primitive.thread_set_group(Thread.main, Default)
end

# A lock that its owner may take again.
class Monitor
  def __mutex
    Primitive.hidden_get(self, :mutex) || Primitive.hidden_set(self, :mutex, Thread::Mutex.new)
  end
  private :__mutex

  def try_enter
    mutex = __mutex
    if !mutex.owned?
      return false unless mutex.try_lock
      Primitive.hidden_set(self, :count, 0)
    end
    Primitive.hidden_set(self, :count, Primitive.hidden_get(self, :count) + 1)
    true
  end
  alias try_mon_enter try_enter
  alias mon_try_enter try_enter

  def enter
    mutex = __mutex
    if !mutex.owned?
      mutex.lock
      Primitive.hidden_set(self, :count, 0)
    end
    Primitive.hidden_set(self, :count, Primitive.hidden_get(self, :count) + 1)
    nil
  end
  alias mon_enter enter

  def exit
    mon_check_owner
    count = Primitive.hidden_get(self, :count) - 1
    Primitive.hidden_set(self, :count, count)
    __mutex.unlock if count == 0
    nil
  end
  alias mon_exit exit

  def synchronize
    enter
    begin
      yield
    ensure
      self.exit
    end
  end
  alias mon_synchronize synchronize

  def mon_locked?
    __mutex.locked?
  end

  def mon_owned?
    __mutex.owned?
  end

  def mon_check_owner
    raise ThreadError, "current thread not owner" unless __mutex.owned?
    nil
  end

  def new_cond
    MonitorMixin::ConditionVariable.new(self)
  end

  def wait_for_cond(condition, timeout)
    count = Primitive.hidden_get(self, :count)
    begin
      condition.wait(__mutex, timeout)
    ensure
      Primitive.hidden_set(self, :count, count)
    end
    true
  end
end

# Monitor methods for any object.
module MonitorMixin
  class ConditionVariable
    def initialize(monitor)
      @monitor = monitor
      @cond = Thread::ConditionVariable.new
    end

    def wait(timeout = nil)
      @monitor.mon_check_owner
      @monitor.wait_for_cond(@cond, timeout)
    end

    def wait_while
      wait while yield
    end

    def wait_until
      wait until yield
    end

    def signal
      @monitor.mon_check_owner
      @cond.signal
    end

    def broadcast
      @monitor.mon_check_owner
      @cond.broadcast
    end
  end

  def self.extend_object(object)
    super(object)
    object.__send__(:mon_initialize)
  end

  def mon_try_enter
    @mon_data.try_enter
  end
  alias try_mon_enter mon_try_enter

  def mon_enter
    @mon_data.enter
  end

  def mon_exit
    @mon_data.exit
  end

  def mon_locked?
    @mon_data.mon_locked?
  end

  def mon_owned?
    @mon_data.mon_owned?
  end

  def mon_synchronize(&block)
    @mon_data.synchronize(&block)
  end
  alias synchronize mon_synchronize

  def new_cond
    ConditionVariable.new(@mon_data)
  end

  def initialize(...)
    super
    mon_initialize
  end

  def mon_initialize
    @mon_data = ::Monitor.new
    @mon_data_owner_object_id = object_id
  end
  private :mon_initialize
end

module Process
  # The thread of `Process.detach`.
  class Waiter < Thread
    def pid
      self[:pid]
    end
  end

  def self.detach(pid)
    pid = Primitive.to_index(pid)
    waiter = Waiter.start do
      begin
        Process.wait2(pid)&.last
      rescue SystemCallError
        nil
      end
    end
    waiter[:pid] = pid
    waiter
  end
end

class Fiber
  def self.blocking
    before = Primitive.fiber_blocking(true)
    begin
      yield current
    ensure
      Primitive.fiber_blocking(before)
    end
  end

  def raise(*args, **keywords)
    Primitive.fiber_raise(self, Primitive.make_exception(args, keywords))
  end
end
