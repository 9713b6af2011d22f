//! Connections of TLS 1.2 and 1.3, which read and write bytes in memory; the sockets are Ruby's.
//!
//! Who the other side is, the caller decides: a connection takes any certificate whose key signed the handshake, and hands the chain
//! out. OpenSSL::SSL looks at it before it gives the connection to the program.

use crate::{bytes_of, failure, length};
use heap::Tracer;
use macros::ruby_methods;
use objects::NativeData;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{Accepted, Acceptor};
use rustls::{
    AlertDescription, ClientConfig, ClientConnection, Connection, DigitallySignedStruct, DistinguishedName, Error, InvalidMessage, ProtocolVersion,
    ServerConfig, SignatureScheme, SupportedProtocolVersion, version,
};
use std::io::{Cursor, ErrorKind, Read, Write};
use std::sync::Arc;
use text::Encoding;
use vm::{RArray, RClass, RResult, Raised, Value, Vm};

/// Native part of a connection.
#[derive(Default)]
enum State {
    /// Before `client` or `server`.
    #[default]
    None,
    /// A server that has not seen what the client wants.
    Greeting(Box<Acceptor>),
    /// A server that has seen it.
    Greeted(Box<Accepted>),
    Open(Box<Connection>),
}

impl NativeData for State {
    fn trace(&self, _tracer: &mut Tracer<'_>) {}

    fn size(&self) -> usize {
        // About what the buffers of a connection are.
        const BUFFERS: usize = 1 << 15;
        size_of_val(self) + BUFFERS
    }
}

/// A connection that is none yet.
pub fn allocate(vm: &mut Vm, class: RClass) -> RResult {
    Ok(vm.data(class, Box::<State>::default()))
}

fn state(vm: &mut Vm, this: Value) -> RResult<&mut State> {
    vm.native(this, "OpenSSL::Native::Connection")
}

fn open(vm: &mut Vm, this: Value) -> RResult<&mut Connection> {
    if !matches!(state(vm, this)?, State::Open(_)) {
        return Err(fault(vm, "SSL session is not started yet"));
    }
    match state(vm, this)? {
        State::Open(connection) => Ok(connection),
        _ => unreachable!("just looked at"),
    }
}

fn fault(vm: &mut Vm, reason: &str) -> Raised {
    failure(vm, "OpenSSL::SSL::SSLError", reason)
}

fn checked<T>(vm: &mut Vm, result: Result<T, Error>) -> RResult<T> {
    result.map_err(|error| fault(vm, &reason(&error)))
}

/// What OpenSSL says about it, for what is common.
fn reason(error: &Error) -> String {
    let text = match error {
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => "wrong version number",
        Error::AlertReceived(AlertDescription::HandshakeFailure) => "sslv3 alert handshake failure",
        Error::AlertReceived(AlertDescription::ProtocolVersion) => "tlsv1 alert protocol version",
        Error::AlertReceived(AlertDescription::UnknownCA) => "tlsv1 alert unknown ca",
        Error::AlertReceived(AlertDescription::BadCertificate) => "sslv3 alert bad certificate",
        Error::AlertReceived(AlertDescription::CertificateRequired) => "tlsv13 alert certificate required",
        Error::AlertReceived(AlertDescription::NoApplicationProtocol) => "tlsv1 alert no application protocol",
        Error::NoCertificatesPresented => "peer did not return a certificate",
        Error::PeerIncompatible(_) => "unsupported protocol",
        _ => return error.to_string(),
    };
    text.to_owned()
}

/// Takes any certificate, and asks for signatures of its key.
#[derive(Debug)]
struct AnyCertificate {
    algorithms: WebPkiSupportedAlgorithms,
    is_mandatory: bool,
}

impl AnyCertificate {
    fn new(provider: &CryptoProvider, is_mandatory: bool) -> Arc<AnyCertificate> {
        Arc::new(AnyCertificate { algorithms: provider.signature_verification_algorithms, is_mandatory })
    }
}

/// Signatures of handshakes, which both sides look at alike.
macro_rules! verified_signatures {
    () => {
        fn verify_tls12_signature(
            &self,
            text: &[u8],
            end: &CertificateDer<'_>,
            signed: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            verify_tls12_signature(text, end, signed, &self.algorithms)
        }

        fn verify_tls13_signature(
            &self,
            text: &[u8],
            end: &CertificateDer<'_>,
            signed: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            verify_tls13_signature(text, end, signed, &self.algorithms)
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.algorithms.supported_schemes()
        }
    };
}

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end: &CertificateDer<'_>,
        _chain: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    verified_signatures!();
}

impl ClientCertVerifier for AnyCertificate {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn client_auth_mandatory(&self) -> bool {
        self.is_mandatory
    }

    fn verify_client_cert(&self, _end: &CertificateDer<'_>, _chain: &[CertificateDer<'_>], _now: UnixTime) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    verified_signatures!();
}

