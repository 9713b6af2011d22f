//! Writing and reading the fields of a body.

use store::Oid;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// An odd number that spreads ids over 64 bits.
const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

/// A body that does not follow the format; the text says where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CorruptBody(pub String);

impl std::fmt::Display for CorruptBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CorruptBody {}

/// One value of a body.
#[derive(Clone, PartialEq, Debug)]
pub enum Field {
    /// nil
    Nil,
    /// true
    True,
    /// false
    False,
    /// Not set.
    Unset,
    /// Integer of 64 bits.
    Int(i64),
    /// Float, all bits kept.
    Float(f64),
    /// Larger Integer, two's complement little-endian.
    Big(Vec<u8>),
    /// Symbol: encoding number and name.
    Symbol(u8, Vec<u8>),
    /// Frozen String without identity: encoding number and bytes.
    FrozenString(u8, Vec<u8>),
    /// Another object.
    Ref(Oid),
    /// Regexp without identity: options, encoding number and source.
    Regexp(u8, u8, Vec<u8>),
}

const TAGS: [u8; 11] = *b"NTFUIDBSZRX";
const SYMBOL: usize = 7;

/// Where a part of a large body begins: a part after the first is a record of its own, whose references are counted from its own first one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Part {
    /// Its first byte.
    pub body: usize,
    /// Its first reference.
    pub refs: usize,
    /// The position of its first entry in the collection.
    pub start: usize,
    /// It is the part of this number of those that are stored, and was not written.
    pub kept: Option<u32>,
}

/// Bytes that a part has on the average, at least, and at most before the entry that ends it.
const PART: u64 = 6 << 10;
const PART_MIN: usize = 2 << 10;
const PART_MAX: usize = 16 << 10;
/// Bytes of a reference.
const REFERENCE: usize = 8;

/// A number that stands for a record's content: what has the same is the same.
pub fn fingerprint(refs: &[Oid], body: &[u8]) -> u128 {
    let mut hasher = Xxh3::new();
    refs.iter().for_each(|oid| hasher.update(&oid.0.to_le_bytes()));
    hasher.update(body);
    hasher.digest128()
}

/// Writes a body.
#[derive(Default)]
pub struct BodyWriter {
    body: Vec<u8>,
    refs: Vec<Oid>,
    /// Parts after the first.
    parts: Vec<Part>,
    /// Where the entry began that is being written, and what stands for the objects it refers to.
    entry: Part,
    objects: u64,
}

impl BodyWriter {
    /// An entry of a large collection ends. What it holds decides whether a part ends with it, so that a change in one place leaves the parts
    /// elsewhere as they were. The first part, which is written with each change, ends with the first entry. `next` is the position of the
    /// next entry.
    pub fn end_entry(&mut self, next: usize) {
        // References are counted within the part, so the objects decide in their place.
        let bytes = &self.body[self.entry.body..];
        let hash = if self.objects == 0 { xxh3_64(bytes) } else { self.objects.wrapping_mul(MIX) };
        let size = bytes.len() + REFERENCE * (self.refs.len() - self.entry.refs);
        let is_chosen = hash < size as u64 * (u64::MAX / PART);
        let length = self.parts.last().map_or(usize::MAX, |start| self.body.len() - start.body + REFERENCE * (self.refs.len() - start.refs));
        if length >= PART_MAX || length >= PART_MIN && is_chosen {
            self.end_part(next);
        }
        self.begin_entry();
    }

    fn begin_entry(&mut self) {
        (self.entry, self.objects) = (self.here(0), 0);
    }

    fn here(&self, start: usize) -> Part {
        Part { body: self.body.len(), refs: self.refs.len(), start, kept: None }
    }

    fn end_part(&mut self, next: usize) {
        self.parts.push(self.here(next));
    }

    /// Is nothing written yet of the part that is being written?
    pub fn is_at_part(&self) -> bool {
        self.parts.last().is_some_and(|part| (part.body, part.refs) == (self.body.len(), self.refs.len()))
    }

