# io/console: modes, sizes and sequences of a terminal, which `script` makes, and what streams say that are none.
require "io/console"
require "io/console/size"

def attempt
  p yield
rescue => error
  puts "#{error.class}: #{error.message}"
end

if ARGV.empty?
  File.open(__FILE__) do |file|
    attempt { file.raw { } }
    attempt { file.raw! }
    attempt { file.echo? }
    attempt { file.noecho { } }
    p file.ttyname
  end
  reader, writer = IO.pipe
  attempt { writer.winsize }
  attempt { reader.iflush }
  attempt { writer.winsize = [1] }
  writer.goto(2, 3).goto_column(4).cursor_up(1).cursor_left(-2).scroll_forward(3).scroll_backward(0).erase_line(nil).clear_screen
  writer.cursor = [0, 0]
  writer.beep
  attempt { writer.erase_line(3) }
  attempt { writer.erase_screen("x") }
  attempt { writer.cursor = [1] }
  attempt { IO.console(1) }
  writer.close
  p reader.read, IO.default_console_size.size
  puts IO.popen(["script", "-qec", "/proc/#{$$}/exe #{__FILE__} inside", "/dev/null"], err: :out, &:read).delete("\r")
else
  console = IO.console
  p console.class, console.path, IO.console.equal?(console), console.tty?, console.ttyname.class, console.sync
  console.winsize = [40, 132]
  p console.winsize, IO.console_size, $stdout.winsize
  p console.echo?, console.noecho { |io| io.echo? }, console.echo?, console.raw { |io| [io.equal?(console), io.echo?] }, console.echo?
  p (console.raw { break 5 }), console.cooked(&:echo?)
  mode = console.console_mode
  console.echo = false
  p console.echo?, (console.console_mode = mode).equal?(mode), console.echo?, mode.raw(min: 0, time: 0.5).class, mode.dup.class
  p console.raw!.equal?(console), console.echo?, console.cooked!.echo?, console.iflush.equal?(console)
  p IO.console(:winsize), IO.console(:close), console.closed?
end
