[1, *a, 2, 99999999999999999999, 1.5, 2r, 3i, -4]
p "x" "y#{1}", :a, :"b#{2}", /c/i, /d#{3}/o, `ls`, %w[a b], 1..2, a.., "é\x80"
p({a: 1, **b, "k" => c, x:})
p __FILE__, __LINE__, __ENCODING__
f(a, k: 1); f(*a, **b, &:c); f(k: 1, k: 2); f("s" => 1)
p defined?(a.b(c)), defined?(@d), defined?(E::F), defined?(yield), defined?(puts)
print if (a == 1)..(b == 2)
alias x y
alias $x $y
undef z, :w
BEGIN { first }
END { last }
class << self; def s; end; end
def self.t = 1
module M::N; end
