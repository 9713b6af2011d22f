# The functions of Prism over the parser that the runtime links.
require "prism"

p Prism.parse(<<'RUBY').value
class A < B
  def m(a, b = 1, *c, d:, e: 2.5, **f, &g) = a + 3r * 2i
  @x ||= %w[a b].map { |x| "#{x}\n" } rescue nil
  case [1, [2]]
  in [Integer => n, *] if n > 0 then super
  in {k: 1, **nil} then super(1)
  end
end
puts <<~A, 123456789012345678901234567890, /a#{1}b/i, :"s", :t, ?c, `ls`
  text #{1}
A
RUBY
p Prism.lex("foo 1, # c\n  bar\n").value.map { |token, state| [token.type, token.value, token.location.start_offset, state] }
p Prism.parse_lex("%W[a b]").value.last.map { |token, _| token.type }

p Prism.parse("1 +").errors.map { |error| [error.type, error.message, error.location.start_offset, error.level] }
p Prism.parse("if a = 1\nend").warnings.map { |warning| [warning.type, warning.message, warning.level] }
p Prism.parse_success?("a"), Prism.parse_failure?("a"), Prism.parse_failure?("(")
p Prism.parse_comments("# a\n1 # b\n=begin\nx\n=end\n").map { |comment| [comment.class, comment.slice] }
p Prism.parse("# frozen_string_literal: true\n").magic_comments.map { |comment| [comment.key, comment.value] }
p Prism.parse("1\n__END__\nrest").data_loc.slice

result = Prism.parse("é = 'ü'")
p result.source.source.encoding, result.value.statements.body[0].value.unescaped, result.value.locals
p Prism.parse("# encoding: euc-jp\n'\xA4\xA2'".b).value.statements.body[0].unescaped.encoding

frozen = Prism.parse("a { |b| [b, 1..2] }", freeze: true)
p frozen.frozen?, frozen.value.frozen?, Ractor.shareable?(frozen)
p Prism.parse("__FILE__; __LINE__", filepath: "f.rb", line: 7).value.statements.body.map { |node| [node.location.start_line, node.slice] }
p Prism.parse("a", scopes: [[:a]]).value.statements.body[0].class, Prism.parse("a").value.statements.body[0].class
p Prism.parse("foo(*)", scopes: [Prism.scope(locals: [], forwarding: [:*])]).success?

def refused(*arguments, **options)
  Prism.parse(*arguments, **options)
rescue => error
  puts "#{error.class}: #{error.message}"
end
refused(3)
refused("1", foo: 1, bar: 2)
refused("1", line: "a")
refused("1", line: 2**40)
refused("1", filepath: 3)
refused("1", encoding: 3)
refused("1", version: "9.1")
refused("1", version: 3)
refused("1", scopes: 3)
refused("1", scopes: [3])
refused("1", scopes: [[3]])
refused("1", command_line: "z")
begin
  Prism.parse_file("/nowhere")
rescue => error
  p error
end

p Prism::StringQuery.local?("a"), Prism::StringQuery.constant?("a"), Prism::StringQuery.method_name?("a?")
begin
  Prism::StringQuery.local?("a".encode("UTF-16LE"))
rescue => error
  p error
end
# Nesting is no matter of stacks.
p Prism.parse("[" * 900 + "]" * 900).value.statements.body[0].elements.size
