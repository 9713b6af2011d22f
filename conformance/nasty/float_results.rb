# Floats outside the immediate range are allocated while frames that have returned lie above the running one.
def pair(a, b) = [a, b]
def last(a, b, c, d, e, f, g, h, i, j, k) = k
def down(depth, number)
  return last(pair(1, 2), 2, 3, 4, 5, 6, 7, 8, 9, 10, number * 1.1) if depth.zero?
  below = down(depth - 1, number * 1.0001)
  below.finite? ? -(number / 3.0) - number : number + 1e299
end
number = 1e300
i = 0
kept = []
while i < 3_000
  kept << last(pair(i, 2), 2, 3, 4, 5, 6, 7, 8, 9, 10, number * 1.1)
  kept.shift if kept.size > 20
  i += 1
end
p kept.uniq
p down(60, 1e300)
p [2e300 % 1.7e300, 1.5e300.divmod(1e300), -1e300, 3e-300 / 7, 1e300.abs, 10 ** 20 * 1e290]
