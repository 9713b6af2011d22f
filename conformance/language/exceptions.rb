# raise, rescue, else, ensure, retry, cause, messages, exception hierarchy.
def run
  puts "body"
  yield
rescue ZeroDivisionError, ArgumentError => e
  puts "rescued #{e.class}: #{e.message}"
  :rescued
else
  puts "else"
  :else
ensure
  puts "ensure"
end
p run { 1 }
p run { 1 / 0 }
p run { Integer("x") }
begin
  run { raise "other" }
rescue => e
  p e
end

tries = 0
begin
  tries += 1
  raise IOError, "try #{tries}" if tries < 3
  puts "after #{tries}"
rescue IOError => e
  puts e.message
  retry
end

begin
  begin
    raise "first"
  rescue
    raise TypeError, "second"
  end
rescue => e
  p e, e.cause
end

class Custom < StandardError
  def initialize(detail, message = "custom #{detail}")
    super(message)
    @detail = detail
  end
  attr_reader :detail
end
begin
  raise Custom.new(5)
rescue Custom => e
  p e.message, e.detail, e.full_message(highlight: false, order: :top).lines.first.include?("custom 5")
end
begin
  raise Custom, 7
rescue Custom => e
  p e
end
begin
  raise Class.new(StandardError), "anonymous"
rescue => e
  p e.message
end
begin
  raise 5
rescue TypeError => e
  p e.message
end
p (Integer("z") rescue "modifier")
def ensure_value
  return 1
ensure
  2
end
p ensure_value
def ensure_return
  raise "lost"
ensure
  return 3
end
p ensure_return
p $!
begin
  raise "x"
rescue
  p $!.message
end
p $!
begin
  nil.foo
rescue NoMethodError => e
  puts e.message
  p e.name, e.receiver
end
begin
  undefined_thing
rescue NameError => e
  puts e.message
end
begin
  Object.new.instance_variable_get("bad")
rescue NameError => e
  puts e.message
end
begin
  [].fetch(3)
rescue IndexError => e
  puts e.message
end
begin
  { a: 1 }.fetch(:b)
rescue KeyError => e
  puts e.message
  p e.key, e.receiver
end
p StopIteration.ancestors.take(3), FloatDomainError.superclass, Errno::ENOENT.new("x").message
matcher = Module.new do
  def self.===(e) = e.message.start_with?("match")
end
begin
  raise "match me"
rescue matcher => e
  puts "matched"
end
begin
  raise Exception, "not standard"
rescue StandardError
  puts "no"
rescue Exception => e
  puts e.message
end
p RuntimeError.new("a") == RuntimeError.new("a"), StandardError.new.message
begin
  raise "with cause", cause: nil
rescue => e
  p e.cause
end
p e.backtrace.class, e.backtrace_locations&.first&.lineno.class
