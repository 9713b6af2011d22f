# Array methods that yield.

class Array
  def each
    return to_enum(:each) { size } unless defined?(yield)
    i = 0
    while Primitive.integer_lt(i, Primitive.array_size(self))
      yield Primitive.array_get(self, i)
      i = Primitive.integer_add(i, 1)
    end
    self
  end

  def each_index
    return to_enum(:each_index) { size } unless defined?(yield)
    i = 0
    while Primitive.integer_lt(i, Primitive.array_size(self))
      yield i
      i = Primitive.integer_add(i, 1)
    end
    self
  end

  def each_with_index(*args)
    return to_enum(:each_with_index, *args) { size } unless defined?(yield)
    return super unless args.empty?
    i = 0
    while Primitive.integer_lt(i, Primitive.array_size(self))
      yield Primitive.array_get(self, i), i
      i = Primitive.integer_add(i, 1)
    end
    self
  end

  def reverse_each
    return to_enum(:reverse_each) { size } unless defined?(yield)
    i = Primitive.array_size(self)
    while Primitive.integer_lt(0, i)
      i = Primitive.integer_sub(i, 1)
      size = Primitive.array_size(self)
      if Primitive.integer_lt(i, size)
        yield Primitive.array_get(self, i)
      else
        i = size
      end
    end
    self
  end

  def map
    return to_enum(:map) { size } unless defined?(yield)
    result = []
    i = 0
    while Primitive.integer_lt(i, Primitive.array_size(self))
      Primitive.array_push(result, yield(Primitive.array_get(self, i)))
      i = Primitive.integer_add(i, 1)
    end
    result
  end

  def collect
    return to_enum(:collect) { size } unless defined?(yield)
    result = []
    i = 0
    while Primitive.integer_lt(i, Primitive.array_size(self))
      Primitive.array_push(result, yield(Primitive.array_get(self, i)))
      i = Primitive.integer_add(i, 1)
    end
    result
  end

  def map!
    return to_enum(:map!) { size } unless defined?(yield)
    Primitive.check_frozen(self)
    i = 0
    while Primitive.integer_lt(i, Primitive.array_size(self))
      self[i] = yield(Primitive.array_get(self, i))
      i = Primitive.integer_add(i, 1)
    end
    self
  end

  def collect!
    return to_enum(:collect!) { size } unless defined?(yield)
    Primitive.check_frozen(self)
    i = 0
    while Primitive.integer_lt(i, Primitive.array_size(self))
      self[i] = yield(Primitive.array_get(self, i))
      i = Primitive.integer_add(i, 1)
    end
    self
  end

  def select
    return to_enum(:select) { size } unless defined?(yield)
    result = []
    i = 0
    while Primitive.integer_lt(i, Primitive.array_size(self))
      element = Primitive.array_get(self, i)
      Primitive.array_push(result, element) if yield(element)
      i = Primitive.integer_add(i, 1)
    end
    result
  end

  def filter
    return to_enum(:filter) { size } unless defined?(yield)
    result = []
    i = 0
    while Primitive.integer_lt(i, Primitive.array_size(self))
      element = Primitive.array_get(self, i)
      Primitive.array_push(result, element) if yield(element)
      i = Primitive.integer_add(i, 1)
    end
    result
  end

  def reject
    return to_enum(:reject) { size } unless defined?(yield)
    result = []
    i = 0
    while Primitive.integer_lt(i, Primitive.array_size(self))
      element = Primitive.array_get(self, i)
      Primitive.array_push(result, element) unless yield(element)
      i = Primitive.integer_add(i, 1)
    end
    result
  end

  # Keeps the elements for which the block's truth is `wanted`; also when the block is left early.
  def __keep(wanted)
    Primitive.check_frozen(self)
    from = 0
    to = 0
    begin
      while Primitive.integer_lt(from, Primitive.array_size(self))
        element = Primitive.array_get(self, from)
        truth = yield(element) ? true : false
        from = Primitive.integer_add(from, 1)
        next unless Primitive.same(truth, wanted)
        unless Primitive.same(to, Primitive.integer_sub(from, 1))
          Primitive.check_frozen(self)
          Primitive.array_set(self, to, element)
        end
        to = Primitive.integer_add(to, 1)
      end
    ensure
      if Primitive.integer_lt(to, from)
        Primitive.check_frozen(self)
        Primitive.array_cut(self, to, from)
      end
    end
    Primitive.integer_lt(to, from)
  end
  private :__keep

  def select!(&block)
    return to_enum(:select!) { size } unless block
    __keep(true, &block) ? self : nil
  end

  def filter!(&block)
    return to_enum(:filter!) { size } unless block
    __keep(true, &block) ? self : nil
  end

  def keep_if(&block)
    return to_enum(:keep_if) { size } unless block
    __keep(true, &block)
    self
  end

  def reject!(&block)
    return to_enum(:reject!) { size } unless block
    __keep(false, &block) ? self : nil
  end

  def delete_if(&block)
    return to_enum(:delete_if) { size } unless block
    __keep(false, &block)
    self
  end

  def filter_map
    return to_enum(:filter_map) { size } unless defined?(yield)
    result = []
    i = 0
    while Primitive.integer_lt(i, Primitive.array_size(self))
      value = yield(Primitive.array_get(self, i))
      Primitive.array_push(result, value) if value
      i = Primitive.integer_add(i, 1)
    end
    result
  end

  def flat_map
    return to_enum(:flat_map) { size } unless defined?(yield)
    result = []
    i = 0
    while Primitive.integer_lt(i, Primitive.array_size(self))
      value = yield(Primitive.array_get(self, i))
      list = Primitive.try_array(value)
      list ? Primitive.array_concat(result, list) : Primitive.array_push(result, value)
      i = Primitive.integer_add(i, 1)
    end
    result
  end

  def each_with_object(memo)
    return to_enum(:each_with_object, memo) { size } unless defined?(yield)
    i = 0
    while Primitive.integer_lt(i, Primitive.array_size(self))
      yield Primitive.array_get(self, i), memo
      i = Primitive.integer_add(i, 1)
    end
    memo
  end

  def inject(initial = (no_initial = true), operation = (no_operation = true))
    unless no_operation
      name = operation
    else
      if !no_initial && !defined?(yield)
        name = initial
        no_initial = true
      elsif no_initial && !defined?(yield)
        raise ArgumentError, "wrong number of arguments (given 0, expected 1..2)"
      end
    end
    i = 0
    if no_initial
      memo = Primitive.array_get(self, 0)
      i = 1
    else
      memo = initial
    end
    if name
      name = Primitive.to_name(name)
      # Sums of Integers have a loop of their own, which the compiler can see through.
      if name == :+
        while Primitive.integer_lt(i, Primitive.array_size(self)) && Primitive.is_integer(memo)
          memo += Primitive.array_get(self, i)
          i = Primitive.integer_add(i, 1)
        end
      end
      while Primitive.integer_lt(i, Primitive.array_size(self))
        memo = memo.public_send(name, Primitive.array_get(self, i))
        i = Primitive.integer_add(i, 1)
      end
    else
      while Primitive.integer_lt(i, Primitive.array_size(self))
        memo = yield(memo, Primitive.array_get(self, i))
        i = Primitive.integer_add(i, 1)
      end
    end
    memo
  end
  alias reduce inject

  def sum(init = 0)
    return Primitive.array_sum(self, init) unless defined?(yield)
    values = []
    i = 0
    while Primitive.integer_lt(i, Primitive.array_size(self))
      Primitive.array_push(values, yield(Primitive.array_get(self, i)))
      i = Primitive.integer_add(i, 1)
    end
    Primitive.array_sum(values, init)
  end

  def count(value = (none = true))
    found = 0
    i = 0
    if !none
      warn("given block not used", uplevel: 0) if defined?(yield)
      while Primitive.integer_lt(i, Primitive.array_size(self))
        found = Primitive.integer_add(found, 1) if Primitive.equal(Primitive.array_get(self, i), value)
        i = Primitive.integer_add(i, 1)
      end
      return found
    end
    return Primitive.array_size(self) unless defined?(yield)
    while Primitive.integer_lt(i, Primitive.array_size(self))
      found = Primitive.integer_add(found, 1) if yield(Primitive.array_get(self, i))
      i = Primitive.integer_add(i, 1)
    end
    found
  end

  def any?(pattern = (none = true))
    i = 0
    if !none
      warn("given block not used", uplevel: 0) if defined?(yield)
      while Primitive.integer_lt(i, Primitive.array_size(self))
        return true if pattern === Primitive.array_get(self, i)
        i = Primitive.integer_add(i, 1)
      end
    elsif defined?(yield)
      while Primitive.integer_lt(i, Primitive.array_size(self))
        return true if yield(Primitive.array_get(self, i))
        i = Primitive.integer_add(i, 1)
      end
    else
      while Primitive.integer_lt(i, Primitive.array_size(self))
        return true if Primitive.array_get(self, i)
        i = Primitive.integer_add(i, 1)
      end
    end
    false
  end

  def all?(pattern = (none = true))
    i = 0
    if !none
      warn("given block not used", uplevel: 0) if defined?(yield)
      while Primitive.integer_lt(i, Primitive.array_size(self))
        return false unless pattern === Primitive.array_get(self, i)
        i = Primitive.integer_add(i, 1)
      end
    elsif defined?(yield)
      while Primitive.integer_lt(i, Primitive.array_size(self))
        return false unless yield(Primitive.array_get(self, i))
        i = Primitive.integer_add(i, 1)
      end
    else
      while Primitive.integer_lt(i, Primitive.array_size(self))
        return false unless Primitive.array_get(self, i)
        i = Primitive.integer_add(i, 1)
      end
    end
    true
  end

  def none?(pattern = (none = true))
    i = 0
    if !none
      warn("given block not used", uplevel: 0) if defined?(yield)
      while Primitive.integer_lt(i, Primitive.array_size(self))
        return false if pattern === Primitive.array_get(self, i)
        i = Primitive.integer_add(i, 1)
      end
    elsif defined?(yield)
      while Primitive.integer_lt(i, Primitive.array_size(self))
        return false if yield(Primitive.array_get(self, i))
        i = Primitive.integer_add(i, 1)
      end
    else
      while Primitive.integer_lt(i, Primitive.array_size(self))
        return false if Primitive.array_get(self, i)
        i = Primitive.integer_add(i, 1)
      end
    end
    true
  end

  def one?(pattern = (none = true))
    warn("given block not used", uplevel: 0) if !none && defined?(yield)
    found = false
    i = 0
    while Primitive.integer_lt(i, Primitive.array_size(self))
      element = Primitive.array_get(self, i)
      truth = if !none
        pattern === element
      elsif defined?(yield)
        yield(element)
      else
        element
      end
      if truth
        return false if found
        found = true
      end
      i = Primitive.integer_add(i, 1)
    end
    found
  end

  def find(if_none = nil)
    return to_enum(:find, if_none) unless defined?(yield)
    i = 0
    while Primitive.integer_lt(i, Primitive.array_size(self))
      element = Primitive.array_get(self, i)
      return element if yield(element)
      i = Primitive.integer_add(i, 1)
    end
    if_none&.call
  end

  def detect(if_none = nil)
    return to_enum(:detect, if_none) unless defined?(yield)
    i = 0
    while Primitive.integer_lt(i, Primitive.array_size(self))
      element = Primitive.array_get(self, i)
      return element if yield(element)
      i = Primitive.integer_add(i, 1)
    end
    if_none&.call
  end

  def rfind(if_none = nil)
    return to_enum(:rfind, if_none) unless defined?(yield)
    i = Primitive.array_size(self)
    while Primitive.integer_lt(0, i)
      i = Primitive.integer_sub(i, 1)
      size = Primitive.array_size(self)
      if Primitive.integer_lt(i, size)
        element = Primitive.array_get(self, i)
        return element if yield(element)
      else
        i = size
      end
    end
    if_none&.call
  end

  def find_index(value = (none = true))
    unless none
      warn("given block not used", uplevel: 0) if defined?(yield)
      return Primitive.array_index(self, value)
    end
    return to_enum(:find_index) unless defined?(yield)
    i = 0
    while Primitive.integer_lt(i, Primitive.array_size(self))
      return i if yield(Primitive.array_get(self, i))
      i = Primitive.integer_add(i, 1)
    end
    nil
  end

  def index(value = (none = true))
    unless none
      warn("given block not used", uplevel: 0) if defined?(yield)
      return Primitive.array_index(self, value)
    end
    return to_enum(:index) unless defined?(yield)
    i = 0
    while Primitive.integer_lt(i, Primitive.array_size(self))
      return i if yield(Primitive.array_get(self, i))
      i = Primitive.integer_add(i, 1)
    end
    nil
  end

  def rindex(value = (none = true))
    unless none
      warn("given block not used", uplevel: 0) if defined?(yield)
      return Primitive.array_rindex(self, value)
    end
    return to_enum(:rindex) unless defined?(yield)
    i = Primitive.array_size(self)
    while Primitive.integer_lt(0, i)
      i = Primitive.integer_sub(i, 1)
      size = Primitive.array_size(self)
      if Primitive.integer_lt(i, size)
        return i if yield(Primitive.array_get(self, i))
      else
        i = size
      end
    end
    nil
  end

  def take_while
    return to_enum(:take_while) unless defined?(yield)
    i = 0
    while Primitive.integer_lt(i, Primitive.array_size(self))
      break unless yield(Primitive.array_get(self, i))
      i = Primitive.integer_add(i, 1)
    end
    Primitive.array_part(self, 0, i)
  end

  def drop_while
    return to_enum(:drop_while) unless defined?(yield)
    i = 0
    while Primitive.integer_lt(i, Primitive.array_size(self))
      break unless yield(Primitive.array_get(self, i))
      i = Primitive.integer_add(i, 1)
    end
    Primitive.array_part(self, i, Primitive.array_size(self))
  end

  def partition
    return to_enum(:partition) { size } unless defined?(yield)
    yes = []
    no = []
    i = 0
    while Primitive.integer_lt(i, Primitive.array_size(self))
      element = Primitive.array_get(self, i)
      yield(element) ? Primitive.array_push(yes, element) : Primitive.array_push(no, element)
      i = Primitive.integer_add(i, 1)
    end
    [yes, no]
  end

  def group_by
    return to_enum(:group_by) { size } unless defined?(yield)
    groups = {}
    i = 0
    while Primitive.integer_lt(i, Primitive.array_size(self))
      element = Primitive.array_get(self, i)
      key = yield(element)
      list = Primitive.hash_get(groups, key)
      list ? Primitive.array_push(list, element) : Primitive.hash_store(groups, key, [element])
      i = Primitive.integer_add(i, 1)
    end
    groups
  end

  def fetch(index, default = (none = true))
    at = Primitive.to_index(index)
    size = Primitive.array_size(self)
    real = Primitive.integer_lt(at, 0) ? Primitive.integer_add(at, size) : at
    if Primitive.integer_le(0, real) && Primitive.integer_lt(real, size)
      return Primitive.array_get(self, real)
    end
    if defined?(yield)
      warn("block supersedes default value argument", uplevel: 0) unless none
      return yield(index)
    end
    return default unless none
    raise IndexError, "index #{at} outside of array bounds: #{-size}...#{size}"
  end

  def fetch_values(*indexes, &block)
    result = []
    indexes.each { |index| Primitive.array_push(result, fetch(index, &block)) }
    result
  end

  def to_h
    result = {}
    i = 0
    while Primitive.integer_lt(i, Primitive.array_size(self))
      element = Primitive.array_get(self, i)
      if defined?(yield)
        element = yield(element)
      end
      Primitive.hash_store_pair(result, element, i)
      i = Primitive.integer_add(i, 1)
    end
    result
  end

  def uniq
    return Primitive.array_uniq(self) unless defined?(yield)
    keys = []
    i = 0
    while Primitive.integer_lt(i, Primitive.array_size(self))
      Primitive.array_push(keys, yield(Primitive.array_get(self, i)))
      i = Primitive.integer_add(i, 1)
    end
    Primitive.array_uniq_by(self, keys)
  end

  def uniq!(&block)
    Primitive.check_frozen(self)
    result = uniq(&block)
    return nil if Primitive.array_size(result) == Primitive.array_size(self)
    Primitive.array_replace(self, result)
  end

  def sort_by!
    return to_enum(:sort_by!) { size } unless defined?(yield)
    Primitive.check_frozen(self)
    keys = []
    i = 0
    while Primitive.integer_lt(i, Primitive.array_size(self))
      Primitive.array_push(keys, yield(Primitive.array_get(self, i)))
      i = Primitive.integer_add(i, 1)
    end
    Primitive.array_replace(self, Primitive.array_sort_by(self, keys))
  end

  def sort_by
    return to_enum(:sort_by) { size } unless defined?(yield)
    values = Primitive.array_copy(self)
    keys = []
    i = 0
    while Primitive.integer_lt(i, Primitive.array_size(values))
      Primitive.array_push(keys, yield(Primitive.array_get(values, i)))
      i = Primitive.integer_add(i, 1)
    end
    Primitive.array_sort_by(values, keys)
  end

  def min(count = nil, &block)
    return Primitive.array_extreme_with(self, -1, block) if count.nil?
    size = Primitive.to_index(count)
    raise ArgumentError, "negative size (#{size})" if size < 0
    Primitive.array_part(block ? sort(&block) : sort, 0, size)
  end

  def max(count = nil, &block)
    return Primitive.array_extreme_with(self, 1, block) if count.nil?
    size = Primitive.to_index(count)
    raise ArgumentError, "negative size (#{size})" if size < 0
    sorted = block ? sort(&block) : sort
    Primitive.array_part(sorted.reverse, 0, size)
  end

  def minmax(&block)
    block ? Primitive.list_extremes_with(self, block) : [min, max]
  end

  def cycle(count = nil)
    unless defined?(yield)
      return to_enum(:cycle, count) do
        if size == 0
          0
        elsif count.nil?
          Float::INFINITY
        else
          n = Primitive.to_index(count)
          n <= 0 ? 0 : size * n
        end
      end
    end
    if count.nil?
      until Primitive.array_size(self) == 0
        i = 0
        while Primitive.integer_lt(i, Primitive.array_size(self))
          yield Primitive.array_get(self, i)
          i = Primitive.integer_add(i, 1)
        end
      end
    else
      count = Primitive.to_index(count)
      while Primitive.integer_lt(0, count) && Primitive.array_size(self) != 0
        i = 0
        while Primitive.integer_lt(i, Primitive.array_size(self))
          yield Primitive.array_get(self, i)
          i = Primitive.integer_add(i, 1)
        end
        count = Primitive.integer_sub(count, 1)
      end
    end
    nil
  end

  def zip(*others)
    others = others.map do |other|
      list = Primitive.try_array(other)
      next list if list
      unless Primitive.responds(other, :each)
        raise TypeError, "wrong argument type #{Primitive.class_name(other)} (must respond to :each)"
      end
      other.to_enum(:each).first(Primitive.array_size(self))
    end
    result = defined?(yield) ? nil : []
    i = 0
    while Primitive.integer_lt(i, Primitive.array_size(self))
      row = [Primitive.array_get(self, i)]
      j = 0
      while Primitive.integer_lt(j, Primitive.array_size(others))
        Primitive.array_push(row, Primitive.array_get(Primitive.array_get(others, j), i))
        j = Primitive.integer_add(j, 1)
      end
      if result
        Primitive.array_push(result, row)
      else
        yield row
      end
      i = Primitive.integer_add(i, 1)
    end
    result
  end

  def product(*lists)
    lists = lists.map { |list| Primitive.to_array(list) }
    unless defined?(yield)
      total = size
      lists.each { |list| total *= list.size }
      raise RangeError, "too big to product" if total > 4611686018427387903
    end
    lists.unshift(Primitive.array_copy(self))
    result = defined?(yield) ? self : []
    return result if lists.any? { |list| list.empty? }
    lists = lists.map { |list| Primitive.array_copy(list) } if defined?(yield)
    count = lists.size
    indexes = Array.new(count, 0)
    while true
      row = []
      i = 0
      while Primitive.integer_lt(i, count)
        Primitive.array_push(row, Primitive.array_get(Primitive.array_get(lists, i), Primitive.array_get(indexes, i)))
        i = Primitive.integer_add(i, 1)
      end
      if defined?(yield)
        yield row
      else
        Primitive.array_push(result, row)
      end
      i = Primitive.integer_sub(count, 1)
      while Primitive.integer_le(0, i)
        following = Primitive.integer_add(Primitive.array_get(indexes, i), 1)
        if Primitive.integer_lt(following, Primitive.array_size(Primitive.array_get(lists, i)))
          Primitive.array_set(indexes, i, following)
          break
        end
        Primitive.array_set(indexes, i, 0)
        i = Primitive.integer_sub(i, 1)
      end
      return result if Primitive.integer_lt(i, 0)
    end
  end

  def combination(count)
    count = Primitive.to_index(count)
    unless defined?(yield)
      return to_enum(:combination, count) do
        n = size
        k = count
        if k < 0 || k > n
          0
        else
          k = n - k if k > n - k
          total = 1
          1.upto(k) { |i| total = total * (n - i + 1) / i }
          total
        end
      end
    end
    values = Primitive.array_copy(self)
    size = Primitive.array_size(values)
    if count == 0
      yield []
    elsif count > 0 && count <= size
      indexes = Array.new(count) { |i| i }
      while true
        yield Primitive.array_pick(values, indexes)
        i = count - 1
        i -= 1 while i >= 0 && Primitive.array_get(indexes, i) == size - count + i
        break if i < 0
        start = Primitive.array_get(indexes, i) + 1
        while i < count
          Primitive.array_set(indexes, i, start)
          start += 1
          i += 1
        end
      end
    end
    self
  end

  def repeated_combination(count)
    count = Primitive.to_index(count)
    unless defined?(yield)
      return to_enum(:repeated_combination, count) do
        n = size
        if count < 0
          0
        elsif count == 0
          1
        elsif n == 0
          0
        else
          total = 1
          1.upto(count) { |i| total = total * (n + count - i) / i }
          total
        end
      end
    end
    values = Primitive.array_copy(self)
    size = Primitive.array_size(values)
    if count == 0
      yield []
    elsif count > 0 && size > 0
      indexes = Array.new(count, 0)
      while true
        yield Primitive.array_pick(values, indexes)
        i = count - 1
        i -= 1 while i >= 0 && Primitive.array_get(indexes, i) == size - 1
        break if i < 0
        start = Primitive.array_get(indexes, i) + 1
        while i < count
          Primitive.array_set(indexes, i, start)
          i += 1
        end
      end
    end
    self
  end

  def permutation(count = nil)
    unless defined?(yield)
      return to_enum(:permutation, *(count.nil? ? [] : [count])) do
        n = size
        k = count.nil? ? n : Primitive.to_index(count)
        if k < 0 || k > n
          0
        else
          total = 1
          0.upto(k - 1) { |i| total *= n - i }
          total
        end
      end
    end
    values = Primitive.array_copy(self)
    size = Primitive.array_size(values)
    count = count.nil? ? size : Primitive.to_index(count)
    return self if count < 0 || count > size
    if count == 0
      yield []
      return self
    end
    chosen = [-1]
    used = Array.new(size, false)
    until Primitive.array_size(chosen) == 0
      depth = Primitive.array_size(chosen) - 1
      at = Primitive.array_get(chosen, depth)
      Primitive.array_set(used, at, false) if at >= 0
      at += 1
      at += 1 while at < size && Primitive.array_get(used, at)
      if at >= size
        chosen.pop
        next
      end
      Primitive.array_set(chosen, depth, at)
      Primitive.array_set(used, at, true)
      if depth + 1 == count
        yield Primitive.array_pick(values, chosen)
      else
        Primitive.array_push(chosen, -1)
      end
    end
    self
  end

  def repeated_permutation(count)
    count = Primitive.to_index(count)
    unless defined?(yield)
      return to_enum(:repeated_permutation, count) { count < 0 ? 0 : size**count }
    end
    values = Primitive.array_copy(self)
    size = Primitive.array_size(values)
    if count == 0
      yield []
    elsif count > 0 && size > 0
      indexes = Array.new(count, 0)
      while true
        yield Primitive.array_pick(values, indexes)
        i = count - 1
        while i >= 0 && Primitive.array_get(indexes, i) == size - 1
          Primitive.array_set(indexes, i, 0)
          i -= 1
        end
        break if i < 0
        Primitive.array_set(indexes, i, Primitive.array_get(indexes, i) + 1)
      end
    end
    self
  end

  def bsearch
    return to_enum(:bsearch) unless defined?(yield)
    low = 0
    high = Primitive.array_size(self)
    found = nil
    while low < high
      middle = low + (high - low) / 2
      element = Primitive.array_get(self, middle)
      answer = yield(element)
      step = Primitive.bsearch_step(answer)
      if Primitive.same(answer, true)
        found = element
        high = middle
      elsif step == 0
        return element
      elsif step == 2 || step == 1
        low = middle + 1
      else
        high = middle
      end
    end
    found
  end

  def bsearch_index
    return to_enum(:bsearch_index) unless defined?(yield)
    low = 0
    high = Primitive.array_size(self)
    found = nil
    while low < high
      middle = low + (high - low) / 2
      answer = yield(Primitive.array_get(self, middle))
      step = Primitive.bsearch_step(answer)
      if Primitive.same(answer, true)
        found = middle
        high = middle
      elsif step == 0
        return middle
      elsif step == 2 || step == 1
        low = middle + 1
      else
        high = middle
      end
    end
    found
  end

  def shuffle(random: Random)
    result = Primitive.array_copy(self)
    i = Primitive.array_size(result)
    while Primitive.integer_lt(1, i)
      j = Primitive.random_below(random, i)
      i = Primitive.integer_sub(i, 1)
      element = Primitive.array_get(result, i)
      Primitive.array_set(result, i, Primitive.array_get(result, j))
      Primitive.array_set(result, j, element)
    end
    result
  end

  def shuffle!(random: Random)
    Primitive.check_frozen(self)
    i = size = Primitive.array_size(self)
    while Primitive.integer_lt(1, i)
      j = Primitive.random_below(random, i)
      raise RuntimeError, "modified during shuffle!" if size != Primitive.array_size(self)
      i = Primitive.integer_sub(i, 1)
      element = Primitive.array_get(self, i)
      Primitive.array_set(self, i, Primitive.array_get(self, j))
      Primitive.array_set(self, j, element)
    end
    self
  end

  def sample(count = (none = true), random: Random)
    size = Primitive.array_size(self)
    if none
      return nil if size == 0
      return Primitive.array_get(self, size == 1 ? 0 : Primitive.random_below(random, size))
    end
    count = Primitive.to_index(count)
    raise ArgumentError, "negative sample number" if count < 0
    count = size if count > size
    pool = Primitive.array_copy(self)
    i = 0
    while Primitive.integer_lt(i, count)
      j = i + Primitive.random_below(random, size - i)
      element = Primitive.array_get(pool, j)
      Primitive.array_set(pool, j, Primitive.array_get(pool, i))
      Primitive.array_set(pool, i, element)
      i = Primitive.integer_add(i, 1)
    end
    Primitive.array_part(pool, 0, count)
  end
end
