# Options of spawn and its relatives: environment, groups, masks, redirections, and what is refused.
[{ zork: 1 }, { 3 => :foo }, { "a" => 1 }, { 1 => nil }, { -1 => 1 }, { unsetenv_others: 2 }, { exception: true }, { out: :close, 1 => :close },
 { out: [:child, 99] }, { rlimit_foo: 1 }].each do |options|
  spawn("true", options)
rescue ArgumentError => error
  puts error.message
end
begin; spawn({ "A=B" => "1" }, "true"); rescue ArgumentError => error; puts error.message; end
begin; spawn(["a"]); rescue ArgumentError => error; puts error.message; end
system({ "FOO9" => "bar" }, "echo $FOO9", unsetenv_others: true)
system("umask;", umask: 0o077)
system("ulimit -c;", rlimit_core: 0)
p system("true", pgroup: true), `exit 3`, $?.exitstatus
p IO.popen("-") { |io| io ? io.read : (print "child") }
p IO.popen(["sh", "-c", "echo $0"], &:read), IO.popen([["sh", "zork"], "-c", "echo $0"], &:read), IO.popen(["sh", "-c", "echo e >&2"], err: [:child, :out], &:read)
r, w = IO.pipe
Process.wait spawn("echo out; echo err >&2", out: w, err: [:child, :out])
w.close
p r.read, Process.getrlimit(:CORE).size, Process.times.class
