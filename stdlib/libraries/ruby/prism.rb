# The functions of Prism that its C extension defines: options are packed here, the parser is asked in Rust (stdlib/prism).

module Prism
  # That of the Ruby files of CRuby 4.0.5, whose objects are made.
  VERSION = "1.8.1"

  # Options as the parser reads them.
  module Options # :nodoc:
    KEYS = %i[filepath line encoding frozen_string_literal command_line version main_script partial_script freeze scopes]
    COMMAND_LINE = {"a" => 1, "e" => 2, "l" => 4, "n" => 8, "p" => 16, "x" => 32}
    FORWARDED = {:* => 1, :** => 2, :& => 4, :"..." => 8}
    VERSIONS = {/\A3\.3(\.\d+)?\z/ => 1, /\A3\.4(\.\d+)?\z/ => 2, /\A3\.5(\.\d+)?\z/ => 3, /\A4\.0(\.\d+)?\z/ => 3, /\A4\.1(\.\d+)?\z/ => 4, /\Alatest\z/ => 4}
    INTS = -2**31...2**31

    class << self
      def pack(options)
        unknown = options.keys.find { |key| !KEYS.include?(key) }
        raise ArgumentError, "unknown keyword: #{unknown}" if unknown
        head = [text(options[:filepath]), [line(options[:line])].pack("l"), text(encoding(options[:encoding]))].join
        literal = options[:frozen_string_literal]
        flags = [
          literal.nil? ? 0 : literal ? 1 : -1, command_line(options[:command_line]), version(options[:version]),
          flag(options[:encoding] == false), flag(options[:main_script]), flag(options[:partial_script]), flag(options[:freeze]), 0
        ].pack("cC7")
        head + flags + scopes(options[:scopes])
      end

      private

      def flag(value) = value ? 1 : 0

      def text(value)
        return [0].pack("L") if value.nil?
        check(value, String)
        [value.bytesize].pack("L") + value.b
      end

      def check(value, type, expected = type)
        raise TypeError, "wrong argument type #{value.class} (expected #{expected})" unless type === value
      end

      def line(value)
        return 1 if value.nil?
        number = Primitive.to_integer(value)
        return number if INTS.cover?(number)
        raise RangeError, "integer #{number} too #{number < 0 ? "small" : "big"} to convert to 'int'"
      end

      def encoding(value)
        return if value.nil? || value == false
        value = Encoding.find(value) unless Encoding === value
        value.name
      end

      def command_line(value)
        return 0 if value.nil?
        check(value, String)
        value.each_char.sum do |letter|
          COMMAND_LINE[letter] || raise(ArgumentError, "invalid command line flag: '#{letter}'")
        end
      end

      def version(value)
        return VERSIONS.values.last if value.nil?
        check(value, String)
        return version_of(RUBY_VERSION) || raise(CurrentVersionError, RUBY_VERSION) if value == "current"
        version_of(value) || raise(ArgumentError, "invalid version: #{value}")
      end

      def version_of(value) = VERSIONS.find { |pattern, _| pattern.match?(value) }&.last

      def scopes(value)
        return [0].pack("L") if value.nil?
        check(value, Array)
        [value.size].pack("L") + value.map { |scope| scope(scope) }.join
      end

      def scope(scope)
        case scope
        when Array then locals, forwarding = scope, 0
        when Scope then locals, forwarding = scope.locals, scope.forwarding.sum { |word| forwarded(word) }
        else check(scope, Scope, "Array or Prism::Scope")
        end
        names = locals.map do |local|
          check(local, Symbol)
          text(local.name)
        end
        [locals.size, forwarding].pack("LC") + names.join
      end

      def forwarded(word)
        check(word, Symbol)
        FORWARDED[word] || raise(ArgumentError, "invalid forwarding value: #{word}")
      end
    end
  end
  private_constant :Options

  class << self
    def parse(source, **options) = find(0, source, options)
    def parse_file(path, **options) = find(0, file(path, options), options)
    def lex(source, **options) = find(1, source, options)
    def lex_file(path, **options) = find(1, file(path, options), options)
    def parse_lex(source, **options) = find(2, source, options)
    def parse_lex_file(path, **options) = find(2, file(path, options), options)
    def parse_comments(source, **options) = find(0, source, options).comments
    def parse_file_comments(path, **options) = parse_comments(file(path, options), **options)
    def parse_success?(source, **options) = accepts(string(source), Options.pack(options))
    def parse_failure?(source, **options) = !parse_success?(source, **options)
    def parse_file_success?(path, **options) = parse_success?(file(path, options), **options)
    def parse_file_failure?(path, **options) = !parse_file_success?(path, **options)

    def profile(source, **options)
      find(0, source, options)
      nil
    end

    def profile_file(path, **options) = profile(file(path, options), **options)

    # What stands behind `__END__` stays in the stream.
    def parse_stream(stream, **options)
      source = +""
      while (line = stream.gets)
        source << line
        break if line.chomp == "__END__"
      end
      parse(source, **options)
    end

    private

    def find(wanted, source, options) = answer(wanted, string(source), Options.pack(options), options[:freeze])

    def string(source)
      return source if String === source
      raise TypeError, "wrong argument type #{source.class} (expected String)"
    end

    # The text of a file, which the options name from then on.
    def file(path, options)
      options[:filepath] = string(path)
      File.binread(path).force_encoding(Encoding::UTF_8)
    rescue SystemCallError => error
      raise error.class, path
    end
  end

  class StringQuery
    class << self
      def local?(string) = query(0, string)
      def constant?(string) = query(1, string)
      def method_name?(string) = query(2, string)

      private

      def query(sort, string)
        answer = Prism.__send__(:is_name, sort, string)
        answer.nil? ? raise(ArgumentError, "Invalid or non ascii-compatible encoding") : answer
      end
    end
  end
end
