# What io/console does with blocks, and by sequences that terminals understand.
class IO
  class ConsoleMode
    class << self
      private

      # Runs the block while a terminal is in the mode that `change` makes of its own.
      def during(io, change)
        before = begin
          io.console_mode
        rescue SystemCallError => error
          raise error.class
        end
        io.console_mode = change.call(before.dup)
        begin
          yield io
        ensure
          io.console_mode = before unless io.closed?
        end
      end

      # The numbers of a terminal's answer and the letter that ends it; nil for anything else.
      def read_answer(io)
        return unless io.getbyte == 27 && io.getbyte == 91
        text = +""
        while (byte = io.getbyte)
          text << byte
          break unless byte == 59 || byte.between?(48, 57)
        end
        text.chop.split(";").map(&:to_i) << text[-1]
      end

      def move(io, count, forward, backward)
        io.write("\e[#{count.abs}#{count > 0 ? forward : backward}") unless count == 0
        io
      end

      def erase(io, mode, most, what, letter)
        mode = 0 if mode.nil?
        raise ArgumentError, "wrong #{what} erase mode: #{mode}" unless Integer === mode && mode.between?(0, most)
        io.write("\e[#{mode}#{letter}")
        io
      end
    end
  end

  # The terminal of this process, opened once; with the name of a method its result there.
  def self.console(name = nil, *args, **options, &)
    raise TypeError, "wrong argument type #{name.class} (expected Symbol)" unless name.nil? || Symbol === name
    if name == :close && args.empty?
      @console&.close
      return @console = nil
    end
    @console = nil if @console&.closed?
    @console ||= begin
      File.open("/dev/tty", "r+").tap { |terminal| terminal.sync = true }
    rescue SystemCallError
      return nil
    end
    name ? @console.__send__(name, *args, **options, &) : @console
  end

  def raw(**options, &) = ConsoleMode.__send__(:during, self, ->(mode) { mode.raw!(**options) }, &)
  def cooked(&) = ConsoleMode.__send__(:during, self, ->(mode) { mode.__send__(:cooked!) }, &)
  def noecho(&) = ConsoleMode.__send__(:during, self, ->(mode) { mode.tap { mode.echo = false } }, &)

  def raw!(**options)
    self.console_mode = console_mode.raw(**options)
    self
  end

  def cooked!
    self.console_mode = console_mode.__send__(:cooked!)
    self
  end

  def echo=(echoes)
    self.console_mode = console_mode.tap { |mode| mode.echo = echoes }
  end

  def echo? = console_mode.__send__(:echo?)

  # With `min: 0` the wait ends after `time`.
  def getch(min: nil, time: nil, intr: nil)
    raw(min:, time:, intr:) { getc unless min == 0 && !wait_readable(time || 0) }
  end

  def getpass(prompt = nil)
    out = equal?($stdin) ? $stderr : self
    out.write(prompt) unless prompt.nil?
    out.flush
    begin
      line = noecho { gets }
    ensure
      out.write("\n")
    end
    line&.chomp
  end

  def beep
    write("\a")
    flush
  end

  # Row and column, as the terminal answers them.
  def cursor
    raw do
      write("\e[6n")
      flush
      answer = ConsoleMode.__send__(:read_answer, self)
      answer.first(2).map { |number| number - 1 } if answer&.last == "R"
    end
  end

  def cursor=(place)
    place = Array.try_convert(place) || raise(TypeError, "no implicit conversion of #{place.class} into Array")
    raise ArgumentError, "expected 2D coordinate" unless place.size == 2
    goto(*place)
  end

  def goto(row, column)
    write(format("\e[%d;%dH", row + 1, column + 1))
    self
  end

  def goto_column(column)
    write(format("\e[%dG", column + 1))
    self
  end

  def cursor_up(rows) = ConsoleMode.__send__(:move, self, rows, "A", "B").flush
  def cursor_down(rows) = ConsoleMode.__send__(:move, self, rows, "B", "A").flush
  def cursor_right(columns) = ConsoleMode.__send__(:move, self, columns, "C", "D").flush
  def cursor_left(columns) = ConsoleMode.__send__(:move, self, columns, "D", "C").flush
  def scroll_forward(rows) = ConsoleMode.__send__(:move, self, rows, "S", "T")
  def scroll_backward(rows) = ConsoleMode.__send__(:move, self, rows, "T", "S")
  def erase_line(mode) = ConsoleMode.__send__(:erase, self, mode, 2, "line", "K")
  def erase_screen(mode) = ConsoleMode.__send__(:erase, self, mode, 3, "screen", "J")
  def clear_screen = erase_screen(2).goto(0, 0)
end
