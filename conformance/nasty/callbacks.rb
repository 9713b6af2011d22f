# What is frozen, closed, emptied or redefined from within the very call that uses it.

def attempt(label)
  value = yield
  puts "#{label}: #{value.inspect.gsub(/0x\h+/, "0x")[0, 100]}"
rescue Exception => error
  puts "#{label}: #{error.class} #{error.message.gsub(/0x\h+/, "0x")[0, 100]}"
end

def meddler(name, answer, &meddle)
  Object.new.tap { |o| o.define_singleton_method(name) { |*| meddle.call; answer } }
end

attempt("freeze in each") { a = [1, 2]; a.each { a.freeze }; a << 3 }
attempt("freeze in map!") { a = [1, 2]; a.map! { |x| a.freeze; x } }
attempt("freeze in sort_by!") { a = [2, 1]; a.sort_by! { |x| a.freeze; x } }
attempt("freeze in select!") { a = [1, 2]; a.select! { a.freeze; true } }
attempt("freeze in uniq!") { a = [1, 1]; a.uniq! { a.freeze; 1 } }
attempt("freeze in fill") { a = [1, 2]; a.fill { a.freeze; 3 } }
attempt("freeze in delete") { a = [1, 2]; a.delete(meddler(:==, true) { a.freeze }) }
attempt("freeze in flatten!") { a = [1]; a << meddler(:to_ary, [2]) { a.freeze }; a.flatten! }
attempt("freeze in concat") { a = [1]; a.concat(meddler(:to_ary, [2]) { a.freeze }) }
attempt("freeze in []=") { a = [1]; a[meddler(:to_int, 0) { a.freeze }] = 2 }
attempt("freeze in insert") { a = [1]; a.insert(meddler(:to_int, 0) { a.freeze }, 2) }
attempt("freeze in hash each") { h = {a: 1}; h.each { h.freeze }; h[:b] = 1 }
attempt("freeze in hash store") { h = {}; h[meddler(:hash, 1) { h.freeze }] = 1; h.size }
attempt("freeze in transform_values!") { h = {a: 1}; h.transform_values! { h.freeze; 2 } }
attempt("freeze in delete_if") { h = {a: 1}; h.delete_if { h.freeze; true } }
attempt("freeze in merge!") { h = {a: 1}; h.merge!({a: 2}) { h.freeze; 3 } }
attempt("freeze in default") { h = Hash.new { |hash, k| hash.freeze; hash[k] = 1 }; h[1] }
attempt("freeze in gsub!") { s = +"aa"; s.gsub!(/a/) { s.freeze; "b" } }
attempt("freeze in sub!") { s = +"aa"; s.sub!(/a/) { s.freeze; "b" } }
attempt("freeze in string <<") { s = +"a"; s << meddler(:to_str, "b") { s.freeze } }
attempt("freeze in string []=") { s = +"abc"; s[meddler(:to_int, 0) { s.freeze }] = "x" }
attempt("freeze in insert string") { s = +"abc"; s.insert(meddler(:to_int, 0) { s.freeze }, "x") }
attempt("freeze in setter") { c = Class.new { attr_writer :a; def go = (self.a = (freeze; 1)) }; c.new.go }
attempt("freeze in ivar") { c = Class.new { def go = @a = (freeze; 1) }; c.new.go }
attempt("freeze in struct setter") { s = Struct.new(:a).new(1); s.a = (s.freeze; 2) }
attempt("freeze in instance_variable_set") { o = Object.new; o.instance_variable_set(meddler(:to_str, "@a") { o.freeze }, 1) }
attempt("freeze in extend") { o = Object.new; o.extend(Module.new { def self.extended(x) = x.freeze }); o.instance_variable_set(:@a, 1) }
attempt("freeze in method_added") { Class.new { def self.method_added(_) = freeze; def a = 1; def b = 2 } }
attempt("freeze class in include") { c = Class.new; c.include(Module.new { def self.included(x) = x.freeze }); c.define_method(:a) { } }
attempt("freeze in const_missing") { m = Module.new { def self.const_missing(n) = (freeze; const_set(n, 1)) }; m::X }
attempt("freeze set in each") { s = Set[1, 2]; s.each { s.freeze }; s << 3 }

