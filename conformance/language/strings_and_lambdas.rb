# Searching backwards, paragraphs, groups from the end, and lambdas that take values which come one by one.
p "hello,lo".rindex(/l./, 3), "aaa".rindex(/a+/, 1), $~[0], "aあbあ".rindex(/あ./), "abc".rindex(/(?<=b)c/), "abc".rindex(/x/)
p "FooBar"[/(...)(...)/, -2], "FooBar"[/(...)(...)/, -3]
[-3, 5, 2].each do |group|
  text = +"FooBar"
  text[/(...)(Baz)?/, group] = "x"
rescue IndexError => e
  puts e.message
end
p "a\r\n\r\n\r\nb\n".each_line("").to_a, "a\n\n\nb\n".each_line("", chomp: true).to_a, "a\nb\n\nc".lines("")
p "hello".byteslice(5, 1), "hello".byteslice(5), "hello".byteslice(5..)
class Textual
  def to_str = "bar"
  def <=>(other) = raise("not asked")
end
class Sorted
  def <=>(other) = -7
end
p "foo" <=> Textual.new, "foo" <=> Sorted.new, "foo" <=> Object.new
[-> { "".freeze.replace(1) }, -> { "".freeze.send(:initialize, capacity: 9) }].each do |call|
  call.call
rescue FrozenError => e
  puts e.message
end
two = ->(name, index) { index.odd? }
pairs = %w[x y z].each_with_index
%i[find select reject partition group_by find_index drop_while take_while].each { |name| p [name, pairs.send(name, &two)] }
p pairs.find(&->(pair) { pair == ["y", 1] }), pairs.find { |name, index| index == 2 }
begin; [[1, 2]].each_entry.select(&two); rescue ArgumentError => e; puts e.message.lines.first; end
begin; [1, 2].inject(:puts); rescue NoMethodError => e; puts e.message; end
begin; (1..2).each_entry.inject(1, :puts); rescue NoMethodError => e; puts e.message; end
$stderr = $stdout
%i[any? all? none? one? count].each { |name| p [1].send(name, Integer) { } }
