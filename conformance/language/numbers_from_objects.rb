# Complex(), Rational() and %c of objects, Strings in other encodings and numbers out of range.
def t; r = yield; p r; p r.encoding if String === r; rescue Exception; p $!; end
t { sprintf("%c".encode("ASCII"), 1286) }
t { sprintf("%c".dup.force_encoding("euc-jp"), 9415601) }
t { sprintf("%c".encode("ASCII"), 200) }
t { sprintf("%c".b, 200) }
t { sprintf("%c".b, 300) }
t { sprintf("%c", -1) }
t { sprintf("%c", 0x110000) }
t { sprintf("%c", 1<<40) }
t { sprintf("%c".dup.force_encoding("euc-jp"), 0xff) }
t { sprintf("%c".dup.force_encoding("sjis"), 0x81) }
t { sprintf("%cé".encode("iso-8859-1"), 0x181) }
t { sprintf("é%c".encode("iso-8859-1"), 0xe9) }
class N < Numeric; def initialize(n, r) = (@n=n;@r=r); def real? = @r;def *(o) = N.new("#{@n}*#{o}", @r); def +(o) = N.new("#{@n}+#{o.inspect}", @r); def inspect = "N(#{@n})"; def coerce(o)=[N.new(o.inspect,@r), self]; end
t { Complex(N.new(1,false)) }
t { Complex(N.new(1,true)) }
t { Complex(N.new(1,false), N.new(2,false)) }
t { Complex(N.new(1,true), N.new(2,false)) }
t { Complex(N.new(1,false), N.new(2,true)) }
t { Complex(3, N.new(2,false)) }
t { Complex(N.new(2,false),4) }
t { Complex(N.new(2,false),Complex(1,2)) }
t { Complex(:s, 0, exception: false) }
t { Complex(:s, 0) }
t { Complex(:s, :t) }
t { Complex(:s, :t, exception: false) }
t { Complex(0, :t) }
t { Complex(Object.new, Complex(1,2), exception: false) }
t { Complex(Object.new, Complex(1,2)) }
t { Complex(Complex(1,2), Object.new) }
t { Complex("1".encode("utf-16")) }
t { Complex("1".encode("utf-16"),exception: false) }
t { Complex("1".encode("utf-16le"),exception: false) }
t { Complex(1, "1".encode("utf-16le"),exception: false) }
t { "1".encode("utf-16le").to_c }
t { Rational("1".encode("utf-16le")) }
t { Rational("1".encode("utf-16le"), exception: false) }
t { "1".encode("utf-16le").to_r }
o = Object.new; def o.to_r = []
t { Rational(o) }
t { Rational(o, 2) }
t { Rational(2, o) }
def o.to_r = 5
t { Rational(o) }
t { Rational(o, 2) }
t { Rational(2, o) }
def o.to_r = nil
t { Rational(o) }
o = Object.new; def o.to_r = raise("x")
t { Rational(o) }
o = Object.new; def o.to_int = raise(NoMethodError)
t { Rational(o) }
t { Rational(o, 1) }
t { Rational(1, o) }
def o.to_int = raise("x")
t { Rational(o) }
def o.to_int = raise(Exception, "y")
t { Rational(o) }
def o.to_int = "x"
t { Rational(o) }
def o.to_int = throw(:x)
t { Rational(o) }
o = Object.new; def o.to_c = 5
t { Complex(o) }
def o.to_c = Object
t { Complex(o) }
def o.to_c = raise("x")
t { Complex(o) }
t { Complex(o, exception: false) }
class M < Numeric; end
t { Rational(M.new) }
t { Rational(M.new, 2) }
class M; def to_r = 3.5; end
t { Rational(M.new) }
