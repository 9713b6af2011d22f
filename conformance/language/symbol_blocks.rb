# `&:name` written out in a call: a block for one argument, and the Symbol's Proc for everything else.

class Guarded
  def try = [self, self].map(&:kept)
  def yielding = yield(self)
  def through_yield = yielding(&:kept)
  def folded = [self, self].inject(&:kept)
  protected def kept(other = nil) = other
  private def hidden = 1
end

%i[try through_yield folded].each do |name|
  Guarded.new.public_send(name)
rescue NoMethodError => error
  puts "#{name}: #{error.message}"
end
begin
  [Guarded.new].each(&:hidden)
rescue NoMethodError => error
  puts error.message
end

# Any number of arguments, keywords, blocks.
def none = yield
def one = yield(8)
def two = yield(8, 3)
def spread = yield(*[8, 3])
def keyed = yield("a b", chomp: true)
def blocky(&block) = block.call([1, 2]) { |number| number * 2 }
begin
  none(&:succ)
rescue ArgumentError => error
  p error
end
p one(&:succ), two(&:-), spread(&:%), keyed(&:lines), blocky(&:map)
begin
  one(&:-)
rescue ArgumentError => error
  p error.message, error.backtrace_locations.map(&:base_label).first(2)
end
begin
  two(&:succ)
rescue ArgumentError => error
  p error.message
end

# What it is as an object.
def given(&block) = block
made = given(&:upcase)
p made.lambda?, made.arity, made.parameters, made.source_location, made.frozen?, made.equal?(:upcase.to_proc), made == given(&:upcase), made == given(&:downcase)
p made.inspect[/\(.*/], made.call("x"), lambda(&:upcase).("y"), made.curry.call("z")
p 5.instance_eval(&:succ), 5.instance_exec(6, &:succ)
define_singleton_method(:bump, &:succ)
p bump(3)
p Hash.new(&:size)[:a] rescue p $!.class

# Pairs stay pairs.
p({ a: 1 }.map(&:first), { a: 1 }.any?(&:nil?), { a: 2 }.sum(&:last), [[1, 2]].each_with_index.map(&:first), [[3, 4]].each_entry.map(&:last))
p [1, 2, 3].inject(&:+), [3, 1].sort(&:<=>)

# The runtime's own code and the block are no places of their own.
class Integer
  def places = caller(0).map { |place| place[/'.*'/] }
end
puts [1].map(&:places), one(&:places)
def missing = [nil].each(
  &:no_such_method
)
begin
  missing
rescue NoMethodError => error
  puts error.message, error.backtrace.map { |place| place[/\d+:.*/] }
end

# Refinements of the place where it is written.
module Shouting
  refine String do
    def shout = upcase + "!"
    def size = -1
  end
end
using Shouting
p %w[a b].map(&:shout), %w[ab].sum(&:size), given(&:shout).call("c"), two(&:-)

# method_missing and respond_to_missing? are asked.
class Ghost
  def method_missing(name, *rest) = [name, rest]
  def respond_to_missing?(*) = true
end
p [Ghost.new].map(&:boo), [[Ghost.new, 1]].each { |ghost, number| p [ghost, number].then { |pair| pair.first.then(&:hoo) } }.size

events = []
TracePoint.new(:c_call, :call, :b_call) { |event| events << [event.event, event.method_id, event.lineno] if event.path == __FILE__ }.enable do
  [1].each(&:succ)
end
p events.reject { |event, _, _| event == :b_call }.map { |event, name, _| [event, name] }
