# Date and DateTime: calendars, arithmetic, texts written and read, conversions, errors.
require "date_core"

def try
  p yield
rescue StandardError => error
  p [error.class, error.message]
end

puts "-- calendars"
day = Date.new(2001, 2, 3)
p day, day.jd, day.ajd, day.amjd, day.mjd, day.ld, day.yday, day.wday, day.cwyear, day.cweek, day.cwday, day.leap?, day.start, day.saturday?
p Date.new(1582, 10, 4) + 1, Date.new(1582, 10, 15) - 1, Date.new(-4712, 1, 1).jd, Date.new(1, 1, 1).julian?, Date.new(2001, 2, -1), Date.new(2001, -1, -1)
p Date.jd(2451944), Date.ordinal(2001, 34), Date.ordinal(2001, -1), Date.commercial(2001, 5, 6), Date.commercial(2004, -1, -1), Date.new(10**9, 1, 1)
p day.julian, day.england.start, Date.new(2001, 2, 3, Date::JULIAN), day.new_start(Date::JULIAN).to_s, Date.new(1752, 9, 14, Date::ENGLAND) - 1
[-4713, -1, 0, 4, 1500, 1582, 1600, 1900, 2000, 2400].each do |year|
  p [year, Date.gregorian_leap?(year), Date.julian_leap?(year), Date.valid_date?(year, 2, 29), Date.new(year, 3, 1).jd, Date.new(year, 12, 31).cweek]
end
p (2000..2012).map { |year| (Date.new(year, 1, 1) - 1).strftime("%G-%V-%u %U %W") }
p Date.valid_date?(2001, 2, 29), Date.valid_civil?(1582, 10, 10), Date.valid_ordinal?(2001, 366), Date.valid_commercial?(2001, 53, 1), Date.valid_jd?("a")
try { Date.new(2001, 2, 29) }
try { Date.new(1582, 10, 10) }
try { Date.new("a") }
try { Date.ordinal(2001, 366) }
try { Date.commercial(2001, 53, 1) }

puts "-- arithmetic"
p day + 26, day - 34, day - Date.new(2000, 2, 3), day >> 1, Date.new(2001, 3, 31) << 1, day.next, day.prev_month(13), Date.new(2000, 2, 29).next_year
p (day + Rational(1, 2)).ajd, day <=> Date.new(2001, 2, 4), day == DateTime.new(2001, 2, 3), day === DateTime.new(2001, 2, 3, 12), day <=> 2451943.5, day <=> "a"
p day.step(Date.new(2001, 3, 3), 7).map(&:to_s), day.upto(day + 2).map(&:mday), day.downto(day - 2).map(&:mday), (day..day + 3).count
p({ day => 1 }[Date.new(2001, 2, 3)], day.eql?(DateTime.new(2001, 2, 3)), [day, day - 1].min, day.frozen?, day.dup.freeze.year)
try { day + "a" }
try { day - nil }
try { day >> "a" }

puts "-- times"
time = DateTime.new(2001, 2, 3, 4, 5, 6.789r, "+7")
p time, time.hour, time.min, time.sec, time.sec_fraction, time.offset, time.zone, time.new_offset("-03:30"), time.new_offset, time.day_fraction
p DateTime.new(2001, 2, 3, 24), DateTime.new(2001, 2, 3, -1, -1, -1), DateTime.new(2001, 2, 3.5), DateTime.new(2001, 2, 3, 4.5), DateTime.jd(2451944.25)
p time + Rational(1, 86400), time - DateTime.new(2001, 2, 3), time >> 12, time.to_date, time.to_time, day.to_datetime, Time.utc(2001, 2, 3, 4, 5, 6).to_datetime
try { DateTime.new(2001, 2, 3, 25) }
try { DateTime.new(2001, 2, 3.5, 1) }
try { DateTime.new(2001, 2, 3, 4, 60) }
p day.deconstruct_keys([:year, :wday, :x]), time.deconstruct_keys(nil)
case time
in { year: 2001, month:, hour: 0..5 } then p month
end

puts "-- texts written"
p day.to_s, time.to_s, day.iso8601, time.iso8601(3), time.rfc3339, day.rfc2822, time.httpdate, day.jisx0301, time.jisx0301(2), Date.new(1850).jisx0301, day.asctime
p time.strftime("%Y %C %y %m %B %b %d %e %j %H %k %I %l %M %S %L %N %p %P %A %a %u %w %G %V %U %W %s %Q %z %:z %::z %:::z %Z %% %n%t|")
p time.strftime("%-d %-m %_m %05d %^a %#p %10A %-10A %010Y %3N %12N %_8z %+ %c %x %X %D %F %T %R %r %v %h %E %Ey %Od %Q %i")
p Date.new(-1, 1, 1).strftime("%Y %C %y %G"), Date.new(12345, 1, 1).to_s, day.strftime("").encoding, day.to_s.encoding
try { day.strftime("%100000d") }

puts "-- texts read"
["2001-02-03T04:05:06.789+09:00", "3rd Feb 2001 04:05:06 PM", "Sat Aug 28 02:29:34 EST 1999", "feb 3, '01", "20010203T040506Z", "2001-W05-6", "2001-034", "H13.02.03",
 "3-feb-2001", "1/2/3", "1.2.03", "10:20 pm tomorrow", "saturday", "99-1-2", "44 bc jan 5", "jan 5 2003 in the morning", "12", "x", ""].each do |text|
  p [text, Date._parse(text)]
end
p Date.parse("3rd Feb 2001"), DateTime.parse("20010203T040506+0900"), Date.parse("01-02-03", false), Date.iso8601("2001-W05-6"), DateTime.rfc3339("2001-02-03T04:05:06+07:00")
p DateTime.httpdate("Sat, 03 Feb 2001 00:00:00 GMT"), Date._rfc2822("Sat, 3 Feb 2001 00:00:00 +0000"), Date._xmlschema("2001-02"), Date._jisx0301("H13.02.03"), Date._iso8601("x")
p Date.strptime("2001-034", "%Y-%j"), Date.strptime("2001 04 6", "%Y %U %w"), DateTime.strptime("1 pm 3/2/01 +05:30", "%I %p %d/%m/%y %z"), Date._strptime("2001-02-03x", "%F")
p DateTime.strptime("981173106", "%s"), Date._strptime("Thu 12:60", "%a %H:%M"), Date._strptime("1234567", "%Y%m%e"), Date.strptime("sat3feb2001", "%a%d%b%Y")
try { Date.parse("x") }
try { Date.parse("2001-02-30") }
try { Date.parse("1" * 200) }
try { Date.parse("2001-02-03", limit: 3) }
try { Date.parse(1) }
try { Date.strptime("x", "%Y") }

puts "-- written down and taken up"
p Marshal.load(Marshal.dump([day, time])), day.marshal_dump, day.instance_variables, Date::MONTHNAMES[2], Date::Error.superclass
p Class.new(Date) { def self.name = "Sub" }.new(2001, 2, 3).class.superclass
