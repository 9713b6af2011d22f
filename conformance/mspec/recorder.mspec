# Loaded by mspec-run through `-B`. Replaces mspec's formatter by one that writes one line an event to the file
# named by MAGLEV_SPEC_RECORD and flushes it, so that the results survive a process that dies half-way.
# conformance/src/record.rs reads the lines. Only simple Ruby is used: this file must load before much else works.
#
#   start <tab> RUBY_DESCRIPTION
#   begin <tab> description of the example
#   pass  <tab> description
#   skip  <tab> description <tab> reason
#   fail  <tab> description <tab> message        (an expectation was not met)
#   error <tab> description <tab> message        (any other exception)
#   outside <tab> place <tab> message            (an exception outside every example)
#   finish
#
# Inside a field, backslash, tab, newline and carriage return are written as \\ \t \n \r.

class MaglevSpecRecorder
  def initialize(_out = nil)
    @out = File.open(ENV["MAGLEV_SPEC_RECORD"], "a")
    @running = false
    @problem = nil
    @failure = false
    @skipped = 0
  end

  def register
    MSpec.register :start, self
    MSpec.register :before, self
    MSpec.register :exception, self
    MSpec.register :after, self
    MSpec.register :finish, self
  end

  def start
    tell_limits
    line("start", RUBY_DESCRIPTION)
  end

  def before(state)
    @running = true
    @problem = nil
    @failure = false
    @skipped = skips.size
    line("begin", state.description)
  end

  def exception(exception)
    text = message_of(exception)
    unless @running
      line("outside", exception.description, text)
      return
    end
    @failure = @problem ? @failure && exception.failure? : exception.failure?
    @problem = @problem ? @problem + "\n" + text : text
  end

  def after(state)
    @running = false
    if @problem
      line(@failure ? "fail" : "error", state.description, @problem)
    elsif skips.size > @skipped
      line("skip", state.description, skips[-1][0].message)
    else
      line("pass", state.description)
    end
  end

  def finish
    line("finish")
  end

  private

  # mspec asks implementations that it does not know for these: the largest and smallest Integer without memory of its own.
  def tell_limits
    Object.class_eval do
      def fixnum_max
        2**62 - 1
      end

      def fixnum_min
        -2**62
      end
    end
  end

  # The mspec of Ruby 3.1 has no list of skips.
  def skips
    MSpec.respond_to?(:skips) ? MSpec.skips : []
  end

  # An exception object made by a spec may raise from its own methods.
  def message_of(exception)
    text = "#{exception.message}"
    place = exception.exception.backtrace
    text += "\n" + place[0] if place && place[0] && !exception.failure?
    text
  rescue Exception
    "(the exception cannot describe itself)"
  end

  def line(*fields)
    @out.write(fields.map { |field| escape(field) }.join("\t") + "\n")
    @out.flush
  end

  def escape(field)
    text = field.to_s.b
    text = text.gsub("\\") { "\\\\" } if text.include?("\\")
    text = text.gsub("\t") { "\\t" } if text.include?("\t")
    text = text.gsub("\n") { "\\n" } if text.include?("\n")
    text = text.gsub("\r") { "\\r" } if text.include?("\r")
    text
  end
end

class MSpecScript
  set :formatter, MaglevSpecRecorder
end

# What Linux has; mspec leaves out the examples of a feature that nobody enabled.
class << MSpec
  def maglev_features
    [:ancillary_data, :ip_mtu, :ipv6, :pktinfo, :readline, :sock_packet, :tcp_cork, :tcp_info, :udp_cork,
     :unix_socket, :fork, :encoding, :fiber]
  end
end
MSpec.maglev_features.each { |feature| MSpec.enable_feature(feature) }
