# method_missing, respond_to_missing?, delegation, method objects of missing methods.
class Recorder
  def initialize = @calls = []
  attr_reader :calls
  def method_missing(name, *args, **kw, &block)
    return super unless name.start_with?("do_") || name == :[]
    @calls << [name, args, kw, block&.call]
    self
  end
  def respond_to_missing?(name, include_private = false) = name.start_with?("do_") || super
end
r = Recorder.new
r.do_a.do_b(1, 2).do_c(k: 3) { 4 }
p r.calls
p r.respond_to?(:do_x), r.respond_to?(:x)
p r.method(:do_later).call(9).calls.last
p (r.do_it = 5), r.calls.last
begin
  r.other(1)
rescue NoMethodError => e
  puts e.message.sub(/0x\h+/, "0x")
  p e.name, e.args
end
begin
  r.instance_eval { undefined_local }
rescue NameError => e
  p e.class, e.name
end
class Proxy < BasicObject
  def initialize(target) = @target = target
  def method_missing(name, *args, &block)
    ::Kernel.puts "-> #{name}"
    @target.__send__(name, *args, &block)
  end
  def respond_to_missing?(*) = true
end
pr = Proxy.new([3, 1, 2])
p pr.sort
p pr.map { |x| x + 1 }
p pr.class
class Ghost
  def self.method_missing(name, *) = "class #{name}"
  def self.respond_to_missing?(*) = true
end
p Ghost.anything
p [1, 2].sum { |x| Ghost.respond_to?(:x) ? x : 0 }
