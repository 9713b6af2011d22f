# Iterators over lines hand their keywords on when they get no block.
require "tmpdir"
Dir.mktmpdir do |folder|
  file = "#{folder}/lines"
  File.write(file, "foo\nbar\n\nbaz\n")
  p File.foreach(file, chomp: true).to_a, IO.foreach(file, chomp: true).map(&:size)
  File.open(file) { |io| p io.each_line(chomp: true).with_index.to_a }
  File.open(file) { |io| p io.each_line("", chomp: true).to_a }
  p File.foreach(file, "a", chomp: true).first
end
