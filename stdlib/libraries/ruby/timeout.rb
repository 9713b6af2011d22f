# A limit on how long a block runs.
module Timeout
  # Ends the block; not a StandardError, so that the block's own rescue clauses let it through.
  class ExitException < Exception
    def exception(*)
      self
    end
  end

  # What the caller of Timeout.timeout sees.
  class Error < RuntimeError
    def self.handle_timeout(message)
      raise self, message
    end
  end

  def timeout(seconds, error_class = nil, message = nil, &block)
    return yield(seconds) if seconds.nil? || seconds == 0
    raise ArgumentError, "Timeout sec must be a non-negative number" if seconds < 0
    message ||= "execution expired"
    reason = error_class ? error_class.new(message) : ExitException.new(message)
    begin
      Timeout.__limited(seconds, reason, &block)
    rescue ExitException => caught
      raise unless caught.equal?(reason)
      Error.handle_timeout(message)
    end
  end
  module_function :timeout

  def self.__limited(seconds, reason)
    target = Thread.current
    lock = Thread::Mutex.new
    over = false
    watcher = Thread.start do
      sleep seconds
      lock.synchronize { target.raise(reason) unless over }
    end
    watcher.name = "Timeout"
    begin
      yield seconds
    ensure
      # Trap handlers may not wait for a lock.
      Thread.pass until lock.try_lock
      over = true
      lock.unlock
      watcher.kill
    end
  end
end
