//! OpenSSL::Cipher.

use crate::modes::{Engine, Fault, Mode, block_cipher};
use crate::{bytes_of, failure, hash};
use heap::Tracer;
use macros::ruby_methods;
use objects::NativeData;
use subtle::ConstantTimeEq;
use text::Encoding;
use vm::{RArray, RClass, RResult, RString, Raised, Value, Vm};

const ERROR: &str = "OpenSSL::Cipher::CipherError";

/// Bytes of a whole tag.
const TAG_BYTES: usize = 16;

/// A cipher that there is.
#[derive(Clone, PartialEq, Eq)]
struct Kind {
    name: String,
    family: &'static str,
    mode: Mode,
    key_bytes: usize,
    block_bytes: usize,
    vector_bytes: usize,
}

const MODES: [(&str, Mode); 7] =
    [("CBC", Mode::Cbc), ("CFB", Mode::Cfb), ("CFB8", Mode::Cfb8), ("CTR", Mode::Ctr), ("ECB", Mode::Ecb), ("GCM", Mode::Gcm), ("OFB", Mode::Ofb)];

/// Family, its name in those of ciphers, bytes of keys and blocks.
const FAMILIES: [(&str, &str, usize, usize); 5] = [
    ("AES", "AES-128", 16, 16),
    ("AES", "AES-192", 24, 16),
    ("AES", "AES-256", 32, 16),
    ("DES-EDE", "DES-EDE", 16, 8),
    ("DES-EDE3", "DES-EDE3", 24, 8),
];

/// Other names.
const ALIASES: [(&str, &str); 14] = [
    ("AES128", "AES-128-CBC"),
    ("AES192", "AES-192-CBC"),
    ("AES256", "AES-256-CBC"),
    ("ID-AES128-GCM", "AES-128-GCM"),
    ("ID-AES192-GCM", "AES-192-GCM"),
    ("ID-AES256-GCM", "AES-256-GCM"),
    ("AES-128-CFB128", "AES-128-CFB"),
    ("AES-192-CFB128", "AES-192-CFB"),
    ("AES-256-CFB128", "AES-256-CFB"),
    ("DES3", "DES-EDE3-CBC"),
    ("DES-EDE3", "DES-EDE3-ECB"),
    ("DES-EDE", "DES-EDE-ECB"),
    ("CHACHA20", "ChaCha20"),
    ("CHACHA20-POLY1305", "ChaCha20-Poly1305"),
];

fn kinds() -> impl Iterator<Item = Kind> {
    let blocks = FAMILIES.iter().flat_map(|&(family, prefix, key_bytes, block_bytes)| {
        let modes = MODES.iter().filter(move |(_, mode)| block_bytes == 16 || !matches!(mode, Mode::Ctr | Mode::Gcm));
        modes.map(move |&(suffix, mode)| {
            let vector_bytes = match mode {
                Mode::Ecb => 0,
                Mode::Gcm => 12,
                _ => block_bytes,
            };
            let block_bytes = if mode.works_on_blocks() { block_bytes } else { 1 };
            Kind { name: format!("{prefix}-{suffix}"), family, mode, key_bytes, block_bytes, vector_bytes }
        })
    });
    let chacha = [("ChaCha20", Mode::ChaCha20, 16), ("ChaCha20-Poly1305", Mode::ChaCha20Poly1305, 12)];
    blocks.chain(chacha.into_iter().map(|(name, mode, vector_bytes)| Kind {
        name: name.to_owned(),
        family: "ChaCha20",
        mode,
        key_bytes: 32,
        block_bytes: 1,
        vector_bytes,
    }))
}

fn find(name: &str) -> Option<Kind> {
    let alias = ALIASES.iter().find(|row| row.0.eq_ignore_ascii_case(name)).map_or(name, |row| row.1);
    kinds().find(|kind| kind.name.eq_ignore_ascii_case(alias))
}

/// Native part of a cipher.
#[derive(Default)]
pub struct State {
    kind: Option<Kind>,
    decrypts: bool,
    no_padding: bool,
    key: Option<Vec<u8>>,
    vector: Vec<u8>,
    vector_bytes: usize,
    /// Present from the first text or data on.
    engine: Option<Engine>,
    /// The tag that decrypted text must have.
    expected_tag: Option<Vec<u8>>,
    /// The tag of text that was encrypted.
    tag: Option<[u8; TAG_BYTES]>,
}

