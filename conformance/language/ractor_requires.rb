# Files that Ractors ask for are run by the main one; standard streams and events are each Ractor's own.
require "tmpdir"
Warning[:experimental] = false
Thread.report_on_exception = false
Dir.mktmpdir do |folder|
  file = ->(name, text) { File.join(folder, "#{name}.rb").tap { |path| File.write(path, text) } }
  listed = file["listed", "LISTS = [1, [2]]; module Listed; CACHE = {}; def self.size = 3; end"]
  autoload :Later, file["later", "class Later; CACHE = {}; def self.size = 4; end"]
  autoload :Never, File.join(folder, "never.rb")
  p Ractor.new(listed) { |path| [require(path), require(path), Listed.size] }.value, LISTS
  p Ractor.new { Later.size }.value, Later::CACHE
  p Ractor.new { begin; require "no such file"; rescue LoadError; $!.path; end }.value
  p Ractor.new { begin; LISTS; rescue Ractor::IsolationError; $!.message; end }.value
  p Ractor.new { begin; Never; rescue LoadError; 2; end }.value
end
p Ractor.new { [$stdin, $stdout, $stderr].map { |io| [io.fileno, io.inspect, io.sync, io.equal?($stdout)] } }.value
p Ractor.new { [$stdout, $stderr].map(&:object_id) }.value & [$stdout, $stderr].map(&:object_id)
p Ractor.new { $stdout = $stderr; [$stdout.fileno, $>.fileno] }.value, $stdout.fileno
begin
  Ractor.new { $stdout = 1 }.value
rescue Ractor::RemoteError
  p $!.cause
end
$stdout.flush
Ractor.new { puts "printed"; $stdout.print "once\n"; p 3; $stdout.flush }.value
begin
  Ractor.new { global_variables }.value
rescue Ractor::RemoteError
  p $!.cause
end
begin
  Ractor.new { alias $again $stdout }.value
rescue Ractor::RemoteError
  p $!.cause
end
lines = []
trace = TracePoint.new(:call) { |point| lines << point.method_id }
def traced = 1
trace.enable { Ractor.new { traced }.value; traced }
p lines.count(:traced)
p Rational(Class.new(Numeric) { def /(other) = other }.new, 3), Rational(own = Class.new(Numeric).new, 1).equal?(own)
p Ractor.make_shareable(Complex(Class.new(Numeric) { def inspect = "own" }.new, 0)).real.frozen?
Object.prepend(Module.new do
  def require(name)
    Ractor.main? ? super : Ractor._require(name)
  end
end)
p Ractor.new { require "timeout"; Timeout.class }.value
