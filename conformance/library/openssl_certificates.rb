# OpenSSL over the installed library: certificates, requests, lists of revoked ones, and TLS between two sockets of a process.
require "openssl"
require "socket"
require "net/http"

X509 = OpenSSL::X509

def attempt
  p yield
rescue StandardError => error
  puts "#{error.class}: #{error.message.gsub(/:\d{4,5}\b/, ":PORT")}"
end

def certificate(subject, key, issuer = nil, issuer_key = key, authority: false, names: nil, from: -100, to: 1000, serial: 1)
  made = X509::Certificate.new
  made.version, made.serial = 2, serial
  made.subject = X509::Name.parse(subject)
  made.issuer = issuer ? issuer.subject : made.subject
  made.public_key = key
  made.not_before, made.not_after = Time.now + from, Time.now + to
  factory = X509::ExtensionFactory.new(issuer || made, made)
  made.add_extension(factory.create_extension("basicConstraints", authority ? "CA:TRUE, pathlen:1" : "CA:FALSE", true))
  made.add_extension(factory.create_extension("keyUsage", authority ? "keyCertSign, cRLSign" : "digitalSignature", true))
  made.add_extension(factory.create_extension("subjectKeyIdentifier", "hash"))
  made.add_extension(factory.create_extension("authorityKeyIdentifier", "keyid:always")) if issuer
  made.add_extension(factory.create_extension("subjectAltName", names)) if names
  made.add_extension(factory.create_extension("extendedKeyUsage", "serverAuth,clientAuth")) unless authority
  made.sign(issuer_key, "SHA256")
end

ROOT_KEY = OpenSSL::PKey::RSA.new(2048)
ROOT = certificate("/C=US/O=Org/CN=Root CA", ROOT_KEY, authority: true)
KEY = OpenSSL::PKey::EC.generate("prime256v1")
LEAF = certificate("/CN=localhost", KEY, ROOT, ROOT_KEY, names: "DNS:localhost,DNS:*.ex.com,IP:127.0.0.1,IP:::1,email:a@b.c,URI:http://u/", serial: 0x1234567890abcdef1234)

# Names
name = ROOT.subject
p name, name.to_s, name.to_a, name.to_s(X509::Name::RFC2253), name.to_s(X509::Name::ONELINE), name.to_utf8, name.hash, name.hash_old
p X509::Name.parse("CN=a, O=b").to_s, X509::Name.parse_rfc2253("CN=a,DC=b").to_s, X509::Name.new([["CN", "é,+"]]).to_s(X509::Name::RFC2253)
p X509::Name.parse("/CN=a") <=> X509::Name.parse("/CN=b"), X509::Name.parse("/CN=A  b").eql?(X509::Name.parse("/CN=a b")), X509::Name.new(name.to_der) == name
attempt { X509::Name.new([%w[xx a]]) }

# Certificates
p [LEAF.signature_algorithm, LEAF.version, LEAF.serial.to_s(16), LEAF.public_key.class, LEAF.check_private_key(KEY), LEAF.verify(ROOT_KEY), ROOT.verify(ROOT_KEY)]
p LEAF.extensions.map { |extension| [extension.oid, extension.value.gsub(/\h\h(:\h\h){5,}/, "HEX"), extension.critical?] }, LEAF.extensions[4].value_der
p ROOT.extensions.first(2).map(&:to_s), LEAF.extensions.first.to_h, LEAF.authority_key_identifier == ROOT.subject_key_identifier
p X509::Certificate.new(LEAF.to_pem) == LEAF, X509::Certificate.new(LEAF.to_der).not_before.class, X509::Certificate.load(ROOT.to_pem + LEAF.to_pem).size
p OpenSSL::SSL.verify_certificate_identity(LEAF, "a.ex.com"), OpenSSL::SSL.verify_certificate_identity(LEAF, "ex.org")
p Marshal.load(Marshal.dump(LEAF)) == LEAF
attempt { LEAF.verify(KEY) }
attempt { ROOT.verify(KEY) }
attempt { X509::Certificate.new("x") }
attempt { X509::ExtensionFactory.new.create_extension("nope", "x") }
p X509::Extension.new("basicConstraints", "CA:TRUE", true).to_s, X509::Extension.new(LEAF.extensions[4].to_der).value

request = X509::Request.new
request.version, request.subject, request.public_key = 0, X509::Name.parse("/CN=req"), KEY
request.sign(KEY, "SHA256")
p [request.verify(KEY), request.signature_algorithm, request.to_pem.lines.first, X509::Request.new(request.to_der).subject.to_s]

list = X509::CRL.new
list.issuer, list.version, list.last_update, list.next_update = ROOT.subject, 1, Time.at(1_600_000_000), Time.now + 1000
revoked = X509::Revoked.new
revoked.serial, revoked.time = LEAF.serial, Time.at(1_600_000_000)
list.add_revoked(revoked)
list.sign(ROOT_KEY, "SHA256")
p [list.verify(ROOT_KEY), list.last_update, X509::CRL.new(list.to_der).revoked.map { |entry| entry.serial.to_s }]

# Trust
def checked(store, certificate, *rest)
  result = store.verify(certificate, *rest)
  [result, store.error, store.error_string, store.chain.map { |each| each.subject.to_s }]
