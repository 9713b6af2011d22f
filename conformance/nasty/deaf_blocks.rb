# Natives that call a block for ever hear what is sent to their thread and let others run, though the block calls no Ruby code.
def stopped(label)
  begun = false
  thread = Thread.new { yield -> { begun = true } }
  Thread.pass until begun
  thread.kill
  thread.join
  puts label
end

stopped("Dir#each") { |begin_now| dir = Dir.new("/"); begin_now.call; dir.each { dir.rewind } }
stopped("IO#each_line") { |begin_now| file = File.open(__FILE__); begin_now.call; file.each_line { file.rewind } }
stopped("IO#each_byte") { |begin_now| file = File.open(__FILE__); begin_now.call; file.each_byte { file.rewind } }
stopped("IO#each_char") { |begin_now| file = File.open(__FILE__); begin_now.call; file.each_char { file.rewind } }
stopped("String#upto") { |begin_now| begin_now.call; "a".upto("z" * 20) { 1 } }
stopped("Range#each") { |begin_now| begin_now.call; ("a".."z" * 20).each { 1 } }
