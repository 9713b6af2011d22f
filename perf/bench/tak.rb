# Takeuchi's function in McCarthy's form (Gabriel's TAK): calls with three arguments.

def tak(x, y, z)
  return z unless y < x
  tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y))
end

EXPECTED = [7, 7, 9, 10]

def benchmark
  [tak(18, 12, 6), tak(18, 12, 6), tak(24, 16, 8), tak(22, 16, 9)]
end
