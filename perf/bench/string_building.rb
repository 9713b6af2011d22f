# Builds text: appending, interpolation, upcase, reverse, tr, join, split and a checksum over bytes.

EXPECTED = 30557

def benchmark
  buffer = +""
  50_000.times do |number|
    buffer << "item " << number.to_s << ": "
    buffer << "#{number * 7 % 1000}-#{number.odd? ? 'odd' : 'even'}"
    buffer << "\n"
  end
  words = []
  buffer.split("\n").each_with_index do |line, index|
    name, value = line.split(": ")
    case index % 4
    when 0 then words << name.upcase
    when 1 then words << value.reverse
    when 2 then words << line.tr("a-y", "b-z")
    else words << name[0, 4] + value
    end
  end
  text = words.join(",")
  checksum = 0
  text.each_byte { |byte| checksum = (checksum * 31 + byte) % 1_000_003 }
  checksum
end
