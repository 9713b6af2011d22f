# Multiplication of two square matrices of floats, stored as arrays of rows.

def multiply(left, right)
  size = left.size
  columns = right.transpose
  left.map do |row|
    columns.map do |column|
      sum = 0.0
      index = 0
      while index < size
        sum += row[index] * column[index]
        index += 1
      end
      sum
    end
  end
end

EXPECTED = [-1156733442, -181042429]

def benchmark
  size = 120
  left = Array.new(size) { |i| Array.new(size) { |j| (i - j) * (i + j) / 10_000.0 } }
  right = Array.new(size) { |i| Array.new(size) { |j| (i * j % 7) / 7.0 } }
  product = multiply(multiply(left, right), left)
  [(product[1][2] * 1_000_000).round, (product[size / 2][size / 3] * 1_000_000).round]
end
