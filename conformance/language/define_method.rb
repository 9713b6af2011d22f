# define_method, instance_variable_get/set, send, public_send, remove/undef, alias, method objects, instance_exec.
class Maker
  %w[red green].each_with_index do |c, i|
    define_method(c) { |x = i| "#{c}#{x}" }
    define_method(:"#{c}?") { true }
  end
  define_method(:with_block) { |a, *b, k: 1, &blk| [a, b, k, blk&.call(a)] }
  body = instance_method(:red)
  define_method(:rouge, body)
end
m = Maker.new
p m.red, m.green(7), m.red?, m.rouge(1)
p m.with_block(1, 2, k: 3) { |x| x * 10 }
p Maker.instance_method(:with_block).parameters, m.method(:red).arity
m.define_singleton_method(:only) { :only_me }
p m.only, m.singleton_methods
class Maker
  alias_method :rot, :red
  alias vert green
  def red(*) = "new red"
end
p m.rot, m.red, m.vert
class Sub < Maker
  undef_method :green
  def red(*) = super + " sub"
end
begin
  Sub.new.green
rescue NoMethodError => e
  puts e.message
end
p Sub.new.red
Sub.remove_method(:red)
p Sub.new.red
begin
  Sub.send(:remove_method, :red)
rescue NameError => e
  puts e.message
end
o = Object.new
o.instance_variable_set(:@a, 1)
p o.instance_variables, o.instance_variable_get(:@a), o.instance_variable_defined?(:@b)
p o.instance_exec(5) { |x| @a + x }
p o.remove_instance_variable(:@a), o.instance_variables
p 5.send(:+, 3), [1, 2].public_send(:map) { |x| x * 2 }
um = Array.instance_method(:size)
p um.bind([1, 2, 3]).call, um.bind_call([1])
begin
  um.bind("x")
rescue TypeError => e
  puts e.message
end
p 5.method(:+).unbind.bind(6).call(1)
class Maker
  class << self
    attr_accessor :config
    def build(&b) = new.tap { |x| x.instance_eval(&b) }
  end
end
Maker.config = { a: 1 }
p Maker.config
p Maker.build { @z = 3 }.instance_variable_get(:@z)
String.class_eval { def shout = upcase + "!" }
p "a".shout
String.send(:remove_method, :shout)
p "a".respond_to?(:shout)
p (def some_name; end), (define_method(:x) { } rescue "private at top level")
