# Struct and Data: making classes, methods that yield.

class Struct
  def self.new(*members, keyword_init: nil, &block)
    if members.size > 0 && !members[0].nil? && !members[0].is_a?(Symbol)
      name = Primitive.to_string(members.shift)
      unless Primitive.is_constant_name(name)
        raise NameError, "identifier #{name} needs to be constant"
      end
    elsif members.size > 0 && members[0].nil?
      members.shift
    end
    names = []
    members.each do |member|
      member = member.to_str if !member.is_a?(Symbol) && member.respond_to?(:to_str)
      member = member.to_sym if Primitive.is_string(member)
      raise TypeError, "#{member.inspect} is not a symbol nor a string" unless member.is_a?(Symbol)
      raise ArgumentError, "duplicate member: #{member}" if names.include?(member)
      names << member
    end
    klass = Primitive.struct_class(self, names, keyword_init, false)
    if name
      if const_defined?(name, false)
        warn("redefining constant #{self}::#{name}", uplevel: 0)
        remove_const(name)
      end
      const_set(name, klass)
    end
    klass.class_eval(&block) if block
    klass
  end

  def each
    return to_enum(:each) { size } unless defined?(yield)
    i = 0
    while Primitive.integer_lt(i, Primitive.struct_size(self))
      yield Primitive.struct_get(self, i)
      i = Primitive.integer_add(i, 1)
    end
    self
  end

  def each_pair
    return to_enum(:each_pair) { size } unless defined?(yield)
    members.each_with_index { |name, i| yield [name, Primitive.struct_get(self, i)] }
    self
  end

  def select(&block)
    return to_enum(:select) { size } unless block
    to_a.select(&block)
  end

  def filter(&block)
    return to_enum(:filter) { size } unless block
    to_a.select(&block)
  end

  def to_h
    return Primitive.struct_to_h(self) unless defined?(yield)
    result = {}
    members.each_with_index do |name, i|
      Primitive.hash_store_pair(result, yield(name, Primitive.struct_get(self, i)), -1)
    end
    result
  end
end

class Data
  class << self
    undef_method :new

    def define(*members, &block)
      names = []
      members.each do |member|
        member = member.to_str if !member.is_a?(Symbol) && member.respond_to?(:to_str)
        member = member.to_sym if Primitive.is_string(member)
        raise TypeError, "#{member.inspect} is not a symbol nor a string" unless member.is_a?(Symbol)
        raise ArgumentError, "invalid data member: #{member}" if member.end_with?("=")
        raise ArgumentError, "duplicate member: #{member}" if names.include?(member)
        names << member
      end
      klass = Primitive.struct_class(self, names, nil, true)
      klass.singleton_class.undef_method(:define)
      klass.class_eval(&block) if block
      klass
    end
  end

  def to_h
    return Primitive.struct_to_h(self) unless defined?(yield)
    result = {}
    members.each_with_index do |name, i|
      Primitive.hash_store_pair(result, yield(name, Primitive.struct_get(self, i)), -1)
    end
    result
  end

  def with(*args, **changes)
    unless args.empty?
      raise ArgumentError, "wrong number of arguments (given #{args.size}, expected 0)"
    end
    return self if changes.empty?
    self.class.new(**Primitive.struct_to_h(self).merge(changes))
  end
end

module Process
  Tms = Struct.new(:utime, :stime, :cutime, :cstime)
end
