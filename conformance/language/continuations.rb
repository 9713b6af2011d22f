# Continuations lead out of `callcc`, through blocks of builtins too. They belong to their thread and fiber.
require "continuation"

p(callcc { :value }, callcc { |k| k.call }, callcc { |k| k[1] }, callcc { |k| k.call(1, 2) })
p [1, 2, 3].map { |x| callcc { |k| k.call(:two) if x == 2; x } }
def yielder = yield
p(callcc { |k| [1].each { yielder { k.call(:out) } } })
p(callcc { |outer| callcc { |inner| outer.call(:both) }; :inner })

def tell
  yield
rescue Exception => error
  puts "#{error.class}: #{error.message}"
end
tell { Continuation.new }
tell { Continuation.allocate }
tell { callcc }
tell { Marshal.dump(callcc { |k| k }) }
held = nil
waiting = Thread.new { callcc { |k| held = k; Thread.stop } }
Thread.pass until held
tell { held.call }
waiting.kill.join
callcc { |k| Fiber.new { tell { k.call } }.resume }

p Continuation.instance_methods(false), method(:callcc).arity, respond_to?(:callcc), respond_to?(:callcc, true)
