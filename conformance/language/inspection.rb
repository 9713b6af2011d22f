# inspect, to_s, p, puts, print, pp of many objects; default inspect of objects.
p nil, true, 1, 1.0, "s", :s, [], {}, 1..2, nil.to_s, nil.to_a, nil.inspect
puts nil, true, [1, [2, [nil, 3]]], [], "", :sym, 1.0, {}
puts [[], [[]]].inspect, [nil].to_s
print "a", "b", 1, nil, "\n"
p
p 1, 2
r = p(5)
p r, p, p(1, 2)
class Plain; end
class WithIvars
  def initialize
    @a = 1
    @b = "two"
    @c = nil
    @self = self
  end
end
puts Plain.new.inspect.sub(/0x\h+/, "0x"), WithIvars.new.inspect.gsub(/0x\h+/, "0x"), Plain.new.to_s.sub(/0x\h+/, "0x")
class Custom
  def to_s = "custom to_s"
end
puts Custom.new, "#{Custom.new}", [Custom.new].inspect.sub(/0x\h+/, "0x")
class CustomInspect
  def inspect = "CI"
end
p CustomInspect.new, [CustomInspect.new], { k: CustomInspect.new }
puts "#{CustomInspect.new}".sub(/0x\h+/, "0x")
class BadToS
  def to_s = 5
end
puts "#{BadToS.new}".sub(/0x\h+/, "0x")
a = [1]
a << a
h = { h: a }
h[:self] = h
p a, h
p Class, Plain, Plain.singleton_class, Plain.new.singleton_class.inspect.sub(/0x\h+/, "0x"), Kernel, Comparable.singleton_class
p method(:puts), 1.method(:+), [].method(:push).unbind, Plain.instance_method(:to_s)
p -> { }.inspect.sub(/0x\h+/, "0x").sub(/ \S+:\d+/, " f:1"), proc { }.inspect.sub(/0x\h+/, "0x").sub(/ \S+:\d+/, " f:1")
p 1r, 1.5r, 2i, Complex(1, -2), Rational(3, 6), Time.at(0).utc, Time.at(0).utc.inspect
p StandardError.new("m"), StandardError.new, RuntimeError.new(""), StandardError.new("a\nb"), [StandardError.new("x")], KeyError.new("k").message
p $stdout.class, ENV.class, ARGV, Object.new.to_s.class, main = self, self.inspect, self.class
p "é", "日本", "\u0000", "a".encode("UTF-16LE"), "\xE9".dup.force_encoding("ISO-8859-1"), :é, "\u{1F600}"
puts "a\n", "b", ["c\n", "d"]
$stdout.puts "x"
$stdout.print "y", "z\n"
$stdout.write("w", 1, "\n")
$stdout << "chain" << 1 << "\n"
$stdout.printf("%d-%s\n", 1, "q")
putc "A"
putc 10
pp({ a: 1, b: [1, 2] })
x = pp("ret")
p x
puts [1, 2].to_s + "x", :a.to_proc.inspect.sub(/0x\h+/, "0x"), (1..3).each_slice(2).inspect, [1].each.inspect, "abc".each_char.inspect, loop.inspect rescue p $!
p Struct.new(:a).new(1), Data.define(:z).new(1), Set.new([1, 2]).size, ObjectSpace, Process.clock_gettime(Process::CLOCK_MONOTONIC).class, File.basename(__FILE__), __dir__.class
display = 5.display
puts
p display
