# Maglev::Gprof: where a block spends its time, by samples of its thread's stack. A sample is taken when the interval is over and the thread
# lets others run, so that there are fewer than asked for while it computes.

module Maglev
  class Gprof
    DEFAULT_INTERVAL = 1_000_000
    INTERVAL_MIN = 1000
    # Samples that are wanted of a run.
    SAMPLES = 100_000

    class << self
      # Runs the block and gives the report of it. The interval is in nanoseconds.
      def monitor(interval = DEFAULT_INTERVAL)
        gprof = create(interval)
        gprof.resume_sampling
        yield
        gprof.stop_and_report
      ensure
        gprof&.suspend_sampling
      end

      # An interval for a run of so many seconds.
      def compute_interval(seconds) = [(seconds * 1_000_000_000 / SAMPLES).to_i, INTERVAL_MIN].max

      # A monitor of the calling thread that does not sample yet.
      def create(interval = DEFAULT_INTERVAL) = new(Thread.current, interval)
      private :new
    end

    def initialize(thread, interval)
      raise ArgumentError, "interval is less than #{INTERVAL_MIN} ns: #{interval}" if interval < INTERVAL_MIN
      @thread = thread
      @interval = interval / 1e9
      @samples = 0
      @seconds = 0.0
      @own = Hash.new(0)
      @total = Hash.new(0)
    end

    def resume_sampling
      @since ||= Process.clock_gettime(Process::CLOCK_MONOTONIC)
      @sampler ||= Thread.new { loop { sleep(@interval); __sample } }
      self
    end

    def suspend_sampling
      @sampler&.kill&.join
      @seconds += Process.clock_gettime(Process::CLOCK_MONOTONIC) - @since if @since
      @sampler = @since = nil
      self
    end

    # Ends sampling; methods by the time spent in them, and with all that they called.
    def stop_and_report
      suspend_sampling
      rows = @total.keys.sort_by { |name| [-@own[name], -@total[name], name] }
      lines = rows.map { |name| format("%6.2f %6.2f %8d  %s", __share(@own[name]), __share(@total[name]), @own[name], name) }
      ["#{@samples} samples in #{format("%.2f", @seconds)} s", "  self  total  samples  name", *lines].join("\n") << "\n"
    end

    private

    def __share(count) = @samples == 0 ? 0.0 : 100.0 * count / @samples

    def __sample
      names = @thread.backtrace_locations&.map(&:label)
      return if names.nil? || names.empty?
      @samples += 1
      @own[names[0]] += 1
      names.uniq.each { |name| @total[name] += 1 }
    end
  end
end
