# Hash reading and writing with symbol keys.

OPERATIONS = 1_000_000
EXPECTED = OPERATIONS

def benchmark
  hash = { one: 0, two: 1, three: 2, four: 3 }
  while hash[:one] < OPERATIONS
    hash[:one] += hash[:two]
  end
  hash[:one]
end
