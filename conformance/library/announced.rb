# Libraries with a native part that come in because a constant is announced, and RubyGems, whose `require` backtraces do not show.
autoload :StringScanner, "strscan"
p StringScanner.new("ab").scan(/a/)

module Announces
  autoload :Zlib, "zlib"
end
p((Announces::Zlib rescue $!.class), Zlib::Deflate)

Gem::Version
File.write(file = "/tmp/announced_#{$$}.rb", "raise 'from the file'\n")
begin
  require file
rescue => error
  puts error.backtrace.map { |line| line.sub(/announced_\d+/, "file").sub(__FILE__, "this") }
ensure
  File.delete(file)
end
begin
  require "no/such/library"
rescue LoadError => error
  puts error.message, error.backtrace.map { |line| line.sub(__FILE__, "this") }
end
