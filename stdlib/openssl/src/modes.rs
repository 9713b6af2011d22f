//! Block ciphers and what is made of them: modes that work on text as it comes, and tags over it.

use chacha20::ChaCha20;
use cipher::{BlockCipherDecrypt, BlockCipherEncrypt, BlockSizeUser, KeyInit, KeyIvInit, StreamCipher, StreamCipherSeek};
use ghash::GHash;
use poly1305::Poly1305;
use poly1305::universal_hash::UniversalHash;

/// Bytes of the blocks that tags are made of.
const TAG_BLOCK: usize = 16;

/// A block cipher with its key.
pub trait Block {
    fn size(&self) -> usize;
    /// Encrypts a block in place.
    fn encrypt(&self, block: &mut [u8]);
    /// Decrypts a block in place.
    fn decrypt(&self, block: &mut [u8]);
}

impl<Kind: BlockCipherEncrypt + BlockCipherDecrypt + BlockSizeUser> Block for Kind {
    fn size(&self) -> usize {
        Kind::block_size()
    }

    fn encrypt(&self, block: &mut [u8]) {
        let block = block.try_into().expect("callers give blocks of this size");
        self.encrypt_block(block);
    }

    fn decrypt(&self, block: &mut [u8]) {
        let block = block.try_into().expect("callers give blocks of this size");
        self.decrypt_block(block);
    }
}

/// The block cipher of this key, by the name of its family; None for a key of another length.
pub fn block_cipher(family: &str, key: &[u8]) -> Option<Box<dyn Block>> {
    Some(match (family, key.len()) {
        ("AES", 16) => Box::new(aes::Aes128::new_from_slice(key).ok()?),
        ("AES", 24) => Box::new(aes::Aes192::new_from_slice(key).ok()?),
        ("AES", 32) => Box::new(aes::Aes256::new_from_slice(key).ok()?),
        ("DES-EDE", 16) => Box::new(des::TdesEde2::new_from_slice(key).ok()?),
        ("DES-EDE3", 24) => Box::new(des::TdesEde3::new_from_slice(key).ok()?),
        _ => return None,
    })
}

/// How a block cipher is used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    Ecb,
    Cbc,
    Ctr,
    Cfb,
    Cfb8,
    Ofb,
    Gcm,
    /// A stream cipher, no block cipher.
    ChaCha20,
    ChaCha20Poly1305,
}

impl Mode {
    /// Are blocks of text taken as a whole?
    pub fn works_on_blocks(self) -> bool {
        matches!(self, Mode::Ecb | Mode::Cbc)
    }

    /// Is there a tag over text and further data?
    pub fn is_authenticated(self) -> bool {
        matches!(self, Mode::Gcm | Mode::ChaCha20Poly1305)
    }
}

/// Why the last step fails.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// The text is no number of blocks.
    Length,
    /// What fills the last block up is not what it must be.
    Padding,
}

/// A cipher at work.
pub struct Engine {
    mode: Mode,
    encrypts: bool,
    pads: bool,
    source: Source,
    /// Bytes that wait for the rest of their block, or for the end.
    waiting: Vec<u8>,
    tag: Option<Tag>,
}

/// Where the bytes come from that text is combined with.
enum Source {
    Blocks(Keystream),
    ChaCha20(Box<ChaCha20>),
}

/// A block cipher with the block that it works on next.
struct Keystream {
    block: Box<dyn Block>,
    /// The counter, the last block, or the last bytes of text, as the mode has it.
    register: Vec<u8>,
    stream: Vec<u8>,
    used: usize,
}

impl Engine {
    /// With a block cipher.
    pub fn with_blocks(mode: Mode, encrypts: bool, pads: bool, block: Box<dyn Block>, vector: &[u8]) -> Engine {
        let mut register = vector.to_vec();
        let tag = (mode == Mode::Gcm).then(|| {
            let tag = Tag::gcm(block.as_ref(), vector);
            register = tag.first_counter.clone();
            increment(&mut register, 4);
            tag
        });
        let used = block.size();
        let source = Source::Blocks(Keystream { stream: vec![0; used], used, block, register });
        Engine { mode, encrypts, pads, source, waiting: Vec::new(), tag }
    }

