# is_a?, kind_of? and === of classes in hot code, before and after ancestors change.

module Mark
end

class Base
end

class Sub < Base
end

class Odd
  def self.===(other) = other == :odd
  def is_a?(klass) = klass == Mark || super
end

def kind(value)
  case value
  when Odd then :odd
  when Mark then :mark
  when Base then :base
  when Integer then :integer
  when Float, nil then :float_or_nil
  when String, Symbol then :text
  when Comparable then :comparable
  when Enumerable then :enumerable
  when Class then :class
  else :other
  end
end

def marked(object) = object.is_a?(Mark)
def based(object) = object.kind_of?(Base)
def own(object) = [object.is_a?(Sub), object.kind_of?(Comparable), object.is_a?(Object), object.instance_of?(Base)]

VALUES = [Base.new, Sub.new, 1, 2**70, 1.5, 1e300, nil, true, "s", :s, :odd, [1], { a: 1 }, 1..2, Class, Mark, Odd.new, BasicObject, 2r, Object.new]
400.times { kind(1); kind(:s); marked(VALUES[0]); based(VALUES[1]); own(VALUES[0]) }
2.times { p VALUES.map { |value| kind(value) } }
300.times { VALUES.each { |value| kind(value) } }
p VALUES.map { |value| kind(value) }
p VALUES.map { |value| marked(value) }.tally, VALUES.map { |value| based(value) }.tally
p own(VALUES[0]), own(VALUES[1]), own(3)

before = marked(VALUES[0])
class Base
  include Mark
end
p before, marked(VALUES[0]), marked(VALUES[1]), kind(VALUES[0]), kind(VALUES[1])
300.times { marked(VALUES[0]); marked(VALUES[2]) }
p marked(VALUES[2])
class Integer
  include Mark
end
p marked(VALUES[2]), kind(VALUES[2]), marked(2**70)

object = Object.new
300.times { marked(object) }
p marked(object)
object.extend(Mark)
p marked(object), marked(Object.new)
300.times { marked(object) }
other = Object.new
other.singleton_class
300.times { marked(other) }
p marked(other), other.singleton_class.include(Mark).class, marked(other)

def wrong(object, klass) = object.is_a?(klass)
300.times { wrong(1, Integer) }
p wrong(1, Integer), (wrong(1, 2) rescue $!.message), (wrong(1, nil) rescue $!.message)

class Sub
  def is_a?(klass) = :redefined
end
p own(VALUES[1]), kind(VALUES[1])
def Base.===(other) = other == 7
p kind(7), kind(VALUES[3])
