# Commands, forks and signals.
p IO.popen("echo a; echo b >&2", err: [:child, :out], &:read)
p IO.popen(["printf", "%s", "x y"], &:read)
pid = fork { exit 42 }
Process.wait(pid)
p $?.exitstatus
pid = fork { raise SystemExit.new(7) }
Process.wait(pid)
p $?.exitstatus
system("exit 3")
p $?.exitstatus
p system("no-such-command-at-all"), `echo out`
begin
  system("false", exception: true)
rescue RuntimeError => e
  p e.message
end
begin
  system("true", exception: 1)
rescue ArgumentError => e
  p e.message
end
[:TERM, :USR1, :INT].each do |signal|
  Process.kill(signal, Process.pid)
  sleep 5
rescue SignalException => e
  p e.class, e.signo, e.message
end
old = trap(:USR2) { |number| p [:trapped, number] }
Process.kill(:USR2, Process.pid)
p old, trap(:USR2, :DEFAULT).class
pid = fork do
  Process.kill(:TERM, Process.pid)
  sleep 5
end
Process.wait(pid)
p $?.termsig
p File.open("/dev/null") { |f| `printf abc` }.encoding == Encoding.default_external
# A child that was given a block ends with it: what is around the fork is the parent's.
begin
  Process.wait(fork { exit 4 })
  p $?.exitstatus
  Process.wait(fork { catch(:out) { throw :out } })
  p $?.exitstatus
ensure
  puts "once"
end
pipe = IO.popen("exit 3")
p Process.wait2(pipe.pid)[1].exitstatus, pipe.close, $?