    /// ChaCha20, with Poly1305 or with the counter in front of the vector.
    pub fn chacha(mode: Mode, encrypts: bool, key: &[u8], vector: &[u8]) -> Option<Engine> {
        let (counter, nonce) = match mode {
            Mode::ChaCha20 => {
                let (counter, nonce) = vector.split_first_chunk::<4>()?;
                (u64::from(u32::from_le_bytes(*counter)), nonce.to_vec())
            }
            _ => (1, [&[0; 12][..12_usize.checked_sub(vector.len())?], vector].concat()),
        };
        let mut cipher = ChaCha20::new_from_slices(key, &nonce).ok()?;
        let tag = (mode == Mode::ChaCha20Poly1305).then(|| Tag::poly1305(&mut cipher));
        cipher.seek(counter * 64);
        Some(Engine { mode, encrypts, pads: false, source: Source::ChaCha20(Box::new(cipher)), waiting: Vec::new(), tag })
    }

    /// Takes data that only the tag covers.
    pub fn authenticate(&mut self, data: &[u8]) {
        if let Some(tag) = &mut self.tag {
            tag.add_data(data);
        }
    }

    /// Takes text in and puts out what can be told of the other text.
    pub fn update(&mut self, text: &[u8], output: &mut Vec<u8>) {
        if self.mode.works_on_blocks() {
            return self.update_blocks(text, output);
        }
        let start = output.len();
        output.extend_from_slice(text);
        if let (Some(tag), false) = (&mut self.tag, self.encrypts) {
            tag.add_text(text);
        }
        match &mut self.source {
            Source::ChaCha20(cipher) => cipher.apply_keystream(&mut output[start..]),
            Source::Blocks(stream) => output[start..].iter_mut().for_each(|byte| *byte = stream.combine(self.mode, self.encrypts, *byte)),
        }
        if let (Some(tag), true) = (&mut self.tag, self.encrypts) {
            tag.add_text(&output[start..]);
        }
    }

    fn update_blocks(&mut self, text: &[u8], output: &mut Vec<u8>) {
        self.waiting.extend_from_slice(text);
        let Source::Blocks(stream) = &mut self.source else { return };
        let size = stream.block.size();
        // The last block may be one that is filled up.
        let is_held = !self.encrypts && self.pads && self.waiting.len().is_multiple_of(size) && !self.waiting.is_empty();
        let count = self.waiting.len() / size - usize::from(is_held);
        let rest = self.waiting.split_off(count * size);
        let mut blocks = std::mem::replace(&mut self.waiting, rest);
        for block in blocks.chunks_exact_mut(size) {
            stream.block_step(self.mode, self.encrypts, block);
        }
        output.append(&mut blocks);
    }

    /// What is left at the end.
    pub fn finish(&mut self, output: &mut Vec<u8>) -> Result<(), Fault> {
        if !self.mode.works_on_blocks() {
            return Ok(());
        }
        let Source::Blocks(stream) = &mut self.source else { return Ok(()) };
        let size = stream.block.size();
        let mut block = std::mem::take(&mut self.waiting);
        match (self.pads, self.encrypts) {
            (false, _) if block.is_empty() => return Ok(()),
            (false, _) => return Err(Fault::Length),
            (true, true) => {
                let missing = size - block.len();
                block.resize(size, u8::try_from(missing).unwrap_or(0));
                stream.block_step(self.mode, true, &mut block);
            }
            (true, false) if block.len() != size => return Err(Fault::Length),
            (true, false) => {
                stream.block_step(self.mode, false, &mut block);
                let padding = usize::from(block[size - 1]);
                let is_right = (1..=size).contains(&padding) && block[size - padding..].iter().all(|&byte| usize::from(byte) == padding);
                if !is_right {
                    return Err(Fault::Padding);
                }
                block.truncate(size - padding);
            }
        }
        output.append(&mut block);
        Ok(())
    }

    /// The tag over everything so far, of an authenticated mode.
    pub fn tag(&mut self) -> Option<[u8; TAG_BLOCK]> {
        self.tag.take().map(Tag::finish)
    }
}

impl Keystream {
    /// One whole block of ECB or CBC.
    fn block_step(&mut self, mode: Mode, encrypts: bool, block: &mut [u8]) {
        if mode == Mode::Ecb {
            return if encrypts { self.block.encrypt(block) } else { self.block.decrypt(block) };
        }
        if encrypts {
            combine(block, &self.register);
            self.block.encrypt(block);
            self.register.copy_from_slice(block);
        } else {
            let text = block.to_vec();
            self.block.decrypt(block);
            combine(block, &self.register);
            self.register = text;
        }
    }

