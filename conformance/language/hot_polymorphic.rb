# Hot call sites that meet one, few and many classes, and classes that change while they run.
class Circle; def initialize(r) = @r = r; def area = @r * @r * 3; end
class Square; def initialize(s) = @s = s; def area = @s * @s; end
class Rect; def initialize(a, b) = (@x, @a, @b = 0, a, b); def area = @a * @b; end
class Tri < Rect; def area = super / 2; end
def total(shapes, n)
  sum = 0
  i = 0
  while i < n
    sum += shapes[i % shapes.size].area
    i += 1
  end
  sum
end
mono = [Circle.new(2)]
p total(mono, 2000)
poly = [Circle.new(2), Square.new(3), Rect.new(2, 5), Tri.new(4, 6)]
p total(poly, 4000)
many = 12.times.map { |k| Class.new { define_method(:area) { k } }.new }
p total(many, 3000)
class Square; def area = -1; end
p total(poly, 400), total([Square.new(1)], 10)
single = Square.new(1)
def single.area = 1000
p total([single, Square.new(1)], 10)
module Double; def area = super * 2; end
Circle.prepend(Double)
p total(mono, 100)
class Late
  def method_missing(name, *) = name == :area ? 7 : super
  def respond_to_missing?(*) = true
end
p total([Late.new, Circle.new(1)], 1001)
class Late; def area = 8; end
p total([Late.new], 3)
class Bag
  attr_accessor :a, :b, :c
  def initialize(order) = order.each { |k| instance_variable_set("@#{k}", k.to_s.ord) }
  def sum = (@a || 0) + (@b || 0) * 2 + (@c || 0) * 3
end
bags = [Bag.new(%i[a b c]), Bag.new(%i[c b a]), Bag.new(%i[b]), Bag.new([])]
s = 0
4000.times { |i| s += bags[i & 3].sum }
p s
values = [1, 2.5, "3", nil, :five, 6r, [7], { h: 8 }]
out = Hash.new(0)
4000.times do |i|
  v = values[i % values.size]
  key = case v
        when Integer then :int
        when Float then :float
        when String, Symbol then :text
        when nil then :nil
        when Enumerable then :enum
        else :other
        end
  out[key] += 1
end
p out
r = []
2000.times { |i| r << values[i % 8].to_s if i % 250 == 0 }
p r
acc = 0
[[1, 2], { a: 3 }, 4..6, Struct.new(:z).new(7)].cycle.first(2000).each { |e| e.each { |*x| acc += x.flatten.last } }
p acc
x = 5
2500.times { |i| x = i == 2000 ? "str" : x.is_a?(String) ? x + "." : x + 1 }
p x.size, x[0, 6]
o = Object.new
calls = 0
o.define_singleton_method(:go) { calls += 1 }
3000.times { o.go }
p calls
