# Where a repository lies: parents are made, the working directory does not matter, a folder without write access can be read.
def run(code, env = {}, *arguments) = system({ "MAGLEV_STORE" => nil }.merge(env), RbConfig.ruby, *arguments, "-e", code)

run 'Maglev[:a] = 1; p Maglev.commit', { "HOME" => "#{Dir.pwd}/home", "XDG_DATA_HOME" => nil }
run 'p Maglev[:a]', { "HOME" => "#{Dir.pwd}/home", "XDG_DATA_HOME" => nil }
p File.directory?("home/.local/share/maglev/store")
Dir.mkdir("elsewhere")
run 'Dir.chdir("elsewhere"); Maglev[:a] = 2; p Maglev.commit', {}, "--store", "deep/er/store"
run 'p Maglev[:a]', {}, "--store=deep/er/store"
p Dir.children("elsewhere")
run 'Maglev[:k] = 1; Dir.chdir("elsewhere"); p Maglev.commit, Maglev.repository_path == File.expand_path("../deep/er/store")', { "MAGLEV_STORE" => "deep/er/store" }

# A deleted repository takes no commits, and a file that was replaced neither.
run <<~'RUBY', {}, "--store=gone"
  Maglev[:a] = 1
  Maglev.commit
  File.delete("gone/meta")
  Maglev[:a] = 2
  begin; p Maglev.commit; rescue Maglev::StoreError; puts $!.message.sub(Dir.pwd, ""); end
RUBY
run <<~'RUBY', {}, "--store=cut"
  Maglev[:a] = 1
  Maglev.commit
  File.truncate("cut/seg/00000000", 8192)
  Maglev[:a] = 2
  begin; p Maglev.commit; rescue Maglev::StoreError; puts $!.message.sub(Dir.pwd, ""); end
RUBY
