# Interpolation of Integers and Strings: encodings of the results, errors, a redefined to_s.
i = 5; e = ""; u = "é"; a = "x".encode("US-ASCII"); b = "\xff".b; s = "y".encode("UTF-16LE")
def show(x) = p([x, x.encoding, x.valid_encoding?])
[-> { "#{i}" }, -> { "#{i}#{i}" }, -> { "a#{i}" }, -> { "#{i}a" }, -> { "#{e}#{i}" }, -> { "#{i}#{e}" }, -> { "#{i}#{u}" }, -> { "#{u}#{i}" }, -> { "#{a}#{i}" }, -> { "#{i}#{a}" }, -> { "#{a}#{a}" }, -> { "q#{b}#{i}" }, -> { "#{b}#{i}" },-> { "#{i}#{b}" }, -> { "é#{b}" }, -> { "#{i}#{s}" }, -> { "#{s}#{i}" }, -> { "#{-9223372036854775808}x#{2**62}#{2**61}#{-(2**62)}" }, -> { "#{1.5}#{nil}#{:s}#{i}" }, -> { "#{e}#{e}" }, -> { :"k#{i}".to_s }, -> { /a#{i}/.source }, -> { "é#{i}" }].each { |l| begin; show(l.call); rescue => e2; p e2.class, e2.message; end }
class Integer; def to_s(*) = "custom"; end
show("a#{i}b")
