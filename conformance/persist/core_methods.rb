# Methods that persistent mode adds to classes of the core are there in other processes, and only those.
def elsewhere(code) = system(RbConfig.ruby, "-e", code) || abort("failed: #{code}")

elsewhere <<~'RUBY'
  Maglev.persistent do
    eval "class String; def shouted = upcase + '!'; def self.made = new('made'); end"
    eval "module Enumerable; def second = drop(1).first; end"
    eval "def helper(x) = x * 2"
  end
  class String; def whispered = downcase; end
  p Maglev.commit
RUBY
elsewhere <<~'RUBY'
  Maglev.root
  p "a".shouted, String.made, [1, 2].second, helper(4), (1.helper(2) rescue $!.class), "a".respond_to?(:whispered)
  class String; def shouted = "mine"; end
  p "a".shouted
  Maglev[:x] = "text"
  Maglev.commit
RUBY
elsewhere <<~'RUBY'
  p Maglev[:x].shouted
  Maglev.persistent { eval "class String; def shouted = upcase + '!!'; end" }
  Maglev.commit
RUBY
elsewhere 'Maglev.root; p "a".shouted, "b".frozen?, [1].first'
