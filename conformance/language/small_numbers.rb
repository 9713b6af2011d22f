# Arithmetic of Integers and Rationals at the edges of what fits in a word.
M = 2**62 - 1
VALUES = [0, 1, -1, 2, -2, 7, -7, M, -M, M + 1, -M - 1, -M - 2, 2**64, -(2**64)]
VALUES.each do |a|
  p VALUES.map { |b| a.gcd(b) }, VALUES.map { |b| b.zero? ? (a.divmod(b) rescue $!.class) : a.divmod(b) }
  p [0, 1, 2, 3, 61, 62, 63, 64, -1, -2].map { |e| a ** e rescue $!.class }
end
p 2**62, 2**61, (-2)**62, (-2)**63, 3**39, 3**40, 0**0, 1**(2**64), (-1)**(2**64 + 1)
RATIONALS = [Rational(1, 3), Rational(-2, 5), Rational(M, 7), Rational(7, M), Rational(M, M - 1), Rational(1, 2**64), Rational(0, 5), 3, -M, 2**70]
RATIONALS.each do |a|
  RATIONALS.each { |b| p [a + b, a - b, a * b, (a / b rescue $!.class), (a <=> b), (a % b rescue $!.class)] }
end
p Rational(6, -4), Rational(-6, -4), Rational(M, -M), (Rational(1, 0) rescue $!.message), Rational(0, -3), Rational(5), Rational(M + 1, 2), Rational(1, M + 1)
p Rational(1, 3) + 0.5, Rational(1, 3) * 2, 2 * Rational(1, 2), Rational(1, 2) == 0.5, Rational(4, 2) == 2
