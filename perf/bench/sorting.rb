# Quicksort, merge sort and heap sort written in Ruby, and sort_by with a block, over pseudo-random integers.

def random_numbers(count)
  seed = 12_345
  Array.new(count) do
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    seed % 100_000
  end
end

def quick_sort(array, low, high)
  while low < high
    pivot = array[(low + high) / 2]
    left = low
    right = high
    while left <= right
      left += 1 while array[left] < pivot
      right -= 1 while array[right] > pivot
      if left <= right
        array[left], array[right] = array[right], array[left]
        left += 1
        right -= 1
      end
    end
    quick_sort(array, low, right)
    low = left
  end
  array
end

def merge_sort(array)
  return array if array.size <= 1
  middle = array.size / 2
  left = merge_sort(array[0...middle])
  right = merge_sort(array[middle..-1])
  merged = []
  i = j = 0
  while i < left.size && j < right.size
    if left[i] <= right[j]
      merged << left[i]
      i += 1
    else
      merged << right[j]
      j += 1
    end
  end
  merged.concat(left[i..-1]).concat(right[j..-1])
end

def sift_down(array, root, last)
  while (child = 2 * root + 1) <= last
    child += 1 if child < last && array[child] < array[child + 1]
    return if array[root] >= array[child]
    array[root], array[child] = array[child], array[root]
    root = child
  end
end

def heap_sort(array)
  last = array.size - 1
  (array.size / 2 - 1).downto(0) { |root| sift_down(array, root, last) }
  last.downto(1) do |index|
    array[0], array[index] = array[index], array[0]
    sift_down(array, 0, index - 1)
  end
  array
end

NUMBERS = random_numbers(25_000).freeze

EXPECTED = [true, true, true, 100061]

def benchmark
  sorted = NUMBERS.sort
  descending = NUMBERS.sort_by { |number| -number }
  [
    quick_sort(NUMBERS.dup, 0, NUMBERS.size - 1) == sorted,
    merge_sort(NUMBERS) == sorted,
    heap_sort(NUMBERS.dup) == sorted,
    descending[100] + sorted[100]
  ]
end
