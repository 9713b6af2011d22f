# A Time compared with what is none: the other one is asked, and its answer turned round.
class ZE; def initialize(v) = @v = v; def <=>(o) = @v; end
t = Time.now
[-1, 1, 0, nil, 5, -2.5, 2**70, -(2**70), "x", 0.0].each { |v| r = begin; t <=> ZE.new(v); rescue => e; e.class; end; p r }
p((t <=> 1), (t <=> nil), (t <=> "x"))
class Back; def <=>(o) = o <=> self; end
p((t <=> Back.new))
