# Ractors: threads of their own that exchange copies. They run under the VM's lock like other threads.
class Ractor
  class Error < RuntimeError; end
  class ClosedError < StopIteration; end
  class IsolationError < Error; end
  class MovedError < Error; end
  class UnsafeError < Error; end

  class RemoteError < Error
    attr_reader :ractor

    def initialize(message = "thrown by remote Ractor.", ractor: nil)
      super(message)
      @ractor = ractor
    end
  end

  # What an object becomes when it is moved to another Ractor.
  class MovedObject < BasicObject
    %i[== != ! equal? __id__ __send__ instance_eval instance_exec method_missing].each do |name|
      define_method(name) { |*| ::Kernel.raise(MovedError, "can not send any methods to a moved object") }
    end
  end

  LOCK = Thread::Mutex.new
  CHANGED = Thread::ConditionVariable.new
  private_constant :LOCK, :CHANGED

  # A queue that its creator reads and everybody writes.
  class Port
    @count = 0

    def self.__next_id = @count += 1
    private_class_method :__next_id

    def initialize
      @owner = Ractor.current
      @state = { messages: [], closed: false }
      @id = Port.__send__(:__next_id)
      freeze
    end

    def send(object, move: false)
      raise ClosedError, "The port was already closed" if closed?
      message = move ? Ractor.__send__(:__moved, object) : Ractor.__send__(:__copied, object)
      Ractor.__send__(:__changing) { @state[:messages] << message }
      self
    end
    alias << send

    def receive
      __check_owner
      Ractor.__send__(:__until) do
        raise ClosedError, "The port was already closed" if closed?
        @state[:messages].empty? ? nil : [@state[:messages].shift]
      end.first
    end

    def close
      __check_owner
      Ractor.__send__(:__changing) { @state[:closed] = true }
      self
    end

    def closed? = @state[:closed] || @owner.__send__(:__ended?)

    def inspect = "#<Ractor::Port to:##{@owner.__send__(:__id)} id:#{@id}>"

    private

    def __check_owner
      raise Error, "only allowed from the creator Ractor of this port" unless Ractor.current.equal?(@owner)
    end

    # The next message in an Array, or nil; under the lock.
    def __ready = @state[:messages].empty? ? nil : [@state[:messages].shift]
  end

  @count = 1
  @last_id = 0
  @warned = false

  class << self
    def new(*args, name: nil, &block)
      raise ArgumentError, "must be called with a block" unless block
      unless name.nil? || String === name
        raise TypeError, "no implicit conversion of #{name.class} into String" unless name.respond_to?(:to_str)
        name = name.to_str
      end
      outer = Primitive.proc_outer_variables(block)
      raise ArgumentError, "can not isolate a Proc because it accesses outer variables (#{outer.map(&:first).join(", ")})." unless outer.empty?
      unless @warned
        @warned = true
        warn("Ractor API is experimental and may change in future versions of Ruby.", uplevel: 0, category: :experimental)
      end
      Primitive.begin_isolation
      ractor = allocate
      ractor.__send__(:__prepare, name, block.source_location)
      ractor.__send__(:__start, __copied(args), block)
      ractor
    end

    def current = Primitive.hidden_get(Thread.current.group || ThreadGroup::Default, :ractor) || MAIN
    def main = MAIN
    def main? = current.equal?(MAIN)
    def count = @count
    def receive = current.default_port.receive
    alias recv receive
    def [](name) = current[name]
    def []=(name, value)
      current[name] = value
    end

    def store_if_absent(name)
      store = current.__send__(:__locals)
      name = name.to_sym
      store.key?(name) ? store[name] : store[name] = yield(nil)
    end

    def select(*sources)
      raise ArgumentError, "specify at least one Ractor::Port or Ractor" if sources.empty?
      found, ready = __until do
        sources.each do |source|
          ready = source.__send__(:__ready)
          break [source, ready] if ready
        end.then { |result| result.equal?(sources) ? nil : result }
      end
      [found, Ractor === found ? found.value : ready.first]
    end

    def shareable?(object) = __shareable?(object, {}.compare_by_identity)

    def make_shareable(object, copy: false)
      object = __copied(object) if copy
      __share(object, {}.compare_by_identity)
      object
    end

    def shareable_proc(self: nil, &block) = __shareable_proc(binding.local_variable_get(:self), block, false)
    def shareable_lambda(self: nil, &block) = __shareable_proc(binding.local_variable_get(:self), block, true)

    private

    # What `# shareable_constant_value` does at run time.
    def __check_constant(value, name)
      raise IsolationError, "cannot assign unshareable object to #{name}" unless shareable?(value)
      value
    end

    def __share_constant(value, copies) = make_shareable(value, copy: copies)

    def __next_id = @last_id += 1

    def __counted(change)
      @count += change
    end

    # Changes what others may wait for.
    def __changing
      LOCK.synchronize do
        result = yield
        CHANGED.broadcast
        result
      end
    end

    # Waits until the block gives something.
    def __until
      LOCK.synchronize do
        until (result = yield)
          CHANGED.wait(LOCK)
        end
        result
      end
    end

    KERNEL = %i[frozen? freeze class clone dup instance_variables instance_variable_get instance_variable_set inspect].to_h { |name| [name, ::Kernel.instance_method(name)] }
    ALWAYS = [Module, Ractor, Integer, Float, Symbol, NilClass, TrueClass, FalseClass].freeze
    NEVER = [Thread, Method, UnboundMethod, Binding, Thread::Queue, Thread::ConditionVariable, Thread::Mutex, Enumerator, Fiber].freeze
    private_constant :KERNEL, :ALWAYS, :NEVER

    def __kernel(object, name, ...) = KERNEL[name].bind_call(object, ...)

    def __is?(object, classes) = classes.any? { |one| one === object }

    # Objects that an object refers to.
    def __each_part(object)
      case object
      when Array then object.each { |part| yield part }
      when Hash
        object.each_pair { |key, value| yield key; yield value }
        yield object.default
        yield object.default_proc
      when Range
        yield object.begin
        yield object.end
      when Struct, Data then object.to_h.each_value { |part| yield part }
      end
      __kernel(object, :instance_variables).each { |name| yield __kernel(object, :instance_variable_get, name) }
    end

    def __shareable?(object, seen)
      return true if __is?(object, ALWAYS) || seen[object]
      return true if Port === object || ENV.equal?(object)
      return false unless __kernel(object, :frozen?)
      return false if __is?(object, NEVER)
      return Primitive.hidden_get(object, :shareable) ? true : false if Proc === object
      seen[object] = true
      __each_part(object) { |part| return false unless __shareable?(part, seen) }
      true
    end

    def __share(object, seen)
      return if seen[object] || __shareable?(object, {}.compare_by_identity)
      raise Error, "can not make shareable object for #{object.inspect}" if __is?(object, NEVER)
      seen[object] = true
      return __share_proc(object) if Proc === object
      object.freeze
      raise Error, "#freeze does not freeze object correctly" unless __kernel(object, :frozen?)
      __each_part(object) { |part| __share(part, seen) }
    end

    def __share_proc(block)
      raise IsolationError, "Proc's self is not shareable: #{block.inspect}" unless shareable?(block.binding.receiver)
      __check_variables(block)
      Primitive.hidden_set(block, :shareable, true)
      block.freeze
    end

    def __check_variables(block)
      Primitive.proc_outer_variables(block).each do |name, reassigned|
        raise IsolationError, "cannot make a shareable Proc because the outer variable '#{name}' may be reassigned." if reassigned
        value = block.binding.local_variable_get(name)
        next if shareable?(value)
        raise IsolationError, "cannot make a shareable Proc because it can refer unshareable object #{value.inspect} from variable '#{name}'"
      end
    end

    def __shareable_proc(receiver, block, lambda)
      raise ArgumentError, "must be called with a block" unless block
      raise IsolationError, "self should be shareable: #{receiver.inspect}" unless shareable?(receiver)
      __check_variables(block)
      made = Primitive.proc_with_self(block, receiver, lambda || block.lambda?)
      Primitive.hidden_set(made, :shareable, true)
      made.freeze
    end

    # A deep copy of what cannot be shared.
    def __copied(object, copies = {}.compare_by_identity)
      return object if shareable?(object)
      copies.fetch(object) do
        raise TypeError, "allocator undefined for #{__kernel(object, :class)}" if __is?(object, NEVER) || Proc === object
        copy = copies[object] = __kernel(object, :clone, freeze: false)
        __fill(copy, object) { |part| __copied(part, copies) }
        __kernel(copy, :freeze) if __kernel(object, :frozen?)
        copy
      end
    end

    # The same, but the originals cannot be used any more.
    def __moved(object, copies = {}.compare_by_identity)
      return object if shareable?(object)
      copies.fetch(object) do
        raise TypeError, "allocator undefined for #{__kernel(object, :class)}" if __is?(object, NEVER) || Proc === object
        copy = copies[object] = __kernel(object, :clone, freeze: false)
        __fill(copy, object) { |part| __moved(part, copies) }
        __kernel(copy, :freeze) if __kernel(object, :frozen?)
        Primitive.retype(object, MovedObject)
        copy
      end
    end

    def __fill(copy, object)
      case object
      when Array then copy.map! { |part| yield part }
      when Hash
        pairs = object.map { |key, value| [yield(key), yield(value)] }
        copy.clear
        pairs.each { |key, value| copy[key] = value }
        copy.default = yield(object.default) unless object.default_proc
      when Struct then object.each_pair { |name, part| copy[name] = yield(part) }
      end
      __kernel(object, :instance_variables).each { |name| __kernel(copy, :instance_variable_set, name, yield(__kernel(object, :instance_variable_get, name))) }
    end
  end

  attr_reader :name, :default_port

  def send(object, move: false)
    default_port.send(object, move: move)
    self
  end
  alias << send

  def [](name) = @locals[name.to_sym]

  def []=(name, value)
    @locals[name.to_sym] = value
  end

  def close
    default_port.close
    self
  end

  def join
    raise Error, "can not join the current Ractor" if Ractor.current.equal?(self)
    Ractor.__send__(:__until) { __ended? }
    raise RemoteError.new(ractor: self), cause: @error if @error
    self
  end

  def value
    join
    @value
  end

  def monitor(port)
    state = Ractor.__send__(:__changing) do
      @monitors << port unless __ended?
      @state
    end
    __tell(port) if state == :ended
    state != :ended
  end

  def unmonitor(port)
    Ractor.__send__(:__changing) { @monitors.delete(port) }
    self
  end

  def inspect
    state = __ended? ? "terminated" : @thread.stop? ? "blocking" : "running"
    "#<#{["Ractor:##{@id}", @name, @place, state].compact.join(" ")}>"
  end
  alias to_s inspect

  private

  def receive = Ractor.receive
  alias recv receive

  def __id = @id
  def __locals = @locals
  def __ended? = @state == :ended
  def __ready = __ended? ? [nil] : nil

  def __prepare(name, place)
    @id = Ractor.__send__(:__next_id)
    @name = name
    @place = place && place.join(":")
    @locals = {}
    @monitors = []
    @state = :running
    @value = @error = @thread = nil
  end

  # The main Ractor, which runs already.
  def __adopt(thread)
    __prepare(nil, nil)
    @thread = thread
    @default_port = Port.new
  end

  def __start(args, block)
    group = ThreadGroup.new
    Primitive.hidden_set(group, :ractor, self)
    body = Primitive.proc_with_self(block, self, block.lambda?)
    Ractor.__send__(:__counted, 1)
    started = false
    @thread = Thread.new do
      group.add(Thread.current)
      @default_port = Port.new
      Ractor.__send__(:__changing) { started = true }
      __run(body, args)
    end
    Ractor.__send__(:__until) { started }
  end

  def __run(body, args)
    @value = body.call(*args)
  rescue Exception => error
    @error = error
    raise
  ensure
    Ractor.__send__(:__counted, -1)
    Ractor.__send__(:__changing) { @state = :ended }
    @monitors.each { |port| __tell(port) }
  end

  def __tell(port)
    port.send(@error ? :aborted : :exited)
  rescue ClosedError
    nil
  end

  MAIN = allocate
  private_constant :MAIN
  MAIN.__send__(:__adopt, Thread.main)
end
