# strftime of years beyond 32 bits.
FORMATS = ["%Y", "%C %y", "%G-W%V-%u %g", "%s", "%F %T", "%c", "%x %D", "%v", "%15Y|%_15Y|%-15Y|%30F|%030F|%40c|%25v|%20C", "%j %U %W %a", "%e %b", "%%Y %5N"]
[2**31, 2**31 + 1, 2**31 + 6, 2**40 + 3, -(2**31) - 1, -(2**40)].each do |year|
  [[1, 1], [1, 3], [2, 28], [12, 29], [12, 31]].each do |month, day|
    time = Time.utc(year, month, day, 3, 4, 5)
    puts FORMATS.map { |format| time.strftime(format) }.join(" / ")
  end
end
p Time.utc(10**12, 5, 20).strftime("%Y %s"), Time.utc(10**12).inspect
