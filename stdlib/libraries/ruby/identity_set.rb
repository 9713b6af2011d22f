# IdentitySet: objects by identity, without nil, searched by the values of their variables.

module Maglev
  class IdentitySet
    def self.with_all(*elements)
      if elements.size == 1
        raise TypeError, "#{elements[0].class} is no Array" unless Array === elements[0]
        elements = elements[0]
      end
      elements.each_with_object(new) { |element, set| set.add(element) }
    end

    def initialize
      @elements = {}.compare_by_identity
    end

    def initialize_copy(other)
      @elements = @elements.dup
      @indexes = nil
    end

    def add(element)
      return self if element.nil? || @elements.key?(element)
      @elements[element] = true
      @indexes&.each_value { |index| index.add(element) }
      self
    end
    alias << add

    def add?(element)
      return nil if element.nil? || @elements.key?(element)
      add(element)
    end

    def delete(element)
      delete?(element)
      self
    end

    # The element, or nil when it was not there.
    def delete?(element)
      return nil unless @elements.delete(element)
      @indexes&.each_value { |index| index.delete(element) }
      element
    end
    alias remove delete?
    alias pop delete?

    def delete_if
      to_a.each { |element| delete?(element) if yield element }
      self
    end

    def subtract(elements)
      elements.each { |element| delete?(element) }
      self
    end

    def clear
      @elements.clear
      @indexes&.each_value(&:clear)
      self
    end

    def include?(element) = @elements.key?(element)
    alias member? include?

    def empty? = @elements.empty?

    def size = @elements.size
    alias length size

    def to_a = @elements.keys

    def each(&block)
      return to_enum(:each) { size } unless block
      to_a.each(&block)
      self
    end

    def &(other) = __where { |element| other.include?(element) }
    alias intersection &

    def |(other) = other.to_a.each_with_object(dup) { |element, set| set.add(element) }
    alias + |
    alias union |

    def -(other) = __where { |element| !other.include?(element) }
    alias difference -

    def ==(other) = equal?(other) || (IdentitySet === other && size == other.size && subset?(other))

    def superset?(other) = other.all? { |element| include?(element) }

    def proper_superset?(other) = size > other.size && superset?(other)

    def subset?(other) = other.superset?(self)

    def proper_subset?(other) = other.proper_superset?(self)

    def find(&block) = to_a.find(&block)
    alias detect find

    def find_all(&block) = to_a.select(&block)
    alias select find_all

    def reject(&block) = to_a.reject(&block)

    def collect(&block) = to_a.map(&block)
    alias map collect

    def count(...) = to_a.count(...)

    def inject(...) = to_a.inject(...)

    def all?(...) = to_a.all?(...)

    def any?(...) = to_a.any?(...)

    def sum(&block) = to_a.sum(&block)

    def avg(&block) = sum(&block).fdiv(size)

    def group_by(&block) = to_a.group_by(&block).transform_values { |elements| IdentitySet.with_all(elements) }

    # Makes searches by the path quick: for numbers and Strings that are equal to a value or between two. `last_class` is what stands at the
    # end of the path; an index of Integers serves identity as well. What was changed since the last commit is looked at one by one.
    def create_equality_index(path, last_class = nil)
      index = __index(path)
      index.is_equality = true
      index.is_identity = true if Class === last_class && last_class <= Integer
      self
    end

    # The same for searches by identity.
    def create_identity_index(path)
      __index(path).is_identity = true
      self
    end

    def remove_equality_index(path) = __unindex(path) { |index| index.is_equality = false }

    def remove_identity_index(path) = __unindex(path) { |index| index.is_identity = false }

    def remove_all_indexes
      @indexes = nil
      self
    end

    def equality_indexed_paths = (@indexes || {}).select { |_, index| index.is_equality }.keys

    def identity_indexed_paths = (@indexes || {}).select { |_, index| index.is_identity }.keys

    # :none, :equality, :identity or :equalityAndIdentity
    def kinds_of_index_on(path)
      index = @indexes && @indexes[Index.names(path).join(".")]
      case [index&.is_equality, index&.is_identity]
      in [true, true] then :equalityAndIdentity
      in [true, _] then :equality
      in [_, true] then :identity
      else :none
      end
    end

    def __index(path)
      names = Index.names(path)
      (@indexes ||= {})[names.join(".")] ||= Index.new(self, names)
    end

    def __unindex(path)
      name = Index.names(path).join(".")
      index = @indexes && @indexes[name] or return self
      yield index
      @indexes.delete(name) unless index.is_equality || index.is_identity
      self
    end
    private :__index, :__unindex

    def __index?(index) = @indexes && @indexes.value?(index)

    # The elements whose variable at the end of the path compares so with the value: :equal and :not_equal by identity, :eql and :not_eql with ==,
    # :lt, :lte, :gt and :gte with <=>. No accessors of the elements are called.
    def search(path, operation, value)
      test = __test(operation, value)
      range = { eql: [value, value, :lte], lt: [nil, value, :lt], lte: [nil, value, :lte], gt: [value, nil, :lte], gte: [value, nil, :lte] }[operation]
      __search(path, range, operation == :equal ? [value] : nil, &test)
    end

    def search_between(path, low, high, low_operation = :lte, high_operation = :lt)
      above = { lt: :gt, lte: :gte }.fetch(low_operation) { raise ArgumentError, "unknown operator #{low_operation.inspect}" }
      raise ArgumentError, "unknown operator #{high_operation.inspect}" unless %i[lt lte].include?(high_operation)
      is_above, is_below = __test(above, low), __test(high_operation, high)
      __search(path, [low, high, high_operation]) { |found| is_above.(found) && is_below.(found) }
    end

    def search_range(path, range)
      __search(path, [range.begin, range.end, :lte]) { |found| range.cover?(found) }
    end

    # Among the elements that an index gives for the range or the one object, or else all, those whose value at the end of the path passes.
    def __search(path, range = nil, same = nil)
      names = Index.names(path)
      index = @indexes && @indexes[names.join(".")]
      candidates = index && (same ? index.same(same[0]) : range && index.between(*range))
      (candidates || @elements).each_key.with_object(IdentitySet.new) do |element, found|
        objects = Index.walk(element, names)
        found.add(element) if objects.size > names.size && yield(objects.last)
      end
    end

    def __test(operation, value)
      order = ->(found) { found <=> value if found.respond_to?(:<=>) }
      case operation
      when :equal then ->(found) { found.equal?(value) }
      when :not_equal then ->(found) { !found.equal?(value) }
      when :eql then ->(found) { found == value }
      when :not_eql then ->(found) { found != value }
      when :lt then ->(found) { (result = order.(found)) && result < 0 }
      when :lte then ->(found) { (result = order.(found)) && result <= 0 }
      when :gt then ->(found) { (result = order.(found)) && result > 0 }
      when :gte then ->(found) { (result = order.(found)) && result >= 0 }
      else raise ArgumentError, "unknown operator #{operation.inspect}"
      end
    end

    def __where
      @elements.each_key.with_object(IdentitySet.new) { |element, set| set.add(element) if yield element }
    end
    private :__search, :__test, :__where

    def inspect
      return "#<IdentitySet: {...}>" if (Thread.current[:__identity_sets__] ||= {}.compare_by_identity)[self]
      Thread.current[:__identity_sets__][self] = true
      begin
        "#<IdentitySet: {#{to_a.map(&:inspect).join(", ")}}>"
      ensure
        Thread.current[:__identity_sets__].delete(self)
      end
    end
    alias to_s inspect
  end

  class IdentitySet
    # An index of a set: the elements by what stands at the end of a path of variables. It is kept right by whoever commits: objects on the paths
    # name the indexes that depend on them, and those that were changed are looked at again before a commit, and by each search until then.
    class Index
      LEVELS_MAX = 16
      # Elements of this process that no commit has saved yet, by index: nothing tells when they change.
      @fresh = {}.compare_by_identity

      class << self
        def names(path)
          names = (Array === path ? path : path.to_s.split(".")).map(&:to_sym)
          raise ArgumentError, "a path has 1 to #{LEVELS_MAX} variables: #{path.inspect}" unless (1..LEVELS_MAX).cover?(names.size)
          names
        end

        # The element, what its path leads over, and the value at the end; fewer when a variable is not set.
        def walk(element, names)
          names.each_with_object([element]) do |name, objects|
            return objects unless objects.last.instance_variable_defined?(name)
            objects << objects.last.instance_variable_get(name)
          end
        end

        def fresh(index) = @fresh[index] || {}

        def note_fresh(index, element) = ((@fresh[index] ||= {}.compare_by_identity)[element] = true)

        # Before a commit: what changed gets its new place.
        def update(changed)
          changed.each { |object| dependents(object).each { |index, element| index.refresh(element) } }
          @fresh.each { |index, elements| elements.keys.each { |element| index.refresh(element) } }
        end

        # After a commit or an abort: what is saved by now tells of its changes.
        def forget_fresh
          @fresh.each { |index, elements| elements.delete_if { |element, _| index.told_of?(element) } }
          @fresh.delete_if { |_, elements| elements.empty? }
        end

        # The indexes and elements that depend on an object.
        def dependents(object) = (Primitive.hidden_get(object, :__indexes__) || []).each_slice(2)
      end

      attr_reader :is_equality, :is_identity

      def initialize(set, names)
        @set = set
        @names = names
        clear
      end

      def is_equality=(wanted)
        is_new = wanted && !@is_equality
        @is_equality = wanted
        fill if is_new
      end

      def is_identity=(wanted)
        is_new = wanted && !@is_identity
        @is_identity = wanted
        fill if is_new
      end

      def clear
        # The value of each element as it was, and as it is ordered.
        @values = {}.compare_by_identity
        @keys = {}.compare_by_identity
        @numbers = [[], []]
        @texts = [[], []]
        @others = {}.compare_by_identity
        @same = {}.compare_by_identity
      end

      def add(element)
        objects, value, key = look(element)
        @values[element] = value
        @keys[element] = key
        insert(key, element) if @is_equality
        (@same[value] ||= {}.compare_by_identity)[element] = true if @is_identity && key != :unset
        objects.each { |object| depend(object, element) }
        Index.note_fresh(self, element) unless objects.all?(&:committed?)
      end

      def delete(element)
        return unless @keys.key?(element)
        value, key = @values.delete(element), @keys.delete(element)
        remove(key, element)
        elements = @same[value] or return
        elements.delete(element)
        @same.delete(value) if elements.empty?
      end

      def refresh(element)
        return delete(element) unless @set.include?(element) && @set.__index?(self)
        objects, value, key = look(element)
        is_same = @keys.key?(element) && @keys[element].eql?(key) && @values[element].equal?(value)
        return if is_same && objects.all? { |object| depends?(object, element) }
        delete(element)
        add(element)
      end

      # Elements whose value may be in the range; nil when the index does not say.
      def between(low, high, high_operation)
        return nil unless @is_equality
        keys, elements = run_of(low.nil? ? high : low)
        return nil unless keys && (high.nil? || run_of(high)&.first.equal?(keys))
        from = low.nil? ? 0 : keys.bsearch_index { |key| key >= low } || keys.size
        to = high.nil? ? keys.size : keys.bsearch_index { |key| high_operation == :lt ? key >= high : key > high } || keys.size
        found = changed.merge!(@others)
        (from...to).each { |position| found[elements[position]] = true }
        found
      end

      # Elements whose value may be this object; nil when the index does not say.
      def same(value)
        return nil unless @is_identity
        (@same[value] || {}).each_key.with_object(changed) { |element, found| found[element] = true }
      end

      # Is everything on the element's path saved, so that its changes are known?
      def told_of?(element) = !@set.include?(element) || look(element)[0].all?(&:committed?)

      # Does the path of the element lead over the object?
      def needs?(object, element) = @keys.key?(element) && look(element)[0].any? { |other| other.equal?(object) }

      def inspect = "#<IdentitySet::Index #{@names.join(".")}>"

      private

      def fill
        clear
        @set.each { |element| add(element) }
      end

      # The objects on the element's path that may change, the value at its end, and what that is ordered by.
      def look(element)
        objects = Index.walk(element, @names)
        is_whole = objects.size > @names.size
        value = objects.pop if is_whole
        objects << value if String === value
        [objects.reject(&:frozen?), value, is_whole ? key_of(value) : :unset]
      end

      # Elements whose place in the index may be old.
      def changed
        found = {}.compare_by_identity
        Index.fresh(self).each_key { |element| found[element] = true if @set.include?(element) }
        Maglev.__changed_with(:__indexes__).each do |object|
          Index.dependents(object).each { |index, element| found[element] = true if index.equal?(self) && @set.include?(element) }
        end
        found
      end

      def key_of(value)
        case value
        when Integer, Rational then value
        when Float then value.nan? ? :other : value
        when String then value.dup.freeze
        else :other
        end
      end

      # The keys of one sort in their order, and their elements.
      def run_of(key)
        case key
        when Integer, Rational, Float then @numbers
        when String then @texts
        end
      end

      def insert(key, element)
        return @others[element] = true if key == :other
        keys, elements = run_of(key)
        return unless keys
        position = keys.bsearch_index { |other| other > key } || keys.size
        keys.insert(position, key)
        elements.insert(position, element)
      end

      def remove(key, element)
        @others.delete(element)
        keys, elements = run_of(key)
        first = keys&.bsearch_index { |other| other >= key } or return
        position = (first...elements.size).find { |at| elements[at].equal?(element) } or return
        keys.delete_at(position)
        elements.delete_at(position)
      end

      def depends?(object, element)
        Index.dependents(object).any? { |index, other| index.equal?(self) && other.equal?(element) }
      end

      def depend(object, element)
        return if depends?(object, element)
        entries = Index.dependents(object).select { |index, other| index.needs?(object, other) }.flatten(1)
        Primitive.hidden_set(object, :__indexes__, entries.push(self, element))
      end
    end
  end
end
