# Changing modules: constants found anew, visibility, module functions.
module Mixed
  FOUND = :mixed
end
FOUND = :top
class Holder
  def self.found = FOUND
end
p Holder.found
Holder.include(Mixed)
p Holder.found

module Evaluated
  eval "private"
  def still_public; end
  eval "module_function; def inside = 1"
  def outside = 2
end
p Evaluated.instance_methods, Evaluated.inside, Evaluated.respond_to?(:outside)

module Functions
  module_function
  define_method(:made) { 3 }
  def initialize_copy(other) = nil
end
p Functions.made, Functions.public_methods(false).include?(:initialize_copy)

class Base
  def foo = :base
end
class Below < Base; end
module Before
  def foo = [:before, super]
end
Below.prepend(Before)
Below.class_eval { private :foo }
p Below.new.foo

p Module.new.set_temporary_name("fake::x")
["A::B", "A", ""].each do |name|
  Module.new.set_temporary_name(name)
rescue ArgumentError => e
  p e.message
end

class Attributes
  p attr(:a, true), attr(:b, :c)
end

begin
  class << String
    undef_method :not_there
  end
rescue NameError => e
  p e.message
end
begin
  Module.instance_method(:append_features).bind_call(String, String)
rescue TypeError => e
  p e.message
end
p Class.private_method_defined?(:append_features), Class.private_method_defined?(:module_function)
p Object.const_get("::Base"), Below.const_source_location("Base", false)

class WithMeta
  def self.meta = :meta
end
class UnderMeta < WithMeta; end
p UnderMeta.dup.meta
begin
  BasicObject.dup
rescue TypeError => e
  p e.message
end

trace_var(:$traced) { |value| p [:traced, value] }
$traced = 1
untrace_var(:$traced)
$traced = 2

flagged = proc { |*args| args.last }.ruby2_keywords
p Hash.ruby2_keywords_hash?(flagged.call(a: 1))

begin
  Integer("z", exception: 1)
rescue ArgumentError => e
  p e.message
end
p test(?e, "/"), test(?d, "/"), Ruby::ENGINE == RUBY_ENGINE
[1].any?(1)
p Warning.method(:warn).owner

# A block that a method gives to Class.new or class_eval is a body of its own for `private` without names.
def made
  Class.new do
    def open; end
    private
    def closed; end
    attr_accessor :kept
    define_method(:defined) { }
    [1].each { def inside; end }
    protected
    def guarded; end
  end
end
p made.private_instance_methods(false).sort, made.protected_instance_methods(false), made.public_instance_methods(false)
class Made
  private
  def define_inner; self.class.class_eval { def inner; end }; end
  def define_outer; def outer; end; end
end
Made.new.send(:define_inner)
Made.new.send(:define_outer)
p Made.private_instance_methods(false).sort, Made.public_instance_methods(false).sort
