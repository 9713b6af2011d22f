# instead of --gc=stress:53,verify: --gc=stress:4001,verify
# The collector and compaction, while others work: what nobody can reach goes; what a process has in its variables stays.
require_relative "support/behaviours"

def count(text, word) = text[/^#{word}: (\d+)/, 1].to_i

vm <<~'RUBY'
  Maglev.persistent { eval "class Job; attr_reader :text, :part; def initialize(n) = (@text = +'job ' * 50; @part = [n, +'part']); end" }
  Maglev[:jobs] = RCQueue.new
  Maglev[:kept] = Array.new(20) { |n| Job.new(n) }
  Maglev.commit
RUBY
# A worker has taken a job off the queue and commits: nothing leads to the job but a variable of the worker, and it is not loaded yet.
vm "50.times { |n| Maglev[:jobs] << Job.new(n) }; Maglev.commit"
worker = Session.new
p worker["$job = Maglev[:jobs].shift; $gone = Maglev[:jobs].shift; Maglev.commit; $job.class"]
vm "40.times { Maglev[:jobs].shift }; Maglev.commit"
waiting, code = maglev("gc", "--wait", "0")
p count(waiting, "removed"), code, waiting[/problem: process \d+ (.*)/, 1]
# It votes when it begins a transaction; a commit ends the one before.
worker["$gone = nil"]
collector = Thread.new { maglev("gc", "--wait", "30") }
worker["Maglev.abort; sleep 0.01"] while collector.alive?
out, code = collector.value
p count(out, "removed") > 100, count(out, "kept").between?(1, 8), code
p worker["[$job.text.size, $job.part]"], worker["Maglev[:again] = $job; Maglev.commit"]
p vm("p Maglev[:again].part, Maglev[:jobs].size, Maglev[:kept].map { |job| job.part[0] }.sum")
p maglev("fsck")[1], count(maglev("gc", "--wait", "0")[0], "removed")
Session.close_all
p count(maglev("gc")[0], "problem"), maglev("fsck")[1]

# Three full updates leave at most three tenths more than what lives, with a process that has its snapshot.
ENV["MAGLEV_STORE"] = File.expand_path("updated")
vm <<~'RUBY'
  Maglev.persistent { eval "class Item; attr_accessor :a, :b, :c; def initialize(n) = (@a = n; @b = 'text' * 40; @c = 1.5 * n); end" }
  Maglev[:items] = Array.new(60_000) { |n| Item.new(n) }
  Maglev.commit
  3.times { |turn| Maglev[:items].each_slice(20_000) { |items| items.each { |item| item.a += 1; item.b << 'x' }; Maglev.commit } }
RUBY
reader = Session.new
p reader["Maglev[:items][7].a"]
before = Dir.glob("updated/seg/*").sum { |path| File.stat(path).blocks * 512 }
out, code = maglev("compact", "--wait", "5")
# An idle process that begins no transaction keeps what it could still read.
p code
p reader["Maglev.abort; Maglev[:items].sum { |item| item.a } == 60_000 * 59_999 / 2 + 3 * 60_000"]
out, code = maglev("compact", "--wait", "5")
after = Dir.glob("updated/seg/*").sum { |path| File.stat(path).blocks * 512 }
live = maglev("fsck")[0][/^record bytes: (\d+)/, 1].to_i
p code, before > 3 * live, after < live * 1.3
p reader["Maglev[:items][9].a += 1; Maglev.commit; Maglev[:items][9].a"], maglev("fsck")[1]
p vm("p Maglev[:items].sum { |item| item.a } == 60_000 * 59_999 / 2 + 3 * 60_000 + 1")

# Killed with -9 at any moment, collector and compaction have done nothing wrong; commits go on meanwhile.
ENV["MAGLEV_STORE"] = File.expand_path("killed")
vm "Maglev[:lists] = Array.new(8) { [] }; Maglev.commit"
writers = Array.new(2) do |number|
  spawn(RbConfig.ruby, "-e", <<~RUBY)
    300.times do |turn|
      Maglev.transaction(retries: 1000) do
        list = Maglev[:lists][#{number}]
        list << (+"text \#{turn} " * 20)
        list.shift(5) if list.size > 20
      end
    end
  RUBY
end
keepers = 25.times.map do |turn|
  command = turn.even? ? "compact" : "gc"
  keeper = spawn(File.join(File.dirname(RbConfig.ruby), "maglev"), command, "--wait", "0.2", out: File::NULL, err: File::NULL)
  sleep turn * 0.004
  Process.kill(:KILL, keeper)
  Process.wait2(keeper)[1].termsig
end
p keepers.include?(9), writers.map { |writer| Process.wait2(writer)[1].exitstatus }
p maglev("fsck")[0][/^problem.*/], vm("p Maglev[:lists].map(&:size), Maglev[:lists][0].last[/\\d+/]")
p maglev("compact")[1], maglev("fsck")[1]
