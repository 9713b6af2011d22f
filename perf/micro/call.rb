# Calls of a method with one argument.

class Counter
  def initialize
    @sum = 0
  end

  def step(number)
    number + 1
  end
end

OPERATIONS = 1_000_000
EXPECTED = OPERATIONS

def benchmark
  counter = Counter.new
  index = 0
  while index < OPERATIONS
    index = counter.step(index)
  end
  index
end
