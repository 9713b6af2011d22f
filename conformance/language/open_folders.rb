# Dir's instances; ENV's Hash methods; File::Stat's questions.
require "tmpdir"

def t; p yield; rescue Exception; p $!; end

Dir.mktmpdir do |root|
  File.write("#{root}/b", "")
  File.write("#{root}/a", "text")
  dir = Dir.new(root)
  p dir.path == root, dir.children.sort, dir.read, dir.rewind.equal?(dir), dir.each.to_a.sort, dir.fileno.class
  dir.rewind
  p dir.each_child.to_a.sort, Dir.open(root) { |other| other.entries.sort }
  p dir.close, dir.close
  t { dir.read }
  stat = File::Stat.new("#{root}/a")
  p stat.size?, File.stat("#{root}/b").size?, stat.readable?, stat.pipe?, stat.setuid?, stat <=> 3, stat == File.stat("#{root}/a")
  File.chmod(0o604, "#{root}/a")
  p File.world_readable?("#{root}/a"), File.world_writable?("#{root}/a"), FileTest.world_readable?("#{root}/none"), File.grpowned?("#{root}/a")
  p File.chown(nil, -1, "#{root}/a", "#{root}/b")
end
t { Dir.allocate.read }
t { Dir.new("/no/such/folder") }
t { File::Stat.new("/no/such/file") }

ENV.replace("A" => "1", "B" => "2", "C" => "3")
p ENV.assoc("A"), ENV.rassoc("2"), ENV.key("3"), ENV.value?("9"), ENV.value?(9), ENV.values_at("A", "X"), ENV.slice("B", "X"), ENV.except("A")
p ENV.select { |name, _| name == "A" }, ENV.reject { |name, _| name == "A" }, ENV.invert, ENV.each_key.to_a, ENV.each_value.to_a
p ENV.delete_if { |name, _| name == "A" }.equal?(ENV), ENV.select! { true }, ENV.reject! { |name, _| name == "B" }.equal?(ENV), ENV.shift, ENV.shift
t { ENV.key(1) }
t { ENV.dup }
t { ENV.clone }
t { ENV.freeze }
