# Whatever is done first to an object that is not loaded has the result that it has with one that never was in a repository.
Maglev.persistent do
  class Pt; attr_accessor :x, :y; def initialize(x, y) = (@x, @y = x, y); def ==(o) = Pt === o && x == o.x && y == o.y; def <=>(o) = x <=> o.x; include Comparable; def hash = x.hash; def eql?(o) = self == o; def to_str = "pt#{x}"; def to_ary = [x, y]; def to_proc = ->(z) { z + @x }; def call(z) = z; def deconstruct = [x, y]; def deconstruct_keys(_) = { x:, y: }; def each = yield(@x); def coerce(o) = [o, x]; def +(o) = x + (Pt === o ? o.x : o); def -@ = -x; def !; super; end; def [](i) = i; def to_s = "P#{x}"; def inspect = "#<P #{x}>"; def =~(o) = 1; def method_missing(n, *a) = n == :dyn ? [n, a, @x] : super; def respond_to_missing?(n, p = false) = n == :dyn; end
  S3 = Struct.new(:a, :b)
  D3 = Data.define(:a, :b)
end
def build
  { str: +"hello wörld", str2: +"b", arr: [3, 1, 2], arr2: [[1, 2], [3, 4]], hash: { a: 1, b: [2] }, hash2: { "k" => 1, 2 => 3 }, pt: Pt.new(1, 2), pt2: Pt.new(2, 3), st: S3.new(1, [2]), da: D3.new(1, "x"), rng: (1..5), rng2: ("a".."e"), set: Set[1, 2], time: Time.at(5).utc, rx: Regexp.new("h(.)l"), pr: [->(a, b = 2) { [a, b] }], exc: RuntimeError.new("m"), sym: :s, big: 2**70, rat: 3r/4, flt: 1.5, nested: [{ a: [Pt.new(3, 4), "s"] }], strs: %w[c a b], cmp: 1i, args: [1, 2], kw: { a: 1, b: 2 }, fmt: +"%d-%s", empty: [], sio: +"line1\nline2\n", pts: [Pt.new(3, 1), Pt.new(1, 1)], idh: {}.compare_by_identity.tap { _1[:q] = 1 }, hd: Hash.new([5]), frz: [1].freeze, pth: +"/tmp", glob: +"*.rb", mod: Comparable, cls: Pt }
