# All solutions of the eight to eleven queens problems, by backtracking over bit sets kept in arrays of booleans.

class Queens
  attr_reader :solutions

  def initialize(size)
    @size = size
    @columns = Array.new(size, false)
    @rising = Array.new(2 * size, false)
    @falling = Array.new(2 * size, false)
    @solutions = 0
  end

  def place(row)
    if row == @size
      @solutions += 1
      return
    end
    @size.times do |column|
      up = row + column
      down = row - column + @size
      next if @columns[column] || @rising[up] || @falling[down]
      @columns[column] = @rising[up] = @falling[down] = true
      place(row + 1)
      @columns[column] = @rising[up] = @falling[down] = false
    end
  end
end

EXPECTED = [92, 352, 724, 2680]

def benchmark
  [8, 9, 10, 11].map do |size|
    queens = Queens.new(size)
    queens.place(0)
    queens.solutions
  end
end
