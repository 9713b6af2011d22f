# Kernel#format, String#% and justification.
puts format("%d|%5d|%-5d|%05d|%+d|% d", 42, 42, 42, 42, 42, 42)
puts format("%x|%#x|%X|%o|%#o|%b|%#b|%08b", 255, 255, 255, 8, 8, 5, 5, 5)
puts format("%x|%b|%o", -255, -5, -8)
puts format("%.3f|%8.2f|%-8.2f|%+.1f|%e|%E|%g|%g|%a", 3.14159, 2.5, 2.5, 1.25, 12345.678, 0.00012, 1e10, 0.0001, 1.0)
puts format("%s|%10s|%-10s|%.2s|%p", "abc", "abc", "abc", "abc", "abc")
puts format("%c|%c|%%|%5c", 65, "B", "z")
puts format("%<a>d %{b} %<c>.2f", a: 1, b: "two", c: 3.0)
puts format("%2$s %1$s", "world", "hello")
puts format("%*d|%-*d", 6, 1, 6, 2)
puts "%s and %s" % %w[a b], "%d" % 3.99, "%s" % nil, "%p %p" % [nil, :a]
puts format("%.10s|%5.1s|", "truncate this string", "xyz")
puts format("%f %f %f", Float::INFINITY, -Float::INFINITY, Float::NAN)
puts format("%d", 10**25), format("%x", 2**70), format("%,d".delete(","), 1234567)
[["%d", "x"], ["%d %d", 1], ["%z", 1], ["%<a>d", { b: 1 }], ["%c", ""], ["%d", nil]].each do |f, a|
  begin
    puts format(f, *a)
  rescue ArgumentError, KeyError, TypeError => e
    puts "#{e.class}: #{e.message}"
  end
end
puts "abc".ljust(6, ".") + "|", "abc".rjust(6) + "|", "abc".center(8, "xy") + "|"
puts 1234567.89.round(1).to_s, 12.to_s.rjust(5, "0"), 255.to_s(16), 255.to_s(2), "ff".to_i(16), "0b11".to_i(0), "z".to_i(36)
puts 1234567.to_s.gsub(/(\d)(?=(\d{3})+$)/, '\1,')
puts format("%-10s|%+05d|%#.3g", "left", 7, 1.0)
puts format("%s", [1, :a, nil]), format("%010.4f", -3.14159)
