# A program whose standard output nobody reads ends by SIGPIPE without a word; one that rescues the error goes on.
def run(program)
  errors, writer = IO.pipe
  IO.popen([RbConfig.ruby, "-e", program], err: writer) { |output| output.read(10) }
  writer.close
  p $?.termsig, $?.exitstatus, errors.read
end

run('loop { puts "x" * 1000 }')
run('loop { $stdout.write("x" * 1000) }')
run('loop { $stdout << "x" * 1000; $stdout.flush }')
run('begin; loop { puts "x" * 1000 }; rescue Errno::EPIPE => error; warn error.class; end')
run('at_exit { warn "bye" }; loop { puts "x" * 1000 }')
# Other pipes raise as ever.
reader, writer = IO.pipe
reader.close
begin
  writer.syswrite("x")
rescue => error
  p error.class
end
