# Patterns that Ruby's engine takes and others do not, and what it warns of.
def show(source, *subjects)
  pattern = Regexp.new(source)
  p [source, *subjects.map { |subject| pattern.match(subject)&.to_a }]
rescue RegexpError => error
  puts error.message
end

# Repeated assertions.
["a^?b", "a$?b", "a\\A?b", "a\\b*?b", "a\\B{0,2}b", "a(?=c)?b", "a(?<!a)*b"].each { |source| show(source, "ab") }
show("(?=(a))?", "a")
show("(?=(a))??", "a")
show("(?=(a)){0}", "a")
show("(?:\\A|b)*x", "bx", "x")
show("(?:(?:^|\\b)|x)*y", "xy")
show("((?:^|\\b)|x)*y", "xy")
show("(?:^\\b)+a", "a")
show("\\A{2}x", "x", "yx")
show("(?x: ^ # start\n ? )x", "ax")
show("\\K?a", "a")

# Options of a part of the pattern.
show("(?a)[[:alpha:]]+", "aあ")
show("(?a)[[:^alpha:]]+", "aあ1")
show("(?a)[^[:alpha:]]+", "aあ")
show("(?a:\\b)é", "aé")
show("(?u)\\w+", "aé")
show("(?d)\\w+", "aé")
show("(?a-u:a)", "a")
show("[[:word:]]+", "a\u200cb")
show("[[:^word:]]", "\u200c")
show("(?u)\\W", "\u200d")

# The absent operator.
p "foo".scan(/(?~foo)/), "a*/b*/"[/(?~\*\/)\*\//], "xxab"[/(?~ab|cd)/], "aaa".scan(/(?~aa)/)

show("(?<a>a)(?(a)a|b)", "aa")
show("(?<a>a)(?(<a>)a|b)", "aa")

# Warnings.
$stderr = $stdout
["a**", "a?+?", "(?:a+)?", "a+*?", "(a*)*", "a{0,1}*", "a+?*"].each { |source| Regexp.new(source) }
eval "p(/b{0,}*/.source)"
p(/./n =~ "é")
p(/a/n =~ "a")

# Encodings.
p Regexp.allocate.encoding
begin
  Regexp.new("".dup.force_encoding("US-ASCII"), Regexp::FIXEDENCODING) =~ "é"
rescue => error
  p error.class, error.message
end
