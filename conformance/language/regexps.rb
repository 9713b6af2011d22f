# Regexps: match data, $~ and friends, named groups, scan, options, lookaround, encodings of escapes.
if "John Smith 42" =~ /(?<first>\w+) (?<last>\w+) (\d+)?/
  p $~[:first], $~["last"], $1, $2, $~.pre_match, $', $`, $&, $+, $~.names
end
m = /(\d+)-(\d+)/.match("tel 12-34 end")
p m, m[0], m[1], m.captures, m.begin(1), m.end(2), m.offset(0), m.pre_match, m.post_match, m.to_a, m.values_at(1, 2), m.size
if /(?<y>\d+)-(?<mo>\d+)/ =~ "2024-05"
  p y, mo
end
p "no" =~ /x/, $~, "abc".match?(/b/), "abc" !~ /z/, /a/ === "cat", "foo"[/o+/], "foo bar"[/(\w+) (\w+)/, 2], "x=1"[/(?<k>\w)=(?<v>\d)/, "v"], "str"[/z/]
p "a1b22c333".scan(/\d+/), "a1b22".scan(/([a-z])(\d+)/), "test".scan(/t/) { |x| print x }, "2024-01-02".match(/(?<y>\d+)-(?<m>\d+)/).named_captures
p "aAbB" =~ /AB/i, "a\nb" =~ /a.b/m, "a\nb" =~ /a.b/, "abc" =~ /a b c/x, /a#{1 + 1}b/.source, /x/i.options, /x/mix.inspect, Regexp.escape("a.b*c"), Regexp.union("a.b", /c/i), Regexp.new("a/b").inspect
p "foobar"[/foo(?=bar)/], "foobaz"[/foo(?!bar)/], "price $5"[/(?<=\$)\d/], "aaa"[/a{2}/], "aaa"[/a+?/], "<a><b>"[/<.*>/], "<a><b>"[/<.*?>/], "ab12"[/\A[a-z]+\d+\z/], "abab"[/(ab)\1/], "aab"[/(?>a+)b/]
p "a,b;c".split(/[,;]/), "a1b2".split(/(\d)/), "abc".split(//), " a  b ".split, "a,b,,".split(","), "a,b,,".split(",", -1), "a b c".split(" ", 2), "".split(","), "abc".partition(/b/), "abcbd".rpartition("b")
p "hello world".index(/o/), "hello world".index(/o/, 5), "hello world".rindex(/o/), "hello"=~/l(l)/ && $~.byteoffset(1), "héllo" =~ /l/, "日本語"[/本./], "日本語".scan(/./)
p "The Cat" =~ /\bcat\b/i, "x_1-y"[/\w+/], "a\tb"[/\s/], "é" =~ /[[:alpha:]]/, "5" =~ /\h/, "\u00e9" == "é", "tel: 555-1234"[/\d{3}-\d{4}/], "A-B".tr("A-B", "x"), "aé"[/\p{L}+/]
def inner
  "zzz" =~ /z/
  $~[0]
end
"outer" =~ /out/
inner
p $~[0]
[1].each { "block" =~ /blo/ }
p $~[0]
p "abc".gsub(/[ac]/) { $&.upcase }, $~ && $~[0], "path/to".sub(%r{/}, "::"), "aaa".sub(/a/) { |x| x * 2 }
case "hello123"
when /^\d+$/ then p :digits
when /^([a-z]+)(\d+)$/ then p [$1, $2]
end
p "ab\ncd".scan(/^./), "ab\ncd" =~ /\Acd/, "line\n" =~ /e$/, "line\n" =~ /e\Z/, "line\n" =~ /e\z/
begin
  Regexp.new("(")
rescue RegexpError => e
  puts e.class
end
p Regexp.last_match(0), /(?<a>.)(?<b>.)/.names, /(.)(.)/.match("xy").deconstruct, /(?<k>.)/.match("z").deconstruct_keys([:k]), /a/ == /a/, /a/.eql?(/a/i), /a/.hash == /a/.hash, /a/.match("b"), /(a)|(b)/.match("b").captures, /x/.frozen?
re = /(\w)(\d)/
s = "a1 b2"
pos = 0
while (md = re.match(s, pos))
  p md[0]
  pos = md.end(0)
end
