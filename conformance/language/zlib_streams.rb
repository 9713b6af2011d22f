# Zlib's streams and checksums: what they give, what waits in them, how they fail.
require "zlib"

def attempt
  p yield
rescue => error
  puts "#{error.class}: #{error.message}"
end

text = "The quick brown fox jumps over the lazy dog. " * 20
p Zlib.deflate("hello world hello world"), Zlib.deflate(text), Zlib.deflate("ab", 0), Zlib.deflate("aaaaaaaaaa", Zlib::BEST_SPEED)
p Zlib.inflate(Zlib.deflate(text)) == text, Zlib.inflate(Zlib.deflate("a")).encoding

stream = Zlib::Deflate.new
p [stream.avail_in, stream.avail_out, stream.total_in, stream.data_type, stream.adler, stream.finished?, stream.closed?]
p stream << "abc" && stream.avail_out, stream.total_in, stream.deflate("def", Zlib::SYNC_FLUSH), stream.flush_next_out
p stream.finish, stream.finished?, stream.total_in, stream.total_out, stream.adler, stream.close, stream.closed?
attempt { stream.finish }
attempt { stream.close }

stream = Zlib::Inflate.new
p stream.inflate(Zlib.deflate("abcdef") + "rest"), stream.finished?, stream.avail_in, stream.total_in, stream.inflate("more"), stream.finish
stream.reset
p Zlib.deflate("hello" * 10).each_char.map { |char| stream.inflate(char) }
attempt { Zlib::Inflate.new.inflate("abc") }
attempt { Zlib.inflate("") }
attempt { Zlib.inflate(Zlib.deflate("abcdef")[0..-3]) }
attempt { Zlib.inflate(Zlib.deflate("abcdef")[0..-2] + "x") }
attempt { Zlib::Inflate.new(-15).inflate("\xff\xff") }
attempt { Zlib::Deflate.new(10) }
attempt { Zlib::Inflate.new(99) }
attempt { Zlib.deflate(nil) }
attempt { Zlib::ZStream.new }
attempt { Zlib::Deflate.allocate.deflate("a") }
attempt { Zlib::Inflate.new.inflate("", size: 1) }

stream = Zlib::Deflate.new
stream.set_dictionary("abcdef")
packed = stream.deflate("abcdefabc", Zlib::FINISH)
attempt { Zlib.inflate(packed) }
stream = Zlib::Inflate.new
attempt { stream.inflate(packed) }
attempt { [stream.set_dictionary("abcdef"), stream.inflate("")] }
stream = Zlib::Inflate.new
stream.add_dictionary("abcdef")
attempt { stream.inflate(packed) }
attempt { Zlib::Inflate.new.set_dictionary("xx") }

buffer = +"old"
p Zlib::Inflate.new.inflate(Zlib.deflate("new"), buffer: buffer), buffer
p Zlib::Inflate.new(Zlib::MAX_WBITS + 32).inflate(Zlib.gzip("hi")), Zlib::Inflate.new.sync_point?
p Zlib.crc32, Zlib.adler32, Zlib.crc32("abc"), Zlib.adler32("abc", 5), Zlib.crc32("abc", -1), Zlib.crc32(nil)
p Zlib.crc_table.values_at(1, 255), Zlib.crc32_combine(Zlib.crc32("ab"), Zlib.crc32("c"), 1), Zlib.adler32_combine(1, 2, 3)
attempt { Zlib.crc32("abc", 2**64) }
attempt { Zlib.crc32(1) }
