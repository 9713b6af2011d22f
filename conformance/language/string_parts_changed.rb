# What is assigned to a part of a String is converted before, or after, the part is looked for, as in CRuby.
def clearing(s) = Object.new.tap { |o| o.define_singleton_method(:to_str) { s.clear; "m" } }
[[1, 4], [2], ["c"], [1..3], [-1], [0, 2], [6], ["f"]].each do |place|
  s = +"abcdef"
  s[*place] = clearing(s)
  p s
rescue => e
  p place, e
end
s = +"abc"
[[9], [9, 1], [5..6], ["zz"], [/zz/], [0, -1], [1]].each do |place|
  s[*place] = 3
rescue => e
  p e
end
t = +"héllo"
t["l"] = "L"; t[-1] = "ö"; t[1..2] = "e"; t[0, 0] = "¡"; t[/o|ö/] = "O"; t[t.size] = "!"
p t
