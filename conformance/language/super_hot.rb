# super in hot code: other receivers, running methods and blocks, changes above, arguments of every kind.
class Base
  def initialize(a) = @a = a
  def plain(x) = [:base, x]
  def keys(x, y: 1, **rest) = [x, y, rest]
  def block(x) = block_given? ? yield(x) : :none
  def opt(a, b = 2, *c) = [a, b, c]
  def show = "base #{@a}"
end
class Mid < Base
  def initialize(a) = (super; @b = 1)
  def plain(x) = super
  def keys(x, y: 5, **rest) = super
  def block(x) = super
  def opt(a, *rest) = super
  def show = super() + " mid"
end
class Low < Mid
  def initialize(a, c) = (super(a); @c = c)
  def plain(x) = super(x + 1) << :low
  def block(x, &b) = super(x, &b)
  def opt(*) = super(*)
  def other(x) = [1].map { |y| plain(x + y) }
  def explicit(x) = block(x) { |y| y * 3 }
end
module Mixed
  def plain(x) = super << :mixed
end
class Third < Mid
  include Mixed
  def block(x) = super { |y| y * 2 }
end
OBJECTS = [Mid.new(1), Low.new(2, 3), Third.new(4)]
def all(o, i)
  [o.plain(i), o.keys(i), o.keys(i, y: 3, z: 4), o.block(i) { |x| x + 1 }, o.block(i), o.block(i, &:to_s), o.opt(i), o.opt(i, 5, 6), o.show]
end
200.times { |i| OBJECTS.each { |o| all(o, i) } }
OBJECTS.each { |o| p all(o, 7) }
p Low.new(1, 2).other(1), Low.new(1, 2).explicit(3)
class Base
  def plain(x) = [:changed, x]
end
OBJECTS.each { |o| p o.plain(1) }
class Mid
  prepend(Module.new { def plain(x) = [:before, *super] })
end
OBJECTS.each { |o| p o.plain(1) }
class Mid
  alias renamed plain
  define_method(:dynamic) { |x| method(:plain).super_method.call(x) }
end
p OBJECTS[1].renamed(2), OBJECTS[1].dynamic(3)
class Lone
  def lost = super
  def kernel(name, all = false) = respond_to?(name, all)
  def respond_to?(name, all = false) = name == :mine || super
  def respond_to_missing?(name, all) = name == :missing || super
  def method_missing(name, *args) = name == :missing ? args : super
  def inspect = super[0, 7]
end
lone = Lone.new
100.times { lone.kernel(:x) }
p (lone.lost rescue $!.message[0, 40]), %i[mine missing to_s nope].map { |name| lone.kernel(name) }, lone.missing(1), (lone.nope rescue $!.class), lone
def lone.plain = super
p (lone.plain rescue $!.class)
