# Numeric classes of the program beside Integer, Rational and Complex; exact zeros, bits of ranges, characters out of range.
class Meter < Numeric
  attr_reader :size
  def initialize(size) = @size = size
  def coerce(other) = [Meter.new(other), self]
  def +(other) = Meter.new(size + (Meter === other ? other.size : other))
  def %(other) = Meter.new(size % other.size)
  def <(other) = size < other
  def >(other) = size > other
  def -(other) = Meter.new(size - other.size)
  def ==(other) = size == (Meter === other ? other.size : other)
  def inspect = "#{size} m"
  def to_r = Rational(size)
end
def try
  p yield
rescue => e
  puts "#{e.class}: #{e.message}"
end
try { Meter.new(7).remainder(Meter.new(-4)) }
try { Meter.new(-7).remainder(Meter.new(4)) }
try { Meter.new(7).quo(2) }
try { Meter.new(1).eql?(Meter.new(1)) }
try { Complex(1, 2).coerce(Meter.new(3)).map(&:class) }
meter = Meter.new(1)
try { def meter.foo = 1 }
try { Complex.rect(1.0 + 0i, 2 + 0.0i) }
try { Complex.rect(1 + 1i) }
try { Complex.polar(1, Complex(2, 0)) }
try { 5.remainder(0.0) }
try { Rational(0) ** Rational(-3, 2) }
try { Rational(2) ** 2**70 }
class Two; def to_f = 2.0; end
try { 1.coerce(Two.new) }
try { 5328[2..1] }
try { 5328[3..-1] }
try { 2206368128.chr }
try { [0, 1, 2, 3][(0..7) % 2] }
try { [0, 1, 2, 3, 4, 5][(...0).step(-1)] }
try { [0, 1, 2, 3, 4, 5][(4...1).step(-2)] }
try { [1].fill(0, 1, 2**61) }
try { Array.new(2**60) }
class Same
  attr_reader :name
  def initialize(name) = @name = name
  def hash = 42
  def eql?(other) = (print name, " "; true)
end
a, b = Same.new("a"), Same.new("b")
p ([a] - [b]).size, { a => 1 }[b], ([a] | [b]).size, [a, b].uniq.size
class Number; def initialize(value) = @value = value; def to_int = @value; end
class Hashed; def initialize(hash) = @hash = hash; attr_reader :hash; end
p [Hashed.new(Number.new(1.hash))].hash == [1].hash