/// Numbers of the protocol's versions as OpenSSL has them.
const VERSIONS: [(i64, &SupportedProtocolVersion); 2] = [(0x303, &version::TLS12), (0x304, &version::TLS13)];

/// The versions between two numbers, 0 for no limit.
fn versions(vm: &mut Vm, least: i64, most: i64) -> RResult<Vec<&'static SupportedProtocolVersion>> {
    let chosen: Vec<_> = VERSIONS.iter().filter(|(number, _)| *number >= least && (most == 0 || *number <= most)).map(|row| row.1).collect();
    if chosen.is_empty() { Err(fault(vm, "no protocols available")) } else { Ok(chosen) }
}

/// A list of Strings.
fn texts(vm: &mut Vm, list: RArray) -> RResult<Vec<Vec<u8>>> {
    let list = vm.roots.values(list.as_slice(&vm.heap));
    list.iter().map(|&text| bytes_of(vm, text)).collect()
}

/// The certificates and the key that a side shows.
fn identity(vm: &mut Vm, chain: RArray, key: Value) -> RResult<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
    let chain = texts(vm, chain)?.into_iter().map(CertificateDer::from).collect();
    let key = bytes_of(vm, key)?;
    match PrivateKeyDer::try_from(key) {
        Ok(key) => Ok((chain, key)),
        Err(_) => Err(fault(vm, "no private key assigned")),
    }
}

/// How connections begin.
pub struct Connecting;

#[ruby_methods("OpenSSL::Native::Connection")]
impl Connecting {
    /// Makes it a client of a host; without a name it does not say which.
    #[method("client")]
    #[expect(clippy::too_many_arguments, reason = "the settings of a connection")]
    fn client(vm: &mut Vm, this: Value, host: Value, chain: RArray, key: Value, protocols: RArray, least: i64, most: i64) -> RResult {
        // Servers are told names, no addresses.
        let host = if host.is_nil() { "0.0.0.0".to_owned() } else { vm.to_str(host)?.to_text() };
        let Ok(name) = ServerName::try_from(host) else { return Err(fault(vm, "invalid server name")) };
        let provider = Arc::new(ring::default_provider());
        let versions = versions(vm, least, most)?;
        let builder = ClientConfig::builder_with_provider(provider.clone()).with_protocol_versions(&versions);
        let builder = checked(vm, builder)?.dangerous().with_custom_certificate_verifier(AnyCertificate::new(&provider, true));
        let mut config = if key.is_nil() {
            builder.with_no_client_auth()
        } else {
            let (chain, key) = identity(vm, chain, key)?;
            let config = builder.with_client_auth_cert(chain, key);
            checked(vm, config)?
        };
        config.alpn_protocols = texts(vm, protocols)?;
        let connection = checked(vm, ClientConnection::new(Arc::new(config), name))?;
        *state(vm, this)? = State::Open(Box::new(connection.into()));
        Ok(this)
    }

    /// Makes it a server, which waits for what the client wants.
    #[method("server")]
    fn server(vm: &mut Vm, this: Value) -> RResult {
        *state(vm, this)? = State::Greeting(Box::default());
        Ok(this)
    }

    /// Host and protocols that the client asks for; nil as long as that is not known.
    #[method("greeting")]
    fn greeting(vm: &mut Vm, this: Value) -> RResult {
        let State::Greeting(acceptor) = state(vm, this)? else { return Ok(Value::NIL) };
        let accepted = match acceptor.accept() {
            Ok(None) => return Ok(Value::NIL),
            Ok(Some(accepted)) => accepted,
            Err((error, _alert)) => return Err(fault(vm, &reason(&error))),
        };
        let hello = accepted.client_hello();
        let host = hello.server_name().map(str::to_owned);
        let protocols: Vec<Vec<u8>> = hello.alpn().into_iter().flatten().map(<[u8]>::to_vec).collect();
        *state(vm, this)? = State::Greeted(Box::new(accepted));
        let (list, names) = (vm.new_array(), vm.new_array());
        let host = host.map_or(Value::NIL, |host| vm.str(&host));
        vm.push(list, host)?;
        for protocol in protocols {
            let protocol = vm.string(&protocol, Encoding::BINARY);
            vm.push(names, protocol)?;
        }
        vm.push(list, names.value())?;
        Ok(list.value())
    }

