def outer(a, (b, c), d = a, *e, k: b, **o, &blk)
  x = 0
  [1].each { |y| x += y + a }
  ->(z) { return z if z; break 1 }
  [1].map { it + 1 }
  [1].map { _1 + _2 }
  for i in [1] do x = i end
  for j, *r in [[1]] do next if j end
  loop { redo if x; return 5 }
  [1].each { super }
  yield
end
def forward(...) = g(1, ...)
def anonymous(*, **, &) = h(*, **, &)
def each_anonymous(*) = [1].each { h(*) }
