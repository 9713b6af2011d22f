# Array patterns in machine code: plain Arrays, others that answer themselves, and what is no Array.
def shape(value)
  case value
  in [] then :none
  in [a] then [:one, a]
  in [a, [b, *c]] then [:nested, a, b, c]
  in [first, *, last] then [:ends, first, last]
  in { x: } then [:hash, x]
  else :other
  end
end

class Point
  def initialize(*parts) = @parts = parts
  def deconstruct = @parts
end

class Odd < Array
  def deconstruct = [:odd]
end

class Sized < Array
  def size = 1
  def length = 1
end

300.times { |i| shape([i, [i, 2, 3]]); shape([i]); shape([1, 2, i]); shape([]) }
p shape([1, [2, 3, 4]]), shape([5]), shape([]), shape([1, 2, 3]), shape([1, 2, 3].freeze), shape([1, [2]].freeze)
p shape(Point.new(1, [2])), shape(Point.new), shape(Odd[1, 2]), shape(Sized[1, 2]), shape(nil), shape(3), shape({ x: 1 }), shape("a")
def pair(list)
  list in [a, b]
  [a, b]
end
200.times { pair([1, 2]) }
p pair([1, 2]), pair([1]), pair(Point.new(3, 4))
class Array
  def deconstruct = [:redefined]
end
p shape([1, 2]), pair([7, 8])
def key(hash)
  hash in { x: }
  x
end
200.times { key({ x: 1 }) }
p key({ x: 1 })
class Hash
  def deconstruct_keys(keys) = { x: keys }
end
p key({ x: 1 })
class Regexp
  def ===(other) = other == "z"
end
p %w[a z].grep(/a/), %w[a z].grep_v(/a/)
