# Conversions that natives call empty what the natives were given, and collect: what they still need lives.
def waste = (GC.start; $waste = Array.new(20_000) { |i| "w#{i}" }; nil)
def hostile(name, list, answer)
  object = Object.new
  object.define_singleton_method(name) { |*| list.clear; waste; answer }
  list.unshift(object)
  list
end
def strings(count, prefix = "s") = Array.new(count) { |i| "#{prefix}#{i}" * 3 }

parts = hostile(:to_str, strings(40), "first")
p File.join(parts).size, parts.size
p (Regexp.union(hostile(:to_str, strings(30), "first")) rescue $!.class)

klass = Class.new { 40.times { |i| define_method("m#{i}") { i } } }
klass.send(:private, *[hostile(:to_str, Array.new(40) { |i| "m#{i}" }, "m0")])
p klass.private_instance_methods(false).size
klass.send(:public, hostile(:to_str, Array.new(40) { |i| "m#{i}" }, "m0"))
p klass.private_instance_methods(false).size

into = []
into.insert(*hostile(:to_int, strings(30), 0))
p into
p [0].concat(*hostile(:to_ary, strings(20).map { |text| [text] }, [])).size
p %w[a b].product(*hostile(:to_ary, strings(12).map { |text| [text] }, ["x"])).size
p [1, 2].union(*hostile(:to_ary, strings(12).map { |text| [text] }, [9])).size
p "%s" * 12 % strings(12), format("%s" * 12, *hostile(:to_s, strings(11), "o"))
p ["x"].pack("A*" + "A*" * 20 , buffer: +"") rescue p $!.class
p (hostile(:to_str, strings(20), "x") << 1).pack("A3" * 20) rescue p $!.class
p [1, [2, hostile(:to_ary, strings(20), [3]), 4], 5].flatten.size
p Struct.new(:a, :b, keyword_init: true).new(**{a: 1, b: 2}).deconstruct_keys(hostile(:to_sym, [:a, :b], :a)).size rescue p $!.class
list = hostile(:to_str, strings(20), "LANG")
p ENV.values_at(*list).size
p "abcabc".tr(*hostile(:to_str, ["b"], "a")), "abcabc".delete(*hostile(:to_str, ["abc"] * 20, "a"))
p "a b c".start_with?(*hostile(:to_str, strings(20) + ["a"], "zz"))
catcher = Class.new { def method_missing(name, *args) = (args.clear; waste; [name, args.size]); def respond_to_missing?(*) = true }
p catcher.new.anything(*strings(20)), catcher.new.method(:other).call(*strings(20))
fiber = Fiber.new { |*args| args.clear; waste; Fiber.yield 1; args.size }
p fiber.resume(*strings(40)), fiber.resume
p Thread.new(*strings(40)) { |*args| waste; args.map(&:size).sum }.value
def rest(a, b = 2, *c, d:, e: 5, **f) = (waste; [a, b, c.size, d, e, f.size])
p rest(*strings(20), **(1..12).to_h { |i| [:"k#{i}", "v#{i}" * 3] }, d: "d" * 5)
p proc { |a, (b, *c), *d| waste; [a.size, b.size, c.size, d.size] }.call(*["a" * 9, strings(20), *strings(20)])
map = ObjectSpace::WeakMap.new
keys = strings(30, "k")
keys.each { |key| map[key] = key.dup.tap { |copy| key.instance_variable_set(:@copy, copy) } }
5.times { waste; p [map.keys.size, map.values.map(&:size).sum] if _1 == 4 }
p ObjectSpace.each_object(Class).count > 100
error = (raise "a" rescue (raise "b" rescue $!))
p error.full_message(highlight: false).scan(/\b[ab] \(RuntimeError\)/)
