# The behaviours F to I of the original: IdentitySet, collections with few conflicts, counters, repository, command line.
require_relative "support/behaviours"

behaviour("F1", %w[1 2 0]) { vm 's = IdentitySet.new; o = "a"; 10.times { s << o }; p s.size, IdentitySet.with_all("a".dup, "a".dup).size, IdentitySet.new.add(nil).size' }
behaviour("F2", "[[true, false, false], [true, true, false], [true, true, true], [false, false, false], [true, false, false], [true, true, false]]") do
  vm "a, b, c = [[1], [1, 2], [1, 2, 3]].map { IdentitySet.with_all(_1) }; p [a, b, c].map { |x| [a, b, c].map { |y| x.superset?(y) } } + [a, b, c].map { |x| [a, b, c].map { |y| y.proper_subset?(x) } }"
end
TEN = "class E; def initialize(i) = @id = i; end; s = IdentitySet.new; 10.times { s << E.new(_1) };"
behaviour("F3", "[1, 9, 2, 3, 1, 2, 2]") { vm TEN + "p [s.search([:@id], :eql, 9), s.search(['@id'], :not_eql, 9), s.search('@id', :lt, 2), s.search([:@id], :lte, 2), s.search([:@id], :gt, 8), s.search([:@id], :gte, 8), s.search('@id', :gte, 8)].map(&:size)" }
behaviour("F4", "[2, [4, 5], 3, 0]") { vm TEN + "p [s.search_between('@id', 3, 5).size, s.search_between('@id', 3, 5, :lt, :lte).map { _1.instance_variable_get(:@id) }, s.search_between('@id', 3, 5, :lte, :lte).size, s.search_between('@id', 20, 30).size]" }
behaviour("F5", "[3, 2]") { vm TEN + "p [s.search_range('@id', (3..5)).size, s.search_range('@id', (3...5)).size]" }
behaviour("F6", "ArgumentError") { vm TEN + "p((s.search('@id', :<, 1) rescue $!.class))" }
behaviour("F7", "[:none, :equality, :equalityAndIdentity, :equality]") do
  vm "s = IdentitySet.new; k = [s.kinds_of_index_on('@n')]; s.create_equality_index('@n', String); k << s.kinds_of_index_on('@n'); s.create_identity_index('@n'); k << s.kinds_of_index_on('@n'); s.remove_identity_index('@n'); p k << s.kinds_of_index_on('@n')"
end
behaviour("F8", ["[1, 5]", "[1, 4, 0, 1]"]) do
  vm "Maglev.persistent { eval 'class E; attr_accessor :id; def initialize(i) = @id = i; end' }; s = Maglev[:s] = IdentitySet.new; 10.times { s << E.new(_1) }; s.create_equality_index('@id', Integer); Maglev.commit"
  first = vm "s = Maglev[:s]; p [s.search('@id', :eql, 3).size, s.search('@id', :lt, 5).size]; s.search('@id', :eql, 3).to_a[0].id = 30; s << E.new(40); s.delete(s.search('@id', :eql, 7).to_a[0]); Maglev.commit"
  [first, vm("s = Maglev[:s]; p [s.search('@id', :eql, 30).size, s.search('@id', :lt, 5).size, s.search('@id', :eql, 7).size, s.search('@id', :eql, 40).size]")]
end
behaviour("F9", "[2, 1]") do
  vm <<~'RUBY'
    class Address; def initialize(z) = @zip = z; end
    class Person; def initialize(z, n) = (@address, @name = Address.new(z), n); end
    s = IdentitySet.with_all([Person.new(1, "a"), Person.new(1, "b"), Person.new(2, "c")])
    one = s.search([:@address, :@zip], :equal, 1)
    p [one.size, (one & s.search("@name", :eql, "b")).size]
  RUBY
end

behaviour("G1", ["400", "0"]) do
  vm "Maglev[:c] = RCCounter.new; Maglev.commit"
  failures = Array.new(2) { Thread.new { vm "c = Maglev[:c]; n = 0; 200.times { c.increment; Maglev::System.commit_transaction or (n += 1; Maglev.abort) }; p n" } }.map(&:value)
  [vm("p Maglev[:c].value"), failures.sum(&:to_i).to_s]
