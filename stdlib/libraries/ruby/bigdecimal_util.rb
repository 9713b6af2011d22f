# What `bigdecimal/util` adds: `to_d` of what can be a number, and plain digits of a BigDecimal.

require "bigdecimal"

class Integer
  def to_d = BigDecimal(self)
end

class Float
  def to_d(precision = 0) = BigDecimal(self, precision)
end

class Rational
  def to_d(precision = 0) = BigDecimal(self, precision)
end

class Complex
  def to_d(precision = 0)
    imaginary.zero? ? BigDecimal(real, precision) : BigDecimal(self)
  end
end

class String
  def to_d = BigDecimal.interpret_loosely(self)
end

class NilClass
  def to_d = BigDecimal(0)
end

class BigDecimal
  def to_d = self

  # The sign is that of the whole part.
  def to_digits = finite? && nonzero? ? "#{to_i}#{frac.abs.to_s("F").delete_prefix("0")}" : to_s
end
