# StringIO: a String read and written as an IO would be.
#
# The position counts bytes. Several StringIOs share position and String after `dup` or `reopen`, as
# copies of an IO share a file position, so the state lives in an object of its own.
class StringIO
  include Enumerable

  VERSION = "3.2.0"
  MAX_LENGTH = 0x7fffffffffffffff

  # What copies of a StringIO share.
  class State
    attr_accessor :string, :pos, :lineno, :append, :encoding
  end
  private_constant :State

  def self.open(*args, **options)
    io = options.empty? ? new(*args) : new(*args, **options)
    return io unless block_given?
    begin
      yield io
    ensure
      io.close unless io.closed?
      io.__send__(:forget_string)
    end
  end

  def self.new(*args, **options)
    warn "#{self}::new() does not take block; use #{self}::open() instead", uplevel: 0 if block_given?
    options.empty? ? super(*args) : super(*args, **options)
  end

  def initialize(string = (none = true; +""), mode = nil, **options)
    raise ArgumentError, "mode specified twice" if mode && options[:mode]
    @state = State.new
    mode ||= options[:mode]
    check_options(mode, options) unless options.empty?
    @state.pos = 0
    @state.lineno = 0
    unless string.nil?
      string = convert_string(string)
      string.force_encoding(Encoding.default_external) if none
    end
    @state.string = string
    use_mode(mode, none)
    @binary = options[:binmode]
    set_encoding_by_bom if @has_mark
    external = options[:external_encoding] || options[:encoding]
    @state.encoding = external.is_a?(Encoding) ? external : Encoding.find(external.to_str.split(":").first) if external
    @state.encoding ||= Encoding::BINARY if mode.is_a?(String) && (@binary || mode[/\A[^:]*/].include?("b"))
  end

  def initialize_copy(other)
    super
    self
  end

  def reopen(*args)
    check_frozen
    if args.size == 1 && !args[0].is_a?(String)
      other = args[0]
      unless other.is_a?(StringIO)
        raise TypeError, "can't convert #{other.nil? ? "nil" : other.class} into StringIO" unless other.respond_to?(:to_strio)
        other = other.to_strio
      end
      @state = other.instance_variable_get(:@state)
      @readable = !other.closed_read?
      @writable = !other.closed_write?
      return self
    end
    raise ArgumentError, "wrong number of arguments (given #{args.size}, expected 0..2)" if args.size > 2
    args = [+""] if args.empty?
    initialize(*args)
    self
  end

  def string = @state.string

  def string=(string)
    check_frozen
    string = convert_string(string)
    @state.string = string
    @readable = true
    @writable = !string.frozen?
    @state.append = false
    @state.pos = 0
    @state.lineno = 0
    string
  end

  def lineno = @state.lineno

  def lineno=(number)
    @state.lineno = Integer(number)
  end

  def pos = @state.pos
  alias tell pos

  def pos=(position)
    position = Integer(position)
    raise Errno::EINVAL if position < 0
    @state.pos = position
  end

  def rewind
    @state.pos = 0
    @state.lineno = 0
    0
  end

  def seek(offset, whence = 0)
    raise IOError, "closed stream" if closed?
    offset = Integer(offset)
    base =
      case whence
      when 0, :SET then 0
      when 1, :CUR then @state.pos
      when 2, :END then size_of_string
      else raise Errno::EINVAL, "invalid whence"
      end
    raise Errno::EINVAL if base + offset < 0
    @state.pos = base + offset
    0
  end

  def size
    raise IOError, "not opened" if @state.string.nil?
    @state.string.bytesize
  end
  alias length size

  def eof?
    check_readable
    @state.pos >= size_of_string
  end
  alias eof eof?

  def close
    @readable = @writable = false
    nil
  end

  def close_read
    raise IOError, "closing non-duplex IO for reading" unless @readable || @was_readable
    @readable = false
    nil
  end

  def close_write
    raise IOError, "closing non-duplex IO for writing" unless @writable || @was_writable
    @writable = false
    nil
  end

  def closed? = !@readable && !@writable
  def closed_read? = !@readable
  def closed_write? = !@writable

  def sync = true
  def sync=(value)
    value
  end
  def flush = self
  def fsync = 0
  def fileno = nil
  def pid = nil
  def isatty = false
  alias tty? isatty
  def fcntl(*) = raise(NotImplementedError, "fcntl() function is unimplemented on this machine")

  def binmode
    @state.encoding = Encoding::BINARY
    @state.string.force_encoding(Encoding::BINARY) if @writable && !@state.string.frozen?
    self
  end

  def external_encoding = @state.encoding || @state.string&.encoding
  def internal_encoding = nil

  def set_encoding(external, internal = nil, **)
    external = Encoding.default_external if external.nil?
    external = Encoding.find(external.to_str.split(":").first.sub(/\ABOM\|/i, "")) unless external.is_a?(Encoding)
    @state.encoding = external
    @state.string.force_encoding(external) if @state.string && @writable && !@state.string.frozen?
    self
  end

  def set_encoding_by_bom
    check_frozen
    found = { "\xEF\xBB\xBF".b => Encoding::UTF_8, "\xFF\xFE\0\0".b => Encoding::UTF_32LE, "\xFF\xFE".b => Encoding::UTF_16LE,
      "\xFE\xFF".b => Encoding::UTF_16BE, "\0\0\xFE\xFF".b => Encoding::UTF_32BE }.find { |mark, _| @state.string.b.start_with?(mark) }
    return unless found
    @state.pos = found[0].bytesize
    set_encoding(found[1])
    found[1]
  end

  def getc
    check_readable
    rest = rest_of_string
    return if rest.nil? || rest.empty?
    char = rest[0]
    @state.pos += char.bytesize
    char
  end

  def getbyte
    check_readable
    byte = @state.string&.getbyte(@state.pos)
    @state.pos += 1 if byte
    byte
  end

  def readchar = getc || raise(EOFError, "end of file reached")
  def readbyte = getbyte || raise(EOFError, "end of file reached")

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
    return if char.nil?
    return if @state.string.nil?
    unget(char.is_a?(Integer) ? char.chr(external_encoding) : convert_string(char))
  end

  def ungetbyte(byte)
    check_readable
    return if byte.nil?
    unget(byte.is_a?(Integer) ? (byte & 0xff).chr : convert_string(byte))
  end

  def gets(*args, chomp: false)
    check_readable
    separator, limit = line_arguments(args)
    line = limit == 0 ? +"" : take_line(separator, limit, chomp)
    @state.lineno += 1 if line && limit != 0
    Primitive.set_caller_last_line(line)
    line
  end

  def readline(*args, chomp: false)
    line = gets(*args, chomp: chomp)
    Primitive.set_caller_last_line(line)
    line || raise(EOFError, "end of file reached")
  end

  def each_line(*args, chomp: false)
    return to_enum(:each_line, *args, chomp: chomp) unless block_given?
    check_readable
    separator, limit = line_arguments(args)
    raise ArgumentError, "invalid limit: 0 for each_line" if limit == 0
    while (line = take_line(separator, limit, chomp))
      @state.lineno += 1
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
    while (line = take_line(separator, limit, chomp))
      @state.lineno += 1
      lines << line
    end
    lines
  end

  def read(length = nil, buffer = nil)
    check_readable
    buffer = convert_string(buffer) unless buffer.nil?
    if length.nil?
      text = rest_of_string || +""
      text = text.dup.force_encoding(external_encoding || Encoding.default_external)
      @state.pos = size_of_string if @state.pos < size_of_string
    else
      length = Integer(length)
      raise ArgumentError, "negative length #{length} given" if length < 0
      text = @state.string.nil? ? nil : @state.string.byteslice(@state.pos, length)
      if length > 0 && (text.nil? || text.empty?)
        buffer&.replace("")
        return nil
      end
      text = (text || +"").b
      @state.pos += text.bytesize
    end
    return text unless buffer
    encoding = buffer.encoding
    buffer.replace(text)
    buffer.force_encoding(encoding) if length
    buffer
  end

  def pread(length, offset, buffer = nil)
    check_readable
    raise ArgumentError, "negative string size (or size too big): #{length}" if length < 0
    return buffer || +"" if length == 0
    raise Errno::EINVAL, "pread: Invalid offset argument: #{offset}" if offset < 0
    text = @state.string&.byteslice(offset, length)
    raise EOFError, "end of file reached" if text.nil? || text.empty?
    text = text.b
    buffer ? buffer.replace(text) : text
  end

  def sysread(length = nil, buffer = nil)
    text = length.nil? ? read(nil, buffer) : read(length, buffer)
    raise EOFError, "end of file reached" if text.nil?
    text
  end
  alias readpartial sysread

  def read_nonblock(length, buffer = nil, exception: true)
    text = length.nil? ? read(nil, buffer) : read(length, buffer)
    raise EOFError, "end of file reached" if text.nil? && exception
    text
  end

  def write(*parts)
    parts.sum { |part| write_one(part) }
  end
  alias syswrite write

  def write_nonblock(text, exception: true)
    write_one(text)
  end

  def <<(value)
    write_one(value)
    self
  end

  def print(*values)
    values = [$_] if values.empty?
    write_one(values.join($,.to_s) + $\.to_s)
    nil
  end

  def printf(format, *values)
    write_one(Kernel.format(format, *values))
    nil
  end

  def putc(value)
    write_one(value.is_a?(String) ? value[0] : (Integer(value) & 0xff).chr)
    value
  end

  def puts(*values)
    return write_one("\n") && nil if values.empty?
    values.each { |value| put_line(value, []) }
    nil
  end

  def truncate(length)
    check_writable
    length = Integer(length)
    raise Errno::EINVAL, "negative length" if length < 0
    string = @state.string
    if length < string.bytesize
      string.replace(string.byteslice(0, length))
    else
      string << "\0" * (length - string.bytesize)
    end
    0
  end

  def inspect = Kernel.instance_method(:to_s).bind_call(self)

  private

  def forget_string
    @state.string = nil
  end

  def convert_string(value)
    return value if value.is_a?(String)
    raise TypeError, "no implicit conversion of #{value.nil? ? "nil" : value.class} into String" unless value.respond_to?(:to_str)
    string = value.to_str
    return string if string.is_a?(String)
    raise TypeError, "can't convert #{value.class} to String (#{value.class}#to_str gives #{string.class})"
  end

  # Options say no thing twice, nor against the mode.
  def check_options(mode, options)
    flags, encoding = (mode.respond_to?(:to_str) ? mode.to_str : "").split(":", 2)
    binary, text = flags.to_s.include?("b"), flags.to_s.include?("t")
    unless options[:textmode].nil?
      raise ArgumentError, "textmode specified twice" if text
      raise ArgumentError, "both textmode and binmode specified" if binary
      text = options[:textmode]
    end
    unless options[:binmode].nil?
      raise ArgumentError, "binmode specified twice" if binary
      raise ArgumentError, "both textmode and binmode specified" if text
    end
    raise ArgumentError, "encoding specified twice" if encoding && %i[encoding external_encoding internal_encoding].any? { |name| options[name] }
  end

  def use_mode(mode, fresh)
    frozen = @state.string.frozen? && !@state.string.nil?
    case mode
    when nil
      @readable = true
      @writable = fresh || !frozen
      @state.append = false
    when Integer
      access = mode & 3
      @readable = access != IO::WRONLY
      @writable = access != IO::RDONLY
      @state.append = mode & IO::APPEND != 0
      truncates = mode & IO::TRUNC != 0
    else
      mode, external = mode.to_str.split(":", 2)
      raise ArgumentError, "invalid access mode #{mode}" unless mode.match?(/\A(?:[ra](?:[bt]?\+?|\+[bt])|w(?:[bt]?\+?|\+[bt])x?)\z/)
      @readable = mode.start_with?("r") || mode.include?("+")
      @writable = !mode.start_with?("r") || mode.include?("+")
      @state.append = mode.start_with?("a")
      truncates = mode.start_with?("w")
      use_encoding(external.split(":").first) if external
    end
    raise Errno::EACCES if @writable && frozen && !mode.nil?
    @state.string.replace("".dup.force_encoding(@state.string.encoding)) if truncates && @state.string
    @state.string.force_encoding(@state.encoding) if external && @writable && @state.string && !frozen
    @was_readable = @readable
    @was_writable = @writable
  end

  # `BOM|UTF-8` names an encoding for texts without a mark that tells theirs.
  def use_encoding(name)
    @has_mark = name.match?(/\ABOM\|/i)
    @state.encoding = Encoding.find(name.sub(/\ABOM\|/i, ""))
  end

  def check_frozen
    raise FrozenError.new("can't modify frozen #{self.class}: #{inspect}", receiver: self) if frozen?
  end

  def check_readable
    raise IOError, "not opened for reading" unless @readable
  end

  def check_writable
    check_frozen
    raise IOError, "not opened for writing" if !@writable || @state.string.frozen? && @state.string
  end

  def size_of_string = @state.string.nil? ? 0 : @state.string.bytesize

  def rest_of_string
    return if @state.string.nil? || @state.pos > size_of_string
    rest = @state.string.byteslice(@state.pos, size_of_string)
    @state.encoding ? rest.force_encoding(@state.encoding) : rest
  end

  def line_arguments(args)
    raise ArgumentError, "wrong number of arguments (given #{args.size}, expected 0..2)" if args.size > 2
    return [$/, nil] if args.empty?
    separator, limit = args
    if args.size == 1 && !separator.nil? && !separator.is_a?(String)
      return [convert_string(separator), nil] if separator.respond_to?(:to_str)
      return [$/, whole_number(separator)]
    end
    [separator.nil? ? nil : convert_string(separator), limit.nil? ? nil : whole_number(limit)]
  end

  def whole_number(value)
    return value if value.is_a?(Integer)
    raise TypeError, "no implicit conversion of #{value.class} into Integer" unless value.respond_to?(:to_int)
    value.to_int
  end

  def take_line(separator, limit, chomp)
    limit = nil if limit && limit < 0
    rest = rest_of_string
    return if rest.nil? || rest.empty?
    return take_paragraph(limit, chomp) if separator == ""
    separator = separator.encode(rest.encoding) if separator && !rest.encoding.ascii_compatible?
    at = separator && place_of(separator, rest)
    length = at ? at + separator.bytesize : rest.bytesize
    length = whole_characters(rest, limit) if limit && limit < length
    line = rest.byteslice(0, length)
    @state.pos += length
    chomp && separator ? line.chomp(separator) : line
  end

  # Where a separator begins: between characters, however wide they are.
  def place_of(separator, text)
    bytes = text.b
    width = text.encoding.ascii_compatible? ? 1 : separator.bytesize
    at = bytes.index(separator.b)
    at = bytes.index(separator.b, at + 1) while at && at % width != 0
    at
  end

  # Lines up to empty ones.
  def take_paragraph(limit, chomp)
    rest = rest_of_string
    @state.pos += rest.b[/\A(?:\r?\n)*/].bytesize
    rest = rest_of_string
    return if rest.empty?
    rest = rest.byteslice(0, whole_characters(rest, limit)) if limit && limit < rest.bytesize
    ending = rest.b.match(/\r?\n(?:\r?\n)+/)
    length = ending ? ending.end(0) : rest.bytesize
    @state.pos += length
    rest.byteslice(0, chomp && ending ? ending.begin(0) : length)
  end

  # So many bytes, and what is missing of the last character.
  def whole_characters(text, length)
    limit = length + 4
    length += 1 until length >= text.bytesize || text.byteslice(0, length).valid_encoding? || length > limit
    length
  end

  # The text in the encoding of the String; broken text stays as it is.
  def converted(text, encoding)
    return text if [Encoding::BINARY, Encoding::US_ASCII].include?(encoding) || text.encoding == Encoding::BINARY
    return text if text.ascii_only? && encoding.ascii_compatible?
    text.encode(encoding)
  rescue EncodingError
    return text unless text.valid_encoding?
    raise Encoding::CompatibilityError, "incompatible character encodings: #{encoding} and #{text.encoding}"
  end

  def write_one(value)
    check_writable
    text = value.is_a?(String) ? value : value.to_s
    string = @state.string
    return text.bytesize if string.nil?
    encoding = external_encoding
    text = converted(text, encoding) if text.encoding != encoding
    return 0 if text.empty?
    size = string.bytesize
    @state.pos = size if @state.append
    pos = @state.pos
    bytes = text.b
    raise ArgumentError, "string size too big" if pos > MAX_LENGTH - bytes.bytesize
    kept = string.encoding
    if pos == size && kept != Encoding::BINARY && text.encoding != Encoding::BINARY
      string << text
    else
      string.force_encoding(Encoding::BINARY)
      string << "\0" * (pos - size) if pos > size
      string[pos, bytes.bytesize] = bytes
      string.force_encoding(kept)
    end
    @state.pos = pos + bytes.bytesize
    bytes.bytesize
  end

  def put_line(value, above)
    return write_one("[...]\n") if above.any? { |other| other.equal?(value) }
    array = value.is_a?(Array) ? value : (value.to_ary if !value.is_a?(String) && value.respond_to?(:to_ary))
    if array
      array.each { |part| put_line(part, above + [value]) }
    else
      text = value.to_s
      text = Kernel.instance_method(:to_s).bind_call(value) unless text.is_a?(String)
      write_one(text.end_with?("\n") ? text : text + "\n")
    end
  end

  def unget(text)
    string = @state.string
    return if text.empty? || string.nil?
    raise IOError, "not modifiable string" if string.frozen?
    pos = @state.pos
    bytes = text.b
    kept = string.encoding
    string.force_encoding(Encoding::BINARY)
    string << "\0" * (pos - string.bytesize) if pos > string.bytesize
    if bytes.bytesize <= pos
      string[pos - bytes.bytesize, bytes.bytesize] = bytes
      @state.pos = pos - bytes.bytesize
    else
      string[0, pos] = bytes
      @state.pos = 0
    end
    string.force_encoding(kept)
    nil
  end
end
