# `maglev console` with lines from a pipe: values, texts over several lines, errors that do not end it, commits.
require_relative "support/behaviours"

def console(lines)
  IO.popen([File.join(File.dirname(RbConfig.ruby), "maglev"), "console"], "r+") do |io|
    io.write(lines)
    io.close_write
    io.read
  end
end

puts console(<<~'LINES')
  root[:list] = [1, 2]
  root[:list].sum do |number|
    number * 10
  end
  _ + 1
  text = <<~TEXT
    two
    lines
  TEXT
  commit
  root[:list] << 3
  abort
  root
  1 / 0
  nothing_there
  1 +)
  def twice(number)
    number * 2

  end
  twice(21)
  persistent { class Kept; def name = :kept; end }
  root[:kept] = Kept.new; commit
  Maglev.history.size
LINES
p vm("p Maglev[:list], Maglev[:kept].name"), $?.success?
puts console("exit 3\n"), $?.exitstatus
puts console("[1,\n")
