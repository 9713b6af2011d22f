# Forwarding in hot code: `...`, anonymous `*`, `**` and `&`, named keyword rests, blocks that come and go.
def target(*a, k: 0, **o, &b) = [a, k, o, b&.call(2)]
def plain(a, b = 2) = [a, b]
def one(a) = a
def all(...) = target(...)
def lead(x, ...) = target(x + 1, ...)
def only(...) = one(...)
def opt(...) = plain(...)
def anonymous(*, **, &) = target(*, **, &)
def splat(*) = plain(*)
def named(*args, **options, &block) = target(*args, **options, &block)
def options(**options) = options
def rest(a, k: 1, **rest) = [a, k, rest]
def block(&block) = block
def pass(&block) = yielder(&block)
def yielder = block_given? ? yield(5) : :none
def anonymous_block(&) = yielder(&)
def try
  yield
rescue ArgumentError => e
  e.message
end
def calls(i)
  [all(i), all(i, k: 1), all(i, z: 2) { |x| x * i }, lead(i), lead(i, 5, k: 3, z: 4), only(i), (try { only(i, 2) }), (try { only(i, k: 2) }), opt(i), opt(i, 3),
   anonymous(i), anonymous(k: i), anonymous(i, q: 1, &:succ), splat(i), splat(i, 4), named(i), named(i, k: 2, w: 3), options, options(a: i), rest(i), rest(i, z: 1), rest(i, k: 4, z: 5),
   block, pass, pass { |x| x + i }, anonymous_block, anonymous_block { |x| x - i }, options(**{ b: i }), options(**nil)]
end
300.times { |i| calls(i) }
p calls(7)
options.tap { |made| made[:kept] = 1 }
p options, rest(1), (rest(2)[2][:x] = 1), rest(2), options(**options(a: 1)).equal?(options)
p method(:all).parameters, method(:anonymous).parameters, method(:named).parameters
def super_forward(...) = [all(...), all(...)]
p super_forward(1, k: 2) { |x| x }
class Base
  def go(*a, **k, &b) = [a, k, b&.call]
end
class Sub < Base
  def go(*, **, &) = super
end
200.times { Sub.new.go(1) }
p Sub.new.go(1), Sub.new.go(1, k: 2) { 3 }, Sub.new.go(**{ z: 1 })
