# Processes that count in a Proc, a counter, a queue and a Hash are killed again and again: what was acknowledged is there, all parts agree.
ruby = RbConfig.ruby
system(ruby, "-e", <<~'RUBY') || abort
  n = 0
  list = []
  Maglev[:count] = -> { list << (n += 1); n }
  Maglev[:look] = -> { [n, list.size, list.last] }
  Maglev[:counter], Maglev[:queue], Maglev[:hash] = RCCounter.new, RCQueue.new, RCHash.new
  Maglev.commit
RUBY
worker = <<~'RUBY'
  loop do
    number = Maglev.transaction(retries: 1000) do
      Maglev[:counter].increment
      Maglev[:queue] << 1
      Maglev[:hash][Process.pid] = Maglev[:counter].value
      Maglev[:count].call
    end
    $stdout.write("#{number}\n")
    $stdout.flush
  end
RUBY
told = 3.times.flat_map do
  workers = Array.new(3) { IO.popen([ruby, "-e", worker]) }
  workers.each { |io| io.gets }
  sleep 0.2
  workers.each { |io| Process.kill(:KILL, io.pid) }
  workers.flat_map { |io| io.read.lines.select { _1.end_with?("\n") }.map(&:to_i) }
end
p told.uniq.size == told.size
system(ruby, "-e", <<~'RUBY', told.max.to_s)
  look = Maglev[:look].call
  p look.uniq.size, look[0] >= ARGV[0].to_i, Maglev[:counter].value == look[0], Maglev[:queue].size == look[0], Maglev[:hash].size
RUBY
system(File.join(File.dirname(ruby), "maglev"), "fsck", out: File::NULL)
p $?.exitstatus
