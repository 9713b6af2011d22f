# Refinements: lexical activation, order of lookup, super, indirect calls, operators.
module Shout
  refine String do
    def shout = upcase + "!"
    def to_s = "refined"
    def +(other) = "#{super(other)}?"
    def upcase = "<#{super}>"
  end

  refine Integer do
    def +(other) = "plus"
    def double = self * 2
    def to_proc = proc { |x| x * self }
    def [](index) = "bit #{index}"
  end
end

def before(text) = text.respond_to?(:shout)
def before_call(text)
  text.shout
rescue NoMethodError => error
  error.message
end

puts before_call("early")
p Module.used_modules, Module.used_refinements
using Shout
p Module.used_modules, Module.used_refinements
puts before_call("still early"), before("x")
p "abc".shout, "abc".respond_to?(:shout), "a" + "b", 1 + 2, 5.double, 7[0]
p [1, 2].map(&:double), [1, 2].map(&3), "x".send(:shout), "x".public_send(:shout), "x".__send__(:shout)
p "x".method(:shout).owner, String.instance_method(:shout).owner
p "#{"x"}", "#{1}"
p eval("'e'.shout"), binding.eval("'f'.shout")
100.times { |i| raise unless i + 1 == "plus" }

class Base
  def who = "base"
  def hidden = secret
  private def secret = "private"
end

module Extra
  def who = "extra(#{super})"
end

class Base
  prepend Extra
end

class Derived < Base
  def who = "derived(#{super})"
end

module One
  refine Base do
    def who = "one(#{super})"
    def secret = "one secret"
  end
end

module Two
  refine Base do
    def who = "two(#{super})"
  end
end

module Both
  include One
  refine Derived do
    def who = "both(#{super})"
  end
end

module UsesOne
  using One
  puts Base.new.who, Derived.new.who, Base.new.hidden, Base.new.secret
end

module UsesTwo
  using One
  using Two
  puts Base.new.who
  p Module.used_modules
end

module UsesBoth
  using Both
  puts Derived.new.who, Base.new.who
end

puts Base.new.who

module Later
  refine(Array) {}
end

module UsesLater
  using Later
  def self.try
    [1].late
  rescue NoMethodError
    "not yet"
  end
end
puts UsesLater.try
module Later
  refine(Array) { def late = "now" }
end
puts UsesLater.try

module Countable
  refine Enumerable do
    def total = inject(0) { |sum, x| sum - -x }
  end
end
using Countable
p [1, 2, 3].total, (1..4).total

module Imported
  def twice = "#{self}#{self}"
end
module Importing
  refine Symbol do
    import_methods Imported
  end
end
using Importing
p :ab.twice

module Attribute
  attr_reader :x
end
refinement = Shout.refinements[0]
p refinement, refinement.class, refinement.target, Refinement.instance_methods(false)
[
  -> { Module.new.send(:refine, 3) {} },
  -> { Module.new.send(:refine, Integer) },
  -> { Module.new.send(:refine, Integer, &:x) },
  -> { Module.new.send(:using, Shout) },
  -> { using String },
  -> { refinement.include(Comparable) },
  -> { refinement.prepend(Comparable) },
  -> { Class.new.include(refinement) },
  -> { Object.new.extend(refinement) },
  -> { refinement.send(:import_methods, Attribute) },
].each do |attempt|
  attempt.call
rescue => error
  puts "#{error.class}: #{error.message.sub(/0x\h+/, "0x")}"
end

def in_method = using(Shout)
begin
  in_method
rescue => error
  puts error.message
end
