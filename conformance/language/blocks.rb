# Blocks: yield, parameters, defaults, destructuring, return values, block_given?.
def pair
  yield 1, 2
end
pair { |a, b| p [a, b] }
pair { |a| p a }
pair { |a, b, c| p [a, b, c] }
pair { |*all| p all }
pair { |a, (b, c), d| p [a, b, c, d] }
pair { |a, b = 9, c = 8, *d, e| p [a, b, c, d, e] }

def list
  yield [1, [2, 3]]
end
list { |a| p a }
list { |a, b| p [a, b] }
list { |a, (b, c)| p [a, b, c] }
list { |a, *b| p [a, b] }
list { |a, k: 5| p [a, k] }
p(list { |(a, b)| next a, b })

def maybe
  block_given? ? yield : :none
end
p maybe
p maybe { :given }
p maybe(&nil)
p [1, 2, 3].map(&:to_s)
p [[1, 2], [3, 4]].map { |a, b| a + b }
p [[1, 2], [3, 4]].each_with_index.map { |(a, b), i| a * b + i }
p %w[a b].each_with_object([]) { |s, memo| memo << s.upcase }
x = 10
[1].each { |i; x| x = i }
p x
p [1, 2, 3].map { _1 * 2 }
p [[1, 2], [3, 4]].map { _1 + _2 }
def no_block
  yield
end
begin
  no_block
rescue LocalJumpError => e
  puts e.class, e.message
end
