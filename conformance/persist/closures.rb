# Procs: the source of the block and the variables that it names, which the Procs of one place share; methods made of blocks.
def elsewhere(code) = system(RbConfig.ruby, "-e", code) || abort("failed: #{code}")

File.write("counter.rb", <<~'RUBY')
  # frozen_string_literal: true
  class Counter
    LIMIT = 3
    def steps(by, io = $stdout)
      n = 0
      [-> { n += by }, proc { |*list, key: 5| [n, list, key, LIMIT, self.class] }]
    end
    %i[first last].each { |name| define_method(name) { |list| list.public_send(name) } }
    define_method(:twice) do |x = 2, &block|
      block ? block.call(x) * 2 : x * 2
    end
    ADD = ->(a, b) { a + b }
    ALL = { literal: -> { "a".frozen? }, text: -> { <<~A } }
      text of
    A
  end
RUBY
elsewhere <<~'RUBY'
  Maglev.persistent { load "counter.rb" }
  unused = 1
  Maglev[:step], Maglev[:look] = Counter.new.steps(10)
  factorial = ->(n) { n < 2 ? 1 : n * factorial.(n - 1) }
  Maglev[:factorial] = factorial
  Maglev[:table] = Hash.new { |hash, key| hash[key] = key.to_s * 2 }
  Maglev[:match] = ->(s) { s =~ /b(.)/; $1 }
  Maglev[:names] = [:upcase.to_proc, 5.method(:+).to_proc]
  Maglev[:text] = proc { |code| eval(code) }
  p Maglev.commit, Maglev[:step].call, Maglev.commit
RUBY
elsewhere <<~'RUBY'
  step, look = Maglev[:step], Maglev[:look]
  p look.call, step.call, look.call(1, key: 2), step.lambda?, look.lambda?, step.arity, look.parameters
  p step.source_location, Maglev[:factorial].source_location, step.binding.local_variables.sort
  p Maglev[:factorial].(5), Maglev[:table][:a], Maglev[:table].default_proc.arity, Maglev[:match].("abc")
  p Maglev[:names].map { |callable| callable.call(callable.arity == 1 ? 6 : "x") }
  p Maglev[:text].call("factorial.call(4) + unused")
  p Counter.new.first([1, 2]), Counter.new.last([1, 2]), Counter.new.twice, Counter.new.twice(4) { _1 + 1 }, (Counter.new.first rescue $!.message)
  p Counter::ADD.(1, 2), Counter::ALL[:literal].call, Counter::ALL[:text].call
  p Maglev.commit
  p Maglev.needs_commit?
  # Dropped: what only this process counted.
  step.call
  p Maglev.needs_commit?
  Maglev.abort
  p look.call.first, Maglev.needs_commit?
RUBY
# Two processes that count in one variable conflict, and the loser sees what the winner left.
loser = <<~'RUBY'
  look, step = Maglev[:look], Maglev[:step]
  p look.call.first
  puts "ready"
  $stdout.flush
  $stdin.gets
  step.call
  begin
    Maglev.commit
  rescue Maglev::CommitFailedException
    Maglev.abort
    p look.call.first
  end
  step.call
  p Maglev.commit
RUBY
IO.popen([RbConfig.ruby, "-e", loser], "r+") do |io|
  puts io.gets, io.gets
  elsewhere "Maglev[:step].call; Maglev.commit"
  io.puts
  puts io.read
end
elsewhere 'p Maglev[:look].call.first, Maglev[:table].keys'
# What has no source of its own is refused.
[
  ":a.to_proc >> :b.to_proc",
  "->(a, b) {}.curry",
  "def given = proc { yield }\n Maglev[:x] = given {}",
  "io = $stdin.dup; -> { io }",
  "Ractor.make_shareable(Ractor.shareable_proc { 1 })",
].each do |code|
  elsewhere <<~RUBY
    Maglev[:x] = eval(#{code.dump})
    begin
      p Maglev.commit
    rescue TransactionError
      puts $!.message.gsub(/0x\\h+/, "0x..")
    end
  RUBY
end
# A loaded Proc stays what it is, also where everything else is given up: in a child process, and while it runs itself.
elsewhere <<~'RUBY'
  n = 0
  peek = proc { n += 1; Maglev.abort; n }
  peek.instance_variable_set(:@note, "saved")
  Maglev[:peek] = peek
  Maglev.persistent { eval "class Made; base = 5; define_method(:add) { |x| base + x }; end" }
  Maglev.commit
RUBY
elsewhere <<~'RUBY'
  peek, made = Maglev[:peek], Made.new
  200.times { made.add(1) }
  peek.instance_variable_set(:@note, "changed")
  p peek.call, peek.instance_variable_get(:@note)
  Process.wait(fork { GC.start; 200.times { made.add(2) }; p made.add(3), peek.call, peek.instance_variable_get(:@note), Maglev.commit })
  GC.start
  p made.add(4), peek.call
RUBY
