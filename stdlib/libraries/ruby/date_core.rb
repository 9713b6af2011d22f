# Date and DateTime: days as chronological Julian day numbers in UTC, with a time of day and an offset from UTC.
#
# An object holds the day, the second of that day, nanoseconds, all in UTC, the offset in seconds, and the day from which its calendar is
# the Gregorian one. Rooms: here construction, arithmetic, comparison and conversion; `date_calendar` the calendars; `date_format` texts that
# are written, `date_strptime` and `date_parse` texts that are read.
class Date
  include Comparable

  class Error < ArgumentError; end

  ITALY = 2299161
  ENGLAND = 2361222
  JULIAN = Float::INFINITY
  GREGORIAN = -Float::INFINITY
  names = ->(list) { list.map { |name| name.encode("US-ASCII").freeze } }
  MONTHNAMES = [nil, *names.(%w[January February March April May June July August September October November December])].freeze
  ABBR_MONTHNAMES = MONTHNAMES.map { |name| name && name[0, 3].freeze }.freeze
  DAYNAMES = names.(%w[Sunday Monday Tuesday Wednesday Thursday Friday Saturday]).freeze
  ABBR_DAYNAMES = DAYNAMES.map { |name| name[0, 3].freeze }.freeze
  DAY_SECONDS = 86400
  # Stands for an argument that is not given.
  MISSING = Object.new.freeze
  HIDDEN = %i[@jd @second @fraction @offset @start @civil].freeze
  private_constant :DAY_SECONDS, :MISSING, :HIDDEN

  class << self
    def civil(year = -4712, month = 1, day = 1, start = ITALY)
      year, month = integer(year, "year"), integer(month, "month")
      day, fraction = integer_and_fraction(day, "day")
      found = Calendar.valid_civil(year, month, day, check_start(start)) or raise Error, "invalid date"
      make(found, start) + fraction
    end

    def jd(jd = 0, start = ITALY)
      jd, fraction = integer_and_fraction(jd, "jd")
      make(jd, check_start(start)) + fraction
    end

    def ordinal(year = -4712, yday = 1, start = ITALY)
      year = integer(year, "year")
      yday, fraction = integer_and_fraction(yday, "yday")
      found = Calendar.valid_ordinal(year, yday, check_start(start)) or raise Error, "invalid date"
      make(found, start) + fraction
    end

    def commercial(cwyear = -4712, cweek = 1, cwday = 1, start = ITALY)
      cwyear, cweek = integer(cwyear, "year"), integer(cweek, "cweek")
      cwday, fraction = integer_and_fraction(cwday, "cwday")
      found = Calendar.valid_commercial(cwyear, cweek, cwday, check_start(start)) or raise Error, "invalid date"
      make(found, start) + fraction
    end

    def today(start = ITALY)
      now = Time.now
      make(Calendar.civil_to_jd(now.year, now.mon, now.mday, GREGORIAN), start)
    end

    def valid_jd?(jd, _start = ITALY) = jd.is_a?(Numeric)

    def valid_civil?(year, month, day, start = ITALY)
      return false unless [year, month, day].all?(Numeric)
      !Calendar.valid_civil(year.to_i, month.to_i, day.to_i, start).nil?
    end
    alias valid_date? valid_civil?

    def valid_ordinal?(year, yday, start = ITALY)
      return false unless [year, yday].all?(Numeric)
      !Calendar.valid_ordinal(year.to_i, yday.to_i, start).nil?
    end

    def valid_commercial?(cwyear, cweek, cwday, start = ITALY)
      return false unless [cwyear, cweek, cwday].all?(Numeric)
      !Calendar.valid_commercial(cwyear.to_i, cweek.to_i, cwday.to_i, start).nil?
    end

    def julian_leap?(year) = integer(year, "year") % 4 == 0

    def gregorian_leap?(year)
      raise TypeError, "invalid year (not numeric)" unless year.is_a?(Numeric)
      year % 4 == 0 && year % 100 != 0 || year % 400 == 0
    end
    alias leap? gregorian_leap?

    def _load(text) = allocate.__send__(:marshal_load, Marshal.load(text))

    def allocate
      made = super
      made.__send__(:set, 0, 0, 0, 0, ITALY)
      made
    end

    private

    # An object of a day, without `initialize`.
    def make(jd, start, second = 0, fraction = 0, offset = 0)
      made = allocate
      made.__send__(:set, jd, second, fraction, offset, start)
      made
    end

    def integer(value, name)
      raise TypeError, "invalid #{name} (not numeric)" unless value.is_a?(Numeric)
      value.is_a?(Integer) ? value : value.to_i
    end

    def integer_and_fraction(value, name)
      raise TypeError, "invalid #{name} (not numeric)" unless value.is_a?(Numeric)
      return [value, 0] if value.is_a?(Integer)
      whole = value.floor
      [whole, value.to_r - whole]
    end

    # Infinite, or near the years in which calendars were reformed; else the usual one.
    def check_start(start)
      start = Float(start) unless start.is_a?(Numeric)
      raise TypeError, "no implicit conversion to float from string" if start.is_a?(String)
      start
    end
  end

  def initialize(year = -4712, month = 1, day = 1, start = ITALY)
    raise TypeError, "invalid year (not numeric)" unless year.is_a?(Numeric)
    raise TypeError, "invalid month (not numeric)" unless month.is_a?(Numeric)
    raise TypeError, "invalid day (not numeric)" unless day.is_a?(Numeric)
    raise TypeError, "no implicit conversion to float from string" if start.is_a?(String)
    start = ITALY unless start.to_f.infinite? || (2298874..2426355).cover?(start)
    jd = Calendar.valid_civil(year.to_i, month.to_i, day.floor, start) or raise Error, "invalid date"
    set(jd, 0, 0, 0, start)
  end

  def initialize_copy(other)
    raise TypeError, "wrong argument type #{other.class} (expected Date)" unless other.is_a?(Date)
    set(*other.__send__(:parts))
  end

  # ---- what it is

  def jd = local_jd
  def ajd = whole(Rational(2 * @jd - 1, 2) + day_part(@second, @fraction))
  def amjd = Rational(@jd - 2400001) + day_part(@second, @fraction)
  def mjd = local_jd - 2400001
  def ld = local_jd - 2299160
  def start = @start.to_f
  def julian? = local_jd < @start
  def gregorian? = !julian?
  def day_fraction = whole(day_part(local_second, @fraction))
  def year = civil[0]
  def mon = civil[1]
  def mday = civil[2]
  alias month mon
  alias day mday
  def wday = (local_jd + 1) % 7
  def yday = Calendar.jd_to_ordinal(local_jd, @start)[1]
  def cwyear = Calendar.jd_to_commercial(local_jd, @start)[0]
  def cweek = Calendar.jd_to_commercial(local_jd, @start)[1]
  def cwday = wday == 0 ? 7 : wday
  def leap? = julian? ? year % 4 == 0 : Date.gregorian_leap?(year)
  DAYNAMES.each_with_index { |name, index| define_method("#{name.downcase}?") { wday == index } }

  def deconstruct_keys(keys) = deconstructed(keys, %i[year month day yday wday])

  # What it holds is not for the program to see.
  def instance_variables = super - HIDDEN

  # ---- arithmetic

  def +(other)
    case other
    when Integer then moved(@jd + other, @second, @fraction)
    when Float then plus_part(Rational((other * 86_400_000_000_000).round, 86_400_000_000_000))
    when Numeric
      part = other.to_r
      raise TypeError, "expected numeric" unless part.is_a?(Rational)
      plus_part(part)
    else raise TypeError, "expected numeric"
    end
  end

  def -(other)
    case other
    when Date then Rational(ajd - other.ajd)
    when Numeric then self + -other
    else raise TypeError, "expected numeric"
    end
  end

  def >>(months)
    raise TypeError, "#{months.class} can't be coerced into Integer" unless months.is_a?(Numeric)
    count = year * 12 + (mon - 1) + months.to_i
    year, month = count.divmod(12)
    day = mday
    jd = nil
    until (jd = Calendar.valid_civil(year, month + 1, day, @start))
      day -= 1
      raise Error, "invalid date" if day < 1
    end
    self + (jd - local_jd)
  end

  def <<(months)
    raise TypeError, "expected numeric" unless months.is_a?(Numeric)
    self >> -months
  end

  def next_day(days = 1) = self + days
  def prev_day(days = 1) = self - days
  def next_month(months = 1) = self >> months
  def prev_month(months = 1) = self << months
  def next_year(years = 1) = self >> years * 12
  def prev_year(years = 1) = self << years * 12
  def next = next_day
  alias succ next

  def step(limit, by = 1)
    return to_enum(:step, limit, by) unless block_given?
    direction = by <=> 0
    raise ArgumentError, "comparison of #{by.class} with 0 failed" unless direction
    date = self
    while direction == 0 || (direction > 0 ? date <= limit : date >= limit)
      yield date
      date += by
    end
    self
  end

  def upto(max, &block)
    return to_enum(:upto, max) unless block
    step(max, 1, &block)
  end

  def downto(min, &block)
    return to_enum(:downto, min) unless block
    step(min, -1, &block)
  end

  # ---- comparison

  def <=>(other)
    case other
    when Date then instant <=> other.instant
    when Numeric then ajd <=> other
    end
  end

  def ===(other)
    case other
    when Date then jd == other.jd
    when Numeric then jd == other
    else false
    end
  end

  def eql?(other) = other.is_a?(Date) && (self <=> other) == 0
  def hash = [Date, instant].hash

  # ---- calendars

  def new_start(start = ITALY)
    made = dup
    made.__send__(:set, @jd, @second, @fraction, @offset, self.class.__send__(:check_start, start))
    made
  end

  def italy = new_start(ITALY)
  def england = new_start(ENGLAND)
  def julian = new_start(JULIAN)
  def gregorian = new_start(GREGORIAN)

  # ---- conversion

  def to_date = instance_of?(Date) ? self : Date.__send__(:make, local_jd, @start)
  def to_datetime = DateTime.__send__(:make, local_jd, @start)

  def to_time
    year, month, day = Calendar.jd_to_civil(local_jd, GREGORIAN)
    Time.local(year, month, day)
  end

  def inspect
    day = @start.to_f.infinite? ? (@start > 0 ? "Inf" : "-Inf") : @start.to_i
    offset = format("%+d", @offset)
    "#<#{self.class}: #{self} ((#{@jd}j,#{@second}s,#{whole(@fraction).inspect}n),#{offset}s,#{day}j)>".encode("US-ASCII")
  end

  def marshal_dump = [0, @jd, @second, @fraction, @offset, @start.to_f]

  def marshal_load(state)
    raise TypeError, "expected array" unless state.is_a?(Array)
    case state.size
    when 6 then set(*state[1, 5])
    when 2, 3
      day, offset, start = state.size == 3 ? state : [state[0] - Rational(1, 2), 0, state[1]]
      start = start ? GREGORIAN : JULIAN unless start.is_a?(Numeric)
      days, part = (day + Rational(1, 2)).divmod(1)
      second, part = (part * DAY_SECONDS).divmod(1)
      set(days, second, whole(part * 1_000_000_000), (offset * DAY_SECONDS).to_i, start.to_f)
    else raise TypeError, "invalid size"
    end
    self
  end

  protected

  # What is compared.
  def instant = [@jd, @second, @fraction]

  private

  def set(jd, second, fraction, offset, start)
    @jd, @second, @fraction, @offset, @start = jd, second, fraction, offset, start
    @civil = nil
  end

  def parts = [@jd, @second, @fraction, @offset, @start]
  def civil
    return @civil if @civil
    found = Calendar.jd_to_civil(local_jd, @start)
    @civil = found unless frozen?
    found
  end

  def local_jd = @offset == 0 ? @jd : @jd + (@second + @offset).div(DAY_SECONDS)
  def local_second = (@second + @offset) % DAY_SECONDS
  def day_part(second, fraction) = Rational(second, DAY_SECONDS) + Rational(fraction, 86_400_000_000_000)
  def whole(number) = number.denominator == 1 ? number.numerator : number
  def hour = local_second / 3600
  def min = local_second / 60 % 60
  def sec = local_second % 60
  alias minute min
  alias second sec

  def moved(jd, second, fraction)
    made = self.class.allocate
    made.__send__(:set, jd, second, fraction, @offset, @start)
    made
  end

  # A fraction of a day later.
  def plus_part(days)
    return self + days.to_i if days.denominator == 1
    nanoseconds = days * 86_400_000_000_000 + @fraction
    seconds, fraction = nanoseconds.divmod(1_000_000_000)
    days, second = (@second + seconds).divmod(DAY_SECONDS)
    moved(@jd + days, second, whole(fraction))
  end

  def deconstructed(keys, known)
    raise TypeError, "wrong argument type #{keys.class} (expected Array or nil)" unless keys.nil? || keys.is_a?(Array)
    wanted = keys ? keys & known : known
    wanted.to_h { |key| [key, __send__(key)] }
  end