    /// In place of the part that begins here the one of this number is kept; the next part begins at position `next`.
    pub fn keep_part(&mut self, number: u32, next: usize) {
        if let Some(part) = self.parts.last_mut() {
            part.kept = Some(number);
        }
        self.end_part(next);
        self.begin_entry();
    }

    /// Appends many bytes with their length, as parts of one size.
    pub fn large_bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        for piece in bytes.chunks(PART_MAX) {
            self.end_part(0);
            self.body.extend_from_slice(piece);
        }
    }

    /// Appends a number.
    pub fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.body.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.body.push(number as u8);
    }

    /// Appends bytes with their length.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.body.extend_from_slice(bytes);
    }

    /// Appends a value.
    pub fn field(&mut self, field: &Field) {
        let tag = match field {
            Field::Nil => 0,
            Field::True => 1,
            Field::False => 2,
            Field::Unset => 3,
            Field::Int(_) => 4,
            Field::Float(_) => 5,
            Field::Big(_) => 6,
            Field::Symbol(..) => SYMBOL,
            Field::FrozenString(..) => 8,
            Field::Ref(_) => 9,
            Field::Regexp(..) => 10,
        };
        self.body.push(TAGS[tag]);
        match field {
            Field::Nil | Field::True | Field::False | Field::Unset => {}
            Field::Int(number) => self.number((number << 1 ^ number >> 63) as u64),
            Field::Float(number) => self.body.extend_from_slice(&number.to_bits().to_le_bytes()),
            Field::Big(bytes) => self.bytes(bytes),
            Field::Symbol(encoding, bytes) | Field::FrozenString(encoding, bytes) => {
                self.body.push(*encoding);
                self.bytes(bytes);
            }
            Field::Regexp(options, encoding, source) => {
                self.body.push(*options);
                self.body.push(*encoding);
                self.bytes(source);
            }
            Field::Ref(oid) => {
                let index = self.reference(*oid);
                self.number(index as u64);
            }
        }
    }

    /// Appends a Symbol: its encoding number and name.
    pub fn symbol(&mut self, encoding: u8, name: &[u8]) {
        self.body.push(TAGS[SYMBOL]);
        self.body.push(encoding);
        self.bytes(name);
    }

    fn reference(&mut self, oid: Oid) -> usize {
        self.objects = self.objects.rotate_left(5).wrapping_add(oid.0.wrapping_mul(MIX));
        let first = self.parts.last().map_or(0, |part| part.refs);
        // Neighbours repeat (classes, shared parts); a full search would make large arrays quadratic.
        let recent = self.refs.len().saturating_sub(16).max(first);
        match self.refs[recent..].iter().position(|&other| other == oid) {
            Some(at) => recent + at - first,
            None => {
                self.refs.push(oid);
                self.refs.len() - 1 - first
            }
        }
    }

    /// References, body, and where the parts after the first begin.
    pub fn finish(mut self) -> (Vec<Oid>, Vec<u8>, Vec<Part>) {
        if self.is_at_part() {
            self.parts.pop();
        }
        (self.refs, self.body, self.parts)
    }
}

/// Reads a body.
pub struct BodyReader<'a> {
    body: &'a [u8],
    refs: &'a [Oid],
    /// Parts that are not reached yet.
    parts: &'a [Part],
    /// First reference of the part that is being read.
    first: usize,
    at: usize,
    /// All parts, and the positions of the entries that those read begin with.
    bounds: &'a [Part],
    starts: Vec<usize>,
    entries: usize,
}

