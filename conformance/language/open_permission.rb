# `perm:` of what opens files, and the mode of a descriptor that IO.new is given.
require "tmpdir"
def attempt = yield.inspect rescue "#{$!.class}: #{$!.message}"
def show(label) = puts("#{label}: #{attempt { yield }}")
File.umask(0)
Dir.mktmpdir do |folder|
  Dir.chdir(folder)
  mode = ->(name) { "%o" % (File.stat(name).mode & 0777) }
  show("open") { File.open("a", "w", perm: 0600) { |file| "%o" % (file.stat.mode & 0777) } }
  show("new") { File.new("b", File::RDWR | File::CREAT | File::EXCL, perm: 0640).close; mode["b"] }
  show("positional") { File.new("c", "w", 0604).close; mode["c"] }
  show("nil") { File.open("d", "w", nil, perm: 0644) { mode["d"] } }
  show("perm nil") { File.open("e", "w", perm: nil) { mode["e"] } }
  show("both") { File.open("f", "w", 0600, perm: 0644) }
  show("wrong") { File.open("f", "w", perm: "x") }
  show("Kernel#open") { open("g", "w", perm: 0600) { mode["g"] } }
  show("write") { File.write("h", "x", perm: 0620); mode["h"] }
  show("write at") { File.write("i", "x", 0, perm: 0620); mode["i"] }
  show("binwrite") { File.binwrite("j", "x", perm: 0620); mode["j"] }
  show("mode keyword") { File.open("k", mode: "w", perm: 0640) { mode["k"] } }
  show("read") { File.read("h", perm: 0600) }

  reader, writer = IO.pipe
  show("pipe") { IO.new(writer.fileno, autoclose: false).syswrite("xy") }
  show("reading a writer") { IO.new(writer.fileno, autoclose: false).read }
  show("writing a reader") { IO.for_fd(reader.fileno, autoclose: false).write("x") }
  show("r of a writer") { IO.new(writer.fileno, "r", autoclose: false) }
  show("w of a reader") { IO.new(reader.fileno, "w", autoclose: false) }
  show("r+ of a reader") { IO.new(reader.fileno, "r+", autoclose: false) }
  show("still open") { writer.syswrite("z"); reader.readpartial(3) }
  File.open("h", "r+") do |file|
    show("both ways") { IO.new(file.fileno, autoclose: false).then { |io| [io.write("q"), io.read] } }
    show("less") { IO.new(file.fileno, "r", autoclose: false).write("x") }
  end
  show("none") { IO.new(1000) }
  Dir.chdir("/")
end
