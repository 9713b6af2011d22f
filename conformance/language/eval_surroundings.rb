# Variables of evaluated text are in its Binding from the start, and what evaluated text finds and defines.
b = binding
p eval("x = [b.local_variables.first(2), b.local_variable_defined?(:x)]; x", b)
p eval("y = b.local_variable_get(:y); y", b)
p eval("z = eval('z = 5; w = 6; z + 1', b); [z, b.local_variable_get(:z)]", b)
p b.local_variables.sort
2.times { |i| eval("q#{i} = #{i}", b) }
p b.local_variables.sort
eval("1.times { r = 1; eval('p r') }", b)
begin; eval("s = 1; raise 'x'", b); rescue; end
p b.local_variable_get(:s)

class Integer; Marker = :found; end
p 1.instance_eval("Marker"), 1.instance_eval("Module.nesting"), 1.instance_eval("defined?(Marker)")
begin; 1.instance_eval("Fresh = 1"); rescue TypeError => e; p e; end
begin; 1.instance_eval("Fresh ||= 1"); rescue TypeError => e; p e; end
begin; 1.instance_eval("class Fresh; end"); rescue TypeError => e; p e; end
begin; 1.instance_eval("def m; end"); rescue TypeError => e; p e; end
begin; 1.instance_eval { def m; end }; rescue TypeError => e; p e; end
begin; 1.instance_eval("Nowhere"); rescue NameError => e; p e.message; end
begin; 1.instance_eval("@@x"); rescue RuntimeError => e; p e.message; end
p 1.instance_eval { Seen = 1 }, Seen
