# Threads killed, raised at and stopped at every point of what they do: ensure clauses run once, locks are given back.

class Stop < Exception; end

# A body calls the step given to it at all its points. The n-th step ends the thread in the way of `how`; what the body noted is the
# answer of a round. Rounds go on until the body gets to its end.
def at_every_point(label, how, limit: 40)
  rounds = []
  (1..limit).each do |point|
    notes = []
    steps = 0
    step = lambda do |name = nil|
      steps += 1
      notes << name if name
      next name unless steps == point
      case how
      when :kill then Thread.current.kill
      when :raise then Thread.current.raise(Stop, "stop")
      when :throw then throw :out
      end
    end
    thread = Thread.new do
      Thread.current.report_on_exception = false
      how == :throw ? catch(:out) { yield step, notes } : yield(step, notes)
      notes << :end
    end
    begin
      thread.join
    rescue Stop, UncaughtThrowError
      notes << :stopped
    end
    rounds << notes.join(" ")
    break if notes.include?(:end) && steps < point
  end
  puts "#{label} #{how}: #{rounds.size} rounds"
  rounds.tally.each { |notes, count| puts "  #{count} #{notes}" }
end

MUTEX = Mutex.new
MONITOR = (require "monitor"; Monitor.new)

bodies = {
  "ensure" => lambda do |step, notes|
    step.(:a)
    begin
      step.(:b)
    ensure
      step.(:c)
      notes << :d
    end
    step.(:e)
  end,
  "ensure in ensure" => lambda do |step, notes|
    begin
      begin
        step.(:a)
      ensure
        begin
          step.(:b)
        ensure
          step.(:c)
          notes << :d
        end
        step.(:e)
      end
    ensure
      notes << :f
    end
  end,
  "rescue" => lambda do |step, notes|
    begin
      step.(:a)
      raise "x"
    rescue => error
      step.(error.message)
    else
      step.(:no)
    ensure
      notes << :b
    end
  end,
  "rescue all" => lambda do |step, notes|
    begin
      step.(:a)
    rescue Exception => error
      notes << error.class
      step.(:again)
    ensure
      notes << :b
    end
  end,
  "retry" => lambda do |step, notes|
    tries = 0
    begin
      tries += 1
      step.(tries)
      raise "x" if tries < 3
    rescue
      step.(:rescue)
      retry
    ensure
      notes << :b
    end
  end,
  "synchronize" => lambda do |step, notes|
    step.()
    MUTEX.synchronize { step.(:in); notes << MUTEX.owned? }
    notes << MUTEX.owned?
    step.()
  end,
  "monitor" => lambda do |step, notes|
    MONITOR.synchronize { step.(:outer); MONITOR.synchronize { step.(:inner) }; notes << MONITOR.mon_owned? }
    notes << MONITOR.mon_owned?
  end,
  "sort_by" => ->(step, notes) { notes << [3, 1, 2].sort_by { |x| step.(); x }.first },
  "sort" => ->(step, notes) { notes << [3, 1, 2].sort { |x, y| step.(); x <=> y }.first },
  "each" => ->(step, notes) { [1, 2].each { |x| begin; step.(x); ensure; notes << :e; end } },
  "hash" => ->(step, notes) { h = {1 => 2, 3 => 4}; begin; h.each { |k, v| step.(k) }; ensure; h[9] = 1; notes << h.size; end },
  "map!" => ->(step, notes) { a = [1, 2, 3]; begin; a.map! { |x| step.(); x * 2 }; ensure; notes << a.sum; end },
  "select!" => ->(step, notes) { a = [1, 2, 3, 4]; begin; a.select! { |x| step.(); x > 2 }; ensure; notes << a.size; end },
  "delete_if" => ->(step, notes) { a = [1, 2, 3, 4]; begin; a.delete_if { |x| step.(); x < 3 }; ensure; notes << a.size; end },
  "lazy" => ->(step, notes) { notes << (1..).lazy.map { |x| step.(); x * 2 }.select { |x| step.(); x % 4 == 0 }.first(2).sum },
  "enumerator" => lambda do |step, notes|
    e = Enumerator.new { |y| begin; y << step.(1); y << step.(2); ensure; notes << :gone; end }
    notes << e.next
    step.()
    notes << e.next
    step.()
  end,
  "fiber" => lambda do |step, notes|
    f = Fiber.new { |x| step.(x); y = Fiber.yield(1); step.(y); 2 }
    notes << f.resume(:x)
    step.()
    notes << f.resume(:y)
    notes << f.alive?
  end,
  "catch" => ->(step, notes) { notes << catch(:t) { step.(); catch(:u) { step.(); throw :t, 5 } } },
  "define_method" => ->(step, notes) { Class.new { define_method(:go) { step.(:in) } }.new.go },
  "gsub" => ->(step, notes) { s = +"abc"; begin; s.gsub!(/./) { step.(); "x" }; ensure; notes << s; end },
  "inject" => ->(step, notes) { notes << (1..3).inject { |a, b| step.(); a + b } },
  "default proc" => ->(step, notes) { h = Hash.new { |hash, key| step.(); hash[key] = key }; begin; h[1]; h[2]; ensure; notes << h.size; end },
  "instance_eval" => ->(step, notes) { Object.new.instance_eval { step.(:in) } },
  "eval" => ->(step, notes) { eval("begin; step.(:in); ensure; notes << :out; end") },
  "while" => ->(step, notes) { i = 0; while (i += 1) < 4; begin; step.(i); next if i == 2; ensure; notes << -i; end; end },
  "class body" => ->(step, notes) { Class.new { step.(:in) } },
  "to_s" => ->(step, notes) { o = Object.new; o.define_singleton_method(:to_s) { step.(:in); "s" }; notes << "#{o}#{[o].join}" },
  "hash key" => ->(step, notes) { k = Class.new { define_method(:hash) { step.(); 1 }; define_method(:eql?) { |o| step.(); true } }; h = {k.new => 1}; notes << h[k.new]; notes << h.size },
}
bodies.each do |label, body|
  %i[kill raise throw].each { |how| at_every_point(label, how, &body) }
end
p MUTEX.locked?, MONITOR.mon_locked?
puts "alive"
