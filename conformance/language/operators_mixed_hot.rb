# Operators on many kinds of operands in hot code: powers, equality, negation, stores into Hashes; inlined calls in calls.

class Own
  def ==(other) = :own == other || super
  def ! = :not
end

class Plain
end

def power(a, b) = a**b
def equal(a, b) = a == b
def unequal(a, b) = a != b
def branch(a, b) = (a == b ? :same : :other)
def negative(a) = !a

def store(hash, key, value)
  hash[key] = value
  hash
rescue => error
  "#{error.class}: #{error.message}"
end

plain = Plain.new
values = [nil, true, false, :a, :b, 1, 2.0, 2**70, "a", [1], Own.new, plain, 1.0, Float::NAN]
300.times do |turn|
  power(1.5, turn * 0.01)
  equal(:a, :b)
  branch(nil, turn)
  negative(nil)
  store({}, turn, turn)
end
3.times do
  p [power(2.0, 0.5), power(2, 0.5), power(-8.0, 2), power(-8.0, 1.0 / 3), power(2, 10), power(2, -1), power(2, 100), power(0.0, -1), power(-0.0, 3)]
  p power(2r, 2), power(Complex(0, 1), 2), power(Float::INFINITY, 0), power(1.0, Float::NAN)
  p values.map { |a| values.map { |b| equal(a, b) ? 1 : 0 }.join }
  p values.map { |a| values.map { |b| unequal(a, b) ? 1 : 0 }.join }.uniq.size
  p values.map { |a| values.map { |b| branch(a, b) == :same ? 1 : 0 }.join }.uniq.size
  p values.map { |a| negative(a) }
  key = +"key"
  hash = store({}, key, 1)
  key << "2"
  p hash, hash.keys[0].frozen?
  p store({}.freeze, 1, 2), store([], 1, 2), store(+"abc", 1, "x"), store(Hash.new { |h, k| h[k] = 1 }, 5, 6), store({}.compare_by_identity, "a", 1)
  p store({ 1 => 2 }, 1, 3), (store(nil, 1, 2))
  60.times { power(-8.0, 0.5); equal(plain, 1); negative(plain); store(+"abc", 1, "x"); store({}.freeze, 1, 2) }
end

# Frames that are visible again and again from inlined calls, each at its own line.
def place(depth) = caller_locations(1, depth).map { |location| "#{location.label}:#{location.lineno - START}" }
START = __LINE__

def inner(list)
  first = place(3)
  second = list.sum { |number| place(4).size + number }
  [first, second, place(3)]
end

def outer(list)
  a = inner(list)
  b = list.map { |number| inner([number]) }
  c = inner(list)
  [a, b, c]
end

results = 200.times.map { outer([1, 2]) }.uniq
p results.size, results[0]

def recursive(number)
  return place(2).size if number < 1
  recursive(number - 1) + recursive(number - 2) + place(2).size
end
p recursive(12)

def raising(number)
  [number].each { |value| raise "at #{value}" if value > 150 }
  number
end
lines = 200.times.filter_map do |number|
  raising(number)
  nil
rescue => error
  error.backtrace_locations.first(2).map { |location| location.lineno - START }
end
p lines.tally
