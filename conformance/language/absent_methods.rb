# What is not implemented raises, and `respond_to?` says so; an alias of it, a call through `send` and `method` likewise.
p GC.respond_to?(:compact), GC.respond_to?(:auto_compact), GC.respond_to?(:auto_compact=), GC.respond_to?(:start)
class << GC
  alias squeeze compact
end
p GC.respond_to?(:squeeze), GC.respond_to?(:squeeze, true)
[-> { GC.compact }, -> { GC.squeeze }, -> { GC.auto_compact = true }, -> { GC.send(:auto_compact) }].each do |attempt|
  attempt.call
rescue NotImplementedError => error
  puts error.message
end
def asks = GC.respond_to?(:compact)
p 3_000.times.map { asks }.uniq
# A program's own method is one.
def GC.compact = :mine
p GC.respond_to?(:compact), asks, GC.compact
