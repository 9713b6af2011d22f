# Patterns that lead backtracking astray take linear time, and find what they found before: captures, ends, empty matches.
def seconds
  start = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  yield
  Process.clock_gettime(Process::CLOCK_MONOTONIC) - start
end

long = "a" * 20_000
[/^(a+)+$/, /^(a|a)*$/, /(a*)*b/, /^([a-z]+)*\z/, /\A.*a.*z\z/, /^([0-9a-z\-\/]*){1,20}$/].each do |pattern|
  found = nil
  puts "#{pattern.inspect} is slow" if seconds { found = pattern.match(long + "!\t") } > 5
  p found, pattern.match?("#{long}!\t")
end

# Often enough, so that the other engine takes over.
texts = ["", "a", "aab", "ab\nab", "Ab é", "ab\n", "éa b"]
[/(a|ab)(b?)/, /(?<x>a+?)(?<y>b*)/, /^(\w*)$/, /\b(?:(a)|b)+/, /[^a]+?$/, /(?i:B|(é))\z/, /a{2,}|(b)|/, /(a*)+(b)?/, /^/].each do |pattern|
  before = texts.map { |text| pattern.match(text)&.then { |found| found.to_a + [found.offset(0)] } }
  pattern.match?("\n" * 50_000)
  after = texts.map { |text| pattern.match(text)&.then { |found| found.to_a + [found.offset(0)] } }
  p pattern, before, before == after
  p texts.map { |text| text.gsub(pattern) { "<#{$&}>" } }
end

# The last turn of a loop is empty: its group is so, too.
found = /(\A.?){2}^/m.match("e-c")
p found.to_a, found.offset(1)
