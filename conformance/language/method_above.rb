# What super_method gives for aliases and changed visibilities.
module A; def f(*) = "A"; end
module B; def f(*) = "B" + super; end
class P; def f(*) = "P"; end
class Q < P; def f(*) = "Q" + super; end
class C1; include A; include B; alias g f; end
class C2; include A; include B; public :f; alias g f; end
class C3; include A; include B; private :f; alias g f; end
class C4 < Q; alias g f; end
class C5 < Q; private :f; alias g f; end
class C6 < Q; def f(*) = "C6" + super; alias g f; end
class C7 < C6; public :f; alias h g; alias k f; end
class C8; include A; include B; alias f f; end
class C9; include A; include B; alias g f; alias h g; def f = super; end
class C10 < Q; private :f; public :f;  end
class D1 < C2; alias k g; alias z f; end
[C1,C2,C3,C4,C5,C6,C7,C8,C9,C10,D1].each { |c|
  [:f, :g, :h, :k, :z].each { |n|
    next unless c.method_defined?(n) || c.private_method_defined?(n)
    u = c.instance_method(n); m = c.new.method(n)
    s = ->(x) { a = []; while x; a << x.owner; a << x.name; x = x.super_method; end; a }
    p [c, n, s[u], s[m]].inspect, (c.new.send(n) rescue $!)
    puts m.inspect[/^[^(]*\([^(]*/], u.inspect[/^[^(]*\([^(]*/]
  }
}
