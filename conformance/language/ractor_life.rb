# Values, ends and errors of Ractors, their threads, variables and storage.
Warning[:experimental] = false
Thread.report_on_exception = false
def t
  r = yield
  puts r.inspect
rescue Exception => e
  puts "#{e.class}: #{e.message} cause=#{e.cause.inspect}".gsub(/0x\h+/, "0x").gsub(/"\d+"/, '"N"')
end
t { Ractor.allocate }
t { Ractor.new { exit 3 }.value }
t { begin; Ractor.new { exit 3 }.value; rescue Ractor::RemoteError => e; e.cause.status; end }
t { Ractor.new { Thread.new { exit }.join }.value }
t { Ractor.new { Thread.exit }.value }
t { Ractor.new { throw :x }.value }
t { Ractor.new { next 1 }.value }
t { r = Ractor.new { 5 }; 3.times.map { Ractor.new(r) { |r| r.value rescue $!.message } }.map(&:value).tally.values.sort }
t { r = Ractor.new { 5 }; Ractor.new(r) { |r| r.value }.value; r.value }
t { r = Ractor.new { 5 }; Ractor.new(r) { |r| r.value }.value; r.join.equal?(r) }
t { r = Ractor.new { raise "x" }; Ractor.new(r) { |r| r.value rescue 1 }.value; r.join }
t { r = Ractor.new { raise "x" }; a = (r.value rescue $!.cause); b = (r.value rescue $!.cause); a.equal?(b) }
t do
  Ractor.new(Ractor.current) do |main|
    started = Thread::Queue.new
    [-> { loop { } }, -> { sleep }].each do |work|
      Thread.new do
        started << true
        work.call
      ensure
        main << :ended
      end
    end
    2.times { started.pop }
  end.join
  2.times.map { Ractor.receive }
end
t { Ractor.new { [Thread.main == Thread.current, Thread.list.size, Thread.current.group.list.size] }.value }
t { Ractor.new { Ractor.receive }.tap { |r| r << 1; r.join }; Thread.list.size }
class Ractor
  def setup = @foo = ""
  def foo = @foo
  attr_accessor :bar
end
shared = Ractor.new { }
t { shared.setup; shared.bar = 4; [shared.foo, shared.bar, shared.instance_variables] }
3.times { shared.foo }
t { Ractor.new(shared) { |it| it.foo }.value }
t { Ractor.new(shared) { |it| it.setup }.value }
t { Ractor.new(shared) { |it| it.bar }.value }
t { Ractor.new(shared) { |it| it.bar = 1 }.value }
t { Ractor.new(shared) { |it| it.instance_variable_get(:@foo) }.value }
t { [shared.foo, Ractor.current.instance_variables, Ractor::Port.new.instance_variables] }
t { Ractor.main[:x] = 1; [Ractor.main[:x], Ractor[:x], Ractor["x"]] }
t { Ractor.new { Ractor.main[:x] }.value }
t { Ractor.new { Ractor.main[:x] = 1 }.value }
t { Ractor.current[1] }
t { Ractor.select(1) }
t { pt = Ractor::Port.new; Ractor.new(pt) { |q| q.close }.value }
t { pt = Ractor::Port.new; [pt.close.equal?(pt), pt.closed?, pt.close.equal?(pt)] }
t { pt = Ractor::Port.new; pt.close; Ractor.select(pt) }
t { pt = Ractor::Port.new; Ractor.new(pt) { |q| Ractor.select(q) }.value }
t { Ractor::Port.new.dup }
t { Ractor.new(name: "a".encode("UTF-16LE")) { } }
t { Ractor.new { [Ractor.current.default_port.inspect, Ractor::Port.new.inspect].map { |it| it.sub(/#\d+/, "#N") } }.value }
t do
  Ractor.new(
    name: "placed"
  ) { inspect }.value.sub(/#\d+/, "#N")
end
t { Ractor.new { ObjectSpace.each_object { |it| break it unless Ractor.shareable?(it) }.class }.value }
t { s = "x".dup; Ractor.new(s.object_id) { |id| ObjectSpace._id2ref(id) }.value }
t { s = "x".freeze; Ractor.new(s.object_id) { |id| ObjectSpace._id2ref(id) }.value }
r = Ractor.new { Ractor.receive }
_, status = Process.wait2(fork do
  exit!([r.value, Ractor.count, (r << 1 rescue $!.class)] == [nil, 1, Ractor::ClosedError])
end)
r << 2
t { [status.success?, r.value, GC.verify_internal_consistency] }
t { Ractor.new { g = ThreadGroup.new; g.add(Thread.current); [Ractor.main?, g.list.size, Thread.list.size] }.value }
t { Ractor.new { g = ThreadGroup.new; t = Thread.new { sleep }; g.add(t); [t.group.equal?(g), Thread.list.size, t] }.value[2].alive? }
sleeper = Thread.new { sleep }
t { Ractor.new { [ThreadGroup.new.list, Thread.list.size] }.value }
t { Ractor.new { Thread.new { Ractor.main? }.value }.value }
