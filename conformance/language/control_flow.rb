# if/unless/ternary/case, and/or/not, safe navigation, flip-flops, op-assign, BEGIN/END-free, __END__-free.
def kind(x)
  if x.nil? then :nil
  elsif x == false then :false
  elsif x.is_a?(Numeric) && x > 10 then :big
  else :other
  end
end
p kind(nil), kind(false), kind(11), kind(3)
p (1 if true), (1 if false), (unless true then 1 else 2 end), (true ? 1 : 2), (not true), !nil
p (nil || 5), (false or nil), (1 && 2), (nil and 1), (x = nil || 3), x
y = false or true
p y
case 5
when 1..3 then p :low
when 4..6 then p :mid
end
case "str"
when Integer, Float then p :num
when /^s/ then p :s
end
case
when 1 > 2 then p 1
when 2 > 1 then p 2
end
p (case 9 when 1 then 2 end)
list = [1, 2]
case 2
when *list then p :in_list
end
case 3
when ->(n) { n.odd? } then p :odd
end
a = nil
p a&.length, a&.length.nil?, "abc"&.length, a.to_a
h = { n: nil }
h[:n] ||= 5
h[:n] &&= h[:n] + 1
h[:m] = (h[:m] || 0) + 1
p h
o = Struct.new(:v).new(nil)
o.v ||= 3
o.v += 1
o&.v -= 2
p o.v
n = nil
n&.v = 5
p n
b = 5
b += 1; b -= 2; b *= 3; b /= 2; b **= 2; b %= 7; b <<= 3; b |= 1; b &= 0xf; b ^= 2; b >>= 1
p b
i = 10
i -= 1 while i > 5
i += 1 until i == 8
p i
def implicit(flag)
  return "early" if flag
  "late"
end
p implicit(true), implicit(false)
def empty_method; end
p empty_method
p (begin; 1; 2; end), (p; 3), [*1..3].then { |q| q.sum }
z = if false then 1 end
p z
p [1, 2, 3].include?(2) && !([].any?), 5.then { _1 + 1 }, (1 <=> 2).zero?
puts "#{1 if true}#{2 if false}x"
p __LINE__, File.basename(__FILE__), __method__
v = [1, [2, 3]]
m, (k, l) = v
p m, k, l
p((1..3).each_with_object([]) { |q, acc| acc << q unless q == 2 })
t = true & false | true ^ true
p t, 1.!, nil.!, nil & true, nil | 1
w = while true do break "value" end
p w
p [nil, false, 0, "", []].map { |q| q ? 1 : 0 }
def m_opt(a, b = a * 2, *c, d: b + 1) = [a, b, c, d]
p m_opt(1), m_opt(1, 5), m_opt(1, 5, 6, d: 0)
p (true && nil).inspect, (false || :x), (1 and nil or 3)
alias say puts
say "aliased"
$old = 4
alias $new $old
p $new
undef say
p respond_to?(:say, true)
p [__FILE__.end_with?("control_flow.rb"), 0b11, 1_000, ?a, :"a#{1}", %w[#{1} b], -2.abs, +3, -2**2, (-2)**2, !true == false, 2 + 3 * 4 ** 2 / 8 % 5]
