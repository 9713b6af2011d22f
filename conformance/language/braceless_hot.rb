# Keywords for methods that take none are a Hash, in hot code too.
def o(h) = h
def o2(a, h = {}) = [a, h]
def r(*a) = a
def n(a, b) = [a, b]
class K; attr_reader :h; def initialize(h = nil) = @h = h; end
def nilk(a = 1, **nil) = a
def all(i) = [o(a: 1, b: i), o2(i), o2(i, k: 2), r(i, x: 1), r(z: i), n(1, c: i), K.new(q: i).h, (nilk(a: 1) rescue $!.message), (o(1, a: 1) rescue $!.message), (n(a: 1) rescue $!.message), o("a": 1, "b": 2), [1].then { |z| o(k: z) }]
300.times { |i| all(i) }
p all(3)
