# The order of ensure clauses with return, break, next, throw and exceptions through them.
def trace(name)
  puts "> #{name}"
  yield
ensure
  puts "< #{name}"
end
def by_return
  trace("a") { trace("b") { return :returned } }
end
p by_return
p [1, 2, 3].each { |x| trace(x) { break x * 10 if x == 2 } }
p [1, 2].map { |x| trace(x) { next x + 1 } }
p catch(:done) { trace("catch") { throw :done, 5 } }
begin
  trace("outer") { trace("inner") { raise "boom" } }
rescue => e
  p e.message
end
i = 0
while i < 3
  begin
    i += 1
    next if i == 1
    break if i == 2
  ensure
    puts "loop ensure #{i}"
  end
end
p i
def nested
  begin
    begin
      return 1
    ensure
      puts "inner"
    end
  ensure
    puts "outer"
  end
end
p nested
def raise_in_ensure
  begin
    raise "first"
  ensure
    raise "second"
  end
rescue => e
  [e.message, e.cause&.message]
end
p raise_in_ensure
x = begin
  1
ensure
  2
end
p x
