# Lines that stand whole in a buffer already: by `gets` over the files of ARGV, with every way to cut them.
require "tmpdir"

Dir.mktmpdir do |folder|
  path = File.join(folder, "lines")
  File.write(path, "a\nb\r\nc\n\n\nd\ne")

  IO.foreach(path) { |line| puts "#{$.} #{line.inspect}" }
  p $., $_
  p IO.readlines(path, ""), $.
  p IO.readlines(path, chomp: true), $.
  p File.foreach(path, nil).to_a, File.foreach(path, "c", 2).to_a
  File.open(path) { |file| p file.gets(0), file.gets(nil, 3), file.gets("", 4), file.gets(""), file.gets, file.gets, $. }

  ARGV.replace([path, path, path])
  3.times { p gets, $. }
  p gets("d"), $.
  p gets(chomp: true), gets("\n", chomp: true), gets(nil, 2)
  ARGF.skip
  p gets, $., ARGF.lineno
  File.open(path) { |file| file.gets }
  p gets, $.
  def ARGF.gets = "its own"
  p gets
end
