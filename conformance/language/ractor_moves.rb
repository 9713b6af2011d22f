# What moving and copying leave behind, and what can neither be moved nor copied nor shared.
Warning[:experimental] = false
Thread.report_on_exception = false
def t
  r = yield
  puts r.inspect
rescue Exception => e
  puts "#{e.class}: #{e.message} cause=#{e.cause.inspect}".gsub(/0x\h+/, "0x")
end
def moved(object) = Ractor.new { Ractor.receive; nil }.send(object, move: true)
array = [1]
text = "hello".dup
hash = {a: 1}
object = Object.new
match = Struct.new(:a).new(1)
[array, text, hash, object, match].each { |it| moved(it) }
t { [].concat(array) }
t { "".replace(text) }
t { {}.merge(hash) }
t { "x" + text }
t { "x" << text }
t { [1] + array }
t { [1] == array }
t { Integer(text) }
t { [String === text, Array === array, Ractor::MovedObject === array] }
t { Kernel.instance_method(:class).bind_call(object) }
t { Kernel.instance_method(:frozen?).bind_call(match) }
t { Array.instance_method(:size).bind_call(array) }
t { array.size }
t { !hash }
t { hash ? 1 : 2 }
t { array == array }
t { [match].size }
t { moved(array) && 1 }
t { x = ["q".dup, "f".freeze]; y = x.dup; moved(x); [Ractor::MovedObject === y[0], y[1]] }
t { x = [["q".dup]].freeze; moved(x); x.size }
t { x = Object.new; def x.foo = 5; r = Ractor.new { Ractor.receive.foo }; r.send(x, move: true); r.value }
t { x = {}.compare_by_identity; x["k".dup] = 2; r = Ractor.new { q = Ractor.receive; [q.compare_by_identity?, q.keys] }; r.send(x, move: true); r.value }
t { x = [1]; x.instance_variable_set(:@a, ["i"]); r = Ractor.new { Ractor.receive.instance_variable_get(:@a) }; r.send(x, move: true); r.value }
[Thread.current, proc { }, binding, [1].each, Thread::Mutex.new, Set[1], Time.now, Random.new, "s".dup.method(:size), ARGF].each do |native|
  t { moved(native) && 1 }
end
[Thread.current, proc { }, binding, [1].each, 1.step(3), "s".dup.method(:size), String.instance_method(:size), ARGF].each do |native|
  t { Ractor.new(native) { 1 }.value }
end
[Set[1], Time.now, RuntimeError.new("x".dup), Hash.new(["d"]), "foo".match(/o/), (1.."b".size)].each do |kind|
  t { Ractor.new(kind) { |it| it.class }.value }
  t { [Ractor.make_shareable(kind).frozen?, Ractor.shareable?(kind)] }
end
t { Ractor.make_shareable(RuntimeError.new("x".dup)).message.frozen? }
[Thread.current, binding, [1].each, Thread::Mutex.new, Random.new, ObjectSpace::WeakMap.new, ThreadGroup.new].each do |native|
  t { Ractor.make_shareable(native).class }
end
t { x = 1.method(:+); Ractor.make_shareable(x); [x.frozen?, Ractor.shareable?(x)] }
t { x = String.instance_method(:+); Ractor.make_shareable(x); [x.frozen?, Ractor.shareable?(x)] }
t { Ractor.make_shareable("s".dup.method(:+)) }
t { Ractor.shareable?(1.method(:+).freeze) }
Lower = Ractor.make_shareable(:A.method(:downcase))
t { Ractor.new { Lower.call }.value }
t { x = "abc".match(/b/); [x.dup == x, x.freeze.clone.frozen?, x.dup.pre_match] }
Point = Data.define(:a, :b)
Pair = Struct.new(:a) do
  def initialize(*)
    super
    @extra = "i".dup
  end
  attr_reader :extra
end
def sent(object, **) = Ractor.new { Ractor.receive }.send(object, **).value
t { o = Point.new(["x"], 1); c = sent(o); [c, c.a.equal?(o.a), c.frozen?] }
t { o = Point.new(["x".dup], 1); c = sent(o, move: true); [c, Ractor::MovedObject === o] }
t { o = Pair.new("x".dup); c = sent(o); [c.a, c.a.equal?(o.a), c.extra, c.extra.equal?(o.extra)] }
t { o = ("a".dup.."z".dup); c = sent(o); [c, c.begin.equal?(o.begin)] }
t { o = RuntimeError.new("m".dup); c = sent(o); [c, c.message.equal?(o.message)] }
t { o = ["x".dup] * 2; c = sent(o); [c, c[0].equal?(c[1]), c[0].equal?(o[0])] }
t { o = []; o << o; c = sent(o); [c, c[0].equal?(c), c.equal?(o)] }
t { o = {"k" => [1, "v".dup], 2 => 3}; c = sent(o); [c, c["k"].equal?(o["k"])] }
t { c = sent(Class.new(String).new("sub")); [c, c.class.superclass] }
t { o = "s".dup; o.instance_variable_set(:@a, [1]); c = sent(o); [c, c.instance_variable_get(:@a)] }
t { o = "s".dup; def o.own = 5; sent(o).own }
t { a = ["x", {b: ["c".."d"]}]; Ractor.make_shareable(a); [a.flatten.all?(&:frozen?), a[1][:b].frozen?] }
t { a = []; a << a; [Ractor.shareable?(a), Ractor.make_shareable(a).equal?(a), Ractor.shareable?(a)] }
t { pr = :size.to_proc; [Ractor.shareable?(pr), Ractor.make_shareable(pr).call("four"), Ractor.shareable?(pr)] }
[{a: 1}.to_proc, 1.method(:succ).to_proc, proc { } >> proc { }].each { |pr| t { Ractor.make_shareable(pr) } }
