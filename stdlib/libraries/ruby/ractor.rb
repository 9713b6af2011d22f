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

  # What the runtime keeps of a Ractor; the object itself has no variables of its own.
  class State
    attr_accessor :id, :name, :place, :locals, :monitors, :status, :value, :error, :thread, :default_port, :successor, :port_count

    def initialize(id, name, place)
      @id = id
      @name = name
      @place = place
      @locals = {}
      @monitors = []
      @status = :running
      @port_count = -1
      @value = @error = @thread = @default_port = @successor = nil
    end

    def ended? = @status == :ended
    def next_port = @port_count += 1
  end
  private_constant :State

  # A queue that its creator reads and everybody writes.
  class Port
    # What the runtime keeps of a port.
    class State
      attr_reader :owner, :messages, :id
      attr_accessor :closed

      def initialize(owner)
        @owner = owner
        @messages = []
        @closed = false
        @id = owner.__send__(:__state).next_port
      end
    end
    private_constant :State

    def initialize
      Primitive.hidden_set(self, :state, State.new(Ractor.current))
      freeze
    end

    def initialize_copy(other) = raise(TypeError, "[bug] frozen object (Ractor::Port) allocated")

    def send(object, move: false)
      raise ClosedError, "The port was already closed" if closed?
      message = move ? Ractor.__send__(:__moved, object) : Ractor.__send__(:__copied, object)
      Ractor.__send__(:__changing) { __state.messages << message }
      self
    end
    alias << send

    def receive
      raise Error, "only allowed from the creator Ractor of this port" unless __own?
      Ractor.__send__(:__until) { __ready }.first
    end

    def close
      raise Error, "closing port by other ractors is not allowed" unless __own?
      Ractor.__send__(:__changing) { __state.closed = true }
      self
    end

    def closed?
      state = __state
      state.closed || state.owner.__send__(:__ended?)
    end

    def inspect = "#<Ractor::Port to:##{__state.owner.__send__(:__state).id} id:#{__state.id}>"

    private

    def __state = Primitive.hidden_get(self, :state)
    def __own? = Ractor.current.equal?(__state.owner)

    # The next message in an Array, or nil; under the lock.
    def __ready
      raise ClosedError, "The port was already closed" if closed? || !__own?
      messages = __state.messages
      messages.empty? ? nil : [messages.shift]
    end
  end

  @last_id = 0
  @live = []
  @started = false
  @lock = Thread::Mutex.new
  @changed = Thread::ConditionVariable.new

  class << self
    def new(*args, name: nil, &block)
      raise ArgumentError, "must be called with a block" unless block
      warn("Ractor API is experimental and may change in future versions of Ruby.", uplevel: 0, category: :experimental) unless @started
      name = __checked_name(name)
      __check_isolation(block, "isolate a Proc")
      place = caller_locations(0, 1).first
      @started = true
      Primitive.begin_isolation
      ractor = Primitive.allocate_object(self)
      ractor.__send__(:__prepare, __next_id, name, "#{place.path}:#{place.lineno}")
      ractor.__send__(:__start, __copied(args), Primitive.proc_copy(block, block.lambda?))
      ractor
    end

    def current = Primitive.running_ractor || MAIN
    def main = MAIN
    def main? = current.equal?(MAIN)
    def count = @live.size
    def receive = current.default_port.receive
    alias recv receive
    def [](name) = current[name]
    def []=(name, value)
      current[name] = value
    end

    def store_if_absent(name)
      store = current.__send__(:__state).locals
      name = __local_name(name)
      store.key?(name) ? store[name] : store[name] = yield(nil)
    end

    def select(*sources)
      raise ArgumentError, "specify at least one Ractor::Port or Ractor" if sources.empty?
      sources.each do |source|
        case source
        when Ractor then __use_port
        when Port then nil
        else raise ArgumentError, "should be Ractor::Port or Ractor"
        end
      end
      found, ready = __until do
        sources.each do |source|
          ready = source.__send__(:__ready)
          break [source, ready] if ready
        end.then { |result| result.equal?(sources) ? nil : result }
      end
      [found, Ractor === found ? found.value : ready.first]
    end

    def shareable?(object)
      known = Primitive.known_shareable(object)
      known.nil? ? __shareable?(object, {}.compare_by_identity) : known
    end

    def make_shareable(object, copy: false)
      object = __copied(object) if copy
      __share(object, {}.compare_by_identity) unless shareable?(object)
      object
    end

    def shareable_proc(self: nil, &block) = __shareable_proc(binding.local_variable_get(:self), block, false)
    def shareable_lambda(self: nil, &block) = __shareable_proc(binding.local_variable_get(:self), block, true)

    # `require` as the main Ractor does it.
    def _require(feature) = main? ? require(feature) : __in_main { require(feature) }

    private

    # What `# shareable_constant_value` does at run time.
    def __check_constant(value, name)
      raise IsolationError, "cannot assign unshareable object to #{name}" unless shareable?(value)
      value
    end

    def __share_constant(value, copies) = make_shareable(value, copy: copies)

    def __next_id = @last_id += 1

    # CRuby waits for the end of a Ractor with a port, which takes a number.
    def __use_port = current.__send__(:__state).next_port

    def __autoload(space, name) = __in_main { space.const_get(name) }

    # What the block gives in a thread of the main Ractor.
    def __in_main
      Thread.new do
        Primitive.thread_set_group(Thread.current, ThreadGroup::Default)
        Primitive.thread_set_ractor(Thread.current, nil)
        Thread.current.report_on_exception = false
        yield
      end.value
    end

    def __began(ractor) = @live << ractor
    def __ended(ractor) = @live.delete_if { |other| other.equal?(ractor) }

    # The child of a fork: only the Ractor that forked goes on, as the main one.
    def __after_fork
      @lock = Thread::Mutex.new
      @changed = Thread::ConditionVariable.new
      @live.each { |ractor| ractor.__send__(:__state).status = :ended unless ractor.equal?(MAIN) }
      @live = [MAIN]
    end

    # Changes what others may wait for.
    def __changing
      @lock.synchronize do
        result = yield
        @changed.broadcast
        result
      end
    end

    # Waits until the block gives something.
    def __until
      @lock.synchronize do
        until (result = yield)
          @changed.wait(@lock)
        end
        result
      end
    end

    def __checked_name(name)
      return if name.nil?
      unless String === name
        raise TypeError, "no implicit conversion of #{name.class} into String" unless name.respond_to?(:to_str)
        name = name.to_str
      end
      raise ArgumentError, "ASCII incompatible encoding (#{name.encoding})" unless name.encoding.ascii_compatible?
      name
    end

    def __local_name(name)
      case name
      when Symbol then name
      when String then name.to_sym
      else raise TypeError, "#{name.inspect} is not a symbol nor a string"
      end
    end

    # ArgumentError when a block needs what is around it.
    def __check_isolation(block, purpose, reading: false)
      outer = Primitive.proc_outer_variables(block).filter_map { |name, _, _, assigned| name if assigned || !reading }
      reasons = []
      reasons << "accesses outer variables (#{outer.join(", ")})" unless outer.empty?
      reasons << "uses 'yield'" if Primitive.proc_yields(block)
      raise ArgumentError, "can not #{purpose} because it #{reasons.join(" and ")}." unless reasons.empty?
    end

    # A Proc for all Ractors that keeps its self, of one that needs nothing around it.
    def __isolated(block)
      __check_isolation(block, "isolate a Proc")
      Primitive.isolate_proc(Primitive.proc_copy(block, block.lambda?), Primitive.proc_receiver(block))
    end

    KERNEL = %i[frozen? freeze class clone dup instance_variables instance_variable_get instance_variable_set inspect].to_h { |name| [name, ::Kernel.instance_method(name)] }
    ALWAYS = [Module, Ractor, Integer, Float, Symbol, NilClass, TrueClass, FalseClass].freeze
    # Objects with a native part that `freeze` does not make safe.
    NATIVE = [Thread, Binding, Thread::Queue, Thread::ConditionVariable, Thread::Mutex, Enumerator, Fiber, Random, ThreadGroup, Dir, File::Stat,
              ObjectSpace::WeakMap, ObjectSpace::WeakKeyMap, TracePoint, Thread::Backtrace::Location].freeze
    METHODS = [Method, UnboundMethod].freeze
    UNCLONED = [Thread, Proc, Method, UnboundMethod, Binding, TracePoint, Thread::Backtrace::Location].freeze
    UNMOVED = [*NATIVE, *METHODS, Proc, Set, Time, Process::Status].freeze
    private_constant :KERNEL, :ALWAYS, :NATIVE, :METHODS, :UNCLONED, :UNMOVED

    def __kernel(object, name, ...) = KERNEL[name].bind_call(object, ...)

    def __is?(object, classes) = classes.any? { |one| one === object }

    # Objects that an object refers to.
    def __each_part(object)
      case object
      when Exception then yield Primitive.hidden_get(object, :"message ")
      when Complex
        yield object.real
        yield object.imaginary
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
      return false if __is?(object, NATIVE)
      return Primitive.hidden_get(object, :"shareable ") ? true : false if Proc === object || __is?(object, METHODS)
      seen[object] = true
      __each_part(object) { |part| return false unless __shareable?(part, seen) }
      true
    end

    def __share(object, seen)
      return if seen[object] || Primitive.freeze_text(object) || shareable?(object)
      raise Error, "can not make shareable object for #{object.inspect}" if __is?(object, NATIVE) || ARGF.equal?(object)
      seen[object] = true
      return __share_proc(object) if Proc === object
      return __share_method(object) if __is?(object, METHODS)
      object.freeze
      raise Error, "#freeze does not freeze object correctly" unless __kernel(object, :frozen?)
      __each_part(object) { |part| __share(part, seen) }
    end

    def __share_method(object)
      unless Method === object && !shareable?(Primitive.method_receiver(object))
        Primitive.hidden_set(object, :"shareable ", true)
        return object.freeze
      end
      raise Error, "can not make shareable object for #{object.inspect} because it refers unshareable objects"
    end

    def __share_proc(block)
      raise "not supported yet" unless Primitive.proc_is_block(block)
      receiver = Primitive.proc_receiver(block)
      raise IsolationError, "Proc's self is not shareable: #{block.inspect}" unless shareable?(receiver)
      __seal(block, receiver)
    end

    # Makes a Proc that keeps its variables for itself of one whose variables are shareable.
    def __seal(block, receiver)
      __check_isolation(block, "make a Proc shareable", reading: true)
      Primitive.proc_outer_variables(block).each do |name, reassigned, value|
        raise IsolationError, "cannot make a shareable Proc because the outer variable '#{name}' may be reassigned." if reassigned
        next if shareable?(value)
        raise IsolationError, "cannot make a shareable Proc because it can refer unshareable object #{value.inspect} from variable '#{name}'"
      end
      Primitive.isolate_proc(block, receiver)
      Primitive.hidden_set(block, :"shareable ", true)
      block.freeze
    end

    def __shareable_proc(receiver, block, lambda)
      raise ArgumentError, "must be called with a block" unless block
      raise "not supported yet" unless Primitive.proc_is_block(block)
      raise IsolationError, "self should be shareable: #{receiver.inspect}" unless shareable?(receiver)
      __seal(Primitive.proc_copy(block, lambda || block.lambda?), receiver)
    end

    # A deep copy of what cannot be shared.
    def __copied(object, copies = {}.compare_by_identity)
      return object if shareable?(object)
      copies.fetch(object) do
        text = Primitive.text_copy(object)
        next copies[object] = text if text
        kind = __kernel(object, :class)
        raise TypeError, "allocator undefined for #{kind}" if __is?(object, UNCLONED) || Enumerator::ArithmeticSequence === object
        raise Error, "can not copy #{kind} object." if Enumerator === object || ARGF.equal?(object)
        __rebuilt(object, copies) { |part| __copied(part, copies) }
      end
    end

    # The same, but the originals cannot be used any more.
    def __moved(object, copies = {}.compare_by_identity)
      return object if shareable?(object)
      copies.fetch(object) do
        if (text = Primitive.text_copy(object))
          Primitive.hollow(object, MovedObject)
          next copies[object] = text
        end
        raise Error, "can not move #{__kernel(object, :class)} object." if __is?(object, UNMOVED) || ARGF.equal?(object)
        copy = __rebuilt(object, copies) { |part| __moved(part, copies) }
        Primitive.hollow(object, MovedObject)
        copy
      end
    end

    def __rebuilt(object, copies, &)
      copy = copies[object] = __kernel(object, :clone, freeze: false)
      __fill(copy, object, &)
      __kernel(copy, :freeze) if __kernel(object, :frozen?)
      copy
    end

    def __fill(copy, object)
      case object
      when Array then copy.map! { |part| yield part } unless Primitive.has_shareable_parts(object)
      when Hash
        return if Primitive.has_shareable_parts(object)
        pairs = object.map { |key, value| [yield(key), yield(value)] }
        copy.clear
        pairs.each { |key, value| copy[key] = value }
        copy.default = yield(object.default) unless object.default_proc
        yield object.default_proc
      when Struct, Data then object.to_h.each_value.with_index { |part, index| Primitive.replace_member(copy, index, yield(part)) }
      when Range then copy.__send__(:initialize_copy, Range.new(yield(object.begin), yield(object.end), object.exclude_end?))
      when Exception then Primitive.hidden_set(copy, :"message ", yield(Primitive.hidden_get(object, :"message ")))
      end
      __kernel(object, :instance_variables).each { |name| __kernel(copy, :instance_variable_set, name, yield(__kernel(object, :instance_variable_get, name))) }
    end
  end

  Primitive.undefine_allocator(self)

  def initialize_copy(other) = raise(TypeError, "allocator undefined for #{self.class}")

  def name = __state.name
  def default_port = __state.default_port

  def send(object, move: false)
    default_port.send(object, move: move)
    self
  end
  alias << send

  def [](name)
    raise "Cannot get ractor local storage for non-current ractor" unless Ractor.current.equal?(self)
    __state.locals[Ractor.__send__(:__local_name, name)]
  end

  def []=(name, value)
    raise "Cannot set ractor local storage for non-current ractor" unless Ractor.current.equal?(self)
    __state.locals[Ractor.__send__(:__local_name, name)] = value
  end

  def close = default_port.close

  def join
    __wait
    failure = __state.error && __failure
    raise failure, cause: __state.error if RemoteError === failure
    raise failure if failure
    self
  end

  def value
    __wait
    failure = __failure
    raise failure, cause: __state.error if RemoteError === failure
    raise failure if failure
    __state.value
  end

  def monitor(port)
    state = __state
    ended = Ractor.__send__(:__changing) do
      state.monitors << port unless state.ended?
      state.ended?
    end
    __tell(port) if ended
    !ended
  end

  def unmonitor(port)
    Ractor.__send__(:__changing) { __state.monitors.delete(port) }
    self
  end

  def inspect
    state = __state
    status = state.ended? ? "terminated" : state.thread.stop? ? "blocking" : "running"
    "#<#{["Ractor:##{state.id}", state.name, state.place, status].compact.join(" ")}>"
  end
  alias to_s inspect

  private

  def receive = default_port.receive
  alias recv receive

  def __state = Primitive.hidden_get(self, :state)
  def __ended? = __state.ended?
  def __ready = __ended? ? [nil] : nil

  def __wait
    Ractor.__send__(:__use_port)
    Ractor.__send__(:__until) { __ended? }
  end

  # Why the running Ractor cannot have the value, which belongs to the first that asks; nil when it can.
  def __failure
    state = __state
    current = Ractor.current
    successor = Ractor.__send__(:__changing) { state.successor ||= current }
    return Error.new("Only the successor ractor can take a value") unless successor.equal?(current)
    RemoteError.new(ractor: self) if state.error
  end

  def __prepare(id, name, place)
    Primitive.hidden_set(self, :state, State.new(id, name, place))
    Ractor.__send__(:__began, self)
  end

  # The main Ractor, which runs already.
  def __adopt(thread)
    __prepare(Ractor.__send__(:__next_id), nil, nil)
    __state.thread = thread
    __state.default_port = Port.new
  end

  def __start(args, block)
    state = __state
    group = ThreadGroup.new
    Primitive.isolate_proc(block, self)
    started = false
    state.thread = Thread.new do
      Primitive.hidden_set(self, :"thread ", Thread.current)
      Primitive.thread_set_group(Thread.current, group)
      Primitive.thread_set_ractor(Thread.current, self)
      state.default_port = Port.new
      Ractor.__send__(:__changing) { started = true }
      __run(block, args)
    end
    Ractor.__send__(:__until) { started }
  end

  def __run(body, args)
    state = __state
    state.value = body.call(*args)
  rescue Exception => error
    state.error = error
    # A thread passes SystemExit on to the process.
    raise unless SystemExit === error
  ensure
    __end_threads
    Primitive.hidden_get(self, :$stdout)&.flush
    Ractor.__send__(:__ended, self)
    Ractor.__send__(:__changing) { state.status = :ended }
    state.monitors.each { |port| __tell(port) }
  end

  # Ends the other threads of the Ractor.
  def __end_threads
    own = Thread.current
    until (others = Thread.list - [own]).empty?
      others.each(&:kill)
      others.each { |thread| thread.join rescue nil }
    end
  end

  def __tell(port)
    port.send(__state.error ? :aborted : :exited)
  rescue ClosedError
    nil
  end

  MAIN = Primitive.allocate_object(self)
  private_constant :MAIN
  MAIN.__send__(:__adopt, Thread.main)
end
