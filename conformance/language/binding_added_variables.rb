# Variables that local_variable_set adds to a Binding: texts, blocks and Bindings inside see them, whatever their names.
def surround
  x = 1
  b = binding
  b.local_variable_set(:added, 7)
  b.local_variable_set(:if, 8)
  p b.local_variables, b.eval("added"), b.local_variable_get(:if)
  b.eval("added = 9; y = 3")
  p b.local_variable_get(:added), b.local_variables
  p b.eval("binding.local_variables"), b.eval("[1].map { |q| binding.local_variables }"), b.eval("proc { added }.binding.local_variables")
  p b.eval("eval('added + x + y')"), b.eval("binding").eval("added"), b.eval("__method__")
  copy = b.dup
  copy.local_variable_set(:only, 1)
  p b.local_variable_defined?(:only), copy.eval("only + added")
  "abc" =~ /b/
  p b.eval("$~"), b.eval("$&")
  b.eval("binding").local_variable_set(:deep, 5)
  p b.eval("defined?(deep)")
  2.times do |i|
    inner = binding
    inner.local_variable_set(:turn, i)
    p inner.eval("turn"), inner.local_variables
  end
  b.eval("def defined_inside = 5")
  p defined_inside
end
p surround { :block }
b = binding
3.times { |i| b.local_variable_set(:"v#{i}", i) }
p b.eval("[v0, v1, v2]"), b.eval("binding.eval('v1')")
b.eval("w = 5; $reader = -> { [v0, w] }")
b.local_variable_set(:v0, 10)
p $reader.call
b.local_variable_set(:"日本", 1)
p b.eval("日本"), b.eval("v0 += 1; v0"), b.local_variable_get(:v0)