impl NativeData for State {
    fn trace(&self, _tracer: &mut Tracer<'_>) {}
}

/// A cipher that `initialize` has not named yet.
pub fn allocate(vm: &mut Vm, class: RClass) -> RResult {
    Ok(vm.data(class, Box::<State>::default()))
}

fn state(vm: &mut Vm, this: Value) -> RResult<&mut State> {
    vm.native(this, "OpenSSL::Cipher")
}

fn kind(vm: &mut Vm, this: Value) -> RResult<Kind> {
    match state(vm, this)?.kind.clone() {
        Some(kind) => Ok(kind),
        None => Err(vm.runtime_error("Cipher not initialized!")),
    }
}

/// The cipher at work, which begins now if it has not.
fn engine(vm: &mut Vm, this: Value) -> RResult<&mut Engine> {
    let kind = kind(vm, this)?;
    let state = state(vm, this)?;
    if state.engine.is_none() {
        let Some(key) = &state.key else { return Err(failure(vm, ERROR, "key not set")) };
        let mut vector = state.vector.clone();
        vector.resize(state.vector_bytes, 0);
        let made = match block_cipher(kind.family, key) {
            Some(block) => Some(Engine::with_blocks(kind.mode, !state.decrypts, !state.no_padding, block, &vector)),
            None => Engine::chacha(kind.mode, !state.decrypts, key, &vector),
        };
        state.engine = made;
        state.tag = None;
    }
    match &mut self::state(vm, this)?.engine {
        Some(_) => {}
        None => return Err(failure(vm, ERROR, "initialization error")),
    }
    Ok(self::state(vm, this)?.engine.as_mut().expect("just looked at"))
}

fn begin(vm: &mut Vm, this: Value, decrypts: bool) -> RResult {
    kind(vm, this)?;
    let state = state(vm, this)?;
    state.decrypts = decrypts;
    state.engine = None;
    Ok(this)
}

/// A text for a cipher, of the length that it must have.
fn exactly(vm: &mut Vm, value: Value, what: &str, bytes: usize) -> RResult<Vec<u8>> {
    let text = bytes_of(vm, value)?;
    if text.len() == bytes { Ok(text) } else { Err(vm.argument_error(&format!("{what} must be {bytes} bytes"))) }
}

fn check_authenticated(vm: &mut Vm, this: Value, what: &str) -> RResult<()> {
    if kind(vm, this)?.mode.is_authenticated() { Ok(()) } else { Err(failure(vm, ERROR, &format!("{what} not supported by this cipher"))) }
}

fn bad_tag(vm: &mut Vm) -> Raised {
    failure(vm, "OpenSSL::Cipher::AuthTagError", "AEAD authentication tag verification failed")
}

/// Compares or keeps the tag.
fn close(vm: &mut Vm, this: Value) -> RResult<()> {
    let tag = engine(vm, this)?.tag();
    let state = state(vm, this)?;
    let Some(tag) = tag else { return Ok(()) };
    if !state.decrypts {
        state.tag = Some(tag);
        return Ok(());
    }
    let is_right = state.expected_tag.as_ref().is_some_and(|expected| bool::from(expected.as_slice().ct_eq(&tag[..expected.len()])));
    if is_right { Ok(()) } else { Err(bad_tag(vm)) }
}

/// Methods of OpenSSL::Cipher that set it up.
pub struct Setup;

#[ruby_methods("OpenSSL::Cipher")]
impl Setup {
    #[singleton("ciphers")]
    fn ciphers(vm: &mut Vm, _this: Value) -> RResult<RArray> {
        let names = vm.new_array();
        for kind in kinds() {
            let name = vm.str(&kind.name.to_ascii_lowercase());
            vm.push(names, name)?;
        }
        Ok(names)
    }

    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, name: Value) -> RResult {
        let name = vm.to_str(name)?.to_text();
        let Some(kind) = find(&name) else {
            let reason = format!("unsupported (Global default library context, Algorithm ({name} : 0), Properties (<null>))");
            return Err(failure(vm, ERROR, &format!("unsupported cipher algorithm: {name}: {reason}")));
        };
        let vector_bytes = kind.vector_bytes;
        *state(vm, this)? = State { kind: Some(kind), vector_bytes, ..State::default() };
        Ok(this)
    }

    #[method("initialize_copy", private)]
    fn initialize_copy(vm: &mut Vm, this: Value, other: Value) -> RResult {
        vm.check_frozen(this)?;
        kind(vm, other)?;
        let theirs = state(vm, other)?;
        if theirs.engine.is_some() {
            return Err(vm.not_implemented("OpenSSL::Cipher#initialize_copy of a cipher that has begun"));
        }
        let copy = State {
            kind: theirs.kind.clone(),
            key: theirs.key.clone(),
            vector: theirs.vector.clone(),
            expected_tag: theirs.expected_tag.clone(),
            engine: None,
            ..*theirs
        };
        *state(vm, this)? = copy;
        Ok(this)
    }

