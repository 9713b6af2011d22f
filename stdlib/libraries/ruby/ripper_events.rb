# The translation of Prism's trees into parser events, with a handler that gets them.

require "prism/translation/ripper"

class Ripper
  class Events < Prism::Translation::Ripper # :nodoc:
    def initialize(handler, scanner, result)
      super(result.source.source, handler.filename)
      @handler = handler
      @scanner = scanner
      @result = Prism::ParseResult.new(
        result.value.first, result.comments, result.magic_comments, result.data_loc, result.errors, result.warnings, result.source
      )
      @offset = @end = 0
    end

    def parse
      result.magic_comments.each { |comment| on_magic_comment(comment.key.tr("-", "_"), comment.value.chomp) }
      result.warnings.each { |found| @handler.__send__(found.level == :verbose ? :warning : :warn, found.message) }
      if result.errors.empty?
        result.value.accept(self)
      else
        @handler.__send__(:report, result.errors)
        nil
      end
    end

    # All that a node consists of is read before it, other than what begins a list.
    ::Ripper::PARSER_EVENT_TABLE.each do |event, count|
      name = :"on_#{event}"
      define_method(name) do |*values|
        @scanner.go_to(@end) if count > 0
        @handler.__send__(name, *values)
      end
    end

    ::Ripper::SCANNER_EVENT_TABLE.each_key do |event|
      define_method(:"on_#{event}") { |text| @scanner.value(event, text, @offset, [lineno, column]) }
    end

    private

    def bounds(location)
      super
      @offset = location.start_offset
      @end = location.end_offset
    end
  end
end
