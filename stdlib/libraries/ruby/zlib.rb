# Gzip files over streams without zlib's own header and checksum.
module Zlib
  # A text compressed at once, as a gzip file.
  def self.gzip(text, level: nil, strategy: nil)
    text = GzipFile.__send__(:string, text)
    stream = Deflate.new(level, -MAX_WBITS, DEF_MEM_LEVEL, strategy)
    GzipFile.__send__(:header, level, Time.now.to_i) << stream.deflate(text, FINISH) << [crc32(text), text.bytesize].pack("VV")
  end

  # What the text of a gzip file holds.
  def self.gunzip(text)
    text = GzipFile.__send__(:string, text)
    position = 0
    take = lambda do |count, _message = nil|
      part = text.byteslice(position, count)
      raise GzipFile::Error, "unexpected end of string" if part.nil? || part.bytesize < count
      position += count
      part
    end
    GzipFile.__send__(:parse_header, text.byteslice(10..), &take)
    stream = Inflate.new(-MAX_WBITS)
    result = stream.inflate(text.byteslice(position..))
    raise GzipFile::Error, "unexpected end of file" unless stream.finished?
    position = text.bytesize - stream.flush_next_out.bytesize
    raise GzipFile::NoFooter, "footer is not found" if position == text.bytesize
    GzipFile.__send__(:check_footer, take[8], crc32(result), result.bytesize)
    result
  end

  # What readers and writers of gzip files share.
  class GzipFile
    class Error < Zlib::Error
      # What of the input was not used.
      attr_reader :input

      def inspect
        @input ? "#{super.delete_suffix(">")}, input=#{@input.inspect}>" : super
      end

      private def note(input)
        @input = input unless input.empty?
        self
      end
    end

    class NoFooter < Error; end
    class CRCError < Error; end
    class LengthError < Error; end

    class << self
      def wrap(*args, **options)
        file = new(*args, **options)
        return file unless block_given?
        begin
          yield file
        ensure
          file.close unless file.closed?
        end
      end

      private

      def string(text) = String.try_convert(text) || raise(no_conversion(text, String))

      def integer(value) = value.respond_to?(:to_int) ? value.to_int : raise(no_conversion(value, Integer))

      def no_conversion(value, target)
        shown = [nil, true, false].any? { |special| special.equal?(value) } ? value.inspect : value.class
        TypeError.new("no implicit conversion of #{shown} into #{target}")
      end

      # The header of a file; name and comment as they stand in it.
      def header(level, time, name = nil, comment = nil)
        flags = (name ? 8 : 0) | (comment ? 16 : 0)
        speed = { BEST_SPEED => 4, BEST_COMPRESSION => 2 }.fetch(level, 0)
        text = [0x1f, 0x8b, 8, flags, time, speed, OS_CODE].pack("CCCCVCC")
        [name, comment].compact.each { |part| text << part.b << "\0" }
        text
      end

      # What the header says that the block gives the bytes of; it is told what to say when there are too few. The rest of the input
      # is for the error.
      def parse_header(rest, &take)
        magic = take[10]
        first, second, method, flags, time, speed, system = magic.unpack("CCCCVCC")
        raise Error.new("not in gzip format").__send__(:note, magic + rest) unless first == 0x1f && second == 0x8b
        raise Error, "unsupported compression method #{method}" unless method == 8
        check_flags(flags)
        level = speed & 4 != 0 ? BEST_SPEED : speed & 2 != 0 ? BEST_COMPRESSION : DEFAULT_COMPRESSION
        take[take[2].unpack1("v")] if flags & 4 != 0
        name = take_text(&take) if flags & 8 != 0
        comment = take_text(&take) if flags & 16 != 0
        [time, level, system, name, comment]
      end

      def check_flags(flags)
        raise Error, "multi-part gzip file is not supported" if flags & 0x2 != 0
        raise Error, "encrypted gzip file is not supported" if flags & 0x20 != 0
        raise Error, format("unknown flags 0x%02x", flags >= 0x80 ? flags - 0x100 & 0xffffffff : flags) if flags & 0xc0 != 0
      end

      def take_text
        text = "".b
        while (byte = yield(1, "unexpected end of file")) != "\0"
          text << byte
        end
        text
      end

      def check_footer(footer, crc, length)
        expected_crc, expected_length = footer.unpack("VV")
        raise CRCError, "invalid compressed data -- crc error" if expected_crc != crc
        raise LengthError, "invalid compressed data -- length error" if expected_length != length & 0xffffffff
      end
    end

    def initialize(*)
      raise TypeError, "allocator undefined for #{self.class}"
    end

    def close
      return if closed?
      io = finish
      io.close if io.respond_to?(:close)
      io
    end

    def closed? = @stream.nil?

    def crc = check_open && @crc
    def level = check_open && @level
    def mtime = check_open && Time.at(@mtime)
    def os_code = check_open && @os_code
    def orig_name = check_open && @orig_name&.dup
    def comment = check_open && @comment&.dup
    def sync = check_open && @sync
    def to_io = check_open

    def sync=(value)
      check_open
      @sync = value ? true : false
    end

    def inspect = Kernel.instance_method(:to_s).bind_call(self)

    private

    def check_open
      raise Error, "closed gzip stream" unless @stream
      @io || true
    end
  end

  # Writes gzip files.
  class GzipWriter < GzipFile
    # Bytes that wait before they are written.
    WAITING_BYTES = 8192
    private_constant :WAITING_BYTES

    def self.open(path, level = nil, strategy = nil, &)
      wrap(File.open(path, "wb"), level, strategy, &)
    end

    def initialize(io, level = nil, strategy = nil, external_encoding: nil, internal_encoding: nil, **)
      @stream = Deflate.new(level, -MAX_WBITS, DEF_MEM_LEVEL, strategy)
      @io = io
      @level = level || DEFAULT_COMPRESSION
      @crc = Zlib.crc32
      @mtime = 0
      @os_code = OS_CODE
      @sync = false
      @pos = 0
      @waiting = "".b
    end

    def mtime=(time)
      check_header_waits
      @mtime = Integer(time) & 0xffffffff
      @is_mtime_set = true
      time
    end

    def orig_name=(name)
      check_header_waits
      @orig_name = GzipFile.__send__(:string, name)[/\A[^\0]*/n].b
    end

    def comment=(comment)
      check_header_waits
      @comment = GzipFile.__send__(:string, comment)[/\A[^\0]*/n].b
    end

    def pos = check_open && @pos
    alias tell pos

    def write(*values)
      check_open
      values.sum { |value| write_one(value.is_a?(String) ? value : value.to_s) }
    end

    def <<(value)
      write(value)
      self
    end

    def print(*values)
      values = [$_] if values.empty?
      write(values.join($,.to_s) + $\.to_s)
      nil
    end

    def printf(format, *values)
      write(Kernel.format(format, *values))
      nil
    end

    def putc(value)
      write(value.is_a?(String) ? value[0] : (Integer(value) & 0xff).chr)
      value
    end

    def puts(*values)
      require "stringio"
      lines = StringIO.new
      lines.puts(*values)
      write(lines.string)
      nil
    end

    def flush(mode = nil)
      check_open
      mode ||= SYNC_FLUSH
      write_header
      @waiting << @stream.flush(mode) unless mode == NO_FLUSH
      send_waiting
      @io.flush if @io.respond_to?(:flush)
      self
    end

    def finish
      check_open
      write_header
      @waiting << @stream.finish << [@crc, @pos & 0xffffffff].pack("VV")
      send_waiting
      @stream.close
      io, @io, @stream = @io, nil, nil
      io
    end

    private

    def check_header_waits
      check_open
      raise GzipFile::Error, "header is already written" if @is_header_written
    end

    def write_header
      return if @is_header_written
      @mtime = Time.now.to_i if @mtime == 0 && !@is_mtime_set
      @waiting << GzipFile.__send__(:header, @level, @mtime, @orig_name, @comment)
      @is_header_written = true
      send_waiting
    end

    def write_one(text)
      write_header
      @crc = Zlib.crc32(text, @crc)
      @pos += text.bytesize
      @waiting << @stream.deflate(text, @sync ? SYNC_FLUSH : NO_FLUSH)
      send_waiting if @sync || @waiting.bytesize > WAITING_BYTES
      text.bytesize
    end

    def send_waiting
      return if @waiting.empty?
      waiting, @waiting = @waiting, "".b
      @io.write(waiting)
      @io.flush if @sync && @io.respond_to?(:flush)
    end
  end

  # Reads gzip files.
  class GzipReader < GzipFile
    include Enumerable

    # Bytes that are read at a time.
    PART_BYTES = 2048
    # Bytes that were read out of the buffer before it is shortened.
    PASSED_BYTES = 65536
    private_constant :PART_BYTES, :PASSED_BYTES

    def self.open(path, **options, &)
      wrap(File.open(path, "rb"), **options, &)
    end

    # The contents of all the files that follow each other in an IO.
    def self.zcat(io, **options, &block)
      contents = "".b unless block
      loop do
        reader = new(io, **options)
        block ? reader.each(&block) : contents << reader.read
        unused = reader.unused
        reader.finish
        return contents if unused.nil?
        io.pos -= unused.bytesize
      end
    end

    def initialize(io, external_encoding: nil, internal_encoding: nil, **)
      @io = io
      @external_encoding = Encoding.find(external_encoding || Encoding.default_external)
      @sync = false
      begin_anew
    end

    def external_encoding = check_open && @external_encoding
    def lineno = check_open && @lineno

    def lineno=(number)
      check_open
      @lineno = Integer(number)
    end

    def pos = check_open && @pos
    alias tell pos

    def rewind
      check_open
      @io.seek(-@raw_bytes, IO::SEEK_CUR)
      begin_anew
      0
    end

    def eof? = check_open && !fill
    alias eof eof?

    # What follows the file in what was read of the IO.
    def unused
      check_open
      return unless at_end?
      check_end
      @rest.empty? ? nil : @rest.dup
    end

    def finish
      check_open
      check_end if at_end?
      @stream.close
      io, @io, @stream = @io, nil, nil
      io
    end

    def read(length = nil, buffer = nil)
      check_open
      return put(take_all.force_encoding(@external_encoding), buffer) if length.nil?
      length = length(length)
      return put(+"", buffer) if length == 0
      nil while buffered < length && fill_more
      return put(take(length), buffer) if buffered > 0
      check_end
      buffer&.clear
      nil
    end

    def readpartial(length, buffer = nil)
      check_open
      length = length(length)
      return put(+"", buffer) if length == 0
      return put(take(length), buffer) if fill
      check_end
      raise EOFError, "end of file reached"
    end

    def getbyte
      check_open
      return take(1).ord if fill
      check_end
    end

    def readbyte = getbyte || raise(EOFError, "end of file reached")

    def getc
      check_open
      return check_end unless fill
      nil while buffered < 16 && fill_more
      take(character_bytes).force_encoding(@external_encoding)
    end

    def readchar = getc || raise(EOFError, "end of file reached")

    def each_byte
      return to_enum(:each_byte) unless block_given?
      while (byte = getbyte)
        yield byte
      end
    end

    def each_char
      return to_enum(:each_char) unless block_given?
      while (char = getc)
        yield char
      end
    end

    def ungetc(char)
      check_open
      char = char.chr(@external_encoding) if char.is_a?(Integer)
      put_back(GzipFile.__send__(:string, char))
    end

    def ungetbyte(byte)
      check_open
      put_back((byte & 0xff).chr) unless byte.nil?
    end

    def gets(*args)
      line = line(*args)
      @lineno += 1 if line && !line.empty?
      $_ = line
    end

    def readline(*args) = gets(*args) || raise(EOFError, "end of file reached")

    def each_line(*args)
      return to_enum(:each_line, *args) unless block_given?
      while (line = gets(*args))
        yield line
      end
      self
    end
    alias each each_line

    def readlines(*args) = each_line(*args).to_a

    private

    def begin_anew
      @stream = nil
      @raw_bytes = 0
      @rest = "".b
      @buffer = "".b
      @offset = 0
      @pos = 0
      @lineno = 0
      @put_back = 0
      @crc = Zlib.crc32
      @is_checked = false
      @mtime, @level, @os_code, @orig_name, @comment = GzipFile.__send__(:parse_header, @rest) { |*wanted| take_raw(*wanted) }
      @stream = Inflate.new(-MAX_WBITS)
    end

    def length(length)
      length = GzipFile.__send__(:integer, length)
      raise ArgumentError, "negative length #{length} given" if length < 0
      length
    end

    def put(bytes, buffer) = buffer ? buffer.replace(bytes) : bytes

    # The next compressed bytes; nil at the end.
    def read_raw
      part = @io.respond_to?(:readpartial) ? @io.readpartial(PART_BYTES) : @io.read(PART_BYTES)
      @raw_bytes += part.bytesize if part
      part
    rescue EOFError
      nil
    end

    # Bytes of the header.
    def take_raw(count, message = "not in gzip format")
      while @rest.bytesize < count && (part = read_raw)
        @rest << part
      end
      raise GzipFile::Error.new(message).__send__(:note, @rest) if @rest.bytesize < count
      @rest.slice!(0, count)
    end

    def buffered = @buffer.bytesize - @offset

    def at_end? = @stream.finished? && buffered == 0

    # Is there anything to read? Reads on when the buffer is empty.
    def fill = buffered > 0 || fill_more

    def fill_more
      until @stream.finished?
        part = @rest.empty? ? read_raw : @rest
        raise GzipFile::Error, "unexpected end of file" if part.nil?
        @rest = "".b
        bytes = @stream.inflate(part)
        @rest = @stream.flush_next_out if @stream.finished?
        @buffer << bytes
        return true unless bytes.empty?
      end
      false
    end

    # The next bytes of the buffer.
    def take(count)
      bytes = @buffer.byteslice(@offset, count)
      @offset += bytes.bytesize
      @pos += bytes.bytesize
      drop_passed
      known = [@put_back, bytes.bytesize].min
      @put_back -= known
      @crc = Zlib.crc32(known == 0 ? bytes : bytes.byteslice(known..), @crc)
      bytes
    end

    def drop_passed
      if @offset == @buffer.bytesize
        @buffer = "".b
        @offset = 0
      elsif @offset > PASSED_BYTES
        @buffer = @buffer.byteslice(@offset..)
        @offset = 0
      end
    end

    def take_all
      check_end unless fill
      nil while fill_more
      take(buffered)
    end

    def put_back(bytes)
      @buffer = bytes.b << @buffer.byteslice(@offset..)
      @offset = 0
      @pos -= bytes.bytesize
      @put_back += bytes.bytesize
      nil
    end

    # Compares the checksum, once, when all has been read; answers nil.
    def check_end
      return if @is_checked
      @is_checked = true
      while @rest.bytesize < 8 && (part = read_raw)
        @rest << part
      end
      raise GzipFile::NoFooter, "footer is not found" if @rest.bytesize < 8
      GzipFile.__send__(:check_footer, @rest.slice!(0, 8), @crc, @stream.total_out)
      nil
    end

    # Bytes of the next character.
    def character_bytes
      @buffer.byteslice(@offset, 16).force_encoding(@external_encoding)[0].bytesize
    end

    def line(separator = (none = true; $/), limit = nil)
      check_open
      if !none && limit.nil? && !separator.nil? && !separator.respond_to?(:to_str)
        limit = separator
        separator = $/
      end
      limit = limit_of(limit)
      separator = GzipFile.__send__(:string, separator) unless separator.nil?
      return +"" if limit == 0
      line = separator == "" ? paragraph(limit) : line_before(separator, limit)
      line&.force_encoding(@external_encoding)
    end

    def limit_of(limit)
      return if limit.nil?
      limit = GzipFile.__send__(:integer, limit)
      limit < 0 ? nil : limit
    end

    def paragraph(limit)
      skip_newlines
      line = line_before("\n\n", limit)
      skip_newlines
      line
    end

    def skip_newlines
      take(1) while fill && @buffer.getbyte(@offset) == 10
    end

    # Bytes up to the end of the separator, or as many as the limit allows and the last character needs.
    def line_before(separator, limit)
      return check_end unless fill
      scanned = @offset
      start = nil
      until separator && (start = @buffer.byteindex(separator.b, scanned)) || limit && buffered >= limit + 16
        scanned = [@buffer.bytesize - separator.bytesize + 1, @offset].max if separator
        break unless fill_more
      end
      count = start ? start + separator.bytesize - @offset : buffered
      take(limit && limit < count ? whole_characters(limit) : count)
    end

    # `limit` bytes, and what the last of their characters has beyond.
    def whole_characters(limit)
      head = @buffer.byteslice(@offset, limit + 16).force_encoding(@external_encoding)
      return limit if head.ascii_only?
      bytes = 0
      head.each_char do |char|
        return bytes if bytes >= limit
        bytes += char.bytesize
      end
      bytes
    end
  end
end
