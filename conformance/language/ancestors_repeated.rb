# Modules that stand among the ancestors more than once, and super through them.
m = Module.new { def foo = "m>" + super }
k = Class.new { def foo = "k" ; def self.name = "K"}
b = Class.new(k) { def foo = "b>" + super }
b.prepend m; b.include m
def n(l, h) = l.take_while { _1 != Object }.map { h[_1] }
h = {m=>:m, k=>:k, b=>:b}
p n(b.ancestors, h), b.new.foo
b = Class.new(k) { def foo = "b>" + super }; h[b]=:b
b.include m; b.prepend m
p n(b.ancestors, h), b.new.foo
k = Class.new { def foo = "k" }; h[k]=:k
b = Class.new(k) { def foo = "b>" + super }; h[b]=:b
b.include m
k.prepend m
p n(b.ancestors, h), b.new.foo
k = Class.new { def foo = "k" }; h[k]=:k
b = Class.new(k) { def foo = "b>" + super }; h[b]=:b
b.include m
kk = Module.new { def foo = "kk" }; h[kk]=:kk
k.class_eval { undef foo rescue 0; remove_method :foo rescue 0 }
k = Class.new { include kk;  def foo = "k>"+super }; h[k]=:k
b = Class.new(k) { def foo = "b>" + super }; h[b]=:b
b.include m
k.include m
p n(b.ancestors, h), b.new.foo
# via module chains
o = Module.new { def foo = "o>" + super }; h[o]=:o
x = Class.new(b) { def foo = "x>" + super }; h[x]=:x
m.include o
p n(x.ancestors, h), x.new.foo
x.include o, m
p n(x.ancestors, h), x.new.foo
x.prepend o
p n(x.ancestors, h), x.new.foo
p x.new.method(:foo).super_method.super_method.super_method.super_method&.owner.then { h[_1] }
mm = x.new.method(:foo); a = []; while mm; a << h[mm.owner]; mm = mm.super_method; end; p a
p x.include?(o), x.instance_method(:foo).owner == o
class T1; def bar = "T1"; end
module T2; def bar = "T2>" + super; def baz = defined?(super) ? super : "end"; alias qux bar; end
class T3 < T1; include T2; end
class T4 < T3; def bar = "T4>" + super; end
class T1; include T2;  end
p T4.ancestors.take(5), T4.new.bar, T4.new.baz, T4.new.qux
class T1; prepend T2;  end
p T4.ancestors.take(6), T4.new.bar, T4.new.baz, T4.new.qux
class T4; include T2; end
p T4.ancestors.take(6)
class T4; prepend T2; end
p T4.ancestors.take(6), T4.new.bar
p T4.new.method(:bar).unbind.inspect[/T\d#bar/]
class T5 < T4; end
T5.prepend T2
3.times { p T5.new.bar }
T2.define_method(:bar) { "n>" + super() }
p T5.new.bar, T5.ancestors.count(T2)
module U2; def bar = "U2>" + super; alias qux bar; end
class U1; def bar = "U1"; def qux = "U1q"; end
class U3 < U1; include U2; def bar = "U3>" + super; def qux = "q>" + super; end
U3.prepend U2
p U3.new.qux, U3.new.bar, U3.ancestors.take(4)
