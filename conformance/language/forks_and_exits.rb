# A child process draws other numbers than its parent; $! while the program ends.
srand 5
a = rand(1000)
r, w = IO.pipe
pid = fork { w.puts rand(1 << 60); exit!(0) }
Process.wait pid
srand 5
rand(1000)
w.puts rand(1 << 60); w.close
x = r.read.split
p x.size, x.uniq.size, a
at_exit do
  p $!.class, $!&.status
  exit 0
end
at_exit { p $!.class; exit 4 }
at_exit { p $! }
exit 3
