# Pathname: what it makes of paths alone, and what it asks the file system.
require "tmpdir"

paths = %w[a a/ a/b/ / // /a . ./ .. ../a a/. a/../b /.. a/b/../../../c a//b a.tar.gz b. .c]
paths.each do |path|
  name = Pathname.new(path)
  p [path, name.cleanpath.to_s, name.cleanpath(true).to_s, name.parent.to_s, name.root?, name.absolute?]
  p [name.each_filename.to_a, name.ascend.map(&:to_s), name.extname, name.sub_ext(".x").to_s, name.split.map(&:to_s)]
end
p %w[. .. ../.. b /b ./b ../b b/ ../../../b].map { |path| (Pathname("a/c/") + path).to_s }
p Pathname("/a") + "../..", Pathname("a").join("b", "/c", "../d"), Pathname("a") / "b"
p Pathname("/a/b").relative_path_from(Pathname("/a/c/d")), Pathname("a").relative_path_from("a/b")
[["a", "/b"], ["a", "../b"]].each do |path, base|
  Pathname(path).relative_path_from(Pathname(base))
rescue ArgumentError => error
  p error
end
[nil, "a\0b"].each do |path|
  Pathname.new(path)
rescue TypeError, ArgumentError => error
  p error
end
p Pathname("a") == "a", {Pathname("a") => 1}[Pathname("a")], %w[b a/c a.b a].map { |path| Pathname(path) }.sort
name = Pathname("a").freeze
p Pathname(name).equal?(name), name.to_s.frozen?, name.sub("a") { |text| text * 2 }, name

Dir.mktmpdir do |folder|
  Dir.chdir(folder)
  file = Pathname("file")
  p file.write("a\nb\n"), file.read(1), file.readlines(chomp: true), file.size, file.empty?, file.file?
  p Pathname("x/y").mkpath, Pathname("x").children, Pathname("x").children(false), Pathname("x").entries.size
  p Pathname.glob("*").sort, Pathname("x").glob("*"), Pathname("link").make_symlink("x"), Pathname("link").readlink
  p file.unlink, Pathname("x/y").delete, Pathname("x").empty?, Pathname("/").mountpoint?
  begin
    file.read
  rescue SystemCallError => error
    puts error.message
  end
  Dir.chdir("/")
end
