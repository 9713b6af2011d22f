# The programs of docs/persistence.md print what stands there.
text = File.read(File.join(__dir__, "../../docs/persistence.md"))
RUBY = RbConfig.ruby
MAGLEV = File.join(File.dirname(RUBY), "maglev")
count = 0
text.scan(/^```(ruby|console)\n(.*?)^```$/m) do |kind, block|
  if kind == "ruby"
    File.write(block[/\A# (\S+)/, 1], block)
    next
  end
  block.split(/^(?=\$ )/).each do |command|
    line, *wanted = command.lines(chomp: true)
    shell = line.delete_prefix("$ ").gsub(/^maglev-ruby/, RUBY).gsub(/^maglev /, "#{MAGLEV} ")
    found = IO.popen(["sh", "-c", shell, err: [:child, :out]], &:read).lines(chomp: true)
    count += 1
    puts "#{line}: #{found.inspect} instead of #{wanted.inspect}" if found != wanted
  end
end
puts "#{count} commands"
