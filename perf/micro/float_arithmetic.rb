# Float arithmetic in a loop: a partial sum of an alternating series for pi.

OPERATIONS = 1_000_000
EXPECTED = 3_141_591_653

def benchmark
  sum = 0.0
  sign = 4.0
  denominator = 1.0
  index = 0
  while index < OPERATIONS
    sum += sign / denominator
    sign = -sign
    denominator += 2.0
    index += 1
  end
  (sum * 1_000_000_000).to_i
end
