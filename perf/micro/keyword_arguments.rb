# Calls with keyword arguments, one of them with its default.

def area(width:, height: 2)
  width * height
end

OPERATIONS = 1_000_000
EXPECTED = OPERATIONS * 5 / 2

def benchmark
  sum = 0
  index = 0
  while index < OPERATIONS / 2
    sum += area(width: 1) + area(height: 3, width: 1)
    index += 1
  end
  sum
end
