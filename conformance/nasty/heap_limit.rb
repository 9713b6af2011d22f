# A full heap: NoMemoryError where the program is, and life goes on.
# with --gc=limit:20000000
# instead of --gc=stress:101,verify: --gc=stress:20011 (a full heap takes its time)

def attempt(label)
  kept = []
  yield kept
  puts "#{label}: no error"
rescue NoMemoryError => error
  kept = nil
  puts "#{label}: #{error.class}: #{error.message}"
end

2.times do
  attempt("strings") { |kept| loop { kept << "x" * 20 } }
  attempt("objects") { |kept| loop { kept << Object.new } }
  attempt("hashes") { |kept| loop { kept << {a: 1} } }
  attempt("arrays") { |kept| i = 0; while true; kept << [i, i]; i += 1; end }
  attempt("integers") { |kept| loop { kept << 2**70 } }
  attempt("procs") { |kept| loop { kept << proc { kept } } }
  attempt("ranges") { |kept| loop { kept << (kept.size..nil) } }
  attempt("map") { (1..10_000_000).map { |number| number.to_s } }
end
attempt("split") { ("a," * 2_000_000).split(",") }
attempt("chars") { ("a" * 2_000_000).chars }
attempt("to_h") { (1..3_000_000).to_a.to_h { |number| [number.to_s, number] } }
GC.start
ensured = false
begin
  begin
    kept = []
    loop { kept << "x" * 30 }
  ensure
    ensured = kept.size > 1000
    kept = nil
  end
rescue NoMemoryError
  puts "ensured: #{ensured}"
end
puts "alive"
