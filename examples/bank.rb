# Eight processes move money between persistent accounts while some of them are killed at random.
#
#   maglev-ruby examples/bank.rb            runs for a minute
#   maglev-ruby examples/bank.rb --short    a few seconds, fewer accounts
#
# Every worker writes a line to its own log for each transfer whose commit was acknowledged. At the end
# the repository is opened afresh: the total must be what it was, and the number of transfers recorded in it must
# be at least the number of acknowledged ones.

SHORT = ARGV.include?("--short")
WORKERS = 8
ACCOUNTS = SHORT ? 100 : 1_000
SECONDS = SHORT ? 4 : 60
START = 1_000
FOLDER = ENV["BANK_FOLDER"] || "bank-#{Process.pid}"

class Account; end

def define_accounts
  Maglev.persistent do
    Object.class_eval <<~RUBY, __FILE__, __LINE__ + 1
      class Account
        attr_reader :number, :balance, :moves
        def initialize(number, balance)
          @number = number
          @balance = balance
          @moves = 0
        end
        def deposit(amount)
          @balance += amount
          @moves += 1
        end
      end
    RUBY
  end
end

def run_child(*arguments)
  spawn({ "MAGLEV_STORE" => "#{FOLDER}/store", "BANK_FOLDER" => FOLDER }, RbConfig.ruby, __FILE__, *arguments, *(SHORT ? ["--short"] : []))
end

def prepare
  define_accounts
  Maglev[:accounts] = Array.new(ACCOUNTS) { |number| Account.new(number, START) }
  Maglev.commit
  puts "#{ACCOUNTS} accounts, #{ACCOUNTS * START} in all"
end

def work(index)
  define_accounts
  random = Random.new(index * 7919 + Process.pid)
  log = File.open("#{FOLDER}/acknowledged-#{Process.pid}", "a")
  log.sync = true
  stop = Process.clock_gettime(Process::CLOCK_MONOTONIC) + SECONDS
  conflicts = 0
  until Process.clock_gettime(Process::CLOCK_MONOTONIC) > stop
    begin
      accounts = Maglev[:accounts]
      from = accounts[random.rand(ACCOUNTS)]
      to = accounts[random.rand(ACCOUNTS)]
      next if from.equal?(to)
      amount = random.rand(1..50)
      from.deposit(-amount)
      to.deposit(amount)
      Maglev.commit
      log.write("#{from.number} #{to.number} #{amount}\n")
    rescue Maglev::CommitFailedException
      conflicts += 1
      Maglev.abort
    end
  end
  File.write("#{FOLDER}/conflicts-#{Process.pid}", conflicts.to_s)
end

def supervise
  random = Random.new(42)
  pids = Array.new(WORKERS) { |index| run_child("work", index.to_s) }
  stop = Process.clock_gettime(Process::CLOCK_MONOTONIC) + SECONDS
  kills = 0
  while Process.clock_gettime(Process::CLOCK_MONOTONIC) < stop - 1
    sleep(0.2 + random.rand * 0.5)
    index = random.rand(WORKERS)
    begin
      Process.kill(:KILL, pids[index])
      Process.wait(pids[index])
      kills += 1
    rescue Errno::ESRCH, Errno::ECHILD
    end
    pids[index] = run_child("work", index.to_s)
    print "." if $stdout.tty?
  end
  pids.each { |pid| Process.wait(pid) }
  puts "#{kills} workers killed"
end

def check
  accounts = Maglev[:accounts]
  total = accounts.sum { |account| account.balance }
  moves = accounts.sum { |account| account.moves }
  acknowledged = Dir.glob("#{FOLDER}/acknowledged-*").sum { |path| File.readlines(path).count { |line| line.end_with?("\n") } }
  conflicts = Dir.glob("#{FOLDER}/conflicts-*").sum { |path| File.read(path).to_i }
  puts "#{moves / 2} transfers in the repository, #{acknowledged} acknowledged, #{conflicts} conflicts retried"
  raise "the total is #{total} instead of #{ACCOUNTS * START}" unless total == ACCOUNTS * START
  raise "acknowledged transfers are missing" if moves / 2 < acknowledged
  puts "the total is still #{total}"
end

case ARGV.first
when "prepare" then prepare
when "work" then work(ARGV[1].to_i)
when "check" then check
else
  Dir.mkdir(FOLDER)
  Process.wait(run_child("prepare"))
  exit 1 unless $?.success?
  supervise
  Process.wait(run_child("check"))
  succeeded = $?.success?
  system("rm", "-rf", FOLDER)
  exit succeeded ? 0 : 1
end
