# A sudoku solver: candidates as bit masks a row, column and box; the cell with fewest candidates is filled first.

class Sudoku
  attr_reader :steps

  def initialize(text)
    @cells = text.each_char.map { |character| character == "." ? 0 : character.to_i }
    @rows = Array.new(9, 0)
    @columns = Array.new(9, 0)
    @boxes = Array.new(9, 0)
    @steps = 0
    @cells.each_with_index { |digit, index| mark(index, digit) if digit > 0 }
  end

  def solve
    best = nil
    best_free = 0
    best_count = 10
    index = 0
    while index < 81
      if @cells[index] == 0
        free = free_digits(index)
        count = bit_count(free)
        return false if count == 0
        if count < best_count
          best = index
          best_free = free
          best_count = count
          break if count == 1
        end
      end
      index += 1
    end
    return true unless best
    try(best, best_free)
  end

  def to_s
    @cells.join
  end

  private

  def try(index, free)
    (1..9).each do |digit|
      next if free & (1 << digit) == 0
      @steps += 1
      @cells[index] = digit
      mark(index, digit)
      return true if solve
      mark(index, digit)
      @cells[index] = 0
    end
    false
  end

  # Flips the digit's bit, so that a second call takes the first one back.
  def mark(index, digit)
    bit = 1 << digit
    row = index / 9
    column = index % 9
    @rows[row] ^= bit
    @columns[column] ^= bit
    @boxes[row / 3 * 3 + column / 3] ^= bit
  end

  def free_digits(index)
    row = index / 9
    column = index % 9
    1022 & ~(@rows[row] | @columns[column] | @boxes[row / 3 * 3 + column / 3])
  end

  def bit_count(bits)
    count = 0
    while bits != 0
      bits &= bits - 1
      count += 1
    end
    count
  end
end

PUZZLES = [
  "4.....8.5.3..........7......2.....6.....8.4......1.......6.3.7.5..2.....1.4......",
  "52...6.........7.13...........4..8..6......5...........418.........3..2...87.....",
  "6.....8.3.4.7.................5.4.7.3..2.....1.6.......2.....5.....8.6......1...."
].freeze

EXPECTED = [
  ["417369825632158947958724316825437169791586432346912758289643571573291684164875293", 718],
  ["527316489896542731314987562172453896689271354453698217941825673765134928238769145", 1876],
  ["617459823248736915539128467982564371374291586156873294823647159791385642465912738", 2146]
]

def benchmark
  results = nil
  5.times do
    results = PUZZLES.map do |puzzle|
      sudoku = Sudoku.new(puzzle)
      sudoku.solve
      [sudoku.to_s, sudoku.steps]
    end
  end
  results
end
