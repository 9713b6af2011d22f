# Errors about frozen literals tell where those stand, when the command line asks for it.
require "rbconfig"
script = "#{__dir__}/debug_literals_#{$$}.rb"
begin
  File.write(script, <<~'TEXT')
    a = "lit"
    b = "lit"
    a << "x"
    begin
      "f\u0041".freeze << "x"
    rescue => e
      puts e.message
    end
    %w[a b][1] << "x"
    "n#{1}" << "x"
    p "lit".instance_variables, b.dup << "x"
  TEXT
  ["-W:deprecated", "--enable-frozen-string-literal"].each do |switch|
    text = IO.popen([RbConfig.ruby, "--debug-frozen-string-literal", switch, script, err: [:child, :out]], &:read)
    puts text.gsub(/\S*debug_literals_\d+/, "SCRIPT").lines.grep(/warning|info|frozen/).map { |line| line.sub(/in '.*?': /, "") }
  end
ensure
  File.delete(script)
end
