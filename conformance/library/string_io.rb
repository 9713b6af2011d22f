# StringIO: paragraphs, encodings of what is written, options that contradict each other.
require "stringio"

def attempt
  p yield
rescue StandardError => error
  puts "#{error.class}: #{error.message.gsub(/0x\h+/, "ID")}"
end

attempt { StringIO.new("para1\n\npara2\n\n\npara3").each_line("").to_a }
attempt { StringIO.new("\n\n\npara1\n\npara2\n\n\n\n\npara3\n\n\n").each_line("").to_a }
attempt { StringIO.new("a\n\n\n\nb").then { |io| [io.gets(""), io.pos, io.gets("")] } }
attempt { StringIO.new("a\n\n\n\nb\n").each_line("", chomp: true).to_a }
attempt { StringIO.new.reopen(Object.new) }
attempt { StringIO.new.reopen(nil) }
silent = Object.new
def silent.to_s = false
attempt { StringIO.new.tap { |io| io.puts(silent, [silent]) }.string.gsub(/0x\h+/, "ID") }
attempt { StringIO.new("".encode("UTF-16BE")).tap { |io| io.set_encoding("UTF-16BE").write("hi") }.string.bytes }
attempt { StringIO.new("x".encode("ISO-8859-1"), "w").string.encoding }
attempt { StringIO.new("abc", "rb").external_encoding }
attempt { StringIO.new(+"abc", "w", binmode: true).then { |io| [io.external_encoding, io.string.encoding] } }
[["r", { mode: "w" }], ["rb", { binmode: true }], ["rt", { textmode: true }], ["rb", { textmode: true }], ["rt", { binmode: true }],
 [nil, { binmode: true, textmode: true }], ["r:UTF-8", { encoding: "ascii" }], ["r:UTF-8", { external_encoding: "ascii" }]].each do |mode, options|
  attempt { StringIO.new(+"abc", *mode, **options) }
end
attempt { StringIO.new(+"abc", "r:ascii").then { |io| [io.external_encoding, io.string.encoding] } }
attempt { StringIO.new("abc").freeze.set_encoding_by_bom }
attempt { StringIO.new("\xEF\xBB\xBFabc".b).then { |io| [io.set_encoding_by_bom, io.read] } }
p nil.object_id, true.object_id, false.object_id, 1.object_id
