# StringIO: modes, frozen texts, paragraphs with line ends of two characters, encodings of what is written.
require "stringio"
class Odd
  def to_str = nil
end
def t = (yield rescue "#{$!.class}: #{$!.message.sub(/0x\h+/,"")}")
p t{StringIO.new("","x")}, t{StringIO.new("","rx")}, t{StringIO.new("","rbt")}, t{StringIO.new("".dup,"r+b").closed?}
p t{StringIO.new(nil).ungetc("#")}, t{StringIO.new(nil).pread(1,0)}, t{StringIO.new("").pread(0,-10)}, t{b=+"stale"; StringIO.new("").pread(0,0,b); b}
p t{StringIO.new("".freeze).write("a")}, t{StringIO.new("".freeze).ungetc("a")}, t{StringIO.new("".freeze).ungetbyte("a")}
p t{StringIO.new.freeze.puts("a")}, t{StringIO.new.freeze.string="a"}, t{StringIO.new.freeze.reopen("a")}
p StringIO.new("foo\r\nbar\r\n\r\n\r\nbaz\r\n").each("").to_a, StringIO.new("foo\r\nbar\r\n\r\n\r\nbaz\r\n").each("", chomp: true).to_a
p StringIO.new("\n\nfoo\nbar\n\n\n\nbaz\n").each("").to_a, StringIO.new("foo\nbar\n\nbaz\n").gets("", 2), StringIO.new("foo\n\nbaz\n").gets("", 4), StringIO.new("foo\n\n\nbaz\n").gets("", 5),StringIO.new("foo\n\n\nbaz\n").gets("", 6),StringIO.new("foo\n\n\nbaz\n").gets("", 7)
p t{StringIO.new("a").read_nonblock}, t{StringIO.new("a").read_nonblock(-1, exception: false)}
s = StringIO.new("".dup, "w:utf-32be"); s.print "abc"; p s.string, s.string.encoding
p StringIO.new("abc".encode("utf-32be"), "r:utf-8").read
s = StringIO.new.set_encoding(Encoding::US_ASCII); s.write("foo".force_encoding("US-ASCII"), "\u3042"); p s.string.encoding
s = StringIO.new.set_encoding("Windows-31J"); s.write("\u3042"); p s.string
p t{s.write("\u{1f363}")}, t{s.write("a","\u{1f363}")}
p t{StringIO.new.set_encoding("Windows-31J").write("\u{1f363}")}, t{StringIO.new(Odd.new).read}
f=StringIO.new; f.pos=StringIO::MAX_LENGTH; p t{f.write("a")}
s=StringIO.new("line1\nline2\n".encode("utf-16le")); p s.gets, s.gets(chomp: true), s.gets
p StringIO.new("\uFEFFa".encode("UTF-16LE"), mode: 'rb:BOM|UTF-8').read, StringIO.new("abc", mode: 'rb:BOM|UTF-8').read.encoding
s=StringIO.new("".b); s.write("é"); p s.string, s.string.encoding; s=StringIO.new(+"é"); s.seek(0,2); s.write("\xE9".b); p s.string
p StringIO.new("\u3042"*3).gets("", 4), StringIO.new("a\n\n\u3042\n\n").readlines("", chomp: true)
