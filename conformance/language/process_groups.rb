# Ids, groups, sessions and priorities of processes; what exec and spawn make of what is no program; daemons.
def tried
  yield
rescue ArgumentError, TypeError, SystemCallError, RangeError, NotImplementedError => error
  "#{error.class}: #{error.message}"
end

p Process.uid == Process::UID.rid, Process.euid == Process::UID.eid, Process.gid == Process::Sys.getgid, Process.egid == Process::GID.eid
p Process::UID.from_name("root"), Process::GID.from_name("root"), tried { Process::UID.from_name("nobody here") }, tried { Process::GID.from_name("nor here") }
p tried { Process.uid = Object.new }, tried { Process.euid = "nobody here" }, tried { Process.egid = 2**40 }, tried { Process.maxgroups = 0 }
p Process.euid = Process.euid, Process.egid = Process.egid, Process.maxgroups, Process.groups.all?(Integer), Process::UID.re_exchangeable?
p Process.respond_to?(:daemon), Process::Sys.respond_to?(:setruid), tried { Process::Sys.issetugid }[0, 19], File.respond_to?(:lchmod)
p Process.getpgid(0) == Process.getpgrp, Process.getsid == Process.getsid(0), Process.getpriority(Process::PRIO_PROCESS, 0).class
p tried { Process.getpgid(2**31) }, tried { Process.getpriority(9, 0) }, Process.argv0.equal?(Process.argv0), Process.argv0.frozen?, Process.warmup

reader, writer = IO.pipe
pid = fork do
  Process.setpgrp
  trap(:TERM) { exit! 3 }
  writer.puts Process.getpgid(0) == Process.pid
  sleep
end
p reader.gets
Process.kill("-TERM", pid)
p Process.wait2(pid)[1].exitstatus, Process::Status.wait.pid
p tried { Process.wait }
p tried { Process.kill("-NONE", 1) }, tried { trap("-TERM") {} }, tried { trap(-1) {} }

seen = []
singleton = Process.singleton_class
singleton.prepend(Module.new { define_method(:_fork) { seen << :fork; super() } })
Process.wait(fork { exit! 5 })
p seen, $?.exitstatus, $?.stopsig

p tried { Process.spawn("no such command here") }, $?.exitstatus, tried { Process.exec(["/bin/sh", "x", "y"]) }
p tried { Process.exec("/no/such/file") }
reader, writer = IO.pipe
reader.close_on_exec = false
p reader.close_on_exec?, writer.close_on_exec?
test = "test -e /dev/fd/#{reader.fileno} && echo kept || echo closed"
system(test)
system(test, close_others: true)
writer.close_on_exec = true
p tried { Process.daemon(1) }

Process.wait(fork do
  writer.sync = true
  at_exit { writer.puts "at_exit" }
  Process.daemon(true)
  writer.puts [Process.getsid == Process.getpgrp, $stdout.write(""), Process.ppid == Process.pid].inspect
end)
writer.close
puts reader.read

reader, writer = IO.pipe
reader.timeout = 0.05
p reader.timeout, (reader.gets rescue [$!.class, $!.message]), (reader.timeout = nil)
p tried { reader.timeout = "x" }
File.open(__FILE__) { |io| p io.advise(:normal, 0, 5), tried { io.advise(:often) }, tried { io.advise("normal") } }
