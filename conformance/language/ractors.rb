# Ractors: ports, values, copies, moves, what can be shared.
Warning[:experimental] = false
Thread.report_on_exception = false
def t
  r = yield
  puts r.inspect
rescue Exception => e
  puts "#{e.class}: #{e.message} cause=#{e.cause.inspect}"
end
t { Ractor.new { 1 + 2 }.value }
t { Ractor.new(1, 2) { |a, b| a + b }.value }
t { Ractor.new }
t { a = 1; Ractor.new { a } }
t { a = 1; b = 2; Ractor.new { a + b } }
t { a = 1; Ractor.new { [1].each { a } } }
t { a = 1; Ractor.new { a = 2 } }
t { Ractor.new(name: "x") { Ractor.current.name }.value }
t { Ractor.new(name: 1) { } }
t { Ractor.current }
t { Ractor.main == Ractor.current }
t { Ractor.main? }
t { Ractor.new { Ractor.main? }.value }
t { Ractor.count }
t { r = Ractor.new { Ractor.receive }; r << 5; r.value }
t { r = Ractor.new { raise "boom" }; r.value }
t { r = Ractor.new { raise "boom" }; r.join }
t { r = Ractor.new { 1 }; [r.join.equal?(r), r.value, r.value] }
t { pt = Ractor::Port.new; Ractor.new(pt) { |q| q << 1; q.send(2) }; [pt.receive, pt.receive] }
t { pt = Ractor::Port.new; pt.close; pt.receive }
t { pt = Ractor::Port.new; pt.close; pt << 1 }
t { pt = Ractor::Port.new; r = Ractor.new(pt) { |q| q.receive }; r.value }
t { r1 = Ractor.new { 1 }; a, v = Ractor.select(r1); [a == r1, v] }
t { pt = Ractor::Port.new; pt << 3; a, v = Ractor.select(pt); [a == pt, v] }
t { Ractor.select }
t { Ractor[:a] = 1; [Ractor[:a], Ractor["a"], Ractor[:b]] }
t { [Ractor.store_if_absent(:k) { |x| [x, 2] }, Ractor.store_if_absent(:k) { 3 }] }
t { Ractor.shareable?([1]) }
t { Ractor.shareable?([1].freeze) }
t { Ractor.shareable?(["a"].freeze) }
t { x = Ractor.make_shareable(["a", {b: ["c"]}]); [x.frozen?, x[0].frozen?, x[1][:b][0].frozen?, Ractor.shareable?(x)] }
t { a = ["x"]; b = Ractor.make_shareable(a, copy: true); [a.frozen?, b.frozen?, b] }
t { Ractor.make_shareable($stdout.dup) }
t { x = 1; pr = Ractor.shareable_proc { x }; pr.call }
t { x = 1;  Ractor.shareable_proc { self }.call }
t { x = "a";  Ractor.shareable_proc { x }.call }
t { x = 1; x = 2; Ractor.shareable_proc { x }.call }
t { Ractor.shareable_lambda { |a| a }.call(3) }
t { a = [1, "x"]; r = Ractor.new { Ractor.receive }; r.send(a, move: true); [r.value, a.inspect] }
t { a = [1, "x"]; r = Ractor.new { Ractor.receive }; r.send(a, move: true); a << 1 }
t { a = ["x"]; r = Ractor.new { Ractor.receive }; r << a; v = r.value; [v, v.equal?(a), v[0].equal?(a[0])] }
t { r = Ractor.new { Ractor.receive }; r << Thread.current }
t { r = Ractor.new { Ractor.receive }; r << proc {} }
t { r = Ractor.new { Ractor.current.close; Ractor.receive }; r.value }
t { r = Ractor.new { 1 }; r.join; r << 1 }
t { r = Ractor.new(name: "n") { Ractor.receive }; s = r.inspect; r << 1; r.join; [s, r.inspect].map { |z| z.gsub(/\d+/, "N") } }
t { Ractor.current.default_port.class }
t { Ractor::Port.new.inspect.gsub(/\d+/, "N") }
t { begin; Ractor.new { raise "boom" }.value; rescue Ractor::RemoteError => e; [e.ractor.class, e.cause.class, e.cause.message]; end }
t { Ractor.new { Ractor.new { 5 }.value + 1 }.value }
t { Ractor.receive_if { true } }
t { Ractor.yield 1 }
t { r = Ractor.new { 1 }; pt = Ractor::Port.new; r.monitor(pt); pt.receive }
t { r = Ractor.new { raise "x" }; pt = Ractor::Port.new; r.monitor(pt); pt.receive }
t { Ractor.new { self.class }.value }
t { Ractor.new { |*a| a }.value }
t { Ractor.new { Ractor[:a] }.value }
p Ractor::Error.ancestors.take(3), Ractor::RemoteError.superclass, Ractor::ClosedError.superclass, Ractor::IsolationError.superclass, Ractor::MovedError.superclass, Ractor::MovedObject.superclass, Ractor::UnsafeError.superclass
p Ractor::IsolationError.ancestors.take(3)
