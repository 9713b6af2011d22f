# StringScanner: matching, positions, groups, mutation of the text, encodings, errors.
require "strscan"

def try
  p yield
rescue StandardError => error
  p [error.class, error.message]
end

p $LOADED_FEATURES.include?("strscan.so"), require("strscan"), require("strscan.so")
p StringScanner::Version.class, StringScanner.must_C_version, StringScanner.instance_method(:scan_full).arity

puts "-- matching"
scanner = StringScanner.new("test string")
p scanner, scanner.scan(/\w+/), scanner, scanner.scan(/\w+/), scanner.matched, scanner.skip(/\s+/), scanner.match?(/\w+/)
p scanner.check("str"), scanner.scan("str"), scanner.pre_match, scanner.post_match, scanner.rest, scanner.rest_size
p scanner.unscan.pos, scanner.check_until(/n/), scanner.exist?(/r/), scanner.skip_until("ing"), scanner.eos?, scanner
scanner.pos = -5
p scanner.pos, scanner.scan_full(/t/, false, true), scanner.search_full(/n/, true, false), scanner.search_full("g", true, true)
p scanner.scan_until(/x/), scanner.matched?, scanner.getch, scanner.get_byte, scanner.scan_byte, scanner.peek(3), scanner.peek_byte
try { scanner.unscan }
try { scanner.pos = 12 }
try { scanner.pos = -12 }
try { scanner.scan(1) }
try { scanner.scan_until(nil) }
try { scanner.reset.peek(-1) }
try { StringScanner.allocate.scan(/a/) }
try { StringScanner.new(:a) }
try { StringScanner.new("a", 1, 2) }
try { StringScanner.new("a", anchor: true) }

puts "-- anchors"
[false, true].each do |fixed|
  scanner = StringScanner.new("ab\ncd", fixed_anchor: fixed)
  scanner.pos = 1
  print scanner.fixed_anchor?, " "
  p scanner.check(/\Ab/), scanner.check(/^b/), scanner.check(/(?<=a)b/), scanner.check(/\Gb/), scanner.scan_until(/^c/), scanner.pre_match, scanner.bol?
end

puts "-- groups"
scanner = StringScanner.new("Fri Dec 12 1975 14:39")
p scanner[0], scanner.size, scanner.captures, scanner.values_at(0), scanner.named_captures
p scanner.scan(/(?<day>\w+) (?<month>\w+)(?<none>x)?/)
p scanner[0], scanner[:day], scanner["month"], scanner[-1], scanner[-3], scanner[4], scanner[-9], scanner[1.9], scanner.size
p scanner.captures, scanner.values_at(0, -2, 5, :day), scanner.named_captures
try { scanner[:year] }
try { scanner[nil] }
p scanner.scan(" "), scanner.captures, scanner.named_captures
try { scanner[:day] }
p scanner.scan(/(?<x>x)/), scanner[:day], scanner.named_captures
p scanner.getch, scanner.captures, scanner.size
copy = scanner.dup
p copy.scan(/./), scanner.pos, copy.pos, copy.matched, scanner.matched

puts "-- numbers"
["12_3", "-5x", "+", "0x1F", "0x", "-0xg", "9" * 30, "f" * 20, "", "٣"].each do |text|
  p [10, 16].map { |base| scanner = StringScanner.new(text); [scanner.scan_integer(base: base), scanner.pos, scanner.matched] }
end
try { StringScanner.new("1").scan_integer(base: 8) }
try { StringScanner.new("1".encode("UTF-16LE")).scan_integer }

puts "-- the text changes"
text = +"abcd"
scanner = StringScanner.new(text)
p scanner.scan(/ab/), scanner << "ef", scanner.string.equal?(text), scanner.rest
text.replace("z")
p scanner.matched, scanner.pre_match, scanner.post_match, scanner.rest, scanner.pos, scanner.bol?, scanner.scan(//), scanner.getch, scanner
try { StringScanner.new("a".freeze) << "b" }
scanner.string = "new"
p scanner.pos, scanner.matched

puts "-- encodings"
scanner = StringScanner.new("héé")
p scanner.getch, scanner.getch, scanner.charpos, scanner.get_byte, scanner.charpos, scanner.inspect, scanner.inspect.encoding
p scanner.scan(/./), scanner.eos?
japanese = StringScanner.new("あいう".encode("EUC-JP"))
p japanese.getch, japanese.scan(/./), japanese.rest_size
japanese.pos = 1
p japanese.scan_until(/x/), japanese.scan(/./).bytes
try { japanese.reset.scan(/い/) }
try { StringScanner.new("aé").scan_until("é".encode("ISO-8859-1")) }
try { StringScanner.new("a\xff").scan(/a/) }
p StringScanner.new("\n\e\0\xff\"\#{}").tap { |other| other.pos = 2 }
