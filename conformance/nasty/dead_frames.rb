# Leaving frames that are gone, procs that outlive theirs, exceptions in odd places.

def attempt(label)
  value = yield
  puts "#{label}: #{value.inspect.gsub(/0x\h+/, "0x")[0, 100]}"
rescue Exception => error
  text = begin
    error.message.to_s
  rescue => inner
    "(#{inner.message})"
  end
  puts "#{label}: #{error.class.to_s.sub(/0x\h+/, "0x")} #{text.gsub(/0x\h+/, "0x")[0, 100]}"
end

def returning = proc { return 1 }
def breaking(&block) = block
def thrower = catch(:tag) { proc { throw :tag, 1 } }
def lambdas = lambda { return 2 }
def counter
  n = 0
  [-> { n += 1 }, -> { binding }]
end

attempt("return") { returning.call }
attempt("break") { breaking { break 1 }.call }
attempt("next") { breaking { next 3 }.call }
attempt("throw") { thrower.call }
attempt("lambda") { lambdas.call }
attempt("yield in proc") { def yielding = proc { yield }; yielding { 4 }.call }
attempt("yield without") { def yielding = proc { yield }; yielding.call }
attempt("outliving") { up, b = counter; 1000.times { up.() }; GC.start; b.().local_variable_get(:n) }
attempt("break from each") { [1, 2].each { break 5 } }
attempt("break in ensure") { [1].each { begin; raise "x"; ensure; break 6; end } }
attempt("return in ensure") { def e1 = (begin; raise "x"; ensure; return 7; end); e1 }
attempt("return over ensure") { def e2 = [1].each { begin; return 1; ensure; return 8; end }; e2 }
attempt("throw in ensure") { catch(:a) { begin; throw :a, 1; ensure; throw :a, 9; end } }
attempt("raise in ensure") { begin; raise "one"; ensure; raise "two"; end }
attempt("raise in rescue in ensure") { begin; raise "one"; ensure; begin; raise "in"; rescue; end; end }
attempt("next in ensure") { [1, 2].map { |x| begin; raise "x"; ensure; next x; end } }
attempt("retry") { n = 0; begin; n += 1; raise "x" if n < 1000; n; rescue; retry; end }
attempt("redo-ish") { n = 0; [1].each { n += 1; redo if n < 1000 }; n }
attempt("break from thread") { Thread.new { breaking { break 1 }.call }.tap { _1.report_on_exception = false }.value }
attempt("throw across thread") { catch(:t) { Thread.new { throw :t }.tap { _1.report_on_exception = false }.value } }
attempt("throw across fiber") { catch(:t) { Fiber.new { throw :t, 3 }.resume } }
attempt("break across fiber") { breaking { Fiber.new { breaking { break 1 }.call }.resume } .call }
attempt("return in fiber") { def rf = Fiber.new { return 1 }.resume; rf }
attempt("return in thread") { def rt = Thread.new { return 1 }.tap { _1.report_on_exception = false }.value; rt }
attempt("dead fiber") { f = Fiber.new { 1 }; f.resume; f.resume }
attempt("double resume") { f = nil; f = Fiber.new { f.resume }; f.resume }
attempt("fiber in itself") { f = Fiber.new { Fiber.current.resume }; f.resume }
attempt("yield outside") { Fiber.yield }
attempt("raise dead") { f = Fiber.new { }; f.resume; f.raise("x") }
attempt("raise unborn") { Fiber.new { }.raise("x") }
attempt("kill unborn") { Fiber.new { }.kill.alive? }
attempt("kill in ensure") { l = []; f = Fiber.new { begin; Fiber.yield; ensure; l << 1; Fiber.yield(5) ; l << 2; end }; f.resume; [f.kill.class, l, f.alive?] }
attempt("kill with raise") { f = Fiber.new { begin; Fiber.yield; ensure; raise "e"; end }; f.resume; f.kill }
attempt("kill itself") { l = []; Fiber.new { begin; Fiber.current.kill; ensure; l << 1; end; l << 2 }.resume; l }
attempt("many fibers") { fs = 2_000.times.map { |i| Fiber.new { Fiber.yield i; i + 1 } }; fs.sum(&:resume) + fs.sum(&:resume) }
attempt("abandoned fibers") { 3_000.times { Fiber.new { begin; Fiber.yield; ensure; 1; end }.resume }; GC.start; 1 }
attempt("fiber depth") { f = ->(n) { n == 0 ? 0 : 1 + Fiber.new { f.(n - 1) }.resume }; f.(100) }
attempt("fiber overflow") { Fiber.new { def deep = deep; deep }.resume }
attempt("enumerator over") { e = [1].each; e.next; e.next }
attempt("enumerator nested") { e = Enumerator.new { |y| y << 1; e.next; y << 2 }; e.next; e.next }
attempt("enumerator raise") { e = Enumerator.new { |y| raise "inside" }; e.next }
attempt("enumerator change") { a = [1, 2]; e = a.each; e.next; a.clear; e.next }
attempt("enumerator abandoned") { 1000.times { e = (1..).each; e.next }; GC.start; 1 }
attempt("kill in ensure thread") { l = []; t = Thread.new { begin; sleep; ensure; l << 1; end }; Thread.pass until t.stop?; t.kill; t.join; l }
attempt("kill in mutex") { m = Mutex.new; t = Thread.new { m.synchronize { sleep } }; Thread.pass until t.stop?; t.kill; t.join; m.locked? }
attempt("raise in mutex") { m = Mutex.new; t = Thread.new { m.synchronize { sleep } }; t.report_on_exception = false; Thread.pass until t.stop?; t.raise("x"); (t.join rescue $!.message) + m.locked?.to_s }
attempt("kill in sort") { t = Thread.new { [3, 1].sort { sleep } }; Thread.pass until t.stop?; t.kill.join.class }
attempt("kill itself") { Thread.new { Thread.current.kill; 1 }.value }
attempt("deadlock") { Queue.new.pop }
attempt("join itself") { Thread.current.join }
attempt("lock twice") { m = Mutex.new; m.lock; m.lock }
attempt("unlock stranger") { Mutex.new.unlock }
attempt("queue closed") { q = Queue.new; q.close; q << 1 }
attempt("value of raise") { t = Thread.new { raise IOError, "t" }; t.report_on_exception = false; t.value }
attempt("many threads") { 200.times.map { |i| Thread.new { i } }.sum(&:value) }
attempt("exit in thread") { Thread.new { Thread.exit; 1 }.value }
attempt("thread overflow") { t = Thread.new { deep }; t.report_on_exception = false; t.value }
attempt("message raises") { raise Class.new(StandardError) { def message = raise("in message") } }
attempt("to_s raises") { raise Class.new(StandardError) { def to_s = raise("in to_s") } }
attempt("full_message raises") { Class.new(StandardError) { def message = raise("m") }.new.full_message }
attempt("detailed_message") { Class.new(StandardError) { def detailed_message(**) = 5 }.new("x").full_message(highlight: false) }
attempt("backtrace not array") { raise RuntimeError, "x", 5 }
attempt("backtrace odd") { e = RuntimeError.new("x"); e.set_backtrace([1]) }
attempt("exception returns odd") { raise Class.new { def self.exception(*) = 5 } }
attempt("exception recursion") { raise Class.new { def self.exception(*) = new; def exception(*) = nil } }
attempt("rescue odd") { begin; raise "x"; rescue 5; end }
attempt("rescue raising ===") { m = Module.new { def self.===(_) = raise("in ===") }; begin; raise "x"; rescue m; end }
attempt("rescue splat") { begin; raise "x"; rescue *[TypeError, RuntimeError] => e; e.message; end }
attempt("rescue into attribute") { o = Object.new; def o.a=(v); raise("in a="); end; begin; raise "x"; rescue => o.a; end }
attempt("rescue into frozen") { f = [].freeze; begin; raise "x"; rescue => f[0]; end }
attempt("inspect raises") { o = Object.new; def o.inspect = raise("in inspect"); o.no_method }
attempt("inspect odd") { o = Object.new; def o.inspect = 5; [o].inspect.sub(/0x\h+/, "") }
attempt("to_s odd") { o = Object.new; def o.to_s = nil; "#{o}".sub(/0x\h+/, "") }
attempt("hash odd") { o = Object.new; def o.hash = "x"; { o => 1 } }
attempt("hash big") { o = Object.new; def o.hash = 2**100; { o => 1 }[o] }
attempt("<=> odd") { o = Object.new; def o.<=>(_) = "x"; [o, o.dup].sort }
attempt("== raises") { o = Object.new; def o.==(_) = raise("in =="); [o].include?(1) }
attempt("coerce odd") { o = Object.new; def o.coerce(_) = 5; 1 + o }
attempt("coerce raises") { o = Object.new; def o.coerce(_) = raise("in coerce"); 1 + o }
attempt("to_str odd") { o = Object.new; def o.to_str = 5; "a" + o }
attempt("to_ary odd") { o = Object.new; def o.to_ary = 5; a, b = o }
attempt("to_a odd") { o = Object.new; def o.to_a = 5; [*o] }
attempt("to_proc odd") { o = Object.new; def o.to_proc = 5; tap(&o) }
attempt("to_hash odd") { o = Object.new; def o.to_hash = 5; tap(**o) }
attempt("respond_to? raises") { o = Object.new; def o.respond_to?(*) = raise("in respond_to?"); [o].flatten.size }
attempt("method_missing to_ary") { o = Object.new; def o.method_missing(n, *) = raise("mm #{n}"); [o].flatten.size }
attempt("$! in nest") { begin; raise "a"; rescue; begin; raise "b"; rescue; end; $!.message; end }
attempt("$stdout odd") { $stdout = 5 }
attempt("$, odd") { $, = 5 }
attempt("closed") { r, w = IO.pipe; r.close; w.close; [r, w].map { |io| %i[read write close closed? fileno eof? each_line getc gets sysread tty? sync].map { |n| io.send(n, *(n == :write ? ["x"] : [])) rescue $!.class } } }
attempt("broken pipe") { r, w = IO.pipe; r.close; w.sync = true; w.write("x") }
attempt("wrong way") { r, w = IO.pipe; r.write("x") }
attempt("inspect closed") { r, w = IO.pipe; r.close; r.inspect.sub(/\d+/, "") }
attempt("autoload missing") { Object.autoload(:NotHere, "/nowhere/at_all.rb"); NotHere }
attempt("autoload again") { NotHere }
attempt("require missing") { require "/nowhere/at_all.rb" }
attempt("load missing") { load "/nowhere/at_all.rb" }
attempt("define_finalizer") { ObjectSpace.define_finalizer(Object.new, proc { raise "in finalizer" }); GC.start; 1 }
attempt("frozen finalizer") { ObjectSpace.define_finalizer("x".freeze, proc { }); 1 }
attempt("finalizer odd") { ObjectSpace.define_finalizer(Object.new, 5) }
attempt("each_object") { ObjectSpace.each_object(Class) { Class.new; break if rand < 0.01 }; GC.start; 1 }
attempt("trap raises") { trap("USR1") { raise "in trap" }; Process.kill("USR1", $$); sleep 0.2; 1 }
attempt("trap throws") { catch(:sig) { trap("USR1") { throw :sig, 4 }; Process.kill("USR1", $$); sleep 0.2; 1 } }
attempt("freeze all") { [Object.new, [], {}, +"", Class.new, Module.new, proc { }, 1..2, /x/, Struct.new(:a).new(1), StandardError.new].map { |o| o.freeze; o.instance_variable_set(:@a, 1) rescue $!.class }.tally }
attempt("frozen class") { Class.new { freeze; def a = 1 } }
attempt("frozen singleton") { o = Object.new.freeze; def o.a = 1 }
attempt("Data") { Data.define(:a).new(1).instance_variable_set(:@a, 2) }
attempt("huge struct") { Struct.new(*(1..3000).map { :"f#{_1}" }).new(*1..3000).f3000 }
attempt("huge data") { Data.define(*(1..1000).map { :"f#{_1}" }).new(*1..1000).f1000 }
attempt("symbols") { 100_000.times { |i| "garbage_#{i}".to_sym }; GC.start; :garbage_5.size }
attempt("regexp stars") { Regexp.new("a" + "*" * 3000).match?("b") }
attempt("regexp braces") { Regexp.new("a{100001}") }
attempt("regexp linear") { /^(a?){40}a{40}$/.match?("a" * 40) }
at_exit { puts "exit 1"; $stdout.flush }
at_exit { begin; raise "in at_exit"; rescue => e; puts e.message; end; at_exit { puts "nested" } }
at_exit { Thread.new { puts "thread" }.join }
at_exit { Fiber.new { puts "fiber" }.resume }
puts "alive"