attempt("== that shrinks") { a = [1] * 50; b = Array.new(50) { meddler(:==, true) { a.clear } }; b == a }
attempt("include? that shrinks") { a = []; 20.times { a << meddler(:==, false) { a.clear } }; a.include?(1) }
attempt("index that shrinks") { a = []; 20.times { a << meddler(:==, false) { a.pop } }; a.index(1) }
attempt("hash that grows") { a = []; 3.times { a << meddler(:hash, 1) { a << 1 if a.size < 100 } }; a.hash.class }
attempt("eql? that clears") { h = {}; 9.times { |i| k = Object.new; k.define_singleton_method(:hash) { 1 }; k.define_singleton_method(:eql?) { |_| h.clear; false }; h[k] = i }; h.size }
attempt("coerce that changes") { o = Object.new; def o.coerce(x) = (Integer.class_eval { }; [x, 3]); [5 + o, 5 - o, 5 * o, 5 <=> o, 5 == o] }
attempt("to_str that grows") { s = +"abc"; s.replace(meddler(:to_str, "x") { s << "y" * 1000 }); s }
attempt("to_str in start_with?") { s = +"abc" * 100; s.start_with?(meddler(:to_str, "abc") { s.clear }) }
attempt("to_str in index") { s = +"abc" * 100; s.index(meddler(:to_str, "c") { s.clear }) }
attempt("to_int in center") { s = +"abc" * 10; s.center(meddler(:to_int, 200) { s.clear }).size }
attempt("to_int in *") { s = +"abc" * 10; (s * meddler(:to_int, 3) { s.clear }).size }
attempt("to_s in join") { a = [1, 2]; a << meddler(:to_s, "x") { a.clear } << 5; a.join }
attempt("to_s in puts") { a = [1]; $stdout.puts(meddler(:to_s, "x") { a.clear }) }
attempt("to_s in interpolation") { s = +"s" * 50; "#{s}#{meddler(:to_s, "x") { s.clear }}#{s}" }
attempt("inspect in inspect") { a = [1] * 5; a << meddler(:inspect, "i") { a.clear } << 2; a.inspect }
attempt("each in zip") { a = [1, 2, 3]; o = Object.new; o.define_singleton_method(:each) { |&b| b.call(1) }; a.zip(o) }
attempt("to_a in splat") { a = [1]; [*a, *meddler(:to_a, [2]) { a.clear }, *a] }
attempt("to_hash in double splat") { h = {a: 1}; {**h, **meddler(:to_hash, {b: 2}) { h.clear }, **h} }
attempt("block in Hash#fetch") { h = {}; h.fetch(1) { h[1] = 2; h.clear; 3 } }
attempt("block in dig") { h = {a: meddler(:dig, 5) { h.clear }}; h.dig(:a, :b) }
attempt("exception in <=>") { a = [3, 1, 2].map { |x| meddler(:<=>, 1) { raise "in <=>" } }; a.sort }
attempt("sort with self") { a = [3, 1, 2]; a.sort { |x, y| a.sort!; x <=> y } }
attempt("redefine in a loop") { c = Class.new { def a = 1 }; o = c.new; (1..6).sum { |i| c.define_method(:a) { i }; o.a } }
attempt("undefine in a loop") { c = Class.new { def a = 1 }; o = c.new; 3.times.map { |i| c.undef_method(:a) if i == 1; o.a rescue :gone } }
attempt("redefine in its argument") { c = Class.new { def a(x) = x }; o = c.new; o.a((c.define_method(:a) { |x| -x }; 5)) }
attempt("extend in its argument") { o = Object.new; def o.a(x) = x; o.a((o.extend(Module.new { def a(x) = -x }); o.singleton_class.remove_method(:a); 5)) }
attempt("remove_const in use") { m = Module.new; m.const_set(:A, 1); m.module_eval("def self.a = [A, (remove_const(:A); 2), (A rescue 3)]"); m.a }
attempt("grow locals by binding") { b = binding; 300.times { |i| b.local_variable_set("l#{i}", i) }; b.local_variables.size > 300 }
attempt("eval that defines locals") { b = binding; 100.times { |i| b.eval("e#{i} = #{i}") }; b.eval("e0 + e99") }

attempt("closed in each_line") { r, w = IO.pipe; w << "a\nb\n"; w.close; r.each_line { r.close } }
attempt("closed in gets") { r, w = IO.pipe; t = Thread.new { r.gets }; t.report_on_exception = false; Thread.pass until t.stop?; r.close; t.value }
attempt("reopen closed") { r, w = IO.pipe; r.close; r.reopen(w) }
attempt("reopen on closed") { r, w = IO.pipe; w.close; r.reopen(w) }
attempt("reopen itself") { r, w = IO.pipe; r.reopen(r).equal?(r) }
attempt("close twice") { r, w = IO.pipe; [r.close, r.close, w.close] }
attempt("use after for_fd close") { r, w = IO.pipe; w.autoclose = false; IO.for_fd(w.fileno).close; w << "x"; w.flush }
attempt("select closed") { r, w = IO.pipe; r.close; IO.select([r], nil, nil, 0) }
attempt("copy_stream closed") { r, w = IO.pipe; r.close; IO.copy_stream(r, w) }
attempt("write while closing") { r, w = IO.pipe; o = meddler(:to_s, "x") { w.close }; w.write(o) }
attempt("read into frozen") { r, w = IO.pipe; w << "abc"; r.read(2, "".freeze) }
attempt("read into itself") { r, w = IO.pipe; w << "abc"; b = +""; r.readpartial(3, b).equal?(b) }
attempt("lock in trap") { m = Mutex.new; r = nil; trap("USR1") { r = (m.lock rescue $!.message) }; Process.kill("USR1", $$); sleep 0.01 until r; r }
attempt("synchronize in trap") { m = Mutex.new; r = nil; trap("USR1") { r = (m.synchronize { 1 } rescue $!.class) }; Process.kill("USR1", $$); sleep 0.01 until r; r }
attempt("queue in trap") { q = Queue.new; trap("USR1") { q << 5 }; Process.kill("USR1", $$); q.pop }
attempt("trap in trap") { r = nil; trap("USR1") { trap("USR1") { r = 2 }; Process.kill("USR1", $$) }; Process.kill("USR1", $$); sleep 0.01 until r; r }
attempt("thread in trap") { r = nil; trap("USR1") { r = Thread.new { 3 }.value }; Process.kill("USR1", $$); sleep 0.01 until r; r }
attempt("many signals") { n = 0; trap("USR1") { n += 1 }; 50.times { Process.kill("USR1", $$) }; sleep 0.01 until n > 0; n <= 50 }
attempt("exit in trap") { r = nil; trap("USR1") { begin; exit 3; rescue SystemExit => e; r = e.status; end }; Process.kill("USR1", $$); sleep 0.01 until r; r }
trap("USR1", "DEFAULT")
puts "alive"
