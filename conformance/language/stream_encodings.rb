# The encodings of streams: what modes, options and set_encoding name, and what the defaults make of it.
def tried
  yield
rescue ArgumentError, TypeError, IOError, RangeError => error
  "#{error.class}: #{error.message}"
end
def both(io) = [io.external_encoding, io.internal_encoding]

path = "/tmp/stream_encodings_#{$$}.txt"
File.binwrite(path, "\xEF\xBB\xBFh\u00e9\r\nx\n".b)
external, internal = Encoding.default_external, Encoding.default_internal
$VERBOSE = nil
begin
  [[Encoding::UTF_8, nil], [Encoding::UTF_8, Encoding::UTF_16LE], [Encoding::ISO_8859_1, Encoding::UTF_8], [Encoding::BINARY, Encoding::UTF_8]].each do |outer, inner|
    Encoding.default_external, Encoding.default_internal = outer, inner
    ["r", "rb", "r:utf-8", "r:iso-8859-1:utf-8", "r:utf-8:utf-8", "r:utf-8:-", "r:binary:utf-8", "r:bom|utf-8", "r+", "a"].each do |mode|
      p [mode, tried { File.open(path, mode) { |io| both(io) } }]
    end
    p(tried { File.open(path, "r", external_encoding: "utf-8", internal_encoding: "iso-8859-1") { |io| both(io) } })
    File.open(path, "r") do |io|
      [["utf-8"], ["utf-8:euc-jp"], ["utf-8", "-"], ["utf-8", "utf-8"], ["binary", "utf-8"], [Encoding::UTF_8, nil], [nil, nil], [nil]].each do |names|
        p [names, tried { both(io.set_encoding(*names)) }]
      end
      p tried { io.set_encoding(nil, "utf-8") }, tried { io.set_encoding("utf-16le").class }, tried { io.set_encoding(5) }, tried { io.set_encoding }
      p tried { io.set_encoding("utf-8", "a\0b") }, tried { io.set_encoding("utf-8".encode("utf-16le")) }
    end
  end
ensure
  Encoding.default_external, Encoding.default_internal = external, internal
end
p tried { File.open(path, "rb", newline: :crlf) }, tried { File.open(path, "rb", binmode: true) }, tried { File.open(path, "rt", textmode: true) }
p tried { File.open(path, "rb", textmode: true) }, tried { File.open(path, "r:utf-8", encoding: "utf-8") }, tried { File.open(path, "r:utf-16le") }
File.open(path, "rb") { |io| p io.set_encoding_by_bom, io.read, io.external_encoding }
File.open(path, "r") { |io| p tried { io.set_encoding_by_bom } }
File.open(path, "rb:utf-8") { |io| p tried { io.set_encoding_by_bom } }
File.open(path, "rb") { |io| io.read(1); p io.set_encoding_by_bom }
File.open(path, "r:utf-8") { |io| io.gets; io.set_encoding("utf-8:iso-8859-1"); p io.gets.encoding }

# Reading and writing past the buffers, and what they say of it.
File.open(path) do |io|
  io.read(1)
  p tried { io.sysread(1) }, tried { io.sysseek(0) }, io.pread(3, 0), io.pread(0, 5), tried { io.pread(-1, 0) }
  buffer = +"kept"
  p io.sysread(0, buffer), io.pread(0, 0, buffer), io.gets(0), io.gets("", 0)
end
File.open(path) { |io| p io.sysseek(3), io.sysread(2), io.sysseek(-2, IO::SEEK_END) }
p tried { File.open(path, "a", &:lineno) }, tried { File.open(path) { |io| io.lineno = 2**40 } }, tried { File.open(path) { |io| io.lineno = nil } }
p File.read(path, open_args: ["r:utf-8", {}]).encoding, tried { File.read(path, mode: "w") }, tried { IO.write(path, "x", mode: "r") }
p IO.write(path, "\u00e9", encoding: "iso-8859-1"), File.binread(path), IO.write(path, "ab", 3), File.binread(path)
p IO.copy_stream(path, path + "2"), File.binread(path + "2"), IO.copy_stream(path, path + "2", 2, 1), File.binread(path + "2")
reader = Object.new
def reader.readpartial(count, buffer) = (@asked ||= 0) < 2 ? "part#{@asked += 1}" : raise(EOFError)
writer = Object.new
def writer.write(text) = ((@got ||= +"") << text; text.bytesize)
def writer.got = @got
p IO.copy_stream(reader, writer), writer.got, IO.copy_stream(path, writer, 0), tried { IO.copy_stream(reader, writer, 1, 1) }
File.open(path) { |io| p IO.copy_stream(io, writer, 2, 3), io.pos }
File.open(path, "w") { |io| p tried { IO.copy_stream(io, writer) } }
File.open(path, "r+") { |io| io.write("one\ntwo\n"); io.rewind; p io.gets; io.reopen(path + "2"); p io.read.bytes, io.write("") }
File.open(path, "wt", newline: :crlf) { |io| io.puts "a" }
p File.binread(path)
File.delete(path, path + "2")
