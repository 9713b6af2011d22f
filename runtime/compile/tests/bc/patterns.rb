case a
in [Integer => x, *rest, 5] if x > 1
  1
in {name: String, age:, **nil} unless age
  2
in [*, :a, *post]
  3
in {k: ^x, **others}
  4
end
b => {c:}
d in [1, 2]
f in 1 | nil
case e
when 1, *f then 1
when "s" then 2
else 3
end
case
when g then 1
end
