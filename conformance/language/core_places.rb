# What CRuby does by an instruction shows no frame; libraries whose class names are taken; separators in wide encodings; urgent data;
# names of groups and classes in patterns; Random's state; repeated hours.
def place
  yield
rescue => e
  puts "#{e.backtrace[0][/'.*'/]} #{e.message}"
end
hash, array, string = {}.freeze, [].freeze, "".freeze
place { hash[1] = 2 }
place { array[1] = 2 }
place { array << 1 }
place { string << "a" }
place { [1][nil] }
place { "a" + nil }
place { array.push(1) }
place { hash.store(1, 2) }
place { "abc"[nil] }
place { 5 << nil }
BasicSocket = 1
begin; require "socket"; rescue TypeError => e; p e; end
Zlib = Class.new
begin; require "zlib"; rescue TypeError => e; p e; end
reader, writer = IO.pipe
reader.binmode
reader.set_encoding("us-ascii", "utf-16be")
writer.print "a\n\n\n\nb\n"
p reader.gets("").encode("utf-8"), reader.gets.encode("utf-8")
p "foo".match(/(?<@bar>o)\k<@bar>/).named_captures, /\p{hiraganA}/e.encoding, ("a" =~ /\p{aLNUM}/)
random = Random.new(42)
random.rand
copy = Marshal.load(Marshal.dump(random))
p copy == random, copy.rand == random.rand, random.send(:left), Random.new(2**32).rand(100), Random.new(1) == Random.new(1)
ENV["TZ"] = "Europe/London"
p Time.local(59, 59, 2, 10, 8, 1947, nil, nil, true, nil), Time.local(59, 59, 2, 10, 8, 1947, nil, nil, false, nil)
p "\u{1F3F3}\uFE0F\u200D\u{1F308}a".encode("utf-16le").grapheme_clusters.size, "a\u0300\xFFb".grapheme_clusters.size
begin; "\u3042".encode("us-ascii", fallback: { "\u3042" => "\xff" }); rescue => e; p e; end
p [1].inspect.encoding, ["é"].inspect.encoding
%w[to_i to_f hex oct].each { |name| begin; "15".encode("utf-16le").send(name); rescue => e; p e; end }
