# Corners of the language: private constants, globals that check, singleton classes, super with `_`.
module Holder
  class Hidden; end
  VALUE = 1
  private_constant :Hidden, :VALUE
  def self.inside = [Hidden, VALUE]
  class Hidden; OPENED = true; end
end
def try
  yield
rescue Exception => error
  puts "#{error.class}: #{error.message.gsub(/0x\h+/, "0x").gsub(/^.*language_corners/, "language_corners")}"
end
p Holder.inside
try { Holder::Hidden }
try { class Holder::Hidden; end }
try { module Holder::VALUE; end }
ANumber = 3
try { class ANumber; end }
try { module ANumber; end }
try { Class.new.tap { |k| def k.name = "Named" }::MISSING }

class Above; end
class Below < Above; @@shared = 1; def self.shared = @@shared; end
Above.class_variable_set(:@@shared, 2)
try { Below.shared }
try { Below.class_variable_set(:@@shared, 3) }

$VERBOSE = nil
try { $/ = 3 }
try { $, = 3 }
try { $; = 3 }
try { $. = "x" }
try { $LOAD_PATH = [] }
try { $FILENAME = 1 }
alias $amp $&
"abc" =~ /b/
p $amp
try { $amp = 1 }
$/ = +"x"
p $/.frozen?
$/ = "\n"

p Above.singleton_class.is_a?(Class.singleton_class), Object.new.singleton_class.respond_to?(:allocate)
class Above; def self.greet = "hello"; end
p Above.new.singleton_class.greet
frozen = Object.new.freeze
p frozen.singleton_class.frozen?
try { def frozen.x; end }
try { class << frozen; def x; end; end }
copy = Object.new.tap { |o| class << o; INNER = 5; end }.clone
p copy.singleton_class::INNER

class Under; def pass(*all) = all; end
class Over < Under
  def pass(_, _) = super
end
p Over.new.pass(1, 2)

p defined?([][0] = 1), defined?(self.none = 1)
$. = 0
p (0..6).select { |i| $. = i; true if 2..4 }
p catch(:done) { begin; raise "x"; rescue; throw :done, 1; end }, $!
listed = [1, 2]
def listed.deconstruct = [3, 4]
p((listed in [3, 4]))
klass = Class.new do
  def target(*args, **keywords) = [args, keywords]
  define_method(:forward) { |*args| target(*args) }
  ruby2_keywords :forward
end
p klass.new.forward(1, a: 2)
try { proc { _1; binding.local_variable_get(:_1) }.call(1) }
p proc { _1; binding.local_variables.include?(:_1) }.call(1)
source = "# vim: filetype=ruby, fileencoding=big5\n__ENCODING__"
p eval(source), eval("\n# coding: big5\n__ENCODING__"), eval("#!ruby\n# coding: big5\n__ENCODING__")

require "stringio"
io = StringIO.new("one\ntwo\n")
p io.gets, $_, io.read, io.eof?, io.rewind, io.each_line.to_a, io.lineno
io = StringIO.new
io.puts "a", [1, [2]]
io.print "x", "y"
io.printf("%03d", 7)
io.write("end")
p io.string, io.pos
io.seek(0)
p io.getc, io.getbyte, io.ungetc("A"), io.string
p StringIO.new("frozen".freeze).closed_write?
try { StringIO.new("frozen".freeze, "w") }
try { StringIO.new("x", "r").write("y") }

# `return` in the body of a singleton class leaves the method.
def returns_from_body
  class << self
    begin
      return 1
    ensure
      puts "inner ensure"
    end
  end
  2
ensure
  puts "outer ensure"
end
p returns_from_body
def returns_from_block_body
  [1, 2].each { class << "s"; return 7; end }
  8
end
p returns_from_block_body
def returns_from_lambda_body = [-> { class << Object.new; return 4; end; 5 }.call, 6]
p returns_from_lambda_body
def returns_from_nested_body(object) = (class << object; class << self; return :deep; end; end; :no)
p returns_from_nested_body(Object.new)
