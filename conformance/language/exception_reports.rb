# What exceptions tell about themselves.
p RuntimeError.new("").detailed_message, StandardError.new("").detailed_message
p RuntimeError.new("").detailed_message(highlight: true), RuntimeError.new("a\nb").detailed_message(highlight: true)
p Class.new(StandardError).new("m").detailed_message

e = RuntimeError.new("msg")
e.set_backtrace(["a:1", "b:2", "c:3"])
p e.full_message(highlight: false), e.full_message(highlight: true)
p e.full_message(highlight: false, order: :bottom), e.full_message(highlight: true, order: :bottom)

class Told < StandardError
  def detailed_message(**options) = "told #{options.sort.inspect}"
end
t = Told.new("x")
t.set_backtrace(["a:1"])
p t.full_message(highlight: false, extra: 1)

begin
  begin
    raise "one"
  rescue
    raise "two"
  end
rescue => e
  p e.cause.message, e.backtrace.none? { |line| line.include?("raise") }
end

begin
  raise
rescue => e
  p e.class, e.message
end

# causes
first = (raise "1" rescue $!)
second = begin
  begin
    raise first
  rescue
    raise "2"
  end
rescue => e
  e
end
begin
  raise second, cause: nil
rescue => e
  p e.cause.message
end

# set_backtrace with locations
def here = caller_locations(0)
locations = here
e = RuntimeError.new("x")
e.set_backtrace(locations)
p e.backtrace == locations.map(&:to_s), e.backtrace_locations.size == locations.size


p SystemExit.new.message, SystemExit.new(3).status, SystemExit.new("bye").message
p LoadError.new("x").path
begin
  require "no_such_library_anywhere"
rescue LoadError => e
  p e.path, e.message
end
begin
  SignalException.new(Object.new)
rescue ArgumentError => e
  puts e.message
end

# names and receivers
begin
  Object.new.instance_variable_get("bad name")
rescue NameError => e
  p e.name
end
class Renamed
  def self.name = "Shown"
end
begin
  Renamed.nothing
rescue NoMethodError => e
  p e.message
end
begin
  Renamed.new.nothing
rescue NoMethodError => e
  p e.message
end

# exceptions pass native cleanup
begin
  Dir.chdir("/") { raise "inside" }
rescue => e
  p e.message
end

# Methods of the core that are written in Ruby show as native ones do; raise itself does not show.
def labels
  yield
rescue => error
  error.backtrace_locations.first(2).map(&:label)
end
p labels { [1].fetch(9) }, labels { { a: 1 }.fetch(:b) }, labels { Integer("x") }, labels { raise "x" }, labels { [3].each { |n| raise "x" } }
p labels { (1..2).step(0) { } }
