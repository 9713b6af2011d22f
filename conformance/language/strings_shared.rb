# Copies of literals and of frozen Strings stay apart from each other, however they are changed and however long they are.
LONG = ("a text that is longer than what fits beside a header, and than what machine code writes in place: " + "0123456789" * 8).freeze

def short = "short"
def middle = "sixteen bytes and more of them"
def long = "a literal of more than one hundred bytes, whose copies have the bytes of the literal until somebody changes one of them"
def wide = "an é in a literal of more than one hundred bytes, whose copies have the bytes of the literal until somebody changes them"

CHANGES = [
  ->(s) { s << "!" }, ->(s) { s.setbyte(0, 90) }, ->(s) { s[2, 3] = "" }, ->(s) { s.insert(1, "éé") }, ->(s) { s.chomp!("m") || s.chop! },
  ->(s) { s.upcase! }, ->(s) { s.replace("new") }, ->(s) { s.clear }, ->(s) { s.slice!(0, 5) }, ->(s) { s.force_encoding("BINARY") << "\xff".b },
  ->(s) { s.tr!("a-y", "b-z") }, ->(s) { s.squeeze! || s.reverse! }, ->(s) { s.concat(s, s) }, ->(s) { s.prepend(s) }, ->(s) { s.unicode_normalize!(:nfd) },
  ->(s) { s.gsub!(/[aeiou]/) { |c| c.upcase } }, ->(s) { s.encode!("UTF-16LE") }, ->(s) { s.succ! }, ->(s) { s.squeeze!("e"); s.byteslice(3..) }
]

300.times do |round|
  [short, middle, long, wide, LONG.dup, +LONG, LONG.clone(freeze: false)].each_with_index do |text, index|
    before = text.dup
    change = CHANGES[round % CHANGES.size]
    change.call(text)
    again = [short, middle, long, wide, LONG, LONG, LONG][index]
    raise "changed: #{again.inspect}" unless again == before
    p [round, index, text, text.encoding, text.valid_encoding?, text.hash == text.dup.hash] if round < CHANGES.size && index.between?(2, 4)
  end
end

# The owner of the bytes goes when nobody needs it, and not before.
def make(n) = n.times.map { |i| ("%04d " % i + LONG).freeze.dup }
copies = make(200)
GC.start
copies.each { |copy| copy << "x" if copy.hash.odd? }
GC.start
p copies.map { |copy| copy[0, 4].to_i }.sum, copies.all? { |copy| copy.include?("0123456789" * 8) }
chained = LONG.dup.freeze.dup.freeze.dup
chained[0] = "A"
p chained[0, 10], LONG[0, 10]

# Arrays of few elements lie in their objects, too; queues go round in them.
queue = [1, 2, 3]
1_000.times { |i| queue.push(queue.shift + i % 3) }
p queue
queue = Array.new(30) { |i| i }
500.times { queue.unshift(queue.pop); queue << queue.shift }
p queue.first(3), queue.size
grown = [:a]
60.times { |i| grown << i; grown.shift if i % 4 == 3 }
p grown.size, grown.first, grown.last, grown.sum { |v| v.is_a?(Integer) ? v : 0 }
grown.clear
grown.push(1, 2, 3, 4, 5, 6)
p grown, grown.take(2) + [nil] * 3, [1, 2, 3, 4, 5].tap { |list| list.insert(2, *1..40) }.size
