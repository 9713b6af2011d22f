# A commit that was lost leaves no ids behind: what is stored again after the conflict is written.
def elsewhere(code) = system(RbConfig.ruby, "-e", code) || abort("failed: #{code}")

Maglev[:n] = [0]
Maglev.commit
Maglev.persistent { eval "class K; attr_accessor :v; end" }
outside = ["made before the loop", { deep: ["inner"] }]
2.times do |try|
  Maglev[:n][0] += 1
  Maglev[:x] = K.new.tap { |k| k.v = "fresh object, try #{try}" }
  Maglev[:outside] = outside
  elsewhere "Maglev[:n][0] += 10; Maglev.commit" if try == 0
  p Maglev.commit
  break
rescue Maglev::CommitFailedException => error
  puts "conflict: #{error.transaction_conflicts.inspect}"
  p outside[0].committed?
  Maglev.abort
end
p Maglev[:x].v
elsewhere 'p Maglev[:n], Maglev[:x].v, Maglev[:x].class, Maglev[:outside]'

# The same when an object in the middle cannot be saved, and after that the commit goes through.
list = [["kept"], Thread.current]
Maglev[:list] = list
begin
  Maglev.commit
rescue TransactionError => error
  puts error.message.gsub(/0x\h+/, "0x..")
  p error.object.class
end
p list[0].committed?
list[1] = "no thread"
p Maglev.commit
elsewhere 'p Maglev[:list]'

# And when an object is too large.
inner = ["inner", {}]
Maglev[:large] = [("x" * (65 << 20)).to_sym, inner]
begin
  Maglev.commit
rescue Maglev::StoreError => error
  puts error.message.sub(/of \d+ bytes/, "of N bytes")
end
p inner.committed?, Maglev.needs_commit?
Maglev[:large][0] = "x"
p Maglev.commit
elsewhere 'p Maglev[:large]'

# An exception of the program in the middle of a transaction changes nothing of it.
begin
  Maglev[:half] = [inner]
  raise "stop"
rescue RuntimeError
end
p Maglev.needs_commit?
Maglev.abort
p Maglev[:half], inner
