# The calendars: days as numbers and back.
class Date
  # The Julian and the Gregorian calendar, and dates written by weeks and by days of the year. Days are chronological Julian day
  # numbers; `start` is the first day of the Gregorian calendar.
  module Calendar
    # The first of March of the year 0: years that begin with March have their leap day at the end.
    JULIAN_EPOCH = 1721118
    GREGORIAN_EPOCH = 1721120

    class << self
      def civil_to_jd(year, month, day, start)
        jd = gregorian_to_jd(year, month, day)
        jd < start ? julian_to_jd(year, month, day) : jd
      end

      def jd_to_civil(jd, start)
        if jd < start
          years, day = (4 * (jd - JULIAN_EPOCH) + 3).divmod(1461).then { |year, rest| [year, rest / 4] }
        else
          eras, day = (jd - GREGORIAN_EPOCH).divmod(146097)
          year = (day - day / 1460 + day / 36524 - day / 146096) / 365
          day -= 365 * year + year / 4 - year / 100
          years = eras * 400 + year
        end
        month = (5 * day + 2) / 153
        [month < 10 ? years : years + 1, month < 10 ? month + 3 : month - 9, day - (153 * month + 2) / 5 + 1]
      end

      # The day of a date; nil when there is none. Negative months and days count from the end.
      def valid_civil(year, month, day, start)
        month += 13 if month < 0
        return unless month.between?(1, 12)
        return day_from_end(year, month, day, start) if day < 0
        jd = civil_to_jd(year, month, day, start)
        jd if jd_to_civil(jd, start) == [year, month, day]
      end

      def jd_to_ordinal(jd, start)
        year = jd_to_civil(jd, start)[0]
        [year, jd - first_day(year, start) + 1]
      end

      def valid_ordinal(year, yday, start)
        jd = yday < 0 ? day_from_end(year, 12, -1, start) + yday + 1 : first_day(year, start) + yday - 1
        number = yday < 0 ? nil : yday
        found = jd_to_ordinal(jd, start)
        jd if yday != 0 && found[0] == year && (number.nil? || found[1] == number)
      end

      def commercial_to_jd(year, week, day, start)
        near = first_day(year, start) + 3
        near - near % 7 + 7 * (week - 1) + (day - 1)
      end

      def jd_to_commercial(jd, start)
        year = jd_to_civil(jd - 3, start)[0]
        year += 1 if jd >= commercial_to_jd(year + 1, 1, 1, start)
        [year, 1 + (jd - commercial_to_jd(year, 1, 1, start)) / 7, jd % 7 + 1]
      end

      def valid_commercial(year, week, day, start)
        day += 8 if day < 0
        if week < 0
          found = jd_to_commercial(commercial_to_jd(year + 1, 1, 1, start) + week * 7, start)
          return unless found[0] == year
          week = found[1]
        end
        jd = commercial_to_jd(year, week, day, start)
        jd if jd_to_commercial(jd, start) == [year, week, day]
      end

      # Weeks of `%U` (which begin with day 0) and `%W` (with day 1).
      def weeks_to_jd(year, week, day, first, start)
        near = first_day(year, start) + 6
        near - (near - first + 1) % 7 - 7 + 7 * week + day
      end

      def jd_to_weeks(jd, first, start)
        near = first_day(jd_to_civil(jd, start)[0], start) + 6
        (jd - (near - (near - first + 1) % 7) + 7).div(7)
      end

      def valid_weeks(year, week, day, first, start)
        jd = weeks_to_jd(year, week, day, first, start)
        jd if jd_to_weeks(jd, first, start) == week && jd_to_civil(jd, start)[0] == year
      end

      # Hour, minute and second, counted from the end where negative; nil when there is no such time.
      def valid_time(hour, minute, second)
        hour += 24 if hour < 0
        minute += 60 if minute < 0
        second += 60 if second < 0
        fits = hour.between?(0, 23) && minute.between?(0, 59) && second.between?(0, 59) || [hour, minute, second] == [24, 0, 0]
        [hour, minute, second] if fits
      end

      def zone_text(offset, colon)
        hours, seconds = offset.abs.divmod(3600)
        format("%s%02d%s%02d", offset < 0 ? "-" : "+", hours, colon, seconds / 60)
      end

      private

      def gregorian_to_jd(year, month, day)
        year, month = from_march(year, month)
        GREGORIAN_EPOCH + 365 * year + year.div(4) - year.div(100) + year.div(400) + days_before(month) + day - 1
      end

      def julian_to_jd(year, month, day)
        year, month = from_march(year, month)
        JULIAN_EPOCH + (1461 * year).div(4) + days_before(month) + day - 1
      end

      def from_march(year, month) = month > 2 ? [year, month - 3] : [year - 1, month + 9]
      def days_before(month) = (153 * month + 2) / 5

      # The first day that a year has: a reform may have taken the first of January.
      def first_day(year, start)
        1.upto(31) do |day|
          jd = civil_to_jd(year, 1, day, start)
          return jd if jd_to_civil(jd, start) == [year, 1, day]
        end
      end

      def day_from_end(year, month, day, start)
        last = 31.downto(1).find { |number| jd_to_civil(civil_to_jd(year, month, number, start), start) == [year, month, number] }
        jd = civil_to_jd(year, month, last, start) + day + 1
        jd if jd_to_civil(jd, start)[0, 2] == [year, month]
      end
    end
  end
  private_constant :Calendar
end
