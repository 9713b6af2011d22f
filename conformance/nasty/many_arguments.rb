# Calls with very many arguments, parameters and keywords.

def count(*all, **keywords) = [all.size, keywords.size]
def tail(first, *rest, last) = [first, rest.size, last]

p eval("count(#{(["1"] * 10_000).join(", ")})")
p count(*(1..100_000))
p tail(*(1..100_000))
p count(*[0] * 50_000, *[1] * 50_000)
p ->(*all) { all.size }.call(*[0] * 100_000)
p proc { |first, *rest| [first, rest.size] }.call([1] * 100_000)
p [].push(*[0] * 100_000).size
p [1].concat(*[[2]] * 10_000).size
p [3, *[1] * 100_000].max
p "".dup.concat(*["x"] * 10_000).size
p method(:count).to_proc.call(*[1] * 50_000)
p :count.to_proc.call(self, *[1] * 50_000) rescue p $!.class
p send(:count, *[1] * 50_000)
p public_send(:then) { 1 }
p count.then { |a| a }

names = (1..200).map { |i| "p#{i}" }
eval "def wide(#{names.join(", ")}) = p1 + p200"
p wide(*1..200)
begin
  wide(*1..199)
rescue ArgumentError => error
  puts error.message
end
eval "def optional(#{names.map { |name| "#{name} = 1" }.join(", ")}) = [#{names.join(", ")}].sum"
p optional, optional(*[2] * 100), optional(*[2] * 200)
begin
  optional(*[2] * 201)
rescue ArgumentError => error
  puts error.message
end
keywords = (1..1000).map { |i| "k#{i}" }
eval "def keyed(#{keywords.map { |name| "#{name}:" }.join(", ")}) = k1 + k1000"
p eval("keyed(#{keywords.each_with_index.map { |name, i| "#{name}: #{i}" }.join(", ")})")
p keyed(**keywords.to_h { |name| [name.to_sym, 2] })
begin
  keyed(k2: 1)
rescue ArgumentError => error
  puts error.message.size, error.message[0, 40]
end
begin
  keyed(**keywords.to_h { |name| [name.to_sym, 2] }, zero: 1)
rescue ArgumentError => error
  puts error.message
end
eval "def defaulted(#{keywords.map { |name| "#{name}: 1" }.join(", ")}) = k1 + k1000"
p defaulted, defaulted(k1000: 5)
p count(**(1..5000).to_h { |i| [:"n#{i}", i] })
begin
  count(*nil, **nil, &3)
rescue TypeError => error
  puts error.message
end
a, b, *c = *[1] * 200_000
p c.size
p eval("#{(1..300).map { |i| "v#{i}" }.join(", ")} = *1..300; v300")
p eval("proc { |#{names.join(", ")}| p200 }").call(*1..200)
p eval("lambda { |#{names.join(", ")}| p200 }").arity
p Struct.new(*names.map(&:to_sym)).new(*1..200).sum
p "%s" * 5000 % ([1] * 5000) == "1" * 5000
p [1] * 5000 == Array.new(5000, 1)
p [0].values_at(*[0] * 50_000).size
p ([0] * 50_000).zip([1] * 50_000).flatten.size
p format("%d" * 3000, *[7] * 3000).size
p [nil].product(*[[1]] * 1000).first.size
