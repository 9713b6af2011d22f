# OpenSSL::X509::Store: chains of certificates, and whether they are to be trusted (RFC 5280, 6).
module OpenSSL
  module X509
    DEFAULT_CERT_AREA = "/usr/lib/ssl"
    DEFAULT_CERT_DIR = "/usr/lib/ssl/certs"
    DEFAULT_CERT_FILE = "/usr/lib/ssl/cert.pem"
    DEFAULT_PRIVATE_DIR = "/usr/lib/ssl/private"
    DEFAULT_CERT_DIR_ENV = "SSL_CERT_DIR"
    DEFAULT_CERT_FILE_ENV = "SSL_CERT_FILE"
    { SSL_CLIENT: 1, SSL_SERVER: 2, NS_SSL_SERVER: 3, SMIME_SIGN: 4, SMIME_ENCRYPT: 5, CRL_SIGN: 6, ANY: 7, OCSP_HELPER: 8, TIMESTAMP_SIGN: 9 }
      .each { |name, number| const_set("PURPOSE_#{name}", number) }
    { COMPAT: 1, SSL_CLIENT: 2, SSL_SERVER: 3, EMAIL: 4, OBJECT_SIGN: 5, OCSP_SIGN: 6, OCSP_REQUEST: 7, TSA: 8 }
      .each { |name, number| const_set("TRUST_#{name}", number) }
    {
      USE_CHECK_TIME: 2, CRL_CHECK: 4, CRL_CHECK_ALL: 8, IGNORE_CRITICAL: 16, X509_STRICT: 32, ALLOW_PROXY_CERTS: 64, POLICY_CHECK: 128,
      EXPLICIT_POLICY: 256, INHIBIT_ANY: 512, INHIBIT_MAP: 1024, NOTIFY_POLICY: 2048, EXTENDED_CRL_SUPPORT: 4096, USE_DELTAS: 8192,
      CHECK_SS_SIGNATURE: 16_384, TRUSTED_FIRST: 32_768, SUITEB_128_LOS_ONLY: 65_536, SUITEB_192_LOS: 131_072, SUITEB_128_LOS: 196_608,
      PARTIAL_CHAIN: 524_288, NO_ALT_CHAINS: 1_048_576, NO_CHECK_TIME: 2_097_152
    }.each { |name, number| const_set("V_FLAG_#{name}", number) }
    {
      UNSPECIFIED: 1, UNABLE_TO_GET_ISSUER_CERT: 2, UNABLE_TO_GET_CRL: 3, UNABLE_TO_DECRYPT_CERT_SIGNATURE: 4,
      UNABLE_TO_DECRYPT_CRL_SIGNATURE: 5, UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY: 6, CERT_SIGNATURE_FAILURE: 7, CRL_SIGNATURE_FAILURE: 8,
      CERT_NOT_YET_VALID: 9, CERT_HAS_EXPIRED: 10, CRL_NOT_YET_VALID: 11, CRL_HAS_EXPIRED: 12, ERROR_IN_CERT_NOT_BEFORE_FIELD: 13,
      ERROR_IN_CERT_NOT_AFTER_FIELD: 14, ERROR_IN_CRL_LAST_UPDATE_FIELD: 15, ERROR_IN_CRL_NEXT_UPDATE_FIELD: 16, OUT_OF_MEM: 17,
      DEPTH_ZERO_SELF_SIGNED_CERT: 18, SELF_SIGNED_CERT_IN_CHAIN: 19, UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 20,
      UNABLE_TO_VERIFY_LEAF_SIGNATURE: 21, CERT_CHAIN_TOO_LONG: 22, CERT_REVOKED: 23, PATH_LENGTH_EXCEEDED: 25, INVALID_PURPOSE: 26,
      CERT_UNTRUSTED: 27, CERT_REJECTED: 28, SUBJECT_ISSUER_MISMATCH: 29, AKID_SKID_MISMATCH: 30, AKID_ISSUER_SERIAL_MISMATCH: 31,
      KEYUSAGE_NO_CERTSIGN: 32, UNABLE_TO_GET_CRL_ISSUER: 33, UNHANDLED_CRITICAL_EXTENSION: 34, KEYUSAGE_NO_CRL_SIGN: 35,
      UNHANDLED_CRITICAL_CRL_EXTENSION: 36, INVALID_NON_CA: 37, PROXY_PATH_LENGTH_EXCEEDED: 38, KEYUSAGE_NO_DIGITAL_SIGNATURE: 39,
      PROXY_CERTIFICATES_NOT_ALLOWED: 40, INVALID_EXTENSION: 41, INVALID_POLICY_EXTENSION: 42, NO_EXPLICIT_POLICY: 43, DIFFERENT_CRL_SCOPE: 44,
      UNSUPPORTED_EXTENSION_FEATURE: 45, UNNESTED_RESOURCE: 46, PERMITTED_VIOLATION: 47, EXCLUDED_VIOLATION: 48, SUBTREE_MINMAX: 49,
      APPLICATION_VERIFICATION: 50, UNSUPPORTED_CONSTRAINT_TYPE: 51, UNSUPPORTED_CONSTRAINT_SYNTAX: 52, UNSUPPORTED_NAME_SYNTAX: 53,
      CRL_PATH_VALIDATION_ERROR: 54, PATH_LOOP: 55, SUITE_B_INVALID_VERSION: 56, SUITE_B_INVALID_ALGORITHM: 57, SUITE_B_INVALID_CURVE: 58,
      SUITE_B_INVALID_SIGNATURE_ALGORITHM: 59, SUITE_B_LOS_NOT_ALLOWED: 60, SUITE_B_CANNOT_SIGN_P_384_WITH_P_256: 61, HOSTNAME_MISMATCH: 62,
      EMAIL_MISMATCH: 63, IP_ADDRESS_MISMATCH: 64, DANE_NO_MATCH: 65, EE_KEY_TOO_SMALL: 66, CA_KEY_TOO_SMALL: 67, CA_MD_TOO_WEAK: 68,
      INVALID_CALL: 69, STORE_LOOKUP: 70, NO_VALID_SCTS: 71, PROXY_SUBJECT_NAME_VIOLATION: 72, OCSP_VERIFY_NEEDED: 73, OCSP_VERIFY_FAILED: 74,
      OCSP_CERT_UNKNOWN: 75, INVALID_CA: 79
    }.each { |name, number| const_set("V_ERR_#{name}", number) }
    V_OK = 0

    # Certificates that are trusted, and lists of revoked ones.
    class Store
      attr_reader :error, :error_string, :chain, :verify_callback
      attr_writer :flags, :purpose, :trust, :time

      def initialize
        @verify_callback = @error = @error_string = @chain = nil
        @certificates, @lists, @paths, @flags = {}, [], [], 0
      end

      def verify_callback=(callback)
        @verify_callback = callback
      end

      def add_cert(certificate)
        raise TypeError, "wrong argument type #{certificate.class} (expected OpenSSL/X509)" unless Certificate === certificate
        known = (@certificates[certificate.subject.__canonical] ||= [])
        known << certificate unless known.include?(certificate)
        self
      end

      def add_crl(list)
        @lists << list
        self
      end

      def add_file(path)
        Certificate.load(File.binread(path)).each { |certificate| add_cert(certificate) }
        self
      rescue SystemCallError
        raise StoreError, "X509_LOOKUP_load_file: system lib"
      end

      def add_path(path)
        @paths << path
        self
      end

      # The files are read when they are needed.
      def set_default_paths
        @default_file = ENV[DEFAULT_CERT_FILE_ENV] || DEFAULT_CERT_FILE
        @paths << (ENV[DEFAULT_CERT_DIR_ENV] || DEFAULT_CERT_DIR)
        nil
      end

      def verify(certificate, chain = nil, &block)
        context = StoreContext.new(self, certificate, chain)
        context.__callback = block || @verify_callback
        result = context.verify
        @error, @error_string, @chain = context.error, context.error_string, context.chain
        result
      end

      def inspect
        shown = %i[@verify_callback @error @error_string @chain].map { |name| "#{name}=#{instance_variable_get(name).inspect}" }
        "#{Kernel.instance_method(:to_s).bind_call(self).chop} #{shown.join(", ")}>"
      end

      # Flags, purpose and time that a check begins with.
      def __settings = [@flags, @purpose, @time]
      def __lists(issuer) = @lists.select { |list| list.issuer.eql?(issuer) }

      # Trusted certificates of a name.
      def __find(name)
        read_default
        from_paths = @paths.flat_map { |path| (0..).lazy.map { |number| File.join(path, format("%08x.%d", name.hash, number)) }.take_while { |file| File.file?(file) }.flat_map { |file| Certificate.load_file(file) }.to_a }
        @certificates.fetch(name.__canonical, []) + from_paths.select { |certificate| certificate.subject.eql?(name) }
      end

      private

      def read_default
        file, @default_file = @default_file, nil
        add_file(file) if file && File.file?(file)
      end
    end

    # One check of one certificate.
    class StoreContext
      REASONS = {
        0 => "ok", 2 => "unable to get issuer certificate", 3 => "unable to get certificate CRL", 7 => "certificate signature failure",
        9 => "certificate is not yet valid", 10 => "certificate has expired", 12 => "CRL has expired", 18 => "self-signed certificate",
        19 => "self-signed certificate in certificate chain", 20 => "unable to get local issuer certificate",
        21 => "unable to verify the first certificate", 22 => "certificate chain too long", 23 => "certificate revoked",
        25 => "path length constraint exceeded", 26 => "unsuitable certificate purpose", 28 => "certificate rejected",
        32 => "key usage does not include certificate signing", 34 => "unhandled critical extension",
        50 => "application verification failure", 62 => "hostname mismatch", 64 => "IP address mismatch", 79 => "invalid CA certificate"
      }.freeze
      HANDLED = %w[basicConstraints keyUsage extendedKeyUsage subjectAltName authorityKeyIdentifier subjectKeyIdentifier crlDistributionPoints
                   certificatePolicies issuerAltName authorityInfoAccess].freeze
      MOST = 100
      private_constant :REASONS, :HANDLED, :MOST

      attr_reader :error, :error_depth, :current_cert, :current_crl, :chain
      attr_writer :error, :flags, :purpose, :trust, :time
      attr_writer :__callback

      def initialize(store, certificate = nil, chain = nil)
        @store, @certificate, @others, @error, @error_depth = store, certificate, chain.to_a, V_OK, 0
        @flags, @purpose, @time = store.__settings
        @__callback = store.verify_callback
      end

      def error_string = REASONS.fetch(@error) { "error number #{@error}" }

      def verify
        raise StoreError, "no certificate to check" unless @certificate
        @error = V_OK
        build && check_uses && check_signatures
      end

      private

      # Asks the callback, whose answer counts; nothing but true is a yes.
      def tell(error, depth, certificate = @chain[depth])
        @error, @error_depth, @current_cert = error, depth, certificate
        return error == V_OK unless @__callback
        answer = begin
          @__callback.call(error == V_OK, self) == true
        rescue StandardError => exception
          warn "exception in verify_callback is ignored: #{exception.message}"
          false
        end
        @error = V_OK if answer && error != V_OK && @error == error
        @error = V_ERR_CERT_REJECTED if !answer && @error == V_OK
        answer
      end

      def self_signed?(certificate) = certificate.subject.eql?(certificate.issuer) && issued?(certificate, certificate)

      # Do the names, and the identifiers of keys, say that one certificate is signed with the other's key?
      def issued?(certificate, issuer)
        return false unless certificate.issuer.eql?(issuer.subject)
        wanted, known = certificate.authority_key_identifier, issuer.subject_key_identifier
        wanted.nil? || known.nil? || wanted == known
      end

      def build
        @chain = [@certificate]
        trusted = @store.__find(@certificate.subject).include?(@certificate)
        until self_signed?(@chain.last) || trusted && partial?
          return tell(V_ERR_CERT_CHAIN_TOO_LONG, @chain.size - 1) if @chain.size > MOST
          issuer = candidates(@chain.last, @store.__find(@chain.last.issuer))
          trusted = !issuer.nil?
          issuer ||= candidates(@chain.last, @others)
          break unless issuer
          @chain << issuer
        end
        trusted ||= @store.__find(@chain.last.subject).include?(@chain.last)
        trusted || untrusted
      end

      def partial? = @flags.to_i.anybits?(V_FLAG_PARTIAL_CHAIN)

      def candidates(certificate, list)
        fitting = list.select { |issuer| issued?(certificate, issuer) && !@chain.include?(issuer) }
        now = Time.now
        fitting.find { |issuer| now.between?(issuer.not_before, issuer.not_after) } || fitting.first
      end

      def untrusted
        last = @chain.size - 1
        return tell(last == 0 ? V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT : V_ERR_SELF_SIGNED_CERT_IN_CHAIN, last) if self_signed?(@chain.last)
        @incomplete = true
        return false unless tell(V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, last)
        true
      end

      # What the certificates say that they may be used for.
      def check_uses
        @chain.each_with_index.all? do |certificate, depth|
          unknown = certificate.extensions.any? { |extension| extension.critical? && !HANDLED.include?(extension.oid) }
          next false if unknown && @flags.to_i.nobits?(V_FLAG_IGNORE_CRITICAL) && !tell(V_ERR_UNHANDLED_CRITICAL_EXTENSION, depth)
          next false if depth > 0 && !authority?(certificate) && !tell(V_ERR_INVALID_CA, depth)
          next false if depth > 0 && too_long?(certificate, depth) && !tell(V_ERR_PATH_LENGTH_EXCEEDED, depth)
          next false if !fits_purpose?(certificate, depth) && !tell(V_ERR_INVALID_PURPOSE, depth)
          true
        end
      end

      def extension(certificate, name) = certificate.extensions.find { |extension| extension.oid == name }

      def authority?(certificate)
        constraints, uses = extension(certificate, "basicConstraints"), extension(certificate, "keyUsage")
        return false if uses && !uses.value.include?("Certificate Sign")
        constraints ? constraints.value.start_with?("CA:TRUE") : certificate.version == 0 && self_signed?(certificate)
      end

      def too_long?(certificate, depth)
        limit = extension(certificate, "basicConstraints")&.value&.slice(/pathlen:(\d+)/, 1)
        limit && @chain[1...depth].count { |other| !self_signed?(other) } > limit.to_i
      end

      def fits_purpose?(certificate, depth)
        use = { PURPOSE_SSL_SERVER => "TLS Web Server Authentication", PURPOSE_SSL_CLIENT => "TLS Web Client Authentication",
                PURPOSE_SMIME_SIGN => "E-mail Protection", PURPOSE_TIMESTAMP_SIGN => "Time Stamping" }[@purpose]
        uses = extension(certificate, "extendedKeyUsage")
        use.nil? || uses.nil? || depth > 0 || uses.value.include?(use)
      end

      # Signatures and times, from the root on.
      def check_signatures
        last = @chain.size - 1
        if @incomplete && last == 0
          return false unless tell(V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, 0)
        end
        last.downto(0).all? do |depth|
          certificate = @chain[depth]
          issuer = depth == last ? (certificate if self_signed?(certificate)) : @chain[depth + 1]
          next false if issuer && depth < last && !signed?(certificate, issuer) && !tell(V_ERR_CERT_SIGNATURE_FAILURE, depth)
          next false unless in_time?(certificate, depth) && not_revoked?(certificate, issuer, depth)
          tell(V_OK, depth)
        end
      end

      def signed?(certificate, issuer)
        certificate.verify(issuer.public_key)
      rescue OpenSSLError
        false
      end

      def in_time?(certificate, depth)
        return true if @flags.to_i.anybits?(V_FLAG_NO_CHECK_TIME)
        now = @time ? Time.at(@time.to_i) : Time.now
        return tell(V_ERR_CERT_NOT_YET_VALID, depth) if now < certificate.not_before
        now > certificate.not_after ? tell(V_ERR_CERT_HAS_EXPIRED, depth) : true
      end

      def not_revoked?(certificate, issuer, depth)
        return true unless @flags.to_i.anybits?(V_FLAG_CRL_CHECK) && (depth == 0 || @flags.to_i.anybits?(V_FLAG_CRL_CHECK_ALL))
        lists = @store.__lists(certificate.issuer).select { |list| issuer.nil? || list.verify(issuer.public_key) }
        return tell(V_ERR_UNABLE_TO_GET_CRL, depth) if lists.empty?
        fresh = lists.find { |list| list.next_update.nil? || Time.now <= list.next_update }
        return false if fresh.nil? && !tell(V_ERR_CRL_HAS_EXPIRED, depth)
        @current_crl = fresh || lists.first
        revoked = @current_crl.revoked.any? { |entry| entry.serial == certificate.serial }
        revoked ? tell(V_ERR_CERT_REVOKED, depth) : true
      end
    end
  end
end
