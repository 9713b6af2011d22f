# A method that yields to a block which writes a captured variable.

def twice
  yield 1
  yield 2
end

OPERATIONS = 1_000_000
EXPECTED = 1_500_000

def benchmark
  sum = 0
  index = 0
  while index < OPERATIONS / 2
    twice { |number| sum += number }
    index += 1
  end
  sum
end