end

class DateTime < Date
  public :hour, :min, :minute, :sec, :second

  def sec_fraction = Rational(@fraction, 1_000_000_000)
  alias second_fraction sec_fraction
  def offset = Rational(@offset, DAY_SECONDS)
  def zone = Calendar.zone_text(@offset, ":").encode("US-ASCII")

  def new_offset(offset = 0)
    made = dup
    made.__send__(:set, @jd, @second, @fraction, self.class.__send__(:offset_seconds, offset), @start)
    made
  end

  def deconstruct_keys(keys) = deconstructed(keys, %i[year month day yday wday hour min sec sec_fraction zone])
  def to_date = Date.__send__(:make, local_jd, @start)
  def to_datetime = self

  def to_time
    year, month, day = Calendar.jd_to_civil(local_jd, GREGORIAN)
    Time.new(year, month, day, hour, min, sec + sec_fraction, @offset)
  end
end

class Date
  class << DateTime
    undef_method :today

    def civil(year = -4712, month = 1, day = 1, hour = MISSING, minute = MISSING, second = MISSING, offset = 0, start = ITALY)
      year, month = integer(year, "year"), integer(month, "month")
      day, minute, second, rest = with_fractions([day, "day"], [hour, "hour"], [minute, "minute"], [second, "second"])
      found = Calendar.valid_civil(year, month, day, check_start(start)) or raise Error, "invalid date"
      at(found, minute, second, rest, offset, start)
    end
    alias new civil

    def jd(jd = 0, hour = MISSING, minute = MISSING, second = MISSING, offset = 0, start = ITALY)
      jd, minute, second, rest = with_fractions([jd, "jd"], [hour, "hour"], [minute, "minute"], [second, "second"])
      at(jd, minute, second, rest, offset, start)
    end

    def ordinal(year = -4712, yday = 1, hour = MISSING, minute = MISSING, second = MISSING, offset = 0, start = ITALY)
      year = integer(year, "year")
      yday, minute, second, rest = with_fractions([yday, "yday"], [hour, "hour"], [minute, "minute"], [second, "second"])
      found = Calendar.valid_ordinal(year, yday, check_start(start)) or raise Error, "invalid date"
      at(found, minute, second, rest, offset, start)
    end

    def commercial(cwyear = -4712, cweek = 1, cwday = 1, hour = MISSING, minute = MISSING, second = MISSING, offset = 0, start = ITALY)
      cwyear, cweek = integer(cwyear, "year"), integer(cweek, "cweek")
      cwday, minute, second, rest = with_fractions([cwday, "cwday"], [hour, "hour"], [minute, "minute"], [second, "second"])
      found = Calendar.valid_commercial(cwyear, cweek, cwday, check_start(start)) or raise Error, "invalid date"
      at(found, minute, second, rest, offset, start)
    end

    def now(start = ITALY)
      jd, second, fraction, offset = Time.now.to_datetime.__send__(:parts)
      make(jd, start, second, fraction, offset)
    end

    private

    # Takes day, hour, minute and second, of which the last that is given may have a fraction.
    def with_fractions(*values)
      whole = []
      rest = nil
      values.each_with_index do |(value, name), index|
        next whole << 0 if value.equal?(MISSING)
        raise Error, "invalid fraction" if rest
        number, fraction = integer_and_fraction(value, name)
        rest = [index, fraction] if fraction != 0
        whole << number
      end
      day, hour, minute, second = whole
      [day, [hour, minute], second, rest ? rest[1] * [DAY_SECONDS, 3600, 60, 1][rest[0]] : 0]
    end

    # An object of a local day and time.
    def at(jd, (hour, minute), second, rest, offset, start)
      hour, minute, second = Calendar.valid_time(hour, minute, second) || raise(Error, "invalid date")
      offset = offset_seconds(offset)
      seconds = hour * 3600 + minute * 60 + second - offset
      days, seconds = seconds.divmod(DAY_SECONDS)
      made = make(jd + days, start, seconds, 0, offset)
      rest == 0 ? made : made + Rational((rest.to_r * 1_000_000_000), 86_400_000_000_000)
    end

    # Seconds of an offset given as text or as part of a day.
    def offset_seconds(offset)
      seconds =
        case offset
        when String then Date.__send__(:zone_to_diff, offset)
        when Integer then offset.abs <= 1 ? offset * DAY_SECONDS : nil
        when Float then (offset * DAY_SECONDS).round
        when Numeric
          part = offset.to_r
          raise TypeError, "expected numeric" unless part.is_a?(Rational)
          (part * DAY_SECONDS).round
        else raise TypeError, "invalid offset"
        end
      return seconds if seconds && seconds.abs <= DAY_SECONDS
      warn("invalid offset is ignored", uplevel: 2) unless $VERBOSE.nil?
      0
    end
  end
end

class Date
  class ::Time
    def to_time = self
    def to_date = Date.jd(Calendar.civil_to_jd(year, mon, mday, GREGORIAN))

    def to_datetime
      day = Calendar.civil_to_jd(year, mon, mday, GREGORIAN)
      days, seconds = (hour * 3600 + min * 60 + sec - utc_offset).divmod(86400)
      DateTime.__send__(:make, day + days, ITALY, seconds, nsec, utc_offset)
    end
  end
end
