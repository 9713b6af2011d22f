# Shortest paths in a grid with obstacles by Dijkstra's algorithm, over a binary heap of arrays and a hash of distances.

class Heap
  def initialize
    @entries = []
  end

  def empty?
    @entries.empty?
  end

  def push(key, value)
    entries = @entries
    entries << [key, value]
    index = entries.size - 1
    while index > 0
      parent = (index - 1) / 2
      break if entries[parent][0] <= entries[index][0]
      entries[parent], entries[index] = entries[index], entries[parent]
      index = parent
    end
  end

  def pop
    entries = @entries
    top = entries[0]
    last = entries.pop
    return top if entries.empty?
    entries[0] = last
    index = 0
    while (child = 2 * index + 1) < entries.size
      child += 1 if child + 1 < entries.size && entries[child + 1][0] < entries[child][0]
      break if entries[index][0] <= entries[child][0]
      entries[index], entries[child] = entries[child], entries[index]
      index = child
    end
    top
  end
end

WIDTH = 200

def cost(x, y)
  return nil if x < 0 || y < 0 || x >= WIDTH || y >= WIDTH
  mixed = (x * 7919 + y * 104_729) % 97
  mixed < 20 ? nil : mixed
end

STEPS = [[1, 0], [-1, 0], [0, 1], [0, -1]].freeze

EXPECTED = [31755, 24452, 24333]

def benchmark
  distances = { 0 => 0 }
  heap = Heap.new
  heap.push(0, 0)
  until heap.empty?
    distance, node = heap.pop
    next if distance > distances[node]
    x = node % WIDTH
    y = node / WIDTH
    STEPS.each do |dx, dy|
      step = cost(x + dx, y + dy)
      next unless step
      target = (y + dy) * WIDTH + x + dx
      length = distance + step
      known = distances[target]
      next if known && known <= length
      distances[target] = length
      heap.push(length, target)
    end
  end
  [distances.size, distances.values.max, distances[WIDTH * WIDTH - 3]]
end
