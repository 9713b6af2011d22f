# OpenSSL over the installed library: digests, codes, ciphers, derived keys, numbers, ASN.1 and keys.
require "openssl"

def attempt
  p yield
rescue StandardError => error
  puts "#{error.class}: #{error.message}"
end

def hex(text) = text.unpack1("H*")

# Digests
%w[MD5 RIPEMD160 SHA1 SHA224 SHA256 SHA384 SHA512 SHA512-224 sha512-256 SHA3-256 BLAKE2b512 BLAKE2s256].each do |name|
  digest = OpenSSL::Digest.new(name)
  p [digest.name, digest.digest_length, digest.block_length, digest.update("some text").hexdigest]
end
p OpenSSL::Digest::SHA256.hexdigest("a") == OpenSSL::Digest.new("SHA256", "a").to_s, OpenSSL::Digest.digest("SHA1", "a").size
p OpenSSL::Digest::SHA256.new("a"), OpenSSL::Digest(:SHA1)
digest = OpenSSL::Digest.new("SHA256")
digest << "a"
copy = digest.dup
copy << "b"
p digest.hexdigest[0, 8], copy.hexdigest[0, 8], digest.reset.hexdigest[0, 8]
attempt { OpenSSL::Digest.new("none") }
attempt { OpenSSL::Digest.new(nil) }
attempt { OpenSSL::Digest.new("SHA1").update(nil) }

# Codes
code = OpenSSL::HMAC.new("key", "SHA256")
code << "text"
p code, code.hexdigest, code.reset.hexdigest, OpenSSL::HMAC.hexdigest("MD5", "k" * 100, "x"), OpenSSL::HMAC.base64digest("SHA1", "", "")
p code == OpenSSL::HMAC.new("key", "SHA256"), OpenSSL.fixed_length_secure_compare("ab", "ab"), OpenSSL.secure_compare("a", "ab")
attempt { OpenSSL.fixed_length_secure_compare("a", "ab") }

# Ciphers
%w[
  aes-128-cbc aes-192-cbc aes-256-cbc aes-128-ecb aes-256-ctr aes-256-cfb aes-128-cfb8 aes-192-ofb des-ede3-cbc des-ede-cbc chacha20
  aes-128-gcm aes-256-gcm chacha20-poly1305
].each do |name|
  cipher = OpenSSL::Cipher.new(name).encrypt
  cipher.key = (0...cipher.key_len).map(&:chr).join
  cipher.iv = "\xfe" * cipher.iv_len if cipher.iv_len > 0
  cipher.auth_data = "further data" if cipher.authenticated?
  text = cipher.update("the first part, ") + cipher.update("x") + cipher.update("") + cipher.update("y" * 40) + cipher.final
  p [cipher.name, cipher.key_len, cipher.iv_len, cipher.block_size, hex(text)]
  tag = cipher.auth_tag if cipher.authenticated?
  p hex(tag) if tag
  back = OpenSSL::Cipher.new(name).decrypt
  back.key = (0...cipher.key_len).map(&:chr).join
  back.iv = "\xfe" * cipher.iv_len if cipher.iv_len > 0
  if tag
    back.auth_tag = tag
    back.auth_data = "further data"
  end
  p text.each_char.sum("") { |byte| back.update(byte) } + back.final
end

def aes(mode = "cbc", decrypts: false)
  cipher = OpenSSL::Cipher.new("aes-128-#{mode}")
  decrypts ? cipher.decrypt : cipher.encrypt
  cipher.key = "k" * 16
  cipher.iv = "v" * cipher.iv_len
  cipher
end
attempt { OpenSSL::Cipher.new("none") }
attempt { OpenSSL::Cipher.new("aes-128-cbc").update("a") }
attempt { OpenSSL::Cipher.new("aes-128-cbc").encrypt.key = "short" }
attempt { OpenSSL::Cipher.new("aes-128-cbc").encrypt.iv = "short" }
attempt { aes(decrypts: true).then { |cipher| cipher.update("z" * 16) + cipher.final } }
attempt { aes(decrypts: true).then { |cipher| cipher.update("z" * 15) + cipher.final } }
attempt { aes.tap { |cipher| cipher.padding = 0 }.then { |cipher| cipher.update("z" * 15) + cipher.final } }
attempt { aes("gcm", decrypts: true).tap { |cipher| cipher.auth_tag = "t" * 16 }.then { |cipher| cipher.update("z") + cipher.final } }
attempt { aes("gcm").auth_tag }
attempt { aes.auth_tag }
attempt { OpenSSL::Cipher.new("aes-256-ecb").encrypt.tap { |cipher| cipher.pkcs5_keyivgen("pass", "saltsalt") }.then { |cipher| hex(cipher.update("abc") + cipher.final) } }
buffer = +""
p aes.update("x" * 20, buffer).equal?(buffer), hex(buffer.b), OpenSSL::Cipher::AES.new(256, :CBC).name, OpenSSL::Cipher.ciphers.include?("aes-256-gcm")

