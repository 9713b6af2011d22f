module Kernel
  # So that its library may define it anew without a warning.
  alias pp pp

  def test(command, file1, file2 = (none = true))
    command = command.ord if Primitive.is_string(command)
    letter = command.chr
    two = "=<>-".include?(letter)
    raise ArgumentError, "wrong number of arguments (given #{none ? 2 : 3}, expected #{two ? 3 : 2})" if two == !!none
    case letter
    when "b" then File.blockdev?(file1)
    when "c" then File.chardev?(file1)
    when "d" then File.directory?(file1)
    when "e" then File.exist?(file1)
    when "f" then File.file?(file1)
    when "g" then File.setgid?(file1)
    when "G" then File.grpowned?(file1)
    when "k" then File.sticky?(file1)
    when "l" then File.symlink?(file1)
    when "o", "O" then File.owned?(file1)
    when "p" then File.pipe?(file1)
    when "r" then File.readable?(file1)
    when "R" then File.readable_real?(file1)
    when "s" then File.size?(file1)
    when "S" then File.socket?(file1)
    when "u" then File.setuid?(file1)
    when "w" then File.writable?(file1)
    when "W" then File.writable_real?(file1)
    when "x" then File.executable?(file1)
    when "X" then File.executable_real?(file1)
    when "z" then File.zero?(file1)
    when "A" then File.atime(file1)
    when "C" then File.ctime(file1)
    when "M" then File.mtime(file1)
    when "-" then File.identical?(file1, file2)
    when "=" then File.mtime(file1) == File.mtime(file2)
    when "<" then File.mtime(file1) < File.mtime(file2)
    when ">" then File.mtime(file1) > File.mtime(file2)
    else raise ArgumentError, "unknown command '#{letter}'"
    end
  end

  def select(...)
    IO.select(...)
  end

  def syscall(*)
    raise NotImplementedError, "Kernel#syscall is not implemented in maglev"
  end
  module_function :test, :select, :syscall
end

module GC
  module Profiler
    @on = false

    class << self
      def enabled?
        @on
      end

      def enable
        GC::Profiler.clear unless @on
        @on = true
        nil
      end

      def disable
        @on = false
        nil
      end

      def clear
        @count = GC.count
        @time = GC.total_time
        nil
      end

      def total_time
        @time ? (GC.total_time - @time) / 1e9 : 0.0
      end

      def result
        runs = @count ? GC.count - @count : 0
        runs == 0 ? "" : "GC #{runs} invokes, #{total_time} s.\n"
      end

      def report(out = $stdout)
        out.write(result)
        nil
      end

      def raw_data
        raise NotImplementedError, "GC::Profiler.raw_data is not implemented in maglev"
      end
    end
  end
end
