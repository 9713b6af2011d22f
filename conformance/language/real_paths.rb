# File.realpath and File.realdirpath; the users and groups of the system.
require "etc"
require "tmpdir"

Dir.mktmpdir do |folder|
  folder = File.realpath(folder)
  Dir.chdir(folder)
  File.write("file", "")
  Dir.mkdir("dir")
  File.symlink("dir", "link")
  File.symlink("missing", "dangling")
  File.symlink("loop", "loop")
  show = lambda do |kind, *paths|
    puts "#{kind} #{paths.first}: #{File.send(kind, *paths).sub(folder, "*")}"
  rescue SystemCallError => error
    puts error.message.sub(folder, "*")
  end
  show[:realpath, "..", File.join(folder, "file")]
  show[:realpath, "link/../link/."]
  show[:realpath, "file/.."]
  show[:realpath, "file/x"]
  show[:realpath, "missing/.."]
  show[:realpath, "dangling"]
  show[:realpath, "loop"]
  show[:realpath, "x", "/nowhere"]
  show[:realdirpath, "dangling"]
  show[:realdirpath, "missing/x"]
  show[:realdirpath, "link/new"]
  show[:realdirpath, "loop"]
  Dir.chdir("/")
end

p Etc.getpwnam("root").uid, Etc.getgrgid(0).name, Etc::Passwd.any? { |entry| entry.name == "root" }
begin
  Etc.getpwnam("no such user")
rescue ArgumentError => error
  p error
end
p Etc.nprocessors.positive?, Etc.uname.keys

p Dir::Tmpname.create(["a/", ".rb"], "/x", max_try: 2, mode: 1) { |path, count, options, folder|
  p File.dirname(path), File.extname(path), count, options, folder
}.class
begin
  Dir::Tmpname.create("a", max_try: 2) { raise Errno::EEXIST }
rescue RuntimeError => error
  puts error.message.sub(Dir.tmpdir, "*")
end
begin
  Dir.mktmpdir(3)
rescue ArgumentError => error
  p error
end
File.open("/etc/passwd") { |file| p file.stat.file?, $stdin.stat.class }
