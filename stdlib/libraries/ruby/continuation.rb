# Continuations that lead out of `callcc`, on a running stack only: one that was left is gone, so that none can be entered again.

warn("continuation.so: warning: callcc is obsolete; use Fiber instead") unless $VERBOSE.nil?

class Continuation
  singleton_class.undef_method(:new)
  Primitive.undefine_allocator(self)

  def call(*values)
    thread, fiber, is_running = Primitive.hidden_get(self, :place)
    raise "continuation called across threads" unless thread.equal?(Thread.current)
    raise "continuation called across fiber" unless fiber.equal?(Fiber.current)
    raise NotImplementedError, "entering a continuation again is not implemented in maglev" unless is_running
    throw(self, values.size > 1 ? values : values.first)
  end
  alias [] call
end

module Kernel
  module_function

  def callcc
    raise LocalJumpError, "no block given" unless block_given?
    continuation = Primitive.allocate_object(Continuation)
    place = [Thread.current, Fiber.current, true]
    Primitive.hidden_set(continuation, :place, place)
    catch(continuation) { yield continuation }
  ensure
    place[2] = false if place
  end
end
