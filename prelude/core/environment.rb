# ENV: the methods of a Hash over the variables of the environment.

module Maglev
  module Environment
    def assoc(name)
      name = Primitive.to_string(name)
      value = self[name]
      value.nil? ? nil : [name, value]
    end

    def rassoc(value)
      return nil unless value.is_a?(String) || value.respond_to?(:to_str)
      to_h.rassoc(Primitive.to_string(value))
    end

    def key(value)
      to_h.key(Primitive.to_string(value))
    end

    def value?(value)
      return nil unless value.is_a?(String) || value.respond_to?(:to_str)
      to_h.value?(Primitive.to_string(value))
    end
    alias has_value? value?

    def each
      return to_enum(:each) { size } unless defined?(yield)
      to_h.each_pair { |pair| yield pair }
      self
    end

    def each_pair
      return to_enum(:each_pair) { size } unless defined?(yield)
      to_h.each_pair { |pair| yield pair }
      self
    end

    def update(*others)
      others.each do |other|
        Primitive.to_hash(other).each do |name, value|
          value = yield(name, self[name], value) if defined?(yield) && key?(name)
          self[name] = value
        end
      end
      self
    end
    alias merge! update

    def each_key
      return to_enum(:each_key) { size } unless defined?(yield)
      keys.each { |name| yield name }
      self
    end

    def each_value
      return to_enum(:each_value) { size } unless defined?(yield)
      values.each { |value| yield value }
      self
    end

    def delete_if
      return to_enum(:delete_if) { size } unless defined?(yield)
      to_h.each { |name, value| delete(name) if yield(name, value) }
      self
    end

    def keep_if
      return to_enum(:keep_if) { size } unless defined?(yield)
      to_h.each { |name, value| delete(name) unless yield(name, value) }
      self
    end

    def reject!
      return to_enum(:reject!) { size } unless defined?(yield)
      before = size
      to_h.each { |name, value| delete(name) if yield(name, value) }
      size == before ? nil : self
    end

    def select!
      return to_enum(:select!) { size } unless defined?(yield)
      before = size
      to_h.each { |name, value| delete(name) unless yield(name, value) }
      size == before ? nil : self
    end
    alias filter! select!

    def reject
      return to_enum(:reject) { size } unless defined?(yield)
      to_h.reject { |name, value| yield name, value }
    end

    def select
      return to_enum(:select) { size } unless defined?(yield)
      to_h.select { |name, value| yield name, value }
    end
    alias filter select

    def except(*names)
      to_h.except(*names)
    end

    def slice(*names)
      result = {}
      names.each do |name|
        value = self[name]
        result[name] = value unless value.nil?
      end
      result
    end

    def values_at(*names)
      names.map { |name| self[name] }
    end

    def invert
      to_h.invert
    end

    def rehash
      nil
    end

    def shift
      pair = to_h.first
      return nil if pair.nil?
      delete(pair[0])
      pair
    end

    def clone(freeze: nil)
      unless freeze.nil? || freeze == true || freeze == false
        raise ArgumentError, "unexpected value for freeze: #{freeze.class}"
      end
      raise TypeError, "Cannot clone ENV, use ENV.to_h to get a copy of ENV as a hash"
    end

    def dup
      raise TypeError, "Cannot dup ENV, use ENV.to_h to get a copy of ENV as a hash"
    end

    def freeze
      raise TypeError, "cannot freeze ENV"
    end
  end
end
