# Strings: indexing, mutation, iteration, case, encodings, comparisons, conversions.
s = +"hello"
s << " " << "world" << 33
p s, s[0], s[-1], s[0, 5], s[6..], s[99], s[0..-2], s["wor"], s["zzz"], s[5, 0], s[12, 1], s[13, 1]
s[0] = "J"
s[-1..] = "?"
s["world"] = "there"
p s, s.length, s.insert(5, ","), s.slice!(0, 6), s, s.replace("new"), s.prepend(">"), s.concat("a", "b"), s.clear, s.empty?
p "abc" * 3, "abc" + "def", "abc" == "abc", "abc".eql?("abc"), "abc".equal?("abc"), "a" <=> "b", "a".casecmp("A"), "a".casecmp?("A"), "abc".hash == "abc".hash
p "Hello World".upcase, "Hello".downcase, "hello world".capitalize, "Hello".swapcase, "ÀÉ".downcase, "straße".upcase, "hello world foo".split.map(&:capitalize).join(" ")
p "  x ".strip, "  x ".lstrip, "  x ".rstrip, "xxhixx".delete("x"), "line\n".chomp, "line".chomp("ne"), "line".chop, "a\n\n".chomp, "prefix-x".delete_prefix("prefix-"), "x.rb".delete_suffix(".rb")
p "hello".start_with?("he", "x"), "hello".end_with?("lo"), "hello".include?("ell"), "hello".index("l"), "hello".rindex("l"), "hello".count("l"), "hello".start_with?(/h./)
p "abc".chars, "abc".bytes, "é".bytes, "a\nb\n".lines, "a\nb".each_line.map(&:chomp), "abc".each_char.to_a, "héllo".length, "héllo".bytesize, "héllo".reverse, "日本"[1], "日本".byteslice(0, 3), "é".ord, "abc".sum, 233.chr("UTF-8"), "abc".getbyte(0), "ab".unpack("C*"), [97, 98].pack("C*")
p "abc".succ, "az".succ, "zz".succ, "a9".succ, "Zz".succ, "1.9".succ, "".succ, "-".succ, "a-9".succ, "ab".next, "a".upto("e").to_a, "9".upto("11").to_a
p "abc".ljust(5) + "|", "abc".center(9, "*"), "hello world".scan(/o/).size, "a-b_c d".tr("-_", "  "), "hello"*0, "abc".insert(-1, "d"), "title".then { |x| x.capitalize }
p "3 apples".to_i, "3.7".to_f, "0x1A".hex, "777".oct, "12".to_r, "1/3".to_r, "2+3i".to_c, "abc".to_s, "abc".to_str, :abc.to_s, "10".rjust(5, "0"), "a".ord.to_s(2), "%05.1f" % 3.14159
p "abc".between?("abb", "abd"), "a".."e", "hello world".each_char.select { |c| "aeiou".include?(c) }.tally, "abc".each_with_index.to_a rescue p $!.class
p "\e\0\x01\u200b\u{10ffff}", "tab\t", "q\"q", 'sq\'', "\#{x}", "#x", "\#$x", "é".b, "\xff", "\xff".valid_encoding?, "abc".force_encoding("ASCII-8BIT").encoding, "é".encode("ISO-8859-1").bytes, "é".unicode_normalize(:nfd).length, "a".encoding, "é".force_encoding("BINARY") == "é"
[-> { "é".encode("US-ASCII") }, -> { "\xff".encode("UTF-16") }, -> { "a" + 1 }, -> { "abc".center }, -> { "x" * -1 }, -> { "é" + "\xe9".b }, -> { "abc"[1, 2, 3] }, -> { "abc".fetch(1) }, -> { s.frozen? ? 1 : "lit".to_sym.to_proc.call(1) }, -> { Integer("1__0") }, -> { "x".ljust(5, "") }].each do |l|
  begin
    p l.call
  rescue => e
    puts "#{e.class}: #{e.message}"
  end
end
a = "shared string that is long enough to live outside of the cell"
b = a[3..]
a[5] = "X"
p b, a.dup == a, a.sub("X", "x")[0, 10], a.slice(0, 3), a.freeze.frozen?, +a.frozen?.to_s, (+a).frozen?, (-a).equal?(a)
p "ab\u0301c".grapheme_clusters.size, "abc".unpack1("a2"), "hello %s you are %d" % ["Bob", 3], "ab" "cd", "abc".dump, "é\n".dump, "\\n".undump rescue p $!.message
p "a,b".encoding.name, __ENCODING__.name, "x".unpack("b*"), ["616263"].pack("H*"), [1, 2].pack("s<l>").bytes, ["abc"].pack("m0"), "YWJj".unpack1("m0"), [1.5].pack("E").unpack1("E"), "abc".casecmp("abd"), "ab".eql?(:ab), "aAbB".swapcase!, "x".upcase!.inspect, "X".upcase!.inspect

# Text is not cut where it is not whole.
[["\xFF a", " "], ["\xFF a", "x", 1], ["a b", "\xFF"], ["\xFF", /x/], ["\xFF a".b, " "]].each do |text, *arguments|
  p text.split(*arguments)
rescue ArgumentError => error
  p error
end
