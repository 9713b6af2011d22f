# Comparisons by <=>.

module Comparable
  def ==(other)
    return true if Primitive.same(self, other)
    order = Primitive.guarded_cmp(self, other)
    return false if order.nil?
    Primitive.comparison(order, self, other) == 0
  end

  def >(other)
    Primitive.comparison(self <=> other, self, other) > 0
  end

  def >=(other)
    Primitive.comparison(self <=> other, self, other) >= 0
  end

  def <(other)
    Primitive.comparison(self <=> other, self, other) < 0
  end

  def <=(other)
    Primitive.comparison(self <=> other, self, other) <= 0
  end

  def between?(min, max)
    return false if Primitive.comparison(self <=> min, self, min) < 0
    return false if Primitive.comparison(self <=> max, self, max) > 0
    true
  end

  def clamp(min, max = (one = true))
    if one
      unless Primitive.is_range(min)
        raise TypeError, "wrong argument type #{Primitive.class_name(min)} (expected Range)"
      end
      range = min
      min = Primitive.range_low(range)
      max = Primitive.range_high(range)
      if !max.nil? && Primitive.range_exclusive(range)
        raise ArgumentError, "cannot clamp with an exclusive range"
      end
    end
    if !min.nil? && !max.nil? && Primitive.comparison(min <=> max, min, max) > 0
      raise ArgumentError, "min argument must be less than or equal to max argument"
    end
    unless min.nil?
      order = Primitive.comparison(self <=> min, self, min)
      return self if order == 0
      return min if order < 0
    end
    unless max.nil?
      return max if Primitive.comparison(self <=> max, self, max) > 0
    end
    self
  end
end
