# How broken sources are reported: where the message points, which class it has, what uncaught ones look like.
def report(source, line = 1)
  eval(source, nil, "file.rb", line)
rescue SyntaxError, ArgumentError => error
  puts error.class, error.message
  p error.path if error.is_a?(SyntaxError)
end

report("def foo\n")
report("class Foo\n  def bar\n    1 +\n  end\n")
report("foo(1, 2\n")
report("x = 1 2\n", -4)
report("a = 5\n" * 12 + "b c d\n" + "e = 1\n" * 5 + "}\n")
report("p #{"a" * 40}, #{"b" * 40} c, #{"d" * 40}\n")
report("puts 'é', é é é\n")
report("case 1; in {a:, a:}; end\n")
report("# coding: nothing\n1\n")

# Patterns are looked at when the source is compiled, wherever they stand.
report("1\nif false\n  x =~ /[abc/\nend\n")
report("def never\n  /\#{\"(\"}/\nend\n")
report("/(?<a>.)\\k<b>/; nil\n")

error = begin
  eval("1 2")
rescue SyntaxError => caught
  caught
end
puts error.full_message(highlight: false), error.detailed_message(highlight: true).inspect
p RuntimeError.new("a\n").detailed_message, RuntimeError.new("a\nb\n").detailed_message

# Redefinitions are told with -w, unless the method has another name.
$VERBOSE = true
$stderr = $stdout
class Told
  def a; end
  def a; end
  attr_reader :b
  def b; end
  def c; end
  alias d c
  def c; end
  def d; end
  define_method(:e) { }
  define_method(:e) { }
  private def e; end
  undef e
  def e; end
  alias e a
  def self.s; end
  def self.s; end
end
