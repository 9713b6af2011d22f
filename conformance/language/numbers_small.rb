# Rounding, reading and writing of numbers where the last digit or the sign is at stake.
p [5.015, 1.005, 2.0005, 2.675, 0.125, 0.05, 2.5, 12345.675].map { |x| "%.2f" % x }, "%.3f" % 2.0005, "%.3e" % 1.0005, "%.1f" % 0.25, "%.30f" % 5.015
p -1e-8.round(3), -1e-8.truncate(3), -1e-8.ceil(3), -0.04.round(1), 1.005.round(2), 5.015.round(2)
p "-".to_f, "-abc".to_f, "-0x7b".to_f, "0x1p3".to_f, "-0".to_f, "-0x1.8".to_f, Float("0x.8"), Float("0x1."), Float("-0x.8p1")
p 2i.abs, (2**100).size, (2**64).size, -115134547497754475.fdiv(-81895474), "".upto("").to_a, "".upto("a").to_a
p [1].values_at(2..4), [1, 2].values_at(1..3), [].values_at(0..2), (1..).overlap?("a"..)
nan = Float::NAN
p [nan] == [nan], [nan].include?(nan), [nan].index(nan), { 1 => nan } == { 1 => nan }
p "secret".crypt("ab"), "a\0b".split, /(?mix)a/.to_s, /(?i)a(?-i)b/.to_s, "abc".gsub(/(?<q>b)/, '<\1>')
a = [1, [2]]; a << a
p a.flatten(1).size
begin; { a: 1 }.tap { |h| h.update({ a: 3 }) { h.rehash; 5 } }; rescue => e; p e.message; end
class Quiet; def method_missing(name, *) = super; private def hidden = 1; end
begin; Quiet.new.hidden; rescue NoMethodError => e; puts e.message; end
