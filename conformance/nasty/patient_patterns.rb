# Patterns with very many paths: an answer however long it takes, and whoever waits can be stopped.
require "timeout"

def attempt(label)
  puts "#{label}: #{yield.inspect}"
rescue Exception => error
  puts "#{label}: #{error.class}"
end

text = "a" * 18 + "b"
attempt("plus of plus") { /^(a+)+$/.match?("a" * 24 + "b") }
attempt("same either way") { /^(a|a)*$/ =~ text }
attempt("captures") { /^(?:(a+))+$/.match(text) }
attempt("scan") { text.scan(/^(a|aa)+$/) }
attempt("gsub") { text.gsub(/^(a+)+$/, "") == text }
attempt("rindex") { "a" * 20 + "b" =~ /(a+)+c/ }
attempt("start_with?") { text.start_with?(/(a+)+$/) }
attempt("many stars") { /a*a*a*a*c/ =~ "a" * 100 }
attempt("long alternation") { /(?:a|b)*c/ =~ "ab" * 200_000 }
attempt("long captures") { /(a|b)*/.match("ab" * 200_000)[1] }
# With a lookahead nobody remembers which paths failed.
endless = "a" * 60 + "b"
attempt("timeout") { Timeout.timeout(0.1) { /^(?=(a+))(a+)+$/ =~ endless } }
attempt("kill") do
  thread = Thread.new { /^(?=(a+))(a+)+$/ =~ endless }
  sleep 0.05
  thread.kill.join.status
end
attempt("raise") do
  thread = Thread.new { /^(?=(a+))(a+)+$/ =~ endless }
  thread.report_on_exception = false
  sleep 0.05
  thread.raise(IOError)
  thread.join
end
attempt("others run") { thread = Thread.new { /^(?=(a+))(a+)+$/ =~ endless }; sleep 0.01; thread.kill; :here }
puts "alive"
