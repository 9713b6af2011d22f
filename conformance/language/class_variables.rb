# Class variables and class-level instance variables.
class Base
  @@count = 0
  @level = :base
  class << self
    attr_reader :level
    def count = @@count
  end
  def initialize = @@count += 1
  def self.inherited(k)
    super
    k.instance_variable_set(:@level, :derived)
  end
end
class Derived < Base
  def bump = @@count += 10
end
Base.new
Derived.new.bump
p Base.count, Derived.count, Base.level, Derived.level
p Base.class_variables, Derived.class_variables, Derived.class_variables(false)
p Base.class_variable_get(:@@count), Base.class_variable_defined?(:@@x)
Base.class_variable_set(:@@x, 5)
p Derived.class_variable_get(:@@x)
begin
  Base.class_variable_get(:@@nope)
rescue NameError => e
  puts e.message
end
class Base
  def self.read = @@missing
end
begin
  Base.read
rescue NameError => e
  puts e.message
end
module Shared
  @@shared = 1
  def shared = @@shared += 1
end
class U1; include Shared; end
class U2; include Shared; end
p U1.new.shared, U2.new.shared
p defined?(@@zz), Base.class_eval { defined?(@@count) }
class Base
  @@list ||= []
  @@list << 1
  p @@list
  remove_class_variable(:@@list)
  p class_variable_defined?(:@@list)
end
