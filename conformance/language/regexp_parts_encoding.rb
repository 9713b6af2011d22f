# The encoding of a pattern with parts: that of the parts which have characters beyond ASCII, escapes of bytes included.
bytes = /\xfe/n
joined = /\A#{bytes}/
p joined, joined.encoding, joined.fixed_encoding?, joined.match?("\xfe".b), joined.source.encoding
p(/#{/é/}a/.encoding, /#{"é".encode("ISO-8859-1")}/.encoding, /a#{/b/n}/.encoding, /\\x80#{"a"}/.encoding)
p(/#{bytes}#{bytes}/.encoding)
begin
  p(/é#{bytes}/)
rescue RegexpError => error
  puts error.message
end
begin
  p(/#{bytes}#{/é/}/)
rescue RegexpError => error
  puts error.message
end
p(/[\xC2-\xDF]#{/[\x80-\xBF]/n}/n, /[\xE1-\xEC]#{/[\x80-\xBF]/n.source * 2}/n.encoding, /a#{/b/}/n.encoding)
text = "é"
begin
  p(/[\xC2-\xDF]#{text}/n)
rescue RegexpError => error
  puts error.message
end
