# Class#new in hot code: keywords, optional and rest parameters, blocks, errors, redefinition.
class P; attr_reader :x, :y; def initialize(x: 1, y: 2) = (@x = x; @y = y); end
class Q; attr_reader :a; def initialize(a = nil, b = 3, *r) = @a = [a, b, r]; end
class B; attr_reader :v; def initialize(n) = @v = yield(n); end
class S < B; def initialize(n, &b) = super; end
class E1 < StandardError; def initialize(code, msg = "m#{code}") = (super(msg)); end
def all(i)
  blk = :succ
  [P.new(x: i).x, P.new(y: 5, x: 2).y, P.new.x, Q.new.a, Q.new(1).a, Q.new(1, 2, i).a, B.new(i) { |z| z + 1 }.v, B.new(i, &:succ).v, B.new(i, &blk).v, S.new(2) { |z| z * i }.v, E1.new(3).message,
   (P.new(z: 1) rescue $!.message), (P.new(1) rescue $!.message), (B.new { } rescue $!.message), P.new(**{x: 4}).x, Q.new(*[1, 2]).a]
end
300.times { |i| all(i) }
p all(7)
class P; def initialize(x:, y: 9) = (@x = x; @y = y); end
p((all(8) rescue $!.message), P.new(x: 1).y)
class Bare; end
def bare = Bare.new
200.times { bare }
p bare.class, bare.instance_variables
class Bare
  def initialize = @set = 1
end
p bare.instance_variables
