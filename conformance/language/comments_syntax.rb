# Odd corners of syntax: comments, line continuation, operators as methods, unusual literals, rescue modifiers, endless methods.
=begin
block comment
puts "no"
=end
x = 1 +
    2
y = [1,
     2, # inner comment
     3,
].sum
z = "abc"
  .upcase
  # a comment between
  .reverse
  &.downcase
p x, y, z
p((1..3)
  .map { |v| v * 2 }
  .select { |v| v > 2 })
def sq(x) = x * x
def greet(name = "you", *) = "hi #{name}"
p sq(4), greet, greet("me", 1)
p [1, 2, 3].map { |v| v * 2 }
v = [1, 2, 3].map do |q| q + 1 end
p v
h = { "a": 1, b: 2, :c => 3, "d" => 4, 5 => 6, nil => 7, [1] => 8 }
p h, { h: }, h.then { |q| q.size }
puts "a" "b" \
  "c"
p 1.+(2), 5.-@, 3.send(:<=>, 4), [1, 2].[](0), !1, (not 1), 2.!=(3)
p %q{single {nested}}, %{double #{1}}, %w(a\ b c), %i[x y], %r{a/b}i, %(paren (x)), ?\s, "\C-a", "\M-a".bytes, "\u0041"
a = b = c = 4
p a + b + c
a, b = b, a + 1
p [a, b]
i = 5
i = i > 3 ? i < 6 ? :mid : :high : :low
p i
def kw_only(if:, class: 1) = binding.local_variable_get(:if) + binding.local_variable_get(:class)
p kw_only(if: 2)
class Weird
  def +(o) = "plus #{o}"
  def -@ = "neg"
  def +@ = "pos"
  def ~ = "tilde"
  def [](*a) = a
  def []=(*a)
    @last = a
  end
  def call(*a) = a
  def `(s) = "backtick #{s}"
  def bt = `cmd`
  def %(o) = "mod #{o}"
  def <<(o) = self
  def ===(o) = true
  def =~(o) = 7
  def foo=(v)
    @foo = v
    "ignored"
  end
  attr_reader :last
end
w = Weird.new
p w + 1, -w, +w, ~w, w[1, 2], (w[1, 2] = 3), w.last, w.(1), w.bt, w % 2, (w << 1 << 2).equal?(w), (w =~ 1), (w.foo = 5), (case 1 when w then :any end)
p [*"a".."c", *[1]], [1, 2, *nil], { **{ a: 1 }, b: 2 }
p (begin 1 / 0 rescue "zero" end), (Integer("q") rescue -1), [1, 2, 3][1..-1], -5.abs, - 5.abs, 2**3**2, -2 ** 2, !false && true, (true and not false), 10 - 5 - 2, 2 * 3 % 4, 7 & 3 | 8, 1 << 2 + 1, 5 <=> 3 + 2, "a" + "b" * 2
if true then p 1 end; unless false then p 2 end; p 3 if true and not nil
p(if false then 1 else 2 end)
while true do break end
begin p :begin_block end
p [__LINE__, File.basename(__FILE__), __method__.inspect, __ENCODING__.to_s]
p defined?(foo), defined?(p), defined?(String.new), defined?(3 + 3), defined?(@@x), (defined? x)
_, keep, _ = 1, 2, 3
p keep
p [[1, [2, 3]], [4, [5, 6]]].map { |a, (b, c)| a + b + c }, [1, 2, 3].each_with_index.select { _2 > 0 }, [[1, 2]].each { |a, b = 5, *c, d| p [a, b, c, d] }
p "é".length, "#{}", "#{nil}x", :"#{1}a", /#{"a"}b/, "a#{"b#{"c"}"}"
p 0x1F, 0b1, 0o7, 1_0.0_1, 1e-2, 1.5e3, 07, 100r, 2.5r, 3i
p [it_test = [1, 2].map { it * 2 }] if RUBY_VERSION >= "3.4"
puts <<~A + <<~B
  first
A
  second
B
p((1..), (..1), (1..nil).first(2), [1, 2, 3][1..], [1, 2, 3][..1])
p ->(x, y = 2, *z, k: 1, **o, &b) { [x, y, z, k, o] }.(1, k: 3), -> { }.call, ->x { x }.(1), lambda { |q| q }.call(2)
p __FILE__ == $0 ? "main" : "loaded"
