# StringIO.
require "stringio"
io = StringIO.new("ab\ncd\n\nef")
p io.gets, io.lineno, io.pos, io.getc, io.getbyte, io.read(2), io.read, io.read, io.read(1), io.eof?
io.rewind
p io.each_line.to_a, io.lineno
io.rewind
p io.readlines(chomp: true)
io.rewind
p io.gets(""), io.gets(nil), io.gets
io.rewind
p io.gets("d"), io.gets(1), io.gets("\n", 2)
io.pos = 1
io.ungetc("X")
p io.string, io.pos
out = StringIO.new
out.puts 1, [2, [3]], nil
out.print "a", "b"
out.printf("%03d", 7)
out << :sym
out.putc "xyz"
p out.string, out.pos
out.pos = 1
out.write("ZZ")
p out.string
out.truncate(4)
p out.string
append = StringIO.new(+"abc", "a")
append.write("d")
p append.string
begin
  StringIO.new("x", "r").write("y")
rescue IOError => e
  p e.message
end
begin
  StringIO.new("x").tap(&:close).read
rescue IOError => e
  p e.message
end
wide = StringIO.new("äöü")
p wide.getc, wide.pos, wide.each_char.to_a
p StringIO.open("q") { |s| s.read }
p io.closed?, io.tty?, io.sync, io.fileno
