# Frozen objects and their errors; dup and clone.
def try
  p yield
rescue => e
  puts "#{e.class}: #{e.message.sub(/0x\h+/, "0x")}"
end
try { "lit".freeze << "x" }
try { [1, 2].freeze << 3 }
try { { a: 1 }.freeze[:b] = 2 }
try { :sym.instance_variable_set(:@a, 1) }
try { 5.instance_variable_set(:@a, 1) }
class P
  attr_accessor :x
  def initialize(x) = @x = x
end
o = P.new(1).freeze
try { o.x = 2 }
try { o.instance_variable_set(:@y, 2) }
try { def o.single = 1 }
d = o.dup
d.x = 3
p d.x, d.frozen?, o.clone.frozen?, o.clone(freeze: false).frozen?
p 1.frozen?, :a.frozen?, nil.frozen?, 1.5.frozen?, (1..2).frozen?, "a".frozen?, [].frozen?, (2**70).frozen?
a = %w[x y].freeze
p a.first.frozen?, a.map(&:upcase)
try { a.sort! }
try { a.clear }
try { "abc".freeze.upcase! }
try { "ABC".freeze.upcase! }
S = Struct.new(:v)
s = S.new(1).freeze
try { s.v = 2 }
module M; end
M.freeze
try { module M; X = 1; end }
try { M.module_eval { def x; end } }
h = { "k" => 1 }
k = "key"
h[k] = 2
p h.keys.last.frozen?, k.frozen?
try { h.each { h[:new] = 1 } }
try { a.dup << "z" }
try { ENV.freeze }
str = "shared"
copy = str.dup
copy << "!"
p str, copy
p "a".dup.equal?("a"), :a.dup.equal?(:a), 1.clone
try { 1.clone(freeze: false) }
o2 = Object.new
def o2.hi = :hi
p o2.clone.hi
try { o2.dup.hi.to_s.size; 1 } if false
class Deep
  attr_reader :list
  def initialize = @list = [1]
  def initialize_copy(other)
    @list = other.list.dup
    super
  end
end
d1 = Deep.new
d2 = d1.dup
d2.list << 2
p d1.list, d2.list
