# Maglev::Repository.

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
