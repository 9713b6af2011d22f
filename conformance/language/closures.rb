# Closures: shared captured variables, counters, lambdas and procs, arity, currying, composition, return.
def counter
  count = 0
  [-> { count += 1 }, -> { count }]
end
increment, read = counter
3.times { increment.call }
p read.call
other_increment, other_read = counter
other_increment.()
p other_read[], read.call

adders = (1..3).map { |n| ->(x) { x + n } }
p adders.map { |f| f.(10) }

p proc { |a, b| }.arity, lambda { |a, b| }.arity, proc { |*a| }.arity, lambda { |a, b = 1| }.arity
p lambda { |a, k:| }.arity, proc { || }.arity, proc { |a| }.lambda?, lambda { }.lambda?
p lambda { |a, b = 1, *c, d, e:, f: 2, **g, &h| }.parameters
p proc { |a, (b, c)| }.parameters

begin
  ->(a) { a }.call(1, 2)
rescue ArgumentError => e
  puts e.message
end
p proc { |a, b| [a, b] }.call(1), proc { |a, b| [a, b] }.call([1, 2, 3])

add = ->(a, b, c) { a + b + c }
p add.curry[1][2][3], add.curry.(1, 2).(3)
double = ->(x) { x * 2 }
p (double >> ->(x) { x + 1 }).call(5), (double << ->(x) { x + 1 }).call(5)
p (:upcase.to_proc >> :reverse.to_proc).call("abc")

def return_from_lambda
  l = -> { return 1 }
  l.call
  2
end
def return_from_proc
  pr = proc { return 1 }
  pr.call
  2
end
p return_from_lambda, return_from_proc
def orphan
  proc { return 1 }
end
begin
  orphan.call
rescue LocalJumpError => e
  puts e.message
  p e.reason
end
def method_object(x) = x * 3
p [1, 2].map(&method(:method_object))
p method(:method_object).to_proc.lambda?
y = 1
change = ->(v) { y = v }
change[5]
p y
p binding.local_variable_get(:y)
