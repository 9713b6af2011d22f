# Maglev.transaction: commits, tries again after conflicts, drops what an exception left; the names in Maglev::System.
Maglev[:n] = [0]; Maglev.commit
pids = 4.times.map { fork { 50.times { Maglev.transaction(retries: 1000) { Maglev[:n][0] += 1 } } } }
pids.each { Process.wait(_1) }
Maglev.abort
p Maglev[:n][0], Maglev.abort, Maglev::System.commit_transaction, Maglev::System.needs_commit
begin; Maglev.transaction { Maglev[:n][0] = 99; raise "no" }; rescue => e; p e.message, Maglev[:n][0]; end
begin; Maglev.transaction(retries: -1) {}; rescue => e; p e; end
begin; Maglev.transaction; rescue => e; p e; end
p Maglev.transaction { 5 }
