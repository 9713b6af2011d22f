# Iterations over numbers, loop, and the Kernel methods that yield the receiver.

class Integer
  def times
    return to_enum(:times) { self < 0 ? 0 : self } unless defined?(yield)
    i = 0
    if Primitive.is_fixnum(self)
      while Primitive.integer_lt(i, self)
        yield i
        i = Primitive.integer_add(i, 1)
      end
    else
      while i < self
        yield i
        i += 1
      end
    end
    self
  end

  def upto(limit)
    unless defined?(yield)
      return to_enum(:upto, limit) do
        Primitive.comparison_failed(self, limit) unless limit.is_a?(Numeric)
        count = (limit - self).floor + 1
        count < 0 ? 0 : count
      end
    end
    i = self
    if Primitive.is_fixnum(limit) && Primitive.is_fixnum(self)
      while Primitive.integer_le(i, limit)
        yield i
        i = Primitive.integer_add(i, 1)
      end
    else
      Primitive.comparison_failed(self, limit) unless limit.is_a?(Numeric)
      until i > limit
        yield i
        i += 1
      end
    end
    self
  end

  def downto(limit)
    unless defined?(yield)
      return to_enum(:downto, limit) do
        Primitive.comparison_failed(self, limit) unless limit.is_a?(Numeric)
        count = (self - limit).floor + 1
        count < 0 ? 0 : count
      end
    end
    i = self
    if Primitive.is_fixnum(limit) && Primitive.is_fixnum(self)
      while Primitive.integer_le(limit, i)
        yield i
        i = Primitive.integer_sub(i, 1)
      end
    else
      Primitive.comparison_failed(self, limit) unless limit.is_a?(Numeric)
      until i < limit
        yield i
        i -= 1
      end
    end
    self
  end
end

class Numeric
  def step(limit = (no_limit = true; nil), step = (no_step = true; nil), by: (no_by = true; nil), to: (no_to = true; nil))
    raise ArgumentError, "to is given twice" unless no_limit || no_to
    raise ArgumentError, "step is given twice" unless no_step || no_by
    limit = to if no_limit
    step = by if no_step && !no_by
    raise ArgumentError, "step can't be 0" if !step.nil? && step == 0
    unless defined?(yield)
      increment = step.nil? ? 1 : step
      if increment.is_a?(Numeric) && (limit.nil? || limit.is_a?(Numeric))
        arguments = []
        keywords = {}
        if no_by && no_to
          arguments << limit unless no_limit
          arguments << step unless no_step
        else
          arguments << limit unless no_limit
          keywords[:by] = by unless no_by
          keywords[:to] = to unless no_to
        end
        return Primitive.arith_sequence(self, :step, arguments, keywords, self, limit, increment, false)
      end
      return to_enum(:step, limit, step) { Primitive.comparison_failed(step, 0) unless step.nil? || step.is_a?(Numeric) }
    end
    step = 1 if step.nil?
    Primitive.comparison_failed(step, 0) unless step.is_a?(Numeric)
    if Primitive.is_float(self) || Primitive.is_float(limit) || Primitive.is_float(step)
      low = Float(self)
      increment = Float(step)
      if limit.nil?
        i = 0
        while true
          yield low + i * increment
          i += 1
        end
      end
      high = Float(limit)
      count = Primitive.float_steps(low, high, increment, false)
      if increment.infinite?
        yield low if count > 0
      else
        i = 0
        while i < count
          value = low + i * increment
          value = high if increment > 0 ? value > high : value < high
          yield value
          i += 1
        end
      end
      return self
    end
    i = self
    if limit.nil?
      while true
        yield i
        i += step
      end
    elsif step > 0
      until i > limit
        yield i
        i += step
      end
    else
      until i < limit
        yield i
        i += step
      end
    end
    self
  end
end

module Kernel
  def loop
    return to_enum(:loop) { Float::INFINITY } unless defined?(yield)
    begin
      while true
        yield
      end
    rescue StopIteration => stop
      stop.result
    end
  end
  module_function :loop

  def tap
    yield self
    self
  end

  def then
    return to_enum(:then) { 1 } unless defined?(yield)
    yield self
  end

  def yield_self
    return to_enum(:yield_self) { 1 } unless defined?(yield)
    yield self
  end
end
