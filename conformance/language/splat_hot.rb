# Calls with one splat in hot code: counts that fit and do not, other lists, keyword Hashes, rest parameters.
def two(a, b) = [a, b]
def opt(a, b = :b, *rest) = [a, b, rest]
def all(*rest) = rest
def keywords(*rest, **named) = [rest, named]
def block(a, b) = yield(b, a)
class Listed
  def to_a = [8, 9]
end
def try
  yield
rescue ArgumentError => e
  e.message
end
def calls(list)
  [try { two(*list) }, try { opt(*list) }, all(*list), keywords(*list), try { block(*list) { |x, y| [x, y] } }]
end
def fixed(list) = two(*list)
def forward(*args) = two(*args)
LISTS = [[1, 2], [1, 2].freeze, [1], [1, 2, 3, 4], [], [1, { k: 2 }], Listed.new, 5..6, nil, { a: 1 }]
LISTS.each { |list| p calls(list) }
200.times { fixed([1, 2]) }
LISTS.each { |list| p try { fixed(list) } }
200.times { forward(1, 2) }
p forward(3, 4), (try { forward(1) })
list = all(*LISTS.first)
list << 3
p LISTS.first, all(*list).equal?(list)

# A Hash that ruby2_keywords flags goes on as keywords, also where hot code has met none so far.
def last(*rest) = keywords(*rest)
def one(value) = value
def flagged(list) = one(*list)
200.times { flagged([1]) }
ruby2_keywords def delegate(*args) = [last(*args), keywords(*args), (try { flagged(args) })]
p delegate(1, k: 2)
p (try { flagged([{ k: 2 }]) })

# respond_to? follows definitions.
class Answers
  def here = 1
  private def hidden = 2
end
def answers(o) = [o.respond_to?(:here), o.respond_to?(:hidden), o.respond_to?(:later), o.respond_to?(:hidden, true)]
200.times { answers(Answers.new) }
p answers(Answers.new)
class Answers
  def later = 3
  public :hidden
  undef here
end
p answers(Answers.new)
class Answers
  def respond_to_missing?(name, all) = name == :here
end
p answers(Answers.new)
class Answers
  def respond_to?(*) = :mine
end
p answers(Answers.new)

# A method that gets hot in calls from machine code, too long to be inlined there.
def long(o, n)
  a = o.respond_to?(:to_str)
  b = [n, n + 1, n + 2, n + 3, n + 4, n + 5, n + 6, n + 7, n + 8, n + 9, n + 10, n + 11, n + 12, n + 13, n + 14, n + 15]
  c = [n, n + 1, n + 2, n + 3, n + 4, n + 5, n + 6, n + 7, n + 8, n + 9, n + 10, n + 11, n + 12, n + 13, n + 14, n + 15]
  d = [n, n + 1, n + 2, n + 3, n + 4, n + 5, n + 6, n + 7, n + 8, n + 9, n + 10, n + 11, n + 12, n + 13, n + 14, n + 15]
  e = [n, n + 1, n + 2, n + 3, n + 4, n + 5, n + 6, n + 7, n + 8, n + 9, n + 10, n + 11, n + 12, n + 13, n + 14, n + 15]
  a ? b.size + c.size : d.size - e.size
end
def looping(o, turns)
  sum = 0
  turns.times { |i| sum += i < turns - 150 ? 1 : long(o, i) }
  sum
end
p looping("x", 100), looping("x", 400), looping(1, 400)
