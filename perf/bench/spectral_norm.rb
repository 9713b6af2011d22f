# Spectral norm of an infinite matrix by the power method (Computer Language Benchmarks Game, spectral-norm).

def element(i, j)
  1.0 / ((i + j) * (i + j + 1) / 2 + i + 1)
end

def times_matrix(vector)
  size = vector.size
  Array.new(size) do |i|
    sum = 0.0
    size.times { |j| sum += element(i, j) * vector[j] }
    sum
  end
end

def times_transposed(vector)
  size = vector.size
  Array.new(size) do |i|
    sum = 0.0
    size.times { |j| sum += element(j, i) * vector[j] }
    sum
  end
end

EXPECTED = 1274223093

def benchmark
  u = Array.new(160, 1.0)
  v = nil
  10.times do
    v = times_transposed(times_matrix(u))
    u = times_transposed(times_matrix(v))
  end
  uv = 0.0
  vv = 0.0
  u.each_with_index do |x, index|
    uv += x * v[index]
    vv += v[index] * v[index]
  end
  (Math.sqrt(uv / vv) * 1_000_000_000).round
end
