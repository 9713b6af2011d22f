# Arrays, hashes and strings changed by the very blocks and methods that are working on them.

def attempt(label)
  value = yield
  puts "#{label}: #{value.inspect.gsub(/0x\h+/, "0x")[0, 100]}"
rescue Exception => error
  puts "#{label}: #{error.class} #{error.message.gsub(/0x\h+/, "0x")[0, 100]}"
end

class Meddler
  include Comparable
  attr_reader :n
  def initialize(n, &meddle) = (@n, @meddle = n, meddle)
  def <=>(other) = (@meddle.call; @n <=> other.n)
  def hash = (@meddle.call; @n.hash)
  def eql?(other) = (@meddle.call; @n == other.n)
  def ==(other) = (@meddle.call; @n == other.n)
  def to_ary = (@meddle.call; [@n])
  def to_str = (@meddle.call; "m")
  def to_int = (@meddle.call; 2)
  def to_s = (@meddle.call; "s")
  def inspect = (@meddle.call; "i")
end

def meddled(size = 40)
  array = []
  size.times { |i| array << Meddler.new(i) { array.clear; GC.start if i == 3 } }
  array
end

%i[uniq hash inspect to_s join sort max min minmax flatten tally].each do |name|
  attempt("meddled #{name}") { meddled.send(name).class }
end
attempt("meddled -") { (a = meddled) - a }
attempt("meddled &") { a = meddled; (a & a.dup).size.class }
attempt("meddled |") { a = meddled; (a | a.dup).size.class }
attempt("meddled include?") { meddled.include?(Meddler.new(7) { }) }
attempt("meddled index") { meddled.index(Meddler.new(7) { }) }
attempt("meddled ==") { a = meddled; a == a.dup }
attempt("meddled count") { meddled.count(Meddler.new(7) { }) }
attempt("meddled assoc") { a = []; 5.times { a << [Meddler.new(9) { a.clear }] }; a.assoc(Meddler.new(1) { }) }
attempt("meddled pack") { a = []; 4.times { a << Meddler.new(1) { a.clear } }; a.pack("C4") }
attempt("meddled pack string") { a = []; 4.times { a << Meddler.new(1) { a.clear } }; a.pack("a4a4") }
attempt("meddled index number") { a = [1, 2, 3]; a[Meddler.new(1) { a.clear }] }
attempt("meddled store") { a = [1, 2, 3]; a[Meddler.new(1) { a.clear }] = 5; a }
attempt("meddled insert") { a = [1, 2, 3]; a.insert(Meddler.new(1) { a.clear }, 5) }
attempt("meddled slice!") { a = [1, 2, 3]; a.slice!(Meddler.new(1) { a.clear }, 1) }
attempt("meddled first") { a = [1, 2, 3]; a.first(Meddler.new(1) { a.clear }) }
attempt("meddled rotate!") { a = [1, 2, 3]; a.rotate!(Meddler.new(1) { a.clear }) }
attempt("meddled *") { a = [1, 2, 3]; a * Meddler.new(1) { a.clear } }
attempt("meddled concat") { a = [1]; a.concat(Meddler.new(1) { a.clear }) }
attempt("meddled product") { a = [1, 2]; a.product(Meddler.new(1) { a.clear }) }
attempt("meddled transpose") { a = [[1]]; a << Meddler.new(1) { a.clear }; a.transpose }
attempt("meddled format") { s = +"%s%s%s"; format(s, Meddler.new(1) { s.clear }, 1, 2) }
attempt("meddled string +") { s = +"abc"; s + Meddler.new(1) { s.clear } }
attempt("meddled string []") { s = +"abcdef"; s[Meddler.new(1) { s.clear }] }
attempt("meddled string []=") { s = +"abcdef"; s[Meddler.new(1) { s.clear }] = "x"; s }
attempt("meddled insert") { s = +"abcdef"; s.insert(4, Meddler.new(1) { s.clear }) }
attempt("meddled replace") { s = +"abcdef"; s[1, 4] = Meddler.new(1) { s.clear }; s }
attempt("meddled ljust") { s = +"abc"; s.ljust(8, Meddler.new(1) { s.clear }) }

%i[each map select reject each_with_index each_index reverse_each cycle map! select! reject! delete_if keep_if
   sort_by! sort! uniq! each_slice each_entry partition group_by min_by sum inject find_index rindex take_while
   drop_while any? all? none? one? count flat_map each_with_object zip collect_concat filter_map bsearch
   combination permutation product each_cons repeated_combination].each do |name|
  arguments = case name
              when :each_slice, :each_cons, :combination, :permutation, :repeated_combination then [2]
              when :each_with_object then [[]]
              when :zip, :product then [[1, 2]]
              else []
              end
  attempt("clear in #{name}") do
    array = (1..30).to_a
    rounds = 0
    array.send(name, *arguments) { rounds += 1; array.clear; break :long if rounds > 50; rounds }
    [array.size < 100, rounds]
  end
  attempt("grow in #{name}") do
    array = (1..10).to_a
    rounds = 0
    array.send(name, *arguments) { rounds += 1; array.push(*1..50); break :long if rounds > 50; rounds }
    rounds > 50
  end
