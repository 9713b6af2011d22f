# Reading and writing members of a Struct.

Point = Struct.new(:x, :y)

OPERATIONS = 1_000_000
EXPECTED = OPERATIONS

def benchmark
  point = Point.new(0, 1)
  while point.x < OPERATIONS
    point.x += point.y
  end
  point.x
end
