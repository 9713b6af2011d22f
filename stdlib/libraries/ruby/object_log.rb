# The log of objects in the repository.

module Maglev
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

  # The entries of the log, by level, as they are in the newest transaction if `abort` is wanted.
  module ObjectLog
    class << self
      ObjectLogEntry::LEVELS.each do |name, level|
        define_method(:"#{name}s") do |abort = false|
          Maglev.abort_transaction if abort
          to_a.select { |entry| entry.priority == level }
        end
      end

      def to_a = ObjectLogEntry.object_log.to_a

      # Takes an entry out; nil when it is not there.
      def delete(entry, commit = true)
        index = ObjectLogEntry.object_log.index { |other| other.equal?(entry) } or return nil
        ObjectLogEntry.object_log.delete_at(index)
        Maglev.commit_transaction if commit
        entry
      end
    end
  end
end
