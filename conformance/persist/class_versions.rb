# Persistent definitions are seen by all, transient ones by nobody else; what is deployed again replaces what was.
def elsewhere(code) = system(RbConfig.ruby, "-e", code) || abort("failed: #{code}")

elsewhere <<~'RUBY'
  Maglev.persistent { eval "class Plan; def version = 1; def other = :other; attr_accessor :v; end" }
  Maglev[:plan] = Plan.new
  p Maglev.commit
RUBY
puts "transient"
elsewhere <<~'RUBY'
  class Plan; def version = :mine; def extra = :mine; end
  p Maglev[:plan].version, Maglev[:plan].other
  Maglev[:plan].v = 3
  p Maglev.commit
RUBY
elsewhere 'p Maglev[:plan].version, Maglev[:plan].v, Maglev[:plan].respond_to?(:extra)'
puts "the same again is no change"
elsewhere <<~'RUBY'
  Maglev.persistent { eval "class Plan; def version = 1; def other = :other; attr_accessor :v; end" }
  p Maglev.needs_commit?
RUBY
puts "deployed again, without touching an object"
elsewhere <<~'RUBY'
  Maglev.persistent { eval "class Plan; def version = 2; def added = 3; remove_method :other; end" }
  p Maglev.needs_commit?, Maglev.commit, Plan.new.version
RUBY
elsewhere 'p Maglev[:plan].version, Maglev[:plan].added, Maglev[:plan].v, Maglev[:plan].respond_to?(:other)'
puts "an old program goes on"
live = IO.popen([RbConfig.ruby, "-e", <<~'RUBY'], "r+")
  $stdout.sync = true
  p Maglev[:plan].version
  gets
  Maglev.abort
  p Maglev[:plan].version
RUBY
puts live.gets
elsewhere 'Maglev.persistent { eval "class Plan; def version = 3; end" }; Maglev.commit'
live.puts
puts live.read
live.close
puts "modes nest and belong to threads"
elsewhere <<~'RUBY'
  Maglev.persistent do
    eval "class Plan; def kept = 1; end"
    Maglev.transient { eval "class Plan; def lost = 1; def kept = :shadow; end"; p Maglev.transient? }
    p Maglev.persistent?, Thread.new { Maglev.persistent? }.value
  end
  begin; Maglev.persistent { raise "x" }; rescue; end
  p Maglev.persistent?, Plan.new.kept
  Maglev.commit
RUBY
elsewhere 'p Plan.new.kept, Plan.method_defined?(:lost)'
puts "lost commits keep what is deployed"
elsewhere <<~'RUBY'
  Maglev.persistent { eval "class Plan; def version = 4; end; class Fresh; def hi = :hi; end" }
  Maglev[:plan].v = 1
  system(RbConfig.ruby, "-e", 'Maglev[:plan].v = 2; Maglev.commit')
  begin; Maglev.commit; rescue Maglev::CommitFailedException; puts "conflict"; Maglev.abort; end
  p Maglev[:plan].v, Maglev.commit
RUBY
elsewhere 'p Maglev[:plan].version, Fresh.new.hi'
puts "a new class of the name"
elsewhere <<~'RUBY'
  Plan
  Maglev.persistent { Object.send(:remove_const, :Plan); eval "class Plan; def version = :new; end" }
  Maglev[:new] = Plan.new
  p Maglev.commit
RUBY
elsewhere 'p Maglev[:new].version, Maglev[:plan].version, Plan.new.version'
puts "transient classes are refused"
elsewhere <<~'RUBY'
  class Mine; end
  Maglev[:mine] = [Mine.new]
  begin; Maglev.commit; rescue TransactionError; puts $!.message.gsub(/0x\h+/, "0x.."); p $!.object.class; end
  o = Object.new
  def o.single = 1
  Maglev[:mine] = o
  p Maglev.commit
  Maglev[:mine] = [self, ENV, $stdout]
  p Maglev.commit
RUBY
elsewhere 'p Maglev[:mine].map { |o| [self, ENV, $stdout].any? { |mine| mine.equal?(o) } }'
