# TracePoint and set_trace_func.
class Traced
  attr_reader :value
  define_method(:defined_by_block) { 3 }

  def work(number)
    result = number.to_s
    [1].each { |x| x }
    return result
  end

  def fail!
    raise ArgumentError, "no"
  end
  alias labour work
end

object = Traced.new
seen = []
trace = TracePoint.new { |point| seen << [point.event, point.lineno - __LINE__, point.method_id, point.callee_id] if point.path == __FILE__ && point.method_id != :disable }
p trace, trace.enabled?
trace.enable
object.work(3)
object.labour(4)
object.value
object.defined_by_block
trace.disable
seen.each { |entry| p entry }

calls = []
TracePoint.new(:call, :return, :b_call, :b_return) { |point|
  value = point.event == :return ? point.return_value : nil
  calls << [point.event, point.method_id, point.defined_class, point.self.class, value, point.parameters]
}.enable(target: object.method(:work)) do
  object.work(5)
  object.defined_by_block
end
calls.each { |entry| p entry }

raised = []
TracePoint.new(:raise) { |point| raised << point.raised_exception.message }.enable do
  object.fail!
rescue ArgumentError
end
p raised

lines = []
TracePoint.new(:line) { |point| lines << point.lineno - __LINE__ }.enable(target: object.method(:work), target_line: 8) { object.work(1) }
p lines

[
  -> { TracePoint.new(:line) },
  -> { TracePoint.new(:nothing) {} },
  -> { trace.lineno },
  -> { TracePoint.new(:call) {}.enable(target: Object.new) {} },
  -> { TracePoint.new(:call) {}.enable(target: proc {}) {} },
].each do |attempt|
  attempt.call
rescue => error
  puts "#{error.class}: #{error.message}"
end

texts = []
TracePoint.new(:call, :c_call) { |point| texts << point.inspect.sub(/ \S*:\d+>/, ">") }.enable { object.work([].size) }
p texts

events = []
set_trace_func proc { |event, _file, _line, name, _binding, owner| events << [event, name, owner] }
object.work(6)
set_trace_func(nil)
events.each { |entry| p entry if %w[call return c-call].include?(entry[0]) }
