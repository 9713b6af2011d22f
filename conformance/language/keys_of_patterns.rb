# Keys that deconstruct_keys takes: names, and for Struct and Data places; what inspect shows of classes inside of ones without a name.
def tried
  yield
rescue TypeError, ArgumentError, RangeError => error
  "#{error.class}: #{error.message}"
end
place = Object.new
def place.to_int = 1
[Struct.new(:a, :b), Data.define(:a, :b)].each do |made|
  value = made.new(1, 2)
  [[:a, "b"], [0, :b], [0, 5, :b], [:x, :a], [-1], [1.5], [nil], [Object.new], [:a, :b, :c], 5].each { |keys| p tried { value.deconstruct_keys(keys) } }
  p value.deconstruct_keys([place]).values, Class.new { const_set(:Inner, made.superclass == Data ? Data.define(:x) : Struct.new(:x)) }::Inner.new(1)
end
match = "abc".match(/(?<q>b)/)
p match.deconstruct_keys([:q]), match.deconstruct_keys([:q, :r]), tried { match.deconstruct_keys(5) }, tried { match.deconstruct_keys(["q"]) }

# $~ in the blocks of lazy enumerators.
"zz" =~ /z/
p %w[a b].lazy.grep(/(a)/) { $1 }.to_a, %w[a b].lazy.grep(/(a)/).map { $1 }.first(1), %w[x ay].lazy.grep_v(/x/) { $~ }.to_a

times = Time.at(0)..Time.at(10)
p times.include?(Time.at(5)), times.member?(5), (..Time.at(0)).include?(Time.at(5)), (nil..nil).include?(1), tried { (nil..nil).include?("a") }
p (nil...nil).cover?(1..), (nil..nil).cover?(1..), Set[1].compare_by_identity == Set[1], Hash.ruby2_keywords_hash(Hash.new(5)).default
step = 1.step(10, "1")
p step, tried { step.size }, tried { 1.step(10, "1") {} }, tried { 5.round(nil) }, tried { 5.5.floor(nil) }

# Both ends of minmax and whom they ask.
list = [1, "a"]
%i[min max minmax].each { |name| p tried { list.send(name) }, tried { list.each.send(name) }, tried { list.send(name) { |a, b| a <=> b } } }
strict = ->(a) { a }
p tried { strict.call(*[1], *[2], k: 1) }, tried { strict.call(1, 2, k: 1) }, strict.call(*[], *[], k: 1)
p "a\u3042".each_char.size, "a\u3042".each_byte.size, "a\u3042".each_codepoint.size, "ab".each_char.with_index.to_a
p tried { ["x"].pack("d") }, tried { [nil].pack("g") }, [1r].pack("g").bytes, tried { "a,b".split(",", 2**31) }
