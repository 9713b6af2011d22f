# Modules with refinements, and methods that use them.
def elsewhere(code) = system(RbConfig.ruby, "-e", code) || abort("failed: #{code}")

File.write("units.rb", <<~'RUBY')
  module Units
    SECONDS = 60
    refine Integer do
      def minutes = self * SECONDS
      def hours = minutes * 60
      def +(other) = "#{super} plus"
    end
    refine String do
      def shout = upcase + "!"
      private def whisper = downcase
    end
  end
  module More
    refine Integer do
      def minutes = self * 1000
    end
  end
  using Units
  class Clock
    def now = [2.minutes, 1.hours, "a".shout, 1 + 1]
    def all = [1, 2].map(&:minutes)
    using More
    def later = 2.minutes
    def send_it = 3.send(:minutes)
  end
RUBY
elsewhere 'Maglev.persistent { load "units.rb" }; p Maglev.commit, Clock.new.now, Clock.new.later'
elsewhere <<~'RUBY'
  p Clock.new.now, Clock.new.all, Clock.new.later, Clock.new.send_it
  p((2.minutes rescue $!.class), 1 + 1, Units.refinements.map { [_1.target, _1.instance_methods(false).sort] })
  using Units
  p 2.minutes, "b".shout, ("B".whisper rescue $!.class)
RUBY
elsewhere 'Maglev.persistent { eval "module Units; refine(Integer) { def minutes = self * 61 }; end" }; p Maglev.commit'
elsewhere 'p Clock.new.now'
