# Conversions between types, implicit protocols (to_str, to_ary, to_proc, to_hash), Integer() and friends, Rational, Complex.
p Integer("42"), Integer("-0x1f", 16), Float("1e3"), String(5), Array(nil), Rational("1/3"), Rational(0.5), Complex("1+2i"), Hash({ 1 => 2 }), Hash(nil), "5" * 2, "5".to_i * 2, 5.to_s + "1", Integer("12", exception: false), Integer("zz", exception: false)
p 1r / 3, Rational(6, 4), Rational(1, 3) + Rational(1, 6), Rational(1, 2) * 2, Rational(7, 2).to_i, Rational(7, 2).round, Rational(5, 2).round, Rational(-7, 2).floor, Rational(1, 3).to_f.round(4), 3.to_r, 0.75.to_r, Rational(1, 3) <=> 0.3, 1r == 1, Rational(3, 1).to_s, Rational(1, 3).inspect, 2**-1, Rational(2, 3)**2, Rational(1, 2).zero?
p Complex(1, 2) + Complex(0, 1), Complex(1, 2) * Complex(3, 4), Complex(3, 4).abs, Complex(1, 2).conjugate, Complex(1, 0) == 1, Complex(1, 2).rectangular, Complex(1, 2).to_s, 1i**2, Complex(1.5, -0.5), Complex("3-4i").imaginary
class Str; def to_str = "implicit"; def to_s = "explicit"; end
class Ary; def to_ary = [1, 2]; def to_a = [3]; end
class Hsh; def to_hash = { k: 1 }; end
class Prc; def to_proc = proc { |x| x * 3 }; end
class Int; def to_int = 2; def to_i = 9; end
p "a" + Str.new, "#{Str.new}", ["x"].join(Str.new), File.join("a", Str.new), [0] + Ary.new, [*Ary.new], [[1, 2]].map { |a, b| b }, [1, 2].map(&Prc.new), [10, 20, 30][Int.new], [1] * Int.new, "abc"[Int.new], Integer(Int.new), { a: 0 }.merge(Hsh.new), Array(Ary.new), [Ary.new].flatten, "%s %d" % [Str.new, Int.new]
def kw(**o) = o
p kw(**Hsh.new)
a, b = Ary.new
p a, b
[[Ary.new, 5]].each { |(x, y), z| p [x, y, z] }
[-> { "a" + 5 }, -> { [1] + 5 }, -> { Integer("4x") }, -> { Integer([]) }, -> { Float("abc") }, -> { Rational("x") }, -> { Array.new("a") }, -> { [1, 2].first("x") }, -> { "abc"[Object.new] }, -> { Hash(5) }, -> { [1].map(&5) }, -> { "x" * "y" }, -> { Rational(1, 0) }, -> { Integer("") }, -> { Integer(Float::NAN) }, -> { "a".to_sym + 1 }, -> { String(BasicObject.new) }, -> { kw(**5) }, -> { [3, 4].pack(5) }].each do |l|
  begin
    p l.call
  rescue => e
    puts "#{e.class}: #{e.message.sub(/#<Object:0x\h+>/, 'OBJ')}"
  end
end
p 65.chr, "A".ord, "3.99".to_i, "1e2".to_i, "1e2".to_f, nil.to_i, nil.to_a, nil.to_s, :a.to_s, "a".to_sym, [[1, 2]].to_h, { a: 1 }.to_a, (1..3).to_a, "abc".to_s.equal?("abc"), 3.7.to_i, -3.7.round, 1e3.to_i, "0b11".to_i(2), "11".to_i(2), 10.to_s(2).to_i(2), "z".ord.chr, 3.to_c, "12abc".to_r, 1.5.rationalize, 5.to_f / 2, 7.0.to_r, 100.digits.reverse.join.to_i
p 1 + 1r, 1 + 1.0, 1r + 1.0, 1 + 1i, 1.0 + 1i, 1r + 1i, 2 * 1.5, 3 / 2r, 3 ** 2r, 4 ** 0.5, 2.0 ** 3, 10.divmod(3.0), 10 % 3.5, -7.fdiv(2), 7.0 / 2r, 1 <=> 1.0, 1 == 1r, 1.eql?(1r), [1, 1.0, 1r].uniq.size, [1, 1.0, 1r].sum, [1, 2r, 3.0].max, 2 <=> 1.5r

# Complex has no pow, Integer has.
p 2i.respond_to?(:pow), 2.respond_to?(:pow), 2i**3
