# Interpolation of an integer and a string.

OPERATIONS = 500_000
EXPECTED = 6_388_890

def benchmark
  size = 0
  name = "name"
  index = 0
  while index < OPERATIONS
    size += "#{name}: #{index}.".size
    index += 1
  end
  size
end
