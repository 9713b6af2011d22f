# A segment that is cut while it is mapped: what was read stays, the rest says so, and the process lives.
Maglev[:near] = ["near"]
Maglev[:far] = Array.new(300) { |i| ["#{i}" * 500] }
Maglev.commit
system(RbConfig.ruby, "-e", <<~'RUBY')
  far = Maglev[:far]
  near = Maglev[:near]
  p far.size, near[0]
  File.truncate("#{ENV["MAGLEV_STORE"]}/seg/00000000", 8192)
  told = far.map { |item| begin; item[0].size; rescue Maglev::StoreError => e; e.message[/object #\d+: corrupt/] ? :damaged : e.message; end }
  p told.tally.keys.include?(:damaged), told.tally.keys.reject { |key| key.is_a?(Integer) }
  near << 1
  begin
    Maglev.commit
  rescue Maglev::StoreError => e
    puts e.message[/truncated: .*/]
  end
  p near
RUBY
p $?.success?