    /// One byte of the modes that make a stream of the block cipher.
    fn combine(&mut self, mode: Mode, encrypts: bool, byte: u8) -> u8 {
        if mode == Mode::Cfb8 {
            self.refill();
            let result = byte ^ self.stream[0];
            self.register.remove(0);
            self.register.push(if encrypts { result } else { byte });
            return result;
        }
        if self.used == self.stream.len() {
            self.refill();
            match mode {
                Mode::Ofb => self.register.copy_from_slice(&self.stream),
                Mode::Gcm => increment(&mut self.register, 4),
                Mode::Ctr => increment(&mut self.register, self.stream.len()),
                _ => {}
            }
        }
        let result = byte ^ self.stream[self.used];
        if mode == Mode::Cfb {
            self.register[self.used] = if encrypts { result } else { byte };
        }
        self.used += 1;
        result
    }

    fn refill(&mut self) {
        self.stream.copy_from_slice(&self.register);
        self.block.encrypt(&mut self.stream);
        self.used = 0;
    }
}

fn combine(block: &mut [u8], other: &[u8]) {
    block.iter_mut().zip(other).for_each(|(byte, other)| *byte ^= other);
}

/// Adds one to the number that the last bytes are.
fn increment(counter: &mut [u8], bytes: usize) {
    let start = counter.len() - bytes;
    for byte in counter[start..].iter_mut().rev() {
        *byte = byte.wrapping_add(1);
        if *byte != 0 {
            break;
        }
    }
}

/// The tag of an authenticated mode while it is made: over data, then text, then the lengths of both.
struct Tag {
    hash: Hash,
    /// What the result is combined with.
    mask: [u8; TAG_BLOCK],
    first_counter: Vec<u8>,
    data_bytes: u64,
    text_bytes: u64,
    waiting: Vec<u8>,
}

enum Hash {
    Ghash(Box<GHash>),
    Poly1305(Box<Poly1305>),
}

impl Tag {
    fn gcm(block: &dyn Block, vector: &[u8]) -> Tag {
        let mut key = [0; TAG_BLOCK];
        block.encrypt(&mut key);
        let new_hash = || GHash::new(&key.into());
        let first_counter = if vector.len() == 12 {
            [vector, &[0, 0, 0, 1]].concat()
        } else {
            let mut hash = new_hash();
            hash.update_padded(vector);
            hash.update_padded(&(u128::try_from(vector.len()).unwrap_or(0) * 8).to_be_bytes());
            hash.finalize().to_vec()
        };
        let mut mask = [0; TAG_BLOCK];
        mask.copy_from_slice(&first_counter);
        block.encrypt(&mut mask);
        Tag { hash: Hash::Ghash(Box::new(new_hash())), mask, first_counter, data_bytes: 0, text_bytes: 0, waiting: Vec::new() }
    }

    /// The key is what the cipher begins with.
    fn poly1305(cipher: &mut ChaCha20) -> Tag {
        let mut key = [0; 32];
        cipher.apply_keystream(&mut key);
        let hash = Hash::Poly1305(Box::new(Poly1305::new(&key.into())));
        Tag { hash, mask: [0; TAG_BLOCK], first_counter: Vec::new(), data_bytes: 0, text_bytes: 0, waiting: Vec::new() }
    }

    fn add_data(&mut self, data: &[u8]) {
        self.data_bytes += data.len() as u64;
        self.add(data);
    }

    fn add_text(&mut self, text: &[u8]) {
        if self.text_bytes == 0 {
            self.fill_up();
        }
        self.text_bytes += text.len() as u64;
        self.add(text);
    }

    fn add(&mut self, bytes: &[u8]) {
        self.waiting.extend_from_slice(bytes);
        let rest = self.waiting.split_off(self.waiting.len() / TAG_BLOCK * TAG_BLOCK);
        let blocks = std::mem::replace(&mut self.waiting, rest);
        self.hash.add(&blocks);
    }

    /// Ends a part with zeros up to a block.
    fn fill_up(&mut self) {
        let rest = std::mem::take(&mut self.waiting);
        self.hash.add(&rest);
    }

    fn finish(mut self) -> [u8; TAG_BLOCK] {
        self.fill_up();
        let mut tag = match self.hash {
            Hash::Ghash(mut hash) => {
                hash.update_padded(&[(self.data_bytes * 8).to_be_bytes(), (self.text_bytes * 8).to_be_bytes()].concat());
                <[u8; TAG_BLOCK]>::from(hash.finalize())
            }
            Hash::Poly1305(mut hash) => {
                hash.update_padded(&[self.data_bytes.to_le_bytes(), self.text_bytes.to_le_bytes()].concat());
                <[u8; TAG_BLOCK]>::from(hash.finalize())
            }
        };
        combine(&mut tag, &self.mask);
        tag
    }
}

impl Hash {
    fn add(&mut self, bytes: &[u8]) {
        match self {
            Hash::Ghash(hash) => hash.update_padded(bytes),
            Hash::Poly1305(hash) => hash.update_padded(bytes),
        }
    }
}
