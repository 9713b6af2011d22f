# Source text nested thousands of levels deep: a value or a Ruby exception, never a crash.

def attempt(label)
  value = yield
  puts "#{label}: #{value.inspect[0, 60]}"
rescue SystemStackError, SyntaxError => error
  puts "#{label}: #{error.class}"
end

[100, 500].each do |depth|
  attempt("parentheses #{depth}") { eval("(" * depth + "1" + ")" * depth) }
  attempt("arrays #{depth}") { eval("[" * depth + "1" + "]" * depth).flatten }
  attempt("hashes #{depth}") { eval("{a: " * depth + "1" + "}" * depth).dig(*[:a] * depth) }
  attempt("blocks #{depth}") { eval("[1].each { |x| " * 60 + "x" + "}" * 60) }
  attempt("unary #{depth}") { eval("- " * depth + "1") }
  attempt("not #{depth}") { eval("!" * depth + "true") }
  attempt("ternary #{depth}") { eval("false ? 0 : " * depth + "7") }
  attempt("if #{depth}") { eval("if true; " * depth + "9" + "; end" * depth) }
  attempt("calls #{depth}") { eval("Integer(" * depth + "4" + ")" * depth) }
  attempt("begin #{depth}") { eval("begin; " * depth + "3" + "; ensure; 1; end" * depth) }
  attempt("interpolation") { eval('"#{' * 90 + "5" + '}"' * 90) }
  attempt("modules #{depth}") { eval("module M; " * depth + "8" + "; end" * depth) }
end

[1000, 5000].each do |length|
  attempt("chain #{length}") { eval("1" + ".succ" * length) }
  attempt("sum #{length}") { eval("1" + " + 1" * length) }
  attempt("and #{length}") { eval("1" + " && 2" * length) }
  attempt("concatenation #{length}") { eval("'a'" + " 'b'" * length).size }
  attempt("elsif #{length}") { x = length; eval("if x == 0; 0; " + (1..length).map { |i| "elsif x == #{i}; #{i}; " }.join + "end") }
  attempt("rescue #{length}") { eval("begin; raise 'x'; " + "rescue TypeError; 1; " * length + "rescue; 2; end") }
  attempt("when #{length}") { x = length; eval("case x; " + (1..length).map { |i| "when #{i} then #{i}; " }.join + "end") }
  attempt("index #{length}") { eval("[0]" + "[0]" * length) }
end

deep = nil
20_000.times { deep = [deep] }
attempt("flatten") { deep.flatten }
attempt("inspect size") { x = nil; 2_000.times { x = [x] }; x.inspect.size }
attempt("compare") { a = b = nil; 2_000.times { a = [a]; b = [b] }; a == b }
attempt("hash") { a = b = nil; 2_000.times { a = [a]; b = [b] }; a.hash == b.hash }
# Too deep for any stack: how far each Ruby gets is its own matter, but it goes on afterwards.
["(", "[", "{a: ", "->{", "- ", "x(", "!", "a=", "a?b:", "begin;", "if a;", "def a;", "class A;"].each do |opening|
  begin
    eval(opening * 2_000)
  rescue SystemStackError, SyntaxError, NoMemoryError
    print "."
  end
end
puts
puts "alive"
