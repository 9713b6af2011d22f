# What every generated program begins with: fuel for calls and loops, values kept small, a class with odd manners.
$fuel = 6_000
class Fuel < Exception; end
def tick = ($fuel = $fuel.pred).negative? && raise(Fuel, "fuel")
def cap(value)
  case value
  when Integer then value.bit_length > 200 ? 77 : value
  when String then value.size > 60 ? value[0, 20] : value
  when Array then value.size > 20 ? value.take(5) : value
  else value
  end
end
def leaf(value)
  case value
  when Array, Hash, Base, Struct, Data then value.class
  else cap(value)
  end
end
def show(value) = puts(value.inspect.to_s[0, 300].gsub(/0x\h+/, "0x"))
def try
  show(yield)
rescue Exception => error
  puts "#{error.class}: #{error.message.to_s[0, 200].gsub(/0x\h+/, "0x")}"
end
class Base
  include Comparable
  attr_accessor :a, :b
  def initialize(a = 1, b: 2) = (@a = a; @b = b)
  def <=>(other) = (tick; @a.to_s <=> (other.a.to_s rescue other.to_s))
  def to_s = "o#{@a.class}"
  def inspect = "#<o #{@a.inspect[0, 40]}>"
  def each; tick; yield @a; yield @b; self; end
  def coerce(other) = [other, 3]
  def method_missing(name, *rest, **named, &block) = (tick; block ? block.call(name, rest.size) : [name, rest.size, named.size])
  def respond_to_missing?(name, all) = name.start_with?("dyn")
end
Pair = Struct.new(:x, :y)
Point = Data.define(:x, :y)
