# IO#wait and its kin: events, modes, timeouts, what was read ahead, the end of a pipe.
require "io/wait"

def attempt
  p yield
rescue => error
  puts "#{error.class}: #{error.message}"
end

reader, writer = IO.pipe
p reader.wait(IO::READABLE, 0), reader.wait(0), reader.wait_readable(0), reader.wait_priority(0)
p writer.wait(IO::WRITABLE, 0), writer.wait(IO::WRITABLE | IO::READABLE, 0), writer.wait_writable.equal?(writer), writer.wait(0, :rw).equal?(writer)
waiting = Thread.new { reader.wait_readable.equal?(reader) }
Thread.pass until waiting.stop?
writer.write("ab\ncd\n")
p waiting.value, reader.wait(IO::READABLE, nil), reader.wait(:r, 0, :write).equal?(reader), reader.wait.equal?(reader)
p reader.gets, reader.wait(IO::READABLE | IO::PRIORITY, 0), reader.wait(0, :read), reader.wait_readable(0), reader.wait_priority, reader.read(3)
writer.close
p reader.wait(IO::READABLE, 5), reader.read

attempt { reader.wait(1, 2, 3) }
attempt { reader.wait(0, 1) }
attempt { reader.wait(-1, 1) }
attempt { reader.wait(0, :foo) }
attempt { reader.wait(0, 4, :r) }
attempt { reader.wait_writable }
attempt { reader.wait(IO::READABLE, -1) }
attempt { writer.wait }
reader, writer = IO.pipe
attempt { writer.wait_readable }
attempt { reader.wait(1, "x") }
sleeping = Thread.new { reader.wait }
Thread.pass until sleeping.stop?
p sleeping.status, sleeping.kill.join.equal?(sleeping)

require "rbconfig/sizeof"
p RbConfig::SIZEOF.size, RbConfig::LIMITS.size, RbConfig::SIZEOF["short"], RbConfig::LIMITS.values_at("FIXNUM_MAX", "SHRT_MIN", "ULLONG_MAX", "DBL_TRUE_MIN", "FLT_MAX")