end
behaviour("G2", ['"x"', "0", "-5"]) { vm "c = RCCounter.new; p c.decrement_by(10, -1) { 'x' }, c.value; c.decrement_by(5, -7) {}; p c.value" }
behaviour("G3", ["true", "true", "Maglev::CommitFailedException", "[[:a, 1], [:b, 2], [:c, 3]]"]) do
  a, b = pair "Maglev[:h] = RCHash.new; Maglev[:h][:c] = 0; Maglev.commit"
  a["Maglev[:h][:a] = 1"]
  b["Maglev[:h][:b] = 2"]
  both = [a["Maglev.commit"], b["Maglev.commit"]]
  a["Maglev.abort; Maglev[:h][:c] = 3"]
  b["Maglev.abort; Maglev[:h][:c] = 4"]
  a["Maglev.commit"]
  both + [b["Maglev.commit"], vm("p Maglev[:h].to_a.sort")]
end
behaviour("G4", ["0", "[[0, 40], [1, 40]]", "true", "[nil, 7, [8, 9], 0]"]) do
  vm "Maglev[:q] = RCQueue.new; Maglev.commit"
  producers = Array.new(2) { |i| Thread.new { vm "q = Maglev[:q]; n = 0; 40.times { |k| q << [#{i}, k]; Maglev::System.commit_transaction or n += 1 }; p n" } }
  taken = vm "q = Maglev[:q]; list = []; n = 0; until list.size == 80; Maglev.abort; item = q.shift; next sleep(0.001) unless item; list << item.dup; Maglev::System.commit_transaction or n += 1; end; p n; p list.group_by(&:first).transform_values(&:size).sort; p [0, 1].all? { |i| list.select { _1[0] == i }.map(&:last) == (0...40).to_a }"
  taken[0] = (taken[0].to_i + producers.sum { _1.value.to_i }).to_s
  taken + [vm("q = Maglev[:q]; p [q.shift, q << 7, (q.shift; q << 8; q << 9; q.clear), q.size]")]
end
behaviour("G5", ["1", "6", "[6, ArgumentError, ArgumentError]", "-9223372036854775808"]) do
  a, b = pair
  first = a["Maglev::System.increment_pcounter(3)"]
  second = b["Maglev::System.increment_pcounter(3, 5)"]
  a["Maglev.abort"]
  a.kill
  b.close
  [first, second, vm("p [Maglev::System.pcounter(3), (Maglev::System.pcounter(0) rescue $!.class), (Maglev::System.pcounter(129) rescue $!.class)]"), vm("Maglev::System.set_pcounter(128, 2**63 - 1); p Maglev::System.increment_pcounter(128)")]
end
behaviour("G6", ["[0, 5, 6, 4, RuntimeError]"]) { [vm("s = Maglev::System; p [s.get_session_stat(0), s.set_session_stat(47, 5), s.increment_session_stat(47), s.decrement_session_stat(47, 2), (s.get_session_stat(48) rescue $!.class)]")] }

behaviour("H1", ["[2, 1]"]) do
  vm 'Maglev.persistent { eval "class C; end; class D < C; end" }; Maglev[:l] = [C.new, C.new.tap { |c| def c.x = 1 }, D.new]; Maglev.commit'
  [vm("p Maglev::Repository.instance.list_instances([C, D]).map(&:size)")]
end
behaviour("H2", %w[RuntimeError 1]) { vm "Maglev[:a] = 1; p((Maglev::Repository.instance.list_instances([String]) rescue $!.class), Maglev[:a])" }
behaviour("H3", ["RuntimeError", "true", "true", "[1, 2]"]) do
  made = vm "Maglev[:a] = [1, 2]; r = Maglev::Repository.instance; p((r.full_backup_to('copy') rescue $!.class)); Maglev.commit; p r.full_backup_to('copy'), File.exist?('copy')"
  maglev("restore", "copy", "--store", "elsewhere")
  made + [vm("p Maglev[:a]", "--store=elsewhere")]
