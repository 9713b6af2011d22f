# Exceptions whose class has a `backtrace` or `set_backtrace` of its own are asked and told when they are raised.
class Told < StandardError
  def set_backtrace(lines) = ($told = lines.class; super)
end
class Marked < StandardError
  def set_backtrace(lines) = super(lines && lines.map { |line| "Z" + line[-1] })
end
class Knows < StandardError
  def backtrace = ["m:1"]
  def set_backtrace(lines) = ($knows = lines; super)
end
begin; raise Told; rescue => e; p $told, e.backtrace.size > 0, e.backtrace_locations.size > 0; end
begin; raise Marked; rescue => e; p e.backtrace.first, e.backtrace_locations.size > 0; end
begin; raise Knows; rescue => e; p $knows, e.backtrace_locations; end
error = Told.new
error.set_backtrace(["q"])
$told = nil
begin; raise error; rescue => e; p $told, e.backtrace; end
# Code of `eval` in a block is in that block.
begin; [1].each { eval("raise 'x'", binding, "EV", 7) }; rescue => e; p e.backtrace.first; end
begin; [1].each { eval("[2].each { raise 'x' }", binding, "EV", 7) }; rescue => e; p e.backtrace.first; end
