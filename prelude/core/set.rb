# Set: a Hash whose keys are the elements.

class Set
  def self.[](*elements)
    new(elements)
  end

  def initialize(source = nil, &block)
    Primitive.check_frozen(self)
    hash = {}
    Primitive.hidden_set(self, :hash, hash)
    return if source.nil?
    if block
      __each_of(source) { |element| Primitive.hash_store(hash, yield(element), true) }
    elsif Primitive.is_array(source)
      source.each { |element| Primitive.hash_store(hash, element, true) }
    else
      __each_of(source) { |element| Primitive.hash_store(hash, element, true) }
    end
  end

  def initialize_copy(other)
    Primitive.hidden_set(self, :hash, Primitive.hash_copy(Primitive.hidden_get(other, :hash)))
    self
  end
  private :initialize_copy

  def __each_of(source, &block)
    if source.respond_to?(:each_entry)
      source.each_entry(&block)
    elsif source.respond_to?(:each)
      source.each(&block)
    else
      raise ArgumentError, "value must be enumerable"
    end
  end
  private :__each_of

  # The Hash of another set, made of any enumerable.
  def __hash_of(source)
    return Primitive.hidden_get(source, :hash) if Set === source
    hash = {}
    __each_of(source) { |element| Primitive.hash_store(hash, element, true) }
    hash
  end
  private :__hash_of

  def __set(source)
    raise ArgumentError, "value must be a set" unless Set === source
    Primitive.hidden_get(source, :hash)
  end
  private :__set

  def size
    Primitive.hash_size(Primitive.hidden_get(self, :hash))
  end
  alias length size

  def empty?
    Primitive.hash_size(Primitive.hidden_get(self, :hash)) == 0
  end

  def include?(element)
    Primitive.hash_find(Primitive.hidden_get(self, :hash), element) ? true : false
  end
  alias member? include?
  alias === include?

  def add(element)
    Primitive.check_frozen(self)
    Primitive.hash_store(Primitive.hidden_get(self, :hash), element, true)
    self
  end
  alias << add

  def add?(element)
    Primitive.check_frozen(self)
    hash = Primitive.hidden_get(self, :hash)
    return nil if Primitive.hash_find(hash, element)
    Primitive.hash_store(hash, element, true)
    self
  end

  def delete(element)
    Primitive.check_frozen(self)
    Primitive.hash_delete(Primitive.hidden_get(self, :hash), element)
    self
  end

  def delete?(element)
    Primitive.check_frozen(self)
    Primitive.hash_delete(Primitive.hidden_get(self, :hash), element) ? self : nil
  end

  def clear
    Primitive.check_frozen(self)
    Primitive.hidden_get(self, :hash).clear
    self
  end

  def replace(source)
    Primitive.check_frozen(self)
    hash = Primitive.hidden_get(self, :hash)
    # Objects from `allocate` have none; psych fills such.
    Primitive.hidden_set(self, :hash, hash = {}) unless hash
    raise RuntimeError, "can't replace set during iteration" if Primitive.hash_is_iterating(hash)
    unless Set === source
      kept = compare_by_identity?
      source = self.class.new(source)
      source.compare_by_identity if kept
    end
    Primitive.hash_replace(hash, Primitive.hash_copy(Primitive.hidden_get(source, :hash)))
    self
  end

  def each
    return to_enum(:each) { size } unless defined?(yield)
    hash = Primitive.hidden_get(self, :hash)
    Primitive.hash_begin(hash)
    begin
      at = 0
      while at = Primitive.hash_next(hash, at)
        yield Primitive.hash_key_at(hash, at)
        at = Primitive.integer_add(at, 1)
      end
    ensure
      Primitive.hash_end(hash)
    end
    self
  end

  def to_a
    Primitive.hash_keys(Primitive.hidden_get(self, :hash))
  end

  def to_set(klass = (none = true; Set), *args, &block)
    return self if none && Primitive.same(Primitive.class_of(self), Set) && args.empty? && !block
    klass.new(self, *args, &block)
  end

  def merge(*sources, **keywords)
    raise ArgumentError, "no keywords accepted" unless keywords.empty?
    Primitive.check_frozen(self)
    hash = Primitive.hidden_get(self, :hash)
    sources.each do |source|
      __each_of(source) { |element| Primitive.hash_store(hash, element, true) }
    end
    self
  end

  def subtract(source)
    Primitive.check_frozen(self)
    hash = Primitive.hidden_get(self, :hash)
    __each_of(source) { |element| Primitive.hash_delete(hash, element) }
    self
  end

  def |(other)
    result = dup
    result.merge(other)
  end
  alias union |
  alias + |

  def -(other)
    result = dup
    result.subtract(other)
  end
  alias difference -

  def &(other)
    result = self.class.new
    hash = Primitive.hidden_get(self, :hash)
    __each_of(other) { |element| result.add(element) if Primitive.hash_find(hash, element) }
    result
  end
  alias intersection &

  def ^(other)
    result = dup
    __hash_of(other).each_key { |element| result.add(element) unless result.delete?(element) }
    result
  end

  def ==(other)
    return true if Primitive.same(self, other)
    return false unless Set === other
    hash = Primitive.hidden_get(self, :hash)
    others = Primitive.hidden_get(other, :hash)
    return false unless Primitive.hash_size(hash) == Primitive.hash_size(others)
    return false unless compare_by_identity? == other.compare_by_identity?
    Primitive.guarded(:==, self, true, lambda {
      other.all? { |element| Primitive.hash_find(hash, element) }
    })
  end

  alias eql? ==

  def hash
    Primitive.hash_mix(Set, Primitive.hidden_get(self, :hash))
  end

  def superset?(other)
    others = __set(other)
    return false if Primitive.hash_size(others) > size
    other.all? { |element| include?(element) }
  end
  alias >= superset?

  def proper_superset?(other)
    others = __set(other)
    return false if Primitive.hash_size(others) >= size
    other.all? { |element| include?(element) }
  end
  alias > proper_superset?

  def subset?(other)
    others = __set(other)
    return false if Primitive.hash_size(others) < size
    all? { |element| Primitive.hash_find(others, element) }
  end
  alias <= subset?

  def proper_subset?(other)
    others = __set(other)
    return false if Primitive.hash_size(others) <= size
    all? { |element| Primitive.hash_find(others, element) }
  end
  alias < proper_subset?

  def <=>(other)
    return nil unless Set === other
    case size <=> other.size
    when -1 then -1 if proper_subset?(other)
    when 1 then 1 if proper_superset?(other)
    else 0 if self == other
    end
  end

  def intersect?(other)
    if Set === other
      few, many = size < other.size ? [self, other] : [other, self]
      return few.any? { |element| many.include?(element) }
    end
    raise ArgumentError, "value must be enumerable" unless other.respond_to?(:each)
    other.any? { |element| include?(element) }
  end

  def disjoint?(other)
    !intersect?(other)
  end

  # Keeps the elements for which the block's truth is `wanted`; true when one went.
  def __keep(wanted)
    Primitive.check_frozen(self)
    hash = Primitive.hidden_get(self, :hash)
    before = Primitive.hash_size(hash)
    Primitive.hash_begin(hash)
    begin
      at = 0
      while at = Primitive.hash_next(hash, at)
        truth = yield(Primitive.hash_key_at(hash, at)) ? true : false
        Primitive.hash_remove_at(hash, at) unless Primitive.same(truth, wanted)
        at = Primitive.integer_add(at, 1)
      end
    ensure
      Primitive.hash_end(hash)
    end
    Primitive.hash_size(hash) != before
  end
  private :__keep

  def select!(&block)
    return to_enum(:select!) { size } unless block
    __keep(true, &block) ? self : nil
  end

  def filter!(&block)
    return to_enum(:filter!) { size } unless block
    __keep(true, &block) ? self : nil
  end

  def keep_if(&block)
    return to_enum(:keep_if) { size } unless block
    __keep(true, &block)
    self
  end

  def reject!(&block)
    return to_enum(:reject!) { size } unless block
    __keep(false, &block) ? self : nil
  end

  def delete_if(&block)
    return to_enum(:delete_if) { size } unless block
    __keep(false, &block)
    self
  end

  def map!
    return to_enum(:map!) { size } unless defined?(yield)
    Primitive.check_frozen(self)
    mapped = {}
    each { |element| Primitive.hash_store(mapped, yield(element), true) }
    Primitive.hash_replace(Primitive.hidden_get(self, :hash), mapped)
    self
  end
  alias collect! map!

  def classify
    return to_enum(:classify) { size } unless defined?(yield)
    result = {}
    each { |element| (result[yield(element)] ||= self.class.new).add(element) }
    result
  end

  def divide(&block)
    return to_enum(:divide) { size } unless block
    if block.arity == 2
      elements = to_a
      groups = self.class.new
      seen = {}.compare_by_identity
      elements.each do |start|
        next if seen[start]
        group = self.class.new
        waiting = [start]
        seen[start] = true
        until waiting.empty?
          element = waiting.pop
          group.add(element)
          elements.each do |other|
            next if seen[other]
            if yield(element, other) && yield(other, element)
              seen[other] = true
              waiting.push(other)
            end
          end
        end
        groups.add(group)
      end
      groups
    else
      self.class.new(classify(&block).values)
    end
  end

  def flatten
    result = self.class.new
    __flatten_into(result, {}.compare_by_identity)
    result
  end

  def flatten!
    Primitive.check_frozen(self)
    return nil unless any? { |element| Set === element }
    replace(flatten)
  end

  def __flatten_into(result, seen)
    raise ArgumentError, "tried to flatten recursive Set" if seen[self]
    seen[self] = true
    each do |element|
      Set === element ? element.__flatten_into(result, seen) : result.add(element)
    end
    seen.delete(self)
    result
  end
  protected :__flatten_into

  def compare_by_identity
    return self if compare_by_identity?
    Primitive.check_frozen(self)
    Primitive.hidden_get(self, :hash).compare_by_identity
    self
  end

  def compare_by_identity?
    Primitive.hash_is_identity(Primitive.hidden_get(self, :hash))
  end

  def reset
    Primitive.check_frozen(self)
    Primitive.hidden_get(self, :hash).rehash
    self
  end

  def join(separator = nil)
    to_a.join(separator)
  end

  def inspect
    plain = Primitive.same(Primitive.class_of(self), Set)
    Primitive.guarded(:inspect, self, plain ? "Set[...]" : "#<#{self.class}: {...}>", lambda {
      list = to_a.map { |element| Primitive.inspect(element) }.join(", ")
      plain ? "Set[#{list}]" : "#<#{self.class}: {#{list}}>"
    })
  end
  alias to_s inspect
end
