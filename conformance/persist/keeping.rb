# The command `maglev`: status, backup, restore, fsck, compact; and that a killed one leaves nothing half done.
require_relative "support/behaviours"

# The fields of the JSON object that a command prints, and its exit code.
def ask(*words)
  out, code = maglev(*words, "--json")
  fields = out.scan(/"(\w+)":("[^"]*"|\[[^\]]*\]|[^,}]+)/).to_h { |name, value| [name, value.start_with?('"') ? value : eval(value)] }
  [fields, code]
end

vm 'Maglev[:list] = Array.new(300) { |i| "text #{i}" * 20 }; Maglev.commit; 40.times { |n| Maglev[:list].each { _1 << n.to_s }; Maglev.commit }; Maglev::System.increment_pcounter(7, 70)'
vm "Maglev[:list] = Maglev[:list].first(100); Maglev.commit"
status, code = ask("status")
p status.values_at("commits", "durable", "writable", "sessions"), code
puts maglev("status")[0].lines.map { _1.split(":")[0] }
puts maglev("list")[0].lines.grep(/^class/).map { _1.squeeze(" ") }
session = Session.new
session["Maglev[:list].size"]
p ask("status")[0]["sessions"] > 0, maglev("compact", "--wait", "0")[1], maglev("compact", "--wait", "0")[0][/^problem: process \d+ (.*)/, 1]
backup, code = ask("backup", "copy")
p backup.values_at("objects", "problem"), code, ask("fsck", "--store", "copy")[1]
p maglev("backup", "copy")[1], maglev("backup", "copy")[0][/not a repository.*/]
session["Maglev[:list] << 1; Maglev.commit"]
session.close
report, code = ask("compact")
p report["objects"], report["disk_bytes"] < report["disk_bytes_before"], code, Dir.glob("*").sort
p vm("p Maglev[:list].size, Maglev[:list][99], Maglev::System.pcounter(7)")
p ask("fsck")[0].values_at("objects", "problem")
p maglev("restore", "copy")[1], maglev("restore", "copy")[0][/a repository is there.*/], ask("restore", "copy", "--force")[1], vm("p Maglev[:list].size")

# What is damaged is named, and the backup takes its place.
bytes = File.binread("store/seg/00000000")
at = bytes.rindex("text 99")
bytes.setbyte(at, bytes.getbyte(at) ^ 1)
File.binwrite("store/seg/00000000", bytes)
report, code = ask("fsck")
p report["problem"].size, code, maglev("backup", "other")[1], File.exist?("other"), Dir.glob("other*")
p ask("restore", "copy", "--force")[1], ask("fsck")[1]

p maglev("status", "--store", "nowhere").map { _1.to_s.sub(Dir.pwd, "") }, maglev("backup"), maglev("fsck", "--quick")[1]

# Killed in the middle, a backup has no name, and the next one is made.
vm 'Maglev[:large] = Array.new(60_000) { |i| +"element #{i}" }; Maglev.commit'
process = spawn(File.join(File.dirname(RbConfig.ruby), "maglev"), "compact", out: File::NULL, err: File::NULL)
sleep 0.02
Process.kill(:KILL, process)
Process.wait(process)
p vm("p Maglev[:large].size"), ask("compact")[1], vm("p Maglev[:large][59_999]"), Dir.glob("*").sort

# A damaged repository without its other files gives what can be read.
vm 'Maglev[:kept] = "kept" * 10; Maglev[:broken] = "BROKEN" * 10; Maglev.commit; Maglev[:after] = 1; Maglev.commit'
bytes = File.binread("store/seg/00000000")
at = bytes.rindex("BROKENBROKEN")
bytes.setbyte(at, bytes.getbyte(at) ^ 1)
File.binwrite("store/seg/00000000", bytes)
%w[meta table lock coord].each { File.delete("store/#{_1}") }
report, code = ask("salvage", "saved")
p code, report["problem"].size, ask("salvage", "saved")[1], ask("fsck", "--store", "saved")[0]["problem"].size
p vm('p Maglev[:kept].size, Maglev[:after], (Maglev[:broken].size rescue $!.class)', "--store=saved")

# As lines of JSON and back: byte for byte the same, also what people cannot read.
vm <<~'CODE', "--store=source"
  Maglev.persistent { eval 'class Point; attr_accessor :x; def initialize(x) = @x = x; def twice = x * 2; end; Pair = Struct.new(:a, :b)' }
  Maglev[:all] = [nil, true, 2**80, -1, 1.5, -0.0, 0.1 + 0.2, Float::NAN, :sym, "\xff".b.to_sym, "text ü", "\xff\x00".b, (1..), Point.new([3]), Pair.new(1, 2), Time.at(5), /r/i.freeze, Set[1], { "a" => { b: 1 } },
                  Hash.new(7), {}.compare_by_identity, "frozen".freeze, ->(q) { q + 1 }, Array.new(5000) { |i| i }, RCQueue.new, 3r, String, "é".encode("UTF-16LE")]
  Maglev[:self] = Maglev[:all]
  def (Maglev[:all][10]).shout = upcase
  Maglev.commit
CODE
p maglev("export", "lines.json", "--store=source")[1], File.foreach("lines.json").first, File.foreach("lines.json").grep(/"Point"|text ü/).size
p maglev("import", "lines.json", "--store=target")[0].lines.grep(/objects/), maglev("export", "again.json", "--store=target")[1]
p File.readlines("lines.json").sort == File.readlines("again.json").sort, maglev("fsck", "--store=target")[1]
shown = "a = Maglev[:all]; p a[..22].map { Proc === _1 ? _1.call(1) : _1.inspect.gsub(/0x\\h+/, '') }, a[23].sum, a[13].twice, a[14].b, a[17], Maglev[:self].equal?(a), a[27].encoding"
p vm(shown, "--store=source") == vm(shown, "--store=target")
p maglev("export", "lines.json", "--store=source"), maglev("import", "lines.json", "--store=target")[1]
lines = File.readlines("lines.json")
{ "cut" => lines[0..-2], "half" => lines[0..-2] + [lines[-1][0, 4]], "less" => lines.dup.tap { _1.delete_at(1) }, "more" => lines + [lines[1]], "empty" => [], "other" => ["{}\n"], "newer" => ["{\"maglev_export\":2}\n"], "bad" => [lines[0], "{\"id\":5000,\"kind\":\"String\",\"class\":null}\n"] }.each do |name, text|
  File.write("#{name}.json", text.join)
  out, code = maglev("import", "#{name}.json", "--store=#{name}")
  puts "#{name} #{code} #{File.exist?(name)} #{out.gsub(/\d{2,}/, "N")}"
end
watch = IO.popen([File.join(File.dirname(RbConfig.ruby), "maglev"), "status", "--watch", "--json", "--store=target"])
p Array.new(2) { watch.gets[/"sessions":\d+/] }
Process.kill(:KILL, watch.pid)

# Made and deleted by hand; never one that is in use, and nothing that is no repository.
p maglev("create", "--store=made")[1], maglev("create", "--store=made")[0][/a repository is there/], vm("p Maglev.root, (Maglev[:x] = 1; Maglev.commit)", "--store=made")
used = Session.new("--store=made")
used["Maglev[:x]"]
p maglev("destroy", "--store=made")[0][/--force.*/], maglev("destroy", "--store=made", "--force")[0][/other processes.*/]
used.close
p maglev("destroy", "--store=made", "--force")[1], File.exist?("made"), vm("p Maglev.root", "--store=made")
Dir.mkdir("folder")
p maglev("destroy", "--store=folder", "--force")[1], File.exist?("folder")

# A backup is brought up to date with what changed since; killed at any moment it shows the old state or the new one.
vm "Maglev[:a] = [1]; Maglev[:text] = +'x' * 5000; Maglev.commit", "--store=followed"
p maglev("backup", "standby", "--store=followed")[1]
vm "Maglev[:a] << 2; Maglev[:b] = [+'new']; Maglev.commit", "--store=followed"
p maglev("backup", "standby", "--update", "--store=followed")[0].lines.grep(/objects/), vm("p Maglev[:a], Maglev[:b], Maglev[:text].size", "--store=standby")
p maglev("backup", "standby", "--update", "--store=target")[0][/another repository/], maglev("fsck", "--store=standby")[1]
follower = spawn(RbConfig.ruby, "--store=followed", "-e", "60.times { |i| Maglev[:a] << i; Maglev[:b][0] << i.to_s; Maglev.commit }")
killed = Array.new(12) do |turn|
  update = spawn(File.join(File.dirname(RbConfig.ruby), "maglev"), "backup", "standby", "--update", "--store=followed", out: File::NULL, err: File::NULL)
  sleep 0.002 * turn
  Process.kill(:KILL, update)
  Process.wait2(update)[1].termsig
end
Process.wait(follower)
shown = "p Maglev[:a].size - 2 == Maglev[:b][0][3..].scan(/\\d/).size - [Maglev[:a].size - 12, 0].max"
p killed.compact.uniq, vm(shown, "--store=standby"), maglev("backup", "standby", "--update", "--store=followed")[1], vm("p Maglev[:a].size", "--store=standby"), maglev("fsck", "--store=standby")[1]
