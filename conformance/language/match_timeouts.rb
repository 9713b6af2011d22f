# A match that takes too long ends with Regexp::TimeoutError: by the pattern's own timeout or the one for all.
def tried
  yield
rescue Regexp::TimeoutError, ArgumentError, TypeError => error
  "#{error.class}: #{error.message}"
end

p Regexp.timeout, (Regexp.timeout = 0.2), Regexp.timeout, /a/.timeout, Regexp.new("a", timeout: 3).timeout, Regexp.new("a", timeout: 1r / 2).timeout
slow = Regexp.new("^(?:(a+)+\\1?)+$", timeout: 0.1)
p tried { slow.match?("a" * 50 + "b") }, tried { slow =~ "a" * 50 + "b" }, tried { ("a" * 50 + "b").index(slow) }, tried { ("a" * 50 + "b").scan(slow) }
p tried { /^(?:(a+)+\1?)+$/ =~ "a" * 50 + "b" }, slow.match?("aaa")
p tried { Regexp.timeout = -1 }, tried { Regexp.timeout = 0 }, tried { Regexp.timeout = "1" }, tried { Regexp.new("a", timeout: 0) }
p (Regexp.timeout = nil), Regexp.timeout, Regexp.new("a", timeout: nil).timeout
