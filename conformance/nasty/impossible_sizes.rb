# Sizes nothing can have: the exception of each, and at once.

def attempt(label)
  value = yield
  puts "#{label}: #{value.inspect[0, 60]}"
rescue Exception => error
  puts "#{label}: #{error.class} #{error.message}"
end

huge = 2**62
beyond = 2**70
attempt("Array.new") { Array.new(huge) }
attempt("Array.new beyond") { Array.new(beyond) }
attempt("Array.new -1") { Array.new(-1) }
attempt("Array.new block") { Array.new(huge) { 1 } }
attempt("array *") { [1] * 2**60 }
attempt("array * beyond") { [1] * beyond }
attempt("array * -1") { [1] * -1 }
attempt("string *") { "xy" * huge }
attempt("string * beyond") { "x" * beyond }
attempt("string * -1") { "x" * -1 }
attempt("first") { [1, 2].first(huge) }
attempt("first beyond") { [1, 2].first(beyond) }
attempt("last") { [1, 2].last(huge - 1) }
attempt("take") { [1, 2].take(huge - 1) }
attempt("drop") { [1, 2].drop(huge - 1) }
attempt("sample") { [1, 2].sample(huge - 1).size }
attempt("pop") { [1, 2].pop(huge - 1) }
attempt("shift") { [1, 2].shift(huge - 1) }
attempt("index") { [1, 2][huge - 1] }
attempt("index beyond") { [1, 2][beyond] }
attempt("slice") { [1, 2][1, huge - 1] }
attempt("range") { [1, 2][0..huge - 1] }
attempt("store") { [1, 2][huge - 1] = 1 }
attempt("store far") { [1, 2][2**61] = 1 }
attempt("store beyond") { [1, 2][beyond] = 1 }
attempt("store negative") { [1, 2][-huge] = 1 }
attempt("fill") { [1, 2].fill(0, 0, huge - 1) }
attempt("fill 2") { [1, 2].fill(0, huge - 2, 2) }
attempt("insert") { [1, 2].insert(2**61, 1) }
attempt("product") { ([1] * 1000).product(*[[1] * 1000] * 10) }
attempt("combination size") { ([1] * 1000).combination(500).size.to_s.size }
attempt("permutation size") { ([1] * 1000).permutation(900).size.to_s.size }
attempt("repeated size") { ([1] * 100).repeated_permutation(100).size.to_s.size }
attempt("rotate") { [1, 2, 3].rotate(beyond) rescue raise }
attempt("rotate huge") { [1, 2, 3].rotate(huge - 1) }
attempt("each_slice") { [1, 2].each_slice(huge - 1).to_a }
attempt("each_cons") { [1, 2].each_cons(huge - 1).to_a }
attempt("values_at") { [1].values_at(huge - 1) }
attempt("fetch") { [1].fetch(huge - 1) }
attempt("delete_at") { [1].delete_at(huge - 1) }
attempt("unpack beyond") { "ab".unpack("C#{beyond}") }
attempt("center") { "a".center(beyond) }
attempt("string index") { "abc"[huge - 1] }
attempt("string slice") { "abc"[1, huge - 1] }
attempt("string store") { "abc".dup[huge - 1] = "x" }
attempt("string insert") { "abc".dup.insert(huge - 1, "x") }
attempt("byteslice") { "abc".byteslice(1, huge - 1) }
attempt("bytesplice") { "abc".dup.bytesplice(0, huge - 1, "x") }
attempt("getbyte") { "abc".getbyte(huge - 1) }
attempt("setbyte") { "abc".dup.setbyte(huge - 1, 1) }
attempt("start") { "abc".index("c", huge - 1) }
attempt("each_line limit") { "abc".each_line(chomp: true).to_a }
attempt("split limit 2") { "a b".split(" ", 2**31 - 1) }
attempt("capacity") { String.new(capacity: 2**61) }
attempt("**") { 2**(2**40) }
attempt("** float") { 2.0**(2**40) }
attempt("** negative") { 2**-(2**40) }
attempt("** one") { [1**(2**70), (-1)**(2**70 + 1), 0**(2**70)] }
attempt("** beyond") { 2**(2**70) }
attempt("pow mod") { 3.pow(2**200, 1_000_007) }
attempt("<< beyond") { 1 << beyond }
attempt("<< zero") { 0 << beyond }
attempt(">>") { [1 >> beyond, -1 >> beyond] }
attempt(">> negative") { 1 >> -beyond }
attempt("bit") { [1[beyond], -1[beyond], 1[-beyond]] }
attempt("big bit") { (2**100)[huge] }
attempt("digits") { 10.digits(beyond) }
attempt("round negative") { 1.round(-(2**30)) }
attempt("float round") { 1.5.round(2**30) }
attempt("Rational **") { Rational(1, 2)**(2**70) }
attempt("Rational round") { Rational(1, 3).round(2) }
attempt("Float big") { (10**400).to_f }
attempt("chr") { huge.chr }
attempt("times size") { beyond.times.size }
attempt("range size") { [(1..beyond).size, (1..).size] }
attempt("range to_a") { (1..).to_a }
attempt("range first") { (1..beyond).first(2) }
attempt("range %") { ((1..beyond) % 2**69).to_a.size }
attempt("range sum") { (1..beyond).sum }
attempt("range include") { (1..beyond).include?(2**69) }
attempt("range bsearch") { (1..beyond).bsearch { |x| x > 2**60 } }
attempt("step") { 1.step(beyond, 2**69).to_a }
attempt("rand") { rand(beyond) < beyond }
attempt("sleep") { sleep(-1) }
attempt("%d width") { format("%99999999999999999999d", 1) }
attempt("%s precision") { format("%.99999999999999999999s", "a") }
attempt("%$") { format("%99999999999$d", 1) }
attempt("%2$") { format("%2$d", 1) }
attempt("%.s") { format("%.2147483647s", "abc") }
attempt("%f small") { format("%.400f", 1.0).size }
attempt("%f large") { format("%.10000f", 0.1).size }
attempt("%g") { format("%.5000g", 0.1).size }
attempt("%e") { format("%.5000e", 0.1).size }
attempt("%a") { format("%.50a", 0.1) }
attempt("%x") { format("%.100x", -255) }
attempt("%c") { format("%c", -1) }
attempt("strftime") { Time.at(0).utc.strftime("%1000d").size }
attempt("strftime far") { Time.at(0).utc.strftime("%99999999999d") }
attempt("Integer()") { Integer("9" * 5_000).to_s.size }
attempt("Integer('_')") { Integer("1__2") }
attempt("Float()") { Float("1e400") }
attempt("Float() long") { Float("0." + "1" * 10_000) }
attempt("to_r") { "1e100".to_r.to_s.size }
attempt("to_sym") { ("a" * 100_000).to_sym.size }
attempt("seek") { File.open("/dev/null") { |file| file.seek(beyond) } }
attempt("read") { File.open("/dev/null") { |file| file.read(-1) } }
attempt("read huge") { File.open("/dev/null") { |file| file.read(2**70) } }
attempt("signal") { Signal.trap(huge) { } }
attempt("kill") { Process.kill(99_999, 0) }
attempt("exit") { exit(beyond) }
attempt("Fiber") { Fiber.new { |x| x }.resume(huge) == huge }
attempt("Range step") { (1..huge).step(huge).to_a }
attempt("gcd") { (2**3000).gcd(2**2000).bit_length }
attempt("curry") { proc { }.curry(huge) }
attempt("curry negative") { proc { }.curry(-2**33) }
attempt("sqrt") { Integer.sqrt(10**2000).to_s.size }
attempt("Math") { Math.sqrt(10**2000) }
attempt("log") { Math.log2(2**5000) }
attempt("float div") { (10**2000) / 1.0 }
attempt("fdiv") { (10**2000).fdiv(10**1999) }
attempt("ObjectId") { huge.object_id == huge.object_id }
puts "alive"