    #[method("encrypt")]
    fn encrypt(vm: &mut Vm, this: Value) -> RResult {
        begin(vm, this, false)
    }

    #[method("decrypt")]
    fn decrypt(vm: &mut Vm, this: Value) -> RResult {
        begin(vm, this, true)
    }

    #[method("reset")]
    fn reset(vm: &mut Vm, this: Value) -> RResult {
        kind(vm, this)?;
        let state = state(vm, this)?;
        (state.engine, state.tag) = (None, None);
        Ok(this)
    }

    #[method("key=")]
    fn set_key(vm: &mut Vm, this: Value, key: Value) -> RResult {
        let bytes = kind(vm, this)?.key_bytes;
        let key_bytes = exactly(vm, key, "key", bytes)?;
        let state = state(vm, this)?;
        (state.key, state.engine) = (Some(key_bytes), None);
        Ok(key)
    }

    #[method("iv=")]
    fn set_vector(vm: &mut Vm, this: Value, vector: Value) -> RResult {
        kind(vm, this)?;
        let bytes = state(vm, this)?.vector_bytes;
        let vector_bytes = exactly(vm, vector, "iv", bytes)?;
        let state = state(vm, this)?;
        (state.vector, state.engine) = (vector_bytes, None);
        Ok(vector)
    }

    #[method("iv_len=")]
    fn set_vector_length(vm: &mut Vm, this: Value, length: Value) -> RResult {
        check_authenticated(vm, this, "iv_len=")?;
        let most = if kind(vm, this)?.mode == Mode::Gcm { 128 } else { 12 };
        let bytes = vm.to_i64(length)?;
        let Some(bytes) = usize::try_from(bytes).ok().filter(|bytes| (1..=most).contains(bytes)) else {
            return Err(failure(vm, ERROR, "EVP_CIPHER_CTX_ctrl: invalid iv length"));
        };
        let state = state(vm, this)?;
        (state.vector_bytes, state.engine) = (bytes, None);
        Ok(length)
    }

    #[method("key_len=")]
    fn set_key_length(vm: &mut Vm, this: Value, length: Value) -> RResult {
        let bytes = vm.to_i64(length)?;
        if usize::try_from(bytes).is_ok_and(|bytes| Ok(bytes) == kind(vm, this).map(|kind| kind.key_bytes).map_err(|_| ())) {
            return Ok(length);
        }
        Err(failure(vm, ERROR, "EVP_CIPHER_CTX_set_key_length: invalid key length"))
    }

    #[method("padding=")]
    fn set_padding(vm: &mut Vm, this: Value, padding: Value) -> RResult {
        let number = vm.to_i64(padding)?;
        kind(vm, this)?;
        state(vm, this)?.no_padding = number == 0;
        Ok(padding)
    }

    /// Key and vector as `openssl enc` of old made them of a password.
    #[method("pkcs5_keyivgen")]
    fn derive(vm: &mut Vm, this: Value, password: Value, salt: Option<Value>, turns: Option<Value>, digest: Option<Value>) -> RResult {
        let password = bytes_of(vm, password)?;
        let salt = match salt.filter(|salt| !salt.is_nil()) {
            Some(salt) => bytes_of(vm, salt)?,
            None => Vec::new(),
        };
        if !salt.is_empty() && salt.len() != 8 {
            return Err(vm.argument_error("salt must be an 8-octet string"));
        }
        let turns = turns.filter(|turns| !turns.is_nil()).map_or(Ok(2048), |turns| vm.to_i64(turns))?;
        if turns < 1 {
            return Err(vm.argument_error("iterations must be a positive integer"));
        }
        let name = vm.str("MD5");
        let algorithm = hash::algorithm(vm, digest.filter(|digest| !digest.is_nil()).unwrap_or(name))?;
        let kind = kind(vm, this)?;
        let (mut bytes, mut last) = (Vec::new(), Vec::new());
        while bytes.len() < kind.key_bytes + kind.vector_bytes {
            let mut text = [last.as_slice(), &password, &salt].concat();
            for turn in 0..turns {
                if turn % 1024 == 0 {
                    vm.poll_interrupts()?;
                }
                let mut digest = (algorithm.make)();
                digest.update(&text);
                text = digest.finalize().into_vec();
            }
            bytes.extend_from_slice(&text);
            last = text;
        }
        let state = state(vm, this)?;
        state.key = Some(bytes[..kind.key_bytes].to_vec());
        state.vector = bytes[kind.key_bytes..kind.key_bytes + kind.vector_bytes].to_vec();
        state.engine = None;
        Ok(Value::NIL)
    }
}

