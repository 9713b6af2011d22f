# Fibers killed and raised at wherever they wait: their ensure clauses run, and the fiber is dead.

class Stop < Exception; end

# The fiber of a body waits at each `pause`; it is ended there in the way of `how` after 0, 1, 2 ... pauses.
def at_every_pause(label, how)
  lines = []
  (0..20).each do |count|
    notes = []
    fiber = Fiber.new do
      yield notes, -> { Fiber.yield(:pause) }
      notes << :end
      :over
    end
    value = nil
    begin
      count.times { value = fiber.resume if fiber.alive? }
      notes << "|"
      case how
      when :kill then fiber.kill
      when :raise then fiber.raise(Stop, "stop")
      when :throw then catch(:out) { fiber.raise(Stop.new) }
      when :drop then fiber = nil
      end
    rescue Stop, FiberError, RuntimeError => error
      notes << "#{error.class}:#{error.message}"
    end
    notes << (fiber ? fiber.alive? : :dropped)
    lines << notes.join(" ")
    break if value == :over
  end
  puts "#{label} #{how}: #{lines.size}"
  lines.each { |line| puts "  #{line}" }
end

bodies = {
  "ensure" => ->(notes, pause) { begin; pause.(); notes << 1; pause.(); ensure; notes << :e; end },
  "pause in ensure" => ->(notes, pause) { begin; pause.(); ensure; notes << :e; pause.(); notes << :f; end },
  "nested" => ->(notes, pause) { begin; begin; pause.(); ensure; notes << :inner; end; ensure; notes << :outer; end },
  "rescue all" => ->(notes, pause) { begin; pause.(); rescue Exception => e; notes << e.class; pause.(); end },
  "rescue and go on" => ->(notes, pause) { 2.times { begin; pause.(); rescue Stop; notes << :caught; end } },
  "raise in ensure" => ->(notes, pause) { begin; pause.(); ensure; raise "mine"; end },
  "return in ensure" => ->(notes, pause) { lambda { begin; pause.(); ensure; notes << :r; return 1; end }.call; notes << :after },
  "break in ensure" => ->(notes, pause) { loop { begin; pause.(); ensure; notes << :b; break; end }; notes << :after },
  "throw in ensure" => ->(notes, pause) { catch(:x) { begin; pause.(); ensure; notes << :t; throw :x; end }; notes << :after },
  "mutex" => ->(notes, pause) { m = Mutex.new; begin; m.synchronize { pause.() }; ensure; notes << m.locked?; end },
  "each" => ->(notes, pause) { [1, 2].each { |x| begin; pause.(); ensure; notes << x; end } },
  "hash" => ->(notes, pause) { h = {1 => 2}; begin; h.each { pause.() }; ensure; h[2] = 3; notes << h.size; end },
  "sort_by" => ->(notes, pause) { begin; [2, 1].sort_by { |x| pause.(); x }; ensure; notes << :sorted; end },
  "sort" => ->(notes, pause) { begin; [2, 1].sort { |x, y| pause.(); x <=> y }; ensure; notes << :sorted; end },
  "map!" => ->(notes, pause) { a = [1, 2]; begin; a.map! { |x| pause.(); x * 10 }; ensure; notes << a.inspect; end },
  "fiber in fiber" => lambda do |notes, pause|
    inner = Fiber.new { begin; Fiber.yield; ensure; notes << :inner; end }
    inner.resume
    begin
      pause.()
    ensure
      inner.kill
    end
  end,
  "enumerator" => ->(notes, pause) { e = Enumerator.new { |y| begin; y << 1; y << 2; ensure; notes << :gone; end }; e.next; pause.(); e.next; pause.() },
  "define_method" => ->(notes, pause) { Class.new { define_method(:go) { begin; pause.(); ensure; notes << :m; end } }.new.go },
  "eval" => ->(notes, pause) { eval("begin; pause.(); ensure; notes << :v; end") },
  "nothing" => ->(notes, pause) { },
}
bodies.each do |label, body|
  %i[kill raise throw drop].each { |how| at_every_pause(label, how, &body) }
end

def attempt(label)
  value = yield
  puts "#{label}: #{value.inspect.gsub(/0x\h+.*?>/, "0x>")}"
rescue Exception => error
  puts "#{label}: #{error.class} #{error.message}"
end

attempt("kill itself") { Fiber.new { begin; Fiber.current.kill; ensure; puts "ensure"; end; 1 }.resume }
attempt("raise at itself") { Fiber.new { Fiber.current.raise("x") }.resume }
attempt("kill twice") { f = Fiber.new { Fiber.yield }; f.resume; f.kill; f.kill.alive? }
attempt("kill unborn") { f = Fiber.new { 1 }; f.kill; f.resume }
attempt("raise unborn") { Fiber.new { 1 }.raise("x") }
attempt("resume dead") { f = Fiber.new { }; f.resume; f.resume }
attempt("resume itself") { f = nil; f = Fiber.new { f.resume }; f.resume }
attempt("resume the resuming") { f = nil; f = Fiber.new { Fiber.new { f.resume }.resume }; f.resume }
attempt("raise at the resuming") { f = nil; f = Fiber.new { Fiber.new { f.raise("x") }.resume }; f.resume }
attempt("yield at the root") { Fiber.yield }
attempt("of another thread") { f = Fiber.new { 1 }; Thread.new { f.resume }.tap { _1.report_on_exception = false }.value }
attempt("kill of another thread") { f = Fiber.new { Fiber.yield }; f.resume; Thread.new { f.kill }.tap { _1.report_on_exception = false }.value }
attempt("break") { Fiber.new { break 1 }.resume }
attempt("return") { def returning = Fiber.new { return 1 }.resume; returning }
attempt("throw out") { catch(:x) { Fiber.new { throw :x, 1 }.resume } }
attempt("thread ends in fiber") { Thread.new { Fiber.new { Thread.current.kill; 1 }.resume }.value }
attempt("thread with waiting fibers ends") { l = []; Thread.new { Fiber.new { begin; Fiber.yield; ensure; l << 1; end }.resume }.join; l }
attempt("killed thread with fiber") { l = []; t = Thread.new { Fiber.new { begin; sleep; ensure; l << 1; end }.resume }; Thread.pass until t.stop?; t.kill.join; l }
attempt("allocate") { Fiber.allocate.resume }
attempt("without block") { Fiber.new }
attempt("storage") { Fiber.new(storage: {a: 1}) { Fiber[:a] }.resume }
attempt("storage odd") { Fiber.new(storage: 5) { } }
attempt("chain") { f = nil; 200.times { g = f; f = Fiber.new { g ? g.resume + 1 : 0 } }; f.resume }
puts "alive"
