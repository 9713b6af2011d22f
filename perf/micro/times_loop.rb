# Integer#times with a block.

OPERATIONS = 2_000_000
EXPECTED = 1_999_999_000_000

def benchmark
  sum = 0
  OPERATIONS.times { |index| sum += index }
  sum
end
