# Constants of the top level that are set in persistent mode; what the program has under a name stays.
def elsewhere(code) = system(RbConfig.ruby, "-e", code) || abort("failed: #{code}")

elsewhere <<~'RUBY'
  Maglev.persistent do
    eval 'LIMIT = 5; NAMES = ["a", "b"]; module Tools; DEPTH = 2; def self.twice(x) = x * 2; end; Pair = Struct.new(:a, :b); class Thing; end'
  end
  TRANSIENT = 1
  p Maglev.commit
RUBY
elsewhere <<~'RUBY'
  p LIMIT, NAMES, Tools.twice(4), Tools::DEPTH, Pair.new(1, 2), Object.const_get(:Thing).new.class
  begin; TRANSIENT; rescue NameError; puts $!.message; end
  begin; Tools::NOTHING; rescue NameError; puts $!.message; end
  NAMES << "c"
  Maglev.commit
  Maglev[:thing] = Thing.new
  Maglev.commit
RUBY
elsewhere <<~'RUBY'
  module Thing; end
  thing = Maglev[:thing]
  p thing.class.class, Thing.class
RUBY
elsewhere <<~'RUBY'
  p NAMES
  Maglev.persistent { Object.send(:remove_const, :NAMES); Object.send(:remove_const, :LIMIT) if defined?(LIMIT); eval "LIMIT = 6" }
  p Maglev.commit
RUBY
elsewhere 'p LIMIT; begin; NAMES; rescue NameError; puts $!.message; end'
