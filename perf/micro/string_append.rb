# Appending short strings to a buffer.

OPERATIONS = 1_000_000
EXPECTED = 3_000_000

def benchmark
  buffer = +""
  index = 0
  while index < OPERATIONS
    buffer << "abc"
    index += 1
  end
  buffer.size
end
