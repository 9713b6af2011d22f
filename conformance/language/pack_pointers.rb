# pack and unpack: pointers, which are followed only by who packed them; counts of `@` and `X`; what `H` makes of other letters.
packed = ["hello", nil, "wo\0rld"].pack("p3")
p packed.size, packed.encoding, packed.unpack("p3"), packed.dup.unpack("p"), packed.unpack("x16p")
p ["hello"].pack("P").unpack("P"), ["hello"].pack("P").unpack("P3"), ["hello"].pack("P").unpack("P9"), ["hello"].pack("P").unpack("P*")
def try
  p yield
rescue => e
  puts "#{e.class}: #{e.message}"
end
try { (packed + "").unpack("p") }
try { packed.dup.tap { |other| other[0, 8] = [7].pack("q") }.unpack("p") }
try { ["a"].pack("P5") }
try { [1].pack("p") }
try { [].pack("p") }
p ("\0" * 8).unpack("p"), "abc".unpack("p*")
p "abcd".unpack("C3@*C"), "abcd".unpack("C3@C"), "abcd".unpack("C3X*C")
try { "abcd".unpack("CX*C") }
p ["H"].pack("H"), ["G"].pack("H"), ["z"].pack("h"), ["/@["].pack("h*")
try { [nil].pack("m") }
try { [nil].pack("u") }
class Odd < Numeric; end
try { [Odd.new].pack("d") }
