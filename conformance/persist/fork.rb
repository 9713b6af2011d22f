# A child made by fork has a session and a snapshot of its own.
def elsewhere(code) = system(RbConfig.ruby, "-e", code) || abort("failed: #{code}")

Maglev[:a] = [1]
Maglev[:b] = [1]
Maglev.commit
p Maglev[:a], Maglev.needs_commit?
elsewhere 'Maglev[:a][0] = 2; Maglev[:b][0] = 2; Maglev.commit'
child = fork do
  p [Maglev.root.size, Maglev[:a], Maglev[:b]]
  Maglev[:a] << :child
  p Maglev.commit
end
Process.wait(child)
p Maglev[:a], Maglev[:b]
Maglev.abort
p Maglev[:a], Maglev[:b]
# Changes of the parent are those of the child too, until somebody else was quicker.
Maglev[:b] << :mine
elsewhere 'Maglev[:b] << :theirs; Maglev.commit'
child = fork do
  p Maglev[:b]
  begin; Maglev.commit; rescue Maglev::CommitFailedException; puts "conflict"; end
  Maglev.abort
  p Maglev[:b]
end
Process.wait(child)
begin; Maglev.commit; rescue Maglev::CommitFailedException; puts "conflict"; end
