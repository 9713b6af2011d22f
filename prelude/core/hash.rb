# Hash methods that yield.

class Hash
  def each
    return to_enum(:each) { size } unless defined?(yield)
    Primitive.hash_begin(self)
    begin
      at = 0
      if Primitive.block_takes_pair
        while at = Primitive.hash_next(self, at)
          yield Primitive.hash_key_at(self, at), Primitive.hash_value_at(self, at)
          at = Primitive.integer_add(at, 1)
        end
      else
        while at = Primitive.hash_next(self, at)
          yield Primitive.hash_pair_at(self, at)
          at = Primitive.integer_add(at, 1)
        end
      end
    ensure
      Primitive.hash_end(self)
    end
    self
  end

  def each_pair
    return to_enum(:each_pair) { size } unless defined?(yield)
    Primitive.hash_begin(self)
    begin
      at = 0
      if Primitive.block_takes_pair
        while at = Primitive.hash_next(self, at)
          yield Primitive.hash_key_at(self, at), Primitive.hash_value_at(self, at)
          at = Primitive.integer_add(at, 1)
        end
      else
        while at = Primitive.hash_next(self, at)
          yield Primitive.hash_pair_at(self, at)
          at = Primitive.integer_add(at, 1)
        end
      end
    ensure
      Primitive.hash_end(self)
    end
    self
  end

  def each_key
    return to_enum(:each_key) { size } unless defined?(yield)
    Primitive.hash_begin(self)
    begin
      at = 0
      while at = Primitive.hash_next(self, at)
        yield Primitive.hash_key_at(self, at)
        at = Primitive.integer_add(at, 1)
      end
    ensure
      Primitive.hash_end(self)
    end
    self
  end

  def each_value
    return to_enum(:each_value) { size } unless defined?(yield)
    Primitive.hash_begin(self)
    begin
      at = 0
      while at = Primitive.hash_next(self, at)
        yield Primitive.hash_value_at(self, at)
        at = Primitive.integer_add(at, 1)
      end
    ensure
      Primitive.hash_end(self)
    end
    self
  end

  def fetch(key, default = (none = true))
    at = Primitive.hash_find(self, key)
    return Primitive.hash_value_at(self, at) if at
    if defined?(yield)
      warn("block supersedes default value argument", uplevel: 0) unless none
      return yield(key)
    end
    return default unless none
    Primitive.key_error(self, key)
  end

  def fetch_values(*keys, &block)
    result = []
    keys.each { |key| Primitive.array_push(result, fetch(key, &block)) }
    result
  end

  def any?(pattern = (none = true))
    if !none
      each { |pair| return true if pattern === pair }
      return false
    end
    return Primitive.hash_size(self) != 0 unless defined?(yield)
    if Primitive.block_takes_pair
      each { |key, value| return true if yield(key, value) }
    else
      each { |pair| return true if yield(pair) }
    end
    false
  end

  def count(value = (none = true), &block)
    return super unless none
    return Primitive.hash_size(self) unless block
    super(&block)
  end

  def select
    return to_enum(:select) { size } unless defined?(yield)
    result = Primitive.hash_empty_like(self)
    each { |key, value| Primitive.hash_store(result, key, value) if yield(key, value) }
    result
  end

  def filter
    return to_enum(:filter) { size } unless defined?(yield)
    result = Primitive.hash_empty_like(self)
    each { |key, value| Primitive.hash_store(result, key, value) if yield(key, value) }
    result
  end

  def reject
    return to_enum(:reject) { size } unless defined?(yield)
    result = Primitive.hash_empty_like(self)
    each { |key, value| Primitive.hash_store(result, key, value) unless yield(key, value) }
    result
  end

  # Removes the pairs for which the block's truth is not `wanted`; true when there was one.
  def __keep(wanted)
    Primitive.check_frozen(self)
    removed = false
    Primitive.hash_begin(self)
    begin
      at = 0
      while at = Primitive.hash_next(self, at)
        truth = yield(Primitive.hash_key_at(self, at), Primitive.hash_value_at(self, at)) ? true : false
        unless Primitive.same(truth, wanted)
          Primitive.hash_remove_at(self, at)
          removed = true
        end
        at = Primitive.integer_add(at, 1)
      end
    ensure
      Primitive.hash_end(self)
    end
    removed
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

  def filter_map
    return to_enum(:filter_map) { size } unless defined?(yield)
    result = []
    if Primitive.block_takes_pair
      each { |key, value| (mapped = yield(key, value)) && Primitive.array_push(result, mapped) }
    else
      each { |pair| (mapped = yield(pair)) && Primitive.array_push(result, mapped) }
    end
    result
  end

  def map
    return to_enum(:map) { size } unless defined?(yield)
    result = []
    if Primitive.block_or_lambda_takes_pair
      each { |key, value| Primitive.array_push(result, yield(key, value)) }
    else
      each { |pair| Primitive.array_push(result, yield(pair)) }
    end
    result
  end

  def collect
    return to_enum(:collect) { size } unless defined?(yield)
    result = []
    if Primitive.block_or_lambda_takes_pair
      each { |key, value| Primitive.array_push(result, yield(key, value)) }
    else
      each { |pair| Primitive.array_push(result, yield(pair)) }
    end
    result
  end

  def to_h
    return Primitive.hash_plain(self) unless defined?(yield)
    result = {}
    each { |key, value| Primitive.hash_store_pair(result, yield(key, value), -1) }
    result
  end

  def transform_values
    return to_enum(:transform_values) { size } unless defined?(yield)
    result = Primitive.hash_copy(self)
    at = 0
    while at = Primitive.hash_next(result, at)
      Primitive.hash_set_at(result, at, yield(Primitive.hash_value_at(result, at)))
      at = Primitive.integer_add(at, 1)
    end
    result
  end

  def transform_values!
    return to_enum(:transform_values!) { size } unless defined?(yield)
    Primitive.check_frozen(self)
    Primitive.hash_begin(self)
    begin
      at = 0
      while at = Primitive.hash_next(self, at)
        Primitive.hash_set_at(self, at, yield(Primitive.hash_value_at(self, at)))
        at = Primitive.integer_add(at, 1)
      end
    ensure
      Primitive.hash_end(self)
    end
    self
  end

  def transform_keys(mapping = (none = true))
    return to_enum(:transform_keys) { size } if none && !defined?(yield)
    mapping = none ? nil : Primitive.to_hash(mapping)
    result = {}
    each do |key, value|
      if mapping && (found = Primitive.hash_find(mapping, key))
        key = Primitive.hash_value_at(mapping, found)
      elsif defined?(yield)
        key = yield(key)
      elsif mapping
        key = mapping[key] || key if mapping.default_proc || !mapping.default.nil?
      end
      Primitive.hash_store(result, key, value)
    end
    result
  end

  def transform_keys!(mapping = (none = true), &block)
    return to_enum(:transform_keys!) { size } if none && !block
    Primitive.check_frozen(self)
    mapping = Primitive.to_hash(mapping) unless none
    made = {}
    begin
      pairs = to_a
      i = 0
      while Primitive.integer_lt(i, Primitive.array_size(pairs))
        pair = Primitive.array_get(pairs, i)
        old = Primitive.array_get(pair, 0)
        if !none && (found = Primitive.hash_find(mapping, old))
          key = Primitive.hash_value_at(mapping, found)
        elsif block
          key = yield(old)
        else
          key = old
        end
        delete(old) unless Primitive.hash_find(made, old)
        self[key] = Primitive.array_get(pair, 1)
        Primitive.hash_store(made, key, nil)
        i = Primitive.integer_add(i, 1)
      end
    end
    self
  end

  def merge(*others)
    result = Primitive.hash_dup(self)
    index = 0
    while index < Primitive.array_size(others)
      Primitive.hash_merge(result, Primitive.to_hash(Primitive.array_get(others, index)))
      index += 1
    end
    result
  end

  def merge!(*others)
    Primitive.check_frozen(self)
    index = 0
    while index < Primitive.array_size(others)
      Primitive.hash_merge(self, Primitive.to_hash(Primitive.array_get(others, index)))
      index += 1
    end
    self
  end
  alias update merge!

  def sum(init = 0)
    return super unless defined?(yield)
    values = []
    if Primitive.block_takes_pair
      each { |key, value| Primitive.array_push(values, yield(key, value)) }
    else
      each { |pair| Primitive.array_push(values, yield(pair)) }
    end
    Primitive.array_sum(values, init)
  end

  def to_proc
    ->(key) { self[key] }
  end
end
