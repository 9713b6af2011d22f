# Classes that hold instances of themselves and of each other, made by Struct and Data, nested, and enumerable.
def elsewhere(code) = system(RbConfig.ruby, "-e", code) || abort("failed: #{code}")
elsewhere <<~'RUBY'
  Maglev.persistent { eval <<~R }
    class Color; attr_reader :n; def initialize(n) = @n = n; RED = new(1); ALL = [RED, new(2)]; BY = {RED => :red}; def self.[](n) = ALL[n]; end
    class A; def b = B; end
    class B; PEER = A.new; SELF = self; end
    class A; PEER = B.new; end
    class P < Struct.new(:a, :b); def sum = a + b; end
    class D < Data.define(:x); def twice = x * 2; end
    module Deep; module Er; class Est < StandardError; def initialize(m = "deep") = super; end; end; end
    class Tree; include Enumerable; def initialize(*k) = @k = k; def each(&) = @k.each(&); end
    class Meta; [:a, :b].each { |n| class_eval "def \#{n} = :\#{n}" }; attr_writer :w; alias_method :c, :a; end
  R
  Maglev[:p] = P.new(1, 2); Maglev[:d] = D.new(x: 4); Maglev[:t] = Tree.new(3, 1, 2); Maglev[:e] = Deep::Er::Est.new
  p Maglev.commit
RUBY
elsewhere <<~'RUBY'
  p Color::RED.n, Color::ALL.size, Color::BY[Color::RED], Color[1].n, Color::ALL[0].equal?(Color::RED), Color::RED.class.equal?(Color)
  p B::PEER.class, A::PEER.class, B::SELF, A.new.b
  p Maglev[:p].sum, Maglev[:p], P.superclass.superclass, Maglev[:d].twice, Maglev[:d].with(x: 5), Maglev[:t].sort, Maglev[:e].message, Maglev[:e].class
  p Meta.new.c, Meta.new.b, Maglev[:p] == P.new(1, 2), P.members
  Maglev[:p].a = 10
  Maglev.commit
RUBY
elsewhere 'p Maglev[:p].to_a; p Maglev[:t].map { _1 + 1 }; begin; raise Deep::Er::Est; rescue Deep::Er::Est; p $!; end'
