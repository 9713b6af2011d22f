# Constants and definitions of text and blocks that instance_eval runs.
def t; p yield; rescue Exception; puts "#{$!.class}: #{$!.message.gsub(/0x\h+/,"X")}"; end
module RS; FOO = :RS
  class RP; FOO = :RP; BAR = :RPB; end
  class R < RP; FOO = :R; @@cv = 1; end
  class E; end
end
module CS; FOO = :CS; BAR = :CSB; TOPS = 3
 class CP; FOO = :CP; end
 class C < CP; FOO = :C; BAZ = 1; def s(r, c) = r.instance_eval(c); def b(r) = r.instance_eval { FOO }; def k(r, c) = r.class_eval(c) 
   def ie(r) = r.instance_exec { defined?(BAR) && BAR }
 end
end
c = CS::C.new
r = RS::R.new
t { c.s(r, "FOO") }
t { c.s(r, "BAR") }
t { c.s(r, "BAZ") }
t { c.s(r, "TOPS") }
t { c.b(r) }
t { c.s(RS::E.new, "FOO") }
t { c.s(RS::R, "FOO") }
t { c.s(RS::E, "FOO") }
t { c.s(RS::R, "BAR") }
t { c.s(r, "Module.nesting") }
t { c.s(r, "Q = 1; singleton_class.const_get(:Q)") }
t { RS::R.const_defined?(:Q) }
t { CS::C.const_defined?(:Q) }
t { c.s(r, "defined?(FOO)") }
t { c.s(r, "defined?(BAR)") }
t { c.s(r, "defined?(BAZ)") }
t { c.s(r, "defined?(NOPE)") }
t { c.s(5, "BAZ") }
t { c.s(5, "MAX rescue 0") }
t { c.s(nil, "FOO") }
t { c.s(1.5, "INFINITY") }
t { c.s(RS::R, "@@cv") }
t { c.s(r, "@@cv") }
t { c.s(r, "def zz = FOO"); r.zz }
t { c.s(r, "lambda { FOO }").call }
t { c.s(r, "[1].map { BAR }") }
t { c.s(r, "constants") rescue $!.class }
t { c.s(r, "Module.constants.include?(:BAR)") }
t { c.s(r, "eval('FOO')") }
t { c.s(r, "binding").eval("FOO") }
t { c.s(r, "const_missing") rescue $!.class }
t { c.k(RS::R, "FOO") }
t { c.k(RS::R, "BAR") }
t { c.k(RS::R, "BAZ") }
r.singleton_class.const_set(:FOO, :sing)
t { c.s(r, "FOO") }
t { c.ie(r) }
t { c.s(:sym, "FOO") }
t { o = BasicObject.new; c.s(o, "FOO") }
t { o = BasicObject.new; c.s(o, "Object") }
t { o = BasicObject.new; c.s(o, "String") }

# What is defined goes to a singleton class, which is made then.
o = Object.new
o.instance_eval { def one = 1 }
o.instance_eval("def two = 2; Own = 3")
t { [o.one, o.two, o.singleton_class.const_get(:Own), o.singleton_methods] }
t { Object.new.one }
t { 5.instance_eval { def zork = 1 } }
t { nil.instance_eval { def zork = 1 }; [nil.zork, NilClass.method_defined?(:zork)] }
t { o.instance_eval { alias three one; undef two }; [o.three, o.respond_to?(:two)] }
t { 3.times.map { |n| x = Object.new; x.instance_eval { define_singleton_method(:n) { n } }; x.n } }
t { o.freeze.instance_eval { def four = 4 } }
t { Object.new.instance_eval { Object.new.instance_eval { def inner = 1; self }.inner } }
t { RS.instance_eval { def made = 7 }; RS.made }
module Mo; end
class Kl; end
t { class << Mo; Foo; end }
t { class << Kl; Foo; end }
t { class << Object.new; Foo; end }
t { class << "x".dup; Foo; end }
t { "x".dup.singleton_class.const_get(:Foo) }
t { Kl.singleton_class.const_get(:Foo) }
t { Kl.singleton_class::Foo }
t { BasicObject.new.instance_eval("Foo") }
