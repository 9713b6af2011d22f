# Objects with a native part that another process can have: times, encodings, locks.
def elsewhere(code) = system(RbConfig.ruby, "-e", code) || abort("failed: #{code}")

elsewhere <<~'RUBY'
  Maglev.persistent { eval "class Stamp < Time; attr_accessor :note; end" }
  root = Maglev::PERSISTENT_ROOT
  root[:times] = [Time.at(1, 5, :nsec).utc, Time.new(2026, 2, 3, 4, 5, 6, "+09:00"), Time.at(-1.5), Time.at(2**40).utc, Time.utc(2000).freeze]
  root[:stamp] = Stamp.utc(1999, 12, 31).tap { _1.note = "last" }
  root[:encodings] = [Encoding::UTF_8, Encoding::Shift_JIS, Encoding::BINARY]
  root[:lock] = Mutex.new
  root[:condition] = ConditionVariable.new
  root[:same] = [time = Time.utc(1), time]
  p Maglev.commit
  # Who holds a lock stays here.
  root[:held] = Mutex.new.lock
  p Maglev.commit, root[:held].owned?
  Maglev.abort
  p root[:held].owned?
  root[:stream] = $stdin.dup
  begin
    Maglev.commit
  rescue TransactionError
    puts $!.message[/'.*?'/]
  end
RUBY
elsewhere <<~'RUBY'
  root = Maglev::PERSISTENT_ROOT
  p root[:times].map { [_1.to_r, _1.utc?, _1.utc_offset == Time.now.utc_offset || _1.utc_offset, _1.frozen?] }
  p root[:stamp].class, root[:stamp], root[:stamp].note, root[:stamp].nsec
  p root[:encodings], root[:encodings][0].equal?(Encoding::UTF_8)
  p Maglev.needs_commit?
  p root[:held].locked?, root[:lock].synchronize { :in }, root[:condition].signal.class
  p root[:same][0].equal?(root[:same][1]), root[:same][0] + 1
  # Using a lock is no change.
  p Maglev.commit
  root[:times][0].localtime("-02:00")
  root[:stamp].note << " of the century"
  p Maglev.commit
RUBY
elsewhere <<~'RUBY'
  p Maglev[:times][0], Maglev[:stamp].note
RUBY
# Two processes that use one lock do not conflict.
2.times.map { spawn(RbConfig.ruby, "-e", "5.times { |i| Maglev.transaction(retries: 1000) { Maglev[:lock].synchronize { Maglev[:mine_#{_1}] = i } } }") }.each { Process.wait(_1) }
elsewhere 'p Maglev[:mine_0], Maglev[:mine_1]'
