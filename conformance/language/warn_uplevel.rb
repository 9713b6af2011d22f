# What `warn` counts with uplevel: builtins on the way, too.
$stderr = $stdout; $VERBOSE = false
def a(n) = {a: 1}.each { warn "hash#{n}", uplevel: n }
0.upto(2) { |n|
  a(n)
}
def b(n) = [1].each { warn "array#{n}", uplevel: n }
def c(n) = 1.times { warn "times#{n}", uplevel: n }
def d(n) = [1].map { warn "map#{n}", uplevel: n }
def e(n) = instance_eval { warn "eval#{n}", uplevel: n }
def f(n) = send(:warn, "send#{n}", uplevel: n)
def h(n) = tap { warn "tap#{n}", uplevel: n }
def i(n) = public_send(:j, n)
public def j(n) = warn("ps#{n}", uplevel: n)
def l(n) = proc { warn "proc#{n}", uplevel: n }.call
def o(n) = method(:warn).call("mc#{n}", uplevel: n)
def q(n) = [n].each(&method(:r))
def r(n) = warn("r#{n}", uplevel: n)
def s(n) = loop { warn "loop#{n}", uplevel: n; break }
W = Kernel.instance_method(:warn)
def t(n) = W.bind_call(self, "bc#{n}", uplevel: n)
%i[b c d e f h i l o q s t].each { |name|
  [0, 1, 2, 3].each { |n|
    send(name, n) }
}
