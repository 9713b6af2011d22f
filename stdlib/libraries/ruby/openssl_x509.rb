# OpenSSL::X509: certificates, requests and lists of revoked ones (RFC 5280), over ASN.1.
module OpenSSL
  module X509
    %i[Attribute CRL Certificate Extension Name Request Revoked Store].each do |name|
      const_set(:"#{name}Error", Class.new(OpenSSLError)) unless name == :StoreContext
    end

    # A name as a list of types and values.
    class Name
      include Comparable

      COMPAT = 0
      RFC2253 = 17_892_119
      ONELINE = 8_520_479
      MULTILINE = 44_302_342
      DEFAULT_OBJECT_TYPE = ASN1::UTF8STRING
      OBJECT_TYPE_TEMPLATE = {
        "C" => 19, "countryName" => 19, "serialNumber" => 19, "dnQualifier" => 19, "DC" => 22, "domainComponent" => 22, "emailAddress" => 22
      }.tap { |template| template.default = DEFAULT_OBJECT_TYPE }.freeze

      def self._load(text) = new(text)

      def initialize(source = [], template = OBJECT_TYPE_TEMPLATE)
        @entries = []
        return source.each { |type, value, tag| add_entry(type, value, tag || template[type]) } if Array === source
        read(source)
      end

      def add_entry(type, value, tag = OBJECT_TYPE_TEMPLATE[type], **)
        value = (String.try_convert(value) || raise(TypeError, "no implicit conversion of #{value.nil? ? "nil" : value.class} into String")).b
        oid = ASN1::ObjectId(type.to_str).oid
        # The values of countries have a length.
        raise X509::NameError, "X509_NAME_add_entry_by_txt: string too long" if oid == "2.5.4.6" && value.bytesize > 2
        @entries << [oid, value, tag]
        self
      rescue ASN1::ASN1Error
        raise X509::NameError, "X509_NAME_add_entry_by_txt: invalid field name (name=#{type})"
      end

      def to_a = @entries.map { |oid, value, tag| [short(oid), value, tag] }

      def to_s(format = nil)
        case format
        when nil, COMPAT then @entries.map { |oid, value, _| "/#{short(oid)}=#{shown(value)}" }.join
        when RFC2253 then @entries.reverse.map { |oid, value, _| "#{short(oid)}=#{escaped(value)}" }.join(",")
        when ONELINE then @entries.map { |oid, value, _| "#{short(oid)} = #{escaped(value)}" }.join(", ")
        when MULTILINE then @entries.map { |oid, value, _| "#{long(oid).ljust(25)} = #{escaped(value)}" }.join("\n")
        else raise NotImplementedError, "OpenSSL::X509::Name#to_s with format #{format} is not implemented"
        end
      end

      def to_utf8
        @entries.reverse.map { |oid, value, _| "#{short(oid)}=#{value.dup.force_encoding(Encoding::UTF_8).gsub(/[,+"\\<>;]/) { "\\#{_1}" }}" }.join(",")
      end

      def inspect = "#<#{self.class} #{to_s(RFC2253)}>"

      def to_der
        ASN1.Sequence(@entries.map do |oid, value, tag|
          ASN1.Set([ASN1.Sequence([ASN1.ObjectId(oid), ASN1::Primitive.new(value, tag, nil, :UNIVERSAL)])])
        end).to_der
      end
      alias _dump_der to_der
      def _dump(_level) = to_der

      # In the form that comparisons are made in.
      def __canonical
        @entries.map { |oid, value, _| [oid, value.downcase.strip.gsub(/\s+/n, " ")] }
      end

      def <=>(other)
        return unless Name === other
        sizes = canonical_bytes.bytesize <=> other.__send__(:canonical_bytes).bytesize
        sizes == 0 ? canonical_bytes <=> other.__send__(:canonical_bytes) : sizes
      end
      alias cmp <=>

      def eql?(other) = Name === other && (self <=> other) == 0
      def hash = Digest.digest("SHA1", canonical_bytes).unpack1("L<")
      def hash_old = Digest.digest("MD5", to_der).unpack1("L<")

      private

      def initialize_copy(other)
        @entries = other.instance_variable_get(:@entries).map(&:dup)
      end

      def read(source)
        data = ASN1.decode(source)
        data.value.each { |set| set.value.each { |pair| @entries << [pair.value[0].oid, pair.value[1].value, pair.value[1].tag] } }
      rescue ASN1::ASN1Error, NoMethodError
        raise X509::NameError, "d2i_X509_NAME"
      end

      def short(oid) = ASN1::ObjectId(oid).sn || oid
      def long(oid) = ASN1::ObjectId(oid).ln || oid
      def shown(value) = value.gsub(/[^\x20-\x7e]/n) { format("\\x%02X", _1.ord) }.force_encoding(Encoding::US_ASCII)

      def escaped(value)
        value.gsub(/\A[# ]|[,+"\\<>;]| \z/n) { "\\#{_1}" }.gsub(/[^\x20-\x7e]/n) { format("\\%02X", _1.ord) }
      end

      def canonical_bytes
        __canonical.map do |oid, value|
          ASN1.Set([ASN1.Sequence([ASN1.ObjectId(oid), ASN1.UTF8String(value)])]).to_der
        end.join
      end
    end

    # An extension of a certificate, whose value is ASN.1 of its own.
    class Extension
      attr_reader :value_der

      def initialize(oid, value = (missing = true), critical = false)
        return read(oid) if missing
        self.oid = oid
        self.value = value
        self.critical = critical
      end

      def oid = ASN1::ObjectId(@oid).sn || @oid

      def oid=(name)
        @oid = ASN1::ObjectId(name).oid
      rescue ASN1::ASN1Error
        raise ExtensionError, "OBJ_txt2obj: first num too large"
      end

      def critical? = @critical

      def critical=(critical)
        @critical = critical ? true : false
      end

      # A text for simple kinds, or the bytes.
      def value=(value)
        @value_der = (value.respond_to?(:to_der) ? value.to_der : value.to_str).b
        return if String === value && !value.match?(/\A[\x20-\x7e]*\z/n)
        made = ExtensionText.parse(oid, value, ExtensionFactory.new) if String === value
        @value_der = made if made
      end

      def value = ExtensionText.show(oid, @value_der)
      def __oid = @oid

      def to_der = __asn1.to_der

      def __asn1
        ASN1.Sequence([ASN1.ObjectId(@oid), *(ASN1.Boolean(true) if @critical), ASN1.OctetString(@value_der)])
      end

      private

      def read(source)
        parts = ASN1.decode(source).value
        @oid, @critical, @value_der = parts[0].oid, parts.size == 3 && parts[1].value, parts.last.value
      rescue ASN1::ASN1Error, NoMethodError
        raise ExtensionError, "d2i_X509_EXTENSION"
      end
    end

    # Makes extensions from texts as OpenSSL's configurations have them.
    class ExtensionFactory
      attr_accessor :config, :issuer_certificate, :subject_certificate, :subject_request, :crl

      def initialize(issuer_certificate = nil, subject_certificate = nil, subject_request = nil, crl = nil)
        @issuer_certificate, @subject_certificate, @subject_request, @crl = issuer_certificate, subject_certificate, subject_request, crl
      end

      def create_ext(oid, value, critical = false)
        if value.start_with?("critical,")
          critical, value = true, value.delete_prefix("critical,").lstrip
        end
        bytes = ExtensionText.parse(ASN1::ObjectId(oid).sn, value, self)
        raise ExtensionError, "#{oid} = #{value}: error in extension (name=#{oid}, value=#{value})" unless bytes
        extension = Extension.allocate
        extension.oid = oid
        extension.critical = critical
        extension.instance_variable_set(:@value_der, bytes)
        extension
      end
    end

    # Extensions as texts.
    module ExtensionText
      USES = {
        "digitalSignature" => "Digital Signature", "nonRepudiation" => "Non Repudiation", "keyEncipherment" => "Key Encipherment",
        "dataEncipherment" => "Data Encipherment", "keyAgreement" => "Key Agreement", "keyCertSign" => "Certificate Sign",
        "cRLSign" => "CRL Sign", "encipherOnly" => "Encipher Only", "decipherOnly" => "Decipher Only"
      }.freeze
      NAMES = { 1 => "email", 2 => "DNS", 6 => "URI" }.freeze

      module_function

      # The bytes of a text; nil for a kind that is not known.
      def parse(kind, text, factory)
        case kind
        when "basicConstraints" then constraints(text)
        when "keyUsage" then uses(text)
        when "extendedKeyUsage" then ASN1.Sequence(words(text).map { |word| ASN1.ObjectId(word) }).to_der
        when "subjectKeyIdentifier" then ASN1.OctetString(text == "hash" ? identifier(factory) : [text.delete(":")].pack("H*")).to_der
        when "authorityKeyIdentifier" then authority(text, factory.issuer_certificate)
        when "subjectAltName", "issuerAltName" then ASN1.Sequence(words(text).flat_map { |word| name(word, factory) }).to_der
        when "nsComment" then ASN1.IA5String(text).to_der
        when "crlNumber" then ASN1.Integer(text.to_i).to_der
        when "crlDistributionPoints" then points(text)
        when "authorityInfoAccess"
          ASN1.Sequence(words(text).map { |word| word.split(";", 2).then { |kind, word| ASN1.Sequence([ASN1.ObjectId(kind), *name(word, factory)]) } }).to_der
        else
          hex(text)
        end
      rescue ASN1::ASN1Error
        nil
      end

      def hex(text)
        return [text.delete_prefix("DER:").delete(":")].pack("H*") if text.start_with?("DER:")
        kind, value = text.split(":", 3).drop(1) if text.start_with?("ASN1:")
        case kind
        when "UTF8String", "UTF8" then ASN1.UTF8String(value).to_der
        when "IA5STRING", "IA5" then ASN1.IA5String(value).to_der
        when "PRINTABLESTRING" then ASN1.PrintableString(value).to_der
        when "INTEGER", "INT" then ASN1.Integer(Integer(value)).to_der
        when "BOOLEAN", "BOOL" then ASN1.Boolean(value.match?(/\A(?:TRUE|YES|Y|1)/i)).to_der
        when "NULL" then ASN1.Null(nil).to_der
        end
      end

      def words(text) = text.split(",").map(&:strip)

      def constraints(text)
        settings = words(text).to_h { |word| word.split(":") }
        parts = []
        parts << ASN1.Boolean(true) if settings["CA"]&.match?(/\Atrue\z/i)
        parts << ASN1.Integer(settings["pathlen"].to_i) if settings["pathlen"]
        ASN1.Sequence(parts).to_der
      end

      def uses(text)
        bits = words(text).map { |word| USES.keys.index(word) || USES.values.index(word) || raise(ASN1::ASN1Error, "unknown use") }
        bytes = ("0" * (bits.max + 1)).tap { |digits| bits.each { |bit| digits[bit] = "1" } }
        data = ASN1.BitString([bytes].pack("B*"))
        data.unused_bits = -bytes.size % 8
        data.to_der
      end

      def identifier(factory)
        key = (factory.subject_certificate || factory.subject_request)&.public_key or raise ExtensionError, "no public key"
        key_identifier(key)
      end

      def key_identifier(key) = Digest.digest("SHA1", ASN1.decode(key.public_to_der).value[1].value)

      def authority(text, issuer)
        raise ExtensionError, "no issuer certificate" unless issuer
        parts = []
        if text.include?("keyid")
          bytes = issuer.subject_key_identifier || (key_identifier(issuer.public_key) if text.include?("always"))
          parts << ASN1.OctetString(bytes, 0, :IMPLICIT) if bytes
        end
        if text.include?("issuer") && (parts.empty? || text.include?("issuer:always"))
          parts << ASN1::ASN1Data.new([ASN1::ASN1Data.new([ASN1.decode(issuer.issuer.to_der)], 4, :CONTEXT_SPECIFIC)], 1, :CONTEXT_SPECIFIC)
          parts << ASN1.Integer(issuer.serial, 2, :IMPLICIT)
        end
        ASN1.Sequence(parts).to_der
      end

      # A name of RFC 5280, 4.2.1.6.
      def name(word, factory)
        kind, value = word.split(":", 2)
        tag = NAMES.key(kind)
        return ASN1.IA5String(value, tag, :IMPLICIT) if tag && value != "copy"
        case kind
        when "IP" then ASN1.OctetString(IPAddress.bytes(value), 7, :IMPLICIT)
        when "RID" then ASN1.ObjectId(value, 8, :IMPLICIT)
        when "dirName" then ASN1::ASN1Data.new([ASN1.decode(Name.parse(value).to_der)], 4, :CONTEXT_SPECIFIC)
        when "email" then factory.subject_certificate.subject.to_a.filter_map { |type, email, _| ASN1.IA5String(email, 1, :IMPLICIT) if type == "emailAddress" }
        else raise ASN1::ASN1Error, "unknown kind of name"
        end
      end

      def points(text)
        ASN1.Sequence(words(text).map do |word|
          names = ASN1::ASN1Data.new([name(word, nil)], 0, :CONTEXT_SPECIFIC)
          ASN1.Sequence([ASN1::ASN1Data.new([names], 0, :CONTEXT_SPECIFIC)])
        end).to_der
      end

      # The text of the bytes.
      def show(kind, bytes)
        data = ASN1.decode(bytes)
        case kind
        when "basicConstraints" then show_constraints(data.value)
        when "keyUsage" then show_uses(data.value)
        when "extendedKeyUsage" then data.value.map { |part| part.ln || part.oid }.join(", ")
        when "subjectKeyIdentifier" then colons(data.value)
        when "authorityKeyIdentifier" then show_authority(data.value)
        when "subjectAltName", "issuerAltName" then data.value.map { |part| show_name(part) }.join(", ")
        when "nsComment" then data.value
        when "crlNumber", "CRLReason" then data.value.to_i.to_s
        when "authorityInfoAccess" then data.value.map { |part| "#{part.value[0].ln} - #{show_name(part.value[1])}" }.join("\n")
        when "crlDistributionPoints"
          data.value.map { |part| "Full Name:\n  #{part.value[0].value[0].value.map { |name| show_name(name) }.join("\n  ")}" }.join("\n\n")
        else show_unknown(data, bytes)
        end
      rescue ASN1::ASN1Error, NoMethodError
        show_unknown(nil, bytes)
      end

      def show_unknown(data, bytes)
        return data.value if data && [ASN1::UTF8String, ASN1::IA5String, ASN1::PrintableString].include?(data.class)
        bytes.gsub(/[^\x20-\x7e]/n, ".")
      end

      def show_constraints(parts)
        limit = parts.find { |part| ASN1::Integer === part }
        "CA:#{parts.any? { |part| ASN1::Boolean === part && part.value } ? "TRUE" : "FALSE"}#{", pathlen:#{limit.value.to_i}" if limit}"
      end

      def show_uses(bytes) = bytes.unpack1("B*").each_char.with_index.filter_map { |bit, index| USES.values[index] if bit == "1" }.join(", ")
      def colons(bytes) = bytes.unpack1("H*").upcase.scan(/../).join(":")

      def show_authority(parts)
        key, names, serial = [0, 1, 2].map { |tag| parts.find { |part| part.tag == tag } }
        lines = []
        lines << (names ? "keyid:#{colons(key.value)}" : colons(key.value)) if key
        lines << "DirName:#{Name.new(names.value[0].value[0].to_der)}" if names
        lines << "serial:#{colons(serial.value)}" if serial
        lines.join("\n")
      end

      def show_name(part)
        case part.tag
        when 1, 2, 6 then "#{NAMES[part.tag]}:#{part.value}"
        when 4 then "DirName:#{Name.new(part.value[0].to_der).to_s(Name::ONELINE)}"
        when 7 then "IP Address:#{IPAddress.text(part.value)}"
        when 8 then "Registered ID:#{ASN1.decode("\6".b + [part.value.bytesize].pack("C") + part.value).value}"
        else "othername:<unsupported>"
        end
      end
    end
    private_constant :ExtensionText

    # Addresses as bytes and as texts.
    module IPAddress
      module_function

      def bytes(text)
        return text.split(".").map(&:to_i).pack("C4") unless text.include?(":")
        head, tail = text.split("::", 2).map { |part| part.to_s.split(":").map(&:hex) }
        [*head, *[0] * (8 - head.size - tail.to_a.size), *tail].pack("n8")
      end

      def text(bytes)
        case bytes.bytesize
        when 4 then bytes.unpack("C4").join(".")
        when 16 then bytes.unpack("n8").map { |part| part.to_s(16).upcase }.join(":")
        else "<invalid>"
        end
      end
    end
    private_constant :IPAddress

    # What is signed: a body, the algorithm and the signature.
    module Signed
      def to_der
        ASN1.Sequence([@body ? ASN1.decode(@body) : __body, @algorithm || ASN1.Sequence([ASN1.ObjectId("0.0")]), ASN1.BitString(@signature || "")]).to_der
      end

      def to_pem = Armor.write(self.class::LABEL, to_der)
      alias to_s to_pem

      def signature_algorithm
        name = @algorithm.value[0]
        name.ln || name.oid
      end

      def sign(key, digest)
        name = digest && (digest.respond_to?(:name) ? digest.name : Digest.new(digest).name)
        @algorithm = Signed.algorithm(key, name)
        @body = __body.to_der
        @signature = key.sign(name, @body)
        self
      end

      def verify(key)
        raise ArgumentError, "public key is needed" unless key.respond_to?(:verify)
        kind, digest = Signed.kind(@algorithm)
        raise self.class::ERROR, "wrong public key type" if kind != key.oid
        key.verify(digest, @signature, __signed_bytes, **Signed.options(@algorithm))
      rescue PKey::PKeyError
        false
      end

      def ==(other) = other.class == self.class && to_der == other.to_der

      def to_text
        raise NotImplementedError, "#{self.class}#to_text is not implemented"
      end

      def __signed_bytes = @body || __body.to_der

      HASHES = { "MD5" => "MD5", "SHA1" => "SHA1", "SHA224" => "SHA224", "SHA256" => "SHA256", "SHA384" => "SHA384", "SHA512" => "SHA512" }.freeze

      class << self
        def algorithm(key, digest)
          case key.oid
          when "rsaEncryption" then ASN1.Sequence([ASN1.ObjectId("RSA-#{digest}"), ASN1.Null(nil)])
          when "id-ecPublicKey" then ASN1.Sequence([ASN1.ObjectId("ecdsa-with-#{digest}")])
          else ASN1.Sequence([ASN1.ObjectId(key.oid)])
          end
        end

        # The key that an algorithm is for, and its digest.
        def kind(algorithm)
          name = algorithm.value[0].sn || algorithm.value[0].oid
          case name
          when /\ARSA-(.+)/ then ["rsaEncryption", $1]
          when /\Aecdsa-with-(.+)/ then ["id-ecPublicKey", $1]
          when "RSASSA-PSS" then ["rsaEncryption", pss(algorithm)[0]]
          else [name, nil]
          end
        end

        def options(algorithm)
          return {} unless algorithm.value[0].sn == "RSASSA-PSS"
          _, masks, salt = pss(algorithm)
          { rsa_padding_mode: "pss", rsa_mgf1_md: masks, rsa_pss_saltlen: salt }
        end

        # Digest, digest of the masks, and length of the salt of RFC 4055.
        def pss(algorithm)
          parts = algorithm.value[1].value.to_h { |part| [part.tag, part.value[0]] }
          [parts[0]&.value&.first&.sn || "SHA1", parts[1]&.value&.at(1)&.value&.first&.sn || "SHA1", (parts[2]&.value || 20).to_i]
        end
      end

      private

      def read(source, what)
        bytes = OpenSSL::PKey.__text(source)
        found = Armor.read(bytes).find { |label, *| label == self.class::LABEL || label == "X509 #{self.class::LABEL}" }
        raise self.class::ERROR, "PEM_read_bio_#{what}: no start line (Expecting: #{self.class::LABEL})" unless found || bytes.getbyte(0) == 0x30
        read_parts(ASN1.decode(found ? found[2] : bytes).value)
      rescue ASN1::ASN1Error, NoMethodError, TypeError
        raise self.class::ERROR, "PEM_read_bio_#{what}: no start line (Expecting: #{self.class::LABEL})"
      end

      def read_parts(parts)
        body, @algorithm, signature = parts
        @signature, @body = signature.value, body.to_der
        read_body(body.value)
      end

      # A change makes the signature void.
      def changed(value)
        @body = nil
        value
      end

      def time(value)
        value = Time.at(value) if ::Integer === value
        value.getutc.year.between?(1950, 2049) ? ASN1.UTCTime(value) : ASN1.GeneralizedTime(value)
      end

      def context(value, tag) = ASN1::ASN1Data.new([value], tag, :CONTEXT_SPECIFIC)
      def key_asn1 = ASN1.decode((@public_key || raise(self.class::ERROR, "no public key")).public_to_der)
    end
    private_constant :Signed

    # A certificate.
    class Certificate
      include Signed

      LABEL = "CERTIFICATE"
      ERROR = CertificateError

      def self.load(text)
        text = OpenSSL::PKey.__text(text)
        found = Armor.read(text).filter_map { |label, _, bytes| new(bytes) if label == LABEL }
        return found unless found.empty?
        raise CertificateError, "no start line" unless text.getbyte(0) == 0x30
        [new(text)]
      end

      attr_reader :version, :serial, :subject, :issuer, :not_before, :not_after, :extensions

      def initialize(source = nil)
        @version, @serial, @extensions = 0, BN.new(0), []
        @subject, @issuer = Name.new, Name.new
        read(source, "X509") if source
      end

      def version=(version)
        raise CertificateError, "version must be >= 0!" if version < 0
        @version = changed(version)
      end

      def serial=(serial)
        @serial = changed(BN.new(BN.__integer(serial)))
      end

      %i[subject issuer].each do |part|
        define_method("#{part}=") { |name| instance_variable_set("@#{part}", changed(Name === name ? name.dup : raise(TypeError, "wrong argument type #{name.class} (expected OpenSSL/X509/NAME)"))) }
      end
      %i[not_before not_after].each do |part|
        define_method("#{part}=") { |at| instance_variable_set("@#{part}", changed((::Integer === at ? Time.at(at) : at).getutc.round(0).then { |whole| Time.at(whole.to_i).utc })) }
      end

      def public_key
        @public_key ||= OpenSSL::PKey.read((@key || raise(CertificateError, "X509_get_pubkey: unable to get certs public key")).to_der)
      end

      def public_key=(key)
        @public_key = changed(key)
      end

      def add_extension(extension)
        raise TypeError, "wrong argument type #{extension.class} (expected OpenSSL/X509/EXT)" unless Extension === extension
        changed(@extensions << extension)
        extension
      end

      def extensions=(list)
        @extensions = changed(list.to_a.dup)
      end

      def check_private_key(key) = key.public_to_der == public_key.public_to_der
      def tbs_bytes = __signed_bytes
      def to_der = @body || @algorithm ? super : raise(CertificateError, "X509 is not signed")

      def __body
        parts = [*(context(ASN1.Integer(@version), 0) if @version > 0), ASN1.Integer(@serial), @algorithm || ASN1.Sequence([ASN1.ObjectId("0.0")]),
                 ASN1.decode(@issuer.to_der), ASN1.Sequence([time(@not_before || Time.at(0)), time(@not_after || Time.at(0))]),
                 ASN1.decode(@subject.to_der), @public_key ? key_asn1 : @key]
        parts << context(ASN1.Sequence(@extensions.map(&:__asn1)), 3) unless @extensions.empty?
        ASN1.Sequence(parts.compact)
      end

      private

      def initialize_copy(other)
        read(other.to_der, "X509")
      end

      def read_body(parts)
        @version = parts[0].tag_class == :CONTEXT_SPECIFIC ? parts.shift.value[0].value.to_i : 0
        serial, _, issuer, validity, subject, @key, *rest = parts
        @serial, @public_key = serial.value, nil
        @issuer, @subject = Name.new(issuer.to_der), Name.new(subject.to_der)
        @not_before, @not_after = validity.value.map(&:value)
        list = rest.find { |part| part.tag == 3 && part.tag_class == :CONTEXT_SPECIFIC }
        @extensions = list ? list.value[0].value.map { |part| Extension.new(part.to_der) } : []
      end
    end

    # What a certificate is asked for with.
    class Request
      include Signed

      LABEL = "CERTIFICATE REQUEST"
      ERROR = RequestError

      attr_reader :version, :subject, :attributes

      def initialize(source = nil)
        @version, @subject, @attributes = 0, Name.new, []
        read(source, "X509_REQ") if source
      end

      def version=(version)
        raise RequestError, "version must be >= 0!" if version < 0
        @version = changed(version)
      end

      def subject=(name)
        @subject = changed(name)
      end

      def public_key = @public_key ||= OpenSSL::PKey.read(@key.to_der)

      def public_key=(key)
        @public_key = changed(key)
      end

      def add_attribute(attribute)
        changed(@attributes << attribute)
        attribute
      end

      def attributes=(list)
        @attributes = changed(list.to_a.dup)
      end

      def __body
        attributes = ASN1::ASN1Data.new(@attributes.map { |part| ASN1.decode(part.to_der) }, 0, :CONTEXT_SPECIFIC)
        ASN1.Sequence([ASN1.Integer(@version), ASN1.decode(@subject.to_der), @public_key ? key_asn1 : @key, attributes])
      end

      private

      def read_body(parts)
        version, subject, @key, attributes = parts
        @version, @subject = version.value.to_i, Name.new(subject.to_der)
        @attributes = attributes ? attributes.value.map { |part| Attribute.new(part.to_der) } : []
      end
    end

    # A further part of a request.
    class Attribute
      attr_reader :value

      def initialize(oid, value = (missing = true))
        return @oid, @value = oid, value unless missing
        name, @value = ASN1.decode(oid).value
        @oid = name.oid
      end

      def oid = ASN1::ObjectId(@oid).sn || @oid
      attr_writer :oid, :value
      def to_der = ASN1.Sequence([ASN1.ObjectId(@oid), @value]).to_der
    end

    # A certificate that is no longer good.
    class Revoked
      attr_reader :serial, :time, :extensions

      def initialize
        @serial, @extensions = BN.new(0), []
      end

      def self.__read(data)
        allocate.tap do |revoked|
          serial, time, extensions = data.value
          revoked.instance_variable_set(:@serial, serial.value)
          revoked.instance_variable_set(:@time, time.value)
          revoked.instance_variable_set(:@extensions, extensions ? extensions.value.map { |part| Extension.new(part.to_der) } : [])
        end
      end

      def serial=(serial)
        @serial = BN.new(BN.__integer(serial))
      end

      def time=(at)
        @time = Time.at(at.to_i).utc
      end

      def extensions=(list)
        @extensions = list.to_a.dup
      end

      def add_extension(extension)
        @extensions << extension
        extension
      end

      def to_der = __asn1.to_der

      def __asn1
        list = ASN1.Sequence(@extensions.map(&:__asn1)) unless @extensions.empty?
        ASN1.Sequence([ASN1.Integer(@serial), @time.year < 2050 ? ASN1.UTCTime(@time) : ASN1.GeneralizedTime(@time), *list])
      end
    end

    # A list of revoked certificates.
    class CRL
      include Signed

      LABEL = "X509 CRL"
      ERROR = CRLError

      attr_reader :version, :issuer, :last_update, :next_update, :revoked, :extensions

      def initialize(source = nil)
        @version, @issuer, @revoked, @extensions = 0, Name.new, [], []
        read(source, "X509_CRL") if source
      end

      def version=(version)
        raise CRLError, "version must be >= 0!" if version < 0
        @version = changed(version)
      end

      def issuer=(name)
        @issuer = changed(name)
      end

      %i[last_update next_update].each do |part|
        define_method("#{part}=") { |at| instance_variable_set("@#{part}", changed(Time.at(at.to_i).utc)) }
      end

      def revoked=(list)
        @revoked = changed(list.to_a.dup)
      end

      def extensions=(list)
        @extensions = changed(list.to_a.dup)
      end

      def add_revoked(revoked)
        changed(@revoked << revoked)
        revoked
      end

      def add_extension(extension)
        changed(@extensions << extension)
        extension
      end

      def __body
        parts = [*(ASN1.Integer(@version) if @version > 0), @algorithm, ASN1.decode(@issuer.to_der), time(@last_update), *(time(@next_update) if @next_update)]
        parts << ASN1.Sequence(@revoked.map(&:__asn1)) unless @revoked.empty?
        parts << context(ASN1.Sequence(@extensions.map(&:__asn1)), 0) unless @extensions.empty?
        ASN1.Sequence(parts)
      end

      private

      def read_body(parts)
        @version = ASN1::Integer === parts[0] ? parts.shift.value.to_i : 0
        _, issuer, last, *rest = parts
        @issuer, @last_update = Name.new(issuer.to_der), last.value
        @next_update = rest.shift.value if [ASN1::UTCTime, ASN1::GeneralizedTime].include?(rest[0].class)
        @revoked = ASN1::Sequence === rest[0] ? rest.shift.value.map { |part| Revoked.__read(part) } : []
        @extensions = rest[0] ? rest[0].value[0].value.map { |part| Extension.new(part.to_der) } : []
      end
    end
  end
end
