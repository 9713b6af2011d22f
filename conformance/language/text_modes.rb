# Reading and writing as characters: byte order marks, line ends, other encodings, replacements.
require "tmpdir"
Dir.mktmpdir do |folder|
  file = "#{folder}/text"
  File.binwrite(file, "\xEF\xBB\xBFid,name\r\n1,x\r\n")
  p File.open(file, "r:BOM|UTF-8", &:read), File.read(file, encoding: "bom|utf-8").lines.first, File.open(file, "rt:bom|utf-8", &:read)
  p File.read(file, mode: "rt:utf-8").size, File.foreach(file, encoding: "bom|utf-8").first, File.readlines(file, encoding: "bom|utf-8", chomp: true)
  File.open(file, "rt:utf-8") { |io| p io.getc.bytes, io.gets, io.gets, io.gets }
  File.open(file, "w:bom|utf-8") { |io| io.write "q" }
  p File.binread(file)
  File.open(file, "w", crlf_newline: true) { |io| io.puts "a", "b" }
  p File.binread(file), File.read(file, universal_newline: true), File.read(file, newline: :universal)
  File.binwrite(file, "a\xFFb\n\xE9")
  p File.read(file, encoding: "utf-8:utf-16le", invalid: :replace).encoding
  p File.open(file, "r:utf-8:iso-8859-1", invalid: :replace, undef: :replace) { |io| [io.gets, io.gets, io.gets] }
  begin
    File.open(file, "r:utf-8:iso-8859-1") { |io| p io.getc; io.read }
  rescue Encoding::InvalidByteSequenceError => error
    p error.message
  end
  File.binwrite(file, "a\u00e9\nb\n".encode("UTF-16LE"))
  p File.open(file, "rb:utf-16le:utf-8") { |io| [io.gets.bytes, io.getc, io.read] }
  File.open(file, "w:utf-16be") { |io| io.write "az" }
  p File.binread(file)
end
