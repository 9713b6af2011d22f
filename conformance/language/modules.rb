# include, extend, prepend, super through them, ancestors, hooks, module_function, method visibility.
module Greet
  def hello = "hello from #{self.class}"
  def name_of = "module"
end
module Loud
  def hello = super.upcase + "!"
end
class Base
  include Greet
  def name_of = "base+" + super
end
class Child < Base
  prepend Loud
  def name_of = "child+" + super
end
p Child.new.hello, Child.new.name_of
p Child.ancestors.take(4), Child.include?(Greet), Child < Greet, Greet > Child, Base <=> Child, Base <=> String
o = Object.new
o.extend(Greet)
p o.hello, o.singleton_class.include?(Greet), o.is_a?(Greet)
module Hooks
  def self.included(b) = puts("included in #{b}")
  def self.extended(b) = puts("extended #{b.class}")
  def self.prepended(b) = puts("prepended to #{b}")
end
class A1; include Hooks; end
class A2; prepend Hooks; end
Object.new.extend(Hooks)
class Parent
  def self.inherited(c)
    super
    puts "inherited #{c.name.inspect}"
  end
  def self.method_added(m) = puts("added #{m}")
end
class Kid < Parent
  def run; end
  attr_reader :x
end
module Tools
  module_function
  def twice(x) = x * 2
end
p Tools.twice(4)
class Visible
  def call_private = secret
  def call_self = self.secret
  def compare(o) = o.guarded
  private
  def secret = :secret
  protected
  def guarded = :guarded
  public
  def open = :open
  private def inline = 1
end
v = Visible.new
p v.call_private, v.call_self, v.compare(Visible.new), v.open
[:secret, :guarded, :inline, :missing].each do |m|
  begin
    v.public_send(m)
  rescue NoMethodError => e
    puts e.message
  end
end
p Visible.private_instance_methods(false).sort, Visible.public_instance_methods(false).sort
p v.respond_to?(:secret), v.respond_to?(:secret, true)
module Counter
  def self.extended(base) = base.instance_variable_set(:@count, 0)
  def tick = @count += 1
end
class Ticker; extend Counter; end
Ticker.tick
p Ticker.tick
p Greet.instance_methods.sort, Comparable.instance_of?(Module), Greet.class, Class.superclass
p Module.new.to_s.start_with?("#<Module:0x")
m = Module.new { def late = :late }
class Base; end
Base.include(m)
p Child.new.late
p Child.instance_method(:name_of).owner, Child.new.method(:hello).owner, Child.new.method(:name_of).super_method.owner
begin
  Class.new(Greet)
rescue TypeError => e
  puts e.message
end
begin
  class Base < String; end
rescue TypeError => e
  puts e.message
end
begin
  Greet = 5 if false
  class Greet; end
rescue TypeError => e
  puts e.message.lines.first
end
