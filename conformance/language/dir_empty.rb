# `Dir.empty?` says no of what is no folder, and raises where there is nothing.
p Dir.empty?("/"), Dir.empty?(__FILE__), (Dir.empty?("/no such folder") rescue $!)
