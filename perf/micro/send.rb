# Calls through send with a name known at run time only.

class Pair
  def left(number)
    number + 1
  end

  def right(number)
    number + 1
  end
end

OPERATIONS = 1_000_000
EXPECTED = OPERATIONS

def benchmark
  pair = Pair.new
  names = [:left, :right]
  index = 0
  while index < OPERATIONS
    index = pair.send(names[index & 1], index)
  end
  index
end
