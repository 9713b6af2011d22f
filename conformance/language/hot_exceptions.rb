# Exceptions raised inside and through hot loops and blocks, with the state of the loop intact after them.
def risky(i)
  raise ArgumentError, "at #{i}" if i % 100 == 99
  i
end
caught = []
sum = 0
i = 0
while i < 2000
  begin
    sum += risky(i)
  rescue ArgumentError => e
    caught << e.message if caught.size < 3
    sum -= 1
  ensure
    i += 1
  end
end
p sum, caught, i
def find(list, x)
  list.each_with_index { |v, k| return k if v == x }
  nil
end
500.times { |k| find([1, 2, 3], k % 5) }
p find((0..2000).to_a, 1999), find([], 1)
def out_of_loop(n)
  k = 0
  while true
    k += 1
    Integer("bad") if k == n
  end
rescue ArgumentError => e
  [k, e.message]
end
p out_of_loop(3000)
def nested(n)
  total = 0
  n.times do |a|
    begin
      5.times do |b|
        raise IndexError if b == 3 && a.odd?
        total += b
      end
      total += 100
    rescue IndexError
      total += 1
      next
    ensure
      total += 1000
    end
  end
  total
end
p nested(1000)
x = 0
r = [3, 2, 1, 0, 5].map do |d|
  begin
    x += 1
    60 / d
  rescue ZeroDivisionError
    x += 10
    -1
  end
end
p r, x
count = 0
begin
  5000.times { |k| count = k; raise StopIteration if k == 4000 }
rescue StopIteration
  p count
end
attempts = 0
begin
  attempts += 1
  1500.times { |k| raise "again" if k == 1400 && attempts < 3 }
  p attempts
rescue
  retry
end
def deep(n) = n == 0 ? raise(KeyError, "deep") : deep(n - 1)
hits = 0
300.times { begin; deep(20); rescue KeyError; hits += 1; end }
p hits
p (1..2000).sum { |k| Integer(k.even? ? k.to_s : "x") rescue 0 }
def thrower(k) = k > 900 ? throw(:out, k) : k
p catch(:out) { 5000.times { |k| thrower(k) }; :never }
class Res
  attr_reader :log
  def initialize = @log = []
  def use
    @log << :open
    yield self
  ensure
    @log << :close
  end
end
res = Res.new
400.times { |k| res.use { |q| next if k.odd?; break if k > 1000; k } }
p res.log.size, res.log.each_slice(2).all?([:open, :close])
z = nil
1200.times do |k|
  begin
    z = k > 1000 ? nil.upcase : k
  rescue NoMethodError => e
    z = e.message
  end
end
p z
vals = 0.upto(1500).map { |k| begin; k == 700 ? raise("x") : k; rescue; -k; end }
p vals.sum, vals[700]
