# What the programs of the target `callbacks` stand on. Files that they make are made in the folder that is the argument.
require "stringio"
Dir.chdir(ARGV.fetch(0))
File.write("text", "first\nsecond\nthird\n" * 20)

# What a conversion answers, whatever it did before.
ANSWERS = {
  to_str: proc { [+"ab", "b", "text" * 9, ""][$fuel % 4] }, to_s: proc { +"cd" }, inspect: proc { "hostile" }, to_path: proc { "text" }, to_sym: proc { :a }, to_ary: proc { [1, [2, "b"]] }, to_a: proc { [3, 4] },
  to_int: proc { [1, 0, -1, 3][$fuel % 4] }, to_i: proc { 2 }, to_f: proc { 1.5 }, to_r: proc { 1r }, to_c: proc { 2i }, to_hash: proc { {a: 1, b: 2} }, to_h: proc { {c: 1} }, to_proc: proc { proc { |*rest| tick; rest.first } },
  to_io: proc { File.open("text") }, to_open: proc { 1 }, to_regexp: proc { /a/ }, to_enum: proc { [1].each }, hash: proc { 1 }, eql?: proc { true }, "==": proc { false }, "===": proc { true },
  "<=>": proc { [-1, 0, 1][$fuel % 3] }, "=~": proc { 1 }, "!": proc { true }, coerce: proc { [2, 3] }, "+": proc { 1 }, "-": proc { 1 }, "*": proc { 1 }, "/": proc { 1 }, "<": proc { true }, ">": proc { false },
  succ: proc { 5 }, size: proc { 3 }, length: proc { 3 }, rand: proc { 0 }, call: proc { |*rest| rest.first }, begin: proc { 0 }, end: proc { 2 }, exclude_end?: proc { false }, write: proc { |*rest| rest.size }, read: proc { +"ab\n" },
  getbyte: proc { 4 }, exception: proc { RuntimeError.new("x") }, backtrace: proc { ["x:1"] }, message: proc { "m" }, respond_to_missing?: proc { true }, respond_to?: proc { true }, method_missing: proc { 1 },
  is_a?: proc { true }, class: proc { Array }, frozen?: proc { false }, initialize_copy: proc { 1 }, marshal_dump: proc { [1] }, marshal_load: proc { 1 }, _dump: proc { "x" }, encode_with: proc { 1 }, iterator: proc { 1 },
  deconstruct: proc { [1] }, deconstruct_keys: proc { {a: 1} }, members: proc { [:a] }, key?: proc { true }, nonzero?: proc { 1 }, zero?: proc { false }, divmod: proc { [1, 0] }, quo: proc { 1 }, step: proc { 1 }, local_to_utc: proc { Time.at(0) }, utc_to_local: proc { Time.at(0) },
}

# An object that answers `names`, but acts first, from the `start`-th time on.
def hostile(names, start = 1, &act)
  object = Object.new
  count = 0
  acting = -> { tick; act.call if (count += 1) >= start }
  names.each { |name| object.define_singleton_method(name) { |*rest, **, &block| acting.call; block ? block.call(1) : ANSWERS[name].call(*rest.take(1)) } if name != :each }
  object.define_singleton_method(:each) { |&block| 3.times { acting.call; block&.call(it) }; self } if names.include?(:each)
  object
end

# Makes what an object has of `names` act first.
def turn(object, names, &act)
  names.each { |name| object.define_singleton_method(name) { |*rest, **named, &block| tick; act.call; super(*rest, **named, &block) } }
end

# Looks at what is left of an object.
def probe(object)
  %i[inspect hash size to_a dup to_s length first last keys values pos string next count rewind close].each do |name|
    tick
    object.__send__(name)
  rescue StandardError
    nil
  end
end

# Fills what was freed.
def churn
  $fuel -= 100
  GC.start
  $churned = Array.new(500) { "x" * (it % 60) }
end

def in_fiber(&block)
  fiber = Fiber.new { catch(:out, &block) }
  4.times { fiber.resume if fiber.alive? }
end

# Acts in another thread meanwhile.
def beside(act)
  other = Thread.new { 30.times { act.call; Thread.pass } }
  catch(:out) { yield }
ensure
  other&.kill
end
