# What patterns of file names find: the folder itself, slashes, escapes; what is refused.
require "tmpdir"
def tried
  yield
rescue TypeError, ArgumentError, Encoding::CompatibilityError => error
  "#{error.class}: #{error.message}"
end
Dir.mktmpdir do |root|
  Dir.chdir(root)
  %w[in .hidden in/deep in/.dot].each { |name| Dir.mkdir(name) }
  ["a", ".b", "in/c", "in/.d", "in/deep/e", "in/deep/.f", "b\\c", "x[1]{2}"].each { |name| File.write(name, "") }
  dots = File::FNM_DOTMATCH
  ["*", ".*", "{,.}*", ".**", "**/", ".**/", "**/*", "in/**/*", "**/.*", "*/", "**", "in//deep/e", "in//**/e", "b\\\\c", "x\\[1\\]\\{2\\}", "x*\\{2}"].each do |pattern|
    p [pattern, Dir.glob(pattern).sort, Dir.glob(pattern, dots).sort]
  end
  p Dir.glob("**/*", dots, base: "in").sort, Dir.glob("*", 5, flags: dots).size, Dir.glob("*", :x, flags: 0).size
  p tried { Dir.glob("a\0b") }, tried { Dir.glob("a".encode("UTF-16LE")) }, tried { Dir.glob("*", sort: 1) }, tried { Dir["*", sort: nil] }
  p tried { Dir["*", flags: 1] }, tried { Dir.glob("*", :x) }
  File.symlink("a", "link")
  File.lutime(1, 2.5, "link")
  File.utime(Time.at(5, 7, :nsec), 3, "in", "a")
  p File.lstat("link").mtime.to_r, File.atime("in").nsec, File.mtime("a").to_i, File.birthtime("a").class, File.stat("a").birthtime.class
  here = Dir.open("in")
  p Dir.fchdir(here.fileno) { File.exist?("c") }, Dir.children(".").include?("c"), here.chdir { Dir.children(".").include?("c") }
  copy = Dir.for_fd(IO.sysopen("in"))
  p copy.path, copy.children.sort, copy.inspect.start_with?("#<Dir:0x"), (Dir.for_fd(2**20) rescue $!.class), (Dir.fchdir(IO.sysopen("a")) rescue $!.class)
  extend FileTest
  p exist?("a"), zero?("a")
  Dir.chdir("/")
end
