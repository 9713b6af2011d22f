# Enumerator and the classes below it.

module Kernel
  def to_enum(method = :each, *args, **keywords, &size)
    Enumerator.allocate.__setup(self, method, args, keywords, size)
  end

  def enum_for(method = :each, *args, **keywords, &size)
    Enumerator.allocate.__setup(self, method, args, keywords, size)
  end
end

class Enumerator
  def initialize(size = nil, &block)
    raise ArgumentError, "no block given" unless block
    Primitive.check_frozen(self)
    __setup(Generator.new(&block), :each, [], {}, size)
  end

  def __setup(receiver, method, args, keywords, size)
    Primitive.hidden_set(self, :receiver, receiver)
    Primitive.hidden_set(self, :method, method)
    Primitive.hidden_set(self, :args, args)
    Primitive.hidden_set(self, :keywords, keywords)
    Primitive.hidden_set(self, :size, size)
    self
  end

  def initialize_copy(other)
    raise TypeError, "can't copy execution context" if Primitive.hidden_get(other, :fiber)
    super
  end
  private :initialize_copy

  def each(*args, &block)
    unless args.empty?
      copy = dup
      Primitive.hidden_set(copy, :args, Primitive.hidden_get(self, :args) + args)
      Primitive.hidden_set(copy, :size, nil)
      return copy unless block
      return copy.each(&block)
    end
    return self unless block
    method = Primitive.hidden_get(self, :method)
    raise ArgumentError, "uninitialized enumerator" unless method
    receiver = Primitive.hidden_get(self, :receiver)
    list = Primitive.hidden_get(self, :args)
    keywords = Primitive.hidden_get(self, :keywords)
    if keywords.empty?
      receiver.__send__(method, *list, &block)
    else
      receiver.__send__(method, *list, **keywords, &block)
    end
  end

  def size
    size = Primitive.hidden_get(self, :size)
    return __size_again if Primitive.same(size, :size)
    return size unless size.respond_to?(:call)
    list = Primitive.hidden_get(self, :args)
    keywords = Primitive.hidden_get(self, :keywords)
    keywords.empty? ? size.call(*list) : size.call(*list, **keywords)
  end

  # What was saved of a core method's enumerator has no size of its own.
  def __size_again
    method = Primitive.hidden_get(self, :method)
    list = Primitive.hidden_get(self, :args)
    again = Primitive.hidden_get(self, :receiver).__send__(method, *list, **Primitive.hidden_get(self, :keywords))
    Enumerator === again ? again.size : nil
  end
  private :__size_again

  # What copies of chains and products take over.
  def __copy_enums(other, missing)
    return self if Primitive.same(self, other)
    Primitive.check_frozen(self)
    unless Primitive.same(Primitive.class_of(self), Primitive.class_of(other))
      raise TypeError, "initialize_copy should take same class object"
    end
    enums = Primitive.hidden_get(other, :enums)
    raise ArgumentError, missing unless enums
    Primitive.hidden_set(self, :enums, enums)
    self
  end
  private :__copy_enums

  def with_index(offset = (none = true; 0))
    return to_enum(:with_index, *(none ? [] : [offset])) { size } unless defined?(yield)
    i = offset.nil? ? 0 : Primitive.to_integer(offset)
    each do |*values|
      at = i
      i += 1
      yield Primitive.pack(values), at
    end
  end

  def each_with_index
    return to_enum(:each_with_index) { size } unless defined?(yield)
    i = 0
    each do |*values|
      at = i
      i += 1
      yield Primitive.pack(values), at
    end
  end

  def with_object(memo)
    return to_enum(:with_object, memo) { size } unless defined?(yield)
    each { |*values| yield Primitive.pack(values), memo }
    memo
  end

  def each_with_object(memo)
    return to_enum(:each_with_object, memo) { size } unless defined?(yield)
    each { |*values| yield Primitive.pack(values), memo }
    memo
  end

  # The values of the next step, without taking them.
  def __ahead
    values = Primitive.hidden_get(self, :ahead)
    return values if values
    stop = Primitive.hidden_get(self, :stop)
    raise stop if stop
    fiber = Primitive.hidden_get(self, :fiber)
    unless fiber
      enumerator = self
      fiber = Fiber.new do
        result = enumerator.each do |*list|
          Fiber.yield(list)
          fed = Primitive.hidden_get(enumerator, :feed)
          Primitive.hidden_set(enumerator, :feed, nil)
          fed ? fed[0] : nil
        end
        stop = StopIteration.new("iteration reached an end")
        Primitive.hidden_set(stop, :"result ", result)
        Primitive.hidden_set(enumerator, :stop, stop)
        nil
      end
      Primitive.hidden_set(self, :fiber, fiber)
    end
    begin
      values = fiber.resume
    rescue Exception
      # What the iteration raised ends it: the next step begins anew.
      Primitive.hidden_set(self, :fiber, nil)
      raise
    end
    if values.nil?
      Primitive.hidden_set(self, :fiber, nil)
      raise Primitive.hidden_get(self, :stop)
    end
    Primitive.hidden_set(self, :ahead, values)
    values
  end
  private :__ahead

  def next_values
    Primitive.check_frozen(self)
    values = __ahead
    Primitive.hidden_set(self, :ahead, nil)
    values
  end

  def next
    Primitive.check_frozen(self)
    values = __ahead
    Primitive.hidden_set(self, :ahead, nil)
    Primitive.pack(values)
  end

  def peek_values
    Primitive.check_frozen(self)
    __ahead
  end

  def peek
    Primitive.check_frozen(self)
    Primitive.pack(__ahead)
  end

  def feed(value)
    Primitive.check_frozen(self)
    raise TypeError, "feed value already set" if Primitive.hidden_get(self, :feed)
    Primitive.hidden_set(self, :feed, [value])
    nil
  end

  def rewind
    Primitive.check_frozen(self)
    receiver = Primitive.hidden_get(self, :receiver)
    receiver.rewind if receiver.respond_to?(:rewind)
    Primitive.hidden_set(self, :fiber, nil)
    Primitive.hidden_set(self, :ahead, nil)
    Primitive.hidden_set(self, :stop, nil)
    Primitive.hidden_set(self, :feed, nil)
    self
  end

  def +(other)
    Chain.new(self, other)
  end

  def inspect
    name = Primitive.class_name(self)
    method = Primitive.hidden_get(self, :method)
    return "#<#{name}: uninitialized>" unless method
    Primitive.guarded(:inspect, self, "#<#{name}: ...>", lambda {
      text = "#<#{name}: #{Primitive.inspect(Primitive.hidden_get(self, :receiver))}:#{method}"
      list = Primitive.hidden_get(self, :args).map { |arg| Primitive.inspect(arg) }
      Primitive.hidden_get(self, :keywords).each { |key, value| list << "#{key}: #{Primitive.inspect(value)}" }
      text += "(#{list.join(", ")})" unless list.empty?
      text + ">"
    })
  end

  def self.produce(initial = (none = true), size: Float::INFINITY, &block)
    raise ArgumentError, "no block given" unless block
    producer = Producer.allocate
    Primitive.hidden_set(producer, :initial, none ? [] : [initial])
    Primitive.hidden_set(producer, :block, block)
    Enumerator.allocate.__setup(producer, :each, [], {}, size)
  end

  def self.product(*enums, **keywords, &block)
    unless keywords.empty?
      raise ArgumentError, "unknown keyword#{"s" if keywords.size > 1}: #{keywords.keys.map { |key| Primitive.inspect(key) }.join(", ")}"
    end
    product = Product.new(*enums)
    return product.each(&block) if block
    product
  end

  class Yielder
    def initialize(&block)
      raise LocalJumpError, "no block given" unless block
      Primitive.hidden_set(self, :block, block)
    end

    def yield(*values)
      __block.call(*values)
    end
    ruby2_keywords :yield

    def <<(value)
      __block.call(value)
      self
    end

    def to_proc
      ->(*values) { self.yield(*values) }
    end

    def __block
      Primitive.hidden_get(self, :block) || raise(LocalJumpError, "no block given")
    end
    private :__block
  end

  class Generator
    include Enumerable

    def initialize(callable = nil, &block)
      callable ||= block
      raise LocalJumpError, "no block given" unless callable
      Primitive.hidden_set(self, :block, callable)
    end

    def initialize_copy(other)
      Primitive.hidden_set(self, :block, Primitive.hidden_get(other, :block))
      self
    end
    private :initialize_copy

    def each(*args, &block)
      yielder = Yielder.allocate
      Primitive.hidden_set(yielder, :block, block)
      Primitive.hidden_get(self, :block).call(yielder, *args)
    end
    ruby2_keywords :each
  end

  class Producer
    include Enumerable

    def each
      raise LocalJumpError, "no block given" unless defined?(yield)
      block = Primitive.hidden_get(self, :block)
      initial = Primitive.hidden_get(self, :initial)
      begin
        value = initial.empty? ? block.call : initial[0]
        while true
          yield value
          value = block.call(value)
        end
      rescue StopIteration
        self
      end
    end
  end

  class Chain
    def initialize(*enums)
      Primitive.check_frozen(self)
      Primitive.hidden_set(self, :enums, enums.freeze)
      Primitive.hidden_set(self, :position, -1)
      Primitive.hidden_set(self, :method, :each)
      Primitive.hidden_set(self, :receiver, nil)
      self
    end

    def initialize_copy(other)
      __copy_enums(other, "uninitialized chain")
    end
    private :initialize_copy

    def each(*args, &block)
      enums = Primitive.hidden_get(self, :enums)
      return to_enum(:each, *args) { size } unless block
      enums.each_with_index do |enum, i|
        Primitive.hidden_set(self, :position, i)
        enum.each(*args, &block)
      end
      self
    end

    def size
      total = 0
      Primitive.hidden_get(self, :enums).each do |enum|
        size = enum.size
        return size if size.nil? || (Primitive.is_float(size) && size.infinite?)
        return nil unless Primitive.is_integer(size)
        total += size
      end
      total
    end

    def rewind
      i = Primitive.hidden_get(self, :position)
      enums = Primitive.hidden_get(self, :enums)
      while i >= 0
        enums[i].rewind if enums[i].respond_to?(:rewind)
        i -= 1
      end
      Primitive.hidden_set(self, :position, -1)
      self
    end

    def inspect
      name = Primitive.class_name(self)
      enums = Primitive.hidden_get(self, :enums)
      return "#<#{name}: uninitialized>" unless enums
      Primitive.guarded(:inspect, self, "#<#{name}: ...>", -> { "#<#{name}: [#{enums.map { |enum| Primitive.inspect(enum) }.join(", ")}]>" })
    end

    def +(other)
      Chain.new(self, other)
    end
  end

  class Product
    def initialize(*enums, **keywords)
      unless keywords.empty?
        raise ArgumentError, "unknown keyword#{"s" if keywords.size > 1}: #{keywords.keys.map { |key| Primitive.inspect(key) }.join(", ")}"
      end
      Primitive.check_frozen(self)
      Primitive.hidden_set(self, :enums, enums.freeze)
      Primitive.hidden_set(self, :method, :each)
      self
    end

    def initialize_copy(other)
      __copy_enums(other, "uninitialized product")
    end
    private :initialize_copy

    def each(&block)
      return self unless block
      __each_from(0, [], &block)
      self
    end

    def __each_from(index, row, &block)
      enums = Primitive.hidden_get(self, :enums)
      if index == enums.size
        yield row.dup
        return
      end
      enums[index].each_entry do |value|
        row[index] = value
        __each_from(index + 1, row, &block)
      end
    end
    private :__each_from

    def size
      total = 1
      sizes = Primitive.hidden_get(self, :enums).map do |enum|
        return nil unless enum.respond_to?(:size)
        enum.size
      end
      sizes.each { |size| return 0 if size == 0 }
      sizes.each do |size|
        return size if size.nil?
        return nil unless Primitive.is_integer(size) || (Primitive.is_float(size) && size.infinite?)
        total *= size
      end
      total
    end

    def rewind
      Primitive.hidden_get(self, :enums).each { |enum| enum.rewind if enum.respond_to?(:rewind) }
      self
    end

    def inspect
      name = Primitive.class_name(self)
      enums = Primitive.hidden_get(self, :enums)
      return "#<#{name}: uninitialized>" unless enums
      Primitive.guarded(:inspect, self, "#<#{name}: ...>", -> { "#<#{name}: [#{enums.map { |enum| Primitive.inspect(enum) }.join(", ")}]>" })
    end
  end

  class ArithmeticSequence
    class << self
      undef_method :new
    end

    def begin
      Primitive.hidden_get(self, :begin)
    end

    def end
      Primitive.hidden_get(self, :end)
    end

    def step
      Primitive.hidden_get(self, :step)
    end

    def exclude_end?
      Primitive.hidden_get(self, :exclusive)
    end

    def each(&block)
      return self unless block
      low = self.begin
      high = self.end
      step = self.step
      exclusive = exclude_end?
      if high.nil?
        if Primitive.is_float(low) || Primitive.is_float(step)
          i = 0
          while true
            yield low + i * step
            i += 1
          end
        end
        while true
          yield low
          low += step
        end
      end
      if Primitive.is_float(low) || Primitive.is_float(high) || Primitive.is_float(step)
        count = Primitive.float_steps(low, high, step, exclusive)
        low = Float(low)
        last = Float(high)
        step = Float(step)
        i = 0
        while i < count
          value = step.infinite? ? low : low + i * step
          value = last if !exclusive && (step > 0 ? value > last : value < last)
          yield value
          i += 1
        end
        return self
      end
      if step > 0
        while exclusive ? low < high : low <= high
          yield low
          low += step
        end
      elsif step < 0
        while exclusive ? low > high : low >= high
          yield low
          low += step
        end
      else
        while true
          yield low
        end
      end
      self
    end

    def size
      low = self.begin
      high = self.end
      step = self.step
      exclusive = exclude_end?
      return Float::INFINITY if high.nil?
      if Primitive.is_float(low) || Primitive.is_float(high) || Primitive.is_float(step)
        return Primitive.float_steps(low, high, step, exclusive)
      end
      return Float::INFINITY if step == 0
      return 0 if step > 0 ? low > high : low < high
      count = (high - low).div(step)
      count -= 1 if exclusive && low + count * step == high
      count + 1
    end

    def first(count = (none = true))
      low = self.begin
      if none
        high = self.end
        return low if high.nil?
        step = self.step
        return nil if size == 0
        return Primitive.is_float(step) || Primitive.is_float(high) ? Float(low) : low
      end
      count = Primitive.to_index(count)
      raise ArgumentError, "attempt to take negative size" if count < 0
      result = []
      return result if count == 0
      each do |value|
        Primitive.array_push(result, value)
        break if Primitive.array_size(result) >= count
      end
      result
    end

    def last(count = (none = true))
      raise RangeError, "cannot get the last element of endless arithmetic sequence" if self.end.nil?
      size = self.size
      if none
        return nil if size == 0
        low = self.begin
        step = self.step
        value = low + (size - 1) * step
        high = self.end
        return value unless Primitive.is_float(value)
        return exclude_end? || (step > 0 ? value <= high : value >= high) ? value : Float(high)
      end
      count = Primitive.to_index(count)
      raise ArgumentError, "negative array size" if count < 0
      to_a.last(count)
    end

    def ==(other)
      ArithmeticSequence === other && self.begin == other.begin && self.end == other.end &&
        step == other.step && exclude_end? == other.exclude_end?
    end
    alias === ==
    alias eql? ==

    def hash
      Primitive.hash_of_values([self.begin, self.end, step, exclude_end?])
    end

    def inspect
      receiver = Primitive.inspect(Primitive.hidden_get(self, :receiver))
      receiver = "(#{receiver})" if Primitive.is_range(Primitive.hidden_get(self, :receiver))
      list = Primitive.hidden_get(self, :args).map { |arg| Primitive.inspect(arg) }
      Primitive.hidden_get(self, :keywords).each { |key, value| list << "#{key}: #{Primitive.inspect(value)}" }
      arguments = list.empty? ? "" : "(#{list.join(", ")})"
      "(#{receiver}.#{Primitive.hidden_get(self, :method)}#{arguments})"
    end
  end
end
