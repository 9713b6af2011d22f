# OpenSSL::PKey::EC: keys on elliptic curves, their groups and points.
module OpenSSL
  module PKey
    class EC < PKey
      NAMED_CURVE = 1
      EXPLICIT_CURVE = 0

      # Name, what it is, number of bits, order, bytes of a coordinate.
      CURVES = [
        ["prime256v1", "X9.62/SECG curve over a 256 bit prime field", 256,
         0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551, 32],
        ["secp384r1", "NIST/SECG curve over a 384 bit prime field", 384,
         0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973, 48],
        ["secp521r1", "NIST/SECG curve over a 521 bit prime field", 521,
         0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409, 66]
      ].freeze
      NAMES = { "P-256" => "prime256v1", "secp256r1" => "prime256v1", "P-384" => "secp384r1", "P-521" => "secp521r1" }.freeze
      private_constant :CURVES, :NAMES

      class << self
        def builtin_curves = CURVES.map { |name, text, *| [name, text] }

        def generate(group)
          group = group.group if EC === group
          group = Group.new(group) unless Group === group
          __make(group, 1 + BN.rand_range(group.order - 1).to_i, nil)
        end

        def __make(group, private_key, public_key) = allocate.tap { |key| key.__set(group, private_key, public_key) }

        # Version, number, group and point, the last two of which may be missing.
        def __traditional(parts, group = nil)
          named, point = [0, 1].map { |tag| parts.find { |part| part.tag_class == :CONTEXT_SPECIFIC && part.tag == tag }&.value&.first }
          group ||= Group.new(named.value)
          __make(group, BN.new(parts[1].value, 2).to_i, point && Point.new(group, BN.new(point.value, 2)))
        end

        def __curve(name)
          name = NAMES.fetch(name, name)
          CURVES.find { |row| row[0] == name } || raise(PKeyError, "invalid curve name")
        end
      end

      attr_reader :group

      def initialize(source = nil, password = nil, &block)
        case source
        when nil then raise ArgumentError, "OpenSSL::PKey::EC.new cannot be called without arguments; pkeys are immutable with OpenSSL 3.0"
        when EC then return __set(source.group, source.private_key&.to_i, source.public_key)
        when Group then return __set(source, nil, nil)
        end
        text = OpenSSL::PKey.__text(source)
        found = Reading.key(text, OpenSSL::PKey.__password(password, block))
        return __set(Group.new(text), nil, nil) unless found
        raise PKeyError, "incorrect pkey type: #{found.oid}" unless EC === found
        __set(found.group, found.private_key&.to_i, found.public_key)
      end

      def __set(group, private_key, public_key)
        @group, @private = group, private_key
        @public = public_key
        @public ||= Point.__new(group, Native.ec_public(group.curve_name, __scalar)) if private_key
      end

      def __generate = EC.generate(@group)
      def oid = "id-ecPublicKey"
      def private? = !@private.nil?
      alias private_key? private?
      def public? = !@public.nil?
      alias public_key? public?
      def private_key = @private && BN.new(@private)
      def public_key = @public
      def check_key = public? ? true : raise(PKeyError, "EVP_PKEY_public_check")
      def generate_key! = raise(PKeyError, "pkeys are immutable on OpenSSL 3.0")
      alias generate_key generate_key!
      %w[private_key public_key group].each do |name|
        define_method("#{name}=") { |_| raise PKeyError, "pkeys are immutable on OpenSSL 3.0" }
      end

      def to_der = private? ? __private_bytes(true) : public_to_der

      def to_pem(cipher = nil, password = nil, &block)
        return public_to_pem unless private?
        __traditional("EC PRIVATE KEY", to_der, cipher, cipher && OpenSSL::PKey.__password(password, block).call(true))
      end
      alias export to_pem
      alias to_s to_pem

      def derive(other)
        raise PKeyError, "EVP_PKEY_derive_init" unless private?
        point = Native.ec_combine(@group.curve_name, other.public_key.to_octet_string(:uncompressed), __scalar, nil)
        point.byteslice(1, (point.bytesize - 1) / 2)
      end

      private

      def initialize_copy(other)
        __set(other.group, other.private_key&.to_i, other.public_key)
      end

      def __type = "EC"
      def __scalar = [format("%0#{@group.__bytes * 2}x", @private)].pack("H*")
      def __parameters = [ASN1.ObjectId(@group.curve_name)]
      def __public_bytes = (@public || raise(PKeyError, "public key is needed")).to_octet_string(:uncompressed)

      def __private_bytes(with_group = false)
        raise PKeyError, "private key is needed" unless private?
        group = ASN1::ASN1Data.new([ASN1.ObjectId(@group.curve_name)], 0, :CONTEXT_SPECIFIC) if with_group
        point = ASN1::ASN1Data.new([ASN1.BitString(__public_bytes)], 1, :CONTEXT_SPECIFIC)
        ASN1.Sequence([ASN1.Integer(1), ASN1.OctetString(__scalar), *group, point]).to_der
      end

      def __sign(digest, text, options)
        __sign_digest(digest, Digest.digest((digest || Digest.new("SHA256")).name, text), options)
      end

      def __verify(digest, signature, text, options)
        __verify_digest(digest, signature, Digest.digest((digest || Digest.new("SHA256")).name, text), options)
      rescue ASN1::ASN1Error
        raise PKeyError, "EVP_DigestVerify"
      end

      def __sign_digest(_digest, hash, _options)
        bytes = Native.ec_sign(@group.curve_name, __scalar, hash) or raise PKeyError, "EVP_PKEY_sign"
        halves = [bytes.byteslice(0, bytes.bytesize / 2), bytes.byteslice(bytes.bytesize / 2..)]
        ASN1.Sequence(halves.map { |half| ASN1.Integer(BN.new(half, 2)) }).to_der
      end

      def __verify_digest(_digest, signature, hash, _options)
        numbers = ASN1.decode(signature).value
        raise ASN1::ASN1Error, "no signature" unless Array === numbers && numbers.size == 2 && numbers.all?(ASN1::Integer)
        size = @group.__bytes
        return false if numbers.any? { |number| number.value.negative? || number.value.num_bytes > size }
        bytes = numbers.map { |number| [format("%0#{size * 2}x", number.value.to_i)].pack("H*") }.join
        Native.ec_verify(@group.curve_name, __public_bytes, hash, bytes)
      end

      # A curve with its generator.
      class Group
        class Error < OpenSSLError; end

        attr_accessor :point_conversion_form, :asn1_flag

        def initialize(source)
          @point_conversion_form, @asn1_flag = :uncompressed, NAMED_CURVE
          return @row = source.__row if Group === source
          text = String.try_convert(source) || raise(TypeError, "no implicit conversion of #{source.nil? ? "nil" : source.class} into String")
          bytes = Armor.read(text).dig(0, 2) || text
          name = bytes.getbyte(0) == ASN1::OBJECT ? ASN1.decode(bytes).value : text
          @row = EC.__curve(name)
        end

        def __row = @row
        def __bytes = @row[4]
        def curve_name = @row[0]
        def degree = @row[2]
        def order = BN.new(@row[3])
        def cofactor = BN.new(1)
        def seed = nil
        def generator = Point.__new(self, Native.ec_public(curve_name, "\0".b * (__bytes - 1) + "\1".b))
        def ==(other) = Group === other && curve_name == other.curve_name
        alias eql? ==
        def to_der = ASN1.ObjectId(curve_name).to_der
        def to_pem = Armor.write("EC PARAMETERS", to_der)
        def inspect = Kernel.instance_method(:to_s).bind_call(self)

        def to_text
          raise NotImplementedError, "OpenSSL::PKey::EC::Group#to_text is not implemented"
        end
      end

      # A point of a curve.
      class Point
        class Error < OpenSSLError; end

        class << self
          def __new(group, bytes) = allocate.tap { |point| point.__set(group, bytes) }
        end

        attr_reader :group

        def initialize(group, source = nil)
          return __set(group.group, group.__bytes) if Point === group
          raise TypeError, "wrong argument type #{group.class} (expected OpenSSL/EC_GROUP)" unless Group === group
          return __set(group, "\0".b) if source.nil?
          bytes = BN === source ? source.to_s(2) : source.to_str.b
          bytes = "\0".b if bytes.empty?
          found = bytes == "\0".b ? bytes : Native.ec_point(group.curve_name, bytes, false)
          raise Error, "EC_POINT_bn2point: invalid encoding" unless found
          __set(group, found)
        end

        def __set(group, bytes)
          @group, @bytes = group, bytes
        end

        def __bytes = @bytes
        def infinity? = @bytes == "\0".b
        def on_curve? = true
        def make_affine! = self
        def ==(other) = Point === other && @group == other.group && @bytes == other.__bytes
        alias eql? ==
        def inspect = "#{Kernel.instance_method(:to_s).bind_call(self).chop} @group=#{@group.inspect}>"

        def to_octet_string(form)
          return @bytes if infinity? || form == :uncompressed
          raise ArgumentError, "unsupported point conversion form: #{form}" unless form == :compressed
          Native.ec_point(@group.curve_name, @bytes, true)
        end

        def add(other)
          return other if infinity?
          return self if other.infinity?
          combined(1, other)
        end

        def mul(times, generator_times = nil)
          product = combined(BN.__integer(times), nil)
          generator_times ? product.add(@group.generator.mul(generator_times)) : product
        end

        def invert!
          @bytes = combined(@group.order.to_i - 1, nil).__bytes
          self
        end

        def set_to_infinity!
          @bytes = "\0".b
          self
        end

        private

        def combined(times, other)
          return self if infinity?
          scalar = [format("%0#{@group.__bytes * 2}x", times % @group.order.to_i)].pack("H*")
          bytes = Native.ec_combine(@group.curve_name, @bytes, scalar, other&.__bytes) or raise Error, "EC_POINT_mul"
          Point.__new(@group, bytes)
        end
      end
    end
  end
end
