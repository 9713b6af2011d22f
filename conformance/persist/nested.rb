# Nested transactions: objects of every kind are as they were, new ones too; collections with few conflicts; callbacks; what is left to others.
def elsewhere(code) = system(RbConfig.ruby, "-e", code) || abort("failed: #{code}")

elsewhere <<~'RUBY'
  Maglev.persistent { eval "Pair = Struct.new(:a, :b); class Thing; attr_accessor :x; end" }
  n = 0
  root = Maglev::PERSISTENT_ROOT
  root[:text], root[:hash], root[:pair], root[:set], root[:time] = +"text", { a: 1 }, Pair.new(1, [2]), Set[1], Time.at(0).utc
  root[:count], root[:counter], root[:queue], root[:ids] = -> { n += 1 }, RCCounter.new, RCQueue.new, IdentitySet.with_all([root[:text]])
  Maglev.commit
RUBY
elsewhere <<~'RUBY'
  root = Maglev::PERSISTENT_ROOT
  show = -> { root.values_at(:text, :hash, :pair, :set).inspect + root[:time].to_i.to_s + [root[:count].call, root[:counter].value, root[:queue].to_a, root[:ids].size, root[:new]&.x].inspect }
  change = lambda do |text|
    root[:text] << text
    root[:hash][text] = text
    root[:pair].b << text
    root[:pair].a += 1
    root[:set] << text
    root[:time].localtime
    root[:counter].increment
    root[:queue] << text
    root[:ids] << text
    (root[:new] ||= Thing.new).x = text
  end
  change.("one")
  Maglev.begin_nested_transaction
  puts show.call
  change.("two")
  Maglev.begin_nested_transaction
  change.("three")
  root[:new] = Thing.new
  root[:hash].freeze
  puts show.call
  p Maglev.transaction_level, Maglev.abort.inspect, Maglev.transaction_level
  puts show.call
  p root[:hash].frozen?, Maglev.commit, Maglev.transaction_level, root[:new].committed?
  puts show.call
  Maglev.begin_nested_transaction
  change.("four")
  Maglev.abort
  puts show.call
  p Maglev.commit, root[:new].committed?, Maglev.needs_commit?
RUBY
elsewhere 'p Maglev.root.values_at(:text, :hash, :pair, :set), Maglev[:counter].value, Maglev[:queue].to_a, Maglev[:ids].size, Maglev[:new].x, Maglev[:count].call'
# What an outer abort drops stays usable here.
elsewhere <<~'RUBY'
  list = ["kept"]
  Maglev[:list] = [list]
  Maglev.begin_nested_transaction
  list << "more"
  Maglev.commit
  Maglev.abort
  p list, list.committed?, Maglev[:list]
  Maglev[:list] = list
  p Maglev.commit, list.committed?
RUBY
elsewhere 'p Maglev[:list]'
# The operations of a queue are done again on what others left, those of a dropped level are not.
elsewhere <<~'RUBY'
  queue = Maglev[:queue]
  Maglev[:counter].increment
  queue << "mine"
  Maglev.begin_nested_transaction
  queue << "dropped"
  Maglev.abort
  Maglev.begin_nested_transaction
  queue << "kept"
  Maglev.commit
  system(RbConfig.ruby, "-e", 'Maglev[:queue] << "theirs"; Maglev[:counter].increment_by(10); Maglev.commit')
  p Maglev.commit, queue.to_a.last(3), Maglev[:counter].value
  # Something else that both changed cannot be done again.
  queue << "lost"
  Maglev[:pair].a = 0
  system(RbConfig.ruby, "-e", 'Maglev[:queue] << "first"; Maglev[:pair].a = 99; Maglev.commit')
  p((Maglev.commit rescue $!.class), (Maglev.commit rescue $!.class))
  Maglev.abort
  p queue.to_a.last, Maglev[:pair].a, Maglev.commit
RUBY
elsewhere <<~'RUBY'
  told = []
  %i[before_commit after_commit before_abort after_abort].each { |moment| Maglev.public_send(moment) { told << moment } }
  Maglev[:list] << 1
  Maglev.begin_nested_transaction
  Maglev.commit
  Maglev.commit
  Maglev.abort
  p told
  stop = Maglev.before_commit { raise "not yet" }
  Maglev[:list] << 2
  p((Maglev.commit rescue $!.message), Maglev.needs_commit?)
  Maglev.remove_callback(stop)
  p Maglev.commit, Maglev[:list]
RUBY
