# The line of the source under an error message, with a marker below what failed.
module ErrorHighlight
  # Lays the line and the marker out.
  class DefaultFormatter
    MIN_SNIPPET_WIDTH = 20
    ELLIPSIS = "..."
    private_constant :ELLIPSIS

    @width = nil

    def self.message_for(spot)
      return "" if spot[:first_lineno] != spot[:last_lineno]
      line, from, to = spot[:snippet], spot[:first_column], spot[:last_column]
      width = max_snippet_width
      line, from, to = window(line, from, to, width) if width && line.size > width
      "\n\n#{line}#{line[0...from].gsub(/[^\t]/, " ")}#{"^" * (to - from)}"
    end

    # The part of a long line around the marker.
    def self.window(line, from, to, width)
      start = to < width - ELLIPSIS.size ? 0 : [from - width / 2, 0].max
      finish = start + width
      start = line.size - width if finish > line.size
      before = start > 0 ? ELLIPSIS : ""
      after = finish < line.size ? ELLIPSIS : ""
      part = "#{before}#{line[start + before.size...finish - after.size]}#{after}"
      part << "\n" unless part.end_with?("\n")
      [part, from - start, [to - start, part.size - 1].min]
    end
    private_class_method :window

    def self.max_snippet_width
      @width = terminal_width if @width.nil?
      @width || nil
    end

    def self.max_snippet_width=(width)
      return @width = false if width.nil?
      width = width.to_i
      if width < MIN_SNIPPET_WIDTH
        warn "'max_snippet_width' adjusted to minimum value of #{MIN_SNIPPET_WIDTH}."
        width = MIN_SNIPPET_WIDTH
      end
      @width = width
    end

    def self.terminal_width
      $stderr.winsize[1] if $stderr.tty?
    rescue NoMethodError, SystemCallError
      nil
    end
  end

  ARITY_MESSAGE = /\A(?:wrong number of arguments|missing keywords?|unknown keywords?|no keywords accepted)\b/
  private_constant :ARITY_MESSAGE

  @formatter = nil

  class << self
    attr_writer :formatter

    def formatter = @formatter || DefaultFormatter

    # Where the source failed: lines, columns and the text, or nil.
    def spot(obj, point_type: :name, backtrace_location: nil, name: nil)
      raise TypeError, "Exception is expected" unless Exception === obj
      place = backtrace_location
      unless place
        place = obj.backtrace_locations&.first
        point_type = :args if TypeError === obj || ArgumentError === obj
        name = obj.name if NameError === obj
      end
      return nil unless Thread::Backtrace::Location === place
      spot_at(place, point_type, name)
    end

    # What goes behind the message of an exception.
    def snippet_for(exception, highlight)
      text = if ArgumentError === exception && ARITY_MESSAGE.match?(exception.message)
        callee_and_caller(exception)
      else
        found = spot(exception)
        found ? formatter.message_for(found) : ""
      end
      highlight ? text.gsub(/.+/) { "\e[1m#{$&}\e[m" } : text
    end

    private

    def spot_at(place, point, name)
      found = Primitive.error_spot(place, point, name)
      found && %i[first_lineno first_column last_lineno last_column snippet script_lines].zip(found).to_h
    end

    # The call with wrong arguments and the head of what was called.
    def callee_and_caller(exception)
      callee, caller = exception.backtrace_locations
      return "" unless caller
      head, call = spot_at(callee, :definition, nil), spot_at(caller, :name, nil)
      same = head && head == call && callee.path == caller.path && callee.lineno == caller.lineno
      rows = [["caller", caller, call]]
      rows << ["callee", callee, head] unless same
      "\n" + rows.map { |title, place, found| "\n    #{title}: #{place.path}:#{place.lineno}#{marked(found)}" }.join
    end

    def marked(found)
      return "" unless found
      _, _, line, marker = formatter.message_for(found).lines
      "\n    | #{line}      #{marker}"
    end
  end
end
