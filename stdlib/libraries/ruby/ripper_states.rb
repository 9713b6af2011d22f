# The states of Ripper's lexer at blanks and comments. Prism tells the state in which a token leaves it; Ripper's parser has often changed
# it again before the next one is read.

class Ripper
  class States # :nodoc:
    NAME = EXPR_FNAME | EXPR_FITEM
    IGNORES_NEWLINES = EXPR_BEG | EXPR_CLASS | EXPR_FNAME | EXPR_DOT
    LEADING = %w[. &. && || and or]

    def initialize(tokens)
      @tokens = tokens
      @after = EXPR_BEG
      # The state in which a line ended, as long as only comments follow.
      @ended = nil
      @parentheses = []
      @last = nil
    end

    # Gives blanks and comments their states.
    def enter
      @tokens.each_with_index do |token, index|
        case token.event
        when :sp then token.state = @ended && !leads_on?(@tokens[index + 1]) ? EXPR_BEG : @ended || @after
        when :comment then comment(token)
        when :nl
          @ended, @after = @ended || @after, EXPR_BEG
          @names = @definition = @is_named = nil
        when :ignored_nl then @ended, @after = nil, token.state
        else
          @ended = nil
          @after = state_behind(token)
          @last = token
        end
      end
    end

    private

    # Does the line before go on in this token's, or is this a comment, which is read before that is known?
    def leads_on?(token) = token && (token.event == :comment || LEADING.include?(token.text))

    def comment(token)
      token.state = @ended || @after
      @ended = token.state if @ended.nil? && (token.state & IGNORES_NEWLINES == 0 || token.state & EXPR_LABELED != 0)
    end

    def state_behind(token)
      is_symbol, @in_symbol = @in_symbol, token.event == :symbeg && token.text == ":"
      return definition(token) if @definition
      return operand(is_symbol ? :symbol : token.event, token) if @names && !@in_symbol
      return EXPR_END if is_symbol
      case token.event
      when :heredoc_end, :regexp_end then EXPR_END
      when :embexpr_beg then EXPR_BEG
      when :kw then keyword(token)
      when :rparen then @parentheses.pop ? EXPR_BEG : token.state
      else
        @parentheses.push(false) if token.event == :lparen
        token.state
      end
    end

    def keyword(token)
      case token.text
      when "alias", "undef" then @names = token.text.to_sym if token.state & EXPR_FNAME != 0
      when "def" then @definition = :plain if token.state & EXPR_FNAME != 0
      when "for" then @is_loop = true
      when "in"
        is_pattern, @is_loop = !@is_loop, false
        return token.state | EXPR_LABEL if is_pattern && token.state == EXPR_BEG
      end
      token.state
    end

    # What is defined, up to its parameters.
    def definition(token)
      if token.event == :period || token.text == "::"
        @definition = :singleton
      elsif token.event == :lparen && @is_named
        @parentheses.push(true)
        @definition = @is_named = nil
      elsif @is_named && @last.event != :period && @last.text != "::"
        is_parameter = token.event == :label || token.event == :ident && token.state == EXPR_END
        @definition = @is_named = nil
        return is_parameter ? token.state | EXPR_LABEL : token.state
      else
        @is_named = true
        return @definition == :singleton ? EXPR_ENDFN | EXPR_LABEL : EXPR_ENDFN
      end
      token.state
    end

    # The names that `alias` and `undef` get.
    def operand(event, token)
      return NAME if @names == :undef && event == :comma
      return token.state if @names == :undef
      is_second = @last.text != "alias" || @last.event != :kw
      is_second = @last.event != :symbeg if event == :symbol && is_second
      @names = nil if is_second || event == :gvar
      return token.state if event == :gvar
      is_second ? behind_second(event, token) : NAME
    end

    def behind_second(event, token) = event == :op ? EXPR_ENDFN : token.state
  end
  private_constant :States
end
