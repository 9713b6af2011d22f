# What blocks and lambdas of two parameters get from the pairs of a Hash, in every tier.
taker = ->(k, v) { [k, v] }
3.times do
  p({a: 1}.map(&taker), {a: 1}.collect { |k, v| [v, k] }, {a: 1}.map { |pair| pair })
  begin
    {a: 1}.each(&taker)
  rescue ArgumentError => e
    puts e.message.lines.first
  end
  p({a: 1}.each_with_index.map { |(k, v), i| [k, v, i] })
end
p [[1, 2]].each_with_index.map(&->(a, b) { [a, b] })
# Lazies stay lazy when others are appended.
even = (10..).lazy.select(&:even?).take(2)
odd = (20..).lazy.select(&:odd?)
chain = (even + odd).select { |x| x % 3 == 0 }
p chain.class, chain.first(3), even.chain([1]).class, (1..2).lazy.+([3]).inspect
# A Proc stands where its brace or `do` stands.
made = ->(
  a,
  b
) do
end
p made.source_location[1] - __LINE__
p "#{}text".encoding, "#{nil}".encoding, caller(1000, 0), caller_locations(0, 0)
object = Object.new
def object.respond_to?(name) = name == :to_ary
def object.to_ary = [1, 2]
p Array(object)
def object.respond_to?(name, all, more) = true
begin; Array(object); rescue ArgumentError => e; puts e.message; end
["a b", "1a", "a?", "a-b", "ä", "_"].each do |name|
  Class.new { attr_reader name }
  p name
rescue NameError => e
  puts e.message
end
