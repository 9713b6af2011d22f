# The sieve of Eratosthenes over an array of booleans.

EXPECTED = [148933, 1999993]

def benchmark
  limit = 2_000_000
  prime = Array.new(limit + 1, true)
  prime[0] = prime[1] = false
  number = 2
  while number * number <= limit
    if prime[number]
      multiple = number * number
      while multiple <= limit
        prime[multiple] = false
        multiple += number
      end
    end
    number += 1
  end
  last = limit
  last -= 1 until prime[last]
  [prime.count(true), last]
end
