# The behaviours A to C of the original: root, transactions, conflicts, locks.
require_relative "support/behaviours"

behaviour("A1", ["{}", "Hash"]) { vm "p Maglev::PERSISTENT_ROOT, Maglev::PERSISTENT_ROOT.class" }
behaviour("A2", %w[true 1 2]) { vm "p Maglev.root.equal?(Maglev::PERSISTENT_ROOT); Maglev[:k] = 1; p Maglev::PERSISTENT_ROOT[:k]; Maglev::PERSISTENT_ROOT[:l] = 2; p Maglev[:l]" }
behaviour("A3", ["true", '"x"']) { [vm('Maglev.root[:hat] = "x"; p Maglev.commit'), vm("p Maglev.root[:hat]")] }
behaviour("A4", "nil") { vm('Maglev.root[:hat] = "x"'); vm("p Maglev.root[:hat]") }
behaviour("A5", ["true", "true", '"a"', "1970-01-01 00:00:00 UTC"]) do
  vm 's = +"a"; a = [s, { s: s, t: Time.at(0).utc }]; a << a; Maglev[:g] = a; Maglev.commit'
  vm "g = Maglev[:g]; p g[2].equal?(g), g[0].equal?(g[1][:s]), g[0], g[1][:t]"
end
behaviour("A6", "2") do
  vm "Maglev[:o] = Object.new.tap { _1.instance_variable_set(:@a, 1) }; Maglev.commit"
  vm "Maglev[:o].instance_variable_set(:@a, 2); Maglev.commit"
  vm "p Maglev[:o].instance_variable_get(:@a)"
end
behaviour("A7", %w[true true]) do
  id = vm "o = Maglev[:o] = [1]; Maglev.commit; p o.object_id"
  vm "p ObjectSpace._id2ref(#{id}).equal?(Maglev[:o]), Maglev[:o].object_id == #{id}"
end
behaviour("A8", %w[nil true nil 1]) do
  a, b = pair
  [b["Maglev[:k]"], a["Maglev[:k] = 1; Maglev.commit"], b["Maglev[:k]"], b["Maglev.abort; Maglev[:k]"]]
end
behaviour("A9", "nil") { vm("$g = 1; Maglev[:x] = 1; Maglev.commit"); vm("Maglev[:x]; p $g") }
behaviour("A10", ["[]", "0"]) do
  vm 'Maglev.persistent { eval "class Gone; end" }; Maglev[:o] = Gone.new; Maglev.commit; Maglev.root.delete(:o); Maglev.commit'
  vm "p Maglev.root.keys, Maglev::Repository.instance.list_instances([Gone])[0].size"
end

behaviour("B1", %w[true true true true]) { vm "p Maglev.commit_transaction; Maglev[:a] = 1; p Maglev.commit_transaction, Maglev.method(:commit) == Maglev.method(:commit_transaction), Maglev.method(:abort) == Maglev.method(:abort_transaction)" }
behaviour("B2", "true") { vm "p Maglev.abort_transaction == Maglev::System" }
behaviour("B3", "1") { vm "o = Maglev[:o] = Object.new; o.instance_variable_set(:@a, 1); Maglev.commit; o.instance_variable_set(:@a, 2); Maglev.abort; p o.instance_variable_get(:@a)" }
behaviour("B4", "false") { vm "Maglev[:k] = 1; Maglev.abort; p Maglev.root.key?(:k)" }
behaviour("B5", ["[1]", "[2]"]) { vm "Maglev[:a] = l = [1]; $g = Maglev[:b] = [2]; Maglev.abort; p l, $g" }
behaviour("B6", %w[false true]) { vm "o = Object.new; Maglev[:o] = o; p o.committed?; Maglev.commit; p o.committed?" }
behaviour("B7", %w[false true false false]) { vm "Maglev[:a] = [1]; Maglev.commit; p Maglev::System.needs_commit; Maglev[:a] << 1; p Maglev::System.needs_commit; Maglev.abort; p Maglev::System.needs_commit; [1] << 2; p Maglev::System.needs_commit" }
behaviour("B8", %w[1 2 1]) { vm "p Maglev.transaction_level; Maglev.begin_nested_transaction; p Maglev.transaction_level; Maglev.commit; p Maglev.transaction_level" }
behaviour("B9", ['[1, {a: ["in"]}, 2]', "nil", "[1, {}]"]) do
  vm "Maglev[:l] = [1, {}]; Maglev.commit"
  inner = vm <<~'RUBY'
    new = ["in"]
    Maglev[:l][1][:a] = new
    Maglev[:l] << 2
    Maglev.begin_nested_transaction
    Maglev[:l][1][:a] << "inner"
    Maglev[:l][1][:b] = 1
    Maglev[:l] << 3
    Maglev[:other] = [1]
    Maglev.abort
    p Maglev[:l]
    Maglev.begin_nested_transaction
    Maglev[:other] = [1]
    Maglev.commit
    Maglev.abort
    p Maglev[:other]
  RUBY
  inner + [vm("p Maglev[:l]")]
