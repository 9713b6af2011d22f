# Comparable, <=>, spaceship-based sorting, clamp, coerce.
class Version
  include Comparable
  attr_reader :parts
  def initialize(s) = @parts = s.split(".").map(&:to_i)
  def <=>(o) = o.is_a?(Version) ? parts <=> o.parts : nil
  def to_s = parts.join(".")
  def inspect = "v#{self}"
  def succ = Version.new((parts[0..-2] + [parts[-1] + 1]).join("."))
  def hash = parts.hash
  def eql?(o) = o.is_a?(Version) && parts == o.parts
end
a, b, c = %w[1.2 1.10 2.0].map { |s| Version.new(s) }
p a < b, b <= c, c > a, a == Version.new("1.2"), a != b, b.between?(a, c), b.clamp(a, a), b.clamp(..a)
p [c, a, b].sort, [c, a, b].min, [c, a, b].max, [a, b, c].minmax, [b, a].sort { |x, y| y <=> x }
p (a..Version.new("1.5")).to_a, (a..b).include?(Version.new("1.3"))
p({ a => 1 }[Version.new("1.2")], [a, Version.new("1.2")].uniq)
begin
  a < 5
rescue ArgumentError => e
  puts e.message
end
begin
  [a, 3].sort
rescue ArgumentError => e
  puts e.message
end
begin
  [3, "a"].max
rescue ArgumentError => e
  p e.class
end
p a == 5, 1 <=> "a", nil <=> nil, nil <=> 1, [1, 2] <=> [1, 3], [1] <=> [1, 2], "a" <=> "b", :a <=> :b, true <=> true
p 5.clamp(1, 3), 5.clamp(..3), 0.clamp(1, 3), 2.5.clamp(1, 3), "b".clamp("a", "c")
class Meters
  attr_reader :n
  def initialize(n) = @n = n
  def coerce(o) = [Meters.new(o), self]
  def +(o) = Meters.new(n + (o.is_a?(Meters) ? o.n : o))
  def inspect = "#{n}m"
end
p Meters.new(1) + 2, 5 + Meters.new(3)
begin
  5 + nil
rescue TypeError => e
  puts e.message
end
begin
  5 + "a"
rescue TypeError => e
  puts e.message
end
begin
  "a" + 5
rescue TypeError => e
  puts e.message
end
begin
  [1] + 5
rescue TypeError => e
  puts e.message
end
begin
  5 <=> Object.new
  p 5 < nil
rescue ArgumentError => e
  puts e.message
end
