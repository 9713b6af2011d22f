# Invalidation by others marks nothing as changed; a changed object is written once.
def elsewhere(code) = system(RbConfig.ruby, "-e", code) || abort("failed: #{code}")

Maglev[:a] = [1]
Maglev[:b] = { "k" => [2] }
Maglev.commit
p Maglev.needs_commit?
p Maglev[:a], Maglev[:b]
elsewhere 'Maglev[:a] << 2; Maglev[:b]["n"] = 3; Maglev.commit'
p Maglev.commit
p Maglev.needs_commit?
p Maglev[:a], Maglev[:b]
p Maglev.needs_commit?
objects = Array.new(20_000) { [_1] }
Maglev[:many] = objects
Maglev.commit
objects.each { |object| object[0] += 1 }
objects.each { |object| object[0] += 1 }
p Maglev.needs_commit?, Maglev.commit
elsewhere 'p Maglev[:many].sum { |object| object[0] }'
