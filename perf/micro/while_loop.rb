# A while loop over a local integer.

OPERATIONS = 3_000_000
EXPECTED = 1_500_000

def benchmark
  index = 0
  odd = 0
  while index < OPERATIONS
    odd += index & 1
    index += 1
  end
  odd
end
