# GStore: what PStore keeps in a file, in the repository.

begin
  require "pstore"
rescue LoadError
  # Without the library it stands alone.
end

module Maglev
  # A Hash by name below `Maglev.root[:all_data]`, changed in transactions that happen as a whole or not at all. They are parts of the process's
  # transaction: whoever uses it commits.
  class GStore < (defined?(PStore) ? PStore : Object)
    Error = Class.new(StandardError) unless defined?(PStore)

    # Deletes the data of a name.
    def self.rm(name) = (Maglev.root[:all_data] || {}).delete(name)

    attr_reader :path
    attr_accessor :ultra_safe

    def initialize(name, _thread_safe = false)
      @path = name
      @is_open = false
      @is_read_only = false
      @ultra_safe = false
    end

    # Runs the block with the store. An exception, or `abort`, drops what it changed.
    def transaction(read_only = false)
      raise Error, "nested transaction" if @is_open
      Maglev.begin_nested_transaction
      begin
        @is_open, @is_read_only = true, read_only
        value = nil
        is_done = false
        catch(:gstore_abort) do
          catch(:gstore_commit) { value = yield self }
          is_done = true
        end
        value
      ensure
        @is_open = false
        is_done ? Maglev.commit_transaction : Maglev.abort_transaction
      end
    end

    def commit
      __check
      throw :gstore_commit
    end

    def abort
      __check
      throw :gstore_abort
    end

    def [](key)
      __check
      __data[key]
    end

    def []=(key, value)
      __check_writable
      all = Maglev.root[:all_data] ||= {}
      (all[@path] ||= {})[key] = value
    end

    def fetch(key, *default)
      __check
      return __data[key] if __data.key?(key)
      raise Error, "undefined key `%s'" % key if default.empty?
      default[0]
    end

    def delete(key)
      __check_writable
      __data.delete(key)
    end

    def keys
      __check
      __data.keys
    end
    alias roots keys

    def key?(key)
      __check
      __data.key?(key)
    end
    alias root? key?

    private

    def __data = (Maglev.root[:all_data] || {})[@path] || {}

    def __check
      raise Error, "not in transaction" unless @is_open
    end

    def __check_writable
      __check
      raise Error, "in read-only transaction" if @is_read_only
    end
  end
end
