# An iteration that raised begins anew.
tries = 0
steps = Enumerator.new { |y| tries += 1; y << 1; raise "boom" if tries < 3; y << 2 }
3.times do
  p steps.next
  p steps.next
  p steps.next
rescue StopIteration, RuntimeError => error
  p error.class, error.message
end
failing = Enumerator.new { raise "at once" }
2.times { begin; failing.next; rescue RuntimeError => error; p error.message; end }
