# Runs one program of perf/bench or perf/micro:   ruby harness.rb PROGRAM SECONDS LEAST MOST
#
# The program defines `benchmark`, which returns a result, and EXPECTED, the result it must return. The harness calls
# it until SECONDS have passed, at least LEAST and at most MOST times, and prints for each call
#   iteration SECONDS
# then `operations N` when the program says how many operations a call does, and last
#   result ok          or          result wrong ACTUAL
# perf/src/measure.rs reads these lines. Only simple Ruby is used here.

load ARGV[0]

budget = ARGV[1].to_f
least = ARGV[2].to_i
most = ARGV[3].to_i
clock = Process::CLOCK_MONOTONIC
begun = Process.clock_gettime(clock)
count = 0
wrong = nil

while count < most
  before = Process.clock_gettime(clock)
  actual = benchmark
  after = Process.clock_gettime(clock)
  count += 1
  puts "iteration #{after - before}"
  $stdout.flush
  unless actual == EXPECTED
    wrong = actual
    break
  end
  break if count >= least && after - begun >= budget
end

puts "operations #{OPERATIONS}" if defined?(OPERATIONS)
if wrong.nil? && count > 0
  puts "result ok"
else
  puts "result wrong #{wrong.inspect[0, 200]}"
end
