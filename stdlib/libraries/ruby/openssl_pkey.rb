# OpenSSL::PKey: asymmetric keys, and how they are written. The arithmetic is in Rust.
module OpenSSL
  # Texts in base 64 between lines that name them (RFC 7468).
  module Armor
    BLOCK = /^-----BEGIN ([^-\n]+)-----\r?\n((?:[\w-]+: [^\n]*\n)*)(.*?)^-----END \1-----/m

    module_function

    def write(label, bytes, headers = "")
      "-----BEGIN #{label}-----\n#{headers}#{[bytes].pack("m48")}-----END #{label}-----\n"
    end

    # Label, headers and bytes of each text.
    def read(text)
      text.b.scan(BLOCK).map { |label, headers, body| [label, headers.scan(/^([\w-]+): (.*?)\r?$/).to_h, body.unpack1("m")] }
    end
  end
  private_constant :Armor

  module PKey
    # Reading of keys in any form.
    module Reading
      TRADITIONAL = { "RSA PRIVATE KEY" => :RSA, "EC PRIVATE KEY" => :EC, "RSA PUBLIC KEY" => :RSA }.freeze

      module_function

      # The key in a text or in bytes, nil for none.
      def key(data, password)
        Armor.read(data).each do |label, headers, bytes|
          bytes = decrypted(bytes, headers["DEK-Info"], password) if headers["DEK-Info"]
          found = bytes && from_der(bytes, password, label)
          return found if found
        end
        from_der(data.b, password, nil)
      end

      def decrypted(bytes, info, password)
        name, vector = info.split(",")
        cipher, vector = Cipher.new(name).decrypt, [vector].pack("H*")
        cipher.pkcs5_keyivgen(password.call(false).to_s, vector[0, 8], 1, "MD5")
        cipher.iv = vector
        cipher.update(bytes) + cipher.final
      rescue Cipher::CipherError
        nil
      end

      def from_der(bytes, password, label)
        parts = ASN1.decode(bytes).value
        case parts
        when String then return label == "EC PARAMETERS" || label.nil? ? EC.__make(EC::Group.new(parts), nil, nil) : nil
        when Array then shape = parts.map { |part| part.class.name[/\w+\z/].to_sym }
        else return nil
        end
        case shape
        in [:Integer, :Sequence, :OctetString, *] then algorithm(parts[1], parts[2].value, true)
        in [:Sequence, :BitString] then algorithm(parts[0], parts[1].value, false)
        in [:Sequence, :OctetString] then from_der(unlocked(parts, password), password, nil)
        in [:Integer, :OctetString, *] then EC.__traditional(parts)
        in [*, :Integer] if shape.uniq == [:Integer] then numbers(parts.map { |part| part.value.to_i }, label)
        else nil
        end
      rescue ASN1::ASN1Error, NoMethodError, Cipher::CipherError
        nil
      end

      def numbers(numbers, label)
        case [numbers.size, label]
        in [9, _] then RSA.__make(n: numbers[1], e: numbers[2], d: numbers[3], p: numbers[4], q: numbers[5])
        in [_, "DH PARAMETERS"] then DH.__make(p: numbers[0], g: numbers[1])
        in [2, _] then RSA.__make(n: numbers[0], e: numbers[1])
        else nil
        end
      end

      # The key of an algorithm, from its bytes.
      def algorithm(identifier, bytes, is_private)
        name, parameters = identifier.value
        case name.oid
        when "1.2.840.113549.1.1.1" then numbers(ASN1.decode(bytes).value.map { |part| part.value.to_i }, nil)
        when "1.2.840.10045.2.1"
          group = EC::Group.new(parameters.value)
          return EC.__traditional(ASN1.decode(bytes).value, group) if is_private
          EC.__make(group, nil, EC::Point.new(group, BN.new(bytes, 2)))
        when "1.2.840.113549.1.3.1"
          prime, generator = parameters.value.map { |part| part.value.to_i }
          number = ASN1.decode(bytes).value.to_i
          is_private ? DH.__make(p: prime, g: generator, priv_key: number) : DH.__make(p: prime, g: generator, pub_key: number)
        when "1.3.101.112", "1.3.101.110"
          is_private ? Raw.private(name.sn, ASN1.decode(bytes).value) : Raw.public(name.sn, bytes)
        end
      end

      HMACS = { "hmacWithSHA1" => "SHA1", "hmacWithSHA256" => "SHA256", "hmacWithSHA384" => "SHA384", "hmacWithSHA512" => "SHA512" }.freeze

      # What is locked by a password, by PBES2 of RFC 8018.
      def unlocked(parts, password)
        scheme, parameters = parts[0].value
        raise ASN1::ASN1Error, "unknown scheme" unless scheme.sn == "PBES2"
        derivation, encryption = parameters.value.map(&:value)
        salt, turns, *rest = derivation[1].value
        hash = rest.find { |part| ASN1::Sequence === part }
        cipher = Cipher.new(encryption[0].sn).decrypt
        cipher.key = KDF.pbkdf2_hmac(password.call(false).to_s, salt: salt.value, iterations: turns.value.to_i, length: cipher.key_len,
                                     hash: hash ? HMACS.fetch(hash.value[0].sn) : "SHA1")
        cipher.iv = encryption[1].value
        cipher.update(parts[1].value) + cipher.final
      end
    end
    private_constant :Reading

    class << self
      def read(source, password = nil, &block)
        Reading.key(__text(source), __password(password, block)) or raise PKeyError, "Could not parse PKey"
      end

      def generate_key(algorithm, options = {})
        case algorithm
        when PKey then return algorithm.__generate
        when /\ARSA\z/i
          bits, exponent = options.values_at("rsa_keygen_bits", "rsa_keygen_pubexp")
          return RSA.__make(%i[n e d p q].zip(Native.rsa_generate((bits || 2048).to_i, (exponent || 65_537).to_i)).to_h)
        when /\AEC\z/i then return EC.generate(options.fetch("ec_paramgen_curve") { raise PKeyError, "EVP_PKEY_keygen: no parameters set" })
        when /\A(?:ED25519|X25519)\z/i then return Raw.private(algorithm.upcase, Native.random(32))
        end
        reason = "unsupported (Global default library context, Algorithm (#{algorithm} : 0), Properties (<null>))"
        raise PKeyError, "EVP_PKEY_CTX_new_from_name: #{reason}"
      end

      def generate_parameters(algorithm, options = {})
        case algorithm
        when /\AEC\z/i then EC.new(options.fetch("ec_paramgen_curve"))
        when /\ADH\z/i
          bits, generator = options.values_at("dh_paramgen_prime_len", "dh_paramgen_generator")
          DH.__make(p: BN.generate_prime((bits || 2048).to_i, true).to_i, g: (generator || 2).to_i)
        else
          raise NotImplementedError, "OpenSSL::PKey.generate_parameters for #{algorithm} is not implemented"
        end
      end

      def new_raw_private_key(type, bytes) = __raw(type, bytes, "EVP_PKEY_new_raw_private_key_ex") { Raw.private(type.upcase, bytes) }
      def new_raw_public_key(type, bytes) = __raw(type, bytes, "EVP_PKEY_new_raw_public_key_ex") { Raw.public(type.upcase, bytes) }

      def __text(source)
        return source.to_der if source.respond_to?(:to_der)
        return source.read if source.respond_to?(:read)
        String.try_convert(source) || raise(TypeError, "no implicit conversion of #{source.nil? ? "nil" : source.class} into String")
      end

      def __password(password, block) = password ? ->(_) { password } : block || ->(_) {}

      private

      def __raw(type, bytes, function)
        unless %w[ED25519 X25519].include?(type.upcase)
          raise PKeyError, "#{function}: unsupported (Global default library context, Algorithm (#{type} : 0), Properties (<null>))"
        end
        raise PKeyError, "#{function}: key setup failed" if bytes.bytesize != 32
        yield
      end
    end

    # What keys of all kinds do. A kind has `oid`, `__parameters`, `__private_bytes` and `__public_bytes`, and what it can of
    # `__sign`, `__verify`, `encrypt`, `decrypt` and `derive`.
    class PKey
      def self.new(*)
        raise TypeError, "OpenSSL::PKey::PKey can't be instantiated directly" if self == PKey
        super
      end

      def sign(digest, text, options = {})
        raise ArgumentError, "private key is needed" unless private?
        __sign(__digest(digest), text.to_str, options)
      end

      def verify(digest, signature, text, options = {})
        __verify(__digest(digest), signature.to_str, text.to_str, options)
      end

      # Of text that is a digest already.
      def sign_raw(digest, text, options = {})
        raise ArgumentError, "private key is needed" unless private?
        __sign_digest(__digest(digest), text.to_str, options)
      end

      def verify_raw(digest, signature, text, options = {}) = __verify_digest(__digest(digest), signature.to_str, text.to_str, options)

      def encrypt(*) = __unsupported("EVP_PKEY_encrypt_init")
      def decrypt(*) = __unsupported("EVP_PKEY_decrypt_init")
      def derive(*) = __unsupported("EVP_PKEY_derive_init")

      def inspect = "#{Kernel.instance_method(:to_s).bind_call(self).chop} oid=#{oid} type_name=#{__type} provider=default>"

      def public_to_der
        ASN1.Sequence([__identifier, ASN1.BitString(__public_bytes)]).to_der
      end

      def public_to_pem = Armor.write("PUBLIC KEY", public_to_der)

      def private_to_der(cipher = nil, password = nil, &block)
        bytes = ASN1.Sequence([ASN1.Integer(0), __identifier, ASN1.OctetString(__private_bytes)]).to_der
        cipher ? __locked(bytes, cipher, PKey.__password(password, block).call(true)) : bytes
      end

      def private_to_pem(cipher = nil, password = nil, &block)
        Armor.write(cipher ? "ENCRYPTED PRIVATE KEY" : "PRIVATE KEY", private_to_der(cipher, password, &block))
      end

      def compare?(other)
        raise TypeError, "cannot match different PKey types" if oid != other.oid
        public_to_der == other.public_to_der
      end

      def to_text
        raise NotImplementedError, "#{self.class}#to_text is not implemented"
      end

      def self.__password(...) = OpenSSL::PKey.__password(...)

      private

      def __type = oid

      def __identifier = ASN1.Sequence([ASN1.ObjectId(oid), *__parameters])

      def __digest(digest)
        return if digest.nil?
        Digest === digest ? digest : Digest.new(digest)
      end

      def __unsupported(function)
        raise PKeyError, "#{function}: operation not supported for this keytype"
      end

      def __locked(bytes, cipher, password)
        cipher = cipher.respond_to?(:name) ? Cipher.new(cipher.name) : Cipher.new(cipher)
        salt, turns = Native.random(16), 2048
        cipher.encrypt
        cipher.key = KDF.pbkdf2_hmac(password, salt:, iterations: turns, length: cipher.key_len, hash: "SHA256")
        vector = cipher.random_iv
        derivation = ASN1.Sequence([ASN1.OctetString(salt), ASN1.Integer(turns), ASN1.Sequence([ASN1.ObjectId("hmacWithSHA256"), ASN1.Null(nil)])])
        scheme = ASN1.Sequence([ASN1.Sequence([ASN1.ObjectId("PBKDF2"), derivation]),
                                ASN1.Sequence([ASN1.ObjectId(cipher.name), ASN1.OctetString(vector)])])
        locked = cipher.update(bytes) + cipher.final
        ASN1.Sequence([ASN1.Sequence([ASN1.ObjectId("PBES2"), scheme]), ASN1.OctetString(locked)]).to_der
      end

      # The form that an algorithm had before there was one for all.
      def __traditional(label, bytes, cipher, password)
        return Armor.write(label, bytes) unless cipher
        cipher = cipher.respond_to?(:name) ? Cipher.new(cipher.name) : Cipher.new(cipher)
        cipher.encrypt
        vector = Native.random(cipher.iv_len)
        cipher.pkcs5_keyivgen(password, vector[0, 8], 1, "MD5")
        cipher.iv = vector
        headers = "Proc-Type: 4,ENCRYPTED\nDEK-Info: #{cipher.name},#{vector.unpack1("H*").upcase}\n\n"
        Armor.write(label, cipher.update(bytes) + cipher.final, headers)
      end
    end

    # Ed25519 and X25519, whose keys are their bytes.
    class Raw < PKey
      class << self
        def private(oid, bytes)
          public_bytes = oid == "ED25519" ? Native.ed25519_public(bytes) : Native.x25519_public(bytes)
          make(oid, bytes.b, public_bytes)
        end

        def public(oid, bytes) = make(oid, nil, bytes.b)

        private

        def make(oid, private_bytes, public_bytes) = PKey.allocate.extend(Methods).__set(oid, private_bytes, public_bytes)
      end

      # What such a key can, which is of the class PKey itself.
      module Methods
        attr_reader :oid

        def __set(oid, private_bytes, public_bytes)
          @oid, @private, @public = oid, private_bytes, public_bytes
          self
        end

        def private? = !@private.nil?
        def public? = true
        def raw_private_key = @private || raise(PKeyError, "EVP_PKEY_get_raw_private_key: not a private key")
        def raw_public_key = @public

        def derive(other)
          return super unless oid == "X25519"
          Native.x25519_derive(raw_private_key, other.raw_public_key)
        end

        def sign_raw(digest, text, options = {}) = sign(digest, text, options)
        def verify_raw(digest, signature, text, options = {}) = verify(digest, signature, text, options)

        private

        def __parameters = []
        def __public_bytes = @public
        def __private_bytes = ASN1.OctetString(raw_private_key).to_der

        def __sign(digest, text, _options)
          raise PKeyError, "EVP_DigestSignInit: invalid digest" if digest
          __unsupported("EVP_DigestSignInit") unless oid == "ED25519"
          Native.ed25519_sign(@private, text)
        end

        def __verify(digest, signature, text, _options)
          raise PKeyError, "EVP_DigestVerifyInit: invalid digest" if digest
          __unsupported("EVP_DigestVerifyInit") unless oid == "ED25519"
          Native.ed25519_verify(@public, text, signature)
        end
      end
    end
    private_constant :Raw

    # Diffie and Hellman's agreement modulo a prime.
    class DH < PKey
      def self.__make(parts) = allocate.tap { |key| key.__set(parts) }

      def initialize(source = nil, *)
        raise ArgumentError, "OpenSSL::PKey::DH.new cannot be called without arguments; pkeys are immutable with OpenSSL 3.0" if source.nil?
        data = OpenSSL::PKey.__text(source)
        numbers = ASN1.decode(Armor.read(data).dig(0, 2) || data).value
        found = numbers.size >= 2 && numbers.all?(ASN1::Integer) ? { p: numbers[0].value.to_i, g: numbers[1].value.to_i } : nil
        found ||= Reading.key(data, ->(_) {})&.__parts
        raise PKeyError, "could not parse pkey" unless found
        __set(found)
      rescue ASN1::ASN1Error
        raise PKeyError, "could not parse pkey"
      end

      def __set(parts)
        parts[:pub_key] ||= parts[:g].pow(parts[:priv_key], parts[:p]) if parts[:priv_key]
        @parts = parts
      end

      def __parts = @parts
      def __generate = DH.__make(p: @parts[:p], g: @parts[:g], priv_key: 1 + BN.rand_range(@parts[:p] - 2).to_i)
      def oid = "dhKeyAgreement"
      def private? = @parts.key?(:priv_key)
      def public? = @parts.key?(:pub_key)
      %i[p q g pub_key priv_key].each { |name| define_method(name) { @parts[name] && BN.new(@parts[name]) } }
      def to_der = ASN1.Sequence([ASN1.Integer(@parts[:p]), ASN1.Integer(@parts[:g])]).to_der
      alias export to_der
      def to_pem = Armor.write("DH PARAMETERS", to_der)
      alias to_s to_pem
      def params_ok? = p.prime?
      def set_key(*) = raise(PKeyError, "dh#set_key= is incompatible with OpenSSL 3.0")
      def set_pqg(*) = raise(PKeyError, "dh#set_pqg= is incompatible with OpenSSL 3.0")

      def derive(other)
        secret = other.pub_key.to_i.pow(@parts[:priv_key] || raise(PKeyError, "EVP_PKEY_derive"), @parts[:p])
        [format("%0#{(@parts[:p].bit_length + 7) / 8 * 2}x", secret)].pack("H*")
      end

      private

      def __type = "DH"
      def __parameters = [ASN1.Sequence([ASN1.Integer(@parts[:p]), ASN1.Integer(@parts[:g])])]
      def __public_bytes = ASN1.Integer(@parts[:pub_key]).to_der
      def __private_bytes = ASN1.Integer(@parts[:priv_key]).to_der
    end

    # Not there: its signatures are no longer in use.
    class DSA < PKey
      def initialize(*)
        raise NotImplementedError, "OpenSSL::PKey::DSA is not implemented"
      end
    end
  end
end
