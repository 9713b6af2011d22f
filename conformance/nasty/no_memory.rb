# More than a limited machine has: NoMemoryError (or what refuses the size), and life goes on.

def attempt(label)
  value = yield
  puts "#{label}: #{value.class}"
rescue NoMemoryError, ArgumentError, RangeError, IndexError => error
  puts "#{label}: #{error.class}"
end

count = 2**38
attempt("ljust") { "a".ljust(count) }
attempt("rjust") { "a".rjust(count, "xyz") }
attempt("center") { "a".center(count, "xy") }
attempt("center wide") { "a".center(count, "\u00e9") }
attempt("string *") { "a" * count }
attempt("Array.new") { Array.new(count) }
attempt("array *") { [1] * count }
attempt("store") { [][count] = 1 }
attempt("fill") { [].fill(0, 0, count) }
attempt("capacity") { String.new(capacity: 2**45) }
attempt("Random.bytes") { Random.bytes(count) }
attempt("Random#bytes") { Random.new(1).bytes(count) }
attempt("read") { File.open("/dev/zero") { |file| file.read(count) } }
attempt("pread") { File.open("/dev/zero") { |file| file.pread(count, 0) } }
attempt("small") { "a".ljust(10) }
puts "alive"