# Derived keys
p hex(OpenSSL::KDF.pbkdf2_hmac("password", salt: "salt", iterations: 1000, length: 40, hash: "SHA256"))
p hex(OpenSSL::PKCS5.pbkdf2_hmac_sha1("password", "salt", 2, 20))
p hex(OpenSSL::KDF.hkdf("secret", salt: "salt", info: "info", length: 50, hash: "SHA512"))
p hex(OpenSSL::KDF.scrypt("password", salt: "salt", N: 16, r: 2, p: 3, length: 40))
attempt { OpenSSL::KDF.pbkdf2_hmac("p", salt: "s", iterations: 0, length: 4, hash: "SHA1") }
attempt { OpenSSL::KDF.scrypt("p", salt: "s", N: 3, r: 1, p: 1, length: 4) }
attempt { OpenSSL::KDF.scrypt("p", salt: "s", r: 1, p: 1, length: 4) }
p OpenSSL::Random.random_bytes(5).size, OpenSSL::Random.random_bytes(5).encoding

# Numbers
number = OpenSSL::BN.new("-123456789012345678901234567890")
p number.to_s, number.to_s(16), hex(number.to_s(2)), hex(number.to_s(0)), number.num_bits, number.num_bytes, number.negative?
p OpenSSL::BN.new("ff", 16).to_i, OpenSSL::BN.new("\x01\x00", 2).to_i, OpenSSL::BN.new(OpenSSL::BN.new(-5).to_s(0), 0).to_i
p (OpenSSL::BN.new(-10) / 3).map(&:to_i), (OpenSSL::BN.new(-10) % 3).to_i, (OpenSSL::BN.new(2)**100).to_i, 3 + OpenSSL::BN.new(5)
p OpenSSL::BN.new(3).mod_exp(200, 1009).to_i, OpenSSL::BN.new(3).mod_inverse(7).to_i, OpenSSL::BN.new(10).mod_sqrt(13).to_i.then { |root| root * root % 13 }
p OpenSSL::BN.new(5) == 5, OpenSSL::BN.new(5).eql?(5), OpenSSL::BN.new(5) <=> 6, OpenSSL::BN.new(5).bit_set?(2), OpenSSL::BN.new(12).gcd(18).to_i
p OpenSSL::BN.new(2**89 - 1).prime?, OpenSSL::BN.new(2**89 + 1).prime?, OpenSSL::BN.generate_prime(64).num_bits, 7.to_bn.lshift!(3).to_i
attempt { OpenSSL::BN.new(1) / 0 }
attempt { OpenSSL::BN.new(2).mod_inverse(4) }
attempt { OpenSSL::BN.new(nil) }
attempt { OpenSSL::BN.new("1", 7) }

# ASN.1
ASN1 = OpenSSL::ASN1
data = ASN1.Sequence([
  ASN1.Integer(300), ASN1.Integer(-129), ASN1.OctetString("x", 1, :IMPLICIT), ASN1.UTF8String("é", 2, :EXPLICIT), ASN1.Boolean(true), ASN1.Null(nil),
  ASN1.ObjectId("SHA256"), ASN1.BitString("\x80"), ASN1.UTCTime(Time.at(0)), ASN1.GeneralizedTime(Time.at(4_000_000_000)), ASN1.Set([ASN1.Enumerated(3)])
])
p hex(data.to_der)
def shown(data) = data.value.is_a?(Array) ? [data.class, data.tag, data.tag_class, data.value.map { |part| shown(part) }] : [data.class, data.tag, data.value.is_a?(OpenSSL::BN) ? data.value.to_i : data.value]
p shown(ASN1.decode(data.to_der))
ASN1.traverse(data.to_der) { |*facts| p facts }
p ASN1.decode_all("\x02\x01\x05\x05\x00".b).map(&:class), ASN1::ObjectId("CN").then { |name| [name.oid, name.sn, name.ln] }
attempt { ASN1.decode("\x30\x03\x02\x01") }
attempt { ASN1.decode("") }
attempt { ASN1.decode("\x02\x01\x05zz") }
attempt { ASN1::Integer.new(nil).to_der }
attempt { ASN1::Primitive.new("x").to_der }
attempt { ASN1::ObjectId("nope").to_der }

