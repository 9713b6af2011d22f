# Years beyond any calendar: a Time, or an exception that says so.

def attempt(label)
  yield
  puts "#{label}: done"
rescue RangeError, ArgumentError
  puts "#{label}: done"
end

[2**31, 2**62, -2**62, 2**63 - 1, -2**63, 2**64, 10**40].each_with_index do |year, index|
  attempt("utc #{index}") { Time.utc(year, 5, 20).strftime("%Y %s") }
  attempt("local #{index}") { Time.local(year).inspect }
  attempt("new #{index}") { Time.new(year, 12, 31, 23, 59, 59, "+23:59").to_i }
  attempt("at #{index}") { Time.at(year).utc.to_s }
  attempt("sum #{index}") { (Time.at(0) + year).year }
  attempt("difference #{index}") { (Time.at(0) - year).yday }
end