end
attempt("sort clear") { a = (1..100).to_a.reverse; a.sort { |x, y| a.clear; x <=> y }.size }
attempt("sort! clear") { a = (1..100).to_a.reverse; a.sort! { |x, y| a.clear; x <=> y }; a.size.class }
attempt("sort nonsense") { (1..1000).to_a.sort { |x, y| [-1, 0, 1][(x * 7 + y * 13) % 3] }.size }
attempt("sort nil") { [3, 1].sort { nil } }
attempt("sort strings") { [3, 1].sort { "x" } }
attempt("sort big") { [3, 1, 2].sort { |x, y| (x - y) * 2**80 } }
attempt("sort break") { [3, 1].sort { break 7 } }
attempt("freeze in map!") { a = [1, 2, 3]; a.map! { a.freeze; 2 } }
attempt("freeze in push") { a = [1].freeze; a.push }

%i[each each_pair each_key each_value map reject! delete_if keep_if any? all? find_all transform_values
   transform_values! transform_keys transform_keys! group_by sort_by min_by sum each_with_index to_h filter_map count].each do |name|
  attempt("add in #{name}") do
    hash = (1..9).to_h { |i| [i, i] }
    rounds = 0
    hash.send(name) { rounds += 1; hash[rounds + 100] = 1; break :long if rounds > 50; [rounds, 1] }.class
  end
  attempt("clear in #{name}") do
    hash = (1..9).to_h { |i| [i, i] }
    hash.send(name) { hash.clear; [1, 1] }.class
  end
  attempt("delete in #{name}") do
    hash = (1..9).to_h { |i| [i, i] }
    hash.send(name) { hash.delete(hash.keys.last); [1, 1] }.class
  end
end
attempt("rehash in each") { h = { 1 => 2 }; h.each { h.rehash } }
attempt("replace in each") { h = { 1 => 2 }; h.each { h.replace({ 3 => 4 }) }.class }
attempt("merge! in merge!") { h = { 1 => 2 }; h.merge!({ 1 => 3 }) { h.clear; 5 }.size.class }
attempt("shift in each") { h = (1..9).to_h { [_1, _1] }; n = 0; h.each { n += 1; h.shift }; n }
attempt("default adds") { h = Hash.new { |hash, key| hash[key] = hash.size }; h.each { } ; [h[1], h[2]] }
attempt("key changes") { k = [1]; h = { k => 1 }; k << 2; [h[k], h[[1]], h.rehash[k]] }
attempt("compare_by_identity in each") { h = { 1 => 1 }; h.each { h.compare_by_identity } }

attempt("gsub") { s = +"aaaa"; s.gsub(/a/) { s << "b"; "c" } }
attempt("gsub!") { s = +"aaaa"; s.gsub!(/a/) { s << "b"; "c" } }
attempt("gsub! clear") { s = +"aaaa"; s.gsub!(/a/) { s.clear; "c" } }
attempt("sub!") { s = +"aaaa"; s.sub!(/a/) { s.clear; "c" } }
attempt("scan") { s = +"aaaa"; n = 0; s.scan(/a/) { n += 1; s.clear }; n }
attempt("scan grow") { s = +"aaaa"; n = 0; s.scan(/a/) { n += 1; s << "a" if n < 9 }; n }
attempt("freeze in select!") { a = [1, 2]; a.select! { a.freeze; false } }
attempt("each_line") { s = +"a\nb\nc\n"; n = 0; s.each_line { n += 1; s.clear }; n }
attempt("each_char") { s = +"abcd"; n = 0; s.each_char { n += 1; s.clear }; n }
attempt("each_byte") { s = +"abcd"; n = 0; s.each_byte { n += 1; s.clear }; n }
attempt("each_grapheme_cluster") { s = +"abcd"; n = 0; s.each_grapheme_cluster { n += 1; s.clear }; n }
attempt("each_codepoint") { s = +"abcd"; n = 0; s.each_codepoint { n += 1; s.clear }; n }
attempt("upto") { s = +"a"; n = 0; s.upto("e") { n += 1; s.clear }; n }
attempt("tr!") { s = +"abc"; s.tr!(s, s); s }
attempt("replace self") { s = +"abc"; s.replace(s) }
attempt("insert self") { s = +"abc"; s.insert(1, s) }
attempt("concat self") { s = +"abc"; s.concat(s, s) }
attempt("array concat self") { a = [1, 2]; a.concat(a, a) }
attempt("array replace self") { a = [1, 2]; a.replace(a) }
attempt("array insert self") { a = [1, 2]; a.insert(1, *a) }
attempt("array zip self") { a = [1, 2]; a.zip(a, a) }
attempt("array push self") { a = [1]; a << a; [a.inspect, a.hash == a.hash, a == a, (a <=> a)] }
attempt("array flatten self") { a = [1]; a << a; a.flatten }
attempt("array join self") { a = [1]; a << a; a.join }
attempt("array compare selves") { a = []; a << a; b = []; b << b; a == b }
attempt("hash of itself") { h = {}; h[:h] = h; [h.inspect, h == h, h.hash == h.hash] }
attempt("hash key of itself") { h = {}; h[h] = 1; h.inspect }
attempt("struct of itself") { s = Struct.new(:a).new; s.a = s; [s.inspect, s == s, s.hash == s.hash] }
attempt("exception cause circle") { a = RuntimeError.new("a"); begin; raise a; rescue; raise RuntimeError.new("b"), cause: a; end }
attempt("set of itself") { s = Set.new; s << s; s.inspect }
attempt("range of ranges") { (1..(2..3)) }
puts "alive"
