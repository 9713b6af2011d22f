# Set, Comparable-free time arithmetic at fixed instants, Random with a seed, ObjectSpace-free Process checks.
s = Set.new([3, 1, 2, 3])
p s.size, s.include?(1), s.to_a, s.add(5).size, s.add?(5), s.delete(1).size, s | [9], s & [2, 3], s - [2], s ^ [2, 100], s.subset?(Set[2, 3, 5, 7]), s.superset?(Set[2]), s == Set[3, 2, 5], s.map { |x| x * 2 }.class, s.group_by(&:odd?), s.empty?, Set[1, [1]].flatten.size, s.disjoint?([100]), s.first, s.min, s.sum, s.frozen?, Set[1, 2].hash == Set[2, 1].hash, Set[Set[1]] == Set[Set[1]], s.each { }.equal?(s), s.dup.equal?(s), s === 3, s.partition(&:even?)
t = Time.at(1_700_000_000).utc
p t.year, t.month, t.day, t.hour, t.min, t.sec, t.wday, t.yday, t.to_i, t + 60, (t - Time.at(1_699_999_000)).to_i, t.strftime("%Y-%m-%d %H:%M:%S %z %A %B %j %e %-d %I %p %L %s %%"), t <=> t + 1, t == Time.at(1_700_000_000), t.monday?, t.tuesday?, Time.utc(2024, 2, 29).yday, Time.utc(2000, 1, 1, 12, 30, 15.5).usec, Time.gm(2024, "dec", 25).strftime("%a %b %d"), t.round.nsec, t.to_a.size, Time.utc(2024, 12, 31) + 86_400, t.hash == Time.at(1_700_000_000).hash, Time.at(0, 500, :millisecond).utc.to_f, t.zone, t.utc?, t.utc_offset
begin
  Time.utc(2024, 13, 1)
rescue ArgumentError => e
  puts e.message
end
begin
  t + t
rescue TypeError => e
  puts e.message
end
r = Random.new(42)
p Array.new(5) { r.rand(100) }, r.rand, r.rand(1.0..2.0), r.bytes(4).bytes, r.seed, Random.new(42) == Random.new(42), Random.new(1).rand(10**20), Random.new(3).rand(5..7)
srand(7)
a = [rand(1000), rand(1000), [1, 2, 3, 4, 5].shuffle, [1, 2, 3].sample]
srand(7)
p a == [rand(1000), rand(1000), [1, 2, 3, 4, 5].shuffle, [1, 2, 3].sample], a
p (1..10).to_a.shuffle(random: Random.new(1)), Random.rand(1), Kernel.rand(1..1)
p Process.pid.class, Process.clock_gettime(Process::CLOCK_MONOTONIC, :millisecond).class, Time.now.class, (Time.now - Time.now).abs < 1
