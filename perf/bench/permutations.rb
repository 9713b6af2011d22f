# All permutations of nine elements through nested blocks: each one is yielded, none is stored.

def each_permutation(array, from = 0, &block)
  if from == array.size - 1
    yield array
    return
  end
  (from...array.size).each do |index|
    array[from], array[index] = array[index], array[from]
    each_permutation(array, from + 1, &block)
    array[from], array[index] = array[index], array[from]
  end
end

EXPECTED = [362880, 10221120]

def benchmark
  count = 0
  weight = 0
  each_permutation([1, 2, 3, 4, 5, 6, 7, 8, 9]) do |permutation|
    count += 1
    weight += permutation[0] * permutation[8] + permutation.index(1)
  end
  [count, weight]
end
