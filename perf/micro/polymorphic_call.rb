# One call site that meets four classes.

class North
  def turn
    1
  end
end

class East
  def turn
    2
  end
end

class South
  def turn
    3
  end
end

class West
  def turn
    4
  end
end

OPERATIONS = 1_000_000
EXPECTED = OPERATIONS / 4 * 10

def benchmark
  winds = [North.new, East.new, South.new, West.new]
  sum = 0
  index = 0
  while index < OPERATIONS
    sum += winds[index & 3].turn
    index += 1
  end
  sum
end
