# The repository as it was behind an earlier commit: in a block, in another process, and what the command shows.
require_relative "support/behaviours"

vm <<~'RUBY'
  Maglev.persistent { eval "class Account; attr_accessor :sum, :owner; def initialize(owner) = (@owner = owner; @sum = 0); end" }
  Maglev[:accounts] = { "a" => Account.new("Ann"), "b" => Account.new("Bob") }
  Maglev.commit
  3.times { |turn| Maglev[:accounts]["a"].sum += 10; Maglev[:log] = (Maglev[:log] || []) + [turn]; Maglev.commit }
  Maglev[:accounts]["c"] = Account.new("Cat"); Maglev[:accounts].delete("b"); Maglev.commit
RUBY
puts vm(<<~'RUBY')
  last = Maglev.commit_number
  p last - Maglev.history.first[:commit], Maglev.history.last.keys, Maglev.history.last[:time].class
  account = Maglev[:accounts]["a"]
  p account.sum
  (last - 4..last).each do |commit|
    Maglev.at(commit) do |root|
      p [root.equal?(Maglev.root), Maglev.commit_number == commit, account.sum, root[:log], root[:accounts].keys, root[:accounts].equal?(Maglev[:accounts])]
    end
  end
  p account.sum, Maglev[:accounts].keys
  # What is there now was not there then.
  cat = Maglev[:accounts]["c"]
  p Maglev.at(last - 1) { cat.sum rescue $!.class }, cat.owner
  # Nothing can be changed: it is dropped.
  p Maglev.at(last - 2) { account.sum = 99; (Maglev.commit rescue $!.class) }, account.sum, Maglev.needs_commit?
  p Maglev.at(last - 2) { |root| root[:new] = [1]; root[:accounts]["b"].owner << "by"; root.size }, Maglev.root.size
  p((Maglev.at(last - 2) { raise "out" } rescue $!.message), Maglev.commit_number == last)
  account.sum += 1
  begin; Maglev.at(last - 1) { }; rescue TransactionError; puts $!.message; end
  Maglev.commit
  begin; Maglev.at(last + 2) { }; rescue Maglev::StoreError; puts $!.message.gsub(/\d+/, "N"); end
  begin; Maglev.at(-1) { }; rescue Maglev::StoreError; puts $!.message.gsub(/\d+/, "N"); end
  begin; Maglev.at(last); rescue ArgumentError; puts $!.message; end
  begin; Maglev.at("x") { }; rescue TypeError; puts $!.message; end
  begin; Maglev.at(last - 1) { Maglev.at(last - 2) { } }; rescue TransactionError; puts $!.message; end
  p Maglev.at(Time.now + 1) { |root| root[:accounts]["a"].sum }
  begin; Maglev.at(Time.at(1000)) { }; rescue ArgumentError; puts $!.message[/.*commit/]; end
  # Others go on meanwhile, and are seen afterwards.
  seen = Maglev.at(last - 3) do
    system(RbConfig.ruby, "-e", "Maglev[:accounts]['a'].sum = 7; Maglev.commit")
    account.sum
  end
  p seen, account.sum, (Maglev.abort; account.sum)
  # A fork out of the past is in the present.
  Maglev.at(last - 3) { Process.wait(fork { p account.sum, Maglev[:accounts].keys }) }
RUBY
# With a serializable transaction: what is read in the past does not count.
p vm(<<~'RUBY')
  Maglev.isolation = :serializable
  Maglev[:accounts]["a"].sum
  Maglev.at(Maglev.commit_number - 3) { Maglev[:log].size }
  system(RbConfig.ruby, "-e", "Maglev[:log] << 8; Maglev.commit")
  Maglev[:other] = 1
  p Maglev.commit
RUBY
lines = maglev("history")[0].lines
p lines.grep(/^history/).size, lines.grep(/^history/)[-1].squeeze(" ")[/\d+ seconds.*/].gsub(/\d\d+/, "N")
p maglev("history", "--all", "--json")[0].scan(/"commit":/).size, maglev("history", "--some")[1]
# Compaction ends what can be looked at.
vm "Maglev[:text] = +'x' * 200_000; Maglev.commit; Maglev[:text] = +'y' * 200_000; Maglev.commit"
p maglev("compact")[1], vm("p Maglev[:text].size, (Maglev.at(1) { } rescue $!.class), Maglev.at(Maglev.commit_number) { |root| root[:text][0] }")

# Who was in the way is told by its process.
one, two = pair("Maglev[:x] = [1]; Maglev.commit")
one["Maglev[:x] << 1"]
two["Maglev[:x] << 2; Maglev.commit"]
p one["begin; Maglev.commit; rescue Maglev::CommitFailedException => e; e.transaction_conflicts[0].session; end"] == two["$$"]
Session.close_all
