# case/in: values, arrays, hashes, find pattern, guards, pins, alternatives, deconstruct, errors.
def m(x)
  case x
  in Integer | Float => n if n > 100 then "big #{n}"
  in Integer then "int"
  in [] then "empty"
  in [x] then "one #{x}"
  in [Integer => a, String => b] then "pair #{a} #{b}"
  in [first, *rest] if rest.size > 3 then "long #{first} #{rest}"
  in [*, :needle, *post] then "found #{post}"
  in { type: :circle, r: } then "circle #{r}"
  in { type: :rect, w:, h:, **nil } then "rect #{w}x#{h}"
  in { name: String => name, **rest } then "name #{name} #{rest}"
  in nil then "nil"
  in "a".."f" then "letter"
  in /^x(.*)/ then "regexp #{$1}"
  in ->(v) { v == :lambda } then "lambda"
  else "else"
  end
end
[500, 5, 1.5, [], [1], [1, "b"], [1, 2, 3, 4, 5], [0, :needle, 2], { type: :circle, r: 2 }, { type: :rect, w: 1, h: 2 },
 { type: :rect, w: 1, h: 2, d: 3 }, { name: "n", age: 3 }, nil, "c", "xyz", :lambda, :other].each { |v| puts m(v) }

class Point
  attr_reader :x, :y
  def initialize(x, y) = (@x, @y = x, y)
  def deconstruct = [x, y]
  def deconstruct_keys(keys) = { x:, y: }
end
case Point.new(1, 2)
in [a, b] then p [a, b]
end
case Point.new(1, 2)
in Point(x:, y: 2) then p x
end
case Point.new(1, 2)
in Point[a, 2] then p a
end
expected = 5
case 5
in ^expected then puts "pinned"
end
case [1, 1]
in [a, ^a] then puts "same"
end
case 7
in ^(3 + 4) then puts "expression"
end
if { a: [1, { b: 2 }] } in { a: [_, { b: }] }
  p b
end
p((1 in String), (1 in Integer))
config = { db: { user: "u", port: 1 } }
config => { db: { user:, port: } }
p user, port
begin
  1 => String
rescue NoMatchingPatternError => e
  p e.class
end
begin
  case [1, 2]
  in [a] then 1
  end
rescue NoMatchingPatternError => e
  p e.class
end
begin
  { a: 1 } => { b: }
rescue NoMatchingPatternKeyError => e
  puts e.message
  p e.key
end
case { a: nil }
in { a: nil } then puts "nil value"
end
case {}
in {} then puts "empty hash"
end
in_array = case [1, [2, [3, 4]]]
           in [Integer => a, [b, [*, c]]] then [a, b, c]
           end
p in_array
case 5
in 0..3 then 1
in 4.. then puts "endless"
end
data = Data.define(:w, :h)
case data.new(w: 1, h: 2)
in { w:, h: } then p w + h
end

# Arrays of classes with `[]` and `length` of their own are asked.
class Answering < Array
  def [](*args) = args.size == 1 ? args[0] * 10 : [:slice, *args]
  def length = 3
end
case Answering[7]
in [0, 10, last] then p last
end
case Answering[7, 7, 7, 7]
in [first, *rest] then p first, rest
end
