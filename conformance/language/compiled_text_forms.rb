# Comparisons, characters and appends of Strings where machine code does them itself, and where it must not.
def same(a, b) = a == b
def other(a, b) = a != b
def jump(a, b)
  return :equal if a == b
  :different
end

def kind(text)
  case text
  when "one" then 1
  when "é" then 2
  else 0
  end
end

frozen = "one".freeze
200.times { same("one", frozen); same(frozen, "two"); other("a", "b"); jump("x", "y"); kind("one"); kind(nil) }
p same("one", frozen), same(frozen, "one"), same("a", "b"), same("é", "é".b), same("a", "a".encode("UTF-16LE"))
p same("\xff", "\xff".b), same("abc", "abc".encode("US-ASCII")), same("", "".b), same("a", :a), same("a", nil)
p other("a", "a"), other("a", "b"), other("a", nil), jump("a", "a"), jump(nil, "a"), jump("a", nil), jump(:a, :a)
p kind("one"), kind("é"), kind("é".b), kind(:one), kind(nil)

# What converts itself is asked.
class Text
  def initialize(text) = @text = text
  def to_str = @text
  def ==(other) = :asked
end
p same("one", Text.new("one")), other("one", Text.new("one")), same(Text.new("one"), "one")
class Mine < String
  def ==(other) = :mine
end
p same(Mine.new("a"), "a"), same("a", Mine.new("a")), other(Mine.new("a"), "a")

def at(text, index) = text[index]
200.times { |i| at("hello", i % 5) }
c = at("hello", 1)
c << "!"
p c, c.encoding, at("hello", -1), at("hello", 5), at("héllo", 1), at("hello".b, 2).encoding, at("hello".encode("US-ASCII"), 2).encoding
p at("hello", 1.9), at("hello", "ell"), at("hello", 2**70) rescue p $!
p at("hello", nil) rescue p $!
p at([1, 2], 1), at({ 1 => 2 }, 1), at(Mine.new("abc"), 0).class

def add(text, more) = text << more
buffer = +""
200.times { add(buffer, "ab") }
p buffer.size, add(+"a", "é"), add(+"é", "a".b), add("a".b, "é").encoding, add(+"x", 233), add([1], 2)
p((add("frozen".freeze, "x") rescue [$!.class, $!.message]))
p((add("é", "\xff".b) rescue [$!.class, $!.message]))
own = +"own"
p add(own, own), own.size

def size(text) = text.length
200.times { size("hello") }
p size("hello"), size("héllo"), size("héllo".b), size([1, 2]), size("a".encode("UTF-16LE")), size("\xff\xfe")
