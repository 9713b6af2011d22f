# catch and throw.
p catch(:a) { 1 }
p catch(:a) { throw :a }
p catch(:a) { throw :a, 2; 3 }
r = catch(:outer) do
  catch(:inner) do
    throw :outer, :from_inner
  end
  :not_here
end
p r
p catch { |tag| throw tag, 7 }
def deep(n)
  throw :deep, n if n == 50
  deep(n + 1)
end
p catch(:deep) { deep(0) }
begin
  throw :unknown, 1
rescue UncaughtThrowError => e
  puts e.message
  p e.tag, e.value
end
p catch(:a) { [1, 2, 3].each { |x| throw :a, x if x > 1 } }
p catch("s") { |t| throw t, t.equal?(t) }
begin
  catch("x") { throw "x".dup }
rescue UncaughtThrowError => e
  puts e.message
end