end
behaviour("B10", %w[16 RuntimeError]) { vm "15.times { Maglev.begin_nested_transaction }; p Maglev.transaction_level; p((Maglev.begin_nested_transaction rescue $!.class))" }
behaviour("B11", %w[nil nil]) do
  vm "Maglev[:a] = 1; exit"
  session = Session.new
  session["Maglev[:b] = 1; Maglev.needs_commit?"]
  session.kill
  vm "p Maglev[:a], Maglev[:b]"
end
behaviour("B12", "[1, 2]") do
  session = Session.new
  session["Maglev[:a] = [1, 2]; Maglev.commit"]
  session.kill
  vm "p Maglev[:a]"
end

behaviour("C1", ["true", "[Maglev::CommitFailedException, :write_write, [1, 3], true]"]) do
  a, b = pair "Maglev[:o] = [1]; Maglev.commit"
  a["Maglev[:o] << 2"]
  b["Maglev[:o] << 3"]
  [a["Maglev.commit"], b["begin; Maglev.commit; rescue; c = $!.transaction_conflicts[0]; [$!.class, c.kind, c.object, c.theirs > c.mine]; end"]]
end
behaviour("C2", ["[1, 3]", "[1, 2]", "true", "[1, 2, 4]"]) do
  a, b = pair "Maglev[:o] = [1]; Maglev.commit"
  a["Maglev[:o] << 2"]
  b["Maglev[:o] << 3"]
  a["Maglev.commit"]
  b["Maglev.commit"]
  [b["Maglev[:o]"], b["Maglev.abort; Maglev[:o]"], b["Maglev[:o] << 4; Maglev.commit"], vm("p Maglev[:o]")]
end
behaviour("C3", %w[true true]) do
  a, b = pair "Maglev[:a] = [1]; Maglev[:b] = [1]; Maglev.commit"
  a["Maglev[:a] << 2"]
  b["Maglev[:b] << 2"]
  [a["Maglev.commit"], b["Maglev.commit"]]
end
behaviour("C4", ["false", "false", "LockError"]) do
  a, b = pair "Maglev[:o] = [1]; Maglev[:l] = [2]; Maglev.commit"
  b["Maglev::System.write_lock(Maglev[:l])"]
  a["Maglev[:o] << 2"]
  b["Maglev[:o] << 3"]
  a["Maglev.commit"]
  [b["Maglev::System.commit_transaction"], b["Maglev::System.commit_and_release_locks"], a["Maglev::System.read_lock(Maglev[:l])"]]
end
behaviour("C5", %w[Maglev::System LockError LockError]) do
  a, b = pair "Maglev[:o] = [1]; Maglev.commit"
  [a["Maglev::System.write_lock(Maglev[:o])"], b["Maglev::System.write_lock(Maglev[:o])"], b["Maglev::System.read_lock(Maglev[:o])"]]
end
behaviour("C6", %w[Maglev::System Maglev::System LockError]) do
  a, b = pair "Maglev[:o] = [1]; Maglev.commit"
  [a["Maglev::System.read_lock(Maglev[:o])"], b["Maglev::System.read_lock(Maglev[:o])"], b["Maglev::System.write_lock(Maglev[:o])"]]
end
behaviour("C7", ["[Maglev::CommitFailedException, :locked]", "true"]) do
  a, b = pair "Maglev[:o] = [1]; Maglev.commit"
  a["Maglev::System.write_lock(Maglev[:o])"]
  b["Maglev[:o] << 2"]
  failed = b["begin; Maglev.commit; rescue; [$!.class, $!.transaction_conflicts[0].kind]; end"]
  a["Maglev::System.remove_lock(Maglev[:o])"]
  [failed, b["Maglev.commit"]]
end
behaviour("C8", %w[Maglev::System Maglev::System Maglev::System Maglev::System Maglev::System]) do
  a, b = pair "Maglev[:o] = [1]; Maglev.commit"
  ways = ["remove_lock(Maglev[:o])", "remove_locks_for_session", "commit_and_release_locks"]
  freed = ways.map do |way|
    a["Maglev::System.write_lock(Maglev[:o]); Maglev::System.#{way}"]
    b["Maglev::System.write_lock(Maglev[:o])"].tap { b["Maglev::System.remove_locks_for_session"] }
  end
  a["Maglev::System.write_lock(Maglev[:o])"]
  a.kill
  # A lock on an object that is not committed yet holds from its commit on; one may wait for a lock.
  c = Session.new
  c["Maglev::System.write_lock(n = Maglev[:n] = [1]); Maglev.commit"]
  waiting = Thread.new { vm "p Maglev::System.write_lock(Maglev[:n], wait: 20)" }
  c.close
  freed + [b["Maglev::System.write_lock(Maglev[:o])"], waiting.value]
end
behaviour("C9", %w[ArgumentError ArgumentError ArgumentError ArgumentError]) { vm "[1, 1.5, true, nil].each { |v| p((Maglev::System.write_lock(v) rescue $!.class)) }" }
