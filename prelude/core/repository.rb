# Maglev::Repository and the log of objects; what classes say about being mixed in again.

module Maglev
  # The repository as a whole.
  class Repository
    @instance = new

    class << self
      attr_reader :instance
      private :new
    end

    # The direct instances of each class in the repository, as an Array of Arrays. Looks at every object that can be reached; begins a
    # new transaction, so that nothing may be changed in the running one.
    def list_instances(classes)
      classes.each { |wanted| raise TypeError, "#{wanted.inspect} is no class" unless Class === wanted }
      __check_clean
      Maglev.__instances(classes)
    end

    # Copies what is committed to a new folder, while others work.
    def full_backup_to(path)
      __check_clean
      Maglev.__backup(File.expand_path(path))
      true
    end

    def __check_clean
      raise "there are changes that are not committed: commit or abort them first" if Maglev.needs_commit?
      Maglev.abort_transaction
    end
    private :__check_clean
  end
end

class Class
  def all_instances = Maglev::Repository.instance.list_instances([self])[0]
end

class Module
  # Includes the modules, and remembers their names: another process that has the class and not the modules includes its own again.
  def redo_include(*modules)
    include(*modules)
    (@__reinclude__ ||= []).concat(modules.map(&:name)).uniq!
    self
  end

  def redo_extend(*modules)
    extend(*modules)
    (@__reextend__ ||= []).concat(modules.map(&:name)).uniq!
    self
  end

  def reinclude_store = @__reinclude__ || []

  def reextend_store = @__reextend__ || []

  def reinclude = reinclude_store.each { |name| include(Object.const_get(name)) }

  def reextend = reextend_store.each { |name| extend(Object.const_get(name)) }

  def redo_include_and_extend
    reinclude
    reextend
    self
  end
end

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
