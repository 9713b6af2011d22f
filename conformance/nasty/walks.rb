# Walks over all objects while objects are made, changed and collected, and finalizers that do as they please.
# instead of --gc=stress:101,verify: --gc=stress:20011 (each collection walks all that is kept)

def attempt(label)
  value = yield
  puts "#{label}: #{value.inspect.gsub(/0x\h+/, "0x")[0, 100]}"
rescue Exception => error
  puts "#{label}: #{error.class} #{error.message.gsub(/0x\h+/, "0x")[0, 100]}"
end

class Marked
  attr_accessor :next
end

attempt("allocate in a walk") { kept = []; ObjectSpace.each_object(Module) { kept << Object.new << [1] << "s" * 50 }; kept.size > 100 }
attempt("collect in a walk") { n = 0; ObjectSpace.each_object(Class) { n += 1; GC.start if n % 100 == 0 }; n > 50 }
attempt("classes in a walk") { n = 0; ObjectSpace.each_object(Class) { |c| n += 1; Class.new(Object) if n < 500; break 1 if n > 5_000 }.class }
attempt("singletons in a walk") { keep = Array.new(50) { Marked.new }; ObjectSpace.each_object(Marked) { |o| o.singleton_class.define_method(:x) { 1 } }; keep.sum(&:x) }
attempt("instance variables in a walk") { keep = Array.new(50) { Marked.new }; ObjectSpace.each_object(Marked) { |o| 20.times { |i| o.instance_variable_set("@v#{i}", i) } }; keep.first.instance_variables.size }
attempt("break out") { ObjectSpace.each_object(Class) { break 5 } }
attempt("raise out") { ObjectSpace.each_object(Class) { raise "out" } }
attempt("throw out") { catch(:t) { ObjectSpace.each_object(Class) { throw :t, 6 } } }
attempt("walk in a walk") { n = 0; ObjectSpace.each_object(Class) { ObjectSpace.each_object(Class) { n += 1; break }; break if n > 20 }; n > 5 }
attempt("fiber in a walk") { f = Fiber.new { ObjectSpace.each_object(Class) { |c| Fiber.yield c.class } }; 3.times.map { f.resume }.uniq }
attempt("thread in a walk") { ObjectSpace.each_object(Class) { break Thread.new { ObjectSpace.each_object(Class).class }.value } }
attempt("garbage is collectable in a walk") { kept = Marked.new; 1000.times { Marked.new }; ObjectSpace.each_object(Marked) { |o| o.next = kept; Marked.new; break 1 } }
attempt("kept after a walk") { list = []; m = Marked.new; ObjectSpace.each_object(Marked) { |o| list << o }; GC.start; list.include?(m) }
attempt("count_objects") { ObjectSpace.count_objects[:TOTAL] > 0 }
attempt("each_object of an instance") { ObjectSpace.each_object(5) { } }
attempt("without a block") { ObjectSpace.each_object(Class).next.class }

