//! Writing and reading the fields of a body.

use store::Oid;

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

/// Writes a body.
#[derive(Default)]
pub struct BodyWriter {
    body: Vec<u8>,
    refs: Vec<Oid>,
}

impl BodyWriter {
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
            Field::Symbol(..) => 7,
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

    fn reference(&mut self, oid: Oid) -> usize {
        // Neighbours repeat (classes, shared parts); a full search would make large arrays quadratic.
        let recent = self.refs.len().saturating_sub(16);
        match self.refs[recent..].iter().position(|&other| other == oid) {
            Some(at) => recent + at,
            None => {
                self.refs.push(oid);
                self.refs.len() - 1
            }
        }
    }

    /// References and body.
    pub fn finish(self) -> (Vec<Oid>, Vec<u8>) {
        (self.refs, self.body)
    }
}

/// Reads a body.
pub struct BodyReader<'a> {
    body: &'a [u8],
    refs: &'a [Oid],
    at: usize,
}

impl<'a> BodyReader<'a> {
    /// Over a record's parts.
    pub fn new(refs: &'a [Oid], body: &'a [u8]) -> BodyReader<'a> {
        BodyReader { body, refs, at: 0 }
    }

    fn corrupt(&self, what: &str) -> CorruptBody {
        CorruptBody(format!("{what} at byte {} of a body of {}", self.at, self.body.len()))
    }

    fn byte(&mut self) -> Result<u8, CorruptBody> {
        let byte = *self.body.get(self.at).ok_or_else(|| self.corrupt("body ends"))?;
        self.at += 1;
        Ok(byte)
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
            Some(7) => Field::Symbol(self.byte()?, self.bytes()?.to_vec()),
            Some(8) => Field::FrozenString(self.byte()?, self.bytes()?.to_vec()),
            Some(9) => {
                let index = self.number()?;
                let oid = usize::try_from(index).ok().and_then(|index| self.refs.get(index));
                Field::Ref(*oid.ok_or_else(|| self.corrupt(&format!("reference {index} of {}", self.refs.len())))?)
            }
            Some(10) => Field::Regexp(self.byte()?, self.byte()?, self.bytes()?.to_vec()),
            _ => return Err(self.corrupt(&format!("unknown tag {tag:#x}"))),
        })
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
        let (refs, body) = writer.finish();
        assert_eq!(refs, [Oid(5000), Oid(5001)]);
        let mut reader = BodyReader::new(&refs, &body);
        for field in samples() {
            assert_eq!(reader.field(), Ok(field));
        }
        assert!(reader.is_at_end());
    }

    #[test]
    fn damaged_bodies_give_errors() {
        let mut writer = BodyWriter::default();
        samples().iter().for_each(|field| writer.field(field));
        let (refs, body) = writer.finish();
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
