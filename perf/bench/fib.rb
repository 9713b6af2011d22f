# Recursive Fibonacci numbers: method calls, small integers, comparison.

def fib(n)
  n < 2 ? n : fib(n - 1) + fib(n - 2)
end

EXPECTED = 1346269

def benchmark
  fib(31)
end
