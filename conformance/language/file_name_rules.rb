# Names of files: slashes at the beginning, encodings without ASCII, what has `to_io`, stat, truncate, fnmatch.
require "tmpdir"
def try
  p yield
rescue => e
  puts "#{e.class}: #{e.message.sub(/ - .*/, "")}"
end
wide = "a/b".encode("utf-16le")
%i[basename dirname extname split expand_path path exist? realpath].each { |name| try { File.send(name, wide) } }
try { File.basename("a", wide) }
p File.dirname("/////foo"), File.dirname("//foo/bar"), File.expand_path("////some/path"), File.expand_path("a", "///x"), File.expand_path("../..", "//x")
p File.split("//foo"), File.expand_path("a", "/b".encode("euc-jp")).encoding
p File.fnmatch("[a-z]", "D", File::FNM_CASEFOLD), File.fnmatch("[D]", "d", File::FNM_CASEFOLD), File.fnmatch("{a\\,b,c}", "a,b", File::FNM_EXTGLOB)
Dir.mktmpdir do |folder|
  path = "#{folder}/file"
  File.write(path, "0123456789")
  file = File.open(path, "r+")
  holder = Object.new
  holder.define_singleton_method(:to_io) { file }
  p File.size(holder), File.file?(holder), File.directory?(holder), File.mtime(holder) == file.mtime, File.identical?(holder, path)
  p file.read(5), file.truncate(4), file.getc, file.pos
  try { File.open(path) { |other| other.truncate(1) } }
  try { file.truncate(-1) }
  try { File.truncate(path, -1) }
  puts File.stat(path).inspect[/size=\d+/], File.stat(path).inspect.scan(/\w+(?==)/).first(10).join(" ")
  try { File.new(file.fileno, "w", autoclose: false).close }
  try { File.open(path) { |other| File.new(other.fileno, "w") } }
  quiet = Class.new(File) { def close = (super; raise IOError, "closed stream") }
  p quiet.open(path) { 1 }
  p file.birthtime.class
end
