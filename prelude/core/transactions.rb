# Maglev: transactions, their callbacks, locks and counters over what the store offers, and the names of the original.

module Maglev
  autoload :Debugger, "maglev/debugger"
  autoload :Gprof, "maglev/gprof"
  autoload :Repository, "maglev/repository"

  # An object that another session changed or locked too: how (:write_write, :locked, :gone ...), the numbers of the commits that
  # the two sessions began with, and the process of the other session, if that is known.
  class Conflict
    attr_reader :object, :kind, :mine, :theirs, :session

    def initialize(object, kind, mine, theirs, session)
      @object = object
      @kind = kind
      @mine = mine
      @theirs = theirs
      @session = session
    end

    def inspect = "#<Maglev::Conflict #{@kind} #{@object.inspect}>"
  end

  class CommitFailedException
    def transaction_conflicts = (@conflicts ||= __conflicts.map { |entry| Conflict.new(*entry) })
  end

  @callbacks = { before_commit: [], after_commit: [], before_abort: [], after_abort: [], on_change: [] }
  @mode = :auto
  @outside = false

  class << self
    # Runs the block, commits, and gives the block's value. When others changed the same objects, the transaction is dropped and
    # the block runs again on what they left, at most `retries` times and after a while that grows; then CommitFailedException is
    # raised. An exception out of the block drops the transaction.
    def transaction(retries: 20, durability: nil)
      raise ArgumentError, "no block given" unless defined?(yield)
      retries = Primitive.to_index(retries)
      raise ArgumentError, "negative retries: #{retries}" if retries < 0
      failures = 0
      begin
        begin_transaction if @outside
        value = yield
        commit_transaction(durability: durability)
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

    # Commits the transaction, or ends the innermost nested one. True; CommitFailedException when others changed the same objects. Then the
    # changes are kept until `abort_transaction` drops them. `durability` is for this commit in place of `Maglev.durability`.
    def commit_transaction(durability: nil)
      raise OutsideOfTransactionException, "there is no transaction; begin_transaction begins one" if @outside
      if __merge_level
        Replay.merge_level
        return true
      end
      __call_back(:before_commit)
      __update_indexes
      begin
        __commit(durability)
      rescue CommitFailedException => error
        raise unless Replay.again(error)
        retry
      end
      __ended
      __call_back(:after_commit)
      true
    end
    alias commit commit_transaction

    # Drops what was changed since the transaction, or the innermost nested one, began.
    def abort_transaction
      if __drop_level
        Replay.drop_level
        return System
      end
      __call_back(:before_abort)
      __abort
      __ended
      __call_back(:after_abort)
      System
    end
    alias abort abort_transaction

    def begin_transaction
      abort_transaction while __levels > 0
      abort_transaction
      @outside = false
      nil
    end

    # :auto when the end of a transaction begins the next one, :manual when `begin_transaction` does.
    def transaction_mode = @mode

    # In manual mode there is no transaction before the first `begin_transaction`; what is done outside of one cannot be committed.
    def transaction_mode=(mode)
      raise ArgumentError, "transaction mode is :auto or :manual, not #{mode.inspect}" unless %i[auto manual].include?(mode)
      abort_transaction while __levels > 0
      abort_transaction
      @mode = mode
      @outside = mode == :manual
    end

    # :snapshot when only what two transactions write can conflict; :serializable when what one has read must not have changed, either.
    def isolation = __serializable? ? :serializable : :snapshot

    def isolation=(level)
      raise ArgumentError, "isolation is :snapshot or :serializable, not #{level.inspect}" unless %i[snapshot serializable].include?(level)
      raise TransactionError, "isolation changes between transactions; this one has changes" if needs_commit?
      __set_serializable(level == :serializable)
      abort_transaction
    end

    # Waits until there are commits of others that this transaction does not see; false after `timeout` seconds. The next transaction sees them.
    def wait(timeout = nil)
      until_when = timeout && Process.clock_gettime(Process::CLOCK_MONOTONIC) + timeout
      until __newer?
        return false if until_when && Process.clock_gettime(Process::CLOCK_MONOTONIC) >= until_when
        ::Kernel.sleep(0.002)
      end
      true
    end

    # The block sees the repository as it was behind a commit, or at a time, and gets the root; what it changes is dropped.
    def at(commit)
      raise ArgumentError, "no block given" unless defined?(yield)
      commit = __commit_at(commit) if commit.is_a?(Time)
      __enter_past(Primitive.to_index(commit))
      begin
        yield root
      ensure
        __leave_past
      end
    end

    # The commits that `at` can look at, the oldest first: their numbers, times, numbers of objects and bytes.
    def history
      __history.map do |number, seconds, written, removed, bytes|
        { commit: number, time: seconds == 0 ? nil : Time.at(seconds), written: written, removed: removed, bytes: bytes }
      end
    end

    # The last commit at a time.
    def __commit_at(time)
      found = __history.select { |_number, seconds| seconds <= time.to_i }.last or raise ArgumentError, "the repository remembers no commit at #{time}"
      found[0]
    end

    # At the begin of a transaction that sees changes of others, the block gets an Array of those objects in memory that they changed, or
    # nil when it is not known which.
    def on_change(&block)
      raise ArgumentError, "no block given" unless block
      __follow(true)
      @callbacks[:on_change] << block
      block
    end

    # Begins a transaction inside of the running one, at most 16 deep.
    def begin_nested_transaction
      return begin_transaction if @outside
      __begin_nested
      Replay.begin_level
      nil
    end

    def transaction_level = @outside ? 0 : 1 + __levels

    def commit_and_release_locks = System.commit_and_release_locks

    %i[before_commit after_commit before_abort after_abort].each do |moment|
      define_method(moment) do |&block|
        raise ArgumentError, "no block given" unless block
        @callbacks[moment] << block
        block
      end
    end

    # Forgets a block that one of the methods above was given.
    def remove_callback(block)
      @callbacks.each_value { |blocks| blocks.delete(block) }
      __follow(false) if @callbacks[:on_change].empty?
      nil
    end

    def __call_back(moment) = @callbacks[moment].each(&:call)

    # Indexes of IdentitySets follow what was changed, also where nobody has looked at the sets.
    def __update_indexes
      changed = __changed_with(:__indexes__)
      IdentitySet::Index.update(changed) unless changed.empty? && autoload?(:IdentitySet)
    end

    # The outermost transaction has ended.
    def __ended
      Replay.clear
      IdentitySet::Index.forget_fresh unless autoload?(:IdentitySet)
      @outside = @mode == :manual
      return if @callbacks[:on_change].empty?
      objects, all = __news
      @callbacks[:on_change].each { |block| block.call(all ? objects : nil) } if objects
    end
    private :__call_back, :__ended, :__commit_at, :__history, :__enter_past, :__leave_past, :__update_indexes, :__newer?, :__news, :__follow, :__serializable?, :__set_serializable, :__commit, :__abort, :__begin_nested, :__merge_level, :__drop_level
  end

  # Operations of this transaction on the parts of collections with few conflicts (stdlib's reduced_conflict.rb). A part is the object that changes; its
  # owner does an operation again (`__again`), and answers false when that does not lead to what the program was told.
  module Replay
    @log = {}.compare_by_identity
    @levels = []

    class << self
      def note(owner, part, *operation)
        (@log[part] ||= [owner, []])[1] << operation
      end

      # Can the commit that failed be tried again?
      def again(error)
        return false if @log.empty? || !error.transaction_conflicts.all? { |conflict| conflict.kind == :write_write && @log.key?(conflict.object) }
        refreshed = Maglev.__refresh(@log.keys) or return false
        done = refreshed.all? do |part|
          owner, operations = @log[part]
          operations.all? { |operation| owner.__again(*operation) }
        end
        Maglev.__lose unless done
        done
      end

      def clear
        @log.clear
        @levels.clear
      end

      def begin_level
        copy = {}.compare_by_identity
        @log.each { |part, (owner, operations)| copy[part] = [owner, operations.dup] }
        @levels << copy
      end

      def merge_level = @levels.pop

      def drop_level = @log.replace(@levels.pop)
    end
  end

  # What the original had in a module of its own. Commits answer false here instead of raising.
  module System
    @temporary = {}
    @statistics = [0] * 48

    class << self
      def commit_transaction
        Maglev.commit_transaction
      rescue CommitFailedException
        false
      end

      def abort_transaction = Maglev.abort_transaction

      def begin_transaction = Maglev.begin_transaction

      def begin_nested_transaction = Maglev.begin_nested_transaction

      def transaction_level = Maglev.transaction_level

      def needs_commit = Maglev.needs_commit?

      def commit_and_release_locks
        return false unless commit_transaction
        Maglev.__unlock_all
        true
      end

      # Locks out writers. LockError when another session has a lock for writing; `wait` is for how many seconds to try.
      def read_lock(object, wait: 0) = __lock(object, false, wait)

      # Locks out everybody else.
      def write_lock(object, wait: 0) = __lock(object, true, wait)

      def remove_lock(object)
        Maglev.__unlock(object)
        self
      end

      def remove_locks_for_session
        Maglev.__unlock_all
        self
      end

      def __lock(object, exclusive, wait)
        until_when = Process.clock_gettime(Process::CLOCK_MONOTONIC) + wait
        until Maglev.__lock(object, exclusive)
          if Process.clock_gettime(Process::CLOCK_MONOTONIC) >= until_when
            raise LockError, "another session has a lock on #{object.class} #{object.object_id}"
          end
          ::Kernel.sleep(0.002)
        end
        self
      end
      private :__lock

      # Shared counters 1 to 128: whole numbers of 64 bits that wrap around. They are changed at once, for all sessions, whatever becomes of the
      # transaction.
      def pcounter(number) = Maglev.__count(number, 0)

      def set_pcounter(number, value) = Maglev.__set_count(number, value)

      def increment_pcounter(number, by = 1) = Maglev.__count(number, by)

      def decrement_pcounter(number, by = 1) = Maglev.__count(number, -by)

      def session_count = Maglev.__sessions

      def session_temp(key) = @temporary[key]

      def session_temp_put(key, value) = @temporary[key] = value

      def get_session_stat(index) = @statistics[__stat_index(index)]

      def set_session_stat(index, value) = @statistics[__stat_index(index)] = value

      def increment_session_stat(index, by = 1) = @statistics[__stat_index(index)] += by

      def decrement_session_stat(index, by = 1) = @statistics[__stat_index(index)] -= by

      def __stat_index(index)
        raise "Session stat index must be 0..47" unless (0..47).cover?(index)
        index
      end
      private :__stat_index
    end
  end
end
