# Enumerable: everything over `each`.

module Enumerable
  def to_a(*args, **keywords)
    result = []
    if keywords.empty?
      each(*args) { |*values| Primitive.array_push(result, Primitive.pack(values)) }
    else
      each(*args, **keywords) { |*values| Primitive.array_push(result, Primitive.pack(values)) }
    end
    result
  end
  alias entries to_a

  def each_entry(*args)
    return to_enum(:each_entry, *args) { Primitive.enum_size(self) } unless defined?(yield)
    each(*args) { |*values| yield Primitive.pack(values) }
    self
  end

  def map
    return to_enum(:map) { Primitive.enum_size(self) } unless defined?(yield)
    result = []
    each { |*values| Primitive.array_push(result, yield(*values)) }
    result
  end

  def collect
    return to_enum(:collect) { Primitive.enum_size(self) } unless defined?(yield)
    result = []
    each { |*values| Primitive.array_push(result, yield(*values)) }
    result
  end

  def flat_map
    return to_enum(:flat_map) { Primitive.enum_size(self) } unless defined?(yield)
    result = []
    each do |*values|
      value = yield(*values)
      list = Primitive.try_array(value)
      list ? Primitive.array_concat(result, list) : Primitive.array_push(result, value)
    end
    result
  end

  def collect_concat(&block)
    return to_enum(:collect_concat) { Primitive.enum_size(self) } unless block
    flat_map(&block)
  end

  def select
    return to_enum(:select) { Primitive.enum_size(self) } unless defined?(yield)
    spread = Primitive.block_spreads
    result = []
    each do |*values|
      value = Primitive.pack(values)
      Primitive.array_push(result, value) if (spread ? yield(*values) : yield(value))
    end
    result
  end

  def filter(&block)
    return to_enum(:filter) { Primitive.enum_size(self) } unless block
    spread = Primitive.block_spreads
    result = []
    each do |*values|
      value = Primitive.pack(values)
      Primitive.array_push(result, value) if (spread ? yield(*values) : yield(value))
    end
    result
  end

  def find_all
    return to_enum(:find_all) { Primitive.enum_size(self) } unless defined?(yield)
    spread = Primitive.block_spreads
    result = []
    each do |*values|
      value = Primitive.pack(values)
      Primitive.array_push(result, value) if (spread ? yield(*values) : yield(value))
    end
    result
  end

  def reject
    return to_enum(:reject) { Primitive.enum_size(self) } unless defined?(yield)
    spread = Primitive.block_spreads
    result = []
    each do |*values|
      value = Primitive.pack(values)
      Primitive.array_push(result, value) unless (spread ? yield(*values) : yield(value))
    end
    result
  end

  def filter_map
    return to_enum(:filter_map) { Primitive.enum_size(self) } unless defined?(yield)
    result = []
    each do |*values|
      value = yield(*values)
      Primitive.array_push(result, value) if value
    end
    result
  end

  def partition
    return to_enum(:partition) { Primitive.enum_size(self) } unless defined?(yield)
    spread = Primitive.block_spreads
    yes = []
    no = []
    each do |*values|
      value = Primitive.pack(values)
      (spread ? yield(*values) : yield(value)) ? Primitive.array_push(yes, value) : Primitive.array_push(no, value)
    end
    [yes, no]
  end

  def group_by
    return to_enum(:group_by) { Primitive.enum_size(self) } unless defined?(yield)
    spread = Primitive.block_spreads
    groups = {}
    each do |*values|
      value = Primitive.pack(values)
      key = (spread ? yield(*values) : yield(value))
      list = Primitive.hash_get(groups, key)
      list ? Primitive.array_push(list, value) : Primitive.hash_store(groups, key, [value])
    end
    groups
  end

  def tally(hash = (none = true))
    if none
      hash = {}
    else
      hash = Primitive.to_hash(hash)
      Primitive.check_frozen(hash)
    end
    each do |*values|
      key = Primitive.pack(values)
      at = Primitive.hash_find(hash, key)
      if at
        count = Primitive.hash_value_at(hash, at)
        unless Primitive.is_integer(count)
          raise TypeError, "wrong argument type #{Primitive.class_name(count)} (expected Integer)"
        end
        Primitive.hash_set_at(hash, at, count + 1)
      else
        Primitive.hash_store(hash, key, 1)
      end
    end
    hash
  end

  def first(count = (none = true))
    if none
      each { |*values| return Primitive.pack(values) }
      return nil
    end
    count = Primitive.to_index(count)
    raise ArgumentError, "attempt to take negative size" if count < 0
    result = []
    return result if count == 0
    each do |*values|
      Primitive.array_push(result, Primitive.pack(values))
      break if Primitive.array_size(result) >= count
    end
    result
  end

  def take(count)
    first(Primitive.to_index(count))
  end

  def take_while
    return to_enum(:take_while) unless defined?(yield)
    result = []
    each do |*values|
      break unless yield(*values)
      Primitive.array_push(result, Primitive.pack(values))
    end
    result
  end

  def drop(count)
    count = Primitive.to_index(count)
    raise ArgumentError, "attempt to drop negative size" if count < 0
    result = []
    i = 0
    each do |*values|
      Primitive.array_push(result, Primitive.pack(values)) if i >= count
      i += 1
    end
    result
  end

  def drop_while
    return to_enum(:drop_while) unless defined?(yield)
    spread = Primitive.block_spreads
    result = []
    dropping = true
    each do |*values|
      value = Primitive.pack(values)
      dropping = false if dropping && !(spread ? yield(*values) : yield(value))
      Primitive.array_push(result, value) unless dropping
    end
    result
  end

  def find(if_none = (none = true; nil))
    return to_enum(:find, *(none ? [] : [if_none])) unless defined?(yield)
    spread = Primitive.block_spreads
    each do |*values|
      value = Primitive.pack(values)
      return value if (spread ? yield(*values) : yield(value))
    end
    if_none&.call
  end

  def detect(if_none = (none = true; nil))
    return to_enum(:detect, *(none ? [] : [if_none])) unless defined?(yield)
    spread = Primitive.block_spreads
    each do |*values|
      value = Primitive.pack(values)
      return value if (spread ? yield(*values) : yield(value))
    end
    if_none&.call
  end

  def find_index(value = (none = true))
    return to_enum(:find_index) if none && !defined?(yield)
    warn("given block not used", uplevel: 0) if !none && defined?(yield)
    i = 0
    each do |*values|
      if none
        return i if yield(*values)
      elsif Primitive.equal(Primitive.pack(values), value)
        return i
      end
      i = Primitive.integer_add(i, 1)
    end
    nil
  end

  def include?(value)
    each { |*values| return true if Primitive.equal(Primitive.pack(values), value) }
    false
  end
  alias member? include?

  def count(value = (none = true))
    warn("given block not used", uplevel: 0) if !none && defined?(yield)
    i = 0
    if !none
      each { |*values| i = Primitive.integer_add(i, 1) if Primitive.equal(Primitive.pack(values), value) }
    elsif defined?(yield)
      each { |*values| i = Primitive.integer_add(i, 1) if yield(*values) }
    else
      each { i = Primitive.integer_add(i, 1) }
    end
    i
  end

  def all?(pattern = (none = true))
    warn("given block not used", uplevel: 0) if !none && defined?(yield)
    if !none
      each { |*values| return false unless pattern === Primitive.pack(values) }
    elsif defined?(yield)
      each { |*values| return false unless yield(*values) }
    else
      each { |*values| return false unless Primitive.pack(values) }
    end
    true
  end

  def any?(pattern = (none = true))
    warn("given block not used", uplevel: 0) if !none && defined?(yield)
    if !none
      each { |*values| return true if pattern === Primitive.pack(values) }
    elsif defined?(yield)
      each { |*values| return true if yield(*values) }
    else
      each { |*values| return true if Primitive.pack(values) }
    end
    false
  end

  def none?(pattern = (none = true))
    warn("given block not used", uplevel: 0) if !none && defined?(yield)
    if !none
      each { |*values| return false if pattern === Primitive.pack(values) }
    elsif defined?(yield)
      each { |*values| return false if yield(*values) }
    else
      each { |*values| return false if Primitive.pack(values) }
    end
    true
  end

  def one?(pattern = (none = true))
    warn("given block not used", uplevel: 0) if !none && defined?(yield)
    found = false
    each do |*values|
      truth = if !none
        pattern === Primitive.pack(values)
      elsif defined?(yield)
        yield(*values)
      else
        Primitive.pack(values)
      end
      if truth
        return false if found
        found = true
      end
    end
    found
  end

  def inject(initial = (no_initial = true), operation = (no_operation = true))
    name = nil
    if !no_operation
      name = Primitive.to_name(operation)
      warn("given block not used", uplevel: 0) if defined?(yield)
    elsif !no_initial && !defined?(yield)
      name = Primitive.to_name(initial)
      no_initial = true
    elsif no_initial && !defined?(yield)
      raise ArgumentError, "wrong number of arguments (given 0, expected 1..2)"
    end
    memo = no_initial ? nil : initial
    started = !no_initial
    each do |*values|
      value = Primitive.pack(values)
      if !started
        memo = value
        started = true
      elsif name
        memo = memo.public_send(name, value)
      else
        memo = yield(memo, value)
      end
    end
    memo
  end
  alias reduce inject

  def sum(init = 0)
    list = []
    if defined?(yield)
      each { |*values| Primitive.array_push(list, yield(*values)) }
    else
      each { |*values| Primitive.array_push(list, Primitive.pack(values)) }
    end
    Primitive.array_sum(list, init)
  end

  def each_with_index(*args)
    return to_enum(:each_with_index, *args) { Primitive.enum_size(self) } unless defined?(yield)
    i = 0
    each(*args) do |*values|
      yield Primitive.pack(values), i
      i = Primitive.integer_add(i, 1)
    end
    self
  end

  def each_with_object(memo)
    return to_enum(:each_with_object, memo) { Primitive.enum_size(self) } unless defined?(yield)
    each { |*values| yield Primitive.pack(values), memo }
    memo
  end

  def reverse_each(*args)
    return to_enum(:reverse_each, *args) { Primitive.enum_size(self) } unless defined?(yield)
    list = to_a(*args)
    i = Primitive.array_size(list)
    while Primitive.integer_lt(0, i)
      i = Primitive.integer_sub(i, 1)
      yield Primitive.array_get(list, i)
    end
    self
  end

  def each_slice(count)
    count = Primitive.to_index(count)
    raise ArgumentError, "invalid slice size" if count <= 0
    unless defined?(yield)
      return to_enum(:each_slice, count) do
        size = Primitive.enum_size(self)
        if size.nil?
          nil
        elsif size.is_a?(Float)
          size
        else
          (size + count - 1) / count
        end
      end
    end
    list = []
    each do |*values|
      Primitive.array_push(list, Primitive.pack(values))
      if Primitive.array_size(list) == count
        full = list
        list = []
        yield full
      end
    end
    yield list unless Primitive.array_size(list) == 0
    self
  end

  def each_cons(count)
    count = Primitive.to_index(count)
    raise ArgumentError, "invalid size" if count <= 0
    unless defined?(yield)
      return to_enum(:each_cons, count) do
        size = Primitive.enum_size(self)
        if size.nil? || size.is_a?(Float)
          size
        else
          size < count ? 0 : size - count + 1
        end
      end
    end
    list = []
    each do |*values|
      list.shift if Primitive.array_size(list) == count
      Primitive.array_push(list, Primitive.pack(values))
      yield Primitive.array_copy(list) if Primitive.array_size(list) == count
    end
    self
  end

  def sort(&block)
    Primitive.array_sort_with(to_a, block)
  end

  def sort_by
    return to_enum(:sort_by) { Primitive.enum_size(self) } unless defined?(yield)
    spread = Primitive.block_spreads
    list = []
    keys = []
    each do |*values|
      value = Primitive.pack(values)
      Primitive.array_push(list, value)
      Primitive.array_push(keys, (spread ? yield(*values) : yield(value)))
    end
    Primitive.array_sort_by(list, keys)
  end

  def min(count = nil, &block)
    return to_a.min(count, &block) unless count.nil?
    Primitive.list_extreme_with(to_a, -1, block)
  end

  def max(count = nil, &block)
    return to_a.max(count, &block) unless count.nil?
    Primitive.list_extreme_with(to_a, 1, block)
  end

  def minmax(&block)
    Primitive.list_extremes_with(to_a, block)
  end

  def min_by(count = nil)
    return to_enum(:min_by, *(count.nil? ? [] : [count])) { Primitive.enum_size(self) } unless defined?(yield)
    spread = Primitive.block_spreads
    unless count.nil?
      count = Primitive.to_index(count)
      raise ArgumentError, "negative size (#{count})" if count < 0
      return sort_by { |value| yield value }.first(count)
    end
    best = nil
    least = nil
    started = false
    each do |*values|
      value = Primitive.pack(values)
      key = (spread ? yield(*values) : yield(value))
      if !started || Primitive.compare(key, least) < 0
        best = value
        least = key
        started = true
      end
    end
    best
  end

  def max_by(count = nil)
    return to_enum(:max_by, *(count.nil? ? [] : [count])) { Primitive.enum_size(self) } unless defined?(yield)
    spread = Primitive.block_spreads
    unless count.nil?
      count = Primitive.to_index(count)
      raise ArgumentError, "negative size (#{count})" if count < 0
      return sort_by { |value| yield value }.reverse.first(count)
    end
    best = nil
    most = nil
    started = false
    each do |*values|
      value = Primitive.pack(values)
      key = (spread ? yield(*values) : yield(value))
      if !started || Primitive.compare(key, most) > 0
        best = value
        most = key
        started = true
      end
    end
    best
  end

  def minmax_by
    return to_enum(:minmax_by) { Primitive.enum_size(self) } unless defined?(yield)
    spread = Primitive.block_spreads
    least = most = low = high = nil
    started = false
    each do |*values|
      value = Primitive.pack(values)
      key = (spread ? yield(*values) : yield(value))
      if !started
        least = most = key
        low = high = value
        started = true
      else
        if Primitive.compare(key, least) < 0
          least = key
          low = value
        end
        if Primitive.compare(key, most) > 0
          most = key
          high = value
        end
      end
    end
    [low, high]
  end

  def uniq
    list = []
    keys = []
    each do |*values|
      value = Primitive.pack(values)
      Primitive.array_push(list, value)
      Primitive.array_push(keys, defined?(yield) ? yield(*values) : value)
    end
    Primitive.array_uniq_by(list, keys)
  end

  def compact
    to_a.compact
  end

  def to_h(*args)
    result = {}
    each(*args) do |*values|
      element = defined?(yield) ? yield(*values) : Primitive.pack(values)
      Primitive.hash_store_pair(result, element, -1)
    end
    result
  end

  def to_set(klass = (none = true; Set), *args, &block)
    warn("passing arguments to Enumerable#to_set is deprecated", uplevel: 0, category: :deprecated) unless none
    klass.new(self, *args, &block)
  end

  def grep(pattern)
    result = []
    if defined?(yield)
      each do |*values|
        value = Primitive.pack(values)
        Primitive.array_push(result, yield(value)) if pattern === value
      end
    else
      each do |*values|
        value = Primitive.pack(values)
        Primitive.array_push(result, value) if Primitive.matches_quietly(pattern, value)
      end
    end
    result
  end

  def grep_v(pattern)
    result = []
    if defined?(yield)
      each do |*values|
        value = Primitive.pack(values)
        Primitive.array_push(result, yield(value)) unless pattern === value
      end
    else
      each do |*values|
        value = Primitive.pack(values)
        Primitive.array_push(result, value) unless Primitive.matches_quietly(pattern, value)
      end
    end
    result
  end

  def cycle(count = nil)
    unless defined?(yield)
      return to_enum(:cycle, *(count.nil? ? [] : [count])) do
        size = Primitive.enum_size(self)
        if size.nil? || size == 0
          size
        elsif count.nil?
          Float::INFINITY
        else
          n = Primitive.to_index(count)
          n <= 0 ? 0 : size * n
        end
      end
    end
    unless count.nil?
      count = Primitive.to_index(count)
      return nil if count <= 0
    end
    list = []
    each do |*values|
      value = Primitive.pack(values)
      Primitive.array_push(list, value)
      yield value
    end
    return nil if Primitive.array_size(list) == 0
    while count.nil? || (count -= 1) > 0
      i = 0
      while Primitive.integer_lt(i, Primitive.array_size(list))
        yield Primitive.array_get(list, i)
        i = Primitive.integer_add(i, 1)
      end
    end
    nil
  end

  def zip(*others)
    lists = others.map { |other| Primitive.try_array(other) }
    if lists.all?
      index = -1
      nexts = lists.map { |list| [list] }
      take = ->(list) { Primitive.array_get(list, index) }
    else
      lists = others.map do |other|
        unless Primitive.responds(other, :each)
          raise TypeError, "wrong argument type #{Primitive.class_name(other)} (must respond to :each)"
        end
        other.to_enum(:each)
      end
      index = -1
      done = {}.compare_by_identity
      take = lambda do |list|
        next nil if done[list]
        begin
          list.next
        rescue StopIteration
          done[list] = true
          nil
        end
      end
    end
    result = defined?(yield) ? nil : []
    each do |*values|
      index += 1
      row = [Primitive.pack(values)]
      lists.each { |list| Primitive.array_push(row, take.(list)) }
      result ? Primitive.array_push(result, row) : yield(row)
    end
    result
  end

  def chunk_while(&block)
    raise ArgumentError, "tried to create Proc object without a block" unless block
    slice_when { |before, after| !yield(before, after) }
  end

  def slice_when(&block)
    raise ArgumentError, "tried to create Proc object without a block" unless block
    source = self
    Enumerator.new do |yielder|
      list = nil
      before = nil
      source.each do |*values|
        value = Primitive.pack(values)
        if list.nil?
          list = [value]
        elsif block.call(before, value)
          yielder.yield(list)
          list = [value]
        else
          Primitive.array_push(list, value)
        end
        before = value
      end
      yielder.yield(list) if list
    end
  end

  def slice_before(pattern = (none = true), &block)
    if block
      raise ArgumentError, "both pattern and block are given" unless none
    elsif none
      raise ArgumentError, "wrong number of arguments (given 0, expected 1)"
    end
    source = self
    Enumerator.new do |yielder|
      list = nil
      source.each do |*values|
        value = Primitive.pack(values)
        header = block ? block.call(value) : pattern === value
        if list && header
          yielder.yield(list)
          list = nil
        end
        list ? Primitive.array_push(list, value) : list = [value]
      end
      yielder.yield(list) if list
    end
  end

  def slice_after(pattern = (none = true), &block)
    if block
      raise ArgumentError, "both pattern and block are given" unless none
    elsif none
      raise ArgumentError, "wrong number of arguments (given 0, expected 1)"
    end
    source = self
    Enumerator.new do |yielder|
      list = nil
      source.each do |*values|
        value = Primitive.pack(values)
        list ? Primitive.array_push(list, value) : list = [value]
        if block ? block.call(value) : pattern === value
          yielder.yield(list)
          list = nil
        end
      end
      yielder.yield(list) if list
    end
  end

  def chunk(&block)
    return to_enum(:chunk) { Primitive.enum_size(self) } unless block
    source = self
    Enumerator.new do |yielder|
      list = nil
      last = nil
      source.each do |*values|
        value = Primitive.pack(values)
        key = block.call(value)
        if key.nil? || Primitive.same(key, :_separator)
          yielder.yield([last, list]) if list
          list = nil
        elsif Primitive.same(key, :_alone)
          yielder.yield([last, list]) if list
          yielder.yield([:_alone, [value]])
          list = nil
        elsif key.is_a?(Symbol) && key.start_with?("_")
          raise RuntimeError, "symbols beginning with an underscore are reserved"
        elsif list && last == key
          Primitive.array_push(list, value)
        else
          yielder.yield([last, list]) if list
          list = [value]
          last = key
        end
      end
      yielder.yield([last, list]) if list
    end
  end

  def chain(*others)
    Enumerator::Chain.new(self, *others)
  end

  def lazy
    Enumerator::Lazy.new(self, -> { Primitive.enum_size(self) }) { |yielder, *values| yielder.yield(*values) }.__source(self, nil, [])
  end
end
