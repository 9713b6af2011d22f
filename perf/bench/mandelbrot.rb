# Escape times of the Mandelbrot set: float arithmetic in nested while loops.

def escape_time(cr, ci, limit)
  zr = 0.0
  zi = 0.0
  count = 0
  while count < limit
    zr2 = zr * zr
    zi2 = zi * zi
    return count if zr2 + zi2 > 4.0
    zi = 2.0 * zr * zi + ci
    zr = zr2 - zi2 + cr
    count += 1
  end
  limit
end

EXPECTED = 1126475

def benchmark
  size = 160
  sum = 0
  row = 0
  while row < size
    ci = 2.0 * row / size - 1.0
    column = 0
    while column < size
      sum += escape_time(2.0 * column / size - 1.5, ci, 100)
      column += 1
    end
    row += 1
  end
  sum
end
