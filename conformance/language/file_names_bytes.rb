# Names of files are bytes: those that are not UTF-8 stay what they are, and results have the encoding of what was given.
require "tmpdir"
Dir.mktmpdir do |folder|
  Dir.chdir(folder) do
    File.write("a\xff", "1")
    File.write("a\xfe", "2")
    p Dir.children(".").map(&:bytes).sort, File.read("a\xff"), Dir.glob("a*").size, Dir["a\xff"].size, File.exist?("a\xfd")
    p File.basename("x/a\xff").bytes, File.join("x\xff", "y").bytes, File.extname("a.\xff").bytes, File.dirname("a\xff/b").bytes
    p File.open("a\xff") { |io| io.path.bytes }, Dir.entries(".", encoding: "BINARY").last.encoding
    p File.basename("x/é".encode("ISO-8859-1")).encoding, File.fnmatch("a?", "a\xff"), Dir.open(".") { |dir| dir.children.size }
  end
end
