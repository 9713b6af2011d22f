# Reading and writing array elements.

OPERATIONS = 1_000_000
EXPECTED = 3_907_000

def benchmark
  array = Array.new(256, 0)
  index = 0
  while index < OPERATIONS
    slot = index & 255
    array[slot] = array[slot] + 1
    index += 1
  end
  array[0] + array[63] * 999
end