end
behaviour("H4", ["[\"other\", :b, \"one\", true]", "[\"other\", :b, \"one\"]"]) do
  vm "Maglev.persistent { eval 'class A; attr_accessor :v; end; class B; attr_accessor :v; def b = :b; end' }; Maglev[:a], Maglev[:b] = A.new, B.new; Maglev[:a].v, Maglev[:b].v = 'one', 'other'; Maglev[:holder] = [Maglev[:a]]; Maglev.commit"
  [vm("a, b = Maglev[:a], Maglev[:b]; a.become(b); p [Maglev[:holder][0].v, a.b, b.v, Maglev.commit]"), vm("p [Maglev[:holder][0].v, Maglev[:a].b, Maglev[:b].v]")]
end
behaviour("H5", ["[true, 3]", "[[C, 1, :new]]"]) do
  vm "Maglev.persistent { eval 'class C; attr_reader :v; def initialize(v) = @v = v; end' }; Maglev[:l] = [C.new(1)]; Maglev.commit"
  [vm("old = C; c = Maglev.persistent { C.maglev_redefine { eval 'class C; attr_reader :v; def initialize(v, w) = (@v, @w = v, w); def show = :new; def sum = @v + @w; end' } }; p [c != old && c == C, C.new(1, 2).sum]"), vm("p Maglev[:l].map { [_1.class, _1.v, _1.show] }")]
end
behaviour("H6", '["m", [1], 5, true, true]') do
  vm "e = ObjectLogEntry.debug('m', Maglev[:o] = [1]).add_to_log; Maglev.commit"
  vm "e = ObjectLogEntry.object_log.first; p [e.label, e.object, e.priority, e.pid.is_a?(Integer), e.timestamp.is_a?(Time)]"
end
behaviour("H7", ["[DebuggerException, \"RuntimeError: x\", RuntimeError]", "[\"x\", true, DebuggerLogEntry, 2]"]) do
  first = vm "e = (Maglev::Debugger.debug { raise 'x' } rescue $!); p [e.class, e.log_entry.label, e.cause.class]"
  [first, vm("e = ObjectLogEntry.object_log.last; p [e.exception.message, e.exception.backtrace.size > 0, e.class, e.priority]")]
end
behaviour("H8", "[true, true, true, ArgumentError]") do
  vm "def hot = (x = 0; 300_000.times { x += 1 }; x); def busy = (t = Process.clock_gettime(1); hot until Process.clock_gettime(1) - t > 0.7); r = Maglev::Gprof.monitor { busy }; p [r.lines[0].to_i > 0, r.include?('hot'), Maglev::Gprof.compute_interval(1) >= 1000, (Maglev::Gprof.create(1) rescue $!.class)]"
end

behaviour("I3", %w[1 2]) { vm("Maglev[:a] = 1; Maglev.commit"); vm("Maglev[:a] = 2; Maglev.commit", "--store=other"); [vm("p Maglev[:a]"), vm("p Maglev[:a]", "--store=other")] }
behaviour("I4", true) { IO.popen([RbConfig.ruby, "--version"], &:read).start_with?("maglev ") && !File.exist?(ENV["MAGLEV_STORE"]) }
behaviour("I5", [1, 3, "at_exit"]) do
  system(RbConfig.ruby, "-e", "raise 'x'", err: File::NULL)
  first = $?.exitstatus
  system(RbConfig.ruby, "-e", "exit 3")
  [first, $?.exitstatus, vm("at_exit { puts :at_exit }; exit")]
end
behaviour("I6", ["{a: 1}", 0, "{}"]) { [vm("Maglev[:a] = 1; Maglev.commit; p Maglev.root"), maglev("destroy", "--force")[1], vm("p Maglev.root")] }
behaviour("I8", ["true", "1", "nil"]) do
  ENV["MAGLEV_OPTS"] = "-Mpersistent --store=optional"
  found = [vm("p Maglev.persistent?"), (vm("Maglev[:a] = 1; Maglev.commit"); vm("p Maglev[:a]")), vm("p Maglev[:a]", "--store=named")]
  ENV.delete("MAGLEV_OPTS")
  found
end
behaviour("I7", ["[1]", "[1, 2]", "[1]"]) do
  vm "Maglev[:a] = [1]; Maglev.commit"
  maglev("backup", "snapshot")
  vm "Maglev[:a] << 2; Maglev.commit"
  [vm("p Maglev[:a]", "--store=snapshot"), vm("p Maglev[:a]"), (maglev("restore", "snapshot", "--force"); vm("p Maglev[:a]"))]
end
