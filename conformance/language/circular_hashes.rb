# Numbers of things that contain themselves, wherever the circle is entered, and other corners of Hash.
a = []
a << a
p a.hash == [a].hash, a.hash == [[a]].hash
h = {}
h[:x] = [h]
p h.hash == {x: [h]}.hash, {h => 1}[h]
s = Struct.new(:a).new
s.a = [s]
p s.hash == [s].first.hash, {s => 2}[s]
class Around
  def initialize = @list = [self]
  def hash = @list.hash
end
p Around.new.hash == Around.new.hash
p({1.0 => :float}.assoc(1), {"a" => 1}.compare_by_identity.assoc("a"), {1 => 2}.assoc(3))
begin; {}.fetch("long " * 30); rescue KeyError => e; puts e.message; end
begin; {}.fetch("é" * 63); rescue KeyError => e; puts e.message; end
p (2...).cover?(2..), (2..).cover?(2...), (0..10) === (1..2), (0..10).cover?(1..2)
class Refuses
  def <=>(other) = raise("compare")
end
begin; Range.new(Refuses.new, 1); rescue => e; p e; end
begin; (Refuses.new..2); rescue => e; p e; end
h = {x: 1}
h[[h]] = :key
h.rehash
p h[[h]], h.size
object = Object.new
def object.to_ary = [self]
begin; [object].join; rescue ArgumentError => e; puts e.message; end
