# Calls that the compiler gave up on keep their blocks' variables.

class Recorder
  def initialize = @seen = []
  attr_reader :seen
  def note(*values) = @seen << values
  def size = @seen.size
end

class Registry
  def initialize = @entries = {}

  def store(name, entry) = (@entries[name] ||= []) << entry

  def retrieve(name) = @entries[name]

  def actions(name, *values)
    entries = retrieve(name)
    entries.each { |entry| entry.send(name, *values) } if entries
  end
end

registry = Registry.new
recorder = Recorder.new
registry.actions(:note, 0)
registry.actions(:note, 1)
registry.store(:note, recorder)
registry.actions(:note, 2)
registry.store(:note, [])
begin
  registry.actions(:note, 3)
rescue NoMethodError => error
  puts error.message
end
registry.store(:size, recorder)
registry.store(:size, "four")
registry.store(:size, { a: 1 })
200.times { registry.actions(:size) }
p recorder.seen, registry.actions(:size).size

class Base
  def each_pair_of(list)
    list.each { |item| yield item, item * 2 }
  end
end

class Sum < Base
  def each_pair_of(list)
    total = 0
    super { |a, b| total += a + b }
    total
  end
end

sum = Sum.new
200.times { |round| sum.each_pair_of([round, 1.5]) }
p sum.each_pair_of([1, 2, 3]), sum.each_pair_of((1..4))
