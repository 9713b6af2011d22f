# A stored class and the program's own of the name have different superclasses: an error, at the touch and at the commit.
def elsewhere(code) = system(RbConfig.ruby, "-e", code) || abort("failed: #{code}")

elsewhere <<~'RUBY'
  Maglev.persistent { eval "class Old; end; class New; end; class Foo < Old; def m = 1; end; class Pair < Struct.new(:a); end" }
  Maglev[:foo] = Foo.new
  Maglev[:pair] = Pair.new(1)
  p Maglev.commit
RUBY
elsewhere <<~'RUBY'
  class Foo; end
  begin; Maglev[:foo].m; rescue Maglev::StoreError; puts $!.message; end
  Maglev[:other] = 1
  p Maglev.commit
RUBY
elsewhere <<~'RUBY'
  Maglev.persistent { eval "class Foo < New; def m = 2; end" }
  begin; Maglev.commit; rescue Maglev::StoreError; puts $!.message; end
RUBY
elsewhere <<~'RUBY'
  Maglev.persistent { eval "class Pair < Struct.new(:a); def twice = a * 2; end" }
  p Maglev.commit, Maglev[:pair].twice, Maglev[:pair]
RUBY
elsewhere 'p Maglev[:foo].m, Maglev[:foo].class.superclass, Maglev[:pair].twice, Maglev[:other]'
