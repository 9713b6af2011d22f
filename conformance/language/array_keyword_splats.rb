# Nothing but double splats at the end of an Array adds a Hash only when they give something.
none = {}
some = { a: 2 }
p [**none], [1, **none], [*[1], **none], [1, **some], [*[], **{}], [none, **none], [1, **nil]
def options = {}
result = nil
300.times { result = [:div, "x", **options] }
p result, [*1..2, **options].size, [1, **none, **some], [1, a: 1, **none]
def tag(*all) = all
p tag(*[1, **options])
