# Keyword arguments: required, optional, rest, splats, errors, conversion rules, forwarding.
def f(a, b = 2, *c, d, e:, f: 6, **g, &h)
  [a, b, c, d, e, f, g]
end
p f(1, 4, e: 5)
p f(1, 2, 3, 4, e: 5, f: 7, z: 8)
h = { e: 1, f: 2 }
p f(0, 1, **h)
p f(0, 1, **h, e: 9)
def opt(a, k: 1) = [a, k]
p opt({ k: 2 })
p opt({ "s" => 1 }, k: 3)
def rest(*a, **k) = [a, k]
p rest(1, "x" => 2, y: 3)
p rest({ a: 1 })
p rest(**{})
def last_hash(a, b = nil) = [a, b]
p last_hash(1, x: 2)
p last_hash(x: 2)
def no_keywords(a, **nil) = a
[
  -> { opt(1, j: 2) },
  -> { opt },
  -> { f(1, 2) },
  -> { f(1, 2, e: 1) { } ; opt(1, k: 1, j: 2, l: 3) },
  -> { last_hash },
  -> { last_hash(1, 2, 3) },
  -> { no_keywords(1, a: 2) },
  -> { def req(x:, y:) = 1; req }
].each do |l|
  begin
    p l.call
  rescue ArgumentError => e
    puts e.message
  end
end
def forward(...) = rest(...)
p forward(1, a: 2)
def anonymous(*, **, &) = rest(*, **, &)
p anonymous(1, 2, b: 3)
x = 1
y = 2
p({ x:, y: })
p opt(0, k: x)
def order(a: (print "a"; 1), b: a + 1) = [a, b]
p order
p order(a: 5)
p order(b: 0)
puts
def block_kw
  yield 1, k: 2
end
block_kw { |a, k:| p [a, k] }
block_kw { |a, **o| p [a, o] }
block_kw { |a, b| p [a, b] }
s = Struct.new(:a, :b, keyword_init: true)
p s.new(a: 1, b: 2)
def mutate(**o)
  o[:new] = 1
  o
end
orig = { a: 1 }
mutate(**orig)
p orig
