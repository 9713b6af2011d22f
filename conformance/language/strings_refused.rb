# What String refuses: spaces of malformed text, changes while it is split, escapes of two sorts; and what it hands on.
def show
  p yield
rescue StandardError => error
  puts "#{error.class}: #{error.message}"
end

["a\xff ", " \xffa ", "\xe3\x81 "].each do |text|
  %i[strip lstrip rstrip strip! lstrip! rstrip!].each { |name| show { text.dup.public_send(name) } }
  show { text.b.strip }
  show { text.dup.force_encoding("EUC-JP").strip }
end
%w[ISO-2022-JP UTF-7 UTF-16].each { |name| show { "a ".dup.force_encoding(name).rstrip } }

text = "ax".dup
freezing = Object.new
freezing.define_singleton_method(:to_str) { text.freeze && "x" }
show { text.chomp!(freezing) }

words = "abc " * 20
show { words.split { words.prepend("xxx" * 100) } }
show { (words = "a,b,c".dup).split(",") { words << "x" } }

pattern = Regexp.new("foo")
def pattern.match(text, *more) = [text, *more].join("+")
show { "foo".match(pattern, "bar", "baz") }
show { "foo".match(pattern, 1) { |found| found * 2 } }
show { "foo".match("o", 2)[0] }
show { "foo".match }

"z" =~ /z/
show { ["foo".byterindex(//, -100), $~] }
show { "\x95\x5c".dup.force_encoding("Shift_JIS").delete_prefix("\x95") }
show { "a\x95".dup.force_encoding("Shift_JIS").delete_suffix("\x95") }
show { "\u{ffe2}\u{2235}".encode("cp50220").inspect }
['"\u3042\x82\xA0"', '"\x81\u3042"', '"\u3042\x41"', '"\x41\u3042"'].each { |dump| show { dump.undump } }
