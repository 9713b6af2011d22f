# The figures of docs/persistence.md, "Figures": `maglev-ruby perf/persistence.rb`. Each program is a process of its own on a repository in a
# new folder; what is printed is the best of three. The machine should have nothing else to do.
require "tmpdir"

RUBY = [RbConfig.ruby, *ENV["MAGLEV_SWITCHES"]&.split].freeze
MAGLEV = File.join(File.dirname(RbConfig.ruby), "maglev")
ITEM = 'class Item; attr_accessor :a, :b, :c, :d, :e, :f, :g, :h; def initialize(n) = (@a = n; @b = n + 1; @c = 1.5 * n; @d = :name; @e = nil; @f = true; @g = n * 3; @h = "text of an item that makes its record one of some two hundred bytes, as the others that are measured here, and no more than these are: it goes on for a while until it ends".freeze); end'
NOW = "def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)"
COUNT = Integer(ENV.fetch("COUNT", 1_000_000))

# What a program prints, in a repository that `setup` has made.
def measure(name, unit, code, setup: nil, times: 3)
  figures = Array.new(times) do
    Dir.mktmpdir do |folder|
      ENV["MAGLEV_STORE"] = "#{folder}/store"
      system(*RUBY, "-e", "#{NOW}\n#{setup}", exception: true) if setup
      IO.popen([*RUBY, "-e", "#{NOW}\n#{code}"], &:read).to_f
    end
  end
  best = unit.end_with?("/s") ? figures.max : figures.min
  puts format("%-58s %14.1f %s", name, best, unit)
  $stdout.flush
end

# Commits a second of some processes, each of which runs `work` over and over.
def commits(processes, work, seconds: 2)
  <<~RUBY
    reports = Array.new(#{processes}) do |number|
      IO.popen([#{RUBY.map(&:inspect).join(", ")}, "-e", <<~WORK])
        #{NOW}
        number = \#{number}
        Maglev.root
        start = now
        count = 0
        while now - start < #{seconds}
          #{work}
          count += 1
        end
        Maglev.sync
        puts count / (now - start)
      WORK
    end
    puts reports.sum { |report| report.read.to_f }
  RUBY
end

many = "Maglev.persistent { #{ITEM} }; Maglev[:items] = Array.new(#{COUNT}) { |n| Item.new(n) }; Maglev.commit"
own = "4.times { |n| Maglev[n] = [0] }; Maglev.commit"
one = "Maglev[number][0] += 1; Maglev.commit"
measure "durable commits of one object, 1 process", "commits/s", commits(1, one), setup: own
measure "durable commits of one object, 4 processes", "commits/s", commits(4, one), setup: own
measure "asynchronous commits, 1 process", "commits/s", commits(1, "Maglev[number][0] += 1; Maglev.commit(durability: :async)"), setup: own
measure "asynchronous commits, 4 processes", "commits/s", commits(4, "Maglev[number][0] += 1; Maglev.commit(durability: :async)"), setup: own
measure "one queue, 4 processes put in and take out", "operations/s",
        commits(4, "Maglev.transaction(retries: 1000) { number < 2 ? Maglev[:queue] << count : Maglev[:queue].shift }"),
        setup: "Maglev[:queue] = RCQueue.new; Maglev.commit"
measure "objects committed at once", "objects/s", <<~RUBY
  Maglev.persistent { #{ITEM} }
  Maglev.commit
  items = Array.new(#{COUNT}) { |n| Item.new(n) }
  start = now
  Maglev[:items] = items
  Maglev.commit
  puts #{COUNT} / (now - start)
RUBY
measure "objects loaded", "objects/s", "items = Maglev[:items]; items.size; start = now; items.each { |item| item.a }; puts #{COUNT} / (now - start)", setup: many
measure "a snapshot with nothing changed", "ns", "Maglev.root; start = now; 1_000_000.times { Maglev.abort }; puts (now - start) * 1000", setup: own
measure "one key of a Hash of 200,000, not synced", "ms", <<~RUBY
  Maglev[:hash] = Array.new(200_000) { |n| ["key \#{n}", n] }.to_h
  Maglev.commit
  start = now
  200.times { |n| Maglev[:hash]["key \#{n * 977}"] = -n; Maglev.commit(durability: :memory) }
  puts (now - start) * 5
RUBY
Dir.mktmpdir do |folder|
  ENV["MAGLEV_STORE"] = "#{folder}/store"
  size = -> { `du -sk #{folder}/store`.to_f / 1024 }
  system(*RUBY, "-e", many, exception: true)
  puts format("%-58s %14.1f MiB", "size of #{COUNT} objects", first = size.call)
  system(*RUBY, "-e", "3.times { Maglev[:items].each_slice(100_000) { |items| items.each { |item| item.a += 1 }; Maglev.commit } }", exception: true)
  grown = size.call
  start = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  system(MAGLEV, "compact", out: File::NULL, exception: true)
  seconds = Process.clock_gettime(Process::CLOCK_MONOTONIC) - start
  puts format("%-58s %14.2f times (%.1f before, %.1f s)", "after three full updates and `maglev compact`", size.call / first, grown / first, seconds)
end
open = ->(setup) do
  <<~RUBY
    #{setup}
    starts = [%q(0), %q(Maglev.root.size)].map { |code| Array.new(9) { start = now; system(*#{RUBY.inspect}, "-e", code); now - start }.min }
    puts (starts[1] - starts[0]) * 1000
  RUBY
end
measure "opened behind an exit, over the start of a process", "ms", open.call(nil), setup: many.sub(COUNT.to_s, "100_000"), times: 1
measure "opened behind a kill -9", "ms", open.call(<<~'SETUP'), setup: many.sub(COUNT.to_s, "100_000"), times: 1
  killed = 'Maglev[:more] = Array.new(20_000) { [_1] }; Maglev.commit; Process.kill(:KILL, $$)'
  define_singleton_method(:system) { |*words| words[-1] == "0" || Kernel.system(words[0], "-e", killed); Kernel.system(*words) }
SETUP
measure "bytes of memory a loaded object", "bytes", <<~'RUBY', setup: many
  resident = -> { GC.start; File.read("/proc/self/statm").split[1].to_i * 4096 }
  Maglev.root
  before = resident.call
  items = Maglev[:items]
  items.each { |item| item.a }
  puts (resident.call - before) / items.size.to_f
RUBY
