# What DidYouMean adds to messages.
class Known
  LIMIT = 1
  attr_accessor :colour
  def paint = nil
  def misspelt_local
    counter = 1
    cuonter
  end
  def misspelt_method = piant
end
KnownConstant = 1

def report
  yield
rescue NameError, KeyError, NoMatchingPatternKeyError => error
  puts error.detailed_message(highlight: false, error_highlight: false)
  p error.message
end

known = Known.new
report { known.piant }
report { known.color = 1 }
report { known.misspelt_local }
report { known.misspelt_method }
report { KnownConstatn }
report { Known::LIMTI }
report { "text".upcasee }
report { nil.upcase }
report { { first: 1 }.fetch(:frist) }
report { { "first" => 1 }.fetch("frist") }
report { { first: 1 } => { frist: } }
report { putss "x" }
report { raise NameError, "plain" }
p DidYouMean::SpellChecker.new(dictionary: %w[email fail eval]).correct("meail")
p DidYouMean::Levenshtein.distance("kitten", "sitting"), DidYouMean::JaroWinkler.distance("MARTHA", "MARHTA").round(4)
