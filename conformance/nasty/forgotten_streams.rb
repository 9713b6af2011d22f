# Streams that are forgotten with unwritten bytes: what finds room is written, the collector waits for nothing.
def fill(writer)
  loop { writer.write_nonblock("x" * 4096) }
rescue IO::WaitWritable
  writer.sync = false
end
def forgotten(full)
  reader, writer = IO.pipe
  fill(writer) if full
  writer.sync = false
  writer << "abc"
  reader
end
def deep(n) = n == 0 ? 0 : deep(n - 1)
def collect = (deep(200); 3.times { GC.start; 2000.times { Object.new } })

readers = Array.new(20) { forgotten(true) }
collect
puts "collected"
# Once there is room, the rest follows.
readers.each { |reader| reader.readpartial(1 << 20) }
collect
def rest(reader)
  text = +""
  while (part = reader.read_nonblock(1 << 20, exception: false)).is_a?(String)
    text << part
  end
  text
end
p readers.count { |reader| rest(reader).end_with?("abc") } >= 15

readers = Array.new(20) { forgotten(false) }
collect
p readers.count { |reader| reader.read_nonblock(10, exception: false) == "abc" } >= 15

require "tmpdir"
Dir.mktmpdir do |folder|
  20.times { |i| File.open(File.join(folder, i.to_s), "w") << "text #{i}" }
  collect
  p (0...20).count { |i| File.read(File.join(folder, i.to_s)) == "text #{i}" } >= 15
end
$stays = forgotten(true)
# The end of the program waits for it no more than the collector does.
deep(200)
GC.start
