# Files that are copied over while processes have them open: nobody commits into what is not theirs, nothing ends by a signal, and who
# starts anew uses what is there.
require_relative "support/behaviours"

vm "Maglev[:list] = [+'one']; Maglev.commit"
system("cp", "-r", "store", "saved")
session, idle = Session.new, Session.new
p session["Maglev[:list] << 'two'; Maglev.commit"], session["Maglev[:list] << 'three'; Maglev.commit"], idle["Maglev[:list].size"]
# In place, as `cp -r saved/. store` does it: the same files with other bytes.
Dir.glob("saved/**/*").select { |path| File.file?(path) }.each { |path| IO.copy_stream(path, path.sub("saved", "store")) }
message = "begin; Maglev[:list] << 'four'; Maglev.commit; rescue Maglev::StoreError; $!.message[/copied over|corrupt/] ? :refused : $!.message; end"
p session[message], idle[message]
p session["begin; Maglev.abort; rescue Maglev::StoreError; :refused; end"]
p vm("p Maglev[:list], (Maglev[:list] << 'new'; Maglev.commit)")
p session[message], idle[message]
Session.close_all
p vm("p Maglev[:list]"), maglev("fsck")[1]
# Single files: each is noticed by whoever commits, or it does not matter.
%w[meta coord table seg/00000000].each do |name|
  ENV["MAGLEV_STORE"] = File.expand_path("one-#{name.delete("/")}")
  vm "Maglev[:list] = [1]; Maglev.commit"
  system("cp", "-r", ENV["MAGLEV_STORE"], "#{ENV["MAGLEV_STORE"]}-saved")
  session = Session.new
  session["3.times { Maglev[:list] << 2; Maglev.commit }"]
  IO.copy_stream("#{ENV["MAGLEV_STORE"]}-saved/#{name}", "#{ENV["MAGLEV_STORE"]}/#{name}")
  outcome = session["begin; Maglev[:list] << 3; Maglev.commit; rescue Maglev::StoreError; :refused; end"]
  session.close
  p [name, %w[true :refused].include?(outcome), $?.success?]
end
