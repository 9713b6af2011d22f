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
p ask("status")[0]["sessions"] > 0, ask("compact")[1], maglev("compact")[0][/other processes.*/]
backup, code = ask("backup", "copy")
p backup.values_at("objects", "problem"), code, ask("fsck", "--store", "copy")[1]
p maglev("backup", "copy")[1], maglev("backup", "copy")[0][/not a repository.*/]
session["Maglev[:list] << 1; Maglev.commit"]
session.close
report, code = ask("compact")
p report["objects"], report["disk_bytes"] < report["disk_bytes_before"] / 3, code, Dir.glob("*").sort
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
