# YAML over the installed psych: what its native part gives the Ruby files, as CRuby's does.
require "yaml"
require "date"
require "stringio"

Encoding.default_external = Encoding::UTF_8

def attempt
  yield
rescue Exception => error
  puts "#{error.class}: #{error.message}"
end

class Recorder < Psych::Handler
  def initialize = @lines = []
  attr_reader :lines, :parser
  attr_writer :parser

  %w[start_stream start_document end_document scalar start_sequence end_sequence start_mapping end_mapping alias end_stream].each do |event|
    define_method(event) { |*arguments| lines << "#{event} #{arguments.inspect} #{@place} #{parser.mark.to_a.drop(1)}" }
  end

  def event_location(*place) = @place = place
end

def events(source)
  recorder = Recorder.new
  recorder.parser = Psych::Parser.new(recorder)
  recorder.parser.parse(source)
  puts recorder.lines
  p recorder.parser.mark.to_a.drop(1)
rescue Psych::SyntaxError => error
  puts recorder.lines, error.message
  p [error.file, error.line, error.column, error.offset, error.problem, error.context], recorder.parser.mark.index
end

puts "== events"
events("%YAML 1.1\n%TAG ! tag:example.com,2000:\n--- &top !list\n- plain\n- 'single'\n- \"dou\\nble\"\n- |\n  literal\n- >-\n  folded\n  text\n- {a: *top}\n...\n--- second\n")
events("größe: [ä, 日本]\n".encode("UTF-16LE"))
events("größe: x".encode("ISO-8859-1"))
events(StringIO.new("from: io\n"))
events("a: [\n")
events("a: `b\n")
events("\x01")
events("a\xff")
events("a: b: c")
events("*unknown : {")

puts "== streams"
documents = []
Psych.load_stream("--- 1\n--- [2, 3]\n--- {a: ~}\n") { |document| documents << document }
p documents
class Drip
  def initialize(text) = @parts = text.scan(/../m)
  def external_encoding = Encoding::UTF_8
  def read(_size) = @parts.shift
end
p Psych.load(Drip.new("a: 日本\nb: [1, 2]\n"))
class Failing
  def external_encoding = nil
  def read(_size) = raise(IOError, "no more")
end
attempt { Psych.load(Failing.new) }
attempt { Psych.parse_stream(nil) }

puts "== emitter"
io = StringIO.new
emitter = Psych::Emitter.new(io)
p [emitter.canonical, emitter.indentation, emitter.line_width]
emitter.start_stream(Psych::Nodes::Stream::UTF8)
p [emitter.canonical, emitter.indentation, emitter.line_width]
emitter.start_document([1, 1], [["!", "tag:example.com,2000:"]], false)
emitter.start_mapping("top", "tag:example.com,2000:map", false, Psych::Nodes::Mapping::BLOCK)
emitter.scalar("key", nil, nil, true, false, Psych::Nodes::Scalar::ANY)
emitter.start_sequence(nil, nil, true, Psych::Nodes::Sequence::FLOW)
emitter.scalar("one", nil, nil, true, false, Psych::Nodes::Scalar::PLAIN)
emitter.scalar("two", nil, nil, false, true, Psych::Nodes::Scalar::DOUBLE_QUOTED)
emitter.alias("top")
emitter.end_sequence
emitter.end_mapping
emitter.end_document(true)
emitter.end_stream
puts io.string
attempt { Psych::Emitter.new(StringIO.new).end_sequence }
fresh = Psych::Emitter.new(StringIO.new)
attempt { fresh.start_stream(nil) }
fresh.start_stream(1)
attempt { fresh.start_document([], [["only"]], true) }
attempt { fresh.scalar(1, nil, nil, true, true, 0) }
attempt { fresh.scalar("x", "a\0b", nil, true, true, 0) }
attempt { fresh.alias(1) }
attempt { fresh.line_width = nil }
fresh.indentation = 11
fresh.line_width = -7
p [fresh.indentation, fresh.line_width]

puts "== values"
Point = Struct.new(:x, :y)
Pair = Data.define(:left, :right)
class Plain
  def initialize = (@name, @list = "n", [1])
end
shared = ["shared"]
values = [
  nil, true, 12, -1.5, Float::INFINITY, Float::NAN, "text", "yes", "12", "", "a\nb\n", " x", "#{"word " * 30}end", :symbol, :"with space",
  1..3, ("a"..."c"), /a.c/mi, 3r, 2i, Date.new(2024, 2, 29), Time.utc(2024, 2, 29, 12, 30, 15.5), Point.new(1, "two"), Pair.new(left: 1, right: [2]),
  Set[1, 2], ArgumentError.new("wrong"), String, Plain.new, "\xff\xfe".b, "größe", [shared, shared], {nil => 1, [1] => {}}
]
values.each { |value| puts YAML.dump(value) }
again = YAML.unsafe_load(YAML.dump(values.reject { |value| value.is_a?(Float) && value.nan? || value.is_a?(Exception) || value.is_a?(Plain) }))
p again
p again[-2].then { |first, second| first.equal?(second) }
puts YAML.dump({"a" => [1, {"b" => "c"}]}, indentation: 4), YAML.dump("a " * 50, line_width: 20), YAML.dump([1, "x"], canonical: true), YAML.dump({a: 1}, header: true)

puts "== safety"
attempt { YAML.load("--- :a") .then { |value| p value } }
attempt { YAML.load("--- !ruby/object:Object {}") }
attempt { YAML.load("- &a 1\n- *a") }
attempt { YAML.load("- *a", aliases: true) }
attempt { YAML.safe_load("--- 2024-01-01") }
p YAML.safe_load("--- 2024-01-01", permitted_classes: [Date])
p YAML.load("a: 1", symbolize_names: true), YAML.load("", fallback: 7), YAML.load("a: x", freeze: true).frozen?
attempt { YAML.unsafe_load("--- !ruby/object:No::Such {}") }
attempt { YAML.unsafe_load("--- !ruby/struct:RUBY_VERSION {}") }
attempt { YAML.load("a: [1, 2", filename: "some.yml") }
