# parse: texts read as people and standards write them.
class Date
  # Reads texts as people write them: each pattern that is found is taken out of the text, so that the next ones do not see it.
  class Reader
    DAYS = /\b(sun|mon|tue|wed|thu|fri|sat)[^-\/\d\s]*/i
    MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
    HALF = '[ap](?:m\b|\.m\.)'
    CLOCK = "\\d+\\s*h(?:\\s*\\d+m?(?:\\s*\\d+s?)?)?(?:\\s*#{HALF})?|\\d+\\s*:\\s*\\d+(?:\\s*:\\s*\\d+(?:[,.]\\d*)?)?(?:\\s*#{HALF})?|\\d+\\s*#{HALF}"
    ZONE = '(?:gmt|utc?)?[-+]\d+(?:[,.:]\d+(?::\d+)?)?|(?-i:[[:alpha:].\s]+)(?:standard|daylight)\stime\b|(?-i:[[:alpha:]]+)(?:\sdst)?\b'
    TIME = /(?<!\d)(#{CLOCK})(?:\s*(#{ZONE}))?/i
    ERA = 'c(?:e|\.e\.)|b(?:ce|\.c\.e\.)|a(?:d|\.d\.)|b(?:c|\.c\.)'
    HOURS = /\A(\d+)h?(?:\s*:?\s*(\d+)m?(?:\s*:?\s*(\d+)(?:[,.](\d*))?s?)?)?(?:\s*([ap])(?:m\b|\.m\.))?/i

    def initialize(text, is_century_guessed)
      @text = text.gsub(%r{[^-+',./:@[:alnum:]\[\]]+}, " ")
      @guesses = is_century_guessed
      @found = {}
    end

    def read
      weekday
      time
      european || american || iso || japanese || vms || slashes || dots || compact || year_alone || month_alone || day_alone || digits
      before_christ
      number_left
      fraction_of_century
      @found[:offset] = Date.__send__(:zone_to_diff, @found[:zone]) if @found[:zone] && !@found.key?(:offset)
      @found
    end

    private

    def take(pattern)
      match = pattern.match(@text) or return
      @text = match.pre_match + " " + match.post_match
      match
    end

    def month(name) = ABBR_MONTHNAMES.index(name[0, 3].capitalize)

    def weekday
      match = take(DAYS) and @found[:wday] = ABBR_DAYNAMES.index(match[1].capitalize)
    end

    def time
      match = take(TIME) or return
      @found[:zone] = match[2] if match[2]
      hour, minute, second, fraction, half = HOURS.match(match[1]).captures
      @found[:hour] = hour.to_i
      @found[:hour] = @found[:hour] % 12 + (half.downcase == "p" ? 12 : 0) if half
      @found[:min] = minute.to_i if minute
      @found[:sec] = second.to_i if second
      @found[:sec_fraction] = Rational(fraction.to_i, 10**fraction.size) if fraction && !fraction.empty?
    end

    def european
      match = take(/((?<!\d)'?\d+)[^-\d\s]*\s*(#{MONTHS})[^-\d\s']*(?:\s*(#{ERA})?\s*('?-?\d+(?:(?:st|nd|rd|th)\b)?))?/i) or return
      date(match[4], month(match[2]).to_s, match[1], before: match[3]&.match?(/\Ab/i))
    end

    def american
      match = take(/\b(#{MONTHS})[^-\d\s']*\s*('?\d+)[^-\d\s']*(?:\s*,?\s*(#{ERA})?\s*('?-?\d+))?/i) or return
      date(match[4], month(match[1]).to_s, match[2], before: match[3]&.match?(/\Ab/i))
    end

    def iso
      match = take(/(?<!\d)('?[-+]?\d+)-(\d+)-('?-?\d+)/) or return
      date(match[1], match[2], match[3])
    end

    def japanese
      match = take(/\b([mtshr])(\d+)\.(\d+)\.(\d+)/i) or return
      before = ERAS.find { |_, letter, _| letter == match[1].upcase }[2]
      @found.merge!(year: match[2].to_i + before, mon: match[3].to_i, mday: match[4].to_i)
    end

    def vms
      if (match = take(/(?<!\d)('?-?\d+)-(#{MONTHS})[^-\/.]*-('?-?\d+)/i))
        date(match[3], month(match[2]).to_s, match[1])
      elsif (match = take(/\b(#{MONTHS})[^-\/.]*-('?-?\d+)(?:-('?-?\d+))?/i))
        date(match[3], month(match[1]).to_s, match[2])
      end
    end

    def slashes
      match = take(%r{(?<!\d)('?-?\d+)/\s*('?\d+)(?:\D\s*('?-?\d+))?}) or return
      date(match[1], match[2], match[3])
    end

    def dots
      match = take(/(?<!\d)('?-?\d+)\.\s*('?\d+)\.\s*('?-?\d+)/) or return
      date(match[1], match[2], match[3])
    end

    # Weeks, days of the year and shortened dates of ISO 8601.
    def compact
      if (match = take(/\b(\d{2}|\d{4})?-?w(\d{2})(?:-?(\d))?\b/i))
        @found[:cwyear] = match[1].to_i if match[1]
        @found[:cweek] = match[2].to_i
        @found[:cwday] = match[3].to_i if match[3]
      elsif (match = take(/-w-(\d)\b/i))
        @found[:cwday] = match[1].to_i
      elsif (match = take(/--(\d{2})?-(\d{2})\b/))
        @found[:mon] = match[1].to_i if match[1]
        @found[:mday] = match[2].to_i
      elsif (match = take(/--(\d{2})(\d{2})?\b/))
        @found[:mon] = match[1].to_i
        @found[:mday] = match[2].to_i if match[2]
      elsif !@text.match?(/[,.](\d{2}|\d{4})-\d{3}(?!\d)\b/) && (match = take(/\b(\d{2}|\d{4})-(\d{3})\b/))
        @found.merge!(year: match[1].to_i, yday: match[2].to_i)
      elsif !@text.match?(/\d-\d{3}\b/) && (match = take(/\b-(\d{3})\b/))
        @found[:yday] = match[1].to_i
      end
      !match.nil?
    end

    def year_alone
      match = take(/'(\d+)\b/) and @found[:year] = match[1].to_i
    end

    def month_alone
      match = take(/\b(#{MONTHS})\S*/i) and @found[:mon] = month(match[1])
    end

    def day_alone
      match = take(/(?<!\d)(\d+)(st|nd|rd|th)\b/i) and @found[:mday] = match[1].to_i
    end

    # Digits without anything between them: how many there are says what they are.
    def digits
      match = take(/([-+]?)(\d{2,14})(?:\s*t?\s*(\d{2,6})?(?:[,.](\d*))?)?\s*(z\b|[-+]\d{1,4}\b|\[[-+]?\d[^\]]*\]|\[[^\]]*\])?/i) or return
      sign, number, time, fraction, zone = match.captures
      split_digits(sign, number, time.nil? && fraction)
      if time&.size&.even?
        keys = %i[hour min sec]
        time.scan(/../).each_with_index { |part, index| @found[keys[index]] = part.to_i }
      end
      @found[:sec_fraction] = Rational(fraction.to_i, 10**fraction.size) if fraction
      digits_zone(zone) if zone
    end

    def split_digits(sign, number, counts_from_end)
      store = ->(names, widths) { at = 0; names.zip(widths) { |name, width| @found[name] = number[at, width].to_i; at += width } }
      case number.size
      when 2 then counts_from_end ? store.([:sec], [2]) : store.([:mday], [2])
      when 4 then counts_from_end ? store.(%i[min sec], [2, 2]) : store.(%i[mon mday], [2, 2])
      when 6 then counts_from_end ? store.(%i[hour min sec], [2, 2, 2]) : store.(%i[year mon mday], [2, 2, 2])
      when 8 then store.(counts_from_end ? %i[mday hour min sec] : %i[year mon mday], counts_from_end ? [2, 2, 2, 2] : [4, 2, 2])
      when 10 then store.(counts_from_end ? %i[mon mday hour min sec] : %i[year mon mday hour], counts_from_end ? [2] * 5 : [4, 2, 2, 2])
      when 12 then store.(%i[year mon mday hour min] + (counts_from_end ? [:sec] : []), counts_from_end ? [2] * 6 : [4, 2, 2, 2, 2])
      when 14 then store.(%i[year mon mday hour min sec], [4, 2, 2, 2, 2, 2])
      when 3 then counts_from_end ? store.(%i[min sec], [1, 2]) : store.([:yday], [3])
      when 5 then counts_from_end ? store.(%i[hour min sec], [1, 2, 2]) : store.(%i[year yday], [2, 3])
      when 7 then counts_from_end ? store.(%i[mday hour min sec], [1, 2, 2, 2]) : store.(%i[year yday], [4, 3])
      end
      @found[:year] = -@found[:year] if sign == "-" && @found[:year]
    end

    def digits_zone(zone)
      zone = zone[1..-2] if zone.start_with?("[")
      name, offset = zone.split(":", 2).then { |first, rest| rest ? [rest, first] : [first, first] }
      @found[:zone] = name
      offset = "+#{offset}" if offset.match?(/\A\d/)
      @found[:offset] = Date.__send__(:zone_to_diff, offset)
    end

    def before_christ
      return unless take(/\b(bc\b|bce\b|b\.c\.|b\.c\.e\.)/i)
      @found[:year] = 1 - @found[:year] if @found[:year]
      @found[:cwyear] = 1 - @found[:cwyear] if @found[:cwyear]
    end

    # A number that nothing has taken is the day of a time or the hour of a day.
    def number_left
      number = @text[/\A\s*(\d{1,2})\s*\z/, 1]&.to_i or return
      if @found[:hour] && !@found[:mday]
        @found[:mday] = number if number.between?(1, 31)
      elsif @found[:mday] && !@found[:hour]
        @found[:hour] = number if number.between?(0, 24)
      end
    end

    # Years of two digits are those around the end of the 20th century.
    def fraction_of_century
      return if !@guesses || @is_full_year
      %i[cwyear year].each { |key| @found[key] += @found[key] >= 69 ? 1900 : 2000 if @found[key]&.between?(0, 99) }
    end

    # Notes year, month and day in the order of the text, which may say that another one is the year: by an apostrophe, by more than two
    # digits, or because the first has an ending such as that of "3rd".
    def date(year, month, day, before: false)
      year, month, day = nil, year, month if year && month && day.nil?
      year, day = day, nil if year.nil? && looks_like_year?(day)
      year, day = day, year if year&.match?(/\d[^\d]/)
      year, month, day = month, day, year if looks_like_year?(month)
      year, day = day, year if looks_like_year?(day)
      note(year, month, day, before)
    end

    def looks_like_year?(text) = text && (text.start_with?("'") || text[/\d+/].to_s.size > 2)

    def note(year, month, day, before)
      if year
        @is_full_year = true if year.match?(/\A[-+]/) || year[/\d+/].size > 2 && !year.start_with?("'")
        @found[:year] = year[/[-+]?\d+/].to_i
        @found[:year] = 1 - @found[:year] if before
        @is_full_year = true if before
      end
      @found[:mon] = month[/\d+/].to_i if month
      @found[:mday] = day[/\d+/].to_i if day
      true
    end
  end
  private_constant :Reader

  # Offsets of time zones by name, in hours.
  ZONES = {
    "utc" => 0, "gmt" => 0, "ut" => 0, "z" => 0, "est" => -5, "edt" => -4, "cst" => -6, "cdt" => -5, "mst" => -7, "mdt" => -6, "pst" => -8,
    "pdt" => -7, "akst" => -9, "akdt" => -8, "hst" => -10, "hadt" => -9, "hast" => -10, "nst" => -3.5, "ndt" => -2.5, "ast" => -4,
    "adt" => -3, "art" => -3, "brt" => -3, "brst" => -2, "wet" => 0, "west" => 1, "bst" => 1, "cet" => 1, "cest" => 2, "met" => 1,
    "mest" => 2, "mez" => 1, "mesz" => 2, "fwt" => 1, "fst" => 2, "swt" => 1, "sst" => -11, "wat" => 1, "cat" => 2, "sast" => 2, "eet" => 2,
    "eest" => 3, "eat" => 3, "msk" => 3, "msd" => 4, "bt" => 3, "irst" => 3.5, "irdt" => 4.5, "ist" => 5.5, "zp4" => 4, "zp5" => 5,
    "zp6" => 6, "wast" => 2, "wadt" => 8, "cct" => 6.5, "sgt" => 8, "jst" => 9, "kst" => 9, "east" => -6, "eadt" => 11, "gst" => 10,
    "nzst" => 12, "nzt" => 12, "nzdt" => 13, "idle" => 12, "idlw" => -12, "at" => -2, "nt" => -11, "yst" => -9, "ydt" => -8, "ahst" => -10,
    "hdt" => -9, "mewt" => 1, "aest" => 10, "aedt" => 11, "acst" => 9.5, "acdt" => 10.5, "awst" => 8, "dateline" => -12, "samoa" => -11,
    "hawaiian" => -10, "alaskan" => -9, "pacific" => -8, "mountain" => -7, "us mountain" => -7, "central" => -6, "mexico" => -6,
    "canada central" => -6, "central america" => -6, "eastern" => -5, "us eastern" => -5, "sa pacific" => -5, "atlantic" => -4,
    "sa western" => -4, "pacific sa" => -4, "newfoundland" => -3.5, "e. south america" => -3, "sa eastern" => -3, "greenland" => -3,
    "azores" => -1, "cape verde" => -1, "greenwich" => 0, "romance" => 1, "w. europe" => 1, "central europe" => 1, "central european" => 1,
    "w. central africa" => 1, "gtb" => 2, "fle" => 2, "e. europe" => 2, "egypt" => 2, "south africa" => 2, "jerusalem" => 2, "russian" => 3,
    "arab" => 3, "arabic" => 3, "e. africa" => 3, "iran" => 3.5, "arabian" => 4, "caucasus" => 4, "afghanistan" => 4.5, "ekaterinburg" => 5,
    "west asia" => 5, "india" => 5.5, "nepal" => 5.75, "central asia" => 6, "n. central asia" => 6, "sri lanka" => 6, "myanmar" => 6.5,
    "se asia" => 7, "north asia" => 7, "china" => 8, "north asia east" => 8, "malay peninsula" => 8, "taipei" => 8, "w. australia" => 8,
    "korea" => 9, "tokyo" => 9, "yakutsk" => 9, "cen. australia" => 9.5, "aus central" => 9.5, "e. australia" => 10, "aus eastern" => 10,
    "west pacific" => 10, "tasmania" => 10, "vladivostok" => 10, "central pacific" => 11, "new zealand" => 12, "fiji" => 12, "tonga" => 13
  }.merge((("a".."i").to_a + ("k".."m").to_a).each_with_index.to_h { |letter, index| [letter, index + 1] },
          ("n".."y").each_with_index.to_h { |letter, index| [letter, -index - 1] }).transform_values { |hours| (hours * 3600).to_i }.freeze
  private_constant :ZONES

  class << self
    def _parse(text, guesses = true, limit: 128) = Reader.new(checked(text, limit), guesses).read

    def parse(text = "-4712-01-01", guesses = true, start = ITALY, limit: 128) = from_parts(_parse(text, guesses, limit: limit), start)

    def _iso8601(text, limit: 128)
      week = "(?<cwyear>\\d{4}|\\d{2})?"
      read(text, limit,
           /\A\s*(?:#{DASHED_DATE}|#{week}-w(?<cweek>\d{2})-(?<cwday>\d)|-w-(?<cwday>\d))(?:[t\s]#{CLOCK})?\s*\z/i,
           /\A\s*(?:#{COMPACT_DATE}|#{week}-?w(?<cweek>\d{2})(?<cwday>\d)|-w-(?<cwday>\d))(?:t?#{COMPACT_CLOCK})?\s*\z/i,
           /\A\s*#{CLOCK}\s*\z/i, /\A\s*#{COMPACT_CLOCK}\s*\z/i)
    end

    def _rfc3339(text, limit: 128)
      read(text, limit, /\A\s*(?<year>-?\d{4})-(?<mon>\d{2})-(?<mday>\d{2})(?:t|\s)(?<hour>\d{2}):(?<min>\d{2}):(?<sec>\d{2})(?:\.(?<sec_fraction>\d+))?(?<zone>z|[-+]\d{2}:\d{2})\s*\z/i)
    end

    def _xmlschema(text, limit: 128)
      zone = "(?<zone>z|[-+]\\d{2}(?::?\\d{2})?)?"
      read(text, limit,
           /\A\s*(?<year>-?\d{4,})(?:-(?<mon>\d{2})(?:-(?<mday>\d{2}))?)?(?:t(?<hour>\d{2}):(?<min>\d{2}):(?<sec>\d{2})(?:\.(?<sec_fraction>\d+))?)?#{zone}\s*\z/i,
           /\A\s*(?<hour>\d{2}):(?<min>\d{2}):(?<sec>\d{2})(?:\.(?<sec_fraction>\d+))?#{zone}\s*\z/i,
           /\A\s*(?:--(?<mon>\d{2})(?:-(?<mday>\d{2}))?|---(?<mday>\d{2}))#{zone}\s*\z/i)
    end

    def _rfc2822(text, limit: 128)
      read(text, limit, /\A\s*(?:(?<wday>#{ABBR_DAYNAMES.join("|")})\s*,\s+)?(?<mday>\d{1,2})\s+(?<mon>#{ABBR_MONTHNAMES.compact.join("|")})\s+(?<rfc_year>-?\d{2,})\s+(?<hour>\d{2}):(?<min>\d{2})(?::(?<sec>\d{2}))?\s*(?<zone>[-+]\d{4}|[[:alpha:]]+)\s*\z/i)
    end
    alias _rfc822 _rfc2822

    def _httpdate(text, limit: 128)
      clock = "(?<hour>\\d{2}):(?<min>\\d{2}):(?<sec>\\d{2})"
      days, months = ABBR_DAYNAMES.join("|"), ABBR_MONTHNAMES.compact.join("|")
      read(text, limit,
           /\A\s*(?<wday>#{days})\s*,\s+(?<mday>\d{2})\s+(?<mon>#{months})\s+(?<year>-?\d{4})\s+#{clock}\s+(?<zone>gmt)\s*\z/i,
           /\A\s*(?<wday>#{DAYNAMES.join("|")})\s*,\s+(?<mday>\d{2})\s*-\s*(?<mon>#{months})\s*-\s*(?<short_year>\d{2})\s+#{clock}\s+(?<zone>gmt)\s*\z/i,
           /\A\s*(?<wday>#{days})\s+(?<mon>#{months})\s+(?<mday>\d{1,2})\s+#{clock}\s+(?<year>\d{4})\s*\z/i)
    end

    def _jisx0301(text, limit: 128)
      pattern = /\A\s*(?<era>[mtshr])?(?<era_year>\d{2})\.(?<mon>\d{2})\.(?<mday>\d{2})(?:t(?:(?<hour>\d{2}):(?<min>\d{2})(?::(?<sec>\d{2})(?:[,.](?<sec_fraction>\d*))?)?(?<zone>z|[-+]\d{2}(?::?\d{2})?)?)?)?\s*\z/i
      found = read(text, limit, pattern)
      found.empty? ? _iso8601(text, limit: limit) : found
    end

    { iso8601: "-4712-01-01", rfc3339: "-4712-01-01T00:00:00+00:00", xmlschema: "-4712-01-01", rfc2822: "Mon, 1 Jan -4712 00:00:00 +0000",
      rfc822: "Mon, 1 Jan -4712 00:00:00 +0000", httpdate: "Mon, 01 Jan -4712 00:00:00 GMT", jisx0301: "-4712-01-01" }.each do |name, default|
      reader = :"_#{name}"
      define_method(name) { |text = default, start = ITALY, limit: 128| from_parts(__send__(reader, text, limit: limit), start) }
    end

    private

    CLOCK = "(?<hour>\\d{2}):(?<min>\\d{2})(?::(?<sec>\\d{2})(?:[.,](?<sec_fraction>\\d+))?)?(?<zone>z|[-+]\\d{2}(?::?\\d{2})?)?"
    COMPACT_CLOCK = "(?<hour>\\d{2})(?<min>\\d{2})(?:(?<sec>\\d{2})(?:[.,](?<sec_fraction>\\d+))?)?(?<zone>z|[-+]\\d{2}(?:\\d{2})?)?"
    DASHED_DATE = "(?<year>[-+]?\\d{2,})-(?<mon>\\d{2})?(?:-(?<mday>\\d{2}))?|(?<year>[-+]?\\d{2,})?-(?<yday>\\d{3})|--(?<mon>\\d{2})?-(?<mday>\\d{2})"
    YEAR = "(?<year>[-+]?(?:\\d{4}|\\d{2}))"
    COMPACT_DATE = "#{YEAR}(?<mon>\\d{2})(?<mday>\\d{2})|#{YEAR}(?<yday>\\d{3})|-(?<yday>\\d{3})|--(?<mon>\\d{2})-?(?<mday>\\d{2})?|---(?<mday>\\d{2})"
    private_constant :CLOCK, :COMPACT_CLOCK, :DASHED_DATE, :YEAR, :COMPACT_DATE

    def checked(text, limit)
      string = String.try_convert(text)
      raise TypeError, "no implicit conversion of #{text.nil? ? "nil" : text.class} into String" unless string
      raise ArgumentError, "string should have ASCII compatible encoding" unless string.encoding.ascii_compatible?
      raise ArgumentError, "string length (#{string.bytesize}) exceeds the limit #{limit}" if limit && string.bytesize > limit
      string
    end

    # The parts of the first pattern that the text fits.
    def read(text, limit, *patterns)
      return {} if text.nil?
      text = checked(text, limit)
      match = nil
      patterns.each { |pattern| break if (match = pattern.match(text)) }
      match ? match.names.filter_map { |name| [name.to_sym, match[name]] if match[name] }.to_h.then { |parts| converted(parts) } : {}
    end

    def converted(parts)
      found = {}
      parts.each do |name, text|
        case name
        when :wday then found[:wday] = ABBR_DAYNAMES.index(text[0, 3].capitalize)
        when :mon then found[:mon] = text.match?(/\d/) ? text.to_i : ABBR_MONTHNAMES.index(text.capitalize)
        when :sec_fraction then found[:sec_fraction] = Rational(text.to_i, 10**text.size) unless text.empty?
        when :zone then found.update(zone: text, offset: zone_to_diff(text))
        when :year, :cwyear then found[name] = text.size < 4 && text.match?(/\A\d/) ? text.to_i.then { |year| year + (year >= 69 ? 1900 : 2000) } : text.to_i
        when :short_year then found[:year] = text.to_i.then { |year| year + (year >= 69 ? 1900 : 2000) }
        when :rfc_year then found[:year] = text.size < 4 ? text.to_i.then { |year| year + (year >= 50 ? 1900 : 2000) } : text.to_i
        when :era then nil
        when :era_year
          letter = parts[:era]&.upcase || "H"
          found[:year] = text.to_i + ERAS.find { |_, other, _| other == letter }[2]
        else found[name] = text.to_i
        end
      end
      found
    end

    # Seconds of a time zone's text; nil for one that is not known.
    def zone_to_diff(zone)
      name = zone.downcase.strip.gsub(/\s+/, " ")
      is_summer = name.delete_suffix!(" daylight time") || name.delete_suffix!(" dst")
      name.delete_suffix!(" standard time")
      return ZONES[name] + (is_summer ? 3600 : 0) if ZONES.key?(name)
      match = /\A(?:gmt|utc?)?([-+])(\d+)(?:([,.:])(\d+)(?::(\d+))?)?\z/.match(name) or return
      sign = match[1] == "-" ? -1 : 1
      magnitude = offset_magnitude(*match.captures.drop(1))
      magnitude && sign * magnitude
    end

    def offset_magnitude(hours, separator, minutes, seconds)
      hours, minutes, seconds = hours.rjust(hours.size + hours.size % 2, "0").scan(/../) unless separator
      parts = [hours, minutes, seconds].map(&:to_i)
      return if separator && parts[0] > 23
      return (Rational("#{hours}.#{minutes}") * 3600).round if separator && separator != ":"
      parts[0] * 3600 + parts[1] * 60 + parts[2] if parts[1] < 60 && parts[2] < 60
    end
  end
end
