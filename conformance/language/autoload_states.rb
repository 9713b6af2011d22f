# What a constant is while and after its file is loaded: by its use, by require, in another thread.
DIR = File.join(Dir.pwd, "autoload_states.#{$$}")
Dir.mkdir(DIR)
at_exit do
  Dir.children(DIR).each { |name| File.delete(File.join(DIR, name)) }
  Dir.rmdir(DIR)
end
def file(name, text)
  File.write(File.join(DIR, "#{name}.rb"), text)
  File.join(DIR, name)
end
def state(name) = [defined?(Home).inspect, Home.const_defined?(name), Home.constants(false).include?(name), Home.autoload?(name) && :path]
def seen(name) = [Object.instance_eval("defined?(Home::#{name})").inspect, *state(name).drop(1)]
module Home; end

Home.autoload :Used, file("used", "$during = [seen(:Used)]; Home::Used = 1; $during << seen(:Used) << Home::Used")
p seen(:Used), Home::Used, $during, seen(:Used)

path = file("required", "$during = seen(:Required); Home::Required = 2")
Home.autoload :Required, path
require path
p $during, seen(:Required), Home::Required

path = file("nothing", "$during = seen(:Nothing)")
Home.autoload :Nothing, path
require path
p $during, seen(:Nothing), (Home::Nothing rescue $!.message)

Home.autoload :Unset, file("unset", "nil")
$VERBOSE = true
$stderr = Object.new.tap { |io| def io.write(text) = $stdout.write(text.gsub(DIR, "DIR").sub(/^.*?warning/, "warning")) }
p (Home::Unset rescue $!.message), seen(:Unset)
$stderr, $VERBOSE = STDERR, false

Home.autoload :Slow, file("slow", "Home::Slow = 3; $started << 1; $go.pop")
$started, $go = Queue.new, Queue.new
loader = Thread.new { Home::Slow }
$started.pop
p seen(:Slow)
waiter = Thread.new { Home::Slow }
Thread.pass until waiter.stop?
$go << 1
p [loader, waiter].map(&:value), seen(:Slow)

Home.autoload :Fails, file("fails", "Home::Fails = 4; raise 'not now'")
2.times { p((Home::Fails rescue $!.message), seen(:Fails)) }

module Home
  autoload :Secret, file("secret", "module Home; Secret = 5; end")
  private_constant :Secret
  p Secret
end
p (Home::Secret rescue $!.message)

made = Class.new { def announce = [autoload(:Later, "nowhere"), autoload?(:Later)] }
p made.new.announce, made.autoload?(:Later), Object.autoload?(:Later)
p $LOAD_PATH.resolve_feature_path("no such feature"), $LOAD_PATH.resolve_feature_path(File.join(DIR, "used")).then { |kind, path| [kind, File.basename(path)] }
