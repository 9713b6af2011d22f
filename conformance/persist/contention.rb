# Four processes count on one object: nothing is lost and nobody starves.
Maglev[:c] = [0]
Maglev.commit
CODE = <<~'RUBY'
  worst = 0
  60.times do
    tries = 0
    begin
      Maglev[:c][0] += 1
      Maglev.commit
    rescue Maglev::CommitFailedException
      tries += 1
      Maglev.abort
      retry
    end
    worst = tries if tries > worst
  end
  puts worst
RUBY
pipes = Array.new(4) { IO.popen([RbConfig.ruby, "-e", CODE]) }
worst = pipes.map { |io| io.read.to_i.tap { io.close } }.max
puts worst <= 20 ? "nobody starves" : "#{worst} losses in a row"
Maglev.abort
p Maglev[:c]
