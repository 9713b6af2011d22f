# Opening a named pipe that nobody opens on the other side ends on Timeout, signals and kill.
require "timeout"
require "tmpdir"
Dir.mktmpdir do |folder|
  pipe = "#{folder}/pipe"
  File.mkfifo(pipe)
  begin
    Timeout.timeout(0.2) { File.open(pipe) { } }
  rescue Timeout::Error => error
    p error.class
  end
  pid = fork { File.open(pipe, "w") { } }
  sleep 0.2
  Process.kill(:TERM, pid)
  p Process.wait2(pid)[1].termsig
  waiting = Thread.new { File.open(pipe) { } }
  sleep 0.1
  waiting.kill
  p waiting.join(5) == waiting
  reader = Thread.new { File.read(pipe) }
  File.write(pipe, "through")
  p reader.value
end
