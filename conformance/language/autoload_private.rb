# A constant that the file of its autoload makes private.
require "tmpdir"
Dir.mktmpdir do |folder|
  File.write("#{folder}/part.rb", "module Outer; class Part; end; private_constant :Part; end\n")
  File.write("#{folder}/other.rb", "module Outer; Other = 1; Other2 = 2; private_constant :Other; end\n")
  module Outer; end
  Outer.autoload(:Part, "#{folder}/part.rb")
  Outer.autoload(:Other, "#{folder}/other.rb")
  2.times do
    begin
      Outer::Part
    rescue NameError => error
      puts error.message, error.name.inspect, error.receiver.inspect
    end
  end
  p defined?(Outer::Part), Outer.module_eval("Part")
  p Outer.module_eval("Other"), Outer::Other2
  p Outer.const_get(:Part)
  p (Outer::Other rescue $!.message)
  def Outer.const_missing(name) = [:missing, name]
  p Outer::Part
end
