# Keywords that reach methods which take none, and Arrays beside keywords.
writer = Object.new
class << writer
  attr_accessor :m
  alias set m=
end
p writer.send(:m=, a: 1), writer.set(b: 2), writer.method(:m=).call(**{c: 3}), writer.m
begin; writer.send(:m=, 1, a: 1); rescue ArgumentError => e; puts e.message; end
begin; writer.send(:m=, **{}); rescue ArgumentError => e; puts e.message; end
p Struct.new(:a).new(1).send(:a=, k: 1)
p Enumerator.new { |y| y.yield(a: 1) }.each { |**k| k }
p Enumerator::Generator.new { |y, **k| [k, y.yield(1, b: 2)] }.each(c: 3) { |*list, **k| [list, k] }
p Enumerator::Generator.new { |y| true }.each
begin; Enumerator::Generator.new { |y| y << 1 }.each; rescue LocalJumpError => e; puts e.message; end
p Fiber.new { |*list, **k| [list, k] }.resume(1, a: 2), Fiber.new { |x| x }.resume(a: 1)
f = Fiber.new { |x| Fiber.yield(x) }
f.resume(1)
p f.resume(z: 1)
object = Object.new
def object.method_missing(name, *list) = [name, *list]
def object.respond_to_missing?(*) = true
p [object].dig(0, a: 1)
p object.to_enum(:each, a: 1) { |*list, **k| [list, k] }.size
def pass(list, kw) = [yield(list), yield(list, **kw), yield(list, kw)]
p pass([1, 2], {}) { |x, y = 0| [x, y] }, pass([1, 2], {}) { |x, *y| [x, y] }, pass([1, 2], {}) { |x, y| [x, y] }
p pass([1, 2], {k: 1}) { |x, y = 5, **k| [x, y, k] }, pass([1, 2], {}) { |x, | x }
def spread(list) = yield(*list)
p spread([[:a, :b], Hash.ruby2_keywords_hash({})]) { |a, b, **| [a, b] }
p spread([[:a, :b], Hash.ruby2_keywords_hash({c: 1})]) { |a, b, **k| [a, b, k] }
begin; Class.new { ruby2_keywords }; rescue ArgumentError => e; puts e.message; end
$stderr = $stdout
method(:puts).to_proc.ruby2_keywords
curried = lambda { |x, y, &block| block.call(x, y) }.curry
curried = curried.call(1) { }
p curried.call(2) { |x, y| [x, y] }
def located = 1
p method(:located).to_proc.binding.receiver, method(:located).to_proc.binding.source_location == method(:located).source_location
inner = Module.new
outer = Module.new
outer.const_set(:Inner, inner)
inner.const_set(:Outer, outer)
inner.const_set(:Inner, inner)
outer.set_temporary_name("around")
p inner.name, outer.name
