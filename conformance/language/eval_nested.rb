# Variables made by one text of a Binding are seen by `eval` inside the texts after it.
b = binding
b.eval("total = 1")
p b.eval("eval('total += 1')")
p b.eval("total")
p b.eval("[3].each { |x| eval('total += x') }; total")
b.eval("more = 10; eval('third = more + total')")
p b.local_variable_defined?(:third), b.local_variables.sort

def texts
  inner = binding
  inner.eval("count = 0")
  5.times { inner.eval("eval('count += 1')") }
  [inner.local_variable_get(:count), inner.eval("binding.local_variables")]
end
3.times { p texts }

# Once a text has made variables, the implicit parameters are those of the text: none.
p [7].map { b = binding; b.eval("x = 1"); b.eval("y = 2"); [it, b.implicit_parameters] }

# `using` in a text at the top level refines the texts after it.
TOPLEVEL_BINDING.eval(<<~RUBY)
  module Shouts
    refine(String) { def shout = upcase + "!" }
  end
  using Shouts
RUBY
def TOPLEVEL_BINDING.try(text)
  eval(text)
rescue NoMethodError => e
  e.message
end
p TOPLEVEL_BINDING.try("'quiet'.shout")
