# A process that is stopped in the middle of a commit, most often in its sync, holds up nobody for good: the others commit, or can be
# interrupted while they wait.
require "timeout"

Maglev[:mine] = [0]
Maglev[:theirs] = [0]
Maglev.commit
child = IO.popen([RbConfig.ruby, "-e", <<~'RUBY'], "r+")
  $stdout.sync = true
  theirs = Maglev[:theirs]
  puts "ready"
  until $stdin.read_nonblock(1, exception: false) == "\n"
    theirs[0] += 1
    Maglev.commit
  end
  puts theirs[0]
RUBY
child.gets
done = 0
until done == 10
  sleep 0.01
  Process.kill(:STOP, child.pid)
  begin
    Maglev[:mine][0] = done
    done += 1 if Timeout.timeout(2) { Maglev.commit }
  rescue Timeout::Error
    # It held the commit lock.
  end
  Process.kill(:CONT, child.pid)
end
child.puts
count = child.gets.to_i
Maglev.abort
p Maglev[:mine], Maglev[:theirs] == [count], count > 10
