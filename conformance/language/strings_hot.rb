# Literals and interpolation in machine code: fresh Strings, chilled ones, Integers that print themselves until `to_s` is redefined.
def literals(i) = ["short", "a literal that is longer than sixteen bytes", "é#{i}ü", "n#{i}", "#{i}", "#{:sym} #{1.5} #{nil} #{i}"]
200.times do |i|
  list = literals(i)
  list[0] << "!"
  list[1] << "?"
  list[2].upcase!
  p list, list.map(&:encoding) if i % 66 == 0
end
def many(i) = "#{i} #{i + 1} #{"inner #{i}"} #{[i]} #{2**70 + i}"
300.times { |i| p many(i), many(i).frozen? if i % 99 == 0 }

class Loud
  def to_s = "loud"
end
class Odd
  def to_s = 3
end
def mixed(value) = "<#{value}>"
[1, "s", :sym, nil, Loud.new, 2.5, Odd.new, "é", 2**80].cycle.first(200).each_with_index do |value, index|
  text = mixed(value)
  puts text.sub(/0x\h+/, "0x") if index < 9 || index == 199
end

# A default block may change its key, which is a String of its own.
counted = Hash.new { |hash, key| key << " made" }
def missing(hash) = hash["none"]
200.times { |i| p missing(counted) if i > 198; missing(counted) }

# Incompatible parts are told from machine code, too.
def join(a, b) = "#{a}#{b}"
100.times { join("a", "é") }
begin
  join("é", "\xe9".b)
rescue => error
  p error.class, error.message
end
p join("a", "\xe9".b).encoding, join("é".encode("UTF-16LE"), "").encoding

def chilled = "literal"
Warning[:deprecated] = true
def Warning.warn(text, **) = puts(text[/warning: .*/])
100.times { |i| text = chilled; text << "x" if i == 99 }
Warning[:deprecated] = false

class Integer
  alias plain to_s
  def to_s(*) = "I#{plain}"
end
p many(5), mixed(7)
