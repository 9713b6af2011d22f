# Rest parameters and splat arguments.

def count(*arguments)
  arguments.size
end

def pass(*arguments)
  count(*arguments)
end

OPERATIONS = 500_000
EXPECTED = OPERATIONS * 3

def benchmark
  sum = 0
  index = 0
  while index < OPERATIONS
    sum += pass(index, 2, 3)
    index += 1
  end
  sum
end
