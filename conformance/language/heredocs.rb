# Heredocs: squiggly, raw, several on a line, method calls on them, interpolation.
a = <<A
plain #{1 + 1}
  kept indent
A
b = <<-B
  dash \t tab
  B
c = <<~C
  squiggly
    deeper
  back #{"interp
olated"}

  after blank
C
d = <<~'D'
  raw #{no} \n
D
puts a, b, c, d
p a, b, c, d
p [<<~X, <<~Y].map(&:strip)
  first
X
  second
Y
p <<~Z.lines.map(&:chomp).join("+")
  one
  two
Z
def m(*a) = a
p m(<<~P, 2, k: <<~Q)
  text
P
  value
Q
p <<~"E1"
  quoted "inside" \
  joined
E1
p "a" "b" 'c'
p 'it''s', "tab\tnl\n\e\u00e9\x41\101\s", '\n\'', %q(a (b) c), %Q[x #{1}], %w[a#{1} b], %W[a#{1} b], %i[a b]
p "#{"nested #{"deep #{1 + 1}"}"}"
p "a\
b"
p ?a, ?\n, "\u{1F600 41}"
puts <<~EOS
  \tescaped tab stays
    two
EOS
x = 5
@y = 6
$z = 7
p "#@y #$z #x"
