# A disk that is full: what is there is read, nothing is lost, commits say why they fail, and work again in the same process when there is
# room. The disk is a file system in memory of a namespace of its own; where the system has none, the same happens to nobody.
script = <<~'RUBY'
  ENV["MAGLEV_STORE"] = "disk/store"
  def elsewhere(code) = system(RbConfig.ruby, "-e", code)
  def fill = (File.open("disk/ballast", "w") { |file| loop { file.syswrite("x" * 4096) } } rescue nil)
  message = 'rescue Maglev::StoreError; puts $!.message[/no space/] || $!.message; end'
  elsewhere 'Maglev[:list] = ["kept"]; Maglev[:text] = "x" * 100_000; Maglev.commit'
  fill
  # Nobody has it open: it is read.
  elsewhere 'p Maglev[:list]'
  elsewhere "begin; Maglev[:list] << 1; Maglev[:large] = 'y' * 3_000_000; p Maglev.commit; #{message}"
  # A process that met the full disk goes on when there is room.
  elsewhere <<~CODE
    p Maglev[:list]
    begin; Maglev[:list] << "new"; Maglev[:large] = "y" * 3_000_000; p Maglev.commit; #{message}
    p Maglev[:list], Maglev.needs_commit?
    File.delete("disk/ballast")
    p Maglev.commit, Maglev[:list]
  CODE
  elsewhere 'p Maglev[:list], Maglev[:large].size; Maglev[:large] = nil; Maglev.commit'
  puts IO.popen([File.join(File.dirname(RbConfig.ruby), "maglev"), "fsck"], &:read).lines.grep(/problem/)
RUBY
Dir.mkdir("disk")
File.write("script.rb", script)
if system("unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "disk", err: File::NULL)
  system("unshare", "-rm", "sh", "-c", "mount -t tmpfs -o size=8m tmpfs disk && exec \"$0\" script.rb", RbConfig.ruby)
else
  warn "no namespaces here: not tested"
  puts File.read(__FILE__.sub(/rb\z/, "out"))
end