/// Methods of OpenSSL::Cipher that tell about it.
pub struct Facts;

#[ruby_methods("OpenSSL::Cipher")]
impl Facts {
    #[method("name")]
    fn name(vm: &mut Vm, this: Value) -> RResult<String> {
        Ok(kind(vm, this)?.name)
    }

    #[method("key_len")]
    fn key_length(vm: &mut Vm, this: Value) -> RResult<usize> {
        Ok(kind(vm, this)?.key_bytes)
    }

    #[method("iv_len")]
    fn vector_length(vm: &mut Vm, this: Value) -> RResult<usize> {
        kind(vm, this)?;
        Ok(state(vm, this)?.vector_bytes)
    }

    #[method("block_size")]
    fn block_size(vm: &mut Vm, this: Value) -> RResult<usize> {
        Ok(kind(vm, this)?.block_bytes)
    }

    #[method("authenticated?")]
    fn is_authenticated(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(kind(vm, this)?.mode.is_authenticated())
    }
}

/// Methods of OpenSSL::Cipher that work on text.
pub struct Work;

#[ruby_methods("OpenSSL::Cipher")]
impl Work {
    #[method("update")]
    fn update(vm: &mut Vm, this: Value, text: RString, buffer: Option<Value>) -> RResult {
        vm.room_for(text.len() + 32)?;
        let bytes = text.bytes().to_vec();
        let mut output = Vec::with_capacity(bytes.len() + 32);
        engine(vm, this)?.update(&bytes, &mut output);
        let output = vm.try_string(&output, Encoding::BINARY)?;
        let Some(buffer) = buffer.filter(|buffer| !buffer.is_nil()) else { return Ok(output) };
        let buffer = vm.to_str(buffer)?;
        let encoding = vm.encoding_object(buffer.encoding());
        vm.send(buffer.value(), "replace", &[output])?;
        vm.send(buffer.value(), "force_encoding", &[encoding])
    }

    #[method("final")]
    fn finish(vm: &mut Vm, this: Value) -> RResult {
        let mut output = Vec::new();
        match engine(vm, this)?.finish(&mut output) {
            Err(Fault::Length) => return Err(failure(vm, ERROR, "cipher final failed: wrong final block length")),
            Err(Fault::Padding) => return Err(failure(vm, ERROR, "cipher final failed: bad decrypt")),
            Ok(()) => close(vm, this)?,
        }
        vm.try_string(&output, Encoding::BINARY)
    }

    #[method("auth_data=")]
    fn set_data(vm: &mut Vm, this: Value, data: Value) -> RResult {
        check_authenticated(vm, this, "AEAD")?;
        let bytes = bytes_of(vm, data)?;
        engine(vm, this)?.authenticate(&bytes);
        Ok(data)
    }

    #[method("auth_tag")]
    fn tag(vm: &mut Vm, this: Value, length: Option<Value>) -> RResult {
        check_authenticated(vm, this, "authentication tag")?;
        let length = length.filter(|length| !length.is_nil()).map_or(Ok(TAG_BYTES as i64), |length| vm.to_i64(length))?;
        let tag = state(vm, this)?.tag.filter(|_| (0..=TAG_BYTES as i64).contains(&length));
        match tag {
            Some(tag) => vm.try_string(&tag[..length as usize], Encoding::BINARY),
            None => Err(failure(vm, ERROR, "retrieving the authentication tag failed: invalid tag")),
        }
    }

    #[method("auth_tag=")]
    fn set_tag(vm: &mut Vm, this: Value, tag: Value) -> RResult {
        let bytes = bytes_of(vm, tag)?;
        check_authenticated(vm, this, "authentication tag")?;
        if bytes.is_empty() || bytes.len() > TAG_BYTES {
            return Err(failure(vm, ERROR, "unable to set GCM tag"));
        }
        state(vm, this)?.expected_tag = Some(bytes);
        Ok(tag)
    }

    #[method("auth_tag_len=")]
    fn set_tag_length(vm: &mut Vm, this: Value, length: Value) -> RResult {
        let bytes = vm.to_i64(length)?;
        check_authenticated(vm, this, "AEAD")?;
        if (1..=TAG_BYTES as i64).contains(&bytes) { Ok(length) } else { Err(failure(vm, ERROR, "unable to set authentication tag length")) }
    }
}
