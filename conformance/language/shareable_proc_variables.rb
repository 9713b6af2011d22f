# What Ractor.shareable_proc takes of the variables around a block.
def t(l) = puts("#{l}: #{(yield).inspect rescue "#{$!.class}: #{$!.message}"}")
def a(n) = Ractor.shareable_proc { n }
def b; x = 1; Ractor.shareable_proc { x }; end
def c; x = 1; x = 2; Ractor.shareable_proc { x }; end
def d(n); n = 2; Ractor.shareable_proc { n }; end
def e(n); pr = Ractor.shareable_proc { n }; n = 3; pr; end
def f(n, m = n, k: 1); Ractor.shareable_proc { [n, m, k] }; end
def g(n = 5); Ractor.shareable_proc { n }; end
def h; [1].map { |y| Ractor.shareable_proc { y } }.first; end
def i; x = nil; Ractor.shareable_proc { x = 1 }; end
def j(n); Ractor.shareable_proc { n += 1 }; end
def k; x = 1 if $never; Ractor.shareable_proc { x }; end
def l; for x in [1, 2]; pr = Ractor.shareable_proc { x }; end; pr; end
def m; x, y = 1, 2; Ractor.shareable_proc { [x, y] }; end
def n; 2.times { |i| @p = Ractor.shareable_proc { i } }; @p; end
def o; x = 0; x += 1; Ractor.shareable_proc { x }; end
def q(s) = Ractor.shareable_proc { s }
def r(*) = Ractor.shareable_proc { 1 }
def s; begin; raise "x"; rescue => ee; end; Ractor.shareable_proc { ee }; end
def u; case {a: 1}; in {a:}; end; Ractor.shareable_proc { a }; end
def v; if (w = 1); end;  Ractor.shareable_proc { w }; end
def w; while (ww = nil); end;  Ractor.shareable_proc { ww }; end
def x; loop { xx = 1; return Ractor.shareable_proc { xx } } ; end
def y(yy); lambda { yy = 2 }; Ractor.shareable_proc { yy }; end
def z(v) = Ractor.shareable_proc { |x = v| x }
def k1(k: 1) = Ractor.shareable_proc { k }
def k2((a, b)) = Ractor.shareable_proc { [a, b] }
def lam(n) = Ractor.shareable_lambda { n }
def nest(n) = Ractor.shareable_proc { proc { n }.call }
def nest2(n) = proc { Ractor.shareable_proc { n } }.call
%i[a d e g j q y z nest nest2 lam].each { |mm| t(mm) { send(mm, 1).then { |pr| pr.call } } }
t(:f) { f(1, 2, k: 4).call }
%i[b c g h i k l m n o r s u v w x k1].each { |mm| t(mm) { send(mm).call } }
t(:k2) { k2([1, 2]).call }

t(:astr) { a(+"x") }


