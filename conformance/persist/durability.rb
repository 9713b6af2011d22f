# When a commit returns: on the disk, with others, or at once. A kill of the process loses none that returned; another process sees
# those that are on the disk.
require_relative "support/behaviours"

p Maglev.durability
begin
  Maglev.durability = :never
rescue ArgumentError => error
  puts error.message
end
ruby = RbConfig.ruby
%w[sync group async memory].each do |level|
  count = IO.popen([ruby, "-e", <<~RUBY], err: File::NULL, &:read).lines.last.to_i
    Maglev.durability = :#{level}
    Maglev[:#{level}] = list = []
    $stdout.sync = true
    200.times { |i| list << i; Maglev.commit; puts list.size if Maglev.durability == :#{level} }
    Process.kill(:KILL, $$)
  RUBY
  p [level, count, vm("p Maglev[:#{level}].size == #{count}")]
end
one, two = Session.new, Session.new
one["Maglev[:seen] = 1; Maglev.commit(durability: :memory)"]
p one["Maglev[:seen]"], two["Maglev.abort; Maglev[:seen]"], one["Maglev.sync"], two["Maglev.abort; Maglev[:seen]"]
p one["Maglev.transaction(durability: :async) { Maglev[:seen] = 2 }"], two["Maglev.wait(5)"], two["Maglev.abort; Maglev[:seen]"]
one["Maglev[:seen] = 3; Maglev.commit(durability: :memory)"]
one.close
p two["Maglev.abort; Maglev[:seen] = 4; Maglev.commit"]
# Sessions that wait and sessions that do not count on one object.
vm "Maglev[:count] = [0]; Maglev.commit"
workers = %w[sync group async memory].map { |level| Thread.new { vm "Maglev.durability = :#{level}; 30.times { Maglev.transaction(retries: 1000) { Maglev[:count][0] += 1 } }" } }
workers.each(&:join)
p vm("p Maglev[:count][0]")
p maglev("fsck")[1]
Session.close_all
