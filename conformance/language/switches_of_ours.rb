# Items of our own switches that do not exist, or are out of range, are refused by name.
["--jit=tier:9", "--jit=tier", "--jit=tier:1", "--jit=nothing", "--jit=threshold:x", "--gc=nothing"].each do |switch|
  puts IO.popen([RbConfig.ruby, switch, "-e", "puts 1"], err: [:child, :out], &:read)
  puts $?.success?
end
