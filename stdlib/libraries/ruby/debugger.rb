# Maglev::Debugger: exceptions that are kept in the repository, for whoever looks into them later.

require "maglev/objectlog"

# An entry of the log with the exception that a block ended with. The stack itself is not saved, only the text of the backtrace.
class DebuggerLogEntry < Maglev::ObjectLogEntry
  attr_reader :exception

  def self.for_exception(exception)
    entry = new("#{exception.class}: #{exception.message}", exception, error_level)
    entry.instance_variable_set(:@exception, exception)
    entry
  end
end

# Raised in place of an exception that is in the log by now, which is its cause.
class DebuggerException < StandardError
  attr_reader :log_entry

  def initialize(log_entry)
    @log_entry = log_entry
    super("#{log_entry.label} (saved in the log of objects)")
  end
end

module Maglev
  module Debugger
    class << self
      # Runs the block in a thread. An exception out of it is saved in the repository, and DebuggerException raised.
      def debug
        raise ArgumentError, "no block given" unless defined?(yield)
        thread = Thread.new { yield }
        thread.report_on_exception = false
        thread.value
      rescue DebuggerException
        raise
      rescue Exception => error
        raise DebuggerException.new(save_exception(error))
      end

      # Commits an entry for the exception, in a transaction of its own: what is changed in the running one is dropped, with a warning.
      def save_exception(exception)
        warn "changes that were not committed are dropped to save #{exception.class}" if Maglev.needs_commit?
        Maglev.abort_transaction
        entry = DebuggerLogEntry.for_exception(exception).add_to_log
        begin
          Maglev.commit_transaction
        rescue TransactionError
          # An exception that cannot be saved stands for itself by its text.
          Maglev.abort_transaction
          text = RuntimeError.new(entry.label).tap { |plain| plain.set_backtrace(exception.backtrace) }
          entry = DebuggerLogEntry.for_exception(text).add_to_log
          Maglev.commit_transaction
        end
        entry
      end
    end
  end
end
