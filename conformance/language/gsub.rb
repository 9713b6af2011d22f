# String#sub and gsub with strings, hashes, blocks, back references; tr, delete, squeeze, and in-place forms.
s = "hello world"
p s.gsub("o", "0"), s.gsub(/[eo]/, "e" => "3", "o" => "0"), s.gsub(/[eo]/, "e" => "3"), s.gsub(/l+/) { |m| m.size.to_s }, s.gsub(/(l)(l)/, '<\2\1>'), s.gsub(/(?<x>o)/, '[\k<x>]')
p s.gsub(/o/, '\0\0'), s.gsub(/w/, '\\\\'), s.sub("world") { |w| w.capitalize }, s.gsub(/\b(\w)/) { $1.upcase }, s.gsub(/x*/, "-"), s.gsub("", "."), s.gsub(/o/).with_index.map { |m, i| "#{m}#{i}" }
p s.gsub(/(?<first>h)/) { $~[:first].upcase }, s.gsub("l") { |x| x.ord.to_s }, s.sub(/z/, "y"), s.sub("o", '\&\&'), "a.b.c".gsub(".", "-"), "a+b".gsub("+", "\\+"), "path".gsub(/a/, "\\`"), "path".gsub(/a/, "\\'")
t = s.dup
p t.gsub!(/o/, "0"), t, t.gsub!(/zzz/, ""), t.sub!("h", "j"), t
p "hello".tr("el", "ip"), "hello".tr("a-y", "b-z"), "hello".tr("^l", "*"), "hello".delete("l"), "hello".squeeze, "aabbcc".squeeze("a-b"), "hello".count("lo"), "hello".tr_s("l", "r"), "hello".delete("a-k", "^e"), "a-b".tr("-", "_")
p "CamelCaseString".gsub(/([A-Z])/) { "_" + $1.downcase }.sub(/^_/, ""), "snake_case_here".split("_").map.with_index { |w, i| i.zero? ? w : w.capitalize }.join, "title case".gsub(/\w+/, &:capitalize)
p "1234567".reverse.scan(/\d{1,3}/).join(",").reverse, "%d items" % 3, "a\\b".gsub("\\", "/"), 'a\b'.gsub("\\") { "\\\\" }, "tel".gsub(/(t)(e)(l)/, '\3\2\1'), "x-1".gsub(/-(\d)/) { |m| m[1] }
p "été".gsub("é", "e"), "日本".gsub(/本/) { "x" }, "abc".gsub(/b/, nil.to_s), "aaa".gsub("a") { |x| x.next }, "abc".each_char.map { |c| c.succ }.join
begin
  "a".gsub("a", nil)
rescue TypeError => e
  puts e.message
end
begin
  "a".freeze.gsub!("a", "b")
rescue FrozenError => e
  puts e.message
end
p "hello"=~/l/ ? $~.begin(0) : nil, "foo.bar(baz)".gsub(/[.()]/, "." => "dot ", "(" => " open ", ")" => " close"), "aXbX".gsub("X", "X" => "y"), "ab".gsub(/(a)(z)?/, '[\1\2]')
r = "one two".gsub(/(\w+) (\w+)/) do
  "#{$2} #{$1}"
end
p r, "abc".sub(/(?<n>b)/, '(\k<n>)'), "x".gsub(/x/, "\\\\"), "nested".gsub(/e/) { "dnd".gsub("d") { "D" } }, "keep".gsub(/e/) { |m| m }
