# Loading a Hash asks no key for its `hash` and `eql?`; looking a key up does.
def elsewhere(code) = system(RbConfig.ruby, "-e", code) || abort("failed: #{code}")

Maglev.persistent do
  eval <<~RUBY
    class Point
      attr_reader :x, :y
      def initialize(x, y) = (@x, @y = x, y)
      def hash = ($asked = $asked.to_i + 1; [x, y].hash)
      def eql?(other) = other.is_a?(Point) && x == other.x && y == other.y
    end
  RUBY
end
Maglev[:points] = Array.new(40) { |i| [Point.new(i, -i), i] }.to_h
Maglev[:mixed] = { 1 => :a, 2.5 => :b, "text" => :c, nil => :d, (1 << 70) => :e, [1, 2] => :f, sym: :g, Point.new(7, 7) => :h }
equal = { [1] => "first", [2] => "second" }
equal.keys[1][0] = 1
Maglev[:equal] = equal
Maglev[:by_identity] = { "a" => 1 }.compare_by_identity.tap { |hash| hash["a".dup] = 2 }
Maglev.commit
elsewhere <<~'RUBY'
  points = Maglev[:points]
  p points.size, points.values.sum, $asked
  p points[Point.new(31, -31)], $asked
  $asked = 0
  p points[Point.new(3, -3)], points[Point.new(3, 3)], $asked
  mixed = Maglev[:mixed]
  p [1, 2.5, "text", nil, 1 << 70, [1, 2], :sym, Point.new(7, 7), 3].map { |key| mixed[key] }
  p Maglev.needs_commit?
  mixed[Point.new(7, 7)] = :again
  mixed.delete([1, 2])
  p mixed.size
  p Maglev[:equal], Maglev[:equal].size
  p Maglev[:by_identity], Maglev[:by_identity].size, Maglev[:by_identity]["a"]
  Maglev.commit
RUBY
elsewhere 'p Maglev[:mixed].values, Maglev[:equal].values; Maglev[:equal].rehash; p Maglev[:equal].size'