attempt("long chain") { head = nil; 100_000.times { m = Marked.new; m.next = head; head = m }; GC.start; n = 0; (n += 1; head = head.next) while head; n }
attempt("deep arrays") { a = []; 100_000.times { a = [a] }; GC.start; a.size }
attempt("deep hashes") { h = {}; 50_000.times { h = {h: h} }; GC.start; h.size }
attempt("deep procs") { f = proc { }; 20_000.times { g = f; f = proc { g } }; GC.start; f.call.class }
attempt("deep causes") { e = nil; 2_000.times { begin; raise "x", cause: e; rescue => e; end }; GC.start; e.cause.cause.message }
attempt("circles") { 1_000.times { a = Marked.new; b = Marked.new; a.next = b; b.next = a }; GC.start; 1 }
attempt("many classes") { 2_000.times { Class.new { def a = 1 }.new.a }; GC.start; 1 }
attempt("many singletons") { 5_000.times { o = Object.new; def o.a = 1; o.a }; GC.start; 1 }
attempt("deep superclasses") { c = Class.new { def base = 1 }; 1_000.times { c = Class.new(c) }; c.new.base }
attempt("deep super") { c = Class.new { def up = 0 }; 300.times { c = Class.new(c) { def up = super + 1 } }; c.new.up }
attempt("many modules") { c = Class.new { 500.times { |i| include Module.new { define_method("m#{i}") { i } } } }; [c.new.m0, c.new.m499, c.ancestors.size > 500] }
attempt("many prepended") { c = Class.new { def go = 0; 200.times { prepend Module.new { def go = super + 1 } } }; c.new.go }
attempt("include circle") { m = Module.new; n = Module.new { include m }; m.include(n) }
attempt("many methods") { c = Class.new { 5_000.times { |i| define_method("m#{i}") { i } } }; GC.start; c.new.m4999 }
attempt("many globals") { 500.times { |i| eval("$walk_#{i} = #{i}") }; $walk_499 }
attempt("many constants") { m = Module.new; 3_000.times { |i| m.const_set("C#{i}", i) }; m::C2999 }
attempt("wide object") { o = Object.new; 5_000.times { |i| o.instance_variable_set("@w#{i}", i) }; GC.start; o.instance_variable_get("@w4999") }
attempt("wide hash") { h = {}; 100_000.times { |i| h[i] = [i] }; GC.start; 50_000.times { |i| h.delete(i) }; GC.start; [h.size, h.first] }

notes = []
attempt("finalizers") { 200.times { ObjectSpace.define_finalizer(Object.new, proc { notes << Object.new }) }; GC.start; notes.size <= 200 }
attempt("finalizer that defines") { 3.times { ObjectSpace.define_finalizer(Object.new, proc { Class.new { def a = 1 }.new.a; GC.start }) }; GC.start; 1 }
attempt("finalizer that finalizes") { f = proc { ObjectSpace.define_finalizer(Object.new, proc { }) }; 5.times { ObjectSpace.define_finalizer(Object.new, f) }; GC.start; 1 }
attempt("finalizer twice") { o = Object.new; 2.times { ObjectSpace.define_finalizer(o, proc { }) }; ObjectSpace.undefine_finalizer(o).equal?(o) }
attempt("weak keys") { w = ObjectSpace::WeakMap.new; 1_000.times { w[Object.new] = Object.new }; GC.start; k = "key"; w[k] = 1; [w[k], w.size >= 1] }
attempt("weak map in a walk") { w = ObjectSpace::WeakMap.new; k = Array.new(4) { Object.new }; k.each { |o| w[o] = o }; n = 0; w.each { n += 1; GC.start }; n }
attempt("weak keys map") { w = ObjectSpace::WeakKeyMap.new; k = "a" * 3; w[k] = 1; GC.start; w["aaa"] }
attempt("object ids") { ids = Array.new(1_000) { Object.new.object_id }; GC.start; ids.uniq.size }
attempt("GC off") { GC.disable; 10_000.times { Object.new }; GC.enable }
attempt("GC in a block") { [1, 2].sort_by { GC.start; 1 }.size }
attempt("GC in hash") { o = Object.new; def o.hash = (GC.start; 1); {o => 1}[o] }
attempt("GC in to_s") { o = Object.new; def o.to_s = (GC.start; "s"); "#{o}#{[o, o].join}" }
attempt("GC in coerce") { o = Object.new; def o.coerce(n) = (GC.start; [n, 2]); [1 + o, 1.5 * o, 2**70 - o] }
attempt("GC in ensure") { begin; "x" * 100; ensure; GC.start; end.size }
attempt("GC in method_missing") { o = Object.new; def o.method_missing(n, *a) = (GC.start; [n, a]); o.any("a" + "b", [1] + [2]) }
attempt("GC stress") { GC.stress = true; r = (1..2).map { |i| "#{i}" }; GC.stress = false; r }
puts "alive"
