# Everything of a class comes back in another process, and nothing else.
File.write("library.rb", <<~'RUBY')
  # frozen_string_literal: true
  module Shop
    RATE = 7
    class Error < StandardError; end
    module Named
      def name = "named #{super}"
    end
    module Tagged
      def tag = :tagged
    end
    Point = Struct.new(:x, :y, keyword_init: true) do
      def sum = x + y
    end
    Size = Data.define(:w, :h) do
      def area = w * h
    end
    class Thing
      prepend Named
      include Tagged
      include Comparable
      PATTERN = /a+(b)/i
      HIDDEN = [1, 2].freeze
      private_constant :HIDDEN
      @made = []
      @@count = 5
      class << self
        attr_reader :made
        def build(*) = new(*)
        private def secret = 1
      end
      def self.count = @@count
      attr_accessor :size
      def initialize(size = Size.new(2, 3)) = @size = size
      def name = "thing"
      def rate = RATE
      def hidden = HIDDEN
      def literal = "text".frozen?
      def text = <<~A + <<~B
        first
      A
        second
      B
      def match(s) = s[PATTERN, 1]
      def <=>(other) = size.area <=> other.size.area
      alias old_name name
      alias_method :shout, :puts
      def twice = 2
      undef_method :twice
      undef_method :display
      protected def guarded = 1
      private
      def inner = :inner
      public
      def outer = inner
      module_function def helper = 1 if false
    end
    class Small < Thing
      def name = super.upcase
      private :rate
    end
  end
RUBY
def elsewhere(code) = system(RbConfig.ruby, "-e", code) || abort("failed: #{code}")

elsewhere 'Maglev.persistent { load "library.rb" }; p Maglev.commit'
File.delete("library.rb")
# Classes are found by name, though no root reaches them.
elsewhere <<~'RUBY'
  p Object.const_defined?(:Shop)
  thing = Shop::Small.new
  p thing.name, thing.tag, thing.size, thing.size.area, thing.hidden, thing.literal, thing.text, thing.match("xAAB")
  p Shop::Thing.count, Shop::Thing.made, Shop::Thing.build.name, thing.outer, thing == Shop::Thing.new, thing.old_name
  def error = yield rescue puts("#{$!.class}: #{$!.message.lines.first.chomp}")
  error { Shop::Thing::HIDDEN }
  error { thing.inner }
  error { thing.twice }
  error { thing.display }
  error { thing.rate }
  error { thing.guarded }
  error { Shop::Thing.secret }
  error { raise Shop::Error, "own error" }
  p Shop::Thing.ancestors.take(4), Shop::Small.superclass, Shop::Thing.instance_method(:rate).source_location
  p Shop::Point.new(x: 1, y: 2).sum, Shop::Size.new(w: 3, h: 4)
  Maglev[:point] = Shop::Point.new(x: 5, y: 6)
  Maglev[:things] = [Shop::Thing.new, thing]
  Maglev.commit
RUBY
elsewhere <<~'RUBY'
  p Maglev[:point], Maglev[:point].sum, Maglev[:point] == Shop::Point.new(x: 5, y: 6)
  p Maglev[:things].max.size, Maglev[:things].map(&:name)
  Maglev[:point].x = 50
  Maglev.commit
RUBY
elsewhere 'p Maglev[:point].to_a, Shop::RATE'
