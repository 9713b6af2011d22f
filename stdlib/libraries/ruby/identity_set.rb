# IdentitySet: objects by identity, without nil, searched by the values of their variables.

class IdentitySet
  def self.with_all(*elements)
    if elements.size == 1
      raise TypeError, "#{elements[0].class} is no Array" unless Array === elements[0]
      elements = elements[0]
    end
    elements.each_with_object(new) { |element, set| set.add(element) }
  end

  def initialize
    @elements = {}.compare_by_identity
  end

  def initialize_copy(other)
    @elements = @elements.dup
  end

  def add(element)
    @elements[element] = true unless element.nil?
    self
  end
  alias << add

  def add?(element)
    return nil if element.nil? || @elements.key?(element)
    add(element)
  end

  def delete(element)
    @elements.delete(element)
    self
  end

  # The element, or nil when it was not there.
  def delete?(element) = @elements.delete(element) && element
  alias remove delete?
  alias pop delete?

  def delete_if
    @elements.delete_if { |element, _| yield element }
    self
  end

  def subtract(elements)
    elements.each { |element| @elements.delete(element) }
    self
  end

  def clear
    @elements.clear
    self
  end

  def include?(element) = @elements.key?(element)
  alias member? include?

  def empty? = @elements.empty?

  def size = @elements.size
  alias length size

  def to_a = @elements.keys

  def each(&block)
    return to_enum(:each) { size } unless block
    to_a.each(&block)
    self
  end

  def &(other) = __where { |element| other.include?(element) }
  alias intersection &

  def |(other) = other.to_a.each_with_object(dup) { |element, set| set.add(element) }
  alias + |
  alias union |

  def -(other) = __where { |element| !other.include?(element) }
  alias difference -

  def ==(other) = equal?(other) || (IdentitySet === other && size == other.size && subset?(other))

  def superset?(other) = other.all? { |element| include?(element) }

  def proper_superset?(other) = size > other.size && superset?(other)

  def subset?(other) = other.superset?(self)

  def proper_subset?(other) = other.proper_superset?(self)

  def find(&block) = to_a.find(&block)
  alias detect find

  def find_all(&block) = to_a.select(&block)
  alias select find_all

  def reject(&block) = to_a.reject(&block)

  def collect(&block) = to_a.map(&block)
  alias map collect

  def count(...) = to_a.count(...)

  def inject(...) = to_a.inject(...)

  def all?(...) = to_a.all?(...)

  def any?(...) = to_a.any?(...)

  def sum(&block) = to_a.sum(&block)

  def avg(&block) = sum(&block).fdiv(size)

  def group_by(&block) = to_a.group_by(&block).transform_values { |elements| IdentitySet.with_all(elements) }

  # The elements whose variable at the end of the path compares so with the value: :equal and :not_equal by identity, :eql and :not_eql with ==,
  # :lt, :lte, :gt and :gte with <=>. No accessors of the elements are called.
  def search(path, operation, value)
    test = __test(operation, value)
    __search(path, &test)
  end

  def search_between(path, low, high, low_operation = :lte, high_operation = :lt)
    above = { lt: :gt, lte: :gte }.fetch(low_operation) { raise ArgumentError, "unknown operator #{low_operation.inspect}" }
    raise ArgumentError, "unknown operator #{high_operation.inspect}" unless %i[lt lte].include?(high_operation)
    is_above, is_below = __test(above, low), __test(high_operation, high)
    __search(path) { |found| is_above.(found) && is_below.(found) }
  end

  def search_range(path, range)
    __search(path) { |found| range.cover?(found) }
  end

  def __search(path)
    names = Array === path ? path : path.to_s.split(".")
    __where do |element|
      missing = false
      found = names.inject(element) do |object, name|
        break missing = true unless object.instance_variable_defined?(name)
        object.instance_variable_get(name)
      end
      !missing && yield(found)
    end
  end

  def __test(operation, value)
    order = ->(found) { found <=> value if found.respond_to?(:<=>) }
    case operation
    when :equal then ->(found) { found.equal?(value) }
    when :not_equal then ->(found) { !found.equal?(value) }
    when :eql then ->(found) { found == value }
    when :not_eql then ->(found) { found != value }
    when :lt then ->(found) { (result = order.(found)) && result < 0 }
    when :lte then ->(found) { (result = order.(found)) && result <= 0 }
    when :gt then ->(found) { (result = order.(found)) && result > 0 }
    when :gte then ->(found) { (result = order.(found)) && result >= 0 }
    else raise ArgumentError, "unknown operator #{operation.inspect}"
    end
  end

  def __where
    @elements.each_key.with_object(IdentitySet.new) { |element, set| set.add(element) if yield element }
  end
  private :__search, :__test, :__where

  def inspect
    return "#<IdentitySet: {...}>" if (Thread.current[:__identity_sets__] ||= {}.compare_by_identity)[self]
    Thread.current[:__identity_sets__][self] = true
    begin
      "#<IdentitySet: {#{to_a.map(&:inspect).join(", ")}}>"
    ensure
      Thread.current[:__identity_sets__].delete(self)
    end
  end
  alias to_s inspect
end
