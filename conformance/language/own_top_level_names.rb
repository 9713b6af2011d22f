# Names that Maglev offers at the top level are the program's own when it defines them.
class Base; end
class IdentitySet < Base
  def size = :own
end
class LockError < RuntimeError; end
class TransactionError < ArgumentError; end
RCQueue = Struct.new(:a)
p IdentitySet.new.size, IdentitySet.superclass, LockError.superclass, TransactionError.superclass, RCQueue.new(1).a
p defined?(RCHash), Object.const_defined?(:GStore), Object.constants.include?(:ObjectLog)
module Scope
  def self.const_missing(name) = :"missing_#{name}"
  p RCCounter
end
class Other; end
p((Other::RCHash rescue $!.message))
