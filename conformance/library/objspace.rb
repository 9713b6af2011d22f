# objspace: sizes and references of objects.
require "objspace"

p [nil, true, 1, :a].map { |value| ObjectSpace.memsize_of(value) }
short, long = "a", "a" * 10_000
p ObjectSpace.memsize_of(short) > 0, ObjectSpace.memsize_of(long) >= 10_000
p ObjectSpace.memsize_of([nil] * 1000) >= 8000, ObjectSpace.memsize_of((1..1000).to_h { |n| [n, n] }) > 8000
p ObjectSpace.memsize_of(Class.new) > 0, ObjectSpace.memsize_of(Object.new) > 0
p ObjectSpace.memsize_of_all > ObjectSpace.memsize_of_all(String)
kept = Array.new(100) { "kept" * 1000 }
p ObjectSpace.memsize_of_all(String) >= 400_000, kept.size
sizes = ObjectSpace.count_objects_size
p sizes[:TOTAL] > sizes[:T_STRING], sizes[:T_STRING] > 400_000

part = Object.new
p ObjectSpace.reachable_objects_from([part, 1, nil, "x", part]) == [Array, part, "x"]
p [nil, 1, :a, true].map { |value| ObjectSpace.reachable_objects_from(value) }
holder = Object.new
holder.instance_variable_set(:@part, part)
p ObjectSpace.reachable_objects_from(holder) == [Object, part]
p ObjectSpace.reachable_objects_from({ part => "y" }).include?(part)

[-> { ObjectSpace.memsize_of_all("a") }, -> { ObjectSpace.count_objects_size(0) }].each do |call|
  call.call
rescue => error
  puts "#{error.class}: #{error.message}"
end

p ObjectSpace.dump(nil), ObjectSpace.dump(1), ObjectSpace.dump(true), ObjectSpace.dump(:a), ObjectSpace.dump(1.5)
dump = ObjectSpace.dump("a\"b")
p dump[/"type":"\w+"/], dump[/"bytesize":\d+/], dump[/"encoding":"[^"]+"/], dump[/"value":"a\\"b"/]
p ObjectSpace.dump([1, "x"])[/"length":2/], ObjectSpace.dump({ a: 1 })[/"size":1/], ObjectSpace.dump(Comparable)[/"type":"MODULE"/]
