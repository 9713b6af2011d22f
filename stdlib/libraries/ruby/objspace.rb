# What objspace has no way to tell here, by name: where objects were made, and dumps of the heap.

module ObjectSpace
  %i[
    trace_object_allocations trace_object_allocations_start trace_object_allocations_stop trace_object_allocations_clear
    trace_object_allocations_debug_start allocation_sourcefile allocation_sourceline allocation_class_path allocation_method_id
    allocation_generation count_nodes count_tdata_objects count_imemo_objects count_symbols internal_class_of internal_super_of
    reachable_objects_from_root _dump _dump_all _dump_shapes
  ].each do |name|
    define_singleton_method(name) { |*| raise NotImplementedError, "#{name}() function is unimplemented on this machine" }
  end
end
