# Counts words and pairs of words of a generated text: hashes with string and array keys, sorting by count.

SYLLABLES = %w[ka lo mi ren tu sa vor el ni pa dor shi].freeze

def generate_text(words)
  seed = 42
  text = +""
  words.times do
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    # The square of a random number makes a few words common and most of them rare.
    pick = (seed >> 8) % 1000
    pick = pick * pick / 3000
    text << SYLLABLES[pick % 12] << SYLLABLES[pick / 12 % 12]
    text << SYLLABLES[pick / 144] if pick >= 144
    text << " "
  end
  text
end

TEXT = generate_text(100_000).freeze

EXPECTED = [
  333,
  51040,
  [["kaka", 5467], ["loka", 2229], ["mika", 1700]],
  [[4, 64], [5, 64], [6, 104], [7, 83], [8, 18]]
]

def benchmark
  counts = Hash.new(0)
  pairs = {}
  previous = nil
  TEXT.split(" ").each do |word|
    counts[word] += 1
    if previous
      key = [previous, word]
      pairs[key] = (pairs[key] || 0) + 1
    end
    previous = word
  end
  common = counts.sort_by { |word, count| [-count, word] }.first(3)
  by_length = counts.group_by { |word, _| word.size }.map { |size, rows| [size, rows.size] }.sort
  [counts.size, pairs.size, common, by_length]
end
