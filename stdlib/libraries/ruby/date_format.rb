# Texts that dates write: strftime and the standard forms.
class Date
  COMPOSITES = {
    "c" => "%a %b %e %H:%M:%S %Y", "D" => "%m/%d/%y", "x" => "%m/%d/%y", "F" => "%Y-%m-%d", "v" => "%e-%^b-%4Y", "X" => "%H:%M:%S",
    "r" => "%I:%M:%S %p", "R" => "%H:%M", "T" => "%H:%M:%S", "+" => "%a %b %e %H:%M:%S %Z %Y"
  }.freeze
  # `E` and `O`, which mean nothing, stand before some kinds only.
  DIRECTIVE = /%([-_0^#]*)(\d*)(:{0,3})(?:E(?=[cCxXyY])|O(?=[deHkIlmMSuUVwWy]))?([A-Za-z%+])/
  FORMAT_WIDTH_MAX = 1024
  private_constant :COMPOSITES, :DIRECTIVE, :FORMAT_WIDTH_MAX

  def strftime(format = "%F".encode("US-ASCII"))
    format = String.try_convert(format) or raise TypeError, "no implicit conversion of #{format.class} into String"
    format.gsub(DIRECTIVE) { formatted($~[0], $1, $2, $3.size, $4) }.force_encoding(format.encoding)
  end

  def to_s = strftime("%F").force_encoding("US-ASCII")
  def asctime = strftime("%c").force_encoding("US-ASCII")
  alias ctime asctime
  def iso8601 = strftime("%F").force_encoding("US-ASCII")
  alias xmlschema iso8601
  def rfc3339 = strftime("%FT%T%:z").force_encoding("US-ASCII")
  def rfc2822 = strftime("%a, %-d %b %Y %T %z").force_encoding("US-ASCII")
  alias rfc822 rfc2822
  def httpdate = to_datetime.new_offset(0).strftime("%a, %d %b %Y %T GMT").force_encoding("US-ASCII")
  def jisx0301 = strftime(era_format).force_encoding("US-ASCII")

  private

  # The text of one directive; itself where there is none of that kind.
  def formatted(directive, flags, width, colons, kind)
    raise Errno::ERANGE, directive if width.size > 4 || width.to_i > FORMAT_WIDTH_MAX
    width = width.empty? ? nil : width.to_i
    return directive if colons > 0 && kind != "z" || "EO".include?(kind)
    case kind
    when "%" then padded("%", flags, width, " ")
    when "n" then padded("\n", flags, width, " ")
    when "t" then padded("\t", flags, width, " ")
    when "L" then fraction_digits(width || 3)
    when "N" then fraction_digits(width || 9)
    when "z" then zone_format(flags, width, colons)
    else
      return padded(strftime(COMPOSITES[kind]), flags, width, " ") if COMPOSITES.key?(kind)
      text = word_part(kind) and return word_text(text, kind, flags, width)
      number, digits, pad = number_part(kind)
      return directive unless number
      text = number_text(number, digits, pad, flags, width)
      raise Errno::ERANGE, directive if text.size > FORMAT_WIDTH_MAX
      text
    end
  end

  # Changing the case makes words upper case, but for AM and PM.
  def word_text(text, kind, flags, width)
    return padded(text, flags, width, " ") unless kind == "p" && flags.include?("#")
    padded(text.downcase, flags.delete("#"), width, " ")
  end

  def word_part(kind)
    case kind
    when "A" then DAYNAMES[wday]
    when "a" then ABBR_DAYNAMES[wday]
    when "B" then MONTHNAMES[mon]
    when "b", "h" then ABBR_MONTHNAMES[mon]
    when "p" then hour < 12 ? "AM" : "PM"
    when "P" then hour < 12 ? "am" : "pm"
    when "Z" then Calendar.zone_text(@offset, ":")
    end
  end

  # Number, digits and padding of a directive.
  def number_part(kind)
    case kind
    when "Y" then [year, year < 0 ? 5 : 4, "0"]
    when "C" then [year.div(100), 2, "0"]
    when "y" then [year % 100, 2, "0"]
    when "m" then [mon, 2, "0"]
    when "d" then [mday, 2, "0"]
    when "e" then [mday, 2, " "]
    when "j" then [yday, 3, "0"]
    when "H" then [hour, 2, "0"]
    when "k" then [hour, 2, " "]
    when "I" then [(hour - 1) % 12 + 1, 2, "0"]
    when "l" then [(hour - 1) % 12 + 1, 2, " "]
    when "M" then [min, 2, "0"]
    when "S" then [sec, 2, "0"]
    when "G" then [cwyear, cwyear < 0 ? 5 : 4, "0"]
    when "g" then [cwyear % 100, 2, "0"]
    when "V" then [cweek, 2, "0"]
    when "U" then [Calendar.jd_to_weeks(local_jd, 0, @start), 2, "0"]
    when "W" then [Calendar.jd_to_weeks(local_jd, 1, @start), 2, "0"]
    when "u" then [cwday, 1, "0"]
    when "w" then [wday, 1, "0"]
    when "s" then [(@jd - 2440588) * DAY_SECONDS + @second, 1, "0"]
    when "Q" then [((@jd - 2440588) * DAY_SECONDS + @second) * 1000 + (@fraction / 1_000_000).to_i, 1, "0"]
    end
  end

  def number_text(number, digits, pad, flags, width)
    return number.to_s if flags.include?("-")
    pad = padding(flags) || pad
    width ||= digits
    return number.to_s.rjust(width, " ") if pad == " "
    number < 0 ? "-" + (-number).to_s.rjust(width - 1, "0") : number.to_s.rjust(width, "0")
  end

  def padded(text, flags, width, pad)
    text = text.upcase if flags.include?("^") || flags.include?("#")
    return text if width.nil? || flags.include?("-")
    text.rjust(width, padding(flags) || pad)
  end

  # The last flag that names a padding counts.
  def padding(flags) = { "_" => " ", "0" => "0" }[flags.delete("^_0")[-1]]

  def fraction_digits(count)
    digits = (@fraction.to_r / 1_000_000_000 * 10**count).floor.to_s
    digits.rjust(count, "0")
  end

  def zone_format(flags, width, colons)
    hours, rest = @offset.abs.divmod(3600)
    minutes, seconds = rest.divmod(60)
    tail =
      case colons
      when 0 then format("%02d", minutes)
      when 1 then format(":%02d", minutes)
      when 2 then format(":%02d:%02d", minutes, seconds)
      else seconds > 0 ? format(":%02d:%02d", minutes, seconds) : (minutes > 0 ? format(":%02d", minutes) : "")
      end
    sign = @offset < 0 ? "-" : "+"
    digits = [(width || 0) - tail.size - 1, flags.include?("-") ? 1 : 2].max
    return (sign + hours.to_s).rjust(digits + 1, " ") + tail if flags.include?("_")
    sign + hours.to_s.rjust(digits, "0") + tail
  end

  # Years of Japanese eras, each with the day that it began on and the year before its first.
  ERAS = [[2458605, "R", 2018], [2447535, "H", 1988], [2424875, "S", 1925], [2419614, "T", 1911], [2405160, "M", 1867]].freeze
  private_constant :ERAS

  def era_format
    _, letter, before = ERAS.find { |first, *| local_jd >= first }
    letter ? format("%s%02d.%%m.%%d", letter, year - before) : "%F"
  end
end

class DateTime
  def strftime(format = "%FT%T%:z".encode("US-ASCII")) = super
  def to_s = strftime("%FT%T%:z").force_encoding("US-ASCII")

  def iso8601(digits = 0) = (strftime("%F") + time_text(digits)).force_encoding("US-ASCII")
  alias xmlschema iso8601
  alias rfc3339 iso8601
  def jisx0301(digits = 0) = (strftime(era_format) + time_text(digits)).force_encoding("US-ASCII")

  private

  def time_text(digits) = strftime(digits.to_i < 1 ? "T%T%:z" : "T%T.%#{digits.to_i}N%:z")
end
