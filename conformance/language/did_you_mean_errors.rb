# A class of exceptions that the program names to DidYouMean has corrections, too.
class CommandError < StandardError
  attr_reader :name

  def initialize(name)
    @name = name
    super("no command #{name}")
  end
end

class CommandChecker
  def initialize(exception)
    @name = exception.name
  end

  def corrections = DidYouMean::SpellChecker.new(dictionary: %w[start stop status]).correct(@name)
end

DidYouMean.correct_error(CommandError, CommandChecker)
p CommandError.ancestors.first, DidYouMean.spell_checkers["CommandError"]
begin
  raise CommandError, "strat"
rescue CommandError => error
  p error.message, error.corrections, error.original_message, error.detailed_message(highlight: false), error.detailed_message(did_you_mean: false)
  puts error.detailed_message
  p error.full_message(highlight: false).lines.last
end
begin
  raise CommandError, "zzzzzz"
rescue CommandError => error
  p error.corrections, error.detailed_message(highlight: false)
end
p (begin; "".fetc; rescue NoMethodError => error; error.corrections; end)
