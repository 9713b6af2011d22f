# OpenSSL::SSL: sockets over connections of TLS, whose protocol is in Rust.
module OpenSSL
  module SSL
    SSL2_VERSION, SSL3_VERSION, TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION = 2, 768, 769, 770, 771, 772
    VERIFY_NONE, VERIFY_PEER, VERIFY_FAIL_IF_NO_PEER_CERT, VERIFY_CLIENT_ONCE = 0, 1, 2, 4
    {
      ALL: 2_147_485_776, CLEANSE_PLAINTEXT: 2, LEGACY_SERVER_CONNECT: 4, ENABLE_KTLS: 8, TLSEXT_PADDING: 16, SAFARI_ECDHE_ECDSA_BUG: 64,
      IGNORE_UNEXPECTED_EOF: 128, ALLOW_CLIENT_RENEGOTIATION: 256, DISABLE_TLSEXT_CA_NAMES: 512, ALLOW_NO_DHE_KEX: 1024,
      DONT_INSERT_EMPTY_FRAGMENTS: 2048, NO_TICKET: 16_384, NO_SESSION_RESUMPTION_ON_RENEGOTIATION: 65_536, NO_COMPRESSION: 131_072,
      ALLOW_UNSAFE_LEGACY_RENEGOTIATION: 262_144, NO_ENCRYPT_THEN_MAC: 524_288, ENABLE_MIDDLEBOX_COMPAT: 1_048_576,
      PRIORITIZE_CHACHA: 2_097_152, CIPHER_SERVER_PREFERENCE: 4_194_304, TLS_ROLLBACK_BUG: 8_388_608, NO_ANTI_REPLAY: 16_777_216,
      NO_SSLv3: 33_554_432, NO_TLSv1: 67_108_864, NO_TLSv1_2: 134_217_728, NO_TLSv1_1: 268_435_456, NO_TLSv1_3: 536_870_912,
      NO_RENEGOTIATION: 1_073_741_824, CRYPTOPRO_TLSEXT_BUG: 2_147_483_648, MICROSOFT_SESS_ID_BUG: 0, NETSCAPE_CHALLENGE_BUG: 0,
      NETSCAPE_REUSE_CIPHER_CHANGE_BUG: 0, SSLREF2_REUSE_CERT_TYPE_BUG: 0, MICROSOFT_BIG_SSLV3_BUFFER: 0, MSIE_SSLV2_RSA_PADDING: 0,
      SSLEAY_080_CLIENT_DH_BUG: 0, TLS_D5_BUG: 0, TLS_BLOCK_PADDING_BUG: 0, SINGLE_ECDH_USE: 0, SINGLE_DH_USE: 0, EPHEMERAL_RSA: 0,
      NO_SSLv2: 0, PKCS1_CHECK_1: 0, PKCS1_CHECK_2: 0, NETSCAPE_CA_DN_BUG: 0, NETSCAPE_DEMO_CIPHER_CHANGE_BUG: 0
    }.each { |name, number| const_set("OP_#{name}", number) }

    class SSLErrorWaitReadable < SSLError
      include IO::WaitReadable
    end

    class SSLErrorWaitWritable < SSLError
      include IO::WaitWritable
    end

    # Names as the protocol and as OpenSSL has them, and bits of the key.
    CIPHERS = {
      "TLS13_AES_256_GCM_SHA384" => ["TLS_AES_256_GCM_SHA384", "TLSv1.3", 256, 256],
      "TLS13_CHACHA20_POLY1305_SHA256" => ["TLS_CHACHA20_POLY1305_SHA256", "TLSv1.3", 256, 256],
      "TLS13_AES_128_GCM_SHA256" => ["TLS_AES_128_GCM_SHA256", "TLSv1.3", 128, 128],
      "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384" => ["ECDHE-ECDSA-AES256-GCM-SHA384", "TLSv1.2", 256, 256],
      "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384" => ["ECDHE-RSA-AES256-GCM-SHA384", "TLSv1.2", 256, 256],
      "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256" => ["ECDHE-ECDSA-CHACHA20-POLY1305", "TLSv1.2", 256, 256],
      "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256" => ["ECDHE-RSA-CHACHA20-POLY1305", "TLSv1.2", 256, 256],
      "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256" => ["ECDHE-ECDSA-AES128-GCM-SHA256", "TLSv1.2", 128, 128],
      "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" => ["ECDHE-RSA-AES128-GCM-SHA256", "TLSv1.2", 128, 128]
    }.freeze
    private_constant :CIPHERS

    # Settings of connections.
    class SSLContext
      SESSION_CACHE_OFF, SESSION_CACHE_CLIENT, SESSION_CACHE_SERVER, SESSION_CACHE_BOTH = 0, 1, 2, 3
      SESSION_CACHE_NO_AUTO_CLEAR, SESSION_CACHE_NO_INTERNAL_LOOKUP, SESSION_CACHE_NO_INTERNAL_STORE, SESSION_CACHE_NO_INTERNAL = 128, 256, 512, 768

      %i[
        cert key client_ca ca_file ca_path timeout verify_mode verify_depth verify_callback cert_store extra_chain_cert client_cert_cb
        tmp_dh_callback session_id_context session_get_cb session_new_cb session_remove_cb renegotiation_cb alpn_protocols alpn_select_cb
        npn_protocols npn_select_cb verify_hostname keylog_cb session_cache_mode session_cache_size
      ].each { |name| attr_accessor name }
      alias ssl_timeout timeout
      alias ssl_timeout= timeout=
      attr_writer :options, :ciphersuites, :groups, :sigalgs, :client_sigalgs, :tmp_dh
      alias ecdh_curves= groups=

      def options = @options || 2_147_483_728 | OP_NO_COMPRESSION | OP_ENABLE_MIDDLEBOX_COMPAT
      def security_level = @security_level || 2
      attr_writer :security_level
      def ciphers = @ciphers || CIPHERS.values

      # The names that are known, in the order of the protocol.
      def ciphers=(names)
        names = names.split(/[: ,]/) if String === names
        @ciphers = names && CIPHERS.values.select { |row| row[1] == "TLSv1.3" || names.flatten.include?(row[0]) || names.any? { |name| name.to_s.match?(/\A(?:ALL|DEFAULT|HIGH)\b/) } }
      end

      def min_version=(version)
        @least = number(version)
      end

      def max_version=(version)
        @most = number(version)
      end

      def add_certificate(certificate, key, extra_chain = nil)
        raise ArgumentError, "private key does not match the public key of the certificate" unless certificate.check_private_key(key)
        @added = [certificate, key, extra_chain.to_a]
        self
      end

      def setup = frozen? ? nil : freeze

      def freeze
        return self if frozen?
        @chosen_store = @cert_store || read_store
        super
      end

      def enable_fallback_scsv = nil
      def session_add(_session) = false
      def session_remove(_session) = false
      def flush_sessions(_time = nil) = self

      def session_cache_stats
        raise NotImplementedError, "OpenSSL::SSL::SSLContext#session_cache_stats is not implemented"
      end

      # Certificates with their key, as the protocol wants them.
      def __identity(client)
        certificate, key, chain = @added || [@cert, @key, @extra_chain_cert.to_a]
        certificate, key = @client_cert_cb.call(client) if certificate.nil? && @client_cert_cb && client
        return [[], nil] unless certificate && key
        [[certificate, *chain].map(&:to_der), key.private_to_der]
      end

      # Limits of versions, as options and settings give them.
      def __versions
        least = @least || 0
        least = TLS1_3_VERSION if options.anybits?(OP_NO_TLSv1_2) && least <= TLS1_2_VERSION
        most = options.anybits?(OP_NO_TLSv1_3) ? [@most || 0, TLS1_2_VERSION].reject(&:zero?).min : @most || 0
        [least, most]
      end

      def __store = @chosen_store || @cert_store || read_store

      private

      def read_store
        return unless @ca_file || @ca_path
        store = X509::Store.new
        store.add_file(@ca_file) if @ca_file
        store.add_path(@ca_path) if @ca_path
        store
      end

      def number(version)
        return 0 if version.nil?
        return version if ::Integer === version
        name = version.to_s.sub("TLSv", "TLS").sub("SSLv", "SSL").tr(".", "_")
        name = { "TLS1_0" => "TLS1" }.fetch(name, name)
        known = name.match?(/\A[A-Z]\w*\z/) && SSL.const_defined?("#{name}_VERSION")
        known ? SSL.const_get("#{name}_VERSION") : raise(ArgumentError, "unrecognized version #{version.inspect}")
      end
    end

    # A session, which is not resumed.
    class Session
      class SessionError < OpenSSLError; end

      def initialize(_source)
        raise SessionError, "no session available"
      end
    end

    # A socket over which TLS is spoken.
    class SSLSocket
      CHUNK = 16_384

      # The parts that OpenSSL::Buffering is put over.
      module Transport
        def initialize(io, context = SSLContext.new)
          raise TypeError, "wrong argument type #{context.class} (expected OpenSSL/SSL/CTX)" unless SSLContext === context
          raise TypeError, "wrong argument type #{io.class} (expected File)" unless io.respond_to?(:to_io)
          @io, @context, @sync_close = io.to_io, context, false
          @context.setup
          @sync = @io.sync if @io.respond_to?(:sync)
          @io.sync = true if @io.respond_to?(:sync=)
          super()
        end
      end
      include Transport

      def hostname=(name)
        @hostname = name
      end

      def connect = handshake(:connect, true)
      def connect_nonblock(exception: true) = handshake(:connect, false, exception)
      def accept = handshake(:accept, true)
      def accept_nonblock(exception: true) = handshake(:accept, false, exception)

      def sysread(size, buffer = nil) = take(size, buffer, true)
      def sysread_nonblock(size, buffer = nil, exception: true) = take(size, buffer, false, exception)
      private :sysread_nonblock

      def syswrite(text)
        text = text.to_s
        started
        text.bytesize.tap do
          place = 0
          while place < text.bytesize
            place += @connection.write(text.byteslice(place, CHUNK))
            flush_output(true)
          end
        end
      end

      def syswrite_nonblock(text, exception: true)
        text = text.to_s
        started
        result = flush_output(false)
        return waiting(:wait_writable, exception) if result == :wait_writable
        count = text.empty? ? 0 : @connection.write(text.byteslice(0, CHUNK))
        flush_output(false)
        count
      end
      private :syswrite_nonblock

      def pending = @plain ? @plain.bytesize : 0

      def cert = @context.__identity(false).dig(0, 0)&.then { |bytes| X509::Certificate.new(bytes) }
      def peer_cert = peer_chain.first
      def peer_cert_chain = @connection && (peer_chain unless peer_chain.empty?)
      def ssl_version = agreement[0]
      def cipher = CIPHERS[agreement[1]]
      def alpn_protocol = agreement[2]
      def npn_protocol = nil
      def client_ca = @context.client_ca
      def verify_result = @verify_result || X509::V_OK
      def session_reused? = false
      def state = @connection && !@connection.handshaking? ? "SSLOK: SSL negotiation finished successfully" : "PINIT: before SSL initialization"
      def tmp_key = nil

      def session=(_session)
        raise SSLError, "SSL_set_session"
      end

      %i[finished_message peer_finished_message export_keying_material].each do |name|
        define_method(name) { |*| raise NotImplementedError, "OpenSSL::SSL::SSLSocket##{name} is not implemented" }
      end

      private

      # Says that nothing follows.
      def stop
        return unless @connection
        @connection.end
        flush_output(false)
      rescue SystemCallError, IOError
        nil
      end

      def started
        raise SSLError, "SSL session is not started yet" unless @connection && !@connection.handshaking?
      end

      def peer_chain = @connection ? @connection.peer_chain.map { |bytes| X509::Certificate.new(bytes) } : []
      def agreement = @connection && !@connection.handshaking? ? @connection.agreement : []

      def handshake(side, waits, exception = true)
        begin_side(side) unless @connection
        loop do
          greet if side == :accept
          result = flush_output(waits)
          return waiting(result, exception) if result
          break unless @connection.handshaking?
          result = feed(waits, side)
          return waiting(result, exception) if result
        end
        check_peer(side)
        flush_output(waits)
        self
      rescue SSLError => error
        begin
          flush_output(false)
        rescue SystemCallError, IOError
          nil
        end
        raise if IO::WaitReadable === error || IO::WaitWritable === error || error.message.start_with?("SSL_")
        raise SSLError, failure(side, error.message)
      end

      def failure(side, reason, result = 1, number = 0)
        "SSL_#{side} returned=#{result} errno=#{number} peeraddr=#{peer} state=error: #{reason}"
      end

      def peer
        address = @io.remote_address
        address.ip? ? address.inspect_sockaddr : "(null)"
      rescue SystemCallError, NoMethodError
        "(null)"
      end

      def begin_side(side)
        @connection = Native::Connection.new
        return @connection.server if side == :accept
        chain, key = @context.__identity(self)
        protocols = @context.alpn_protocols.to_a.map(&:to_s)
        @connection.client(@hostname && !@hostname.match?(/\A[\d.]+\z|:/) ? @hostname : nil, chain, key, protocols, *@context.__versions)
      end

      # Answers what a client wants.
      def greet
        host, protocols = @connection.greeting
        return unless protocols
        context = @context
        if host && context.servername_cb
          @hostname = host
          chosen = context.servername_cb.call([self, host])
          context = chosen if SSLContext === chosen
        end
        select = context.alpn_select_cb
        protocol = select.call(protocols) if select && !protocols.empty?
        chain, key = context.__identity(nil)
        raise SSLError, failure(:accept, "no shared cipher") unless key
        mode = context.verify_mode.to_i
        asks = mode.anybits?(VERIFY_PEER) ? mode.anybits?(VERIFY_FAIL_IF_NO_PEER_CERT) : nil
        @connection.accept(chain, key, protocol ? [protocol] : [], asks, *context.__versions)
      end

      # Is the other side one to talk to?
      def check_peer(side)
        chain = peer_chain
        return if chain.empty?
        error, reason = verification(side, chain)
        @verify_result = error
        return if error == X509::V_OK || !@context.verify_mode.to_i.anybits?(VERIFY_PEER)
        raise SSLError, failure(side, "certificate verify failed (#{reason})")
      end

      def verification(side, chain)
        store = @context.__store || X509::Store.new
        check = X509::StoreContext.new(store, chain.first, chain)
        check.purpose = side == :connect ? X509::PURPOSE_SSL_SERVER : X509::PURPOSE_SSL_CLIENT
        check.__callback = @context.verify_callback || store.verify_callback
        return check.error, check.error_string unless check.verify
        if side == :connect && @context.verify_hostname && @hostname && !SSL.verify_certificate_identity(chain.first, @hostname)
          return X509::V_ERR_HOSTNAME_MISMATCH, "hostname mismatch"
        end
        [check.error, check.error_string]
      end

      def waiting(result, exception)
        return result unless exception
        raise SSLErrorWaitReadable, "read would block" if result == :wait_readable
        raise SSLErrorWaitWritable, "write would block"
      end

      # Sends what waits; the result says what it has to wait for.
      def flush_output(waits)
        @output = (@output || "".b) << @connection.output
        until @output.empty?
          count = @io.write_nonblock(@output, exception: false)
          if count == :wait_writable
            return count unless waits
            wait_for(:wait_writable)
            next
          end
          @output = @output.byteslice(count..)
        end
      end

      def wait_for(event)
        ready = event == :wait_readable ? @io.wait_readable(@io.timeout) : @io.wait_writable(@io.timeout)
        raise IO::TimeoutError, "Timed out while waiting for #{event == :wait_readable ? "data" : "room"}!" unless ready
      end

      # Takes what the other side sent; the result says what it has to wait for.
      def feed(waits, side)
        bytes = @io.read_nonblock(CHUNK, exception: false)
        case bytes
        when :wait_readable
          return bytes unless waits
          wait_for(bytes)
          feed(waits, side)
        when nil
          raise SSLError, failure(side, "unexpected eof while reading", 1) if @connection.handshaking?
          @ended = true
          nil
        else
          @connection.feed(bytes)
          nil
        end
      rescue Errno::ECONNRESET
        raise unless @connection.handshaking?
        raise SSLError, "SSL_#{side} SYSCALL returned=5 errno=104 peeraddr=#{peer} state=SSLv3/TLS write client hello"
      end

      def take(size, buffer, waits, exception = true)
        started
        return buffer ? buffer.clear : "".b if size == 0
        loop do
          text = @connection.read(size)
          return exception || waits ? raise(EOFError, "end of file reached") : nil if text == "" || text.nil? && @ended
          return buffer ? buffer.replace(text) : text if text
          result = feed(waits, :read)
          flush_output(false)
          return waiting(result, exception) if result
        end
      end
    end

    # Accepts connections and speaks TLS over them.
    class SSLServer
      attr_accessor :start_immediately
    end
  end
end
