# Range methods.

class Range
  def each
    return to_enum(:each) { size } unless defined?(yield)
    low = Primitive.range_low(self)
    high = Primitive.range_high(self)
    if Primitive.is_fixnum(low) && Primitive.is_fixnum(high)
      high = Primitive.integer_sub(high, 1) if Primitive.range_exclusive(self)
      i = low
      while Primitive.integer_le(i, high)
        yield i
        i = Primitive.integer_add(i, 1)
      end
      return self
    end
    if Primitive.is_integer(low) && (high.nil? || high.is_a?(Numeric))
      i = low
      if high.nil?
        while true
          yield i
          i += 1
        end
      elsif Primitive.range_exclusive(self)
        while i < high
          yield i
          i += 1
        end
      else
        while i <= high
          yield i
          i += 1
        end
      end
      return self
    end
    if Primitive.is_string(low)
      if high.nil?
        value = low
        while true
          yield value
          value = value.succ
        end
      end
      low.upto(high, Primitive.range_exclusive(self)) { |value| yield value }
      return self
    end
    if low.is_a?(Symbol) && (high.nil? || high.is_a?(Symbol))
      if high.nil?
        value = low.to_s
        while true
          yield value.to_sym
          value = value.succ
        end
      end
      low.to_s.upto(high.to_s, Primitive.range_exclusive(self)) { |value| yield value.to_sym }
      return self
    end
    Primitive.range_check_iterable(low)
    value = low
    if high.nil?
      while true
        yield value
        value = value.succ
      end
    elsif Primitive.range_exclusive(self)
      while (order = value <=> high) && Primitive.comparison(order, value, high) < 0
        yield value
        value = value.succ
      end
    else
      while (order = value <=> high) && (order = Primitive.comparison(order, value, high)) <= 0
        yield value
        break if order == 0
        value = value.succ
      end
    end
    self
  end

  def reverse_each(&block)
    return to_enum(:reverse_each) { reverse_size } unless block
    low = Primitive.range_low(self)
    high = Primitive.range_high(self)
    raise TypeError, "can't iterate from #{high.class}" if high.nil?
    if Primitive.is_integer(high) && (low.nil? || Primitive.is_integer(low))
      i = Primitive.range_exclusive(self) ? high - 1 : high
      while low.nil? || i >= low
        yield i
        i -= 1
      end
      return self
    end
    super
  end

  def reverse_size
    low = Primitive.range_low(self)
    high = Primitive.range_high(self)
    raise TypeError, "can't iterate from #{high.class}" if high.nil?
    return Float::INFINITY if low.nil? && Primitive.is_integer(high)
    size
  end
  private :reverse_size

  def size
    low = Primitive.range_low(self)
    high = Primitive.range_high(self)
    if Primitive.is_integer(low)
      return Float::INFINITY if high.nil?
      if high.is_a?(Numeric)
        return Float::INFINITY if high == Float::INFINITY
        last = high.floor
        last -= 1 if Primitive.range_exclusive(self) && last == high
        return 0 if last < low
        return last - low + 1
      end
    elsif low.is_a?(Numeric) || low.nil?
      raise TypeError, "can't iterate from #{low.class}" if low.nil? || !low.respond_to?(:succ)
    end
    raise TypeError, "can't iterate from #{low.class}" unless Primitive.responds(low, :succ)
    nil
  end

  def count(value = (none = true), &block)
    return super(value) unless none
    return super(&block) if block
    low = Primitive.range_low(self)
    high = Primitive.range_high(self)
    return Float::INFINITY if low.nil? || high.nil?
    return size if Primitive.is_integer(low) && Primitive.is_integer(high)
    super()
  end

  def to_a
    raise RangeError, "cannot convert endless range to an array" if Primitive.range_high(self).nil?
    result = []
    each { |value| Primitive.array_push(result, value) }
    result
  end
  alias entries to_a

  def first(count = (none = true))
    low = Primitive.range_low(self)
    raise RangeError, "cannot get the first element of beginless range" if low.nil?
    return low if none
    count = Primitive.to_index(count)
    raise ArgumentError, "negative array size (or size too big)" if count < 0
    result = []
    return result if count == 0
    each do |value|
      Primitive.array_push(result, value)
      break if Primitive.array_size(result) >= count
    end
    result
  end

  def last(count = (none = true))
    high = Primitive.range_high(self)
    raise RangeError, "cannot get the last element of endless range" if high.nil?
    return high if none
    low = Primitive.range_low(self)
    if Primitive.is_integer(low) && Primitive.is_integer(high)
      count = Primitive.to_index(count)
      raise ArgumentError, "negative array size" if count < 0
      stop = Primitive.range_exclusive(self) ? high - 1 : high
      start = stop - count + 1
      start = low if start < low
      return (start..stop).to_a
    end
    to_a.last(count)
  end

  def min(count = (none = true), &block)
    low = Primitive.range_low(self)
    high = Primitive.range_high(self)
    raise RangeError, "cannot get the minimum of beginless range" if low.nil?
    if block
      raise RangeError, "cannot get the minimum of endless range with custom comparison method" if high.nil?
      return none ? super(&block) : super(count, &block)
    end
    return first(count) unless none
    return low if high.nil?
    order = low <=> high
    return nil if order.nil? || order > 0 || (order == 0 && Primitive.range_exclusive(self))
    low
  end

  def max(count = (none = true), &block)
    low = Primitive.range_low(self)
    high = Primitive.range_high(self)
    raise RangeError, "cannot get the maximum of endless range" if high.nil?
    exclusive = Primitive.range_exclusive(self)
    if block || !none || (exclusive && !high.is_a?(Numeric))
      return __last_integers(count) if !none && !block && !count.nil? && (low.nil? || Primitive.is_integer(low)) && Primitive.is_integer(high)
      raise TypeError, "can't iterate from NilClass" if low.nil? && !none && !block
      raise RangeError, "cannot get the maximum of beginless range with custom comparison method" if low.nil?
      return none ? super(&block) : super(count, &block)
    end
    order = low.nil? ? -1 : low <=> high
    return nil if order.nil? || order > 0
    if exclusive
      raise TypeError, "cannot exclude non Integer end value" unless Primitive.is_integer(high)
      return nil if order == 0
      raise TypeError, "cannot exclude end value with non Integer begin value" unless low.nil? || Primitive.is_integer(low)
      return high - 1
    end
    high
  end

  # The last `count` Integers, the greatest first.
  def __last_integers(count)
    count = Primitive.to_index(count)
    raise ArgumentError, "negative array size (or size too big)" if count < 0
    low = Primitive.range_low(self)
    value = Primitive.range_high(self)
    value -= 1 if Primitive.range_exclusive(self)
    list = []
    while count > 0 && (low.nil? || value >= low)
      list << value
      value -= 1
      count -= 1
    end
    list
  end
  private :__last_integers

  def minmax(&block)
    return super if block
    [min, max]
  end

  def ===(value)
    return false if Primitive.is_range(value) && !Primitive.is_range(Primitive.range_low(self)) && !Primitive.is_range(Primitive.range_high(self))
    cover?(value)
  end

  def include?(value)
    low = Primitive.range_low(self)
    high = Primitive.range_high(self)
    if low.is_a?(Numeric) || high.is_a?(Numeric) || Primitive.is_time(low) || Primitive.is_time(high)
      return cover?(value)
    end
    return cover?(value) if low.respond_to?(:to_int) || high.respond_to?(:to_int)
    if low.is_a?(String) || high.is_a?(String)
      if low.is_a?(String) && high.is_a?(String)
        value = String.try_convert(value)
        return false if value.nil?
        if low.size == 1 && high.size == 1 && low.ascii_only? && high.ascii_only?
          return false unless value.size == 1 && value.ascii_only?
          return cover?(value)
        end
        low.upto(high, Primitive.range_exclusive(self)) { |text| return true if text == value }
        return false
      end
      raise TypeError, "cannot determine inclusion in beginless/endless ranges"
    end
    if low.nil? || high.nil?
      return true if low.nil? && high.nil? && (value.is_a?(Numeric) || Primitive.is_time(value))
      raise TypeError, "cannot determine inclusion in beginless/endless ranges"
    end
    super
  end
  alias member? include?

  def cover?(value)
    if Primitive.is_range(value)
      return __cover_range(value)
    end
    low = Primitive.range_low(self)
    high = Primitive.range_high(self)
    unless low.nil?
      order = low <=> value
      return false if order.nil? || Primitive.comparison(order, low, value) > 0
    end
    unless high.nil?
      order = value <=> high
      return false if order.nil?
      order = Primitive.comparison(order, value, high)
      return Primitive.range_exclusive(self) ? order < 0 : order <= 0
    end
    true
  end

  def __cover_range(other)
    low = Primitive.range_low(self)
    high = Primitive.range_high(self)
    other_low = Primitive.range_low(other)
    other_high = Primitive.range_high(other)
    if !other_low.nil? && !other_high.nil?
      order = other_low <=> other_high
      return false if order.nil? || order > 0 || (order == 0 && Primitive.range_exclusive(other))
    end
    return false if high.nil? && other_high.nil? && Primitive.range_exclusive(self) && !Primitive.range_exclusive(other)
    unless low.nil?
      return false if other_low.nil?
      order = low <=> other_low
      return false if order.nil? || order > 0
    end
    return true if high.nil?
    return false if other_high.nil?
    order = high <=> other_high
    return false if order.nil?
    exclusive = Primitive.range_exclusive(self)
    other_exclusive = Primitive.range_exclusive(other)
    return true if order > 0
    return other_exclusive || !exclusive if order == 0
    return false if !other_exclusive || other_low.nil?
    return false unless Primitive.is_integer(other_low) && Primitive.is_integer(other_high)
    last = other.max
    return false if last.nil?
    order = high <=> last
    !order.nil? && (exclusive ? order > 0 : order >= 0)
  end
  private :__cover_range

  def overlap?(other)
    unless Primitive.is_range(other)
      raise TypeError, "wrong argument type #{Primitive.class_name(other)} (expected Range)"
    end
    low = Primitive.range_low(self)
    high = Primitive.range_high(self)
    other_low = Primitive.range_low(other)
    other_high = Primitive.range_high(other)
    return false if Primitive.range_empty(low, other_high, Primitive.range_exclusive(other))
    return false if Primitive.range_empty(other_low, high, Primitive.range_exclusive(self))
    unless low.nil? || other_low.nil?
      order = Primitive.cmp(low, other_low)
      return order == 0 if order.nil? || order == 0
    end
    return false if Primitive.range_empty(low, high, Primitive.range_exclusive(self))
    return false if Primitive.range_empty(other_low, other_high, Primitive.range_exclusive(other))
    true
  end

  def step(step = (none = true; 1), &block)
    low = Primitive.range_low(self)
    high = Primitive.range_high(self)
    numeric = low.is_a?(Numeric)
    string = low.is_a?(String)
    symbol = low.is_a?(Symbol)
    if low.nil?
      if !block && (high.is_a?(Numeric) || high.nil?) && step.is_a?(Numeric)
        raise ArgumentError, "step can't be 0" if step == 0
        return Primitive.arith_sequence(self, :step, none ? [] : [step], {}, nil, high, step, Primitive.range_exclusive(self)) if high.is_a?(Numeric)
      end
      raise ArgumentError, "#step iteration for beginless ranges is meaningless"
    end
    raise ArgumentError, "step is required for non-numeric ranges" if none && !numeric && !string && !symbol
    raise ArgumentError, "step can't be 0" if step.is_a?(Numeric) && step == 0
    unless block
      if numeric && (high.nil? || high.is_a?(Numeric)) && step.is_a?(Numeric)
        return Primitive.arith_sequence(self, :step, none ? [] : [step], {}, low, high, step, Primitive.range_exclusive(self))
      end
      return to_enum(:step, *(none ? [] : [step]))
    end
    exclusive = Primitive.range_exclusive(self)
    if (string || symbol) && Primitive.is_integer(step)
      raise ArgumentError, "step can't be negative" if step < 0
      i = 0
      each do |value|
        yield value if i % step == 0
        i += 1
      end
      return self
    end
    if numeric && (Primitive.is_float(low) || Primitive.is_float(high) || Primitive.is_float(step))
      if high.nil?
        i = 0
        while true
          yield low + i * Float(step)
          i += 1
        end
      end
      count = Primitive.float_steps(low, high, step, exclusive)
      i = 0
      while i < count
        value = Float(low) + i * Float(step)
        value = Float(high) if !exclusive && (step > 0 ? value > high : value < high)
        yield value
        i += 1
      end
      return self
    end
    if symbol && step.is_a?(String)
      Range.new(low.to_s, high&.to_s, exclusive).step(step) { |value| yield value.to_sym }
      return self
    end
    value = low
    if high.nil?
      while true
        yield value
        value += step
      end
    end
    if Primitive.is_integer(value) && Primitive.is_integer(step)
      if step > 0
        while exclusive ? value < high : value <= high
          yield value
          value += step
        end
      else
        while exclusive ? value > high : value >= high
          yield value
          value += step
        end
      end
      return self
    end
    direction = Primitive.compare(low, low + step)
    return self if direction == 0 && numeric
    while true
      order = Primitive.compare(value, high)
      order = -order if direction > 0
      break if order > 0 || (exclusive && order == 0)
      yield value
      break if order == 0
      value += step
    end
    self
  end

  def %(step)
    low = Primitive.range_low(self)
    high = Primitive.range_high(self)
    if low.is_a?(Numeric) && (high.nil? || high.is_a?(Numeric)) && step.is_a?(Numeric) && !defined?(yield)
      raise ArgumentError, "step can't be 0" if step == 0
      return Primitive.arith_sequence(self, :%, [step], {}, low, high, step, Primitive.range_exclusive(self))
    end
    step(step)
  end

  def bsearch
    return to_enum(:bsearch) unless defined?(yield)
    low = Primitive.range_low(self)
    high = Primitive.range_high(self)
    exclusive = Primitive.range_exclusive(self)
    if (Primitive.is_float(low) || Primitive.is_float(high)) && (low.nil? || low.is_a?(Numeric)) && (high.nil? || high.is_a?(Numeric))
      from = Primitive.float_to_order(low.nil? ? -Float::INFINITY : Float(low))
      to = Primitive.float_to_order(high.nil? ? Float::INFINITY : Float(high))
      to -= 1 if exclusive
      found = nil
      while from <= to
        middle = from + (to - from) / 2
        value = Primitive.float_from_order(middle)
        answer = yield(value)
        step = Primitive.bsearch_step(answer)
        if Primitive.same(answer, true)
          found = value
          to = middle - 1
        elsif step == 0
          return value
        elsif step < 0
          to = middle - 1
        else
          from = middle + 1
        end
      end
      return found
    end
    unless (Primitive.is_integer(low) || low.nil?) && (Primitive.is_integer(high) || high.nil?) && !(low.nil? && high.nil?)
      raise TypeError, "can't do binary search for #{low.class}"
    end
    if high.nil?
      distance = 1
      while true
        answer = yield(low + distance)
        step = Primitive.bsearch_step(answer)
        return low + distance if step == 0
        break if Primitive.same(answer, true) || step < 0
        low += distance
        distance *= 2
      end
      high = low + distance
    elsif low.nil?
      high -= 1 if exclusive
      exclusive = false
      distance = 1
      while true
        answer = yield(high - distance)
        step = Primitive.bsearch_step(answer)
        return high - distance if step == 0 && !Primitive.same(answer, true)
        break if !Primitive.same(answer, true) && step > 0
        high -= distance
        distance *= 2
      end
      low = high - distance
    end
    high -= 1 if exclusive
    found = nil
    while low <= high
      middle = low + (high - low) / 2
      answer = yield(middle)
      step = Primitive.bsearch_step(answer)
      if Primitive.same(answer, true)
        found = middle
        high = middle - 1
      elsif step == 0
        return middle
      elsif step < 0
        high = middle - 1
      else
        low = middle + 1
      end
    end
    found
  end

  def to_set(*args, &block)
    raise RangeError, "cannot convert endless range to a set" if Primitive.range_high(self).nil?
    super
  end

  def sum(init = 0, &block)
    low = Primitive.range_low(self)
    high = Primitive.range_high(self)
    if !block && Primitive.is_integer(low) && Primitive.is_integer(high) && Primitive.is_integer(init)
      high -= 1 if Primitive.range_exclusive(self)
      return init if high < low
      return init + (high - low + 1) * (low + high) / 2
    end
    super
  end

  def inject(initial = (no_initial = true), operation = (no_operation = true), &block)
    return no_operation ? super(initial, &block) : super(initial, operation) if !no_initial && (!no_operation || !block)
    memo = no_initial ? nil : initial
    started = !no_initial
    return super() if no_initial && !block
    each do |value|
      if started
        memo = yield(memo, value)
      else
        memo = value
        started = true
      end
    end
    memo
  end
  alias reduce inject

  def map
    return to_enum(:map) { size } unless defined?(yield)
    result = []
    each { |value| Primitive.array_push(result, yield(value)) }
    result
  end
  alias collect map

  def select
    return to_enum(:select) { size } unless defined?(yield)
    result = []
    each { |value| Primitive.array_push(result, value) if yield(value) }
    result
  end
  alias filter select

  def each_with_index(*args)
    return to_enum(:each_with_index, *args) { size } unless defined?(yield)
    return super unless args.empty?
    i = 0
    each do |value|
      yield value, i
      i = Primitive.integer_add(i, 1)
    end
    self
  end
end