# RSA
key = OpenSSL::PKey::RSA.new(1024)
p key.private?, key.public_key.private?, key.oid, key.n.num_bits, key.e.to_i, key.params.keys, (key.p * key.q == key.n)
p key.verify("SHA256", key.sign("SHA256", "text"), "text"), key.verify("SHA256", key.sign("SHA256", "text"), "other"), key.verify("SHA256", "z", "text")
p key.private_decrypt(key.public_encrypt("secret")), key.public_decrypt(key.private_encrypt("secret"))
p key.private_decrypt(key.public_encrypt("secret", OpenSSL::PKey::RSA::PKCS1_OAEP_PADDING), OpenSSL::PKey::RSA::PKCS1_OAEP_PADDING)
p key.decrypt(key.encrypt("a", rsa_padding_mode: "oaep", rsa_oaep_md: "sha256"), rsa_padding_mode: "oaep", rsa_oaep_md: "sha256")
signature = key.sign_pss("SHA256", "text", salt_length: :max, mgf1_hash: "SHA1")
p key.verify_pss("SHA256", signature, "text", salt_length: :auto, mgf1_hash: "SHA1"), key.verify_pss("SHA256", signature, "text", salt_length: 5, mgf1_hash: "SHA1")
p [key.to_pem, key.public_to_pem, key.private_to_pem, key.public_key.to_pem, key.private_to_pem("aes-256-cbc", "pass")].map { |text| text.lines.first }
forms = [key.to_pem, key.to_der, key.private_to_der, key.to_pem(OpenSSL::Cipher.new("aes-128-cbc"), "pass"), key.private_to_pem("aes-256-cbc", "pass")]
p forms.map { |text| OpenSSL::PKey.read(text, "pass").to_der == key.to_der }
attempt { OpenSSL::PKey::RSA.new(key.private_to_pem("aes-256-cbc", "pass"), "wrong") }
attempt { OpenSSL::PKey::RSA.new("x") }
attempt { OpenSSL::PKey.read("x") }
attempt { key.public_key.sign("SHA256", "a") }
attempt { key.private_decrypt("x") }
attempt { key.public_encrypt("x" * 200) }

# Elliptic curves
%w[prime256v1 secp384r1 secp521r1].each do |name|
  key = OpenSSL::PKey::EC.generate(name)
  other = OpenSSL::PKey::EC.generate(name)
  p [key.group.curve_name, key.group.degree, key.group.order.to_i, key.public_key.to_octet_string(:compressed).size, key.private?, key.check_key]
  p key.verify("SHA256", key.sign("SHA256", "text"), "text"), key.dsa_verify_asn1("x" * 32, key.dsa_sign_asn1("x" * 32)), key.verify("SHA256", other.sign("SHA256", "text"), "text")
  p key.dh_compute_key(other.public_key) == other.dh_compute_key(key.public_key), key.derive(other) == other.derive(key)
  p [key.to_pem, key.private_to_der, key.public_to_der].map { |text| OpenSSL::PKey.read(text).public_to_der == key.public_to_der }
  p OpenSSL::PKey::EC::Point.new(key.group, key.public_key.to_octet_string(:compressed)) == key.public_key, key.group.generator.mul(key.private_key) == key.public_key
  p key.public_key.add(key.public_key) == key.public_key.mul(2), key.public_key.on_curve?, key.public_key.infinity?
end
p OpenSSL::PKey::EC::Group.new("prime256v1").generator.to_bn.to_s(16), OpenSSL::PKey::EC::Group.new("secp384r1").to_pem
attempt { OpenSSL::PKey::EC.generate("nope") }
attempt { OpenSSL::PKey::EC::Point.new(OpenSSL::PKey::EC::Group.new("prime256v1"), OpenSSL::BN.new("0401", 16)) }

# Keys that are their bytes
key = OpenSSL::PKey.new_raw_private_key("ED25519", "k" * 32)
p key.class, key.oid, hex(key.raw_public_key), hex(key.sign(nil, "text")), key.verify(nil, key.sign(nil, "text"), "text"), key.private_to_pem, key.public_to_pem
p OpenSSL::PKey.read(key.private_to_pem).raw_private_key, OpenSSL::PKey.read(key.public_to_der).raw_public_key == key.raw_public_key
one, other = OpenSSL::PKey.generate_key("X25519"), OpenSSL::PKey.generate_key("X25519")
p one.derive(other) == other.derive(one)
attempt { key.sign("SHA256", "x") }
attempt { key.derive(key) }
attempt { OpenSSL::PKey.new_raw_private_key("ED25519", "x") }
attempt { OpenSSL::PKey.generate_key("nope") }
