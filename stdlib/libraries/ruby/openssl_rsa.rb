# OpenSSL::PKey::RSA: RSA with the paddings of PKCS #1 (RFC 8017).
module OpenSSL
  module PKey
    class RSA < PKey
      def self.__make(parts) = allocate.tap { |key| key.__set(parts) }

      def initialize(source = (missing = true), password = nil, &block)
        if missing
          raise ArgumentError, "OpenSSL::PKey::RSA.new cannot be called without arguments; pkeys are immutable with OpenSSL 3.0"
        end
        found = Reading.key(OpenSSL::PKey.__text(source), OpenSSL::PKey.__password(password, block))
        raise PKeyError, "Neither PUB key nor PRIV key" unless found
        raise PKeyError, "incorrect pkey type: #{found.oid}" unless RSA === found
        __set(found.__parts)
      end

      def __set(parts)
        @parts = parts
        @bytes = (parts[:n].bit_length + 7) / 8
      end

      def __parts = @parts
      def __generate = OpenSSL::PKey.generate_key("RSA", "rsa_keygen_bits" => @parts[:n].bit_length, "rsa_keygen_pubexp" => @parts[:e])
      def oid = "rsaEncryption"
      def private? = @parts.key?(:d)
      def public? = true
      %i[n e d p q].each { |name| define_method(name) { @parts[name] && BN.new(@parts[name]) } }
      def dmp1 = @parts[:p] && BN.new(@parts[:d] % (@parts[:p] - 1))
      def dmq1 = @parts[:q] && BN.new(@parts[:d] % (@parts[:q] - 1))
      def iqmp = @parts[:q] && BN.new(@parts[:q]).mod_inverse(@parts[:p])
      def set_key(*) = raise(PKeyError, "rsa#set_key= is incompatible with OpenSSL 3.0")
      def set_factors(*) = raise(PKeyError, "rsa#set_factors= is incompatible with OpenSSL 3.0")
      def set_crt_params(*) = raise(PKeyError, "rsa#set_crt_params= is incompatible with OpenSSL 3.0")

      def to_der = private? ? __private_bytes : public_to_der

      def to_pem(cipher = nil, password = nil, &block)
        return public_to_pem unless private?
        __traditional("RSA PRIVATE KEY", to_der, cipher, cipher && OpenSSL::PKey.__password(password, block).call(true))
      end
      alias export to_pem
      alias to_s to_pem

      def sign_pss(digest, text, salt_length:, mgf1_hash:)
        raise PKeyError, "private key is needed" unless private?
        __sign(__digest(digest), text, "rsa_padding_mode" => "pss", "rsa_pss_saltlen" => salt_length, "rsa_mgf1_md" => mgf1_hash)
      end

      def verify_pss(digest, signature, text, salt_length:, mgf1_hash:)
        __verify(__digest(digest), signature, text, "rsa_padding_mode" => "pss", "rsa_pss_saltlen" => salt_length, "rsa_mgf1_md" => mgf1_hash)
      end

      def encrypt(text, options = {})
        block = case padding(options)
                when "pkcs1" then pad(2, text.b, "EVP_PKEY_encrypt")
                when "oaep" then oaep(text.b, options)
                when "none" then whole(text.b, "EVP_PKEY_encrypt")
                else raise PKeyError, "EVP_PKEY_CTX_ctrl_str: invalid padding mode"
                end
        bytes_of(number_of(block).pow(@parts[:e], @parts[:n]))
      end

      def decrypt(text, options = {})
        raise ArgumentError, "private key is needed" unless private?
        failure = "EVP_PKEY_decrypt: padding check failed"
        raise PKeyError, failure if text.bytesize != @bytes
        block = private_block(number_of(text.b))
        case padding(options)
        when "none" then block
        when "pkcs1" then unpad(2, block) || raise(PKeyError, failure)
        when "oaep" then unpad_oaep(block, options) || raise(PKeyError, "EVP_PKEY_decrypt: oaep decoding error")
        else raise PKeyError, "EVP_PKEY_CTX_ctrl_str: invalid padding mode"
        end
      end

      # What was signed, from the signature.
      def verify_recover(digest, signature, options = {})
        block = bytes_of(number_of(signature.b).pow(@parts[:e], @parts[:n]))
        return block if padding(options) == "none"
        text = unpad(1, block) or raise PKeyError, "EVP_PKEY_verify_recover: padding check failed"
        return text unless digest
        ASN1.decode(text).value[1].value
      end

      private

      def initialize_copy(other)
        __set(other.__parts.dup)
      end

      def __type = "RSA"
      def __parameters = [ASN1.Null(nil)]
      def __public_bytes = ASN1.Sequence([ASN1.Integer(@parts[:n]), ASN1.Integer(@parts[:e])]).to_der

      def __private_bytes
        raise PKeyError, "private key is needed" unless private?
        ASN1.Sequence([0, n, e, d, p || 0, q || 0, dmp1 || 0, dmq1 || 0, iqmp || 0].map { |part| ASN1.Integer(part) }).to_der
      end

      def __sign(digest, text, options)
        digest ||= Digest.new("SHA256")
        __sign_digest(digest, digest.class.new(*(digest.instance_of?(Digest) ? [digest.name] : [])).update(text).digest, options)
      end

      def __verify(digest, signature, text, options)
        digest ||= Digest.new("SHA256")
        __verify_digest(digest, signature, Digest.new(digest.name).update(text).digest, options)
      end

      def __sign_digest(digest, hash, options)
        block = case padding(options)
                when "pss" then pss(digest, hash, options)
                when "none" then whole(hash.b, "EVP_PKEY_sign")
                else pad(1, digest ? digest_info(digest, hash) : hash.b, "EVP_PKEY_sign")
                end
        private_block(number_of(block))
      end

      def __verify_digest(digest, signature, hash, options)
        return false if signature.bytesize != @bytes || number_of(signature.b) >= @parts[:n]
        block = bytes_of(number_of(signature.b).pow(@parts[:e], @parts[:n]))
        return pss?(digest, hash, block, options) if padding(options) == "pss"
        return block == whole(hash.b, "EVP_PKEY_verify") if padding(options) == "none"
        block == pad(1, digest ? digest_info(digest, hash) : hash.b, "EVP_PKEY_verify")
      end

      def option(options, name) = options[name] || options[name.to_sym]
      def padding(options) = (option(options, "rsa_padding_mode") || "pkcs1").to_s

      def digest_info(digest, hash)
        ASN1.Sequence([ASN1.Sequence([ASN1.ObjectId(digest.name), ASN1.Null(nil)]), ASN1.OctetString(hash)]).to_der
      end

      def number_of(bytes) = bytes.unpack1("H*").hex
      def bytes_of(number) = [format("%0#{@bytes * 2}x", number)].pack("H*")

      def private_block(number)
        raise PKeyError, "EVP_PKEY_sign: data too large for modulus" if number >= @parts[:n]
        parts = @parts.values_at(:n, :e, :d, :p, :q)
        bytes_of(parts.all? ? Native.rsa_private(parts, number) : number.pow(@parts[:d], @parts[:n]))
      end

      def whole(text, function)
        raise PKeyError, "#{function}: data too #{text.bytesize < @bytes ? "small" : "large"} for key size" if text.bytesize != @bytes
        text
      end

      def pad(type, text, function)
        room = @bytes - 3 - text.bytesize
        raise PKeyError, "#{function}: data too large for key size" if room < 8
        filling = type == 1 ? "\xff".b * room : random_nonzero(room)
        [0, type].pack("CC") + filling + "\0".b + text
      end

      def random_nonzero(count)
        bytes = "".b
        bytes << Native.random(count * 2).delete("\0") while bytes.bytesize < count
        bytes.byteslice(0, count)
      end

      def unpad(type, block)
        return unless block.getbyte(0) == 0 && block.getbyte(1) == type
        ending = block.index("\0".b, 2)
        return if ending.nil? || ending < 10 || type == 1 && block.byteslice(2...ending).delete("\xff".b) != ""
        block.byteslice(ending + 1..)
      end

      # The mask of RFC 8017, B.2.1.
      def mask(digest, seed, size)
        bytes = "".b
        (0..).each do |counter|
          return bytes.byteslice(0, size) if bytes.bytesize >= size
          bytes << Digest.digest(digest, seed + [counter].pack("N"))
        end
      end

      def xor(first, second) = first.bytes.zip(second.bytes).map { |one, other| one ^ other }.pack("C*")

      def oaep(text, options)
        digest, label = oaep_settings(options)
        size = label.bytesize
        room = @bytes - 2 * size - 2 - text.bytesize
        raise PKeyError, "EVP_PKEY_encrypt: data too large for key size" if room < 0
        data, seed = label + "\0".b * room + "\1".b + text, Native.random(size)
        data = xor(data, mask(digest, seed, data.bytesize))
        "\0".b + xor(seed, mask(digest, data, size)) + data
      end

      def unpad_oaep(block, options)
        digest, label = oaep_settings(options)
        size = label.bytesize
        data = block.byteslice(size + 1..) or return
        seed = xor(block.byteslice(1, size), mask(digest, data, size))
        data = xor(data, mask(digest, seed, data.bytesize))
        ending = data.index("\1".b, size)
        return unless block.getbyte(0) == 0 && data.byteslice(0, size) == label && ending && data.byteslice(size...ending).delete("\0") == ""
        data.byteslice(ending + 1..)
      end

      # The digest of the masks, and that of the label.
      def oaep_settings(options)
        name = option(options, "rsa_oaep_md") || "SHA1"
        [option(options, "rsa_mgf1_md") || name, Digest.digest(name, [option(options, "rsa_oaep_label").to_s].pack("H*"))]
      end

      def pss(digest, hash, options)
        bits = @parts[:n].bit_length - 1
        size = (bits + 7) / 8
        most = size - hash.bytesize - 2
        salt_bytes = salt_length(options, hash.bytesize, most) || most
        raise PKeyError, "EVP_DigestSign: data too large for key size" if salt_bytes > most || most < 0
        salt = Native.random(salt_bytes)
        code = Digest.digest(digest.name, "\0".b * 8 + hash + salt)
        data = "\0".b * (most - salt_bytes) + "\1".b + salt
        masked = xor(data, mask(option(options, "rsa_mgf1_md") || digest.name, code, data.bytesize))
        masked.setbyte(0, masked.getbyte(0) & (255 >> (8 * size - bits)))
        ("\0".b * (@bytes - size)) + masked + code + "\xbc".b
      end

      def pss?(digest, hash, block, options)
        bits = @parts[:n].bit_length - 1
        size = (bits + 7) / 8
        block = block.byteslice(@bytes - size..)
        most = size - hash.bytesize - 2
        return false if most < 0 || block.getbyte(-1) != 0xbc
        masked, code = block.byteslice(0, most + 1), block.byteslice(most + 1, hash.bytesize)
        data = xor(masked, mask(option(options, "rsa_mgf1_md") || digest.name, code, masked.bytesize))
        data.setbyte(0, data.getbyte(0) & (255 >> (8 * size - bits)))
        filling, salt = data.match(/\A(\0*)\x01(.*)\z/mn)&.captures
        wanted = salt_length(options, hash.bytesize, nil)
        return false if filling.nil? || wanted && wanted != salt.bytesize
        Digest.digest(digest.name, "\0".b * 8 + hash + salt) == code
      end

      # How long the salt must be, nil for any length.
      def salt_length(options, digest_bytes, most)
        case length = option(options, "rsa_pss_saltlen") || :auto
        when :digest, "digest", -1 then digest_bytes
        when :max, "max", -3 then most
        when :auto, "auto", -2 then nil
        when Symbol then raise PKeyError, "unknown salt length :#{length}"
        else Integer(length)
        end
      end
    end
  end
end
