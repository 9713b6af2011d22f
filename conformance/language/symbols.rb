# Symbols: identity, printing, conversion, comparison, procs.
p :a, :"a b", :"9x", :a?, :b!, :c=, :[], :[]=, :+, :-@, :!, :<=>, :"", :"é", :A, :@iv, :@@cv, :$g, :"@", :"a-b", :"foo=?", :nil, :"=", :===
p :a.equal?(:a), "a".to_sym.equal?(:a), :a.object_id == :a.object_id, :a == "a", :a.to_s, :a.to_proc.call("x") rescue p $!.message
p :abc.size, :abc[1], :abc[0..1], :abc.upcase, :Abc.swapcase, :abc.succ, :a <=> :b, :a <=> "a", :abc =~ /b/, :abc.start_with?("a"), :abc.end_with?("c"), :"".empty?, :abc.length, :abc.capitalize, :a.inspect
p %i[b a c].sort, %i[a b].map(&:to_s), %w[x y].map(&:to_sym), :a.to_sym, :upcase.to_proc.call("q"), %w[a b].each_with_index.map { |x, i| x * i }
p "foo bar".to_sym, "foo".intern, :"foo#{1 + 1}", { "x y": 1 }.keys.first, %s(sym bol), :a.frozen?, :a.to_s.frozen?, :a.name.frozen?
p :a.hash == :a.hash, [:a, :a].uniq, :+.to_proc.call(1, 2), [1, 2, 3].inject(:+), [[1, 2]].map(&:sum), :to_s.to_proc.arity, :to_s.to_proc.lambda?, :a.instance_of?(Symbol), Symbol === :a, :a.is_a?(Comparable)
begin
  Symbol.new
rescue NoMethodError => e
  puts e.message
end
begin
  :a.unknown
rescue NoMethodError => e
  puts e.message
end
begin
  :a + :b
rescue NoMethodError => e
  puts e.message
end
x = :dynamic
h = { x => 1, "#{x}2": 2 }
p h, h[:dynamic], h.key?(:dynamic2)
case :b
when :a then p 1
when :b, :c then p 2
end
p :a.then { |s| "#{s}!" }, :"quoted \"inside\"", :"new\nline", :"a=".to_s.chomp("="), (:a..:e).to_a, (:a..:e).include?(:c)
