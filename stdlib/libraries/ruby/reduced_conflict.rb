# Collections that sessions change at once without conflicts: what was done to them is noted, and done again on what others left.

module Maglev
  # A number that any number of sessions count on.
  class RCCounter
    attr_reader :value

    def initialize
      @value = 0
    end

    def increment = increment_by(1)

    def increment_by(by)
      Maglev::Replay.note(self, self, by)
      __again(by)
      self
    end

    def decrement = increment_by(-1)

    # With a guard and a block: when the number would get below the guard, it stays, and the block gives the result.
    def decrement_by(by, guard = nil)
      return yield if guard && @value - by < guard
      increment_by(-by)
    end

    def decrement_if_negative(by = 1, &block) = decrement_by(by, 0, &block)

    def __again(by)
      @value += by
      true
    end

    def inspect = "#<RCCounter #{@value}>"
  end

  # A Hash in which sessions may set different keys at once. Setting one key in two sessions is a conflict.
  class RCHash
    include Enumerable

    def initialize
      @pairs = {}
    end

    def [](key) = @pairs[key]

    def []=(key, value)
      Maglev::Replay.note(self, @pairs, key, @pairs.key?(key), @pairs[key], value)
      @pairs[key] = value
    end

    def delete(key)
      return nil unless @pairs.key?(key)
      Maglev::Replay.note(self, @pairs, key, true, @pairs[key])
      @pairs.delete(key)
    end

    def __again(key, was_there, old, *value)
      return false unless @pairs.key?(key) == was_there && @pairs[key].equal?(old)
      value.empty? ? @pairs.delete(key) : @pairs[key] = value[0]
      true
    end

    def key?(key) = @pairs.key?(key)
    alias include? key?
    alias has_key? key?

    def size = @pairs.size
    alias length size

    def count(*arguments, &block) = arguments.empty? && !block ? size : super

    def empty? = @pairs.empty?

    def keys = @pairs.keys

    def values = @pairs.values

    def each(&block)
      return to_enum(:each) { size } unless block
      @pairs.to_a.each { |key, value| yield key, value }
      self
    end

    def to_h = @pairs.dup

    def inspect = "#<RCHash #{@pairs.inspect}>"
  end

  # A queue with any number of producers and one consumer. Two consumers that take the same element conflict.
  class RCQueue
    include Enumerable

    def initialize
      @items = []
    end

    def add(item)
      Maglev::Replay.note(self, @items, :add, item)
      @items << item
      item
    end
    alias push add
    alias << add
    alias enq add

    def remove
      return nil if @items.empty?
      Maglev::Replay.note(self, @items, :remove, @items[0])
      @items.shift
    end
    alias pop remove
    alias shift remove
    alias deq remove

    def __again(operation, item)
      return false unless operation == :add || (!@items.empty? && @items[0].equal?(item))
      operation == :add ? @items << item : @items.shift
      true
    end

    def first = @items[0]

    # Takes all out.
    def clear
      taken = []
      taken << remove until @items.empty?
      taken
    end

    def size = @items.size
    alias length size

    def empty? = @items.empty?

    def to_a = @items.dup

    def each(&block)
      return to_enum(:each) { size } unless block
      to_a.each(&block)
      self
    end

    def inspect = "#<RCQueue #{@items.inspect}>"
  end

  # A bag of objects by identity, to which sessions add at once. Taking one object out in two sessions is a conflict.
  class RCIdentityBag
    include Enumerable

    def initialize
      @items = []
    end

    def add(item)
      Maglev::Replay.note(self, @items, :add, item)
      @items << item
      item
    end
    alias << add

    # Takes the object out once; nil when it is not there.
    def delete(item)
      index = @items.index { |other| other.equal?(item) } or return nil
      Maglev::Replay.note(self, @items, :delete, item)
      @items.delete_at(index)
    end

    def __again(operation, item)
      return @items << item && true if operation == :add
      index = @items.index { |other| other.equal?(item) } or return false
      @items.delete_at(index)
      true
    end

    def include?(item) = @items.any? { |other| other.equal?(item) }

    def size = @items.size
    alias length size

    def empty? = @items.empty?

    def to_a = @items.dup

    def each(&block)
      return to_enum(:each) { size } unless block
      to_a.each(&block)
      self
    end

    def inspect = "#<RCIdentityBag #{@items.inspect}>"
  end
end
