# A commit larger than a segment of the log: all of it or nothing, whoever is killed.
def elsewhere(code) = system(RbConfig.ruby, "-e", code) || abort("failed: #{code}")

Maglev[:large] = Array.new(200) { |i| i.chr * 500_000 }
Maglev[:count] = 0
p Maglev.commit
elsewhere 'p Maglev[:large].size, Maglev[:large].sum(&:size), Maglev[:large][150][0] == 150.chr'
child = IO.popen([RbConfig.ruby, "-e", <<~'RUBY'])
  $stdout.sync = true
  loop do
    Maglev[:count] += 1
    Maglev[:large] = Array.new(160) { "#{Maglev[:count]}" * 450_000 }
    puts "on the way"
    Maglev.commit
  end
RUBY
3.times { child.gets }
sleep 0.03
Process.kill(:KILL, child.pid)
elsewhere <<~'RUBY'
  count = Maglev[:count]
  texts = Maglev[:large].map { |text| text[0] }.uniq
  p count >= 2, texts == [count.to_s], Maglev[:large].all? { |text| text.size == 450_000 * count.to_s.size }
  Maglev[:after] = 1
  p Maglev.commit
RUBY
