# BigMath's functions beside those in Rust, which they are made of. Each calculates with some digits more than it is asked for.

module BigMath
  class << self
    private

    # Yields the number and a working precision, and rounds what comes of it.
    def __function(name, x, precision, extra = 0)
      precision = __digits(name, precision)
      x = __number(x, precision)
      return BigDecimal("NaN") if x.nan?
      yield(x, precision + 16 + extra).mult(1, precision)
    end

    def __digits(name, precision)
      raise TypeError, "no implicit conversion of #{precision.class} into Integer" unless precision.respond_to?(:to_int)
      given, precision = precision, precision.to_int
      raise TypeError, "can't convert #{given.class} to Integer" unless Integer === precision
      raise ArgumentError, "Zero or negative precision for #{name}" unless precision.positive?
      precision
    end

    def __number(x, precision)
      case x
      when BigDecimal then x
      when Integer, Float then BigDecimal(x, 0)
      when Rational then BigDecimal(x, [precision, 32].max)
      else raise ArgumentError, "#{x.inspect} can't be coerced into BigDecimal"
      end
    end

    # A quotient of logarithms, which is whole where rounding hides it.
    def __whole_ratio(quotient, digits)
      quotient.finite? ? quotient.round(digits - 4 - quotient.exponent, BigDecimal::ROUND_HALF_UP) : quotient
    end

    # Digits that are lost in a difference of values near zero.
    def __lost(x) = [-__number(x, 16).exponent, 0].max

    def __refuse(name) = raise(Math::DomainError, "Out of domain argument for #{name}")
  end

  module_function

  def tan(x, precision)
    BigMath.send(:__function, :tan, x, precision) { |number, digits| sin(number, digits).div(cos(number, digits), digits) }
  end

  def asin(x, precision)
    BigMath.send(:__function, :asin, x, precision) do |number, digits|
      BigMath.send(:__refuse, :asin) if number.abs > 1
      cosine = sqrt((1 - number) * (1 + number), digits)
      cosine.zero? ? PI(digits).div(2, digits) * number.to_i : atan(number.div(cosine, digits), digits)
    end
  end

  def acos(x, precision)
    BigMath.send(:__function, :acos, x, precision) do |number, digits|
      BigMath.send(:__refuse, :acos) if number.abs > 1
      # Twice the angle of half the chord, which loses no digits near one.
      next PI(digits) if number == -1
      atan(sqrt((1 - number).div(1 + number, digits), digits), digits) * 2
    end
  end

  def atan2(y, x, precision)
    digits = BigMath.send(:__digits, :atan2, precision)
    x = BigMath.send(:__number, x, digits)
    BigMath.send(:__function, :atan2, y, precision) do |ordinate, wide|
      next ordinate + x if x.nan?
      next x.sign.positive? ? BigDecimal(0) : PI(wide) * (ordinate.sign <=> 0) if ordinate.zero?
      if x.infinite? || ordinate.infinite?
        ordinate = ordinate.infinite? ? BigDecimal(ordinate.infinite?) : BigDecimal(0) * (ordinate <=> 0)
        x = BigDecimal(x.infinite? || 0)
        next x.positive? ? BigDecimal(0) : PI(wide) * (ordinate.sign <=> 0) if ordinate.zero?
      end
      turn = ordinate.positive? ? PI(wide) : -PI(wide)
      next turn.div(2, wide) if x.zero?
      angle = atan(ordinate.div(x, wide), wide)
      x.positive? ? angle : angle + turn
    end
  end

  def sinh(x, precision)
    BigMath.send(:__function, :sinh, x, precision, BigMath.send(:__lost, x)) do |number, digits|
      next number if number.infinite?
      power = exp(number, digits)
      (power - BigDecimal(1).div(power, digits)).div(2, digits)
    end
  end

  def cosh(x, precision)
    BigMath.send(:__function, :cosh, x, precision) do |number, digits|
      next number.abs if number.infinite?
      power = exp(number, digits)
      (power + BigDecimal(1).div(power, digits)).div(2, digits)
    end
  end

  def tanh(x, precision)
    BigMath.send(:__function, :tanh, x, precision, BigMath.send(:__lost, x)) do |number, digits|
      next BigDecimal(number.infinite?) if number.infinite?
      square = exp(number * -2, digits)
      (1 - square).div(1 + square, digits)
    end
  end

  def asinh(x, precision)
    BigMath.send(:__function, :asinh, x, precision, BigMath.send(:__lost, x)) do |number, digits|
      next number if number.infinite? || number.zero?
      size = number.abs
      angle = log(size + sqrt(size * size + 1, digits), digits)
      number.negative? ? -angle : angle
    end
  end

  def acosh(x, precision)
    BigMath.send(:__function, :acosh, x, precision) do |number, digits|
      BigMath.send(:__refuse, :acosh) if number < 1
      next number if number.infinite?
      log(number + sqrt(number * number - 1, digits), digits)
    end
  end

  def atanh(x, precision)
    BigMath.send(:__function, :atanh, x, precision, BigMath.send(:__lost, x)) do |number, digits|
      BigMath.send(:__refuse, :atanh) if number.abs > 1
      next BigDecimal::INFINITY * number.to_i if number.abs == 1
      log((1 + number).div(1 - number, digits), digits).div(2, digits)
    end
  end

  def log2(x, precision)
    BigMath.send(:__function, :log2, x, precision) do |number, digits|
      BigMath.send(:__whole_ratio, log(number, digits).div(log(2, digits), digits), digits)
    end
  end

  def log10(x, precision)
    BigMath.send(:__function, :log10, x, precision) do |number, digits|
      BigMath.send(:__whole_ratio, log(number, digits).div(log(10, digits), digits), digits)
    end
  end

  def log1p(x, precision)
    BigMath.send(:__function, :log1p, x, precision) do |number, digits|
      BigMath.send(:__refuse, :log1p) if number < -1
      log(number + 1, digits)
    end
  end

  def expm1(x, precision)
    BigMath.send(:__function, :expm1, x, precision, BigMath.send(:__lost, x)) { |number, digits| exp(number, digits).sub(1, digits) }
  end

  def cbrt(x, precision)
    BigMath.send(:__function, :cbrt, x, precision) do |number, digits|
      next number if number.infinite? || number.zero?
      root = number.abs.power(BigDecimal(1).div(3, digits + number.exponent.abs.to_s.size), digits)
      number.negative? ? -root : root
    end
  end

  def hypot(x, y, precision)
    digits = BigMath.send(:__digits, :hypot, precision)
    y = BigMath.send(:__number, y, digits)
    BigMath.send(:__function, :hypot, x, precision) do |number, wide|
      next BigDecimal::INFINITY if number.infinite? || y.infinite?
      sqrt(number * number + y * y, wide)
    end
  end

  def frexp(x)
    x = BigMath.send(:__number, x, 0)
    x.finite? ? [x._decimal_shift(-x.exponent), x.exponent] : [x, 0]
  end

  def ldexp(x, exponent)
    x = BigMath.send(:__number, x, 0)
    x.finite? ? x._decimal_shift(exponent) : x
  end
end
