# Subclasses of Set are built on their own add, each, include? and the like, so that one that overrides those is obeyed.

class Set
  class CoreSet < Set
  end

  module SubclassCompatible
    module ClassMethods
      def [](*elements)
        new(elements)
      end
    end

    def initialize(source = nil, &block)
      super(nil)
      return if source.nil?
      if block
        do_with_enum(source) { |element| add(block.call(element)) }
      else
        merge(source)
      end
    end

    def do_with_enum(source, &block)
      if source.respond_to?(:each_entry)
        source.each_entry(&block) if block
      elsif source.respond_to?(:each)
        source.each(&block) if block
      else
        raise ArgumentError, "value must be enumerable"
      end
    end
    private :do_with_enum

    def to_set(klass = Set, *args, &block)
      return self if instance_of?(Set) && klass == Set && block.nil? && args.empty?
      klass.new(self, *args, &block)
    end

    def merge(*sources, **keywords)
      raise ArgumentError, "no keywords accepted" unless keywords.empty?
      sources.each do |source|
        if Primitive.same(Primitive.class_of(source), Set)
          super(source)
        else
          do_with_enum(source) { |element| add(element) }
        end
      end
      self
    end

    def subtract(source)
      do_with_enum(source) { |element| delete(element) }
      self
    end

    def |(other)
      dup.merge(other)
    end
    alias union |
    alias + |

    def -(other)
      dup.subtract(other)
    end
    alias difference -

    def &(other)
      result = self.class.new
      if Set === other
        few, many = other.size > size ? [self, other] : [other, self]
        few.each { |element| result.add(element) if many.include?(element) }
      else
        do_with_enum(other) { |element| result.add(element) if include?(element) }
      end
      result
    end
    alias intersection &

    def ^(other)
      result = self.class.new(other)
      each { |element| result.add(element) unless result.delete?(element) }
      result
    end

    def add?(element)
      add(element) unless include?(element)
    end

    def delete?(element)
      delete(element) if include?(element)
    end

    def intersect?(other)
      return any? { |element| other.include?(element) } if Set === other && size < other.size
      return other.any? { |element| include?(element) } if Set === other
      raise ArgumentError, "value must be enumerable" unless other.respond_to?(:each)
      other.any? { |element| include?(element) }
    end

    def disjoint?(other)
      !intersect?(other)
    end

    def map!
      return to_enum(:map!) { size } unless defined?(yield)
      mapped = self.class.new
      each { |element| mapped.add(yield(element)) }
      replace(mapped)
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
      return Set.new(to_a).divide(&block).map { |group| self.class.new(group) }.to_set if block.arity == 2
      Set.new(classify(&block).values)
    end
  end
  private_constant :SubclassCompatible

  def self.inherited(subclass)
    super
    return unless Primitive.same(self, Set) && !Primitive.same(subclass, CoreSet)
    subclass.include(SubclassCompatible)
    subclass.extend(SubclassCompatible::ClassMethods)
  end
  private_class_method :inherited
end
