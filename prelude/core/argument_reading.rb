# ARGF's reading methods. At the end of a file they go on in the next one.

class Maglev::ArgumentFiles
  def __line(arguments, options)
    number = lineno
    while __advance
      stream = Primitive.hidden_get(self, :stream)
      line = stream.gets(*arguments, **options)
      next if line.nil? && !__generic?(stream) && __finish_current
      __count_to(number + 1) unless line.nil?
      return line
    end
    nil
  end
  private :__line

  def __count_to(number)
    __global? ? $. = number : Primitive.hidden_set(self, :lineno, number)
  end
  private :__count_to

  def gets(*arguments, **options)
    line = __line(arguments, options)
    Primitive.set_caller_last_line(line)
    line
  end

  def readline(*arguments, **options)
    line = __line(arguments, options)
    Primitive.set_caller_last_line(line)
    raise EOFError, "end of file reached" if line.nil?
    line
  end

  def readlines(*arguments, **options)
    number = lineno
    lines = []
    while __advance
      stream = Primitive.hidden_get(self, :stream)
      lines.concat(stream.readlines(*arguments, **options))
      __close_current unless __generic?(stream)
      Primitive.hidden_set(self, :place, :due)
      __count_to(number + lines.size)
    end
    Primitive.hidden_set(self, :started, nil)
    Primitive.leave_argument_stream if __global?
    lines
  end
  alias to_a readlines

  def read(length = nil, buffer = nil)
    wanted = length.nil? ? nil : Primitive.to_integer(length)
    buffer = Primitive.to_string(buffer).replace("") unless buffer.nil?
    result = buffer
    while __advance
      part = Primitive.hidden_get(self, :stream).read(wanted)
      if result.nil?
        result = part
      elsif !part.nil?
        result << part
      end
      if part.nil? || wanted.nil?
        return result unless __finish_current
      else
        return result unless result.bytesize < length
        wanted = length - result.bytesize
      end
    end
    result
  end

  def readpartial(length, buffer = nil)
    __part(buffer, true) { |stream| stream.readpartial(*[length, buffer].compact) }
  end

  def read_nonblock(length, buffer = nil, exception: true)
    unless Primitive.equal(exception, true) || Primitive.equal(exception, false)
      raise ArgumentError, "expected true or false as exception: #{exception.inspect}"
    end
    __part(buffer, exception) { |stream| stream.read_nonblock(*[length, buffer].compact, exception: exception) }
  end

  # What one stream has; an empty text where the next stream is about to be opened.
  def __part(buffer, raises)
    unless __advance
      buffer&.replace("")
      raise EOFError, "end of file reached"
    end
    begin
      part = yield Primitive.hidden_get(self, :stream)
    rescue EOFError
      part = nil
    end
    return part unless part.nil?
    if !__finish_current || argv.empty?
      raise EOFError, "end of file reached" if raises
      return nil
    end
    buffer.nil? ? +"" : buffer
  end
  private :__part

  def getc
    while __advance
      char = Primitive.hidden_get(self, :stream).getc
      return char unless char.nil? && __finish_current
    end
    nil
  end

  def getbyte
    while __advance
      byte = Primitive.hidden_get(self, :stream).getbyte
      return byte unless byte.nil? && __finish_current
    end
    nil
  end

  def readchar
    while __advance
      char = Primitive.hidden_get(self, :stream).getc
      return char unless char.nil? && __finish_current
    end
    raise EOFError, "end of file reached"
  end

  def readbyte
    return nil unless __advance
    byte = getbyte
    raise EOFError, "end of file reached" if byte.nil?
    byte
  end

  # Runs an iterator of each stream in turn. A block that closes or skips the stream ends its iterator.
  def __each_stream(name, arguments, options)
    while __advance
      stream = Primitive.hidden_get(self, :stream)
      finished = true
      stream.__send__(name, *arguments, **options) do |part|
        yield part
        if Primitive.hidden_get(self, :started) == :closed || !Primitive.equal(stream, Primitive.hidden_get(self, :stream))
          finished = false
          break
        end
      end
      Primitive.hidden_set(self, :place, :due) if finished
    end
    self
  end
  private :__each_stream

  def each_line(*arguments, **options)
    return to_enum(:each_line, *arguments, **options) unless defined?(yield)
    __each_stream(:each_line, arguments, options) do |line|
      Primitive.hidden_set(self, :lineno, Primitive.hidden_get(self, :lineno) + 1) unless __global?
      yield line
    end
  end

  def each(*arguments, **options, &block)
    return to_enum(:each, *arguments, **options) unless block
    each_line(*arguments, **options, &block)
  end

  def each_byte(&block)
    return to_enum(:each_byte) unless block
    __each_stream(:each_byte, [], {}, &block)
  end

  def each_char(&block)
    return to_enum(:each_char) unless block
    __each_stream(:each_char, [], {}, &block)
  end

  def each_codepoint(&block)
    return to_enum(:each_codepoint) unless block
    __each_stream(:each_codepoint, [], {}, &block)
  end
end
