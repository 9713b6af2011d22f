# Reader and writer methods made by attr_accessor.

class Cell
  attr_accessor :value
end

OPERATIONS = 1_000_000
EXPECTED = OPERATIONS

def benchmark
  cell = Cell.new
  cell.value = 0
  while cell.value < OPERATIONS
    cell.value += 1
  end
  cell.value
end
