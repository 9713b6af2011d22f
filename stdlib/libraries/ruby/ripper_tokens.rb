# The tokens that Ripper's scanner finds, from those of Prism.

require "prism"

class Ripper
  # The tokens of a text in the order in which they are read: the body of a heredoc comes behind its beginning.
  class Tokens # :nodoc:
    Token = Struct.new(:event, :text, :position, :offset, :state, :dedent)

    EVENTS = {
      const: "CONSTANT", ident: "IDENTIFIER METHOD_NAME", cvar: "CLASS_VARIABLE", gvar: "GLOBAL_VARIABLE", ivar: "INSTANCE_VARIABLE",
      backref: "BACK_REFERENCE NUMBERED_REFERENCE", backtick: "BACKTICK PERCENT_LOWER_X", CHAR: "CHARACTER_LITERAL", comma: "COMMA",
      comment: "COMMENT", period: "DOT", embdoc_beg: "EMBDOC_BEGIN", embdoc_end: "EMBDOC_END", embdoc: "EMBDOC_LINE",
      embexpr_beg: "EMBEXPR_BEGIN", embexpr_end: "EMBEXPR_END", embvar: "EMBVAR", float: "FLOAT", int: "INTEGER",
      imaginary: "FLOAT_IMAGINARY FLOAT_RATIONAL_IMAGINARY INTEGER_IMAGINARY INTEGER_RATIONAL_IMAGINARY",
      rational: "FLOAT_RATIONAL INTEGER_RATIONAL", heredoc_end: "HEREDOC_END", heredoc_beg: "HEREDOC_START",
      ignored_nl: "IGNORED_NEWLINE", nl: "NEWLINE", label: "LABEL", label_end: "LABEL_END", tlambeg: "LAMBDA_BEGIN",
      tlambda: "MINUS_GREATER", lbrace: "BRACE_LEFT", rbrace: "BRACE_RIGHT", lbracket: "BRACKET_LEFT BRACKET_LEFT_ARRAY",
      rbracket: "BRACKET_RIGHT", lparen: "PARENTHESIS_LEFT PARENTHESIS_LEFT_PARENTHESES", rparen: "PARENTHESIS_RIGHT",
      qsymbols_beg: "PERCENT_LOWER_I", qwords_beg: "PERCENT_LOWER_W", symbols_beg: "PERCENT_UPPER_I", words_beg: "PERCENT_UPPER_W",
      words_sep: "WORDS_SEP", regexp_beg: "REGEXP_BEGIN", regexp_end: "REGEXP_END", semicolon: "SEMICOLON", symbeg: "SYMBOL_BEGIN",
      tstring_beg: "STRING_BEGIN", tstring_content: "STRING_CONTENT", tstring_end: "STRING_END", __end__: "__END__"
    }.flat_map { |event, types| types.split.map { |type| [type.to_sym, event] } }.to_h

    def initialize(result, source)
      @found = result.value.last
      @source = source.b
      @encoding = result.source.source.encoding
      @lines = result.source.offsets
      @first_line = result.source.start_line
      @tokens = []
    end

    def to_a
      @found.each_with_index { |(token, state), index| add(token, state, index) unless token.type == :EOF }
      look_at_heredocs
      fill_gaps
      States.new(@tokens).enter
      @tokens
    end

    private

    def event_of(type) = EVENTS[type] || (type.start_with?("KEYWORD_") ? :kw : :op)

    def add(token, state, index)
      event = event_of(token.type)
      state = state_within(index) if event == :regexp_end
      text = token.value
      text = text[/\A.*\n?/] if event == :__end__
      return @tokens << made(event, text, token.location.start_offset, state) if event != :words_sep
      offset = token.location.start_offset
      text.each_line do |line|
        @tokens << made(event, line, offset, state)
        offset += line.bytesize
      end
    end

    # The state at the end of a regular expression is that of its beginning.
    def state_within(index)
      depth = 0
      (index - 1).downto(0) do |at|
        event = event_of(@found[at][0].type)
        depth += {embexpr_end: 1, embexpr_beg: -1}.fetch(event, 0)
        return @found[at][1] if depth == 0
      end
    end

    # The state at the end of a heredoc is that of its beginning; one with `~` is told how far its lines are indented.
    def look_at_heredocs
      open = []
      @tokens.each do |token|
        case token.event
        when :heredoc_beg then open << [token, []]
        when :heredoc_end
          beginning, body = open.pop
          next unless beginning
          token.state = beginning.state
          token.dedent = indentation(body, token.offset) if beginning.text.start_with?("<<~")
        else open.last&.last&.push(token)
        end
      end
    end

    # The smallest indentation of the lines, of which blank ones do not count. Lines of what is interpolated are none of the heredoc.
    def indentation(body, stop)
      depth = 0
      lines = body.select do |token|
        is_outside = depth == 0
        depth += {embexpr_beg: 1, embexpr_end: -1}.fetch(token.event, 0)
        is_outside && token.position.last == 0
      end
      lines.filter_map { |token| token.event == :tstring_content ? columns(token, stop) : 0 }.min
    end

    def columns(token, stop)
      blanks = token.text[/\A[ \t]*/]
      rest = token.text.byteslice(blanks.bytesize..)
      return if rest.match?(/\A\r?\n/) || rest.empty? && token.offset + blanks.bytesize == stop
      blanks.each_char.inject(0) { |width, letter| letter == "\t" ? width / 8 * 8 + 8 : width + 1 }
    end

    def made(event, text, offset, state)
      line = (@lines.bsearch_index { |start| start > offset } || @lines.size) - 1
      Token.new(event, text, [@first_line + line, offset - @lines[line]], offset, state)
    end

    # Blanks between tokens, which Prism leaves out.
    def fill_gaps
      gaps = {}
      place = 0
      last = nil
      @tokens.sort_by(&:offset).each do |token|
        gaps[token.offset] = blanks(place, token.offset) if token.offset > place
        place = [place, token.offset + token.text.bytesize].max
        last = token
      end
      rest = place < @source.bytesize && last&.event != :__end__ ? blanks(place, @source.bytesize) : []
      @tokens = @tokens.flat_map { |token| [*gaps.delete(token.offset), token] }.concat(rest)
    end

    def blanks(start, stop)
      @source.byteslice(start, stop - start).scan(/\\\r?\n|[ \t\f\v\r]+|\n|[^ \t\f\v\r\n]+/n).map do |text|
        made(text == "\n" ? :nl : :sp, text.force_encoding(@encoding), start, EXPR_BEG).tap { start += text.bytesize }
      end
    end
  end
  private_constant :Tokens
end
