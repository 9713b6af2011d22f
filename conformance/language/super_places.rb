# Where `super` goes on from: methods under another name, bound ones of modules, and a self that does not fit.
class Base
  def name = :base
  def only = :only
end
class Middle < Base
  def name = [:middle, super]
end
class Last < Middle
  define_method(:other, Middle.instance_method(:name))
end
p Last.new.other, Last.instance_method(:other).name
object = Middle.new
object.singleton_class.define_method(:own, Middle.instance_method(:name))
p object.own
module Loose
  def only = [:loose, super]
end
p Loose.instance_method(:only).bind(Base.new).call
begin; Loose.instance_method(:only).bind_call(3); rescue NoMethodError => e; puts e.message; end
class Wrong < Base
  def name = Object.new.instance_eval { super() }
  def only = "text".instance_eval { super }
end
begin; Wrong.new.name; rescue TypeError => e; puts e.message; end
begin; Wrong.new.only; rescue TypeError => e; puts e.message; end
begin; Object.new.send(:method_missing); rescue ArgumentError => e; puts e.message; end
begin; Object.const_source_location("RUBY_VERSION::X"); rescue TypeError => e; puts e.message; end
class TrueClass
  def ==(other) = other == 1
end
p true === 1, true === 2, true === true
p eval("\xef\xbb\xbf__ENCODING__".b)
class Opened
  define_method(:initialize, Object.instance_method(:initialize))
  define_method(:kind, Kernel.instance_method(:is_a?))
end
p Opened.private_method_defined?(:initialize), Opened.instance_method(:kind).original_name, Opened.new.kind(Opened)
p "helloYOU.".rindex(/YOU\G/, 8), "helloYOU.".rindex(/YOU\G/)
