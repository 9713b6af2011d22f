# The log of objects in the repository.

# An entry of the repository's log: a text, an object, when and by whom. Whoever adds one commits it.
class ObjectLogEntry
  LEVELS = { fatal: 1, error: 2, warn: 3, info: 4, debug: 5, trace: 6 }.freeze

  attr_reader :label, :object, :priority, :pid, :timestamp
  attr_accessor :tag

  class << self
    LEVELS.each do |name, level|
      define_method(name) { |label, object = nil| new(label, object, level) }
      define_method(:"#{name}_level") { level }
    end

    def object_log = Maglev.root[:__object_log__] ||= []
  end

  def initialize(label, object, priority)
    @label = label
    @object = object
    @priority = priority
    @pid = Process.pid
    @timestamp = Time.now
    @tag = nil
  end

  def tagged? = !@tag.nil?

  def add_to_log
    ObjectLogEntry.object_log << self
    self
  end
end
