# Suggestions for misspelt names: words that resemble the name by their common characters in order
# (Jaro-Winkler) and by the fewest changes that lead from one to the other (Levenshtein).
module DidYouMean
  VERSION = "2.0.0"

  # Similarity of two words between 0 and 1.
  module Jaro
    module_function

    def distance(first, second)
      a, b = first.codepoints, second.codepoints
      a, b = b, a if a.size > b.size
      return 0.0 if a.empty?
      reach = b.size > 3 ? b.size / 2 - 1 : 0
      taken = Array.new(b.size, false)
      matched = []
      a.each_with_index do |char, index|
        low = index > reach ? index - reach : 0
        at = (low..[index + reach, b.size - 1].min).find { |position| !taken[position] && b[position] == char }
        next unless at
        taken[at] = true
        matched << char
      end
      return 0.0 if matched.empty?
      others = b.each_index.select { |position| taken[position] }
      moved = matched.each_index.count { |index| matched[index] != b[others[index]] } / 2
      count = matched.size.to_f
      (count / a.size + count / b.size + (count - moved) / count) / 3
    end
  end

  # Jaro similarity that favours words with the same beginning.
  module JaroWinkler
    WEIGHT = 0.1
    THRESHOLD = 0.7

    module_function

    def distance(first, second)
      similarity = Jaro.distance(first, second)
      return similarity if similarity <= THRESHOLD
      a, b = first.codepoints, second.codepoints
      prefix = 0
      prefix += 1 while prefix < 4 && prefix < a.size && a[prefix] == b[prefix]
      similarity + prefix * WEIGHT * (1 - similarity)
    end
  end

  # The number of characters to insert, delete or replace.
  module Levenshtein
    module_function

    def distance(first, second)
      a, b = first.codepoints, second.codepoints
      row = (0..b.size).to_a
      a.each_with_index do |char, index|
        diagonal = row[0]
        row[0] = index + 1
        b.each_with_index do |other, column|
          cost = char == other ? diagonal : diagonal + 1
          diagonal = row[column + 1]
          row[column + 1] = [cost, row[column] + 1, diagonal + 1].min
        end
      end
      row.last
    end
  end

  # Finds the words of a dictionary that a misspelt one may mean.
  class SpellChecker
    def initialize(dictionary:)
      @dictionary = dictionary
    end

    def correct(input)
      wanted = plain(input)
      similar = wanted.length > 3 ? 0.834 : 0.77
      words = @dictionary.select { |word| word.to_s != input.to_s && JaroWinkler.distance(plain(word), wanted) >= similar }
      words = words.sort_by { |word| JaroWinkler.distance(word.to_s, wanted) }.reverse
      few_changes = (wanted.length * 0.25).ceil
      typos = words.select { |word| Levenshtein.distance(plain(word), wanted) <= few_changes }
      return typos unless typos.empty?
      words.select { |word|
        text = plain(word)
        Levenshtein.distance(text, wanted) < [text.length, wanted.length].min
      }.first(1)
    end

    private

    def plain(word) = word.to_s.downcase.delete("@")
  end

  # Suggests nothing.
  class NullChecker
    def initialize(*) = nil
    def corrections = []
  end

  RESERVED_WORDS = %i[
    __ENCODING__ __FILE__ __LINE__ BEGIN END alias and begin break case class def defined? do else elsif end ensure false for if in
    module next nil not or redo rescue retry return self super then true undef unless until when while yield
  ].freeze
  private_constant :RESERVED_WORDS

  def self.reserved_words = RESERVED_WORDS
  private_class_method :reserved_words

  # Methods of the receiver.
  class MethodNameChecker
    attr_reader :method_name, :receiver

    def initialize(exception)
      @exception = exception
      @method_name = exception.name
      @receiver = exception.receiver
    end

    def corrections
      @corrections ||= SpellChecker.new(dictionary: method_names - (@receiver.nil? ? nil.methods : [])).correct(@method_name)
    end

    def method_names
      return [] unless Object === @receiver
      names = @receiver.methods + @receiver.singleton_methods
      if @exception.private_call?
        names += @receiver.private_methods
        names += DidYouMean.send(:reserved_words)
      end
      writer = @method_name.end_with?("=")
      names.select { |name| name.end_with?("=") == writer }.uniq
    end
  end

  # Variables and methods in sight.
  class VariableNameChecker
    attr_reader :name, :method_names, :lvar_names, :ivar_names, :cvar_names

    def initialize(exception)
      @name = exception.name.to_s.delete_prefix("@@").delete_prefix("@")
      receiver = exception.receiver
      @lvar_names = Primitive.error_locals(exception)
      @method_names = receiver.methods + receiver.private_methods
      @ivar_names = receiver.instance_variables
      @cvar_names = (receiver.is_a?(Module) ? receiver : receiver.class).class_variables
    end

    def corrections
      words = (@lvar_names + @method_names + @ivar_names + @cvar_names + DidYouMean.send(:reserved_words)).uniq
      @corrections ||= SpellChecker.new(dictionary: words).correct(@name) - UNLIKELY.fetch(@name, [])
    end

    # The name that examples use is no misspelt keyword.
    UNLIKELY = { "foo" => %i[fork for] }.freeze
    private_constant :UNLIKELY
  end

  # Constants in the scopes of a missing one.
  class ClassNameChecker
    attr_reader :class_name

    def initialize(exception)
      @class_name = exception.name
      @receiver = exception.receiver
      @message = exception.message
    end

    def corrections
      @corrections ||= begin
        names = scopes.flat_map { |scope|
          prefix = scope == Object ? "" : "#{scope}::"
          scope.constants.map { |name| [name, "#{prefix}#{name}"] }
        }.uniq
        found = SpellChecker.new(dictionary: names.map(&:first).uniq).correct(@class_name)
        full = found.flat_map { |name| names.select { |short, _| short == name }.map(&:last) }
        full.reject { |name| @message.include?(name) }
      end
    end

    private

    def scopes
      parts = @receiver.to_s.split("::")
      parts.inject([Object]) { |all, part| all << all.last.const_get(part) }.uniq
    rescue NameError
      [Object]
    end
  end

  # Keys of the Hash or the like.
  class KeyErrorChecker
    def initialize(exception)
      @key = exception.key
      @keys = exception.receiver.keys
    end

    def corrections
      @corrections ||= SpellChecker.new(dictionary: @keys.grep(@key.class)).correct(@key).map(&:inspect)
    end
  end

  # Keys that a pattern could have meant.
  class PatternKeyNameChecker
    def initialize(exception)
      @key = exception.key
      @keys = exception.matchee.keys
    end

    def corrections
      @corrections ||= SpellChecker.new(dictionary: @keys.grep(Symbol)).correct(@key).map(&:inspect)
    end
  end

  # Writes suggestions down.
  class Formatter
    def self.message_for(corrections)
      corrections.empty? ? "" : "\nDid you mean?  #{corrections.join("\n               ")}"
    end

    def message_for(corrections) = self.class.message_for(corrections)
  end

  @formatter = Formatter

  class << self
    attr_accessor :formatter

    # Checkers by the names of the classes of exceptions.
    def spell_checkers
      @spell_checkers ||= {
        "NameError" => NameErrorCheckers, "KeyError" => KeyErrorChecker, "NoMethodError" => MethodNameChecker,
        "NoMatchingPatternKeyError" => PatternKeyNameChecker
      }
    end

    # Lets a checker look for corrections of a class of exceptions.
    def correct_error(error_class, spell_checker)
      spell_checkers[error_class.name.to_s] = spell_checker
      error_class.prepend(Correctable) if error_class.is_a?(Class) && !(error_class < Correctable)
    end

    # The checker for an exception.
    def checker_for(exception)
      name = exception.class.ancestors.map(&:to_s).find { |ancestor| spell_checkers.key?(ancestor) }
      name ? spell_checkers[name].new(exception) : NullChecker.new
    rescue StandardError
      NullChecker.new
    end

    # The lines that go behind the message of an exception.
    def suggestions_for(exception)
      formatter.message_for(exception.corrections)
    rescue StandardError
      ""
    end
  end

  # Chooses by what is missing: a constant or a variable.
  module NameErrorCheckers
    def self.new(exception)
      case exception.message
      when /\Auninitialized constant/ then ClassNameChecker.new(exception)
      when /\Aundefined local variable or method/, /\Auninitialized class variable/, /\A(?:instance )?variable .* not defined/ then VariableNameChecker.new(exception)
      when /\Aundefined method/ then MethodNameChecker.new(exception)
      else NullChecker.new(exception)
      end
    end
  end

  # Suggestions as methods of exceptions.
  module Correctable
    def spell_checker = @spell_checker ||= DidYouMean.checker_for(self)
    def corrections = @corrections ||= spell_checker.corrections.to_a
    def original_message = message
  end

  [NameError, KeyError, NoMatchingPatternKeyError, LoadError].each { |error| error.include(Correctable) }
end
