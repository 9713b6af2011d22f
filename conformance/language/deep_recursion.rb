# Recursion that is too deep raises SystemStackError, which can be rescued; the program goes on.
# instead of --gc=stress:1: --gc=stress:30 (each collection looks through a stack of megabytes)
def down(n) = down(n + 1)
begin
  down(0)
rescue SystemStackError => e
  puts e.class, e.message
end
def depth(n) = n == 0 ? 0 : 1 + depth(n - 1)
p depth(2000)
def mutual_a(n) = mutual_b(n + 1)
def mutual_b(n) = mutual_a(n + 1)
begin
  mutual_a(0)
rescue SystemStackError => e
  puts "mutual"
end
through_block = ->(n) { [n].each { |x| through_block.call(x + 1) } }
begin
  through_block.call(0)
rescue SystemStackError
  puts "through blocks"
end
class Loop
  def to_s = "#{self}"
  def method_missing(name, *) = send(:"#{name}x")
  def respond_to_missing?(*) = false
end
begin
  Loop.new.to_s
rescue SystemStackError
  puts "to_s"
end
def ensured(n)
  ensured(n + 1)
ensure
  @ran = true
end
begin
  ensured(0)
rescue SystemStackError
  p @ran
end
a = []
200.times { a = [a] }
p a.flatten.size, a.inspect.size, a.to_s.count("[")
p a.hash == a.hash, a == a.dup
3.times do |i|
  begin
    down(0)
  rescue SystemStackError
    print i, " "
  end
end
puts
p depth(500)
