# Zlib::GzipWriter and Zlib::GzipReader: headers, reading by characters and lines, ends that are damaged.
require "zlib"
require "stringio"

def attempt
  p yield
rescue => error
  puts "#{error.class}: #{error.message}"
end

def reader(bytes, **) = Zlib::GzipReader.new(StringIO.new(bytes), external_encoding: "UTF-8", **)

writer = Zlib::GzipWriter.new(file = StringIO.new("".b))
p [writer.mtime.to_i, writer.level, writer.os_code, writer.orig_name, writer.comment, writer.crc, writer.sync, writer.pos]
writer.mtime = 5
writer.orig_name = "a\0b"
writer.comment = "c"
p writer.write("ab", "cd", 3), (writer << "x").equal?(writer), writer.putc("yz"), writer.puts("z", [1]), writer.print("q", 1), writer.printf("%d", 3)
p writer.pos, writer.crc
attempt { writer.mtime = 6 }
p writer.flush.equal?(writer), writer.finish.equal?(file), file.string
attempt { writer.write("a") }
p writer.close, writer.closed?
attempt { Zlib::GzipWriter.new(StringIO.new).mtime = "x" }
attempt { Zlib::GzipFile.new }

packed = file.string
input = reader(packed + "tail")
p [input.mtime.to_i, input.level, input.orig_name, input.comment, input.pos, input.lineno, input.eof?, input.external_encoding, input.unused]
p input.getc, input.getbyte, input.readchar, input.readbyte, input.pos, input.ungetc("é"), input.ungetbyte(65), input.pos, input.read(1), input.getc
p input.gets, input.lineno, input.gets("3"), input.gets, input.gets, input.eof?, input.unused, input.getc, input.getbyte, input.read, input.read(1)
attempt { input.readchar }
attempt { input.readline }
attempt { input.readpartial(1) }
attempt { input.read(-1) }
p input.crc, input.rewind, input.readlines, input.lineno, input.rewind, input.each_char.first(3), input.close.class, input.close
attempt { input.read }

input = reader(Zlib.gzip("\n\nab\n\n\n\nçd"))
p input.gets(""), input.gets(""), input.gets(""), input.lineno, input.rewind, input.gets(nil, 3), input.gets(1), input.gets("\n", 0)
p input.gets(nil), input.rewind, input.read(2).encoding, input.read.encoding
attempt { input.gets({}) }
p Zlib::GzipReader.zcat(StringIO.new(Zlib.gzip("one") + Zlib.gzip("two"))), Zlib.gunzip(Zlib.gzip("x") + "rest")
p Zlib::GzipReader.wrap(StringIO.new(packed)) { |gzip| gzip.read.size }

good = Zlib.gzip("hello")
broken = ->(index) { good.dup.tap { |bytes| bytes.setbyte(index, 9) } }
attempt { Zlib.gunzip("") }
attempt { Zlib.gunzip("abcdefghijklmn") }
[-2, -9, -12].each { |last| attempt { Zlib.gunzip(good[0..last]) } }
[-1, -5, 2].each { |index| attempt { Zlib.gunzip(broken[index]) } }
attempt { reader("abc") }
attempt { reader("abcdefghijkl") }
begin
  reader("abcdefghijkl")
rescue Zlib::GzipFile::Error => error
  p error.input, error
end
[2, 32, 64, 128].each { |flags| attempt { reader(broken[3].tap { |bytes| bytes.setbyte(3, flags) }) } }
[-1, -5].each { |index| input = reader(broken[index]); attempt { [input.read, input.read] } }
input = reader(good[0..-4])
attempt { [input.read, input.unused] }
attempt { reader(good[0..-12]).read }
