# What a call hands on besides its arguments is found in memory: blocks through one, two and three levels of super, through
# yield, Procs, splats, keywords and define_method, inlined or not.
class A
  def each; yield 1; end
  def pair; yield 1, 2; end
  def twice(n) = [yield(n), yield(n + 1)]
  def keys(a:, b: 2) = yield(a, b)
  def made(&block) = block
  def given? = block_given?
  def run(*rest, **named, &block) = block ? block.call(*rest, **named) : named.sum { |_, v| v } + rest.sum
end

class B < A
  def each = super
  def pair(&) = super(&)
  def twice(n) = super
  def keys(**) = super(**)
  def made(&block) = super
  def given? = super
  def run(...) = super(...)
end

class C < B
  def each = super()
  def pair = super { |a, b| yield(b, a) }
  def twice(*) = super(*)
  def keys(a:, b: 4) = super
  def made(&block) = super(&block)
  def given? = super(&nil)
  def run(*rest, **named, &block) = super(*rest, **named, &block)
end

class D < C
  def each = [0].map { super }.first
  def pair = super
  def twice(n) = super(n) { |v| yield(v) + 100 }
  def keys(a:, b: 5) = super(a:, b:)
  define_method(:given?) { super() }
  def run(a, b = 3, *) = super(a, b)
end

def each_of(o, x) = o.each { |y| return x + y if x % 3 == 0; x + y }
def pair_of(o, x)
  sum = 0
  o.pair { |a, b| sum += x * a + b }
  sum
end
def twice_of(o, x) = o.twice(x) { |v| next 0 if v % 5 == 0; v + x }
def keys_of(o, x) = o.keys(a: x) { |a, b| break -1 if a % 4 == 0; a + b + x }
def made_of(o, x)
  made = o.made { |y| x += y }
  made.call(1) + made.(2) + x
end
def run_of(o, x) = o.run(x, 2) { |a, b = 1| a * b + x }
def named_of(o, x) = [A, B, C].include?(o.class) ? o.run(x, k: 3) { |a, k:| a + k + x } : 0
def binding_of(o, x)
  z = x + 1
  o.each { |y| x = binding.local_variable_get(:z) + y }
  x
end
def nested_of(o, x)
  out = []
  o.each { |a| o.pair { |b, c| o.twice(a) { |d| out << a + b + c + d + x; x += 1 } } }
  out.sum + x
end
def symbol_of(o) = o.twice(3, &:succ)

sums = Hash.new(0)
[A, B, C, D].each do |kind|
  o = kind.new
  400.times do |i|
    sums[[kind, :each]] += each_of(o, i)
    sums[[kind, :pair]] += pair_of(o, i)
    sums[[kind, :twice]] += twice_of(o, i).sum
    sums[[kind, :keys]] += keys_of(o, i)
    sums[[kind, :made]] += made_of(o, i)
    sums[[kind, :given]] += o.given? { i } ? 1 : 2
    sums[[kind, :run]] += run_of(o, i)
    sums[[kind, :named]] += named_of(o, i)
    sums[[kind, :binding]] += binding_of(o, i)
    sums[[kind, :nested]] += nested_of(o, i)
    sums[[kind, :symbol]] += symbol_of(o).sum
  end
end
sums.each { |(kind, name), sum| puts "#{kind} #{name} #{sum}" }

# The shortest form: the block is inlined with the iterator, which hands it on.
a = B.new
x = 1
sum = 0
4_000.times { |i| a.each { |y| sum += x + y + i } }
p sum

class L < Array
  def map = super
  def each() = super()
  def each_with_index = super
  def inject(*) = super
end
l = L.new([1, 2, 3])
s = 0
2_000.times do |i|
  s += l.map { |q| q + x }.sum
  l.each { |q| s += q; break if q == 2 }
  l.each_with_index { |q, at| s += q * at + i }
  s += l.inject(i) { |m, q| m + q + x }
end
p s
