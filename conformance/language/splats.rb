# Splats in calls, literals and assignments; multiple assignment.
a, b = 1, 2
a, b = b, a
p [a, b]
a, (b, *c), d = 1, [2, 3, 4], 5
p [a, b, c, d]
*a, b = 1, 2, 3
p a, b
a, *b, c = 1, 2
p [a, b, c]
a, b = [1, 2, 3]
p [a, b]
a = *nil
p a
a = *1..3
p a
a = 1, 2
p a
p [*1..3, *[4, 5], *nil, *{ a: 1 }]
def m(*args) = args
p m(*[1, 2], 3, *"x")
p m(*nil)
h = { a: 1, **{ b: 2 } }
p h
o = Object.new
def o.to_a = [7, 8]
p [*o]
x, y = o
p y
def o.to_ary = [9, 10]
x, y = o
p [x, y]
p (a, b = 5, 6)
a = b = 3
p a + b
arr = [0, 0]
arr[0], arr[1] = 1, 2
p arr
s = Struct.new(:v).new
s.v, z = 4, 5
p s.v, z
i = 0
arr = [1, 2, 3]
i, arr[i] = 2, 9
p i, arr
a ||= 5
b &&= b + 1
p a, b
h = Hash.new
h[:x] ||= []
h[:x] << 1
p h
n = nil
p n&.foo, (n ||= 4), n
a = [1, 2, 3, 4]
first, *, last = a
p first, last
def multi = return 1, *[2, 3]
p multi
