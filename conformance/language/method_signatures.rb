# What arity and parameters say of the core's methods: functions in C show a rest where arguments may be left out, methods that
# CRuby writes in Ruby show their names.
[[[], :push], [[], :first], [[], :pack], [[], :dig], [[], :max], [[], :sum], [{}, :fetch], [{}, :default], ["", :sub], ["", :unpack], ["", :+],
 [1, :pow], [1, :ceildiv], [1..2, :step], [nil, :rationalize], [Time, :at], [Time, :now], [Kernel, :Float], [Kernel, :Integer], [Object.new, :clone],
 [Object.new, :respond_to?], [Marshal, :load], [GC, :start], [Struct.new(:a).new, :dig], [Comparable.instance_method(:clamp), nil],
 [Enumerable.instance_method(:inject), nil], [Enumerable.instance_method(:each_slice), nil], [Time.instance_method(:initialize), nil],
 [Thread::Queue.instance_method(:pop), nil], [Module.instance_method(:define_method), nil]].each do |receiver, name|
  method = name ? receiver.method(name) : receiver
  p [method.name, method.arity, method.parameters]
end
p [].method(:each_slice).to_proc.arity, :upcase.to_proc.arity, method(:puts).unbind.parameters
