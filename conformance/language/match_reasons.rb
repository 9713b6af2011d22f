# Reasons in the messages of lone patterns.
def t
  yield
rescue NoMatchingPatternKeyError => e
  puts "K #{e.message} key=#{e.key.inspect} m=#{e.matchee.inspect}"
rescue NoMatchingPatternError => e
  puts "  #{e.message}"
end
class D; def deconstruct = [1,2]; def deconstruct_keys(k) = {a: 1, "b" => 2}; def inspect = "D"; end
x = 5
t { 1 => 2 }
t { 1 => String }
t { 1 => Integer => y if false } rescue 0
t { nil => {a:} }
t { nil => [a] }
t { {a: 1} => {b:} }
t { {a: 1} => {a: 2} }
t { {a: 1} => {a: String} }
t { {a: 1, b: 2} => {a: 1, **nil} }
t { {a: 1} => {} }
t { [1,2] => [a] }
t { [1,2] => [a, b, c] }
t { [1] => [a, b, *] }
t { [1,2] => [1, 3] }
t { [1,2] => [] }
t { [1,2] => [*, 5, *] }
t { [1,2,3] => [*, 5, 6, *] }
t { [1] => [*, 5, 6, *] }
t { 1 => 2 | 3 }
t { 1 => ^x }
t { 1 => ^(x + 1) }
t { 1 => nil }
t { 1 => 2.. }
t { 1 => /x/ }
t { D.new => [1, 3] }
t { D.new => {a: 2} }
t { D.new => {c: 2} }
t { D.new => String(a:) }
t { D.new => D(c:) }
t { D.new => D[a] }
t { {a: {b: 1}} => {a: {c:}} }
t { {a: {b: 1}} => {a: {b: 2}} }
t { {a: [1, {b: 2}]} => {a: [1, {b: 3}]} }
t { 1 => Integer | Float => z; }
t { 1 => String => z }
t { case 1; in 2; end }
t { case 1; in 2; in 3; end }
t { case 1; in Integer if false; end }
t { case 1; in Integer unless true; end }
t { case {a: 1}; in {b:}; end }
t { case {a: 1}; in {b:}; in {c:}; end }
t { case [1, 2]; in [a] if a > 1; end }
t { case [1, 2]; in [a, b] if a > 1; end }
t { case 1; in a if nil; end }
t { {a: 1} => {a: 1, b: 2 | 3} }
t { {"a" => 1} => {a: 1} }
t { [1,[2]] => [1,[3]] }
t { 1 => [1] | {a: 1} }
t { {a: nil} => {a: Integer, b:} }
t { D.new => D(a: 1, b: 3) }
class E; def deconstruct = 1; def deconstruct_keys(k) = 1; end
t { E.new => [1] } rescue p $!
t { E.new => {a: 1} } rescue p $!
t { {a: 1, b: 2} => {a: 1, **r} => z ; z => {c: } } 
t { case 0; in 1 | 2 then 0; end }
t { case [0, 1]; in a, b unless a == 0; end }
t { {name: "x", "s": 1} => {name: Integer} }
t { 5 => ..3 }
t { "s" => "t" }
t { :s => :"t" }
t { [] => [a, *b, c] }
t { {a: 1} => {a: Integer => q, b: Integer} }
t { case {a: 1}; in {a: 2}; else raise "no"; end } rescue p $!
