# What a transaction sees of others: serializable isolation, waiting for changes, being told of them, and transactions that begin by hand.
require_relative "support/behaviours"
def show = puts(begin; yield.inspect; rescue StandardError => e; "#{e.class}: #{e.message}"; end)

# Two doctors, one of whom must stay: each looks at both and goes.
GO = 'Maglev[:here].count { |name, is_here| is_here[0] } > 1 and Maglev[:here][%s][0] = false'
def both_go(setup)
  vm 'Maglev[:here] = { "ann" => [true], "bob" => [true] }; Maglev.commit'
  one, two = Session.new, Session.new
  [one, two].each { |session| session[setup] }
  one[GO % '"ann"']
  two[GO % '"bob"']
  p [one["Maglev.commit"], two["Maglev.commit"], two["$!; Maglev.abort; #{GO % '"bob"'}; Maglev.commit"], vm('p Maglev[:here].values.map(&:first)')]
end
both_go "Maglev.isolation"
both_go "Maglev.isolation = :serializable"

reader, writer = Session.new, Session.new
reader["Maglev.isolation = :serializable"]
reader["Maglev[:here]['ann'][0]; Maglev[:total] = 1"]
writer["Maglev[:here]['bob'][0] = 7; Maglev.commit"]
p reader["Maglev.commit"]
reader["Maglev[:here]['bob'][0]; Maglev[:total] = 2"]
writer["Maglev[:here]['bob'][0] = 8; Maglev.commit"]
p reader["begin; Maglev.commit; rescue Maglev::CommitFailedException => e; e.transaction_conflicts.map { [_1.kind, _1.object] }; end"]
p reader["Maglev.abort; Maglev[:here]['bob'][0]; Maglev.commit"], reader["Maglev.isolation = :snapshot; Maglev.isolation"]
show { Maglev.isolation = :none }
Maglev.abort
Maglev[:x] = 1
show { Maglev.isolation = :serializable }
Maglev.commit
# Nothing is lost under a serializable counter of reads.
vm "Maglev[:a], Maglev[:b] = [0], [0]; Maglev.commit"
workers = Array.new(2) { |i| Thread.new { vm "Maglev.isolation = :serializable; mine, other = #{i == 0 ? ':a, :b' : ':b, :a'}; 25.times { Maglev.transaction(retries: 500) { Maglev[mine][0] = [Maglev[mine][0], Maglev[other][0]].max + 1 } }" } }
workers.each(&:join)
# Each saw the other's last number, so together they counted on.
p vm("p [Maglev[:a][0], Maglev[:b][0]].max == 50")

Maglev.abort
p Maglev.wait(0.01)
told = []
block = Maglev.on_change { |objects| told << objects }
list, _ = Maglev[:list] = [1], Maglev[:text] = +"a"
Maglev.commit
p told
writer["Maglev.abort; Maglev[:list] << 2; Maglev[:text] << 'b'; Maglev.commit; Maglev[:list] << 3; Maglev.commit"]
p Maglev.wait, told, list
Maglev.abort
p told, told[0].any? { _1.equal?(list) }, Maglev.wait(0)
writer["Thread.new { sleep 0.1; Maglev[:list] << 4; Maglev.commit }; 1"]
p Maglev.wait(10)
Maglev.remove_callback(block)
Maglev.commit
p told.size, list

p Maglev.transaction_mode, Maglev.transaction_level
Maglev.transaction_mode = :manual
p Maglev.transaction_level
show { Maglev.commit }
Maglev.begin_transaction
list << :by_hand
p Maglev.transaction_level, Maglev.commit, Maglev.transaction_level
list << :outside
show { Maglev.commit }
p Maglev.transaction { list << :inside; Maglev.transaction_level }, vm("p Maglev[:list]")
Maglev.begin_nested_transaction
p Maglev.transaction_level
Maglev.transaction_mode = :auto
p Maglev.transaction_level
show { Maglev.transaction_mode = :none }
Session.close_all
