# What GC tells of its last collection, and the setting that keeps collections minor.
# instead of --gc=stress:1: --gc=stress:1001 (many objects)
GC.start
p GC.latest_gc_info.slice(:major_by, :need_major_by, :gc_by, :state), GC.latest_gc_info(:major_by)
GC.start(full_mark: false)
p GC.latest_gc_info(:major_by), GC.latest_gc_info(:gc_by)
given = { a: 1 }
p GC.latest_gc_info(given).equal?(given), given.key?(:gc_by), given[:a]
[:foo, 3].each do |key|
  GC.latest_gc_info(key)
rescue => error
  p error
end
p GC.config[:rgengc_allow_full_mark], GC.config(rgengc_allow_full_mark: false)[:rgengc_allow_full_mark], GC.config[:rgengc_allow_full_mark]
kept = Array.new(100_000) { |i| "text #{i}" }
before = GC.stat(:major_gc_count)
3.times { kept.map(&:dup) }
p GC.stress || GC.stat(:major_gc_count) == before, GC.config(rgengc_allow_full_mark: true)[:rgengc_allow_full_mark]
[{ implementation: "x" }, 3].each do |setting|
  GC.config(setting)
rescue => error
  p error
end
