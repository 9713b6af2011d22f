# Maglev: transactions around blocks, and the names of the original for what Maglev itself does.

module Maglev
  class << self
    # Runs the block, commits, and gives the block's value. When others changed the same objects, the transaction is dropped and
    # the block runs again on what they left, at most `retries` times and after a while that grows; then CommitFailedException is
    # raised. An exception out of the block drops the transaction.
    def transaction(retries: 20)
      raise ArgumentError, "no block given" unless defined?(yield)
      retries = Primitive.to_index(retries)
      raise ArgumentError, "negative retries: #{retries}" if retries < 0
      failures = 0
      begin
        value = yield
        commit_transaction
        value
      rescue CommitFailedException
        abort_transaction
        raise if (failures += 1) > retries
        ::Kernel.sleep(::Kernel.rand * 0.001 * (failures < 10 ? failures : 10))
        retry
      rescue Exception
        abort_transaction
        raise
      end
    end
  end

  # What the original had in a module of its own. Commits answer false here instead of raising.
  module System
    class << self
      def commit_transaction
        Maglev.commit_transaction
      rescue CommitFailedException
        false
      end

      def abort_transaction = Maglev.abort_transaction

      def begin_transaction = Maglev.begin_transaction

      def needs_commit = Maglev.needs_commit?
    end
  end
end
