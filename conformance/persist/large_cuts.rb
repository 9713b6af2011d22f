# instead of --gc=stress:53,verify: --gc=stress:4001,verify
# Parts that are known to be what they were are not encoded: whatever is done to a large collection, others read what it has.
maglev = File.join(File.dirname(RbConfig.ruby), "maglev")
Maglev[:many] = Array.new(9000) { |i| i % 7 == 0 ? +"text #{i}" : i * 1.5e300 }
Maglev[:pairs] = Array.new(6000) { |i| ["key #{i}", i % 5 == 0 ? [i] : i << 70] }.to_h
Maglev.commit
reader = IO.popen([RbConfig.ruby, "-e", <<~'CODE'], "r+")
  while gets
    Maglev.abort
    puts [Maglev[:many], Maglev[:pairs].to_a].inspect.sum(64)
    $stdout.flush
  end
CODE
random = Random.new(7)
steps = [
  ->(many, _) { many[random.rand(many.size)] = random.rand(1 << 80) },
  ->(many, _) { many[random.rand(many.size)] = random.rand },
  ->(many, _) { many.push(*Array.new(random.rand(300)) { |i| -i }) },
  ->(many, _) { many.insert(random.rand(many.size), :inserted) },
  ->(many, _) { many.delete_at(random.rand(many.size)) },
  ->(many, _) { one, other = random.rand(many.size - 64), random.rand(64); many[one], many[one + other] = many[one + other], many[one] },
  ->(many, _) { many.reverse! },
  ->(many, _) { many.pop(random.rand(200)) },
  ->(many, _) { many.grep(String).sample(random: random)&.<<("more") },
  ->(_, pairs) { pairs[pairs.keys.sample(random: random)] = random.rand(1 << 80) },
  ->(_, pairs) { pairs["new #{random.rand(1 << 40)}"] = [random.rand] },
  ->(_, pairs) { pairs.delete(pairs.keys.sample(random: random)) },
  ->(_, pairs) { pairs.delete_if { |_, value| random.rand(500) == 0 } },
  ->(_, pairs) { pairs.rehash },
  ->(_, pairs) { key, value = pairs.shift; pairs[key] = value },
  ->(_, pairs) { pairs.default = random.rand(9) },
]
wrong = 120.times.count do |turn|
  (1 + random.rand(3)).times { steps.sample(random: random).call(Maglev[:many], Maglev[:pairs]) }
  GC.start if random.rand(6) == 0
  if random.rand(9) == 0
    Maglev.begin_nested_transaction
    steps.sample(random: random).call(Maglev[:many], Maglev[:pairs])
    random.rand(2) == 0 ? Maglev.abort : Maglev.commit
  end
  random.rand(12) == 0 ? Maglev.abort : Maglev.commit
  reader.puts
  reader.gets.to_i != [Maglev[:many], Maglev[:pairs].to_a].inspect.sum(64)
end
reader.close
p wrong, system(maglev, "fsck", out: File::NULL)
