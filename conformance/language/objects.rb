# Classes, singleton classes, initialization, equality, object identity, to_s conversions, method lookup.
class Animal
  attr_reader :name
  @registry = []
  class << self
    attr_reader :registry
    def create(*args, **options, &b) = new(*args, **options, &b).tap { |a| registry << a.name }
    def inherited(k)
      super
      k.instance_variable_set(:@registry, [])
    end
  end
  def initialize(name)
    @name = name
    yield self if block_given?
  end
  def speak = "#{name} says #{sound}"
  def sound = raise(NotImplementedError, "#{self.class} must implement sound")
  def ==(o) = o.class == self.class && o.name == name
  alias eql? ==
  def hash = name.hash
  def to_s = "<#{name}>"
  def <=>(o) = name <=> o.name
  def [](i) = name[i]
  def []=(i, v)
    @name = name.dup.tap { |n| n[i] = v }
  end
  def call(x) = "called #{x}"
  def +(o) = self.class.new(name + o.name)
  def -@ = self.class.new(name.reverse)
  def ! = :not
  def =~(o) = :match
  def coerce(o) = [self.class.new(o.to_s), self]
  def each = yield(name)
  def to_str = name
  def to_proc = ->(x) { "#{name}:#{x}" }
  def ===(o) = o == name
end
class Dog < Animal
  def sound = "woof"
  def initialize(name, tricks: [])
    super(name)
    @tricks = tricks
  end
  attr_writer :tricks
  def method_with_super = [__method__, (defined?(super)).inspect]
end
d = Dog.create("Rex", tricks: 1)
p d.speak, Dog.registry, Animal.registry, d.to_s, "#{d}", d == Dog.new("Rex"), d != Dog.new("Max"), d.eql?(Dog.new("Rex")), d.equal?(d)
begin
  Animal.new("x").speak
rescue NotImplementedError => e
  puts e.message, e.class.superclass
end
p d[0], (d[0] = "T"), d.name, d.(5), (d + Dog.new("!")).name, (-d).name, !d, d =~ 1, "a" + d, [1, 2].map(&d), { d => 1 }[Dog.new("Tex")], [d, Dog.new("Tex")].uniq.size
case "Tex"
when d then p :case_eq
end
p d.is_a?(Animal), d.kind_of?(Comparable), d.instance_of?(Animal), Dog === d, Dog.superclass, Dog.instance_methods(false).sort, d.respond_to?(:tricks=), Dog.method_defined?(:speak), d.method_with_super
p d.instance_variables, d.singleton_methods, d.frozen?, d.class.name, Dog.name, Dog.to_s, d.then { |q| q.name }, d.tap { |q| }.equal?(d), d.itself.equal?(d)
def d.special = "only #{name}"
p d.special, d.singleton_methods, d.singleton_class.instance_methods(false), (d.dup.special rescue "dup loses it"), d.clone.special
Animal.new("blk") { |a| p a.name }
p d.public_methods(false).sort.first(3), d.methods.include?(:speak), Dog.allocate.name, Dog.instance_method(:speak).owner
begin
  Dog.new
rescue ArgumentError => e
  puts e.message
end
begin
  Dog.new("a", foo: 1)
rescue ArgumentError => e
  puts e.message
end
begin
  d.undefined_method_here
rescue NoMethodError => e
  puts e.message.sub(/0x\h+/, "0x")
end
p BasicObject.superclass, Object.superclass, Class.class, Dog.class, Dog.singleton_class, Dog.singleton_class.superclass, nil.class, NilClass.instance_methods(false).include?(:to_a)
anon = Class.new(Dog) do
  def sound = "anon"
  define_method(:extra) { |x = 1| x }
end
p anon.new("q").speak, anon.new("q").extra, anon.name, anon.superclass
Named = anon
p anon.name, anon.new("z").class
o = Object.new
class << o
  attr_accessor :prop
  def hello = "hi"
  private def hidden = 1
end
o.prop = 4
p o.prop, o.hello, (o.hidden rescue "private")
p 5.instance_of?(Integer), Integer === 5, 5.dup, :a.clone, nil.dup, true & 3, nil.to_a, NilClass, (nil + 1 rescue "nil +")
p [d.object_id == d.object_id, 1.object_id == 1.object_id, "a".object_id == "a".object_id, nil.object_id == nil.object_id]
class Meta
  def self.const = :class_level
  def const = self.class.const
  class Inner
    def up = Meta.const
  end
  private_class_method def self.hidden = 1
end
p Meta.new.const, Meta::Inner.new.up, (Meta.hidden rescue "hidden")
p (Dog.instance_methods(false) - Animal.instance_methods(false)).sort, ObjectSpace.class, Kernel.instance_method(:puts).class, d.display.inspect
