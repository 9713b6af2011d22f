# Anderson and Rettig's pancake flips over all permutations (Computer Language Benchmarks Game, fannkuch-redux).

def fannkuch(n)
  permutation = Array.new(n) { |index| index }
  count = Array.new(n, 0)
  checksum = 0
  flips_max = 0
  parity = 1
  left = n
  while true
    while left > 1
      count[left - 1] = left
      left -= 1
    end
    first = permutation[0]
    if first != 0
      flips = 0
      work = permutation.dup
      while first != 0
        low = 1
        high = first - 1
        while low < high
          held = work[low]
          work[low] = work[high]
          work[high] = held
          low += 1
          high -= 1
        end
        held = work[first]
        work[first] = first
        first = held
        flips += 1
      end
      flips_max = flips if flips > flips_max
      checksum += parity * flips
    end
    while true
      return [checksum, flips_max] if left == n
      head = permutation[0]
      index = 0
      while index < left
        permutation[index] = permutation[index + 1]
        index += 1
      end
      permutation[left] = head
      count[left] -= 1
      break if count[left] > 0
      left += 1
    end
    parity = -parity
  end
end

EXPECTED = [[228, 16], [1616, 22], [1616, 22], [1616, 22]]

def benchmark
  [fannkuch(7), fannkuch(8), fannkuch(8), fannkuch(8)]
end
