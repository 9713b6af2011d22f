# `==` and `!=` of objects that are equal to themselves only, and with nil, in machine code.
class A; end
class B; end
class C
  attr_reader :key
  def initialize(key) = @key = key
  def ==(other) = other.is_a?(C) && key == other.key
end

def same(a, b) = a == b
def other(a, b) = a != b
def pick(a, b)
  if a != b then :other else :same end
end
def missing(list) = list == nil
def present(list)
  return :none if list == nil
  list.size
end

a, b, m = A.new, B.new, Module.new
300.times { same(a, b); same(b, a); other(a, b); other(b, b); pick(a, b); pick(b, a); same(m, A); missing([]); missing("a"); missing({}); present([1]) }
p same(a, a), same(a, b), other(a, a), other(a, b), pick(a, a), pick(b, a), same(A, A), same(A, B), same(m, m)
p missing([]), missing(nil), missing("a"), missing({}), missing(a), present([1, 2]), present(nil), present({}), missing(Float::NAN)
p same(C.new(1), C.new(1)), other(C.new(1), C.new(1)), pick(C.new(1), C.new(2)), same(a, C.new(1)), missing(C.new(1))

# A definition changes what is compiled.
class B
  def ==(other) = :redefined
end
p same(b, a), other(b, a), pick(b, a), missing(b)
class A
  def !=(other) = :unequal
end
p other(a, a), pick(a, a)
class BasicObject
  alias plain_equal ==
  def ==(other) = plain_equal(other)
end
p same(m, m), same(a, a)
class NilClass
  def to_ary = []
end
p missing([]), missing([1])
class BasicObject
  def ==(other) = :asked
end
p same(m, m), other(m, m), pick(m, m)
