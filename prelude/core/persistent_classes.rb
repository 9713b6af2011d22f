# What classes and objects offer for persistence: other classes for their instances, modules that are included again, and the names that load
# the original's libraries.

class Object
  # The two objects change places: whoever holds one sees what the other was, here and, after a commit, everywhere. Both are plain objects, or
  # Strings, Arrays or Hashes.
  def become(other)
    Maglev.__exchange(self, other)
    self
  end
end

class Class
  def all_instances = Maglev::Repository.instance.list_instances([self])[0]

  # The block defines the class anew under its name, or under `new_name`; then all instances are of the new one, with the variables they have.
  # In persistent mode, or with `commit: true`, that is committed. Gives the new class.
  def maglev_redefine(commit: Maglev.persistent?, new_name: name)
    raise ArgumentError, "no block given" unless defined?(yield)
    raise "there are changes that are not committed: commit or abort them first" if !commit && Maglev.needs_commit?
    commit ? Maglev.commit_transaction : Maglev.abort_transaction
    instances = {}.compare_by_identity
    all_instances.each { |object| instances[object] = true }
    ObjectSpace.each_object(self) { |object| instances[object] = true if object.instance_of?(self) }
    scope = name.include?("::") ? Object.const_get(name[0...name.rindex("::")]) : Object
    is_saved = maglev_persistable?
    define = -> do
      scope.__send__(:remove_const, name[/\w+\z/])
      yield
    end
    is_saved ? Maglev.persistent(&define) : define.call
    redefined = Object.const_defined?(new_name) && Object.const_get(new_name)
    raise ArgumentError, "the block does not define class #{new_name}" unless Class === redefined && !equal?(redefined)
    Maglev.__change_class(instances.keys, redefined)
    Maglev.commit_transaction if commit
    redefined
  end
end

class Module
  # References to the class and its instances are saved as nil, instead of making the commit fail.
  def maglev_nil_references(wanted = true)
    raise ArgumentError, "#{self} is persistable" if wanted && maglev_persistable?
    Maglev.__set_nil_references(self, wanted ? true : false)
    self
  end

  def maglev_nil_references? = Maglev.__nil_references?(self)

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

# What the original has at the top level: see `Vm::original_constant`.
module Maglev
  autoload :GStore, "maglev/gstore"
  autoload :RCCounter, "maglev/rccounter"
  autoload :RCHash, "maglev/rchash"
  autoload :RCQueue, "maglev/rcqueue"
  autoload :RCIdentityBag, "maglev/rcidentitybag"
  autoload :IdentitySet, "maglev/identityset"
  autoload :ObjectLog, "maglev/objectlog"
  autoload :ObjectLogEntry, "maglev/objectlog"
end
