# Methods and modules of single objects: modules are saved, and methods that were defined in persistent mode.
def elsewhere(code) = system(RbConfig.ruby, "-e", code) || abort("failed: #{code}")

elsewhere <<~'RUBY'
  Maglev.persistent { eval "module Loud; def say = super.upcase; end; class Bird; def say = 'tweet'; end" }
  bird = Maglev[:bird] = Bird.new.extend(Loud)
  list = Maglev[:list] = [1, 2]
  Maglev.persistent do
    def list.total = sum
    list.define_singleton_method(:first_two) { self[0, 2] }
    class << bird
      def sing = "#{say} #{say}"
      private def hum = "hm"
      attr_accessor :mood
    end
  end
  def list.passing = 1
  bird.mood = :merry
  p Maglev.commit, bird.sing
  text = Maglev[:text] = +"text"
  Maglev.commit
  # A clean object that gets something of its own is saved again.
  text.extend(Comparable)
  Maglev.persistent { text.define_singleton_method(:shout) { upcase + "!" } }
  p Maglev.commit
RUBY
elsewhere <<~'RUBY'
  bird, list = Maglev[:bird], Maglev[:list]
  p bird.say, bird.sing, bird.mood, bird.singleton_methods.sort, (bird.hum rescue $!.class), bird.singleton_class.include?(Loud)
  p list.total, list.first_two, (list.passing rescue $!.class), Maglev[:text].shout, Maglev[:text].is_a?(Comparable)
  list << 3
  p Maglev.commit, list.total
  Maglev.abort
  p list.total
RUBY
elsewhere 'p Maglev[:list].total, Maglev[:bird].frozen?'
elsewhere <<~'RUBY'
  module Passing; end
  Maglev[:other] = Object.new.extend(Passing)
  begin
    Maglev.commit
  rescue TransactionError
    puts $!.message.gsub(/0x\h+/, "0x..")
  end
RUBY
