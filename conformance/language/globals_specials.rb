# Global and special variables, aliases, ObjectSpace-free, at_exit order, exit code via exit.
# exit: 3
$counter = 0
def bump = $counter += 1
3.times { bump }
p $counter, defined?($counter), defined?($never), $never
$a = $b = 5
p $a, $b, global_variables.include?(:$counter)
p $0 == __FILE__, __FILE__, $PROGRAM_NAME == $0, $,.inspect, $/.inspect, $;.inspect, $$.class, $stdout.equal?(STDOUT), $stderr.class, $VERBOSE.inspect, $DEBUG
"match" =~ /(at)/
p $~.class, $1, $&, $+
begin
  raise "oops"
rescue
  p $!.message, $@.class
end
p $!, ARGV, $*.equal?(ARGV), $:.class, $LOAD_PATH.equal?($:), $".class, __dir__ == File.dirname(File.expand_path(__FILE__))
alias $total $counter
$total += 10
p $counter
begin
  eval("$~ = 5")
rescue TypeError => e
  puts e.message
end
begin
  eval("$stdout = 5")
rescue TypeError => e
  puts e.message
end
p RUBY_ENGINE.class, RUBY_VERSION.class, RUBY_VERSION.split(".").size, RUBY_PATCHLEVEL.class, RUBY_COPYRIGHT.class
at_exit { puts "first registered" }
at_exit { puts "second registered"; $stdout.flush }
at_exit do
  puts "raising in at_exit is caught here"
  begin
    raise "x"
  rescue
    puts "rescued"
  end
end
old = $stdout
class Capture
  def initialize = @s = +""
  attr_reader :s
  def write(*a) = a.each { |x| @s << x.to_s }.size
end
$stdout = Capture.new
puts "captured", 1
print "x"
p :y
text = $stdout.s
$stdout = old
p text
ENV["MY_VAR"] = "v"
p ENV["MY_VAR"], ENV.fetch("NOPE_X", "d"), ENV.key?("MY_VAR"), ENV.delete("MY_VAR"), ENV["MY_VAR"]
begin
  exit(2)
rescue SystemExit => e
  p e.status, e.success?, e.message
end
begin
  abort
rescue SystemExit => e
  p e.status
end
warn "to stderr"
$stderr.puts "also stderr"
def last_status = exit(3)
last_status
puts "never"
