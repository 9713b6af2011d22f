# Very long programs and literals.
# instead of --jit=threshold:1: --jit=threshold:30 (a statement takes a millisecond to compile)

def load_text(text)
  path = "/tmp/nasty_#{$$}.rb"
  File.write(path, text)
  load(path)
ensure
  File.delete(path)
end

load_text("$sum = 0\n" + "$sum += 1\n" * 100_000)
p $sum
p eval("x = 0\n" + "x += 1\n" * 20_000 + "x")
load_text((1..3_000).map { |i| "def long_#{i}(a) = a + #{i}\n" }.join + "$last = long_3000(1)\n")
p $last
load_text("$array = [" + (1..20_000).map { |i| "#{i}" }.join(", ") + "]\n")
p $array.size, $array.last
load_text("$hash = {" + (1..20_000).map { |i| "#{i} => '#{i}'" }.join(", ") + "}\n")
p $hash.size, $hash[20_000]
load_text("$array = [" + (1..5_000).map { |i| "$array.at(#{i})" }.join(", ") + "]\n")
p $array.size, $array.last
load_text("$text = \"#{"x" * 1_000_000}\"\n")
p $text.size
load_text("$text = <<~END\n#{"  line \#{1 + 1}\n" * 20_000}END\n")
p $text.size, $text[0, 14]
load_text("$symbol = :\"#{"s" * 100_000}\"\n")
p $symbol.size
load_text("$words = %w[#{"word " * 50_000}]\n")
p $words.size
p eval("1" + "0" * 3_000) == 10**3_000
p (10**20_000).to_s.size
p (10**20_000).to_s.to_i == 10**20_000
p eval("#{"n" * 50_000} = 4; #{"n" * 50_000}")
p eval("def #{"m" * 50_000} = 5; #{"m" * 50_000}")
p eval("# #{"c" * 1_000_000}\n6")
p eval("\n" * 100_000 + "__LINE__")
begin
  eval("\n" * 70_000 + "raise 'far'", nil, "far.rb")
rescue => error
  puts error.backtrace.first
end
p eval("/#{"a" * 50_000}/").match?("a" * 50_000)
p eval("/#{"(a)" * 500}/").match("a" * 500).size
p eval("/#{"(?:" * 500}a#{")" * 500}/").match?("a")
p Regexp.union(*(1..3_000).map(&:to_s)).match("x2999y")[0]
p eval("->(#{(1..1000).map { |i| "_#{i}a = nil" }.join(", ")}) { 1 }").call
locals = (1..2_000).map { |i| "l#{i} = #{i}" }.join("; ")
p eval("#{locals}; l1 + l2000 + [1].sum { l1000 }")
p eval("def many_locals; #{locals}; binding.local_variables.size; end; many_locals")
p eval((1..1000).map { |i| "@i#{i} = #{i}" }.join("; ") + "; instance_variables.size")
p Class.new { 2_000.times { |i| attr_accessor "a#{i}" } }.new.tap { |o| o.a1999 = 3 }.a1999
p eval("1..2; " * 5_000 + "3")
p eval("while true; " + "break if false; " * 5_000 + "break 4; end")
