# What looks at its caller finds its variables under any name and through send, Method and Symbol, whatever keeps them in
# registers meanwhile.
module Kernel
  alias grab binding
  alias names local_variables
  alias run_text eval
  alias given? block_given?
end
class Object
  alias on_self instance_eval
  define_method(:defined_grab, Kernel.instance_method(:binding))
end
class Ghost < BasicObject
  def method_missing(name, *args) = ::Kernel.instance_method(:binding).bind_call(self)
  def respond_to_missing?(*) = true
end
class ToS; alias to_s grab; end
class Neg; alias -@ grab; alias == eval; alias [] eval; alias << eval; alias call eval; alias + eval; public :-@, :==, :[], :<<, :+; end
module Refined
  refine Integer do
    def peek = :refined
    alias look binding
  end
end
def hold(&b) = b
def a1(i) = (x = i; hold { x }; grab.local_variable_get(:x))
def a2(i) = (x = i; hold { x }; send(:binding).local_variable_get(:x))
def a3(i) = (x = i; hold { x }; __send__(:grab).local_variable_get(:x))
def a4(i) = (x = i; hold { x }; Kernel.send(:eval, "x").abs)
def a5(i) = (x = i; hold { x }; method(:eval).call("x"))
def a6(i) = (x = i; hold { x }; method(:run_text).unbind.bind_call(self, "x"))
def a7(i) = (x = i; hold { x }; method(:names).().size * x)
def a8(i) = (x = i; hold { x }; defined_grab.local_variable_get(:x))
def a9(i) = (x = i; hold { x }; :grab.to_proc.call(self).local_variable_get(:x))
def b1(i) = (x = i; hold { x }; method(:run_text).to_proc.call("x += 1") + x)
def b2(i) = (x = i; hold { x }; names.include?(:x) ? x : -1)
def b3(i) = (x = i; hold { x }; run_text("x + 1"))
def b4(i) = (x = i; hold { x }; send(:eval, "x += 2"); x)
def b5(i) = (x = i; hold { x }; on_self("x = x * 2"); x)
def b6(i) = (x = i; hold { x }; [self].each { |o| o.on_self("x += 1") }; x)
def b7(i) = (x = i; hold { x }; [1].sum { grab.local_variable_get(:x) })
def b8(i) = (x = i; hold { x }; [1, 2].each { |y| grab.local_variable_set(:x, x + y) }; x)
def b9(i) = (x = i; hold { x }; o = Neg.new; (o == "x += 1"); o["x += 1"]; o << "x += 1"; o + "x += 1"; x)
def c1(i) = (x = i; hold { x }; ["x + 3", "4"].inject { |a, b| on_self(a) + b.to_i })
def c2(i) = (x = i; hold { x }; public_send(:instance_eval, "x += 5"); x)
def c3(i) = (x = i; hold { x }; (-Neg.new).local_variable_get(:x))
def c4(i) = (x = i; y = 0; 3.times { |j| y += grab.local_variable_get(:x) + j; x += 1 }; x + y)
def c5(i) = (x = i * 1.5; y = 0.0; 3.times { |j| x += 0.5; y += run_text("x"); run_text("x += 1") }; x + y)
def c6(i) = yield(i) + (given? ? 1 : 0) + [1].sum { given? ? 1 : 0 } + (send(:block_given?) ? 1 : 0) + [1].sum { method(:given?).call ? 1 : 0 }
def c7(i) = (x = i; c6(i) { |q| x += q; grab.local_variable_get(:x) } + x)
def c8(i) = [1].sum { given? ? 1 : 0 } + (given? ? 1 : 0) + i
def c9(i) = (x = i; hold { x }; %i[binding grab].each { |m| x += send(m).local_variable_get(:x) }; x)
def d1(i) = (x = i; hold { x }; m = i.odd? ? :grab : :itself; r = send(m); x + (Binding === r ? r.local_variable_get(:x) : 0))
def d2(i) = (x = i; g = ->(y) { hold { y }; x += y; grab.local_variable_get(:x) + grab.local_variable_get(:y) }; g.(1) + g[2] + x)
def d3(i) = (x = i; hold { x }; b = nil; begin; b = grab; raise "e" if i.odd?; rescue; x += 1; end; b.local_variable_get(:x))
def d4(i) = (x = i; hold { x }; (__method__ == :d4 && send(:__method__) == :d4) ? x : -1)
def d5(i) = (x = i; hold { x }; (send(:caller, 0).first[/d5/] && caller_locations(0, 1)[0].label[/d5/] && method(:caller_locations).call(0, 1)[0].lineno > 0) ? x : -1)
def d6(i) = (x = i; hold { x }; Ghost.new.foo; x)
def d7(i) = (x = i; hold { x }; "#{ToS.new}".size > 3 ? x : 0)
def d8(i) = (x = i; s = 0; i.clamp(2, 5).times { |k| s += k; x += 1 if s > grab.local_variable_get(:s) - 1 }; x * 10 + s)
using Refined
def d9(i) = (x = i; hold { x }; [1.peek, (1.send(:look) ).class].hash; x)
class Vis
  def self.make(how)
    x = how
    hold { x }
    send(:private); define_method(:"p#{how}") { x }
    send(:public); define_method(:"q#{how}") { x }
    x
  end
end
mods = Module.new { 3.times { |i| method(:module_function).call; send(:public) } }
all = %i[a1 a2 a3 a4 a5 a6 a7 a8 a9 b1 b2 b3 b4 b5 b6 b7 b8 b9 c1 c2 c3 c4 c5 c7 c8 c9 d1 d2 d3 d4 d5 d7 d8 d9]
all.each do |name|
  sum = 0
  bad = 0
  150.times { |i| begin; sum += send(name, i); rescue StandardError => e; bad += 1; $err = e; end }
  puts "#{name} #{sum} #{bad} #{$err.class if bad > 0}"
end
p Vis.make(3), (1..100).sum { |i| Vis.make(i) }
