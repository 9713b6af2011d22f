# OpenSSL: what is no class of its own, over the functions in Rust (OpenSSL::Native).
module OpenSSL
  private_constant :Native

  # The library that CRuby is usually built with, whose behaviour this is.
  OPENSSL_VERSION = "OpenSSL 3.0.20 7 Apr 2026"
  OPENSSL_LIBRARY_VERSION = OPENSSL_VERSION
  OPENSSL_VERSION_NUMBER = 0x30000140
  OPENSSL_FIPS = true

  class << self
    attr_reader :debug

    def debug=(value)
      @debug = value ? true : false
    end

    def errors = []

    def fips_mode = false

    def fips_mode=(value)
      raise OpenSSLError, "fips mode not supported" if value
    end

    def fixed_length_secure_compare(first, second) = Native.equal?(first, second)
  end
  @debug = false

  # Random bytes of the system.
  module Random
    class RandomError < OpenSSLError; end

    class << self
      def random_bytes(count) = Native.random(count)
      alias pseudo_bytes random_bytes

      # What the system's generator makes does not depend on what is added.
      def seed(text) = text
      def random_add(_text, _entropy) = self
      def status? = true

      def load_random_file(path)
        File.open(path, "rb", &:getbyte) or raise RandomError, "RAND_load_file"
        true
      rescue SystemCallError
        raise RandomError
      end

      def write_random_file(path)
        File.binwrite(path, random_bytes(1024), perm: 0o600)
        true
      rescue SystemCallError
        raise RandomError
      end
    end
  end

  # Keys from passwords and other keys.
  module KDF
    module_function

    def pbkdf2_hmac(password, salt:, iterations:, length:, hash:)
      Native.pbkdf2(password, salt, iterations, length, hash)
    end

    def hkdf(secret, salt:, info:, length:, hash:) = Native.hkdf(secret, salt, info, length, hash)

    # The keyword `N` cannot be a parameter, so that all are taken together.
    def scrypt(password, **settings)
      names = %i[salt N r p length]
      missing, unknown = names - settings.keys, settings.keys - names
      raise ArgumentError, "missing keyword#{"s" if missing.size > 1}: #{missing.map(&:inspect).join(", ")}" unless missing.empty?
      raise ArgumentError, "unknown keyword#{"s" if unknown.size > 1}: #{unknown.map(&:inspect).join(", ")}" unless unknown.empty?
      salt, cost, block, lanes, length = settings.values_at(*names)
      Native.scrypt(password, salt, cost, block, lanes, length)
    end
  end

  # An Integer of any size, with the operations that keys are made with.
  class BN
    CONSTTIME = 4
    BASES = [0, 2, 10, 16].freeze
    private_constant :BASES

    class << self
      def rand(bits, top = 0, bottom = false)
        return new(0) if bits <= 0
        number = Native.random((bits + 7) / 8).unpack1("H*").hex & ((1 << bits) - 1)
        number |= 1 << (bits - 1) if top >= 0
        number |= 1 << (bits - 2) if top >= 1 && bits > 1
        number |= 1 if bottom
        new(number)
      end
      alias pseudo_rand rand

      def rand_range(range)
        range = __integer(range)
        raise BNError, "invalid range" if range <= 0
        new(::Random.urandom((range.bit_length + 71) / 8).unpack1("H*").hex % range)
      end
      alias pseudo_rand_range rand_range

      def generate_prime(bits, safe = true, add = nil, rem = nil)
        raise BNError, "bits too small" if bits < (safe ? 6 : 2)
        add, rem = add && __integer(add), rem ? __integer(rem) : 1
        loop do
          number = rand(bits, 1, true).to_i
          number += (rem - number) % add if add
          found = new(number)
          return found if found.prime? && (!safe || new(number >> 1).prime?)
        end
      end

      # The Integer that an argument stands for.
      def __integer(value)
        case value
        when BN then value.to_i
        when Integer then value
        when String then new(value).to_i
        else
          raise TypeError, "Cannot convert into OpenSSL::BN"
        end
      end
    end

    def initialize(value, base = 10)
      @number =
        case value
        when Integer then value
        when BN then value.to_i
        when nil then raise ArgumentError, "invalid argument"
        else parse(String.try_convert(value) || raise(TypeError, "Cannot convert into OpenSSL::BN"), base)
        end
    end

    def copy(other)
      @number = BN.__integer(other)
      self
    end

    def to_i = @number
    alias to_int to_i
    def to_bn = self
    def coerce(other) = [other, @number]
    def hash = @number.hash

    def to_s(base = 10)
      case base
      when 10 then @number.to_s
      when 16
        digits = @number.abs.to_s(16).upcase
        digits = "0#{digits}" if digits.size.odd? && @number != 0
        @number < 0 ? "-#{digits}" : digits
      when 2 then bytes
      when 0
        text = bytes
        text = "\0".b + text if text.getbyte(0).to_i > 127
        text.setbyte(0, text.getbyte(0) | 128) if @number < 0
        [text.bytesize].pack("N") + text
      else
        raise ArgumentError, "invalid radix #{base}"
      end
    end

    def inspect = Kernel.instance_method(:to_s).bind_call(self)

    def +(other) = made(@number + BN.__integer(other))
    def -(other) = made(@number - BN.__integer(other))
    def *(other) = made(@number * BN.__integer(other))
    def %(other) = made(@number.remainder(divisor(other)))
    def <<(bits) = made(@number << bits)
    def >>(bits) = made(@number.abs >> bits).then { |result| @number < 0 ? -result : result }
    def +@ = self.class.new(@number)
    def -@ = made(-@number)
    def abs = made(@number.abs)
    def sqr = made(@number * @number)
    def gcd(other) = made(@number.gcd(BN.__integer(other)))

    def **(other)
      exponent = BN.__integer(other)
      raise BNError, "bad exponent" if exponent < 0
      made(@number**exponent)
    end

    # Quotient and remainder, towards zero.
    def /(other)
      divisor = divisor(other)
      remainder = @number.remainder(divisor)
      [made((@number - remainder) / divisor), made(remainder)]
    end

    def mod_add(other, modulus) = made((@number + BN.__integer(other)) % divisor(modulus))
    def mod_sub(other, modulus) = made((@number - BN.__integer(other)) % divisor(modulus))
    def mod_mul(other, modulus) = made((@number * BN.__integer(other)) % divisor(modulus))
    def mod_sqr(modulus) = mod_mul(self, modulus)

    def mod_exp(exponent, modulus)
      exponent = BN.__integer(exponent)
      base = exponent < 0 ? mod_inverse(modulus).to_i : @number
      made(base.pow(exponent.abs, divisor(modulus)))
    end

    def mod_inverse(modulus)
      modulus = divisor(modulus).abs
      first, second, left, right = @number % modulus, modulus, 1, 0
      until first == 0
        quotient, rest = second.divmod(first)
        first, second, left, right = rest, first, right - quotient * left, left
      end
      raise BNError, "no inverse" if second != 1
      made(right % modulus)
    end

    # By Tonelli and Shanks.
    def mod_sqrt(modulus)
      prime = BN.__integer(modulus)
      value = @number % prime
      return made(0) if value == 0
      raise BNError, "not a square" if value.pow((prime - 1) / 2, prime) != 1
      odd, twos = prime - 1, 0
      odd, twos = odd >> 1, twos + 1 while odd.even?
      other = (2..).find { |number| number.pow((prime - 1) / 2, prime) == prime - 1 }
      factor, rest, root = other.pow(odd, prime), value.pow(odd, prime), value.pow((odd + 1) / 2, prime)
      until rest == 1
        order = (1...twos).find { |power| rest.pow(1 << power, prime) == 1 }
        step = factor.pow(1 << (twos - order - 1), prime)
        twos, factor = order, step * step % prime
        rest, root = rest * factor % prime, root * step % prime
      end
      made(root)
    end

    def <=>(other) = other.nil? ? nil : @number <=> BN.__integer(other)
    alias cmp <=>
    def ucmp(other) = @number.abs <=> BN.__integer(other).abs

    def ==(other)
      @number == BN.__integer(other)
    rescue TypeError, BNError
      false
    end
    alias === ==

    def eql?(other) = BN === other && @number == other.to_i
    def zero? = @number == 0
    def one? = @number == 1
    def odd? = @number.odd?
    def negative? = @number < 0
    def num_bits = @number.abs.bit_length
    def num_bytes = (num_bits + 7) / 8
    def bit_set?(bit) = @number.abs[bit] == 1

    def set_bit!(bit) = change { |number| number | 1 << checked_bit(bit) }
    def clear_bit!(bit) = change { |number| number & ~(1 << checked_bit(bit)) }
    def mask_bits!(bits) = change { |number| number & ((1 << checked_bit(bits)) - 1) }
    def lshift!(bits) = change { |number| number << bits }
    def rshift!(bits) = change { |number| number >> bits }

    def get_flags(_flag) = 0
    def set_flags(_flag) = nil

    # Is it a prime, as far as witnesses tell?
    def prime?(checks = nil, *)
      number = @number
      return number == 2 || number == 3 if number < 4
      return false if number.even? || number.gcd(16_294_579_238_595_022_365) > 1 && number > 53
      odd, twos = number - 1, 0
      odd, twos = odd >> 1, twos + 1 while odd.even?
      (Integer === checks && checks > 0 ? checks : 32).times.all? do |turn|
        base = turn == 0 ? 2 : 2 + ::Random.urandom(num_bytes + 8).unpack1("H*").hex % (number - 3)
        power = base.pow(odd, number)
        power == 1 || twos.times.any? { (power == number - 1).tap { power = power * power % number } }
      end
    end
    alias prime_fasttest? prime?

    private

    def initialize_copy(other)
      @number = other.to_i
    end

    def parse(text, base)
      raise ArgumentError, "invalid radix #{base}" unless BASES.include?(base)
      case base
      when 10 then text[/\A-?\d+/]&.to_i || raise(BNError, "")
      when 16 then text[/\A-?\h+/]&.to_i(16) || raise(BNError, "")
      when 2 then text.empty? ? 0 : text.unpack1("H*").hex
      else
        size = text.unpack1("N")
        raise BNError, "invalid length" if size.nil? || text.bytesize != size + 4
        number = size == 0 ? 0 : text.byteslice(4..).unpack1("H*").hex
        size > 0 && number[size * 8 - 1] == 1 ? -(number ^ (1 << (size * 8 - 1))) : number
      end
    end

    def bytes
      return "".b if @number == 0
      digits = @number.abs.to_s(16)
      [digits.size.odd? ? "0#{digits}" : digits].pack("H*")
    end

    def divisor(other)
      divisor = BN.__integer(other)
      raise BNError, "div by zero" if divisor == 0
      divisor
    end

    def checked_bit(bit)
      raise BNError, "invalid shift" if bit < 0
      bit
    end

    def change
      @number = @number < 0 ? -yield(-@number) : yield(@number)
      self
    end

    def made(number) = BN.new(number)
  end

  class BNError < OpenSSLError; end

  # Engines, configurations and providers of the C library: there is one, which is this.
  class ConfigError < OpenSSLError; end
end
