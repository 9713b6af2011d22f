# Classes that are not initialized; Strings that have no singleton class.
def t; p yield; rescue Exception; puts "#{$!.class}: #{$!.message.gsub(/0x\h+/, "X")}"; end
c = Class.allocate
t { c.new }
t { c.superclass }
t { c.allocate }
t { c.name }
t { c.ancestors == [c] }
t { c.instance_methods }
t { c.constants }
t { c.subclasses }
t { c.attached_object }
t { Class.new(c) }
t { c.send(:initialize); c.superclass }
t { c.new.class == c }
d = Class.allocate
t { d.send(:initialize, String) {def x() = 5}; d.superclass }
t { d.new.x }
t { d.send(:initialize) }
t { Class.allocate.class_eval { def x() = 6 } }
t { Class.allocate <= Object }
t { Object > Class.allocate }
t { Class.allocate.method_defined?(:to_s) }
t { Class.allocate.instance_method(:to_s) }
t { Class.allocate.send(:initialize, Class) }
t { Class.allocate.send(:initialize, 5) }
t { Class.allocate.send(:initialize, Object.new.singleton_class) }
class Foo < Class; end rescue p $!
t { Class.new.send(:initialize) }
t { String.send(:initialize, String) }
t { Class.instance_method(:initialize).bind(Class.allocate).call.superclass }
t { BasicObject.send(:initialize) }
t { (-"ab").singleton_class }
t { :a.to_s.singleton_class.frozen? }
t { x = -"zz"; def x.foo; end }
t { x = "zz#{1}".freeze; x.singleton_class.frozen? }
t { x = -"zz#{1}"; x.singleton_class.frozen? }
t { x = -"zz#{1}"; x.define_singleton_method(:x) {} }
t { x = -"zz#{1}"; class << x; end }
t { x = -"zz#{1}"; x.singleton_methods }
t { "x".to_sym.name.singleton_class }
t { __FILE__.singleton_class.frozen? }
t { 5.extend(Comparable) }
t { :a.extend(Comparable) }
t { nil.extend(Module.new) }
t { 1.5.extend(Comparable) }
t { "ab".freeze.equal?("ab".freeze) }
t { "ab".freeze.frozen? }
t { "ab".freeze.singleton_class }
t { "ab"&.freeze.equal?("ab".freeze) }
