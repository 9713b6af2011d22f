# Allocation of objects with two instance variables.

class Point
  attr_reader :x

  def initialize(x, y)
    @x = x
    @y = y
  end
end

OPERATIONS = 1_000_000
EXPECTED = OPERATIONS

def benchmark
  point = Point.new(0, 0)
  while point.x < OPERATIONS
    point = Point.new(point.x + 1, point)
    point = Point.new(point.x, nil) if point.x & 1023 == 0
  end
  point.x
end