    /// Goes on as a server with these certificates. `asks`: nil, or whether the client must show one, too.
    #[method("accept")]
    #[expect(clippy::too_many_arguments, reason = "the settings of a connection")]
    fn accept(vm: &mut Vm, this: Value, chain: RArray, key: Value, protocols: RArray, asks: Value, least: i64, most: i64) -> RResult {
        let provider = Arc::new(ring::default_provider());
        let versions = versions(vm, least, most)?;
        let builder = ServerConfig::builder_with_provider(provider.clone()).with_protocol_versions(&versions);
        let builder = checked(vm, builder)?;
        let builder = if asks.is_nil() {
            builder.with_no_client_auth()
        } else {
            builder.with_client_cert_verifier(AnyCertificate::new(&provider, asks.truthy()))
        };
        let (chain, key) = identity(vm, chain, key)?;
        let config = builder.with_single_cert(chain, key);
        let mut config = checked(vm, config)?;
        config.alpn_protocols = texts(vm, protocols)?;
        let State::Greeted(accepted) = std::mem::take(state(vm, this)?) else { return Err(fault(vm, "no greeting to answer")) };
        match accepted.into_connection(Arc::new(config)) {
            Ok(connection) => *state(vm, this)? = State::Open(Box::new(connection.into())),
            Err((error, _alert)) => return Err(fault(vm, &reason(&error))),
        }
        Ok(this)
    }
}

/// What goes through a connection.
pub struct Traffic;

#[ruby_methods("OpenSSL::Native::Connection")]
impl Traffic {
    /// Takes bytes from the other side.
    #[method("feed")]
    fn feed(vm: &mut Vm, this: Value, bytes: Value) -> RResult {
        let bytes = bytes_of(vm, bytes)?;
        let mut input = Cursor::new(bytes.as_slice());
        while (input.position() as usize) < bytes.len() {
            let result = match state(vm, this)? {
                State::Greeting(acceptor) => acceptor.read_tls(&mut input).map(|_| None),
                State::Open(connection) => connection.read_tls(&mut input).map(|_| connection.process_new_packets().err()),
                _ => return Err(fault(vm, "SSL session is not started yet")),
            };
            match result {
                Ok(None) => {}
                Ok(Some(error)) => return Err(fault(vm, &reason(&error))),
                Err(error) => return Err(fault(vm, &error.to_string())),
            }
        }
        Ok(this)
    }

    /// Bytes for the other side.
    #[method("output")]
    fn output(vm: &mut Vm, this: Value) -> RResult {
        let mut bytes = Vec::new();
        if let State::Open(connection) = state(vm, this)? {
            while connection.wants_write() {
                if connection.write_tls(&mut bytes).is_err() {
                    break;
                }
            }
        }
        vm.try_string(&bytes, Encoding::BINARY)
    }

    #[method("handshaking?")]
    fn is_handshaking(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(match state(vm, this)? {
            State::Open(connection) => connection.is_handshaking(),
            _ => true,
        })
    }

    /// Text from the other side: nil when there is none yet, an empty String when none comes any more.
    #[method("read")]
    fn read(vm: &mut Vm, this: Value, most: Value) -> RResult {
        let mut bytes = vec![0; length(vm, most)?.min(1 << 14)];
        match open(vm, this)?.reader().read(&mut bytes) {
            Ok(count) => vm.try_string(&bytes[..count], Encoding::BINARY),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(Value::NIL),
            Err(error) => Err(fault(vm, &error.to_string())),
        }
    }

    /// Takes text for the other side; the result is how many bytes found room.
    #[method("write")]
    fn write(vm: &mut Vm, this: Value, text: Value) -> RResult<usize> {
        let text = bytes_of(vm, text)?;
        let result = open(vm, this)?.writer().write(&text);
        result.map_err(|error| fault(vm, &error.to_string()))
    }

    /// Says that no more text follows.
    #[method("end")]
    fn end(vm: &mut Vm, this: Value) -> RResult {
        if let State::Open(connection) = state(vm, this)? {
            connection.send_close_notify();
        }
        Ok(Value::NIL)
    }

    /// The certificates that the other side showed.
    #[method("peer_chain")]
    fn peer_chain(vm: &mut Vm, this: Value) -> RResult<RArray> {
        let chain: Vec<Vec<u8>> = match state(vm, this)? {
            State::Open(connection) => connection.peer_certificates().into_iter().flatten().map(|certificate| certificate.to_vec()).collect(),
            _ => Vec::new(),
        };
        let list = vm.new_array();
        for certificate in chain {
            let certificate = vm.try_string(&certificate, Encoding::BINARY)?;
            vm.push(list, certificate)?;
        }
        Ok(list)
    }

    /// Version, name of the cipher, and chosen protocol.
    #[method("agreement")]
    fn agreement(vm: &mut Vm, this: Value) -> RResult<RArray> {
        let connection = open(vm, this)?;
        let version = connection.protocol_version().map(|version| if version == ProtocolVersion::TLSv1_3 { "TLSv1.3" } else { "TLSv1.2" });
        let cipher = connection.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str());
        let protocol = connection.alpn_protocol().map(<[u8]>::to_vec);
        let list = vm.new_array();
        let facts = [version.map(|text| text.as_bytes().to_vec()), cipher.map(|text| text.as_bytes().to_vec()), protocol];
        for fact in facts {
            let fact = fact.map_or(Value::NIL, |fact| vm.string(&fact, Encoding::UTF_8));
            vm.push(list, fact)?;
        }
        Ok(list)
    }
}
