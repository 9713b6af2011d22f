# IO without waiting, IO.select's arguments, waits of NaN seconds, Range#max of many, directives of pack.
def t; p yield; rescue Exception; p $!; end
r,w=IO.pipe
t{r.read_nonblock(1)}; t{r.read_nonblock(1,exception: false)}; t{w.write_nonblock("x"*200000)}; t{w.write_nonblock("x")}; t{w.write_nonblock("x",exception: false)}
t{IO.select(3)}; t{IO.select([3])}; t{IO.select([],[],[],-1)}; t{IO.select(nil,nil,nil,"x")}
w.close; r.read; t{r.read_nonblock(3,exception: false)}; t{r.read_nonblock(3)}; t{r.read_nonblock(-1)}
t { IO.try_convert(1) }; t { IO.try_convert($stdin).equal?($stdin) }
t { sleep(Float::NAN) }; t { IO.select(nil, nil, nil, Float::NAN) }; t { Thread.new {}.join(Float::NAN).class }; t { Process.exit(3) }
t { (1..10**30).max(2) }; t { (...1).max(2) }; t { (1..5).max(-1) }; t { (..1.0).max(2) }
step = Object.new
def step.coerce(_) = [1, 2]
t { seen = []; (1..3).step(step) { seen << _1 }; seen }
t { [1, 2].pack("C\0C") }; t { "ab".unpack("a\0K") }; t { Regexp.new("a").frozen? }
t { IO.foreach("/dev/null", 0) {} }; t { IO.readlines("/dev/null", 0) }
r, w = IO.pipe
r2, w2 = IO.pipe
w << "line one\nline two\n"
w.flush
t { [IO.copy_stream(r, w2, 8), r2.readpartial(100)] }
t { IO.popen("cat", "r+") { |io| io.write("bar"); io.read(3) } }
file = File.open("/dev/null")
again = IO.for_fd(file.fileno)
file.close
t { again.close }
dir = Dir.new("/")
again = IO.for_fd(dir.fileno)
dir.close
t { again.close }
3.times { GC.start }
