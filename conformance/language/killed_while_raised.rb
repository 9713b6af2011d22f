# A thread that is killed right after something was raised in it still says what it failed of, to a $stderr in Ruby too.
class Collected
  def initialize = @text = +""
  def write(*texts) = texts.each { |text| append(text) }.size
  def append(text) = @text << text
  attr_reader :text
end

said, $stderr = $stderr, Collected.new
thread = Thread.new { Thread.current.report_on_exception = true; sleep }
Thread.pass until thread.stop?
thread.raise("raised before the kill")
thread.kill
Thread.pass while thread.alive?
collected, $stderr = $stderr, said
puts collected.text[/terminated with exception.*/], collected.text[/raised before.*/]
begin
  thread.join
rescue => error
  p error
end
