# Evaluates expressions for `cargo ci fuzz`. A request is a length (u32, little endian) and as many bytes; an answer is a status
# byte, a length and a text: `k` and the value's inspect, or `e` and the exception. When an expression takes SECONDS_MAX the
# process ends with SLOW_EXIT: nothing is interrupted, so that what an input does never depends on the time.
# Under numbers that no input comes upon, so that none takes them for its own.
lower = Array.new(64) { $stdin.dup }
requests = $stdin.dup.binmode
answers = $stdout.dup.binmode
lower.each(&:close)
answers.sync = true
# What expressions print or read is no part of the conversation.
$stdout.reopen(File::NULL)
# What the process says at its end goes where it always does.
$stderr = File.open(File::NULL, "w") unless ENV["FUZZ_STDERR"]
$stdin.reopen(File::NULL)

class Fuel < Exception; end

# Called by the blocks of expressions, so that what iterates without end stops.
def tick
  ($fuel -= 1).negative? and raise Fuel, "out of fuel"
end

TEXT_BYTES_MAX = 20_000
SECONDS_MAX = 2
SLOW_EXIT = 75

# The number of the expression that runs, 0 between two of them.
running = 0
count = 0
Thread.new do
  seen = 0
  loop do
    sleep SECONDS_MAX / 2.0
    Process.exit!(SLOW_EXIT) if running != 0 && running == seen
    seen = running
  end
end

while (head = requests.read(4))
  source = requests.read(head.unpack1("V"))
  $fuel = 500
  running = count += 1
  status, text =
    begin
      value = Object.new.instance_eval(source).inspect
      ["k", value]
    rescue Exception => error
      ["e", "#{error.class}: #{error.message}"]
    end
  running = 0
  text = text.byteslice(0, TEXT_BYTES_MAX).b
  answers.write(status.b << [text.bytesize].pack("V") << text)
end
