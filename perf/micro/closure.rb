# Calls of a lambda that captures a variable.

OPERATIONS = 1_000_000
EXPECTED = OPERATIONS * 3

def benchmark
  sum = 0
  step = 3
  add = ->(count) { sum += step * count }
  index = 0
  while index < OPERATIONS
    add.call(1)
    index += 1
  end
  sum
end