impl<'a> BodyReader<'a> {
    /// Over a record's references and body.
    pub fn new(refs: &'a [Oid], body: &'a [u8]) -> BodyReader<'a> {
        BodyReader::over(refs, body, &[])
    }

    /// Over those of a large object, put together.
    pub fn over(refs: &'a [Oid], body: &'a [u8], parts: &'a [Part]) -> BodyReader<'a> {
        BodyReader { body, refs, parts, first: 0, at: 0, bounds: parts, starts: Vec::new(), entries: 0 }
    }

    fn reference(&mut self, index: u64) -> Option<Oid> {
        while let Some((part, rest)) = self.parts.split_first().filter(|(part, _)| part.body < self.at) {
            (self.first, self.parts) = (part.refs, rest);
        }
        let until = self.parts.first().map_or(self.refs.len(), |part| part.refs);
        self.refs.get(self.first..until)?.get(usize::try_from(index).ok()?).copied()
    }

    fn corrupt(&self, what: &str) -> CorruptBody {
        CorruptBody(format!("{what} at byte {} of a body of {}", self.at, self.body.len()))
    }

    fn byte(&mut self) -> Result<u8, CorruptBody> {
        let byte = *self.body.get(self.at).ok_or_else(|| self.corrupt("body ends"))?;
        self.at += 1;
        Ok(byte)
    }

    /// An entry of a collection is read; the next one has position `next`.
    pub fn end_entry(&mut self, next: usize) {
        self.entries = next;
        while self.bounds.get(self.starts.len()).is_some_and(|part| part.body == self.at) {
            self.starts.push(next);
        }
    }

    /// The positions of the entries that parts begin with, as far as they were read, and how many entries there are.
    pub fn layout(&mut self) -> (Vec<usize>, usize) {
        (std::mem::take(&mut self.starts), self.entries)
    }

    /// Reads a number.
    pub fn number(&mut self) -> Result<u64, CorruptBody> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(self.corrupt("number too long"))
    }

    /// Reads a count whose items take at least a byte each.
    pub fn count(&mut self) -> Result<usize, CorruptBody> {
        let count = self.number()?;
        let rest = self.body.len() - self.at;
        match usize::try_from(count).ok().filter(|&count| count <= rest) {
            Some(count) => Ok(count),
            None => Err(self.corrupt(&format!("count {count} exceeds the {rest} bytes left"))),
        }
    }

    /// Reads bytes with their length.
    pub fn bytes(&mut self) -> Result<&'a [u8], CorruptBody> {
        let count = self.count()?;
        let bytes = &self.body[self.at..self.at + count];
        self.at += count;
        Ok(bytes)
    }

    /// Reads a value.
    pub fn field(&mut self) -> Result<Field, CorruptBody> {
        let tag = self.byte()?;
        Ok(match TAGS.iter().position(|&known| known == tag) {
            Some(0) => Field::Nil,
            Some(1) => Field::True,
            Some(2) => Field::False,
            Some(3) => Field::Unset,
            Some(4) => {
                let number = self.number()?;
                Field::Int((number >> 1) as i64 ^ -((number & 1) as i64))
            }
            Some(5) => {
                let mut bits = [0; 8];
                for byte in &mut bits {
                    *byte = self.byte()?;
                }
                Field::Float(f64::from_bits(u64::from_le_bytes(bits)))
            }
            Some(6) => Field::Big(self.bytes()?.to_vec()),
            Some(SYMBOL) => Field::Symbol(self.byte()?, self.bytes()?.to_vec()),
            Some(8) => Field::FrozenString(self.byte()?, self.bytes()?.to_vec()),
            Some(9) => {
                let index = self.number()?;
                let oid = self.reference(index);
                Field::Ref(oid.ok_or_else(|| self.corrupt(&format!("reference {index} of {}", self.refs.len())))?)
            }
            Some(10) => Field::Regexp(self.byte()?, self.byte()?, self.bytes()?.to_vec()),
            _ => return Err(self.corrupt(&format!("unknown tag {tag:#x}"))),
        })
    }

    /// Reads a value if it is a Symbol: encoding number and name, which are not copied.
    pub fn symbol(&mut self) -> Result<Option<(u8, &'a [u8])>, CorruptBody> {
        if self.body.get(self.at) != Some(&TAGS[SYMBOL]) {
            return Ok(None);
        }
        self.at += 1;
        Ok(Some((self.byte()?, self.bytes()?)))
    }

    /// Is everything read?
    pub fn is_at_end(&self) -> bool {
        self.at == self.body.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> Vec<Field> {
        vec![
            Field::Nil,
            Field::True,
            Field::False,
            Field::Unset,
            Field::Int(0),
            Field::Int(i64::MIN),
            Field::Int(i64::MAX),
            Field::Float(-0.0),
            Field::Big(vec![1; 40]),
            Field::Symbol(1, b"name".to_vec()),
            Field::FrozenString(2, vec![0, 255]),
            Field::Ref(Oid(5000)),
            Field::Ref(Oid(5001)),
            Field::Ref(Oid(5000)),
            Field::Regexp(7, 1, b"a+".to_vec()),
        ]
    }

    #[test]
    fn fields_come_back_as_written() {
        let mut writer = BodyWriter::default();
        samples().iter().for_each(|field| writer.field(field));
        let (refs, body, _) = writer.finish();
        assert_eq!(refs, [Oid(5000), Oid(5001)]);
        let mut reader = BodyReader::new(&refs, &body);
        for field in samples() {
            assert_eq!(reader.field(), Ok(field));
        }
        assert!(reader.is_at_end());
    }

    /// The entries of a list, in parts.
    fn list(entries: &[u64]) -> (Vec<Oid>, Vec<u8>, Vec<Part>) {
        let mut writer = BodyWriter::default();
        writer.number(entries.len() as u64);
        for &entry in entries {
            writer.field(&if entry % 3 == 0 { Field::Int(entry as i64) } else { Field::Ref(Oid(entry)) });
            writer.end_entry(0);
        }
        writer.finish()
    }

    fn prints((refs, body, parts): &(Vec<Oid>, Vec<u8>, Vec<Part>)) -> Vec<u128> {
        let end = Part { body: body.len(), refs: refs.len(), ..Part::default() };
        let ends = parts.iter().chain([&end]);
        let starts = [Part::default()].into_iter().chain(parts.iter().copied());
        starts.zip(ends).map(|(from, to)| fingerprint(&refs[from.refs..to.refs], &body[from.body..to.body])).collect()
    }

    #[test]
    fn parts_are_read_as_one_and_a_change_leaves_the_others() {
        let mut entries: Vec<u64> = (1..100_000).map(|entry| entry * entry % 5_000_011 + 1).collect();
        let before = list(&entries);
        let mut reader = BodyReader::over(&before.0, &before.1, &before.2);
        assert_eq!(reader.number(), Ok(entries.len() as u64));
        for &entry in &entries {
            assert_eq!(reader.field(), Ok(if entry % 3 == 0 { Field::Int(entry as i64) } else { Field::Ref(Oid(entry)) }));
        }
        assert!(reader.is_at_end() && before.2.len() > 20, "{} parts", before.2.len());
        let known = prints(&before);
        entries.insert(50_000, 7);
        entries.remove(20_000);
        // The first part holds the count.
        let fresh = prints(&list(&entries)).into_iter().skip(1).filter(|print| !known.contains(print)).count();
        assert!((1..8).contains(&fresh), "{fresh} of {} parts changed", known.len());
        let mut writer = BodyWriter::default();
        let text: Vec<u8> = (0..100_000u32).map(|byte| byte as u8).collect();
        writer.large_bytes(&text);
        writer.field(&Field::Ref(Oid(9)));
        let (refs, body, parts) = writer.finish();
        let mut reader = BodyReader::over(&refs, &body, &parts);
        assert_eq!((reader.bytes(), reader.field()), (Ok(text.as_slice()), Ok(Field::Ref(Oid(9)))));
    }

    #[test]
    fn damaged_bodies_give_errors() {
        let mut writer = BodyWriter::default();
        samples().iter().for_each(|field| writer.field(field));
        let (refs, body, _) = writer.finish();
        for at in 0..body.len() {
            for bit in 0..8 {
                let mut damaged = body.clone();
                damaged[at] ^= 1 << bit;
                let mut reader = BodyReader::new(&refs[..1], &damaged);
                while !reader.is_at_end() && reader.field().is_ok() {}
            }
        }
        assert!(BodyReader::new(&[], b"Z\x01\xff\xff\xff\xff\x0f").field().is_err());
        assert!(BodyReader::new(&[], b"R\x00").field().is_err());
    }
}
