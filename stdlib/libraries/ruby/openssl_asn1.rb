# OpenSSL::ASN1: values as the distinguished rules encode them (X.690).
module OpenSSL
  module ASN1
    class ASN1Error < OpenSSLError; end

    UNIVERSAL_TAG_NAME = %w[
      EOC BOOLEAN INTEGER BIT_STRING OCTET_STRING NULL OBJECT OBJECT_DESCRIPTOR EXTERNAL REAL ENUMERATED EMBEDDED_PDV UTF8STRING
      RELATIVE_OID [UNIVERSAL\ 14] [UNIVERSAL\ 15] SEQUENCE SET NUMERICSTRING PRINTABLESTRING T61STRING VIDEOTEXSTRING IA5STRING UTCTIME
      GENERALIZEDTIME GRAPHICSTRING ISO64STRING GENERALSTRING UNIVERSALSTRING CHARACTER_STRING BMPSTRING
    ].freeze
    UNIVERSAL_TAG_NAME.each_with_index { |name, tag| const_set(name, tag) unless name.start_with?("[") }

    CLASSES = %i[UNIVERSAL APPLICATION CONTEXT_SPECIFIC PRIVATE].freeze
    private_constant :CLASSES

    # A value with its tag.
    class ASN1Data
      attr_accessor :value, :tag, :tag_class, :indefinite_length
      alias infinite_length indefinite_length
      alias infinite_length= indefinite_length=

      def initialize(value, tag, tag_class)
        raise ASN1Error, "invalid tag class" unless CLASSES.include?(tag_class)
        @tag, @value, @tag_class, @indefinite_length = tag, value, tag_class, false
      end

      def to_der
        return Coding.wrap(@tag, @tag_class, false, @value.to_s.b) unless Array === @value
        Coding.wrap(@tag, @tag_class, true, @value.map(&:to_der).join.b, @indefinite_length)
      end

      private

      # Around the value's own tag there may be another, or one in its place.
      def tagged(constructed, body)
        own = self.class.__tag || @tag
        case @tagging
        when :EXPLICIT
          Coding.wrap(@tag, @tag_class, true, Coding.wrap(own, :UNIVERSAL, constructed, body, @indefinite_length), @indefinite_length)
        else
          Coding.wrap(@tag, @tag_class, constructed, body, @indefinite_length)
        end
      end

      def set(value, rest)
        own = self.class.__tag
        tag, tagging, tag_class = rest.empty? ? own : rest
        raise ASN1Error, "must specify tag number" if tag.nil?
        raise ASN1Error, "invalid tagging method" unless tagging.nil? || Symbol === tagging
        tag_class ||= tagging ? :CONTEXT_SPECIFIC : :UNIVERSAL
        raise ASN1Error, "invalid tag class" unless CLASSES.include?(tag_class)
        @tag, @value, @tagging, @tag_class, @indefinite_length = tag, value, tagging, tag_class, false
      end

      class << self
        # The number of the type, for classes of universal types.
        def __tag = nil
      end
    end

    # A value that contains no others.
    class Primitive < ASN1Data
      attr_accessor :tagging

      def initialize(value, *rest)
        raise ArgumentError, "wrong number of arguments (given #{rest.size + 1}, expected 1..4)" if rest.size > 3
        set(value, rest)
      end

      def to_der = tagged(false, Coding.content(self, self.class.__tag || @tag))
    end

    # A list of values.
    class Constructive < ASN1Data
      include Enumerable

      attr_accessor :tagging

      def initialize(value, *rest)
        raise ArgumentError, "wrong number of arguments (given #{rest.size + 1}, expected 1..4)" if rest.size > 3
        set(value, rest)
      end

      def each(&)
        return enum_for(:each) unless block_given?
        @value.each(&)
        self
      end

      def to_der
        # Parts may be encoded already.
        parts = @value.to_a.map { |part| part.respond_to?(:to_der) ? part.to_der : Coding.text(part) }
        parts.pop if @indefinite_length && EndOfContent === @value.to_a.last
        tagged(true, parts.join.b)
      end
    end

    {
      Boolean: BOOLEAN, Integer: INTEGER, Enumerated: ENUMERATED, BitString: BIT_STRING, OctetString: OCTET_STRING, UTF8String: UTF8STRING,
      NumericString: NUMERICSTRING, PrintableString: PRINTABLESTRING, T61String: T61STRING, VideotexString: VIDEOTEXSTRING,
      IA5String: IA5STRING, GraphicString: GRAPHICSTRING, ISO64String: ISO64STRING, GeneralString: GENERALSTRING,
      UniversalString: UNIVERSALSTRING, BMPString: BMPSTRING, Null: NULL, ObjectId: OBJECT, UTCTime: UTCTIME,
      GeneralizedTime: GENERALIZEDTIME, EndOfContent: EOC
    }.each do |name, tag|
      const_set(name, Class.new(Primitive)).define_singleton_method(:__tag) { tag }
      define_singleton_method(name) { |*arguments| const_get(name).new(*arguments) }
    end
    { Sequence: SEQUENCE, Set: SET }.each do |name, tag|
      const_set(name, Class.new(Constructive)).define_singleton_method(:__tag) { tag }
      define_singleton_method(name) { |*arguments| const_get(name).new(*arguments) }
    end

    class BitString
      attr_accessor :unused_bits

      def initialize(value, ...)
        super
        @unused_bits = 0
      end
    end

    class EndOfContent
      def initialize = super("")
      def to_der = "\0\0".b
    end

    class Null
      def initialize(value = nil, ...) = super
    end

    # The name of an object, by any of its names.
    class ObjectId
      class << self
        def register(oid, short, long)
          Objects.add(oid, short, long)
          true
        end
      end

      def sn = Objects.row(@value)&.at(1)&.dup
      alias short_name sn
      def ln = Objects.row(@value)&.at(2)&.dup
      alias long_name ln
      def oid = Objects.oid(@value)&.dup || raise(ASN1Error, "invalid OBJECT ID #{@value}: first num too large")
      def ==(other) = ObjectId === other && oid == other.oid
    end

    # Bytes from values, and values from bytes.
    module Coding
      module_function

      def wrap(tag, tag_class, constructed, body, indefinite = false)
        first = CLASSES.index(tag_class) << 6 | (constructed ? 32 : 0)
        head = tag < 31 ? [first | tag].pack("C") : [first | 31].pack("C") + base128(tag)
        return head + "\x80".b + body + "\0\0".b if indefinite
        head + size(body.bytesize) + body
      end

      def size(count)
        return [count].pack("C") if count < 128
        bytes = [count].pack("Q>").sub(/\A\0+/n, "")
        [128 | bytes.bytesize].pack("C") + bytes
      end

      def base128(number)
        digits = number.digits(128).reverse
        [*digits[..-2].map { |digit| digit | 128 }, digits.last].pack("C*")
      end

      # The bytes of a primitive value of a universal type.
      def content(data, tag)
        value = data.value
        case tag
        when BOOLEAN then value ? "\xff".b : "\0".b
        when INTEGER, ENUMERATED then integer(value)
        when BIT_STRING then [data.respond_to?(:unused_bits) ? data.unused_bits.to_i : 0].pack("C") + text(value)
        when NULL then "".b
        when OBJECT then object(value)
        when UTCTIME then time(value, "%y%m%d%H%M%SZ")
        when GENERALIZEDTIME then time(value, "%Y%m%d%H%M%SZ")
        else text(value)
        end
      end

      def text(value)
        (String.try_convert(value) || raise(TypeError, "no implicit conversion of #{value.nil? ? "nil" : value.class} into String")).b
      end

      def integer(value)
        raise TypeError, "Can't convert nil into Integer" if value.nil?
        number = BN === value ? value.to_i : Integer(value)
        count = number.bit_length / 8 + 1
        [format("%0#{count * 2}x", number & ((1 << count * 8) - 1))].pack("H*")
      end

      def object(value)
        numbers = Objects.oid(value)&.split(".")&.map(&:to_i)
        raise ASN1Error, "invalid OBJECT ID #{value}: first num too large" if numbers.nil? || numbers.size < 2
        first, second, *rest = numbers
        [first * 40 + second, *rest].map { |number| base128(number) }.join.b
      end

      def time(value, format)
        value = Time.at(value) if ::Integer === value
        raise ASN1Error, "bad argument" unless value.respond_to?(:strftime)
        value.getutc.strftime(format).b
      end

      # The value at a place, and the place behind it.
      def read(bytes, start, ending, depth = 0)
        raise ASN1Error, "nested too deeply" if depth > 100
        tag, tag_class, constructed, place, count = head(bytes, start, ending)
        if constructed
          parts, place = count ? list(bytes, place, place + count, depth) : open_list(bytes, place, ending, depth)
          return made(parts, tag, tag_class, count.nil?), place
        end
        body = bytes.byteslice(place, count)
        value = tag_class == :UNIVERSAL ? primitive(body, tag) : ASN1Data.new(body, tag, tag_class)
        [value, place + count]
      end

      # Tag, class, whether there are values inside, where the content begins, its size (nil for one that an end marks).
      def head(bytes, start, ending)
        first = byte(bytes, start, ending)
        tag, place = first & 31, start + 1
        if tag == 31
          tag = 0
          loop do
            digit = byte(bytes, place, ending)
            place += 1
            tag = tag << 7 | digit & 127
            break if digit < 128
          end
        end
        count = byte(bytes, place, ending)
        place += 1
        if count == 128
          count = nil
        elsif count > 128
          digits = bytes.byteslice(place, count & 127)
          place += count & 127
          raise ASN1Error, "header too long" if digits.bytesize > 8 || place > ending
          count = digits.unpack1("H*").hex
        end
        constructed = first & 32 != 0
        raise ASN1Error, "indefinite length for primitive value" if count.nil? && !constructed
        raise ASN1Error, "too long" if count && place + count > ending
        [tag, CLASSES[first >> 6], constructed, place, count]
      end

      def byte(bytes, place, ending)
        place < ending ? bytes.getbyte(place) : raise(ASN1Error, "too small")
      end

      def list(bytes, place, ending, depth)
        parts = []
        while place < ending
          part, place = read(bytes, place, ending, depth + 1)
          parts << part
        end
        [parts, place]
      end

      def open_list(bytes, place, ending, depth)
        parts = []
        loop do
          part, place = read(bytes, place, ending, depth + 1)
          parts << part
          return parts, place if EndOfContent === part
        end
      end

      def made(parts, tag, tag_class, indefinite)
        data = case tag_class == :UNIVERSAL && tag
               when SEQUENCE then Sequence.new(parts)
               when SET then Set.new(parts)
               when false then ASN1Data.new(parts, tag, tag_class)
               else Constructive.new(parts, tag, nil, :UNIVERSAL)
               end
        data.indefinite_length = indefinite
        data
      end

      TYPES = [
        EndOfContent, Boolean, Integer, BitString, OctetString, Null, ObjectId, Enumerated, UTF8String, NumericString, PrintableString,
        T61String, VideotexString, IA5String, UTCTime, GeneralizedTime, GraphicString, ISO64String, GeneralString, UniversalString, BMPString
      ].to_h { |type| [type.__tag, type] }.freeze

      def primitive(body, tag)
        type = TYPES[tag]
        return type ? EndOfContent.new : ASN1Data.new(body, tag, :UNIVERSAL) if type.nil? || tag == EOC
        data = type.new(value_of(body, tag))
        data.unused_bits = body.getbyte(0) if tag == BIT_STRING
        data
      end

      def value_of(body, tag)
        case tag
        when BOOLEAN then body.getbyte(0) != 0
        when INTEGER, ENUMERATED then BN.new(signed(body))
        when BIT_STRING then body.byteslice(1..) || raise(ASN1Error, "invalid bit string")
        when NULL then nil
        when OBJECT then Objects.name(numbers(body))
        when UTCTIME, GENERALIZEDTIME then time_of(body, tag == UTCTIME)
        else body
        end
      end

      def signed(body)
        raise ASN1Error, "illegal zero content" if body.empty?
        number = body.unpack1("H*").hex
        number[body.bytesize * 8 - 1] == 1 ? number - (1 << body.bytesize * 8) : number
      end

      def numbers(body)
        raise ASN1Error, "invalid object encoding" if body.empty? || body.getbyte(-1) > 127
        joined = body.bytes.slice_when { |byte, _| byte < 128 }.map { |digits| digits.inject(0) { |sum, digit| sum << 7 | digit & 127 } }
        first = [joined.first / 40, 2].min
        [first, joined.first - first * 40, *joined.drop(1)].join(".")
      end

      def time_of(body, short)
        found = body.match(/\A(#{short ? "\\d\\d" : "\\d{4}"})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:\.\d+)?(Z|[+-]\d{4})?\z/) or raise ASN1Error, "bad time format"
        year = found[1].to_i
        year += year < 50 ? 2000 : 1900 if short
        offset = found[7] && found[7] != "Z" ? found[7].dup.insert(3, ":") : "+00:00"
        Time.new(year, *found.values_at(2, 3, 4, 5).map(&:to_i), found[6].to_i, offset).utc
      end
    end
    private_constant :Coding

    # Names of objects.
    module Objects
      ROWS = <<~ROWS.lines.map { |line| line.chomp.split(" ", 3) }
        2.5.4.3 CN commonName
        2.5.4.4 SN surname
        2.5.4.5 serialNumber serialNumber
        2.5.4.6 C countryName
        2.5.4.7 L localityName
        2.5.4.8 ST stateOrProvinceName
        2.5.4.9 street streetAddress
        2.5.4.10 O organizationName
        2.5.4.11 OU organizationalUnitName
        2.5.4.12 title title
        2.5.4.13 description description
        2.5.4.17 postalCode postalCode
        2.5.4.41 name name
        2.5.4.42 GN givenName
        2.5.4.43 initials initials
        2.5.4.46 dnQualifier dnQualifier
        0.9.2342.19200300.100.1.25 DC domainComponent
        0.9.2342.19200300.100.1.1 UID userId
        1.2.840.113549.1.9.1 emailAddress emailAddress
        1.2.840.113549.1.9.2 unstructuredName unstructuredName
        1.2.840.113549.1.9.7 challengePassword challengePassword
        1.2.840.113549.1.9.14 extReq Extension Request
        1.2.840.113549.1.1.1 rsaEncryption rsaEncryption
        1.2.840.113549.1.1.4 RSA-MD5 md5WithRSAEncryption
        1.2.840.113549.1.1.5 RSA-SHA1 sha1WithRSAEncryption
        1.2.840.113549.1.1.7 RSAES-OAEP rsaesOaep
        1.2.840.113549.1.1.8 MGF1 mgf1
        1.2.840.113549.1.1.10 RSASSA-PSS rsassaPss
        1.2.840.113549.1.1.11 RSA-SHA256 sha256WithRSAEncryption
        1.2.840.113549.1.1.12 RSA-SHA384 sha384WithRSAEncryption
        1.2.840.113549.1.1.13 RSA-SHA512 sha512WithRSAEncryption
        1.2.840.113549.1.1.14 RSA-SHA224 sha224WithRSAEncryption
        1.2.840.10045.2.1 id-ecPublicKey id-ecPublicKey
        1.2.840.10045.3.1.7 prime256v1 prime256v1
        1.3.132.0.34 secp384r1 secp384r1
        1.3.132.0.35 secp521r1 secp521r1
        1.3.132.0.10 secp256k1 secp256k1
        1.2.840.10045.4.1 ecdsa-with-SHA1 ecdsa-with-SHA1
        1.2.840.10045.4.3.1 ecdsa-with-SHA224 ecdsa-with-SHA224
        1.2.840.10045.4.3.2 ecdsa-with-SHA256 ecdsa-with-SHA256
        1.2.840.10045.4.3.3 ecdsa-with-SHA384 ecdsa-with-SHA384
        1.2.840.10045.4.3.4 ecdsa-with-SHA512 ecdsa-with-SHA512
        1.3.101.110 X25519 X25519
        1.3.101.111 X448 X448
        1.3.101.112 ED25519 ED25519
        1.3.101.113 ED448 ED448
        1.2.840.10040.4.1 DSA dsaEncryption
        1.2.840.113549.1.3.1 dhKeyAgreement dhKeyAgreement
        1.2.840.113549.2.5 MD5 md5
        1.3.14.3.2.26 SHA1 sha1
        2.16.840.1.101.3.4.2.1 SHA256 sha256
        2.16.840.1.101.3.4.2.2 SHA384 sha384
        2.16.840.1.101.3.4.2.3 SHA512 sha512
        2.16.840.1.101.3.4.2.4 SHA224 sha224
        1.3.36.3.2.1 RIPEMD160 ripemd160
        1.2.840.113549.2.7 hmacWithSHA1 hmacWithSHA1
        1.2.840.113549.2.9 hmacWithSHA256 hmacWithSHA256
        1.2.840.113549.2.10 hmacWithSHA384 hmacWithSHA384
        1.2.840.113549.2.11 hmacWithSHA512 hmacWithSHA512
        1.2.840.113549.1.5.12 PBKDF2 PBKDF2
        1.2.840.113549.1.5.13 PBES2 PBES2
        1.2.840.113549.3.7 DES-EDE3-CBC des-ede3-cbc
        2.16.840.1.101.3.4.1.2 AES-128-CBC aes-128-cbc
        2.16.840.1.101.3.4.1.22 AES-192-CBC aes-192-cbc
        2.16.840.1.101.3.4.1.42 AES-256-CBC aes-256-cbc
        2.5.29.9 subjectDirectoryAttributes X509v3 Subject Directory Attributes
        2.5.29.14 subjectKeyIdentifier X509v3 Subject Key Identifier
        2.5.29.15 keyUsage X509v3 Key Usage
        2.5.29.16 privateKeyUsagePeriod X509v3 Private Key Usage Period
        2.5.29.17 subjectAltName X509v3 Subject Alternative Name
        2.5.29.18 issuerAltName X509v3 Issuer Alternative Name
        2.5.29.19 basicConstraints X509v3 Basic Constraints
        2.5.29.20 crlNumber X509v3 CRL Number
        2.5.29.21 CRLReason X509v3 CRL Reason Code
        2.5.29.30 nameConstraints X509v3 Name Constraints
        2.5.29.31 crlDistributionPoints X509v3 CRL Distribution Points
        2.5.29.32 certificatePolicies X509v3 Certificate Policies
        2.5.29.35 authorityKeyIdentifier X509v3 Authority Key Identifier
        2.5.29.37 extendedKeyUsage X509v3 Extended Key Usage
        1.3.6.1.5.5.7.1.1 authorityInfoAccess Authority Information Access
        1.3.6.1.5.5.7.48.1 OCSP OCSP
        1.3.6.1.5.5.7.48.2 caIssuers CA Issuers
        1.3.6.1.5.5.7.3.1 serverAuth TLS Web Server Authentication
        1.3.6.1.5.5.7.3.2 clientAuth TLS Web Client Authentication
        1.3.6.1.5.5.7.3.3 codeSigning Code Signing
        1.3.6.1.5.5.7.3.4 emailProtection E-mail Protection
        1.3.6.1.5.5.7.3.8 timeStamping Time Stamping
        1.3.6.1.5.5.7.3.9 OCSPSigning OCSP Signing
        1.3.6.1.4.1.11129.2.4.2 ct_precert_scts CT Precertificate SCTs
        2.16.840.1.113730.1.1 nsCertType Netscape Cert Type
        2.16.840.1.113730.1.13 nsComment Netscape Comment
        1.2.840.113549.1.7.1 pkcs7-data pkcs7-data
        1.2.840.113549.1.7.2 pkcs7-signedData pkcs7-signedData
      ROWS
      @index = {}

      class << self
        def add(*row) = row.each { |name| @index[name] = row }

        # Number, short and long name.
        def row(name) = @index[name] || @index[@index.keys.find { |known| known.casecmp?(name) }]

        def oid(name)
          return name if name.match?(/\A[0-2](\.\d+)+\z/)
          row(name)&.first
        end

        # The name by which a number is shown.
        def name(oid) = (@index[oid]&.at(1) || oid).dup
      end
      ROWS.each { |row| add(*row) }
    end
    private_constant :Objects

    class << self
      def decode(source)
        bytes = __bytes(source)
        value, place = Coding.read(bytes, 0, bytes.bytesize)
        raise ASN1Error, "Type mismatch. Total bytes read: #{place} Bytes available: #{bytes.bytesize} Offset: #{place}" if place != bytes.bytesize
        value
      end

      def decode_all(source)
        bytes = __bytes(source)
        Coding.list(bytes, 0, bytes.bytesize, 0).first
      end

      # Yields depth, offset, size of the head, size of the content, whether there are values inside, class and tag of each value.
      def traverse(source, &block)
        bytes = __bytes(source)
        __walk(bytes, 0, bytes.bytesize, 0, &block)
        nil
      end

      def __bytes(source)
        source = source.to_der if source.respond_to?(:to_der)
        (String.try_convert(source) || raise(TypeError, "no implicit conversion of #{source.nil? ? "nil" : source.class} into String")).b
      end

      private

      def __walk(bytes, place, ending, depth, &block)
        while place < ending
          tag, tag_class, constructed, start, count = Coding.head(bytes, place, ending)
          block.call([depth, place, start - place, count.to_i, constructed, tag_class, tag])
          __walk(bytes, start, start + count, depth + 1, &block) if constructed && count
          place = start + (count || Coding.open_list(bytes, start, ending, depth).last - start)
        end
      end
    end
  end
end
