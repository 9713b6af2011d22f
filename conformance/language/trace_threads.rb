# TracePoint: threads, compiled texts, bindings.
tp = TracePoint.new(:script_compiled) { |t| p [t.event, t.path && File.basename(t.path), t.lineno, t.eval_script, t.self, t.method_id]; p t.inspect.sub(/\/\S*\//, "") }
tp.enable { eval "1+1"; self.instance_eval("2"); String.class_eval("3") }
tp = TracePoint.new(:thread_begin, :thread_end) do |t|
  p [t.event, t.path, t.lineno, t.self.class, t.method_id, t.inspect[/#<TracePoint:\w+ #<Thread:/], t.binding, t.parameters, (t.return_value rescue $!), t.defined_class, t.callee_id]
end
tp.enable { Thread.new { 1 }.join }
tp.enable
Thread.new { 1 }.join
tp.disable
tp.enable(target_thread: nil) { Thread.new { 1 }.join }
(tp.enable(target_thread: 5) {}) rescue p $!
threads = []
tp = TracePoint.new(:line) { |t| threads << Thread.current }
tp.enable(target_thread: Thread.current) { x = 1; Thread.new { 1 }.join }
p threads.uniq == [Thread.current]
threads.clear
tp.enable { x = 1; Thread.new { 1 }.join }
p threads.uniq == [Thread.current]
threads.clear
tp.enable(target_thread: nil) { x = 1; Thread.new { 1 }.join }
p threads.uniq.size
def traced; q = 1; secret = 42; end
TracePoint.new(:return) { |t| p t.binding.local_variables, t.binding.local_variable_get(:secret) }.enable { traced }

# Procs are asked for variables that they do not use.
def surroundings(some, params) = -> {}
b = surroundings(1, 2).binding
p b.local_variables, b.eval("some + params")
b = Object.new.instance_eval { binding }
b.local_variable_set(:fresh, 1)
b.local_variable_set(:if, 2)
p b.eval("local_variables").include?(:fresh), b.eval("fresh"), b.local_variable_get(:if), b.local_variables.include?(:if)
