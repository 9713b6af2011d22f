# Integer#+ and friends redefined while a hot loop runs; everything must notice, and the way back too.
def add(a, b) = a + b
def total(n)
  s = 0
  i = 0
  while i < n
    s = add(s, i)
    i += 1
  end
  s
end
p total(3000)
class Integer
  alias_method :original_plus, :+
end
p add(2, 3)
class Integer
  def +(other) = original_plus(other).original_plus(1000)
end
p add(2, 3), 2 + 3
class Integer
  alias_method :+, :original_plus
end
p add(2, 3), total(100)
class Integer
  alias_method :old_less, :<
  def <(other) = old_less(other)
end
p total(50)
class Integer
  alias_method :<, :old_less
end
class Array
  alias_method :old_at, :[]
  def [](*a) = a == [0] ? :patched : old_at(*a)
end
list = [1, 2]
p list[0], list[1]
class Array
  alias_method :[], :old_at
end
p list[0]
def compare(a, b) = a == b
2000.times { compare("a", "a") }
class String
  alias_method :old_eq, :==
  def ==(o) = old_eq(o) ? :same : :different
end
p compare("a", "a"), compare("a", "b")
class String
  alias_method :==, :old_eq
end
p compare("a", "a")
class Float
  alias_method :old_times, :*
  def *(o) = o == 2.0 ? :doubled : old_times(o)
end
def scale(x, y) = x * y
p scale(1.5, 2.0), scale(1.5, 3.0)
class Float
  alias_method :*, :old_times
end
p scale(1.5, 2.0)
class NilClass
  def to_s_patched = "nil!"
end
p nil.to_s_patched
in_loop = []
i = 0
while i < 1500
  in_loop << (i - 1) if i % 500 == 0
  if i == 700
    class Integer
      alias_method :old_minus, :-
      def -(o) = old_minus(o).old_minus(10)
    end
  elsif i == 1200
    class Integer
      alias_method :-, :old_minus
    end
  end
  i += 1
end
p in_loop, 5 - 1
def truth(x) = !x
p truth(nil), truth(1)
class Object
  def method_added_late = :late
end
p 5.method_added_late, nil.method_added_late
