# Procs cut off from what is around them: `eval`, `binding`, `yield`, methods made of blocks in other Ractors, traps.
Warning[:experimental] = false
Thread.report_on_exception = false
def t
  r = yield
  puts r.inspect
rescue Exception => e
  cause = e.cause
  puts "#{e.class}: #{e.message} cause=#{cause.class}: #{cause&.message}".gsub(/0x\h+/, "0x")
end
t { outer = 42; Ractor.new { eval("outer") }.value }
t { outer = 42; Ractor.new { eval("outer = 3") }.value }
t { outer = 42; Ractor.new { eval("[1].each { outer }") }.value }
t { outer = 42; Ractor.new { binding.eval("outer") }.value }
t { outer = 42; Ractor.new { binding.local_variables }.value }
t { outer = 42; Ractor.new { binding.local_variable_get(:outer) }.value }
t { Ractor.new { inner = 4; eval("inner + 1") }.value }
t { Ractor.new { eval("unknown") }.value.to_s }
t { def m3 = Ractor.new { yield }.value; m3 { 1 } }
t { def m4 = Ractor.new { proc { yield } }; m4 { 1 } }
t { def m5(a) = Ractor.new { yield a }; m5(1) { 1 } }
t { def m6 = Ractor.shareable_proc { yield }; m6 { 1 } }
t { a = 42; Ractor.shareable_proc { eval("a") }.call }
t { a = 42; Ractor.shareable_proc { a; binding.local_variables }.call }
t { a = 42; pr = Ractor.shareable_proc { a }; [pr.call, pr.binding] }
t { Ractor.new { proc { }.binding.class }.value }
t do
  a = 42
  block = nil.instance_exec { proc { [a, eval("a")] } }
  before = block.call
  same = Ractor.make_shareable(block).equal?(block)
  after = begin; block.call; rescue SyntaxError; $!.message; end
  [before, same, after]
end
t { a = 1; copy = Ractor.shareable_proc { a += 0 rescue a } }
t { list = [1]; x = 5; copy = Ractor.shareable_proc(self: list.size) { self + x }; copy.call }
Object.define_method(:own) { 1 }
Object.define_method(:shared, &Ractor.shareable_proc { 5 })
Object.define_method(:by_name, &:itself)
t { [own, shared, by_name.class] }
t { Ractor.new { own }.value }
t { Ractor.new { shared }.value }
t { Ractor.new { by_name }.value }
t { Ractor.new { Thread.new { own }.value }.value }
t { Ractor.new { Object.define_method(:foreign) { 7 }; foreign }.value }
t { foreign }
t { 3.times.map { own }.sum }
t { Ractor.new { s = 1; trap(:USR1) { p s } }.value }
t { Ractor.new { trap(:USR1) { 1 } }.value }
t { Ractor.new { fork { } }.value }
trap(:USR1, "DEFAULT")
