# Times keep fractions below the nanosecond, offsets below the second, and zones that objects describe.
def tried
  yield
rescue ArgumentError, TypeError, RangeError, NoMethodError, FloatDomainError => error
  "#{error.class}: #{error.message}"
end

third = Time.at(1r / 3, in: "UTC")
p third, third.to_r, third.subsec, third.nsec, third + 2r / 3, third - Time.at(1r / 7), third.hash == Time.at(1r / 3).hash
p third == Time.at(1.0 / 3), third.eql?(Time.at(1r / 3)), third <=> Time.at(0, 333_333_333, :nsec)
p third.round(3).subsec, third.floor(12).subsec, third.ceil(12).subsec, Time.at(-1.5r).round.to_i, Time.at(2.5r).round.to_i
p third.strftime("%N %L %12N %3N %-6N %% %s"), third.xmlschema(15), third.xmlschema(3), third.deconstruct_keys([:subsec])
p Time.at(1.1).utc, Time.at(1.1).subsec, Time.at(1.1).to_f, Time.at(0, 1.5, :millisecond).nsec, Time.at(9.99949999999).to_f
p Time.utc(2000, 1, 1, 0, 0, 1.75, 100.5), Time.utc(2000, 1, 1, 0, 0, 1.75), Time.utc(2000, 1, 1, 0, 0, 1, 2, 3)
p Marshal.load(Marshal.dump(third)) == third, Marshal.dump(third)

p Time.new(2000, 1, 1, 0, 0, 0, 5r / 2), Time.new(2000, 1, 1, 0, 0, 0, 5r / 2).utc_offset, Time.at(0, in: "-00:00:30").to_s
p Time.at(10**25, in: "UTC").year, Time.utc(10**20).yday, Time.utc(-10**18, 5)

["2000-12-31 23:59:59.123456789123", "2000", "-2000-01-01 00:00:00", "2000-01 UTC", "2000-01-01 ", "2000-01-01", "2000-1-01",
 "2000-01-01 1:00:00", "2000-01-01 12:00.5", "2000-01-01 12", "2000-01-01 00:00:00 +01:00 x", "2000-12-31 24:00:01",
 "2000-01-01 00:00:00 +23:60", "2000-01-01t00:00:00", "12:00", "x"].each do |text|
  puts "#{text.inspect} -> #{tried { Time.new(text, in: "+05:00").inspect }}"
end
p Time.new("2000-01-01 00:00:00.123456789123Z", precision: 3).subsec, Time.new("2000-01-01 00:00:00.123456789123Z", precision: nil).subsec

class Island
  def utc_to_local(time) = time + 5400
  def local_to_utc(time) = time - 5400
  def dst?(_time) = true
  def abbr(time) = "I#{time.year}"
  def name = "Sea/Island"
end
island = Island.new
time = Time.new(2000, 1, 1, 1, 30, 0.5, island)
p time, time.utc_offset, time.zone.equal?(island), time.isdst, time.strftime("%Z %z"), (time + 1).zone.equal?(island), time.dup.zone.equal?(island)
p Time.at(0, in: island), Time.at(0).getlocal(island).hour, time.utc.zone
class Time
  def self.find_timezone(name) = name == "Sea/Island" ? Island.new : nil
end
p Time.at(0, in: "Sea/Island"), Marshal.load(Marshal.dump(Time.at(0, in: island))).zone.class
puts tried { Time.at(0, in: "Sea/Nowhere") }, tried { Time.at(0, in: Object.new) }, tried { Time.at(0, in: "+25:00") }
class Broken
  def utc_to_local(time) = time.to_i + 86_400
end
puts tried { Time.at(0, in: Broken.new) }

numeric = Object.new
def numeric.to_r = 5r
puts tried { Time.at(numeric) }
def numeric.to_int = 4
p tried { Time.at(numeric).to_i }
puts tried { Time.at("1") }, tried { Time.at(nil) }, tried { Time.at(Float::NAN) }, tried { Time.at(0, 1, :hours) }, tried { Time.at(0, 1, "usec") }
class Moment < Time; end
p Moment.at(0).round.class, (Moment.at(0) + 1).class, Moment.at(0).getlocal.class, Moment.at(0).dup.class

ENV["TZ"] = "PST8"
pacific = Time.at(0)
ENV["TZ"] = "JST-9"
p pacific.hour, pacific.zone, pacific.localtime.hour, Time.at(0).hour, Time.at(pacific).zone, Time.new(2000, 1, 1, in: "UTC").localtime.hour
