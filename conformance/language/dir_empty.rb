# `Dir.empty?` says no of what is no folder, and raises where there is nothing.
Dir.mkdir("empty_dir_x")
p Dir.empty?("empty_dir_x"), Dir.empty?("."), Dir.empty?(__FILE__)
p((Dir.empty?("empty_dir_x/nothing") rescue $!))
Dir.rmdir("empty_dir_x")
