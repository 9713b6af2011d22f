# BigDecimal: conversions, operators, rounding, settings, text, powers and functions, as bigdecimal 4.0.1 has them.
require "bigdecimal"
require "bigdecimal/util"
require "bigdecimal/math"

def b(text) = BigDecimal(text)

def t
  p yield
rescue Exception => error
  puts "#{error.class}: #{error.message.lines.first.chomp}"
end

t{ b("0")/0 }
t{ b("1")/0 }
t{ b("-1")/b("-0") }
t{ b("NaN")/0 }
t{ b("Infinity")/0 }
t{ b("-0.3").truncate(0) }
t{ b("-0.3").round(1, half: :up) }
t{ b("-0.3").round(0, :up) }
t{ b("-0.3").fix }
t{ b("1.5").divmod(0) }
t{ b("NaN").divmod(1) }
t{ b("1")._dump }
t{ b("1234567890.0123")._dump }
t{ b("0")._dump }
t{ b("NaN")._dump }
t{ b("-Infinity")._dump }
t{ b("1").to_i; b("Infinity").to_i }
t{ b("NaN").to_i }
t{ b("NaN").to_r }
t{ b("NaN") == b("NaN") }
t{ b("1") <=> "a" }
t{ b("1") < "a" }
t{ b("1") < nil }
t{ b("1") + nil }
t{ b("1") + "1" }
t{ b("1").add("1", 2) }
t{ b("1").add(nil, 2) }
t{ b("1").coerce(nil) }
t{ b("1").coerce("1") }
t{ b("1").coerce(Rational(1,3)) }
t{ b("1") + Rational(1,3) }
t{ b("1").div(nil) }
t{ b("1").div("a") }
t{ b("1").div(3, -1) }
t{ b("1").div(3, "a") }
t{ b("1").quo(3) }
t{ b("1").mult(nil,1) }
t{ BigDecimal("1x") }
t{ BigDecimal("") }
t{ BigDecimal(" 1_000.5 \n") }
t{ BigDecimal("1__0") }
t{ BigDecimal("0x1") }
t{ BigDecimal("1e") }
t{ BigDecimal(".5") }
t{ BigDecimal("5.") }
t{ BigDecimal("1\0") }
t{ BigDecimal(nil) }
t{ BigDecimal(:a) }
t{ BigDecimal(Object.new) }
t{ BigDecimal(1.1) }
t{ BigDecimal(1.1, 17) }
t{ BigDecimal(0.1+0.2) }
t{ BigDecimal(0.1+0.2, 16) }
t{ BigDecimal(Rational(1,3)) }
t{ BigDecimal(Rational(1,3), 0) }
t{ BigDecimal(Complex(1,2)) }
t{ BigDecimal("x", exception: false) }
t{ BigDecimal(nil, exception: false) }
t{ BigDecimal("1", -1) }
t{ BigDecimal("1", exception: 1) }
t{ BigDecimal.mode(1) }
t{ BigDecimal.mode(BigDecimal::ROUND_MODE, :foo) }
t{ BigDecimal.mode(BigDecimal::ROUND_MODE, 99) }
t{ BigDecimal.mode(BigDecimal::EXCEPTION_ALL) }
t{ BigDecimal.mode(BigDecimal::EXCEPTION_ALL, 1) }
t{ BigDecimal.mode(0x200) }
t{ BigDecimal.mode("a") }
t{ BigDecimal.limit(-1) }
t{ b("1.23456").round(2) }
t{ b("1.23456").round(-1) }
t{ b("15").round(-1) }
t{ b("15").round(-1, :up) }
t{ b("1.5").round(half: :even) }
t{ b("1.5").round(half: "foo") }
t{ b("1.5").round(1, :foo) }
t{ b("1.5").round(1, 77) }
t{ b("1.5").round("a") }
t{ b("Infinity").round }
t{ b("NaN").round }
t{ b("NaN").round(1) }
t{ b("Infinity").round(0) }
t{ b("Infinity").floor }
t{ b("Infinity").frac }
t{ b("123.456").to_s("5F") }
t{ b("1234567.1234567").to_s("3F") }
t{ b("1234567.1234567").to_s("+3F") }
t{ b("1234567.1234567").to_s("3E") }
t{ b("1234567.1234567").to_s(" 2") }
t{ b("1234567.1234567").to_s(2) }
t{ b("1234567.1234567").to_s(0) }
t{ b("1e30").to_s("F") }
t{ b("1e-30").to_s("4F") }
t{ b("-1e-3").to_s("F") }
t{ b("100").to_s("2F") }
t{ b("0").to_s("+") }
t{ b("Infinity").to_s("+") }
t{ b("-123.4").split }
t{ b("NaN").split }
t{ b("-0").split }
t{ b("Infinity").split }
t{ b("-0").exponent }
t{ b("123.400").precision_scale }
t{ b("1e20").precision_scale }
t{ b("1e-20").precision_scale }
t{ b("1").sign }
t{ b("-0").sign }
t{ b("1").hash == b("1.0").hash }
t{ b("2")**0.5 }
t{ b("2")**-1 }
t{ b("3")**-2 }
t{ b("2")**nil }
t{ b("2").power(10, 2) }
t{ b("2").power("a") }
t{ b("-2")**0.5 }
t{ b("0")**-1 }
t{ b("2").sqrt(0) }
t{ b("2").sqrt(-1) }
t{ b("-2").sqrt(1) }
t{ b("NaN").sqrt(1) }
t{ b("2").sqrt("a") }
t{ b("4").sqrt(30) }
t{ BigMath.log(b("2"), 20) }
t{ BigMath.exp(b("1"), 20) }
t{ BigMath.exp(b("-1000"), 20) }
t{ BigMath.log(b("0"), 20) }
t{ BigMath.log(b("-1"), 20) }
t{ BigMath.log("a", 20) }
t{ BigMath.log(nil, 20) }
t{ BigMath.log(2, 0) }
t{ BigMath.exp(2, -1) }
t{ BigMath.exp("1", 1) }
t{ BigDecimal.allocate }
t{ BigDecimal._load("9:0.1e1") }
t{ BigDecimal._load("a") }
t{ BigDecimal._load("1:xyz") }
t{ Marshal.dump(b("1.5")) }
t{ BigDecimal.interpret_loosely("1.5abc") }
t{ BigDecimal.interpret_loosely("abc") }
t{ BigDecimal("1e99999999999999999999") }
t{ BigDecimal("1e-99999999999999999999") }
t{ BigDecimal("1e9223372036854775807") }
t{ b("1.5").to_f }
t{ b("1e400").to_f }
t{ b("-1e-400").to_f }
t{ b("1.5").to_r }
t{ b("1.5").dup.equal?(b("1.5")); x=b("1"); x.dup.equal?(x) && x.clone.equal?(x) }
t{ b("7.5") % 2 }
t{ b("-7.5") % 2 }
t{ b("-7.5").remainder(2) }
t{ b("-7.5").divmod(2) }
t{ b("7") % b("Infinity") }
t{ b("-7") % b("Infinity") }
t{ b("7").div(2) }
t{ b("7").div(b("Infinity")) }
t{ b("Infinity").div(2) }
t{ b("Infinity") - b("Infinity") }
t{ b("0") * b("Infinity") }
t{ 1 + b("2") }
t{ 1.5 + b("2") }
t{ Rational(1,3) + b("2") }
t{ 3 <=> b("2") }
t{ 2 == b("2") }
t{ 2.0 == b("2") }
t{ Rational(2) == b("2") }
t{ b("2") == Rational(2) }
t{ b("1").frozen? }
t{ BigDecimal.save_rounding_mode{ BigDecimal.mode(256, :up); b("1")/3 } }
t{ BigDecimal.save_limit{ BigDecimal.limit(3); [b("1")/3, b("1.23456")+1, b("1.23456")*1, b("1.23456")] } }
t{ BigDecimal.save_exception_mode{ BigDecimal.mode(255, true); b("NaN") } }
t{ BigDecimal.save_exception_mode{ BigDecimal.mode(255, true); b("1")/0 } }
t{ BigDecimal.save_exception_mode{ BigDecimal.mode(255, true); b("0")/0 } }
t{ BigDecimal.save_exception_mode{ BigDecimal.mode(255, true); b("1e400").to_f } }
t{ BigDecimal.save_exception_mode{ x=b("Infinity"); BigDecimal.mode(255, true); x+1 } }
t{ BigDecimal.save_exception_mode{ x=b("Infinity"); BigDecimal.mode(255, true); -x } }
t{ BigDecimal.save_exception_mode{ x=b("NaN"); BigDecimal.mode(255, true); x*2 } }
t{ BigDecimal.save_exception_mode{ x=b("NaN"); BigDecimal.mode(255, true); x+2 } }
t{ b("2").nonzero? }
t{ b("0").nonzero? }
t{ b("1.2")._decimal_shift(3) }
t{ "%.3f" % b("1.2345") }
t{ b("1.2").ceil(1).class }
t{ b("1.25").ceil(1) }
t{ b("1.25").floor(-1) }
t{ b("1.2").truncate }
t{ b("1234567890123456789012345678901234567890")/3 }
t{ b("1e-400")/3 }
t{ b("2")**b("0.5") }
t{ b("1.1").power(2.5) }
t{ b("100").n_significant_digits }
t{ b("Infinity") ** 2 }
t{ b("2") ** b("Infinity") }
t{ b("0.5") ** b("Infinity") }
t{ b("Infinity") ** -1 }
t{ b("1").to_s.encoding }
t{ Float(b("1.5")) }
t{ Integer(b("1.5")) }
t{ b("1.5").floor }
t{ b("-1.5").abs }
t{ [b("3"),b("1")].max }
t{ [b("3"),1,2.5].sum }
t{ b("1").eql?(1) }
t{ b("5").clamp(1,3) }
t{ b("5").step(7,1).to_a }
t{ b("1.5").integer? }
t{ b("1.5").real? }
t{ Math.sqrt(b("4")) }
t{ 10.quo(b("3")) }
t{ 10.fdiv(b("4")) }
t{ 10.divmod(b("3")) }
t{ 10 ** b("2") }
t{ 2.0 ** b("2") }
t{ Rational(1,2) ** b("2") }
t{ BigDecimal::INFINITY }
t{ BigDecimal::VERSION }
t{ [1.to_d, 1.5.to_d, 1.5.to_d(1), "12.5kg".to_d, "x".to_d, nil.to_d, (1/3r).to_d(3), Complex(1.5, 0).to_d(2), b("1").to_d] }
t{ Complex(1, 2).to_d }
t{ [b("1234.5").to_digits, b("-0.00012").to_digits, b("NaN").to_digits, b("0").to_digits] }
t{ BigMath.PI(30) }
t{ BigMath.E(30) }
t{ BigMath.sin(b("1"), 30) }
t{ BigMath.cos(b("100"), 30) }
t{ BigMath.tan(b("1.5"), 20) }
t{ BigMath.atan(b("-2.5"), 30) }
t{ BigMath.asin(b("0.5"), 20) }
t{ BigMath.acos(b("-0.999"), 20) }
t{ BigMath.atan2(b("-1"), b("-2"), 20) }
t{ BigMath.sinh(b("0.001"), 20) }
t{ BigMath.cosh(b("2"), 20) }
t{ BigMath.tanh(b("-0.3"), 20) }
t{ BigMath.asinh(b("3"), 20) }
t{ BigMath.acosh(b("3"), 20) }
t{ BigMath.atanh(b("0.1"), 20) }
t{ BigMath.log2(b("1024"), 20) }
t{ BigMath.log10(b("1000"), 20) }
t{ BigMath.log10(b("7"), 20) }
t{ BigMath.log1p(b("1e-30"), 20) }
t{ BigMath.expm1(b("1e-30"), 20) }
t{ BigMath.cbrt(b("-27"), 20) }
t{ BigMath.cbrt(b("2"), 20) }
t{ BigMath.hypot(b("3"), b("4"), 20) }
t{ BigMath.frexp(b("123.5")) }
t{ BigMath.ldexp(b("0.5"), 3) }
t{ BigMath.sqrt(b("2"), 25) }
t{ BigMath.acos(b("2"), 5) }
t{ BigMath.log(b("1e1000000000"), 25) }
t{ BigMath.exp(b("123456.789"), 25) }
t{ BigMath.log(b("1.000000000000000000001"), 25) }
t{ Marshal.load(Marshal.dump([b("1.5"), b("NaN"), b("-0")])) }
t{ {b("1.50") => 1}[b("1.5")] }
t{ Ractor.shareable?(b("1.5")) }
