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
