# Boehm's tree benchmark in the form of the Computer Language Benchmarks Game: allocation and collection.

class Tree
  attr_reader :left, :right

  def initialize(left, right)
    @left = left
    @right = right
  end

  def check
    @left ? 1 + @left.check + @right.check : 1
  end

  def self.build(depth)
    depth == 0 ? new(nil, nil) : new(build(depth - 1), build(depth - 1))
  end
end

EXPECTED = [
  32767,
  [[4, 4096, 126976], [6, 1024, 130048], [8, 256, 130816], [10, 64, 131008], [12, 16, 131056]],
  16383
]

def benchmark
  stretch = Tree.build(14).check
  long_lived = Tree.build(13)
  rows = []
  4.step(12, 2) do |depth|
    trees = 1 << (16 - depth)
    sum = 0
    trees.times { sum += Tree.build(depth).check }
    rows << [depth, trees, sum]
  end
  [stretch, rows, long_lived.check]
end
