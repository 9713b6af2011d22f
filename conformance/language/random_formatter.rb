# Random::Formatter: numbers of any object with bytes.
def t(l) = puts("#{l}: #{(yield).inspect rescue "#{$!.class}: #{$!.message}"}")
class Src
  include Random::Formatter
  def initialize = @n = 0
  def bytes(count) = Array.new(count) { (@n += 37) & 255 }.pack("C*")
end
p Random.include?(Random::Formatter), Random.is_a?(Random::Formatter), Random::Formatter.instance_methods(false).sort
[100, 2**70, 1.5, 1..3, 1...3, 1.0..2.0, 1.0...2.0, nil, 0, -5, -1.5, 3...3, 2**40].each do |limit|
  t(limit) { [Src.new.random_number(limit), Src.new.random_number(limit).class] }
  t("rand #{limit}") { Src.new.rand(limit) }
end
t(:none) { [Src.new.rand, Src.new.random_number] }
t(:str) { Src.new.rand("x") }
t(:str2) { Src.new.random_number("x") }
t(:sym) { Src.new.random_number(:x) }
t(:false) { [Src.new.rand(false), (Src.new.random_number(false))] }
t(:rstr) { Random.new(1).rand("x") }
t(:rnil) { Random.new(1).rand(nil) }
t(:rstr) { Random.rand("x") }
t(:rn) { Random.random_number("x") }
t(:toint) { o = Object.new; def o.to_int = 3; Src.new.rand(o) }
t(:range) { Src.new.rand("a".."c") }
t(:nobytes) { begin; Object.new.extend(Random::Formatter).rand; rescue NoMethodError => error; error.name; end }
t(:short) { o = Object.new.extend(Random::Formatter); def o.bytes(n) = "ab"; o.rand(5) }
t(:noarr) { o = Object.new.extend(Random::Formatter); def o.bytes(n) = [1]; o.rand(5) }
t(:raise) { o = Object.new.extend(Random::Formatter); def o.bytes(n) = raise("stop"); o.rand(5) }
