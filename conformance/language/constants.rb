# Constants: lexical scope, inheritance, nesting, const_get, const_missing, redefinition, autoload-free.
A = 1
module Outer
  A = 2
  B = 3
  module Inner
    def self.values = [A, B, ::A]
    C = 4
  end
  class K
    D = 5
    def d = D
  end
  class L < K
    def inherited = D
    def from_self = self.class::D
  end
end
p Outer::Inner.values, Outer::L.new.inherited, Outer::L::D
p Outer.constants.sort, Outer::L.constants, Outer::L.constants(false)
p Outer.const_get(:B), Object.const_get("Outer::Inner::C"), Outer.const_defined?(:Z), Outer::L.const_defined?(:D, false)
module Outer::Inner
  begin
    B
  rescue NameError => e
    puts e.message
  end
end
begin
  Outer::Nothing
rescue NameError => e
  puts e.message
  p e.name, e.receiver
end
class Magic
  def self.const_missing(n) = "missing #{n}"
end
p Magic::Anything
Outer.const_set(:E, 9)
p Outer::E
Outer.send(:remove_const, :E)
p Outer.const_defined?(:E)
begin
  Outer.const_set("lower", 1)
rescue NameError => e
  puts e.message
end
p Module.nesting, Outer.module_eval { Module.nesting }
module Outer
  module Inner
    p Module.nesting
  end
end
class Lazy
  LIST = %w[a b].freeze
  TABLE = LIST.each_with_index.to_h
end
p Lazy::TABLE, Lazy::LIST.frozen?
X ||= 5
X ||= 6
p X
Outer::Y = 7
p Outer::Y
k = Class.new
p k.name
Named = k
p k.name, Named.to_s
p Outer::Inner.name
module Outer
  private_constant :B
end
begin
  Outer::B
rescue NameError => e
  puts e.message
end
def changing = A
p changing
Object.send(:remove_const, :A)
A = 100
p changing
p defined?(A), defined?(Outer::Q), defined?(Outer::Inner)
p Outer.const_source_location(:B).class
