# Array#map, #select and #sum with blocks.

OPERATIONS = 1_200_000
EXPECTED = 200_000

def benchmark
  array = Array.new(1000) { |index| index }
  sum = 0
  (OPERATIONS / 3000).times do
    sum += array.map { |number| number + 1 }.select { |number| number.even? }.sum { |number| number & 2 }
  end
  sum
end
