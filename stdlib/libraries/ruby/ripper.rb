# Ripper's parser: events for a handler's methods. The scanner's come from the tokens of Prism, the parser's from the translation of its
# tree that the library prism brings. The other files of the library ripper stand on this one as on CRuby's.

class Ripper
  Version = "0.1.0"

  events = lambda do |counts|
    counts.flat_map { |count, names| names.split.map { |name| [name.to_sym, count] } }.sort.to_h
  end

  # Parser events and how many values they get.
  PARSER_EVENT_TABLE = events.call(
    0 => "args_forward args_new excessed_comma mlhs_new mrhs_new qsymbols_new qwords_new redo regexp_new retry return0 stmts_new " \
         "string_content symbols_new void_stmt word_new words_new xstring_new yield0 zsuper",
    1 => "BEGIN END arg_ambiguous arg_paren array assoc_splat assoclist_from_args bare_assoc_hash begin blockarg break const_ref " \
         "defined dyna_symbol else ensure fcall hash kwrest_param mlhs_paren mrhs_new_from_args next nokw_param paren parse_error " \
         "program rest_param return string_dvar string_embexpr string_literal super symbol symbol_literal top_const_field " \
         "top_const_ref undef var_field var_ref vcall xstring_literal yield",
    2 => "alias alias_error aref aref_field args_add args_add_block args_add_star assign assign_error assoc_new block_var " \
         "brace_block case class_name_error command const_path_field const_path_ref do_block dot2 dot3 heredoc_dedent if_mod lambda " \
         "magic_comment massign method_add_arg method_add_block mlhs_add mlhs_add_post mlhs_add_star module mrhs_add mrhs_add_star " \
         "operator_ambiguous param_error qsymbols_add qwords_add regexp_add regexp_literal rescue_mod sclass stmts_add string_add " \
         "string_concat symbols_add unary unless_mod until until_mod var_alias while while_mod word_add words_add xstring_add",
    3 => "binary call class def elsif field for hshptn if ifop in opassign unless when",
    4 => "aryptn bodystmt command_call fndptn rescue",
    5 => "defs",
    7 => "params"
  )

  # Scanner events, which all get the text of a token.
  SCANNER_EVENT_TABLE = events.call(
    1 => "CHAR __end__ backref backtick comma comment const cvar embdoc embdoc_beg embdoc_end embexpr_beg embexpr_end embvar float " \
         "gvar heredoc_beg heredoc_end ident ignored_nl imaginary int ivar kw label label_end lbrace lbracket lparen nl op period " \
         "qsymbols_beg qwords_beg rational rbrace rbracket regexp_beg regexp_end rparen semicolon sp symbeg symbols_beg tlambda " \
         "tlambeg tstring_beg tstring_content tstring_end words_beg words_sep"
  )

  STATES = %w[BEG END ENDARG ENDFN ARG CMDARG MID FNAME DOT CLASS LABEL LABELED FITEM]
  STATE_NAMES = Hash.new do |names, state|
    known = STATES.each_with_index.filter_map { |name, bit| name if state[bit] == 1 }
    names[state] = known.empty? ? "NONE" : known.join("|")
  end
  private_constant :STATES, :STATE_NAMES
  STATES.each_with_index { |name, bit| const_set("EXPR_#{name}", 1 << bit) }
  EXPR_VALUE = EXPR_BEG
  EXPR_BEG_ANY = EXPR_BEG | EXPR_MID | EXPR_CLASS
  EXPR_ARG_ANY = EXPR_ARG | EXPR_CMDARG
  EXPR_END_ANY = EXPR_END | EXPR_ENDARG | EXPR_ENDFN
  EXPR_NONE = 0

  class << self
    # The names of a state of the lexer.
    def lex_state_name(state) = STATE_NAMES[Primitive.to_integer(state)].dup

    # Takes indentation of a width off a line, and tells how many bytes that were.
    def dedent_string(input, width)
      raise TypeError, "no implicit conversion of #{input.class} into String" unless String === input
      width = Primitive.to_integer(width)
      raise ArgumentError, "negative width" if width < 0
      bytes = columns = 0
      while columns < width && (letter = input.getbyte(bytes))
        case letter
        when 32 then columns += 1
        when 9
          wide = columns / 8 * 8 + 8
          break if wide > width
          columns = wide
        else break
        end
        bytes += 1
      end
      input.bytesplice(0, bytes, "")
      bytes
    end
  end

  attr_writer :debug_output
  attr_reader :filename

  def initialize(source, filename = "(ripper)", lineno = 1)
    @source = Ripper.__send__(:text_of, source)
    @filename = filename.nil? ? "(ripper)" : filename.to_str.dup
    @first_line = Primitive.to_integer(lineno)
    @position = @state = @token = @error = nil
    @is_done = @end_seen = @is_debugged = false
  end

  def self.text_of(source)
    return source.to_str.dup if source.respond_to?(:to_str)
    unless source.respond_to?(:gets)
      raise TypeError, "no implicit conversion of #{source.nil? ? "nil" : source.class} into String"
    end
    lines = +""
    while (line = source.gets)
      raise TypeError, "gets returned #{line.class} (expected String or nil)" unless String === line
      lines << line
    end
    lines
  end
  private_class_method :text_of

  # Parses and returns what the handler's last method returned. A second time has nothing left to read.
  def parse
    raise ArgumentError, "method called for uninitialized object" unless defined?(@source)
    return @value if @is_done
    @is_done = true
    result = Prism.parse_lex(@source, filepath: @filename.to_s, line: @first_line, partial_script: true, version: "current")
    scanner = Scanner.new(self, Tokens.new(result, @source))
    @value = Events.new(self, scanner, result).parse if handles_trees?
    scanner.finish(!handles_trees?)
    @error = !result.errors.empty?
    @source = result.source.source
    report(result.errors) unless handles_trees?
    @position = nil
    @value
  end

  def error? = @error ? true : false
  def lineno = @position&.first
  def column = @position&.last
  def state = @position && @state
  def token = @token
  def encoding = @source.encoding
  def end_seen? = @end_seen
  def yydebug = @is_debugged
  def debug_output = @debug_output || $stdout

  def yydebug=(value)
    @is_debugged = value ? true : false
  end

  private

  def dedent_string(input, width) = Ripper.dedent_string(input, width)

  # Has the handler methods of its own for parser events, other than those that lexers need?
  def handles_trees?
    return @handles_trees unless @handles_trees.nil?
    core = Ripper
    @handles_trees = PARSER_EVENT_TABLE.any? do |event, _|
      event != :heredoc_dedent && !event.end_with?("_error") && method(:"on_#{event}").owner != core
    end
  end

  def report(errors)
    errors.uniq { |error| error.location.start_offset }.each do |error|
      @position = [error.location.start_line, error.location.start_column]
      @token = error.location.slice
      on_parse_error(error.message)
    end
  end

  # Where the scanner stands, for those whose methods ask.
  def stand_at(position, state, token)
    @position = position
    @state = state
    @token = token
  end

  def see_end
    @end_seen = true
  end

  # Hands the tokens to a handler, in the order of the text and each of them once: all up to the one that a parser event needs.
  class Scanner # :nodoc:
    def initialize(handler, tokens)
      @handler = handler
      @tokens = tokens.to_a
      @next = 0
      @values = {}
    end

    # Hands out what begins before a place.
    def go_to(offset)
      dispatch while (token = @tokens[@next]) && token.offset < offset
    end

    # The handler's value for the token of this event and place.
    def value(event, text, offset, position)
      go_to(offset + 1)
      @values.fetch([event, offset]) do
        @handler.__send__(:stand_at, position, @state, text)
        @handler.__send__(:"on_#{event}", text)
      end
    end

    # All tokens that are left. Lexers are told how far a heredoc is indented.
    def finish(is_lexer)
      dispatch(is_lexer) while @next < @tokens.size
    end

    private

    def dispatch(is_lexer = false)
      token = @tokens[@next]
      @next += 1
      @state = token.state
      @handler.__send__(:stand_at, token.position, token.state, token.text)
      @handler.__send__(:see_end) if token.event == :__end__
      @values[[token.event, token.offset]] = @handler.__send__(:"on_#{token.event}", token.text)
      @handler.__send__(:on_heredoc_dedent, nil, token.dedent) if is_lexer && token.dedent
    end
  end
  private_constant :Scanner
  autoload :Events, "ripper/events"
  private_constant :Events
end
