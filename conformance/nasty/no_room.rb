# Large results in a process that may map little: a value or NoMemoryError, and life goes on.

program = <<~'PROGRAM'
  def attempt(label)
    yield
    puts "#{label}: done"
  rescue NoMemoryError
    puts "#{label}: done"
  end

  large = "a" * 300_000_000
  attempt("chars") { large.chars }
  attempt("each_char") { large.each_char { break } }
  attempt("each_grapheme_cluster") { large.each_grapheme_cluster { break } }
  attempt("encode") { large.encode("UTF-32LE") }
  attempt("tr") { (large * 2).tr("a", "b") }
  attempt("delete") { (large * 2).delete("a") }
  attempt("squeeze") { (large * 2).squeeze }
  attempt("upcase") { (large * 2).upcase }
  attempt("sum") { large + large + large }
  large = nil
  attempt("push") { list = [1] * 60_000_000; [].push(*list) }
  attempt("shifts") { 60.times { 1 << 2**28 } }
  attempt("kept shifts") { (1..60).map { |i| i << 2**28 } }
  attempt("products") { 3.times { (1 << 2**25) * (1 << 2**25) } }
  attempt("small") { "abc".chars + "abc".tr("a", "b").upcase.reverse.encode("UTF-16LE").chars }
  puts "alive"
PROGRAM

answer = IO.popen(["sh", "-c", 'ulimit -v 1600000 && exec "$0" -', RbConfig.ruby], "r+") do |child|
  child.write(program)
  child.close_write
  child.read
end
puts answer, $?.exitstatus
