# Descriptors beyond the standard streams are passed to child processes by number.
require "rbconfig"
r, w = IO.pipe
Process.wait spawn(RbConfig.ruby, "-e", "IO.for_fd(#{w.fileno}, %q(w)).puts 'passed'", w => w)
w.close
p r.read
r, w = IO.pipe
Process.wait spawn("echo seven >&7", 7 => w)
w.close
p r.read
r, w = IO.pipe
Process.wait spawn("cat <&7 >&8", 7 => [__FILE__, "r"], 8 => w)
w.close
p r.read.lines.first
r, w = IO.pipe
Process.wait spawn("(echo gone >&7) 2>/dev/null", 7 => :close, err: "/dev/null")
w.close
p r.read
r, w = IO.pipe
Process.wait spawn("echo a >&9; echo b >&8", 9 => w, 8 => w.fileno)
w.close
p r.read
r, w = IO.pipe
r2, w2 = IO.pipe
Process.wait spawn("echo first >&7; echo second >&8", 7 => w2, 8 => w)
w.close
w2.close
p r.read, r2.read
begin; spawn("true", 5 => 777); rescue => e; p e; end
begin; spawn("true", out: 777); rescue => e; p e; end
begin; spawn("/no/such/program", 3 => 1); rescue => e; p e; end
