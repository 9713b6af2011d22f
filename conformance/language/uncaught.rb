# An uncaught exception: stdout so far is kept, ensure and at_exit run, the exit code is 1.
# exit: 1
puts "before"
BEGIN { puts "BEGIN block" }
END { puts "END block" }
at_exit { puts "at_exit ran, #{$!.class}: #{$!.message}" }
def fails
  yield
ensure
  puts "ensure ran"
end
fails { raise ArgumentError, "uncaught one" }
puts "never"
