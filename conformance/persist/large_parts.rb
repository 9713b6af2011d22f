# Large Arrays, Hashes, Sets and Strings are written in parts: a change writes little, and what is read elsewhere is right.
def elsewhere(code) = system(RbConfig.ruby, "-e", code) || abort("failed: #{code}")
# Bytes that the log grows by.
def growth
  log = ->() { IO.popen([File.join(File.dirname(RbConfig.ruby), "maglev"), "status"], &:read)[/log bytes: (\d+)/, 1].to_i }
  before = log.call
  yield
  log.call - before
end

Maglev[:list] = Array.new(6000) { |i| i }
Maglev[:texts] = Array.new(5000) { |i| +"text #{i}" }
Maglev[:hash] = Array.new(3000) { |i| ["key #{i}", [i]] }.to_h
Maglev[:set] = Set.new((0...4000).map { |i| i * 3 })
Maglev[:bytes] = ("0123456789" * 10_000).freeze
Maglev[:text] = +"abc" * 50_000
Maglev[:plain] = { "a" => 1 }
p Maglev.commit

p growth { elsewhere 'Maglev[:list][3000] = :middle; p Maglev.commit' } < 20_000
p growth { elsewhere 'Maglev[:texts].insert(2500, "new"); p Maglev.commit' } < 30_000
p growth { elsewhere 'Maglev[:texts].insert(0, "first"); p Maglev.commit' } < 30_000
p growth { elsewhere 'Maglev[:hash]["key 1500"] = [:changed]; p Maglev.commit' } < 20_000
p growth { elsewhere 'Maglev[:hash]["key 1500"] << 1; p Maglev.commit' } < 2_000
p growth { elsewhere 'Maglev[:set] << -1; p Maglev.commit' } < 20_000
p growth { elsewhere 'Maglev[:text] << "end"; p Maglev.commit' } < 40_000
elsewhere <<~'CODE'
  list, texts, hash, set = Maglev[:list], Maglev[:texts], Maglev[:hash], Maglev[:set]
  p list.size, list.each_with_index.reject { |value, i| value == i }
  p texts.size, texts[0], texts[2501], texts.reject.with_index { |text, i| text == "text #{i < 2501 ? i - 1 : i - 2}" }
  p hash.size, hash["key 1500"], hash.count { |key, value| value == [key[4..].to_i] }
  p set.size, set.include?(-1), set.include?(11_997), set.include?(1)
  p Maglev[:bytes].frozen?, Maglev[:bytes] == "0123456789" * 10_000, Maglev[:text] == "abc" * 50_000 + "end"
CODE

# Two that change different places of one collection conflict, and the second one's work is done again.
list = Maglev[:list]
Maglev.abort
list[10] = :mine
elsewhere 'Maglev[:list][5990] = :theirs; p Maglev.commit'
begin
  Maglev.commit
rescue Maglev::CommitFailedException => error
  p error.message, error.transaction_conflicts.map { |conflict| [conflict.object.equal?(list), conflict.kind] }
end
Maglev.abort
p list[10], list[5990]
list[10] = :again
p Maglev.commit
elsewhere 'p Maglev[:list].values_at(10, 3000, 5990)'

# What becomes small is one record again, and back.
list.slice!(20..)
p Maglev.commit
elsewhere 'p Maglev[:list]; Maglev[:list].concat((0...8000).to_a); p Maglev.commit'
Maglev.abort
p list.size, list.last
list.clear
Maglev.abort
p list.size
Maglev.begin_nested_transaction
list << :inner
Maglev.abort
list << :outer
Maglev.begin_nested_transaction
list[0] = :kept
Maglev.commit
p Maglev.commit
elsewhere 'p Maglev[:list].size, Maglev[:list][0], Maglev[:list].last(2)'

# Killed in the middle, a change of many parts has happened or not.
child = IO.popen([RbConfig.ruby, "-e", '$stdout.sync = true; loop { puts "on the way"; Maglev[:list].map! { |x| Integer === x ? x + 1 : x }; Maglev.commit }'])
5.times { child.gets }
sleep 0.02
Process.kill(:KILL, child.pid)
elsewhere 'numbers = Maglev[:list].grep(Integer).last(8000); p numbers.each_cons(2).all? { |one, other| other == one + 1 }, numbers[0] >= 4'
p system(File.join(File.dirname(RbConfig.ruby), "maglev"), "fsck", out: File::NULL)
