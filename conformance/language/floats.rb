# Floats: printing, rounding, special values, conversion, comparison.
p 0.1, 0.1 + 0.2, 1.0, 100.0, 1e15, 1e16, 1e-4, 1e-5, 123456789.123456789, 1.0e100, 5e-324, 1.7976931348623157e308, -0.0, 2.5e-10
p 1.0 / 3, 2.0 / 3, 10.0 / 3, 1e23, 9007199254740993.0, 0.1 * 3, 1.1 + 2.2, 100.0 * 1.1
p Float::INFINITY, -Float::INFINITY, Float::NAN, Float::NAN == Float::NAN, 0.0 == -0.0, 0.0.eql?(-0.0), Float::EPSILON, Float::MAX, Float::MIN, Float::DIG
p 3.7.floor, 3.2.ceil, -3.7.floor, -3.2.ceil, 3.5.round, 2.5.round, -2.5.round, 2.5.round(half: :even), 2.5.round(half: :down), 1.005.round(2), 1234.567.round(-2), 1234.567.round(1), 1234.567.floor(1), 1234.567.ceil(-1), 0.5.round, 1.5.round, 3.999.truncate, -3.999.truncate(2)
p 7.5.divmod(2), -7.5.divmod(2), 7.5 % 2, -7.5 % 2, 7.5.modulo(-2), 7.5.remainder(-2), 2.0**0.5, 2**0.5, 4**0.5, (-8)**(1.0 / 3), 0.0**0, 1.5.rationalize(Rational(1, 100)), 0.5.to_r, 3.14.to_i
p 1.5.nan?, (0 / 1.0).zero?, (0.0 / 0).nan?, (1 / 0.0).infinite?, (-1 / 0.0).infinite?, 1.0.infinite?, 1e308 * 10, -1e308 * 10, 1.0.integer?, 1.0.finite?, 3.0 == 3, 3.0.eql?(3), 3.0.hash == 3.hash
p "3.7abc".to_f, "abc".to_f, "1e3".to_f, ".5".to_f, "1_000.5".to_f, Float("1.5"), Float("0x1p3"), "  2.5  ".to_f
p 1.23456789012345e+20.to_i, 1e2.to_i, 12.0.to_s, 1e100.to_i.to_s.size, 1.0.next_float, 1.0.prev_float, 0.1.rationalize(Rational(1, 10))
[-> { Float("x") }, -> { Float("") }, -> { Float(nil) }, -> { (0.0 / 0).to_i }, -> { (1 / 0.0).to_i }, -> { 1.0.divmod(0) }, -> { 1.5 % 0 }, -> { 1.0 <=> "a" }, -> { 1.0 < "a" }, -> { 1.0 + nil }, -> { Float::NAN.round }, -> { 5.0.round(400) }].each do |l|
  begin
    p l.call
  rescue => e
    puts "#{e.class}: #{e.message}"
  end
end
p [1.5, -1.0, 0.0, 3.25].sort, [1, 2.5, 0.5].max, [0.1] * 3, [0.1, 0.2, 0.3].sum, [0.1, 0.2, 0.3].inject(:+), [1e100, 1.0, -1e100].sum, 0.1.floor(20), 12.34.divmod(5), 1.1.floor(1), 1e-10.round(5), 5e-324 / 2
p Math.sqrt(2), Math.sin(1), Math.atan2(1, 2), Math.log(10), Math.log2(8), Math.log(8, 2), Math.hypot(3, 4), Math.cbrt(27), Math::PI, Math::E, Math.exp(1).round(9), Math.log10(1000)
begin
  Math.sqrt(-1)
rescue Math::DomainError => e
  puts e.message
end
s = 0.0
100.times { |i| s += i * 0.1 }
p s
p 1.0.to_s, 1e7.to_s, 1e20.to_s, 123e18.to_s, -1.5.abs, 1.9.to_i, 0.1 + 0.7, 4.35 * 100, 1.15.round(1), 1.25.round(1), 1.35.round(1), 10.0.floor, 1e19.floor, 3.3 / 1.1
p 1.0.step(2.0, 0.25).to_a, 1.0.coerce(2), 2.0.numerator, 1.5.denominator, 3.7 <=> 3, 3.7.clamp(1, 3), 0.1r, 1.5.quo(2), 7.0.div(2), -7.0.div(2), 1e3.to_i.to_s
