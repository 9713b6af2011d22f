# Conversions of arguments that change the receiver in the middle of a native method.
text = +"abcdef"
group = Object.new
group.define_singleton_method(:to_int) { text.clear; 1 }
p text.slice!(/c(d)/, group), text
text = +"abcdef"
p text[/c(d)/, group], text
text = +"abcdef"
group.define_singleton_method(:to_int) { text.freeze; 1 }
begin
  text.slice!(/c(d)/, group)
rescue FrozenError
  puts "frozen"
end
p text

require "tmpdir"
Dir.mktmpdir do |folder|
  file = File.open(File.join(folder, "written"), "w+")
  closing = Object.new
  closing.define_singleton_method(:to_s) { file.close; "text" }
  begin
    file.pwrite(closing, 0)
  rescue IOError => error
    puts error.message
  end
end
