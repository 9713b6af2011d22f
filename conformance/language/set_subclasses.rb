# Subclasses of Set are built on their own methods.
class Texts < Set
  def add(element) = super(element.to_s)
end
p Texts.ancestors.take(4).map(&:to_s), Texts.new([1, 2]).to_a, (Texts[1] << 2).to_a, Texts.new([1]).merge([5]).to_a
p (Texts[1] | [2]).to_a, Texts[1].add?(7).to_a, Texts.new([3]) { |x| x + 1 }.to_a, (Texts[1] & ["1"]).to_a
class Bare < Set::CoreSet
  def add(element) = super(element.to_s)
end
p Bare.new([1]).to_a, Bare.ancestors.take(3).map(&:to_s)
begin; Texts.new(5); rescue ArgumentError => e; p e.message; end
p Texts[1] == Set["1"], Set["1"] == Texts[1]
