# super: implicit and explicit arguments, through modules, in define_method, singleton methods, with blocks and keywords.
class A
  def m(a, b = 2, *c, k: 0, **o, &blk) = [:A, a, b, c, k, o, blk&.call]
  def plain = [:A]
  def self.build(*a) = [:A, *a]
  def initialize(x = 0) = @x = x
  attr_reader :x
  def yielder = yield(1)
end
class B < A
  def m(a, b = 5, *c, k: 1, **o, &blk)
    a += 100
    [super, super(a), super(a, k: 9), super() ] rescue [$!.class, $!.message]
  end
  def plain = super + [:B]
  def self.build(*) = super + [:B]
  def initialize(x)
    super
    @y = x * 2
  end
  attr_reader :y
  def yielder = super { |v| v + 1 } + super
end
p B.new(1).m(1) , B.new(3).x, B.new(3).y, B.build(1, 2), B.new(0).plain, B.new(0).yielder { |v| v * 10 }
class B2 < A
  def m(a, b = 5, *c, k: 1, **o, &blk)
    b = 50
    super
  end
end
p B2.new.m(1), B2.new.m(1, 2, 3, k: 4, z: 5) { :blk }
module M1; def plain = super + [:M1]; end
module M2; def plain = super + [:M2]; end
class C < B
  include M1
  prepend M2
  def plain = super + [:C]
end
p C.new(0).plain, C.ancestors.take(5)
o = C.new(0)
def o.plain = super + [:singleton]
p o.plain
o.extend(Module.new { def plain = super + [:ext] })
p o.plain
class D < A
  define_method(:plain) { super() + [:D] }
  define_method(:x) { |*a| super(*a) }
end
p D.new(4).plain, D.new(4).x
class E1 < A
  define_method(:plain) { super }
end
begin
  E1.new.plain
rescue RuntimeError => e
  puts e.message[0, 60]
end
class F
  def nope = super
  def method_missing(n, *a) = n == :ghost ? :found : super
  def respond_to_missing?(n, p = false) = n == :ghost || super
end
begin
  F.new.nope
rescue NoMethodError => e
  puts e.message.sub(/0x\h+/, "0x")
end
p F.new.ghost
begin
  F.new.other
rescue NoMethodError => e
  puts e.message.sub(/0x\h+/, "0x")
end
class G < A
  def plain = [1, 2].map { |v| super().first.to_s + v.to_s }
  def in_block(&b) = [3].each { |v| return super_helper(v) }
  def super_helper(v) = method(:plain).super_method.call + [v]
  alias old_plain plain
  def plain = super() << :again
end
p G.new.plain, G.new.old_plain, G.new.in_block
class H < Struct.new(:a, :b)
  def initialize(a, b = 9) = super
  def to_s = "H" + super[0, 8]
  def ==(o) = super && true
end
p H.new(1), H.new(1) == H.new(1, 9), H.new(1).to_s
class Err < StandardError
  def initialize(msg = "default") = super
  def message = super + "!"
end
begin
  raise Err
rescue Err => e
  p e.message
end
class Arr < Array
  def <<(x) = super(x * 2)
  def [](i) = super(i) || :none
  def map = super.sum
end
arr = Arr.new
arr << 1 << 2
p arr, arr[0], arr[9], arr.map { |v| v }, arr.class, (arr + [1]).class, arr.dup.class
class Kw < A
  def m(a, k: 7, **) = super
end
p Kw.new.m(1), Kw.new.m(1, k: 2, q: 3)
class Anon < A
  def m(*, **, &) = super
end
p Anon.new.m(1, 2, k: 3) { 4 }
p B.instance_method(:plain).super_method&.owner, C.new(0).method(:plain).super_method.owner, defined?(super).inspect
module Chain; def self.included(b) = b.extend(K); module K; def make = "K+" + super; end; end
class Root; def self.make = "root"; end
class Leaf < Root; include Chain; def self.make = "leaf+" + super; end
p Leaf.make
