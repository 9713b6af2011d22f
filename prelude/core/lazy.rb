# Enumerator::Lazy: a chain of steps between a source and the block of each.
#
# A step is made anew for every iteration by a lambda that gets the next step (a callable) and the tag to
# throw when no more values are wanted, so that counters start afresh.

class Enumerator
  class Lazy
    def initialize(source, size = nil, &block)
      raise ArgumentError, "tried to call lazy new without a block" unless block
      Primitive.check_frozen(self)
      step = lambda do |sink, _tag|
        yielder = Yielder.new(&sink)
        ->(*values) { block.call(yielder, *values) }
      end
      Primitive.hidden_set(self, :source, source)
      Primitive.hidden_set(self, :step, step)
      Primitive.hidden_set(self, :receiver, source)
      Primitive.hidden_set(self, :method, :each)
      Primitive.hidden_set(self, :args, [])
      Primitive.hidden_set(self, :keywords, {})
      Primitive.hidden_set(self, :size, size)
      self
    end

    def chain(*others)
      super.lazy
    end

    def +(other)
      super.lazy
    end

    # Makes this Lazy the bare one over a source, as Enumerable#lazy gives.
    def __source(source, method, args)
      Primitive.hidden_set(self, :step, nil)
      Primitive.hidden_set(self, :source, source)
      Primitive.hidden_set(self, :receiver, source)
      Primitive.hidden_set(self, :method, method || false)
      Primitive.hidden_set(self, :source_method, method)
      Primitive.hidden_set(self, :args, args)
      Primitive.hidden_set(self, :keywords, {})
      self
    end

    def __step(method, args, size, &step)
      lazy = Lazy.allocate
      Primitive.hidden_set(lazy, :source, self)
      Primitive.hidden_set(lazy, :step, step)
      Primitive.hidden_set(lazy, :receiver, self)
      Primitive.hidden_set(lazy, :method, method)
      Primitive.hidden_set(lazy, :args, args)
      Primitive.hidden_set(lazy, :keywords, {})
      Primitive.hidden_set(lazy, :size, size)
      lazy
    end
    private :__step

    def each(*args, &block)
      return self unless block
      tag = Object.new
      lazy = self
      sink = block
      result = self
      catch(tag) do
        while true
          step = Primitive.hidden_get(lazy, :step)
          sink = step.call(sink, tag) if step
          source = Primitive.hidden_get(lazy, :source)
          break unless Primitive.same(Primitive.class_of(source), Lazy) && step
          lazy = source
        end
        method = Primitive.hidden_get(lazy, :source_method) || :each
        list = step ? [] : Primitive.hidden_get(lazy, :args)
        result = source.__send__(method, *list, *args, &sink)
      end
      result
    end

    def size
      size = Primitive.hidden_get(self, :size)
      size.respond_to?(:call) ? size.call : size
    end

    def lazy
      self
    end

    def force(*args)
      to_a(*args)
    end

    def eager
      Enumerator.allocate.__setup(self, :each, [], {}, -> { size })
    end

    def to_enum(method = :each, *args, **keywords, &size)
      lazy = Lazy.allocate
      lazy.__source(self, method, args)
      Primitive.hidden_set(lazy, :keywords, keywords)
      Primitive.hidden_set(lazy, :size, size)
      lazy
    end

    def enum_for(method = :each, *args, **keywords, &size)
      to_enum(method, *args, **keywords, &size)
    end

    def map(&block)
      raise ArgumentError, "tried to call lazy map without a block" unless block
      __step(:map, [], -> { size }) do |sink, _tag|
        ->(*values) { sink.call(block.call(*values)) }
      end
    end

    def collect(&block)
      raise ArgumentError, "tried to call lazy map without a block" unless block
      __step(:collect, [], -> { size }) do |sink, _tag|
        ->(*values) { sink.call(block.call(*values)) }
      end
    end

    def select(&block)
      raise ArgumentError, "tried to call lazy select without a block" unless block
      __step(:select, [], nil) do |sink, _tag|
        ->(*values) { value = Primitive.pack(values); sink.call(value) if block.call(value) }
      end
    end

    def filter(&block)
      raise ArgumentError, "tried to call lazy select without a block" unless block
      __step(:filter, [], nil) do |sink, _tag|
        ->(*values) { value = Primitive.pack(values); sink.call(value) if block.call(value) }
      end
    end

    def find_all(&block)
      raise ArgumentError, "tried to call lazy select without a block" unless block
      __step(:find_all, [], nil) do |sink, _tag|
        ->(*values) { value = Primitive.pack(values); sink.call(value) if block.call(value) }
      end
    end

    def reject(&block)
      raise ArgumentError, "tried to call lazy reject without a block" unless block
      __step(:reject, [], nil) do |sink, _tag|
        ->(*values) { value = Primitive.pack(values); sink.call(value) unless block.call(value) }
      end
    end

    def filter_map(&block)
      raise ArgumentError, "tried to call lazy filter_map without a block" unless block
      __step(:filter_map, [], nil) do |sink, _tag|
        ->(*values) { (mapped = block.call(*values)) && sink.call(mapped) }
      end
    end

    def flat_map(&block)
      raise ArgumentError, "tried to call lazy flat_map without a block" unless block
      __flat_map(:flat_map, block)
    end

    def collect_concat(&block)
      raise ArgumentError, "tried to call lazy flat_map without a block" unless block
      __flat_map(:collect_concat, block)
    end

    def __flat_map(name, block)
      __step(name, [], nil) do |sink, _tag|
        lambda do |*values|
          value = block.call(*values)
          if Primitive.is_array(value)
            value.each { |element| sink.call(element) }
          elsif value.respond_to?(:force) && value.respond_to?(:each)
            value.each { |element| sink.call(element) }
          elsif (list = Primitive.try_array(value))
            list.each { |element| sink.call(element) }
          else
            sink.call(value)
          end
        end
      end
    end
    private :__flat_map

    def grep(pattern, &block)
      __step(:grep, [pattern], nil) do |sink, _tag|
        lambda do |*values|
          value = Primitive.pack(values)
          sink.call(block ? block.call(value) : value) if pattern === value
        end
      end
    end

    def grep_v(pattern, &block)
      __step(:grep_v, [pattern], nil) do |sink, _tag|
        lambda do |*values|
          value = Primitive.pack(values)
          sink.call(block ? block.call(value) : value) unless pattern === value
        end
      end
    end

    def compact
      __step(:compact, [], nil) do |sink, _tag|
        ->(*values) { value = Primitive.pack(values); sink.call(value) unless value.nil? }
      end
    end

    def take(count)
      count = Primitive.to_index(count)
      raise ArgumentError, "attempt to take negative size" if count < 0
      known = -> { (all = size).nil? ? nil : (all < count ? all : count) }
      __step(:take, [count], known) do |sink, tag|
        throw tag if count == 0
        left = count
        lambda do |*values|
          left -= 1
          result = sink.call(Primitive.pack(values))
          throw tag if left == 0
          result
        end
      end
    end

    def take_while(&block)
      raise ArgumentError, "tried to call lazy take_while without a block" unless block
      __step(:take_while, [], nil) do |sink, tag|
        ->(*values) { value = Primitive.pack(values); block.call(value) ? sink.call(value) : throw(tag) }
      end
    end

    def drop(count)
      count = Primitive.to_index(count)
      raise ArgumentError, "attempt to drop negative size" if count < 0
      known = -> { (all = size).nil? ? nil : (all > count ? all - count : 0) }
      __step(:drop, [count], known) do |sink, _tag|
        left = count
        ->(*values) { left > 0 ? left -= 1 : sink.call(Primitive.pack(values)) }
      end
    end

    def drop_while(&block)
      raise ArgumentError, "tried to call lazy drop_while without a block" unless block
      __step(:drop_while, [], nil) do |sink, _tag|
        dropping = true
        lambda do |*values|
          value = Primitive.pack(values)
          dropping = false if dropping && !block.call(value)
          sink.call(value) unless dropping
        end
      end
    end

    def uniq(&block)
      __step(:uniq, [], nil) do |sink, _tag|
        seen = {}
        lambda do |*values|
          value = Primitive.pack(values)
          key = block ? block.call(value) : value
          unless Primitive.hash_find(seen, key)
            Primitive.hash_store(seen, key, true)
            sink.call(value)
          end
        end
      end
    end

    def zip(*others, &block)
      return super if block
      others.each do |other|
        unless Primitive.responds(other, :each)
          raise TypeError, "wrong argument type #{Primitive.class_name(other)} (must respond to :each)"
        end
      end
      __step(:zip, others, -> { size }) do |sink, _tag|
        index = -1
        lists = others.map { |other| Primitive.try_array(other) || other.to_enum(:each) }
        lambda do |*values|
          index += 1
          row = [Primitive.pack(values)]
          lists.each do |list|
            Primitive.array_push(row, Primitive.is_array(list) ? list[index] : begin
              list.next
            rescue StopIteration
              nil
            end)
          end
          sink.call(row)
        end
      end
    end

    def with_index(offset = (none = true; 0), &block)
      start = offset.nil? ? 0 : Primitive.to_integer(offset)
      __step(:with_index, none ? [] : [offset], -> { size }) do |sink, _tag|
        i = start - 1
        lambda do |*values|
          i += 1
          value = Primitive.pack(values)
          if block
            block.call(value, i)
            sink.call(value)
          else
            sink.call([value, i])
          end
        end
      end
    end

    def each_with_index(&block)
      with_index(0, &block)
    end

    def chunk(...)
      super.lazy
    end

    def chunk_while(...)
      super.lazy
    end

    def slice_when(...)
      super.lazy
    end

    def slice_before(...)
      super.lazy
    end

    def slice_after(...)
      super.lazy
    end

    def inspect
      return "#<#{Primitive.class_name(self)}: #{Primitive.inspect(Primitive.hidden_get(self, :receiver))}>" if Primitive.hidden_get(self, :method) == false
      super
    end
  end
end
