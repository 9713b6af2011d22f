# strptime: texts read by a format, and dates made of the parts that a text has.
class Date
  # Reads a text by a format of `strptime`: the parts that were found lie in `found`.
  class Scanner
    DIRECTIVE = /%(?:E(?=[cCxXyY])|O(?=[deHImMSuUVwWy])|:{1,3}(?=z))?([A-Za-z%+])/
    NUMERIC = /\A(?:[EO](?=\w))?[CDdeFGgHIjkLlMmNQRrSsTUuVvWwXxYy\d]/
    ZONE = /\A(?:(?:gmt|utc?)?[-+]\d+(?:[,.:]\d+(?::\d+)?)?|(?-i:[[:alpha:].\s]+)(?:standard|daylight)\s+time\b|(?-i:[[:alpha:]]+)(?:\s+dst)?\b)/i
    TWO_DIGITS = { "H" => [:hour, 0..24], "k" => [:hour, 0..24], "I" => [:hour, 1..12], "l" => [:hour, 1..12], "M" => [:min, 0..59], "m" => [:mon, 1..12],
                   "S" => [:sec, 0..60], "U" => [:wnum0, 0..53], "W" => [:wnum1, 0..53], "V" => [:cweek, 1..53], "d" => [:mday, 1..31], "e" => [:mday, 1..31] }.freeze
    COMPOSITES = COMPOSITES.merge("v" => "%e-%b-%Y").freeze

    def initialize(text, format)
      @text = text
      @format = format
      @found = {}
    end

    # The parts; nil when the text does not fit.
    def scan
      return unless follow(@format)
      @found[:leftover] = @text unless @text.empty?
      century = @found.delete(:_cent)
      if century
        @found[:cwyear] += century * 100 if @found[:cwyear]
        @found[:year] += century * 100 if @found[:year]
      end
      half = @found.delete(:_merid)
      @found[:hour] = @found[:hour] % 12 + half if half && @found[:hour]
      @found
    end

    private

    def follow(format)
      until format.empty?
        if format.match?(/\A\s/)
          format = format.lstrip
          @text = @text.lstrip
        elsif (match = DIRECTIVE.match(format)) && match.begin(0) == 0
          format = match.post_match
          return false unless directive(match[1], format)
        else
          return false unless @text.start_with?(format[0])
          @text = @text[1..]
          format = format[1..]
        end
      end
      true
    end

    def take(pattern)
      match = pattern.match(@text) or return
      @text = match.post_match
      match
    end

    def number(digits, range = nil)
      match = take(/\A\d{1,#{digits}}/) or return
      value = match[0].to_i
      value if range.nil? || range.cover?(value)
    end

    def store(key, value)
      return false if value.nil?
      @found[key] = value
      true
    end

    def directive(kind, rest)
      if (key, range = TWO_DIGITS[kind])
        has_space = "dekl".include?(kind) && take(/\A (?=\d)/)
        return store(key, number(has_space ? 1 : 2, range))
      end
      return follow(COMPOSITES[kind]) if COMPOSITES.key?(kind)
      case kind
      when "A", "a" then store(:wday, name(DAYNAMES, ABBR_DAYNAMES))
      when "B", "b", "h" then store(:mon, name(MONTHNAMES, ABBR_MONTHNAMES))
      when "C" then store(:_cent, signed(rest, 2))
      when "Y" then store(:year, signed(rest, 4))
      when "G" then store(:cwyear, signed(rest, 4))
      when "y" then short_year(:year)
      when "g" then short_year(:cwyear)
      when "j" then store(:yday, number(3, 1..366))
      when "u" then store(:cwday, number(1, 1..7))
      when "w" then store(:wday, number(1, 0..6))
      when "L", "N" then fraction(kind, rest)
      when "n", "t" then follow(" ")
      when "p", "P" then half_of_day
      when "Q" then epoch(1000)
      when "s" then epoch(1)
      when "Z", "z" then zone
      when "%" then !take(/\A%/).nil?
      else !take(/\A#{Regexp.escape("%#{kind}")}/).nil?
      end
    end

    def name(long, short)
      [long, short].each do |names|
        index = names.index { |name| name && @text[0, name.size]&.casecmp?(name) }
        next unless index
        @text = @text[names[index].size..]
        return index
      end
      nil
    end

    # A number with a sign, of some digits when others follow.
    def signed(rest, digits)
      limit = rest.match?(/\A%#{NUMERIC.source.delete_prefix("\\A")}|\A\d/) ? digits : nil
      match = take(limit ? /\A[-+]?\d{1,#{limit}}/ : /\A[-+]?\d+/)
      match && match[0].to_i
    end

    def short_year(key)
      year = number(2, 0..99) or return false
      @found[:_cent] ||= year >= 69 ? 19 : 20
      store(key, year)
    end

    def fraction(kind, rest)
      limit = rest.match?(/\A%#{NUMERIC.source.delete_prefix("\\A")}|\A\d/) ? (kind == "L" ? 3 : 9) : nil
      match = take(limit ? /\A([-+]?)(\d{1,#{limit}})/ : /\A([-+]?)(\d+)/) or return false
      store(:sec_fraction, Rational((match[1] + match[2]).to_i, 10**match[2].size))
    end

    def half_of_day
      match = take(/\A([ap])(?:m\b|\.m\.)/i) or return false
      store(:_merid, match[1].downcase == "p" ? 12 : 0)
    end

    def epoch(scale)
      match = take(/\A-?\d+/) or return false
      store(:seconds, scale == 1 ? match[0].to_i : Rational(match[0].to_i, scale))
    end

    def zone
      match = take(ZONE) or return false
      store(:zone, match[0]) && (@found[:offset] = Date.__send__(:zone_to_diff, match[0]); true)
    end
  end
  private_constant :Scanner

  # Makes days of the parts that a text has.
  module Completion
    KINDS = [
      [:time, %i[hour min sec]],
      [:jd, %i[jd]],
      [:ordinal, %i[year yday hour min sec]],
      [:civil, %i[year mon mday hour min sec]],
      [:commercial, %i[cwyear cweek cwday wday hour min sec]],
      [:wday, %i[wday hour min sec]],
      [:wnum0, %i[year wnum0 wday hour min sec]],
      [:wnum1, %i[year wnum1 wday hour min sec]]
    ].freeze
    # Parts of a date from the largest on, with what stands for one that is missing behind those that are there.
    PARTS = {
      ordinal: { year: nil, yday: 1 }, civil: { year: nil, mon: 1, mday: 1 }, commercial: { cwyear: nil, cweek: 1, cwday: 1 },
      wnum0: { year: nil, wnum0: 0, wday: 0 }, wnum1: { year: nil, wnum1: 0, wday: 1 }
    }.freeze

    class << self
      # Seconds since 1970 as the parts of a date.
      def without_seconds(parts)
        seconds = parts.delete(:seconds) or return parts
        days, seconds = (seconds + (parts[:offset] || 0)).divmod(86400)
        whole, fraction = seconds.divmod(1)
        parts.merge!(jd: 2440588 + days, hour: whole / 3600, min: whole / 60 % 60, sec: whole % 60)
        parts[:sec_fraction] = fraction.to_r if fraction != 0 || !parts.key?(:sec_fraction)
        parts
      end

      def complete(parts, is_time)
        kind, keys = KINDS.max_by.with_index { |(_, names), index| [names.count { |name| parts[name] }, -index] }
        count = keys.count { |name| parts[name] }
        fill(parts, kind, is_time) if count > 0
        parts[:hour] ||= 0
        parts[:min] ||= 0
        parts[:sec] = 59 if parts[:sec] == 60 # A leap second.
        parts[:sec] ||= 0
        parts
      end

      # The day of complete parts; nil when there is none.
      def day(parts, start)
        jd(parts, start) || ordinal(parts, start) || civil(parts, start) || commercial(parts, start) || weeks(parts, start)
      end

      private

      def fill(parts, kind, is_time)
        case kind
        when :time then parts[:jd] ||= Date.today.jd if is_time
        when :wday then parts[:jd] = (today = Date.today; (today - today.wday + parts[:wday]).jd)
        when :jd then nil
        else
          today = Date.today
          has_come = false
          PARTS[kind].each do |name, default|
            has_come ||= parts.key?(name) && !parts[name].nil?
            next if parts[name] || name == :cwday && parts[:wday] || name == :wday && parts[:cwday]
            parts[name] = !has_come && today_part(today, name) || default
          end
        end
      end

      # What today has for a part that is missing before all that are there.
      def today_part(today, name)
        case name
        when :wnum0, :wnum1 then nil
        when :wday then today.wday
        else today.__send__(name)
        end
      end

      def jd(parts, _start) = parts[:jd]

      def ordinal(parts, start)
        Calendar.valid_ordinal(parts[:year], parts[:yday], start) if parts[:yday] && parts[:year]
      end

      def civil(parts, start)
        Calendar.valid_civil(parts[:year], parts[:mon], parts[:mday], start) if parts[:mday] && parts[:mon] && parts[:year]
      end

      def commercial(parts, start)
        day = parts[:cwday] || (parts[:wday] && (parts[:wday] == 0 ? 7 : parts[:wday]))
        Calendar.valid_commercial(parts[:cwyear], parts[:cweek], day, start) if day && parts[:cweek] && parts[:cwyear]
      end

      def weeks(parts, start)
        return unless parts[:year]
        day = parts[:wday] || (parts[:cwday] && parts[:cwday] % 7) or return
        return Calendar.valid_weeks(parts[:year], parts[:wnum0], day, 0, start) if parts[:wnum0]
        Calendar.valid_weeks(parts[:year], parts[:wnum1], (day - 1) % 7, 1, start) if parts[:wnum1]
      end
    end
  end
  private_constant :Completion

  class << self
    def _strptime(text, format = "%F") = scan_format(text, format)

    def strptime(text = "-4712-01-01", format = "%F", start = ITALY)
      parts = _strptime(text, format)
      raise Error, "invalid date" if parts.nil? || parts.key?(:leftover)
      from_parts(parts, start)
    end

    private

    def scan_format(text, format)
      text = String.try_convert(text) or raise TypeError, "no implicit conversion of #{text.nil? ? "nil" : text.class} into String"
      format = String.try_convert(format) or raise TypeError, "no implicit conversion of #{format.nil? ? "nil" : format.class} into String"
      raise ArgumentError, "string should have ASCII compatible encoding" unless text.encoding.ascii_compatible?
      raise ArgumentError, "format should have ASCII compatible encoding" unless format.encoding.ascii_compatible?
      Scanner.new(text, format).scan
    end

    def from_parts(parts, start)
      raise Error, "invalid date" if parts.nil? || parts.empty?
      parts = Completion.complete(Completion.without_seconds(parts), false)
      found = Completion.day(parts, check_start(start)) or raise Error, "invalid date"
      make(found, start)
    end
  end
end

class Date
  class << DateTime
    def _strptime(text, format = "%FT%T%z") = scan_format(text, format)
    def strptime(text = "-4712-01-01T00:00:00+00:00", format = "%FT%T%z", start = ITALY) = super

    private

    def from_parts(parts, start)
      raise Error, "invalid date" if parts.nil? || parts.empty?
      parts = Completion.complete(Completion.without_seconds(parts), true)
      found = Completion.day(parts, check_start(start)) or raise Error, "invalid date"
      offset = parts[:offset] || 0
      if offset.abs > DAY_SECONDS
        warn("invalid offset is ignored", uplevel: 2) unless $VERBOSE.nil?
        offset = 0
      end
      made = at(found, parts.values_at(:hour, :min), parts[:sec], parts[:sec_fraction] || 0, 0, start)
      made -= Rational(offset, DAY_SECONDS)
      made.__send__(:set, *made.__send__(:parts).then { |jd, second, fraction, _, first| [jd, second, fraction, offset, first] })
      made
    end
  end
end
