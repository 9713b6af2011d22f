r, w = IO.pipe
same = IO.for_fd(r.fileno, autoclose: false)
p same.autoclose?
same.close
w << "left open"; w.close
p r.read
again = IO.for_fd(r.fileno)
again.autoclose = nil
p again.autoclose?
again = nil
r.close
r,w=IO.pipe
x=IO.for_fd(r.fileno)
x.close
begin; r.close; rescue => e; p e; end
p Process.clock_getres(:TIME_BASED_CLOCK_REALTIME), Process.clock_getres(:TIME_BASED_CLOCK_REALTIME, :hertz)
p Process.clock_getres(:TIMES_BASED_CLOCK_MONOTONIC, :nanosecond)
p Process.clock_gettime(:TIME_BASED_CLOCK_REALTIME) % 1
p Process.clock_getres(Process::CLOCK_MONOTONIC) < 0.1
begin; Process.clock_getres(12345); rescue => e; p e; end
begin; Process.clock_gettime(:nothing); rescue => e; p e; end
begin; Process.clock_gettime(0, :fortnight); rescue => e; p e; end
begin; Process.clock_gettime(1 << 40); rescue => e; p e; end
