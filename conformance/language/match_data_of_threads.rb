# $~ and $_ of the blocks that threads and fibers begin with; of what enumerators call.
"foo" =~ /o+/
p Thread.new { [$~, $_, ("bar" =~ /a/; $&), ($_ = "line")] }.value, $&, $_
p Thread.new { "xyz"[/y/]; [1].map { $& } }.value, $&
def around
  "method" =~ /t/
  t = Thread.new { before = $&; "thread" =~ /r/; [before, $&] }
  [t.value, $&]
end
p around
f = Fiber.new { first = $&; "fiber" =~ /b/; Fiber.yield first; $& }
p f.resume, $&, f.resume, $&
q = Queue.new
t = Thread.new { "one" =~ /n/; q.pop; $& }
"two" =~ /w/
q << 1
p t.value, $&
body = proc { "deep" =~ /ee/; $& }
p Thread.new { Thread.new(&body).value + $&.inspect }.value, $&
p "wawa".to_enum(:scan, /./).map { |o| $& }
a = []
"wawa".to_enum(:scan, /./).each { |o| a << $& }
p a, "abc".gsub(/[bc]/).map { $&.upcase }
