# Behaviours by id, each in a repository of its own. A behaviour is what its block gives; VMs are processes.

def behaviour(id, wanted)
  ENV["MAGLEV_STORE"] = File.expand_path("store-#{id}")
  found = yield
  puts found == wanted ? "#{id} ok" : "#{id} FAILS: #{found.inspect} instead of #{wanted.inspect}"
ensure
  Session.close_all
end

# Runs a program in a process; what it prints, line by line (a single line by itself).
def vm(code, *switches)
  lines = IO.popen([RbConfig.ruby, *switches, "-e", code, err: [:child, :out]], &:read).lines(chomp: true)
  lines.size == 1 ? lines[0] : lines
end

# Runs the command that keeps repositories; what it prints and its exit code.
def maglev(*words)
  out = IO.popen([File.join(File.dirname(RbConfig.ruby), "maglev"), *words, err: [:child, :out]], &:read)
  [out, $?.exitstatus]
end

# A process that evaluates one text after the other.
class Session
  LOOP = 'while (code = gets(chomp: true)); puts((eval(code.undump, TOPLEVEL_BINDING) rescue $!.class).inspect.dump); $stdout.flush; end'

  def self.close_all
    (@all ||= []).each(&:close)
    @all.clear
  end

  def self.note(session) = (@all ||= []) << session

  def initialize(*switches)
    @io = IO.popen([RbConfig.ruby, *switches, "-e", LOOP], "r+")
    Session.note(self)
  end

  # `inspect` of the value, or the class of the exception.
  def [](code)
    @io.puts code.dump
    @io.gets(chomp: true).undump
  end

  def kill
    Process.kill(:KILL, @io.pid)
    close
  end

  def close = @io.closed? || @io.close
end

def pair(setup = nil)
  vm(setup) if setup
  [Session.new, Session.new]
end
