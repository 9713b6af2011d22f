# ARGF: the files that ARGV names, read one after the other as one stream; standard input when it names none.
#
# Where it stands is kept in two hidden values. `started`: nil before the first read, :closed after a file was closed,
# :open otherwise. `place`: :reading in a file, :due when the next file is to be opened, :stdin at standard input.

class Maglev::ArgumentFiles
  include Enumerable

  def initialize(*arguments)
    Primitive.hidden_set(self, :argv, arguments)
    Primitive.hidden_set(self, :lineno, 0)
  end

  def initialize_copy(other)
    Primitive.hidden_set(self, :argv, other.argv)
    Primitive.hidden_set(self, :lineno, other.lineno)
    self
  end
  private :initialize_copy

  def to_s
    "ARGF"
  end
  alias inspect to_s

  def argv
    Primitive.hidden_get(self, :argv) || $*
  end

  # Is this ARGF itself, whose line number is `$.`?
  def __global?
    Primitive.hidden_get(self, :argv).nil?
  end
  private :__global?

  # Makes sure that there is a stream, opening the next one if it is due; false when there are no more.
  def __advance
    started = Primitive.hidden_get(self, :started)
    place = Primitive.hidden_get(self, :place)
    return true if started == :open && place == :reading
    if started.nil?
      place = argv.empty? ? :stdin : :due
      Primitive.hidden_set(self, :place, place)
      Primitive.hidden_set(self, :started, :open)
    elsif place == :stdin && !argv.empty?
      Primitive.hidden_set(self, :place, place = :due)
    end
    if place == :due
      __close_current if Primitive.hidden_get(self, :started) == :open
      return false unless __open_next
      Primitive.hidden_set(self, :place, :reading)
    elsif place == :stdin
      __take_stdin
    end
    Primitive.hidden_set(self, :started, :open)
    true
  end
  private :__advance

  def __take_stdin
    __set_stream($stdin)
    Primitive.hidden_set(self, :filename, "-")
    return unless Primitive.hidden_get(self, :inplace)
    warn("Can't do inplace edit for stdio", uplevel: 0)
    $stdout = STDOUT
  end
  private :__take_stdin

  def __open_next
    until argv.empty?
      path = Primitive.to_path(argv.shift)
      Primitive.hidden_set(self, :filename, path)
      inplace = Primitive.hidden_get(self, :inplace)
      if path == "-"
        __set_stream($stdin)
        return true unless inplace
        warn("Can't do inplace edit for stdio; skipping", uplevel: 0)
        next
      end
      stream = File.open(path)
      if inplace
        output = __edit(path, stream, inplace)
        next if output.nil?
        Primitive.hidden_set(self, :output, output)
        $stdout = output
      end
      __set_stream(stream)
      return true
    end
    false
  end
  private :__open_next

  # Puts the file aside and opens a new one in its place; nil when that cannot be done.
  def __edit(path, stream, suffix)
    $stdout.close if Primitive.is_io($stdout) && !STDOUT.equal?($stdout)
    before = stream.stat
    begin
      if suffix.empty?
        File.unlink(path)
      else
        File.rename(path, path + suffix)
      end
    rescue SystemCallError => error
      reason = SystemCallError.new(nil, error.errno).message
      what = suffix.empty? ? "remove #{path}" : "rename #{path} to #{path + suffix}"
      warn("Can't #{what}: #{reason}, skipping file", uplevel: 0)
      stream.close
      return nil
    end
    output = File.open(path, File::WRONLY | File::CREAT | File::TRUNC, 0o666)
    output.chmod(before.mode & 0o7777)
    after = output.stat
    output.chown(before.uid, before.gid) if before.uid != after.uid || before.gid != after.gid
    output.binmode if Primitive.hidden_get(self, :binmode)
    output
  end
  private :__edit

  def __set_stream(stream)
    Primitive.hidden_set(self, :stream, stream)
    Primitive.set_argument_stream(stream) if __global?
    return if STDIN.equal?(stream) || !Primitive.is_io(stream)
    stream.binmode if Primitive.hidden_get(self, :binmode)
    encodings = Primitive.hidden_get(self, :encodings)
    stream.set_encoding(*encodings) if encodings
  end
  private :__set_stream

  def __close_current
    Primitive.leave_argument_stream if __global?
    stream = Primitive.hidden_get(self, :stream)
    return if $stdin.equal?(stream)
    Primitive.hidden_set(self, :output, nil)
    stream.close if !stream.nil? && stream.respond_to?(:close, true)
    Primitive.hidden_set(self, :started, :closed)
  end
  private :__close_current

  # The current stream is at its end: the next one is due. False at the end of standard input, which has none.
  def __finish_current
    return false if Primitive.hidden_get(self, :place) == :stdin
    __close_current
    Primitive.hidden_set(self, :place, :due)
    true
  end
  private :__finish_current

  # Stands standard input for an object that is no IO?
  def __generic?(stream)
    $stdin.equal?(stream) && !Primitive.is_io(stream)
  end
  private :__generic?

  # The stream, for operations that cannot do without one.
  def __stream_to(what)
    raise ArgumentError, "no stream#{what}" unless __advance
    Primitive.hidden_get(self, :stream)
  end
  private :__stream_to

  def file
    __advance
    Primitive.hidden_get(self, :stream)
  end
  alias to_io file

  def filename
    __advance
    Primitive.hidden_get(self, :filename)
  end
  alias path filename

  def fileno
    __stream_to("").fileno
  end
  alias to_i fileno

  def lineno
    __global? ? Primitive.argument_lines : Primitive.hidden_get(self, :lineno)
  end

  def lineno=(number)
    number = Primitive.to_integer(number)
    raise RangeError, "integer #{number} too #{number < 0 ? "small" : "big"} to convert to 'int'" unless number.bit_length < 32
    __global? ? $. = number : Primitive.hidden_set(self, :lineno, number)
  end

  def skip
    if Primitive.hidden_get(self, :started) && Primitive.hidden_get(self, :place) == :reading
      __close_current
      Primitive.hidden_set(self, :place, :due)
    end
    self
  end

  def close
    __advance
    __close_current
    Primitive.hidden_set(self, :place, :due) unless Primitive.hidden_get(self, :place) == :stdin
    __global? ? Primitive.set_argument_lines(0) : Primitive.hidden_set(self, :lineno, 0)
    self
  end

  def closed?
    __advance
    Primitive.hidden_get(self, :stream).closed?
  end

  def eof?
    __advance
    stream = Primitive.hidden_get(self, :stream)
    return false unless stream
    return true if Primitive.hidden_get(self, :started).nil?
    Primitive.hidden_get(self, :stream).eof? ? true : false
  end
  alias eof eof?

  def tell
    __stream_to(" to tell").tell
  end
  alias pos tell

  def pos=(position)
    __stream_to(" to set position").pos = position
  end

  def seek(*arguments)
    __stream_to(" to seek").seek(*arguments)
  end

  def rewind
    stream = __stream_to(" to rewind")
    return stream.rewind if __global? || __generic?(stream)
    read_lines = stream.lineno
    result = stream.rewind
    Primitive.hidden_set(self, :lineno, lineno - read_lines)
    result
  end

  def binmode
    Primitive.hidden_set(self, :binmode, true)
    __advance
    Primitive.hidden_get(self, :stream).binmode
    self
  end

  def binmode?
    Primitive.hidden_get(self, :binmode) ? true : false
  end

  def external_encoding
    stream = Primitive.hidden_get(self, :stream)
    stream ? stream.external_encoding : Encoding.default_external
  end

  def internal_encoding
    stream = Primitive.hidden_get(self, :stream)
    stream ? stream.internal_encoding : Encoding.default_external
  end

  def set_encoding(*arguments, **options)
    stream = __stream_to(" to set encoding")
    stream.set_encoding(*arguments, **options)
    Primitive.hidden_set(self, :encodings, [stream.external_encoding, stream.internal_encoding])
    self
  end

  def inplace_mode
    Primitive.hidden_get(self, :inplace)&.dup
  end

  # The suffix of the copies that in-place editing leaves; empty for none, nil or false to stop editing.
  def inplace_mode=(suffix)
    suffix = Primitive.to_string(suffix).dup.freeze if suffix
    raise ArgumentError, "string contains null byte" if suffix && suffix.include?("\0")
    Primitive.hidden_set(self, :inplace, suffix || nil)
  end

  def to_write_io
    stream = Primitive.hidden_get(self, :stream)
    raise IOError, "not opened for writing" unless stream
    Primitive.hidden_get(self, :output) || stream
  end

  def write(*texts)
    to_write_io.write(*texts)
  end
end
