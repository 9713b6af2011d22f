# Marshal: bytes of dumps, what loading makes of them, faults.
def t; p yield; rescue Exception; p $!; end
def trip(object, **options) = Marshal.load(Marshal.dump(object), **options)

[nil, true, false, 0, 5, -5, 122, 123, -123, -124, 256, -256, 65_536, 2**30, -2**30 - 1, 2**70, -2**64].each { |value| p Marshal.dump(value) }
[0.0, -0.0, 1.5, 100.0, 1e15, 1e-5, 0.0001, 1e23, 5e-324, Float::INFINITY, Float::NAN, 123456789012345680.0].each { |value| p Marshal.dump(value) }
p Marshal.dump([:a, :b, :a, :"é", "x", "x".b, "x".encode("utf-16le"), "y".encode("utf-16le"), "é"])
p Marshal.dump([1..2, "a"..., /x/mi, 3r, 2i, String, Kernel, Encoding::UTF_8, Set[1]])
p Marshal.dump({ a: 1 }), Marshal.dump(Hash.new(3)), Marshal.dump({ "k" => 1 }.compare_by_identity)

Point = Struct.new(:x, :y)
Place = Data.define(:name)
class Plain; attr_accessor :a, :b; end
class Text < String; end
class State; def initialize(v) = @v = v; def marshal_dump = [@v]; def marshal_load(list) = @v = list[0]; attr_reader :v; end
class Line; def initialize(t) = @t = t; def _dump(level) = "#{@t}@#{level}"; def self._load(text) = new(text); attr_reader :t; end
plain = Plain.new
plain.a = plain
plain.b = Text.new("sub")
text = "var".dup
text.instance_variable_set(:@note, [1])
list = [Point.new(1, [2]), Place.new("here"), plain, text, State.new(7), Line.new("l"), Object.new.extend(Comparable)]
p Marshal.dump(list)
back = trip(list)
p back[0], back[1], back[1].frozen?, back[2].a.equal?(back[2]), back[2].b.class, back[3].instance_variable_get(:@note)
p back[4].v, back[5].t, back[6].singleton_class.include?(Comparable), trip(1r), trip(2i), trip(Set[1, 2]), trip(1...4), trip(/a/x)
p trip(Time.utc(2020, 1, 2, 3, 4, 5.5r)), trip(Time.new(2020, 1, 2, 3, 4, 5, "+02:30")), trip(Encoding::EUC_JP)
circle = []
circle << circle
p trip(circle)
begin
  begin; raise "inner"; rescue; raise KeyError.new("outer", receiver: 1, key: 2); end
rescue => error
  copy = trip(error)
  p copy, copy.cause, copy.key, copy.receiver, copy.backtrace == error.backtrace
end
Marshal.load(Marshal.dump(["a", :b, { "k" => 1.5 }, State.new(1)]), ->(value) { p value.class; value })
frozen = trip(["a", { "k" => Plain.new }, String], freeze: true)
p frozen.frozen?, frozen[0].frozen?, frozen[1].frozen?, frozen[1]["k"].frozen?, frozen[2].frozen?

def dump_fault(object, *rest) = t { Marshal.dump(object, *rest) }
def load_fault(text) = t { Marshal.load("\x04\x08".b + text.b) }
dump_fault(-> {}); dump_fault($stdin); dump_fault(Hash.new {}); dump_fault("x".match(/x/)); dump_fault(Thread.current)
dump_fault("".singleton_class); dump_fault([1], 1); dump_fault(1, 2, 3); dump_fault(1, "x")
single = Object.new
def single.own; end
dump_fault(single)
class Wrong; def _dump(_) = 1; end
dump_fault(Wrong.new)
load_fault("q"); load_fault("@\x08"); load_fault(";\x08"); load_fault("[\xfa"); load_fault("\"\xfa"); load_fault("oi\x00"); load_fault("\"\x08a")
load_fault("o:\x0bNoSuch\x00"); load_fault("o:\x0dNo::Such\x00"); load_fault("u:\x0bObject\x06a"); load_fault("U:\x0bObjecti\x06")
load_fault("c\x0bKernel"); load_fault("m\x0bString"); load_fault("S:\x0bObject\x00"); load_fault("C:\x0bObject\"\x00"); load_fault("o:\x0bString\x00")
load_fault("S:\x0aPoint\x06:\x06xi\x06"); load_fault("S:\x0aPoint\x07:\x06xi\x06:\x06zi\x06"); load_fault("Ii\x06\x06:\x07@ai\x06"); load_fault("l+\x07ab")
t { Marshal.load("\x03\x00") }
t { Marshal.load(3) }
t { Marshal.load("") }
