# Reading and writing instance variables.

class Cell
  def initialize
    @first = 0
    @second = 1
  end

  def spin(turns)
    while @first < turns
      @first = @first + @second
    end
    @first
  end
end

OPERATIONS = 1_000_000
EXPECTED = OPERATIONS

def benchmark
  Cell.new.spin(OPERATIONS)
end
