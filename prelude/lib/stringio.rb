# StringIO: an IO over a String. Positions are bytes, as in IO.
class StringIO
  include Enumerable
  include File::Constants if defined?(File::Constants)

  VERSION = "3.2.0"
  MAX_LENGTH = 0x7fffffffffffffff

  def self.open(*args, **options)
    io = new(*args, **options)
    return io unless block_given?
    begin
      yield io
    ensure
      io.__send__(:let_go)
    end
  end

  def self.new(*args, **options, &block)
    warn "#{self}::new() does not take block; use #{self}::open() instead" if block
    super(*args, **options)
  end

  def initialize(string = (none = true; +""), mode = nil, **options)
    mode = options[:mode] if mode.nil?
    string = none ? string : convert(string)
    @string = string
    @position = 0
    @lineno = 0
    @encoding = nil
    @readable = @writable = true
    @append = false
    if mode.nil?
      @writable = !string.frozen? unless string.nil?
    else
      open_with(mode)
    end
    binmode if options[:binmode]
  end

  def initialize_copy(other)
    super
    self
  end

  attr_accessor :lineno

  def string
    @string
  end

  def string=(string)
    string = convert(string)
    @string = string
    @readable = true
    @writable = !string.frozen?
    @append = false
    @position = @lineno = 0
    string
  end

  def pos
    @position
  end
  alias tell pos

  def pos=(position)
    position = to_integer(position)
    raise Errno::EINVAL, nil.to_s if position < 0
    @position = position
  end

  def rewind
    @position = @lineno = 0
  end

  def seek(offset, whence = 0)
    raise IOError, "closed stream" if closed?
    offset = to_integer(offset)
    base =
      case whence
      when 0, :SET then 0
      when 1, :CUR then @position
      when 2, :END then @string.nil? ? 0 : @string.bytesize
      else raise Errno::EINVAL, "invalid whence"
      end
    raise Errno::EINVAL, nil.to_s if base + offset < 0
    @position = base + offset
    0
  end

  def eof?
    check_readable
    @string.nil? || @position >= @string.bytesize
  end
  alias eof eof?

  def size
    raise IOError, "not opened" if @string.nil?
    @string.bytesize
  end
  alias length size

  def close
    @readable = @writable = false
    nil
  end

  def close_read
    raise IOError, "closing non-duplex IO for reading" unless @readable
    @readable = false
    nil
  end

  def close_write
    raise IOError, "closing non-duplex IO for writing" unless @writable
    @writable = false
    nil
  end

  def closed?
    !@readable && !@writable
  end

  def closed_read?
    !@readable
  end

  def closed_write?
    !@writable
  end

  def sync
    true
  end

  def sync=(value)
    value
  end

  def flush
    self
  end

  def fsync
    0
  end

  def fcntl(*)
    raise NotImplementedError, "fcntl() function is unimplemented on this machine"
  end

  def fileno
    nil
  end

  def pid
    nil
  end

  def isatty
    false
  end
  alias tty? isatty

  def external_encoding
    @encoding || (@string.nil? ? Encoding.default_external : @string.encoding)
  end

  def internal_encoding
    nil
  end

  def set_encoding(external, _internal = nil, **)
    external = external.split(":").first if external.is_a?(String)
    encoding = external.nil? ? Encoding.default_external : Encoding.find(external)
    @encoding = encoding
    @string.force_encoding(encoding) if !@string.nil? && @writable && !@string.frozen?
    self
  end

  def set_encoding_by_bom
    return nil unless @string&.byteslice(0, 3)&.b == "\xEF\xBB\xBF".b
    @position = 3
    set_encoding(Encoding::UTF_8)
    Encoding::UTF_8
  end

  def binmode
    @encoding = Encoding::BINARY
    self
  end

  def reopen(*args)
    if args.size == 1 && !args[0].is_a?(String) && args[0].respond_to?(:to_strio)
      other = args[0].to_strio
      other.instance_variables.each { |name| instance_variable_set(name, other.instance_variable_get(name)) }
      self
    elsif args.size == 1 && args[0].is_a?(StringIO)
      args[0].instance_variables.each { |name| instance_variable_set(name, args[0].instance_variable_get(name)) }
      self
    else
      initialize(*args)
      self
    end
  end

  def read(length = nil, buffer = nil)
    check_readable
    buffer = to_string(buffer) unless buffer.nil?
    if length.nil?
      text = @string.nil? ? +"" : rest
      text.force_encoding(external_encoding)
      @position = @string.bytesize if @string && @position < @string.bytesize
    else
      length = to_integer(length)
      raise ArgumentError, "negative length #{length} given" if length < 0
      if length > 0 && (@string.nil? || @position >= @string.bytesize)
        buffer&.replace("")
        return nil
      end
      text = (@string.nil? ? +"" : @string.byteslice(@position, length) || +"").b
      @position += text.bytesize
    end
    return text if buffer.nil?
    buffer.replace(text)
  end

  def pread(length, offset)
    check_readable
    raise ArgumentError, "negative string size (or size too big): #{length}" if length < 0
    raise Errno::EINVAL, "pread: Invalid offset argument" if offset < 0
    return +"" if length == 0
    raise EOFError, "end of file reached" if @string.nil? || offset >= @string.bytesize
    @string.byteslice(offset, length).b
  end

  def sysread(length = nil, buffer = nil)
    text = read(length, buffer)
    raise EOFError, "end of file reached" if text.nil?
    text
  end
  alias readpartial sysread

  def read_nonblock(length = nil, buffer = nil, exception: true)
    text = read(length, buffer)
    return text unless text.nil?
    raise EOFError, "end of file reached" if exception
    nil
  end

  def gets(*args, chomp: false)
    line = next_line(*line_arguments(args), chomp)
    @lineno += 1 unless line.nil?
    $_ = line
  end

  def readline(*args, chomp: false)
    line = gets(*args, chomp: chomp)
    raise EOFError, "end of file reached" if line.nil?
    line
  end

  def each_line(*args, chomp: false)
    return to_enum(:each_line, *args, chomp: chomp) unless block_given?
    check_readable
    separator, limit = line_arguments(args)
    raise ArgumentError, "invalid limit: 0 for each_line" if limit == 0
    while (line = next_line(separator, limit, chomp))
      @lineno += 1
      yield line
    end
    self
  end
  alias each each_line

  def readlines(*args, chomp: false)
    check_readable
    separator, limit = line_arguments(args)
    raise ArgumentError, "invalid limit: 0 for readlines" if limit == 0
    lines = []
    while (line = next_line(separator, limit, chomp))
      @lineno += 1
      lines << line
    end
    lines
  end

  def getc
    check_readable
    return nil if @string.nil? || @position >= @string.bytesize
    char = character_at(@position)
    @position += char.bytesize
    char
  end

  def getbyte
    check_readable
    return nil if @string.nil?
    byte = @string.getbyte(@position)
    @position += 1 if byte
    byte
  end

  def readchar
    getc || raise(EOFError, "end of file reached")
  end

  def readbyte
    getbyte || raise(EOFError, "end of file reached")
  end

  def each_char
    return to_enum(:each_char) unless block_given?
    while (char = getc)
      yield char
    end
    self
  end

  def each_byte
    return to_enum(:each_byte) unless block_given?
    while (byte = getbyte)
      yield byte
    end
    self
  end

  def each_codepoint
    return to_enum(:each_codepoint) unless block_given?
    each_char { |char| yield char.ord }
  end

  def ungetc(char)
    check_readable
    return nil if char.nil?
    char = char.is_a?(Integer) ? char.chr(external_encoding) : to_string(char)
    put_back(char.b)
  end

  def ungetbyte(byte)
    check_readable
    return nil if byte.nil?
    bytes = byte.is_a?(Integer) ? (byte & 0xff).chr : to_string(byte).b
    put_back(bytes)
  end

  def write(*objects)
    objects.sum { |object| write_one(object) }
  end

  def syswrite(object)
    write(object)
  end

  def write_nonblock(object, **)
    write(object)
  end

  def <<(object)
    write(object)
    self
  end

  def print(*objects)
    objects = [$_] if objects.empty?
    objects.each_with_index do |object, index|
      write($,) if $, && index > 0
      write(object)
    end
    write($\) if $\
    nil
  end

  def puts(*objects)
    check_writable
    if objects.empty?
      write("\n")
      return nil
    end
    objects.each { |object| put_line(object, []) }
    nil
  end

  def printf(format, *args)
    write(Kernel.format(format, *args))
    nil
  end

  def putc(char)
    if char.is_a?(String)
      write(char[0])
    else
      write((to_integer(char) & 0xff).chr)
    end
    char
  end

  def truncate(length)
    check_writable
    length = to_integer(length)
    raise Errno::EINVAL, "negative length" if length < 0
    size = @string.bytesize
    if length < size
      @string.replace(@string.byteslice(0, length))
    else
      @string << "\0" * (length - size)
    end
    0
  end

  def inspect
    Kernel.instance_method(:to_s).bind_call(self)
  end

  private

  def let_go
    close
    @string = nil
  end

  def convert(string)
    return string if string.nil? || string.is_a?(String)
    to_string(string)
  end

  def to_string(object)
    return object if object.is_a?(String)
    String.try_convert(object) || raise(TypeError, "no implicit conversion of #{describe(object)} into String")
  end

  def to_integer(object)
    return object if object.is_a?(Integer)
    Integer.try_convert(object) || raise(TypeError, "no implicit conversion of #{describe(object)} into Integer")
  end

  def describe(object)
    case object
    when nil, true, false then object.inspect
    else object.class
    end
  end

  def open_with(mode)
    if mode.is_a?(Integer)
      access = mode & 3
      @readable = access != 1
      @writable = access != 0
      @append = mode & File::APPEND != 0
      truncates = mode & File::TRUNC != 0
    else
      mode = to_string(mode)
      letters, encoding = mode.split(":", 2)
      @readable = letters.start_with?("r") || letters.include?("+")
      @writable = !letters.start_with?("r") || letters.include?("+")
      @append = letters.start_with?("a")
      truncates = letters.start_with?("w")
      @encoding = Encoding::BINARY if letters.include?("b")
      @encoding = Encoding.find(encoding.split(":").first) if encoding
    end
    return if @string.nil?
    raise Errno::EACCES, "Permission denied" if @writable && @string.frozen?
    @string.replace("") if truncates
  end

  def check_readable
    raise IOError, "not opened for reading" unless @readable
  end

  def check_writable
    raise IOError, "not opened for writing" unless @writable
  end

  def rest
    @position >= @string.bytesize ? +"" : @string.byteslice(@position, @string.bytesize - @position)
  end

  def character_at(position)
    encoding = external_encoding
    piece = @string.byteslice(position, 8).force_encoding(encoding)
    piece[0]
  end

  # Separator and limit of a line method's arguments.
  def line_arguments(args)
    raise ArgumentError, "wrong number of arguments (given #{args.size}, expected 0..2)" if args.size > 2
    separator = $/
    limit = nil
    if args.size == 2
      separator, limit = args
    elsif args.size == 1
      if args[0].nil? || args[0].is_a?(String) || (!args[0].is_a?(Integer) && args[0].respond_to?(:to_str))
        separator = args[0]
      else
        limit = args[0]
      end
    end
    separator = to_string(separator) unless separator.nil?
    limit = to_integer(limit) unless limit.nil?
    limit = nil if limit && limit < 0
    [separator, limit]
  end

  def next_line(separator, limit, chomp)
    check_readable
    return +"" if limit == 0
    return nil if @string.nil? || @position >= @string.bytesize
    bytes = @string.b
    stop = bytes.bytesize
    ending = 0
    if separator == ""
      @position += 1 while bytes.getbyte(@position) == 10
      return nil if @position >= stop
      found = bytes.index("\n\n", @position)
      if found
        stop = found + 2
        ending = 2
      end
    elsif separator
      found = bytes.index(separator.b, @position)
      if found
        stop = found + separator.bytesize
        ending = separator.bytesize
      end
    end
    if limit && stop - @position > limit
      stop = @position + limit
      ending = 0
      stop += 1 until stop >= bytes.bytesize || whole_character?(stop)
    end
    line = @string.byteslice(@position, stop - @position).force_encoding(external_encoding)
    @position = stop
    if separator == "" && found
      @position += 1 while bytes.getbyte(@position) == 10
    end
    if chomp && ending > 0
      line = separator == "\n" ? line.chomp : line.byteslice(0, line.bytesize - ending)
    end
    line
  end

  def whole_character?(stop)
    text = @string.byteslice(@position, stop - @position).force_encoding(external_encoding)
    text.valid_encoding? || text[-1].bytesize > 3
  end

  def put_back(bytes)
    return nil if bytes.empty?
    raise IOError, "not modifiable string" if @string.frozen?
    encoding = @string.encoding
    whole = @string.b
    whole << "\0" * (@position - whole.bytesize) if @position > whole.bytesize
    start = [@position - bytes.bytesize, 0].max
    whole = whole.byteslice(0, start) + bytes + whole.byteslice(@position, whole.bytesize - @position).to_s
    @string.replace(whole.force_encoding(encoding))
    @position = start
    nil
  end

  def write_one(object)
    check_writable
    text = object.is_a?(String) ? object : object.to_s
    return 0 if text.bytesize == 0
    return text.bytesize if @string.nil?
    encoding = external_encoding
    if encoding != text.encoding && encoding != Encoding::BINARY && encoding != Encoding::US_ASCII && text.encoding != Encoding::BINARY
      text = text.encode(encoding) unless text.ascii_only?
    end
    raise IOError, "not opened for writing" if @string.frozen?
    @position = @string.bytesize if @append
    size = @string.bytesize
    if @position == size
      own = @string.encoding
      @string.force_encoding(Encoding::BINARY) << text.b
      @string.force_encoding(own)
    else
      own = @string.encoding
      whole = @string.b
      whole << "\0" * (@position - size) if @position > size
      whole[@position, text.bytesize] = text.b
      @string.replace(whole.force_encoding(own))
    end
    @position += text.bytesize
    text.bytesize
  end

  def put_line(object, seen)
    if object.is_a?(String)
      text = object
    elsif (list = Array.try_convert(object))
      if seen.any? { |outer| outer.equal?(list) }
        write("[...]\n")
      else
        list.each { |element| put_line(element, seen + [list]) }
      end
      return
    else
      text = object.to_s
      text = Kernel.instance_method(:to_s).bind_call(object) unless text.is_a?(String)
    end
    write(text.end_with?("\n") ? text : text + "\n")
  end
end