end
def kw1(a:, b: 0) = [a, b]
def rest(*a, **k, &b) = [a, k, b&.call(1)]
EXPRS = <<'X'.lines(chomp: true).reject(&:empty?)
v[:str].size
v[:str] + v[:str2]
v[:str2] * 3
"#{v[:str]}-#{v[:arr]}"
v[:str] == "hello wörld"
"hello wörld" == v[:str]
v[:str] <=> v[:str2]
v[:str].eql?(v[:str].dup)
v[:str][1..3]
v[:str] =~ v[:rx]
v[:rx] =~ v[:str]
v[:rx] === v[:str]
v[:str].match?(v[:rx])
v[:str].sub(v[:rx], v[:str2])
v[:str].gsub("l", v[:hash2])
v[:str].tr(v[:str2], "x")
v[:str].start_with?(v[:str2])
v[:str].include?(v[:str2])
v[:str].unpack("C2")
v[:args].pack("CC")
v[:fmt] % v[:args]
format(v[:fmt], *v[:args])
v[:str].encode("UTF-16").bytes.size
v[:str].to_sym
v[:str].hash == "hello wörld".hash
v[:str].frozen?
v[:str].dup << "x"
v[:str].clone.upcase!
v[:strs].sort
v[:strs].max
v[:strs].join(v[:str2])
v[:strs].sort_by { |s| s }
v[:strs].include?("a")
v[:strs].index("b")
v[:strs] & ["a", v[:str2]]
v[:strs] | [v[:str]]
v[:strs] - ["a"]
v[:strs].map(&:upcase)
v[:strs].each_slice(2).to_a
v[:strs].zip(v[:arr])
v[:strs].group_by(&:size)
v[:strs].to_h { |s| [s, 1] }
v[:strs].inject(:+)
v[:strs].sum("")
v[:strs].pack("A3A3A3")
v[:strs].first
a, b = v[:strs]; [a, b]
a, (b, c), *d = *v[:strs], v[:arr2]; [a, b, c, d]
[*v[:arr], *v[:rng]]
rest(*v[:arr], **v[:kw])
kw1(**v[:kw])
rest(*v[:arr], &v[:pr][0])
rest(&v[:pt])
v[:arr].each_cons(2).map { |x, y| x + y }
v[:arr].sort!.first
v[:arr2].transpose
v[:arr2].flatten
v[:arr2].dig(1, 0)
v[:arr2].map { |x, y| x * y }
v[:arr2].each_with_index.map { |(x, y), i| x + y + i }
v[:arr2].to_h
v[:arr2].assoc(3)
v[:arr2] == [[1, 2], [3, 4]]
[[1, 2], [3, 4]] == v[:arr2]
v[:arr2] <=> [[1, 2], [3, 5]]
[v[:arr2], v[:arr]].flatten
v[:hash][:b]
v[:hash].fetch(:a)
v[:hash].dig(:b, 0)
v[:hash].merge(v[:hash2])
{ **v[:kw], c: 1 }
v[:hash].map { |k, x| [k, x] }
v[:hash].to_a
v[:hash] == { a: 1, b: [2] }
{ a: 1, b: [2] } == v[:hash]
v[:hash].sort_by { |k, x| k }
v[:hash].any? { |k, x| x == 1 }
v[:hash].each_with_object([]) { |(k, x), l| l << k }
v[:hash].min_by { |k, _| k }
v[:hash].invert
v[:hash].hash == { a: 1, b: [2] }.hash
v[:hash2][v[:st].a + 1]
v[:hash].key?(:a)
v[:hd][:nope]
v[:idh][:q]
case v[:hash] in { a: Integer => n } then n end
case v[:arr] in [x, *, y] then [x, y] end
case v[:pt] in [x, y] then [x, y] end
case v[:pt] in { x: } then x end
case v[:st] in [a, [b]] then [a, b] end
case v[:da] in { a:, b: String } then a end
case v[:nested] in [{ a: [Pt(x:), String] }] then x end
case v[:str] when String then 1 else 2 end
case v[:str] when v[:rx] then $~[1] else 2 end
case "b" when v[:str2] then 1 end
case 3 when v[:rng] then 1 end
case "a" when *v[:strs] then 1 end
v[:pt].x
v[:pt].x = 5
v[:pt] == v[:pt2]
v[:pt] < v[:pt2]
v[:pt] + 1
1 + v[:pt]
v[:pt] + v[:pt2]
-v[:pt]
!v[:pt]
v[:pt] =~ 1
v[:pt][7]
v[:pt].dyn(1)
v[:pt].respond_to?(:dyn)
v[:pt].(3)
"a" + v[:pt]
[0] + v[:pt]
[1, 2, 3].map(&v[:pt])
v[:pt].instance_variables
v[:pt].instance_variable_get(:@x)
v[:pt].instance_variable_defined?(:@zz)
v[:pt].instance_eval { @y }
v[:pt].instance_exec(3) { |q| @y + q }
v[:pt].dup.x
v[:pt].clone.y
v[:pt].hash == 1.hash
v[:pt].class
v[:pt].is_a?(Comparable)
Pt === v[:pt]
v[:pt].kind_of?(Pt)
v[:pt].method(:x).call
v[:pt].public_send(:y)
v[:pt].send(:instance_variable_get, :@x)
v[:pt].singleton_methods
v[:pt].tap { |q| q.x }.inspect
v[:pt].then { |q| q.x }
v[:pt].frozen?
v[:pt].nil?
v[:pt].to_s
v[:pt].equal?(v[:pt])
v[:pt].between?(v[:pt], v[:pt2])
v[:pt].clamp(v[:pt2], v[:pt2])
[v[:pt2], v[:pt]].sort
[v[:pt2], v[:pt]].min
[v[:pt], v[:pt]].uniq.size
v[:pts].sort
v[:pts].minmax
v[:pts].sum { |q| q.x }
v[:pts].max_by(&:x)
{ v[:pt] => 1 }[Pt.new(1, 2)]
{ Pt.new(1, 2) => 1 }[v[:pt]]
[Pt.new(1, 2)].include?(v[:pt])
[Pt.new(1, 2)] - [v[:pt]]
v[:pts].each { |x, y| break [x, y] }
v[:pts].map { |x, y| [x, y] }
x, y = v[:pt]; [x, y]
v[:st].a
v[:st][1]
v[:st].to_a
v[:st] == S3.new(1, [2])
S3.new(1, [2]) == v[:st]
v[:st].b << 3
v[:st].to_h
v[:st].each.to_a
a, b = *v[:st]; [a, b]
v[:st].dig(:b, 0)
v[:da].with(a: 2)
v[:da].to_h
v[:da] == D3.new(1, "x")
v[:da].hash == D3.new(1, "x").hash
v[:rng].to_a
v[:rng].sum
v[:rng].step(2).to_a
v[:rng] == (1..5)
v[:rng].include?(3)
v[:rng].each_slice(2).to_a
[1, 2, 3, 4, 5, 6][v[:rng]]
"abcdefg"[v[:rng]]
v[:arr][v[:rng]]
for i in v[:rng] do break i end
v[:rng2].to_a
rand(v[:rng]).class
v[:set].include?(1)
v[:set] | [3]
v[:set] == Set[1, 2]
Set[1, 2] == v[:set]
v[:set].subset?(Set[1, 2, 3])
v[:set].map { |q| q }
v[:set].to_a
Set[v[:set]].include?(Set[1, 2])
v[:time].year
v[:time] + 1
v[:time] == Time.at(5)
v[:time] - Time.at(1)
v[:time].strftime("%Y")
[v[:time], Time.at(1)].min.to_i
v[:rx].source
v[:rx].match("hello")[1]
"hello"[v[:rx]]
"hello".scan(v[:rx])
Regexp.union(v[:rx], "x").source
v[:pr][0].call(1)
v[:pr][0].(1, 3)
v[:pr][0].arity
v[:pr][0].lambda?
[[1, 2]].map(&v[:pr][0])
v[:pr][0].parameters
v[:exc].message
begin; raise v[:exc]; rescue => e; e.message; end
v[:exc].full_message(highlight: false).lines.size
v[:big] + 1
v[:rat] + 1
v[:flt] * 2
v[:cmp] * 2
Marshal.load(Marshal.dump(v[:arr2]))
Marshal.load(Marshal.dump(v[:hash]))
Marshal.load(Marshal.dump(v[:pt])).x
Marshal.load(Marshal.dump(v[:st]))
v[:sio].each_line.to_a
v[:sio].lines.map(&:chomp)
File.exist?(v[:pth])
File.join(v[:pth], "x")
Dir.exist?(v[:pth])
ENV.key?(v[:str2])
Integer(v[:arr][0])
Array(v[:rng])
String(v[:str])
Hash(v[:hash])
Float("1.5") + v[:arr][0]
v[:nested][0][:a][0].x
v[:nested].flatten.size
v[:nested].inspect
p_ = v[:nested].to_s
v[:frz].frozen?
(v[:frz] << 1 rescue $!.class)
v[:empty].empty?
v[:empty].first
v[:hash].each { |k, q| break k }
v[:arr].each { |q| break q }
v[:hash].freeze.frozen?
v[:arr].freeze; (v[:arr] << 1 rescue $!.class)
v[:str].force_encoding("BINARY").size
v[:str].replace(v[:str2])
v[:arr].replace(v[:strs])
v[:hash].replace(v[:hash2])
v[:arr].concat(v[:strs], v[:arr2])
v[:arr].fill(0)
v[:arr].product(v[:empty])
v[:arr].rotate
v[:arr].values_at(0, 2)
v[:arr].each_entry.to_a
v[:arr].lazy.map { _1 + 1 }.to_a
v[:arr].each.next
v[:arr].cycle.first(4)
v[:arr].bsearch { |q| q >= 1 }
v[:arr].sum
v[:arr].minmax
v[:arr].tally
v[:arr].pack("U*")
v[:arr].hash == [3, 1, 2].hash
v[:arr].eql?([3, 1, 2])
v[:arr].delete_if { |q| q == 1 }
v[:arr].push(4).pop
v[:hash].delete(:a)
v[:hash].store(:z, 1)
v[:hash].select { |k, _| k == :a }
v[:hash].transform_values(&:to_s)
v[:hash].compare_by_identity.class
v[:hash].default = 3
v[:str].instance_variable_set(:@q, 1)
v[:arr].instance_variable_set(:@q, 1)
def (v[:str]).foo = 1; v[:str].foo
class << v[:pt]; def bar = @x; end; v[:pt].bar
v[:pt].extend(Enumerable).to_a
v[:pt].define_singleton_method(:baz) { @x }; v[:pt].baz
ObjectSpace::WeakMap.new.tap { |w| w[v[:pt]] = 1 }.size
v[:cls].new(1, 2).x
v[:mod].name
v[:str].object_id == v[:str].object_id
v.values.map(&:class)
v.keys.size
v.dig(:nested, 0, :a, 1)
v.fetch_values(:sym, :flt)
v.to_a.flatten(1).size
Comparable.instance_method(:<).bind_call(v[:pt], v[:pt2])
Kernel.instance_method(:class).bind_call(v[:pt])
BasicObject.instance_method(:__id__).bind_call(v[:pt]).class
Thread.new { v[:pt].x }.value
Fiber.new { v[:pt].x }.resume
catch(v[:str]) { throw v[:str], 1 }
v[:str].then { _1 }.size
v[:arr].then { |x, *| x }
[[v[:pt], 1]].each { |(x, y), z| break [x, y, z] }
->(a, (b, c)) { [a, b, c] }.(1, v[:pt])
proc { |a, b| [a, b] }.call(v[:pt])
v[:str].unicode_normalize(:nfd).size
v[:str].crypt("ab") rescue 1
v[:strs].sort { |a, b| b <=> a }
v[:strs].min(2)
v[:strs].each_with_index.max
v[:str].casecmp?("HELLO WÖRLD")
v[:str].sum
v[:str].succ
v[:str].upto(v[:str2]).class
v[:str2].upto("d").to_a
v[:str].partition("l")
v[:str].split("")
v[:str].each_char.first
v[:str].insert(1, v[:str2])
v[:str].prepend(v[:str2])
v[:str].slice!(0)
v[:str].squeeze
v[:str].count(v[:str2])
v[:str].delete(v[:str2])
v[:str].ljust(20, v[:str2])
v[:str] << v[:str2]
v[:str].concat(v[:str2], "x")
v[:str].setbyte(0, 65); v[:str]
eval(v[:str2] + "= 1")
binding.local_variable_set(v[:str2], 1)
Object.const_defined?(v[:str]) rescue $!.class
"x".send(v[:fmt]) rescue $!.class
Struct.new(*v[:strs].map(&:to_sym)).members
v[:arr].sum { |q| q.to_f }
X
def result(expr, v)
  r = eval(expr, binding)
  r = r.inspect.gsub(/0x\h+/, "")
rescue Exception => e
  "#{e.class}: #{e.message.lines.first&.gsub(/0x\h+/, "")}"
end
Maglev[:v] = build
Maglev.commit
Maglev.isolation = :serializable
bad = 0
EXPRS.each do |expr|
  Maglev.abort
  want = result(expr, build)
  got = result(expr, Maglev[:v])
  Maglev.abort
  next if want == got
  bad += 1
  puts "#{expr}\n   plain #{want[0, 150]}\n   ghost #{got[0, 150]}"
end
puts "#{EXPRS.size} expressions, #{bad} differ"
