# Dumps of single objects, and by name what objspace has no way to tell here: where objects were made, and dumps of the heap.

module ObjectSpace
  %i[
    trace_object_allocations trace_object_allocations_start trace_object_allocations_stop trace_object_allocations_clear
    trace_object_allocations_debug_start allocation_sourcefile allocation_sourceline allocation_class_path allocation_method_id
    allocation_generation count_nodes count_tdata_objects count_imemo_objects count_symbols internal_class_of internal_super_of
    reachable_objects_from_root _dump_all _dump_shapes
  ].each do |name|
    define_singleton_method(name) { |*| raise NotImplementedError, "#{name}() function is unimplemented on this machine" }
  end

  DUMPED_TYPES = {
    String => "STRING", Array => "ARRAY", Hash => "HASH", Class => "CLASS", Module => "MODULE", Float => "FLOAT", Integer => "BIGNUM",
    Regexp => "REGEXP", Struct => "STRUCT", Range => "STRUCT", IO => "FILE", MatchData => "MATCH", Rational => "RATIONAL",
    Complex => "COMPLEX", Proc => "DATA", Method => "DATA", Thread => "DATA"
  }
  private_constant :DUMPED_TYPES

  class << self
    # Writes what an object is as JSON.
    def _dump(object, output)
      output << dumped(object)
      output
    end

    private

    def dumped(object)
      case object
      when nil then "null"
      when true, false then object.to_s
      when Symbol then %({"type":"SYMBOL", "value":#{quoted(object.name)}})
      when Float then format("%.5f", object)
      when Integer then object.bit_length < 63 ? object.to_s : cell(object)
      else cell(object)
      end
    end

    def cell(object)
      type = DUMPED_TYPES.find { |kind, _| kind === object }&.last || "OBJECT"
      parts = {address: quoted(address(object)), type: quoted(type), class: quoted(address(Kernel.instance_method(:class).bind_call(object)))}
      parts.update(particulars(object))
      references = reachable_objects_from(object).drop(1).map { |other| quoted(address(other)) }
      parts[:references] = "[#{references.join(", ")}]" unless references.empty?
      parts[:memsize] = memsize_of(object)
      "{#{parts.map { |name, value| %("#{name}":#{value}) }.join(", ")}}"
    end

    def particulars(object)
      case object
      when String
        value = {value: quoted(object)} if object.valid_encoding? && object.encoding.ascii_compatible?
        {frozen: object.frozen? || nil, bytesize: object.bytesize, **value, encoding: quoted(object.encoding.name)}.compact
      when Array then {length: object.length}
      when Hash then {size: object.size}
      when Module then {name: object.name && quoted(object.name)}.compact
      else {frozen: object.frozen? || nil}.compact
      end
    end

    def address(object) = Kernel.instance_method(:to_s).bind_call(object)[/0x\h+/]

    def quoted(text)
      %("#{text.gsub(/["\\\x00-\x1f]/) { |letter| format(letter.match?(/["\\]/) ? "\\%s" : "\\u%04x", letter.match?(/["\\]/) ? letter : letter.ord) }}")
    end
  end
end
