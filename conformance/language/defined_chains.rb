# `defined?` runs each call of a chain once, and asks before it does.
class Step
  def initialize = @count = 0
  attr_reader :count
  def on(*) = (@count += 1; self)
  private def inside = self
  def asks = [defined?(inside), defined?(self.inside), defined?(self.on), defined?(self.nowhere)]
  def fails = raise("no")
end
step = Step.new
p defined?(step.on.on.on.on), step.count
p defined?(step.on.on.nowhere.on), step.count
p defined?(step.on(1, missing).on), step.count
p defined?(step.on(1, 2).on(3)), step.count
p defined?(step&.on.on), step.count
p defined?(step.on.inside), defined?(step.on { }.on), step.count
p step.asks
p defined?(step.fails.on), $!
