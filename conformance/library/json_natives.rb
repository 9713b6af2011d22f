# The native parts of json: what the library's Ruby files ask of the parser and the generator.
require "json"

Config = JSON::Ext::ParserConfig
State = JSON::Ext::Generator::State
def try
  p yield
rescue StandardError => error
  print error.class, ": ", error.message
  print " (", error.line, ", ", error.column, ")" if error.respond_to?(:line)
  print " for ", error.invalid_object.inspect if error.respond_to?(:invalid_object) && !error.invalid_object.nil?
  puts
end
def parse(text, **options) = try { Config.new(options).parse(text) }
def generate(value, **options) = try { State.generate(value, options, nil) }

puts "-- values"
parse(' [1, -2, 0, -0, 1.5, -0.0, 1e3, 1E-2, 2.5e+1, 123456789012345678901, 12345678901234567.125, true, false, null, "", {}] ')
parse('{"a": {"b": [[], [{}]]}, "a b": "c"}')
parse('"\\u00e9\\ud83d\\ude00\\n\\t\\/\\\\\\"\\b\\f\\r\\u0000"')
parse("/* one */ [1, // two\n 2 /**/, 3]// end")
parse("[1, /*")
parse("[1 / 2]")
puts "-- faults"
['', ' ', 'nul', 'truex', '[1', '[1,', '[1,]', '[,1]', '[1 2]', ']', '{', '{"a"', '{"a":', '{"a":1', '{"a":1,', '{"a":1,}', '{a:1}', '{"a" 1}',
 '{"a":1 "b"}', '{"a":1,"b" 2}', '1 2', '01', '-', '-x', '1.', '1.e1', '1e', '+1', '.5', '"abc', '"abc\\', '"\\q"', '"\\u12"', '"\\u12x4"',
 '"\\ud800"', '"\\ud800\\u0041"', '"\\ud800\\u00zz"', "\"\n\"", "\"\t\"", "\"\\\n\"", 'NaN', '-Infinity', 'Infinit', "[1,\n  2,\n x]",
 "[\"a\",\n\n\n\"b\" \"c\"]", "@" * 40, "@@é", "1\0", "\0", "[1]\f"].each { |text| parse(text) }
puts "-- options"
parse('[NaN, Infinity, -Infinity]', allow_nan: true)
parse('[1,[2,],{"a":3,},]', allow_trailing_comma: true)
parse('[1,,]', allow_trailing_comma: true)
parse("\"a\n\t\\\n\"", allow_control_characters: true)
parse('{"a":{"é":1}}', symbolize_names: true)
parse('[[1]]', max_nesting: 1)
parse('[[],{}]', max_nesting: 1)
parse('[[[1]]]', max_nesting: false)
parse('{"a":1,"b":2,"a":3}', allow_duplicate_key: true)
parse('[{"a":1,"b":2,"a":3}]', allow_duplicate_key: false)
parse('[1.5, 1, 2e1]', decimal_class: Rational)
parse('[1.5]', decimal_class: Class.new { def self.try_convert(text) = [:converted, text] })
seen = []
parse('{"a":[1,"x"],"b":null}', on_load: ->(value) { seen << value; value.is_a?(Integer) ? -value : value })
p seen
frozen = Config.new(freeze: true).parse('{"a":["b"]}')
p frozen.frozen?, frozen["a"].frozen?, frozen["a"][0].frozen?, Config.new(nil).parse('["a"]')[0].frozen?
first, second = Config.new(nil).parse('[{"key":1},{"key":2}]')
p first.keys[0].equal?(second.keys[0]), first.keys[0].frozen?
try { Config.new(1) }
try { Config.new(nil).parse(1) }
try { JSON::Ext::Parser.parse("[1]", nil) }
puts "-- encodings of the source"
try { Config.new(nil).parse('"é"'.encode("UTF-16LE")) }
try { Config.new(nil).parse('"é"'.b) }
try { Config.new(nil).parse("\"\xe9\"".dup.force_encoding("ISO-8859-1")) }
try { Config.new(nil).parse("\"\xff\"".dup.force_encoding("US-ASCII")) }

puts "-- generating"
generate([nil, true, false, 0, -1, 2**64, 1.5, -0.0, "text", :symbol, [], {}, { "a" => [1] }, { nil => 1, 2 => 3, b: 4 }])
generate([1e14, 123456789012345.0, 1e15, 1.5e-9, 1e-10, 100.0, 1.25e20, 5e-324, 1.7976931348623157e308, 0.1])
generate("\"\\/\b\f\n\r\t\0\x1f\x7fé\u2028😀")
generate("é\u2029😀/", ascii_only: true)
generate("é\u2028\u2029\u20ac/", script_safe: true)
generate([1, { "a" => { "b" => [2] }, "c" => [] }], indent: "  ", space: " ", object_nl: "\n", array_nl: "\n")
generate([1, { "a" => 2 }], indent: ">", space: "S", space_before: "B", object_nl: "O", array_nl: "A")
puts "-- what is refused"
generate(Float::NAN)
generate([-Float::INFINITY, Float::NAN], allow_nan: true)
generate("\xff")
generate("\xff".b)
generate(["é".b, "é".encode("UTF-16LE"), "é".encode("ISO-8859-1")])
generate([[1]], max_nesting: 1)
circular = []
generate(circular << circular)
generate({ a: 1, "a" => 2 }, allow_duplicate_key: false)
generate({ a: 1, "a" => 2 }, allow_duplicate_key: true)
puts "-- objects of the program"
class Plain; def to_s = "pl\"ain"; end
class Own; def to_json(state, *) = "<#{state.class} #{state.depth}>"; end
class Wrong; def to_json(*) = 1; end
class Below < Array; end
generate([Plain.new, Own.new, [Own.new], { Plain.new => Own.new }, 1..2, Below[1, 2]])
generate(Wrong.new)
generate([1, :a, { b: "c" }, JSON::Fragment.new("[raw")], strict: true)
generate(1r, strict: true)
generate({ 1 => 2 }, strict: true)
generate([1r, Float::NAN, { 2i => "x" }], strict: true, as_json: ->(value, is_key) { "#{value}#{" key" if is_key}" })
generate([1r], strict: true, as_json: ->(value, _) { value })
try { [1, "a", nil, true, false, 1.5, { a: 1 }, [2], 2**65, :x].map(&:to_json) }
try { [1, { a: Own.new }].to_json(State.new(array_nl: "\n", indent: " ")) }
try { Float::NAN.to_json }
try { 1.to_json(1, 2) }
puts "-- State"
state = State.new(indent: "\t", max_nesting: 5, script_safe: true)
p state.indent, state.space, state.space.frozen?, state.max_nesting, state.depth, state.script_safe?, state.escape_slash, state.strict?, state.check_circular?
p state.allow_nan?, state.ascii_only?, state.as_json, state.buffer_initial_length
state.depth = 2
state.array_nl = "\n"
try { state.generate([1]) }
try { state.indent = 1 }
try { state.as_json = 1 }
begin
  state.dup.freeze.indent = ""
rescue FrozenError => error
  p error.class
end
try { State.generate(1, 2, nil) }
p State.from_state(state).equal?(state), State.from_state(nil).class, State.from_state({ space: "_" }).space
io = Object.new
def io.write(text) = @text = text
p state.generate([], io).equal?(io), io.instance_variable_get(:@text)
p State.generate("a", nil, nil).encoding, 1.to_json.encoding
