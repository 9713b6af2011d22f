# Ripper: lexers, trees, and handlers of one's own.
require "ripper"

source = <<'RUBY'
# head
class A < B # :nodoc:
  # about m
  def m(a, *b, c: 1)
    x = <<~TEXT + <<-'RAW'
      one #{a}
        two
    TEXT
      raw
    RAW
    foo.bar 1, %w[a b], :sym do |y| y end

    @x ||= {k: 1, "s": 2, 3 => /re#{x}/i}
  end

  def self.n = 1
  alias o m
end
__END__
rest
RUBY

puts Ripper.lex(source).map { |token| token.inspect }
p Ripper.tokenize(source).join == source
p Ripper.tokenize("a  +  \\\n b\n")
pp Ripper.sexp(source)
pp Ripper.sexp_raw("foo(1) { |a| a } if b")
p Ripper.sexp("def"), Ripper.sexp("1 +")

class Names < Ripper
  attr_reader :seen
  def on_ident(name) = (@seen ||= []) << [name, lineno, column, state.to_s]
  def on_comment(text) = (@seen ||= []) << [text, lineno, column]
  def on_def(name, parameters, body) = @seen << :def
  def on_program(statements) = :done
end
names = Names.new("# a\ndef b(c)\n  d # e\nend\n", "f.rb", 10)
p names.filename, names.lineno, names.column, names.state, names.error?
p names.parse, names.seen, names.parse, names.error?, names.lineno

class Upcased < Ripper::Filter
  def on_ident(token, data) = data << token.upcase
  def on_default(event, token, data) = data << token
end
p Upcased.new("foo = bar(1) # c\n").parse(+"")

p Ripper.lex_state_name(Ripper::EXPR_BEG | Ripper::EXPR_LABEL), Ripper.lex_state_name(0)
text = +"\t  a"
p Ripper.dedent_string(text, 9), text
p Ripper::PARSER_EVENTS.size, Ripper::SCANNER_EVENTS.size, Ripper::Version
p Ripper.slice("a = [1, 2]", "ident"), Ripper.token_match("ab 1", "ident sp")&.string
begin
  Ripper.new(3)
rescue => error
  p error
end
p Ripper::Lexer.new("foo )").tap(&:scan).errors.map { |error| [error.event, error.pos] }
require "stringio"
p Ripper.sexp(StringIO.new("1\n2"))
