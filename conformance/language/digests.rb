# Digests in Rust: algorithms, Digest::Instance over methods of a program, Digest::Class, Bubble Babble, errors.
require "digest/md5"
require "digest/sha1"
require "digest/sha2.so"
require "digest/rmd160"
require "digest/bubblebabble"

def try
  p yield
rescue StandardError, NotImplementedError => error
  p [error.class, error.message]
end

algorithms = [Digest::MD5, Digest::SHA1, Digest::SHA256, Digest::SHA384, Digest::SHA512, Digest::RMD160]
algorithms.each do |algorithm|
  digest = algorithm.new
  p algorithm, digest.digest_length, digest.block_length, digest.hexdigest, algorithm.hexdigest("abc" * 100), algorithm.digest("é").bytes.sum
end

puts "-- an instance"
digest = Digest::MD5.new
p digest.update("a").equal?(digest), (digest << "b").equal?(digest), digest.hexdigest, digest.hexdigest("x"), digest.hexdigest, digest.length
digest << "a"
copy = digest.dup << "b"
p digest.to_s, copy.to_s, digest.new.to_s, digest.inspect, digest.digest!.encoding, digest.hexdigest!.encoding
p digest == "d41d8cd98f00b204e9800998ecf8427e", digest == Digest::MD5.new, digest == Digest::SHA1.new, digest == nil, digest == digest.digest
p digest.freeze.update("frozen").hexdigest
try { digest.send(:initialize_copy, Digest::SHA1.new) }
try { digest.send(:initialize_copy, 1) }
try { digest.update(1) }
try { Digest::MD5.digest }
try { Digest::MD5.hexdigest("a", 1) }
try { Digest::Base.new }
try { Class.new(Digest::Base).new }
try { Marshal.dump(digest) }

puts "-- one of the program's own"
class Sum < Digest::Class
  def initialize(start = 0) = @sum = @start = start
  def reset = (@sum = @start; self)
  def update(text) = (@sum += text.sum; self)
  def block_length = 1

  private def finish = [@sum].pack("N")
end
p Sum.digest("abc"), Sum.hexdigest("abc", 1), Sum.new.update("z").inspect, Sum.new.digest_length, Sum.new(7) == Sum.new(7), Sum.new == "00000000"
empty = Class.new { include Digest::Instance; def self.inspect = "Empty"; def self.to_s = "Empty" }
[:reset, :digest, :to_s, :inspect, :digest_length, :block_length, :new, :digest!].each { |name| try { Digest::Class.new.public_send(name) } }
try { Digest::Class.new << "a" }
try { Digest::Class.new == 1 }
try { Digest::Class.new(1) }
p empty.new.respond_to?(:finish), Digest::Class.ancestors.take(2), Digest::Base.superclass

puts "-- texts of bytes"
p Digest.hexencode("\0\xffa"), Digest.hexencode("").encoding, Digest.bubblebabble(""), Digest.bubblebabble("Pineapple"), Digest.bubblebabble("1234567890")
p Digest::MD5.bubblebabble("a"), Digest::SHA1.new.bubblebabble, Digest::MD5.bubblebabble("").encoding
try { Digest.hexencode(1) }
try { Digest.bubblebabble(nil) }
try { Digest::MD5.bubblebabble }
