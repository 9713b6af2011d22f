# A recursive-descent JSON reader and writer in plain Ruby, over the bytes of a string.

class JsonReader
  def initialize(text)
    @text = text
    @position = 0
  end

  def read
    skip_blanks
    case @text.getbyte(@position)
    when 123 then read_object
    when 91 then read_array
    when 34 then read_string
    when 116 then keyword("true", true)
    when 102 then keyword("false", false)
    when 110 then keyword("null", nil)
    else read_number
    end
  end

  private

  def skip_blanks
    while (byte = @text.getbyte(@position)) && (byte == 32 || byte == 10)
      @position += 1
    end
  end

  def read_object
    object = {}
    @position += 1
    skip_blanks
    if @text.getbyte(@position) == 125
      @position += 1
      return object
    end
    while true
      skip_blanks
      key = read_string
      skip_blanks
      raise "colon expected at #{@position}" unless @text.getbyte(@position) == 58
      @position += 1
      object[key] = read
      skip_blanks
      byte = @text.getbyte(@position)
      @position += 1
      return object if byte == 125
      raise "comma expected at #{@position}" unless byte == 44
    end
  end

  def read_array
    array = []
    @position += 1
    skip_blanks
    if @text.getbyte(@position) == 93
      @position += 1
      return array
    end
    while true
      array << read
      skip_blanks
      byte = @text.getbyte(@position)
      @position += 1
      return array if byte == 93
      raise "comma expected at #{@position}" unless byte == 44
    end
  end

  def read_string
    @position += 1
    start = @position
    string = nil
    while (byte = @text.getbyte(@position)) != 34
      raise "string without end" unless byte
      if byte == 92
        string = (string || +"") << @text.byteslice(start, @position - start)
        string << escape(@text.getbyte(@position + 1))
        @position += 2
        start = @position
      else
        @position += 1
      end
    end
    rest = @text.byteslice(start, @position - start)
    @position += 1
    string ? string << rest : rest
  end

  def escape(byte)
    case byte
    when 110 then "\n"
    when 116 then "\t"
    else byte.chr
    end
  end

  def read_number
    start = @position
    float = false
    while (byte = @text.getbyte(@position)) && ((byte >= 48 && byte <= 57) || byte == 45 || byte == 46)
      float = true if byte == 46
      @position += 1
    end
    raise "value expected at #{start}" if start == @position
    digits = @text.byteslice(start, @position - start)
    float ? digits.to_f : digits.to_i
  end

  def keyword(word, value)
    raise "#{word} expected at #{@position}" unless @text.byteslice(@position, word.size) == word
    @position += word.size
    value
  end
end

def write_json(value, out)
  case value
  when Hash
    separator = "{"
    value.each do |key, element|
      out << separator
      separator = ","
      write_json(key, out)
      out << ":"
      write_json(element, out)
    end
    out << "{" if value.empty?
    out << "}"
  when Array
    out << "["
    value.each_with_index do |element, index|
      out << "," if index > 0
      write_json(element, out)
    end
    out << "]"
  when String
    out << '"' << value.gsub("\\") { "\\\\" }.gsub('"') { '\\"' }.gsub("\n") { '\\n' } << '"'
  when nil
    out << "null"
  else
    out << value.to_s
  end
  out
end

def sample_document
  rows = Array.new(2400) do |number|
    {
      "id" => number, "name" => "row \"#{number}\"", "active" => number.even?, "parent" => number % 5 == 0 ? nil : number / 5,
      "position" => [number * 0.5, -number, number * 1.25], "tags" => ["a#{number % 3}", "line\nbreak", {}],
      "nested" => { "depth" => { "value" => number * number, "list" => [1, [2, [3, []]]] } }
    }
  end
  write_json({ "rows" => rows, "version" => 4 }, +"")
end

DOCUMENT = sample_document.freeze

EXPECTED = [436160, 2400, 4606559800.0, true]

def benchmark
  document = JsonReader.new(DOCUMENT).read
  total = document["rows"].sum { |row| row["nested"]["depth"]["value"] + row["position"][0] }
  [DOCUMENT.bytesize, document["rows"].size, total, write_json(document, +"") == DOCUMENT]
end