end
store = X509::Store.new
p checked(store, LEAF), checked(store, ROOT), checked(store, LEAF, [ROOT])
store.add_cert(ROOT)
p checked(store, LEAF), checked(store, certificate("/CN=old", KEY, ROOT, ROOT_KEY, to: -10)), checked(store, certificate("/CN=new", KEY, ROOT, ROOT_KEY, from: 10))
p checked(store, certificate("/CN=forged", KEY, ROOT, OpenSSL::PKey::RSA.new(2048)))
middle = certificate("/CN=middle", KEY, ROOT, ROOT_KEY, authority: true)
p checked(store, certificate("/CN=end", KEY, middle, KEY), [middle]), checked(store, certificate("/CN=end", KEY, LEAF, KEY), [LEAF])
store.verify(LEAF) { |ok, context| p [ok, context.error, context.error_depth, context.current_cert.subject.to_s] || ok }
X509::Store.new.verify(LEAF) { |ok, context| p([ok, context.error, context.error_string, context.error_depth]).nil? }
p X509::Store.new.verify(LEAF) { |ok, context| p([ok, context.error, context.error_string, context.error_depth]).any? }
strict = X509::Store.new.add_cert(ROOT).add_crl(list)
strict.flags = X509::V_FLAG_CRL_CHECK
p checked(strict, LEAF), X509::StoreContext.new(store, LEAF).verify
attempt { X509::Store.new.add_file("/no/such/file") }

# TLS
TRUSTED = X509::Store.new.add_cert(ROOT)

def serve(setup = nil, chain: [LEAF, ROOT], key: KEY)
  context = OpenSSL::SSL::SSLContext.new
  context.cert, *context.extra_chain_cert = chain
  context.key = key
  setup&.call(context)
  socket = TCPServer.new("127.0.0.1", 0)
  server = OpenSSL::SSL::SSLServer.new(socket, context)
  Thread.new do
    connection = server.accept
    yield connection
    connection.close
  rescue OpenSSL::SSL::SSLError, SystemCallError
    nil
  end
  socket.addr[1]
end

def connect(port, host: nil, **settings)
  context = OpenSSL::SSL::SSLContext.new
  context.set_params(settings) if settings.key?(:cert_store)
  settings.each { |name, value| context.send("#{name}=", value) } unless settings.key?(:cert_store)
  connection = OpenSSL::SSL::SSLSocket.new(TCPSocket.new("127.0.0.1", port), context)
  connection.sync_close = true
  connection.hostname = host if host
  connection.connect
end

attempt do
  connection = connect(serve { |server| server.puts "got #{server.gets}" })
  connection.puts "hi"
  [connection.gets, connection.ssl_version, connection.cipher, connection.peer_cert.subject, connection.peer_cert_chain.size, connection.verify_result, connection.state]
end
attempt { connect(serve { |server| server.write("x" * 200_000) }).read.size }
attempt { connect(serve { |server| server.puts "x" }, host: "localhost", cert_store: TRUSTED).then { |it| [it.gets, it.post_connection_check("localhost"), it.verify_result] } }
attempt { connect(serve { |server| server.puts "x" }, host: "other", cert_store: TRUSTED) }
attempt { connect(serve { |server| server.puts "x" }, host: "localhost", cert_store: X509::Store.new) }
attempt { connect(serve(chain: [ROOT], key: ROOT_KEY) { |server| server.puts "x" }, max_version: :TLS1_2).then { |it| [it.gets, it.ssl_version, it.cipher[1..]] } }
attempt { connect(serve(->(it) { it.alpn_select_cb = ->(list) { list.last } }) { |server| server.puts server.alpn_protocol }, alpn_protocols: %w[h2 http/1.1]).then { |it| [it.gets, it.alpn_protocol] } }
attempt { connect(serve(->(it) { it.servername_cb = ->((_, host)) { ($host = host) && nil } }) { |server| server.puts $host }, host: "some.host").gets }
asks = lambda do |context|
  context.verify_mode = OpenSSL::SSL::VERIFY_PEER | OpenSSL::SSL::VERIFY_FAIL_IF_NO_PEER_CERT
  context.cert_store = TRUSTED
end
attempt { connect(serve(asks) { |server| server.puts server.peer_cert.subject }, cert: LEAF, key: KEY).gets }
attempt { connect(serve(&:gets)).then { |it| [it.read_nonblock(10, exception: false), (it.read_nonblock(10) rescue $!)] } }
attempt { connect(serve { |server| server.print "a\nb\n" }).then { |it| [it.gets, it.readlines, it.eof?, it.read, it.getc] } }
attempt { connect(TCPServer.new("127.0.0.1", 0).tap { |plain| Thread.new { plain.accept.write("no greeting at all\r\n") } }.addr[1]) }
attempt { OpenSSL::SSL::SSLSocket.new(TCPSocket.new("127.0.0.1", TCPServer.new("127.0.0.1", 0).addr[1])).sysread(1) }
attempt do
  port = serve do |server|
    server.readpartial(1000)
    server.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
  end
  http = Net::HTTP.new("localhost", port)
  http.use_ssl, http.cert_store = true, TRUSTED
  http.get("/").then { |response| [response.code, response.body] }
end
attempt { OpenSSL::SSL::SSLContext.new.min_version = "nope" }
