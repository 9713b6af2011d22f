# Sources, patterns and values that nest deeply, on the small stacks of fibers and threads: an answer or an exception.
# instead of --gc=stress:101,verify: --gc=stress:20011 (each collection walks deep trees)
PLACES = {
  "main" => ->(work) { work.call },
  "fiber" => ->(work) { Fiber.new { work.call }.resume },
  "thread" => ->(work) { Thread.new { Thread.current.report_on_exception = false; work.call }.value },
}
def each_place(name, *allowed)
  answers = PLACES.map do |place, run|
    run.call(proc { yield; "ok" })
  rescue Exception => error
    error.class.name
  end
  puts "#{name}: #{(answers - ["ok", *allowed]).empty? ? "as wanted" : answers}"
end
def nested(open, inner, close, depth) = open * depth + inner + close * depth
def wrapped(depth) = (value = []; depth.times { value = yield(value) }; value)

each_place("terms") { raise unless eval("1" + " + 1" * 1000) == 1001 }
each_place("arrays") { eval(nested("[", "", "]", 800)) }
each_place("parentheses") { eval(nested("(", "1", ")", 800)) }
each_place("hashes") { eval(nested("{a: ", "1", "}", 800)) }
each_place("conditions") { eval(nested("if true\n", "", "end\n", 800)) }
each_place("interpolations", "SyntaxError") { eval(nested('"#{', "1", '}"', 800)) }
each_place("chains") { eval("1" + ".itself" * 2000) }
each_place("beyond the parser", "SyntaxError") { eval(nested("[", "", "]", 20_000)) }
each_place("lambdas", "SyntaxError") { eval(nested("->{", "", "}", 3000)) }
each_place("methods", "SyntaxError") { eval(nested("def a\n", "", "end\n", 3000)) }
each_place("lambdas that fit") { eval(nested("->{", "", "}", 400)) }
each_place("patterns") { Regexp.new(nested("(?:", "a", ")", 1000)) =~ "a" }
each_place("patterns too deep", "RegexpError") { Regexp.new(nested("(", "a", ")", 20_000)) }
each_place("pattern literal too deep", "SyntaxError") { eval("/#{nested("(", "a", ")", 20_000)}/") }
each_place("braces") { Dir.glob(nested("{", "no such file", "}", 5000)) }
each_place("fnmatch braces") { raise unless File.fnmatch(nested("{", "a", "}", 5000), "a", File::FNM_EXTGLOB) }
each_place("fnmatch") { raise unless File.fnmatch("a?" * 100_000, "ab" * 100_000) }
each_place("folders") { Dir.glob("**/" * 5000 + "no such file") }
each_place("inspect", "SystemStackError") { wrapped(20_000) { |inner| [inner] }.inspect }
each_place("==", "SystemStackError") { wrapped(20_000) { |inner| [inner] } == wrapped(20_000) { |inner| [inner] } }
each_place("hash", "SystemStackError") { wrapped(20_000) { |inner| { 1 => inner } }.hash }
each_place("flatten", "SystemStackError") { wrapped(20_000) { |inner| [inner] }.flatten }
each_place("dump", "SystemStackError") { Marshal.dump(wrapped(20_000) { |inner| [inner] }) }
each_place("load", "SystemStackError", "ArgumentError") { Marshal.load("\x04\b" + "[\x06" * 20_000 + "0") }
