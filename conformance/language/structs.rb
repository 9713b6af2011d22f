# Struct and Data.
Point = Struct.new(:x, :y) do
  def dist = Math.sqrt(x * x + y * y)
  def to_s = "(#{x}, #{y})"
end
a = Point.new(3, 4)
p a, a.dist, a.to_a, a == Point.new(3, 4), a.eql?(Point.new(3.0, 4)), a == Point.new(3.0, 4), a.hash == Point.new(3, 4).hash
puts a, "#{a}"
a.x = 10
a[:y] = 20
a[0] += 1
p a.x, a["y"], a[-1], a.members, a.each.to_a, a.to_h, a.size, a.values_at(0, 1), Point.members
x, y = *a
p x, y
p Point.new(1), Point.new(1).y
[-> { Point.new(1, 2, 3) }, -> { a[:z] }, -> { a[5] }, -> { a["q"] = 1 }, -> { Struct.new("lower") }, -> { Struct.new(:a, :a) }].each do |l|
  begin
    p l.call
  rescue => e
    puts "#{e.class}: #{e.message}"
  end
end
K = Struct.new(:a, :b, keyword_init: true)
p K.new(a: 1), K.inspect, K.keyword_init?
begin
  K.new(c: 1)
rescue ArgumentError => e
  puts e.message
end
p Point.new(x: 1, y: 2)
class Point3 < Point
  def initialize(x, y, z = 0)
    super(x, y)
    @z = z
  end
  attr_reader :z
end
p Point3.new(1, 2, 3).z, Point3.new(1, 2), Point3.ancestors.include?(Point)
p [Point.new(2, 1), Point.new(1, 2)].sort_by(&:x).map(&:to_s), [Point.new(1, 1), Point.new(1, 1)].uniq.size
h = { Point.new(1, 1) => :found }
p h[Point.new(1, 1)]
n = Struct.new(:v, :self_ref).new(1)
n.self_ref = n
p n.inspect.sub(/0x\h+/, "0x")
p a.select(&:odd?), a.sum, a.dig(:x), Point.new([1, { k: 2 }], 0).dig(:x, 1, :k)
Coord = Data.define(:lat, :lng) do
  def +(o) = with(lat: lat + o.lat, lng: lng + o.lng)
  def self.origin = new(0, 0)
end
c = Coord.new(lat: 1, lng: 2)
p c, c + Coord.new(3, 4), Coord.origin, c.with(lat: 9), c.to_h, c == Coord.new(1, 2), c.frozen?, Coord.members
[-> { Coord.new(1) }, -> { Coord.new(1, 2, 3) }, -> { Coord.new(lat: 1, lng: 2, z: 3) }, -> { c.instance_variable_set(:@lat, 3) },
 -> { c.lat = 1 }].each do |l|
  begin
    p l.call
  rescue => e
    puts "#{e.class}: #{e.message}"
  end
end
D2 = Data.define(:v) do
  def initialize(v: 5) = super(v: v * 2)
end
p D2.new, D2.new(4), D2.new(v: 1)
p Data.define.new
