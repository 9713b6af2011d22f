# Characters that come in pieces through a converting pipe, and objects that become lists of themselves.
require "stringio"

read, write = IO.pipe("euc-jp:utf-8")
writer = Thread.new do
  write << "\xa4"
  sleep 0.05
  write << "\xa2\xa4"
  sleep 0.05
  write << "\xa4"
  write.close
end
p read.getc, read.read
writer.join

class Endless
  def to_ary = [self]
end
output = StringIO.new
output.puts Endless.new
p output.string
$stdout.puts Endless.new
