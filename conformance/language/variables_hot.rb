# Instance variables of objects of many classes, of classes and modules, and bytes of Strings, in hot code.

class Base
  def initialize(value) = @value = value
  def value = @value
  def bump = @value += 1
  def extra = @extra
  attr_accessor :note
end

CLASSES = 6.times.map { |number| Class.new(Base) { define_method(:number) { number } } }
CLASSES[1].class_eval { def initialize(value) = (@extra = [value]; super) }

objects = CLASSES.map.with_index { |klass, index| klass.new(index * 10) }
300.times { objects.first(2).each { |object| object.bump; object.extra; object.note = object.value } }
p objects.map(&:value), objects.map(&:extra), objects.map(&:note)
300.times { objects.each { |object| object.bump; object.extra; object.note = object.value } }
p objects.map(&:value), objects.map(&:extra), objects.map(&:note)

frozen = CLASSES[0].new(7).freeze
objects.push(frozen, CLASSES[2].new(nil))
errors = objects.map do |object|
  object.bump
rescue => error
  error.message.gsub(/0x\h+/, "XX")
end
p errors

module Counter
  @count = 0
  @list = []
  def self.count = @count
  def self.next = @count += 1
  def self.list = (@list ||= [])
  def self.unset = @unset
  def self.clear = remove_instance_variable(:@count)
end

class Keeper
  class << self
    attr_reader :kept
    def keep(value) = @kept = value
  end
end

class Kept < Keeper
end

400.times { Counter.next; Counter.list << 1; Counter.unset; Keeper.keep(Counter.count); Kept.kept }
p Counter.count, Counter.list.size, Counter.unset, Keeper.kept, Kept.kept
p Counter.clear, Counter.count
p (Counter.next rescue $!.message)

class Many
  NAMES = 80.times.map { |number| "@v#{number}" }
  def initialize = NAMES.each_with_index { |name, index| instance_variable_set(name, index) }
  def last = @v79
  def first = @v0
  def sum = @v0 + @v40 + @v63 + @v64 + @v65 + @v79
  def late = @late
  def late=(value)
    @late = value
  end
end

many = Many.new
400.times { many.sum; many.late = many.last }
p many.sum, many.late, many.first, Many.allocate.last

text = +"text"
text.instance_variable_set(:@note, 1)
class String
  def note_of = @note
end
300.times { text.note_of }
p text.note_of, "other".note_of

def byte(string, index) = string.getbyte(index)

def put(string, index, byte)
  string.setbyte(index, byte)
rescue => error
  "#{error.class}: #{error.message}"
end

300.times { byte("abc", 1); put(+"abc", 1, 2); "".empty?; "abc".bytesize }
p [byte("é", 0), byte("é", -1), byte("é", 2), byte("é", -3), byte("", 0)]
p [put(+"abc", 3, 1), put(+"abc", -4, 1), put("abc".freeze, 0, 1), put(:abc.to_s, 0, 300), put(+"abc", 0, -1)]
copy = +"aé"
p copy.valid_encoding?, put(copy, 1, 255), copy.valid_encoding?, copy, copy.ascii_only?
p put(copy, -1, 65), put(copy, 1, 66), copy, copy.ascii_only?
p (byte("abc", nil) rescue $!.message), (byte("abc", 1.9)), (put(+"abc", 2**64, 1)), put(+"abc", 0, 2**64 + 66)
p ["".empty?, "a".empty?, "é".bytesize, "".bytesize]

xor = ->(a, b) { out = a.dup; i = 0; while i < a.bytesize; out.setbyte(i, a.getbyte(i) ^ b.getbyte(i)); i += 1; end; out }
p xor.("hello" * 500, "world" * 500).sum, xor.("ab", "\x01\x02")
