//! Pack tables with expectations taken from CRuby.

use super::*;
use crate::Encoding;

enum Item {
    Int(i64),
    Text(&'static str),
}

struct Args(std::collections::VecDeque<Item>);

impl Args {
    fn integer(&mut self) -> i64 {
        match self.0.pop_front() {
            Some(Item::Int(value)) => value,
            _ => 0,
        }
    }
}

impl PackArgs for Args {
    type Error = TextError;

    fn remaining(&self) -> usize {
        self.0.len()
    }

    fn next_integer(&mut self) -> Result<u64, TextError> {
        Ok(self.integer() as u64)
    }

    fn next_float(&mut self) -> Result<f64, TextError> {
        Ok(self.integer() as f64)
    }

    fn next_pointer(&mut self, _least: usize) -> Result<u64, TextError> {
        Ok(0)
    }

    fn next_bytes(&mut self, _nil_allowed: bool) -> Result<Vec<u8>, TextError> {
        match self.0.pop_front() {
            Some(Item::Text(text)) => Ok(text.as_bytes().to_vec()),
            _ => Ok(Vec::new()),
        }
    }

    fn next_to_s(&mut self) -> Result<Vec<u8>, TextError> {
        self.next_bytes(true)
    }

    fn next_magnitude(&mut self) -> Result<Vec<u8>, TextError> {
        Ok(self.integer().unsigned_abs().to_be_bytes().to_vec())
    }
}

#[test]
fn packs() {
    use Item::{Int, Text};
    let table: Vec<(&str, Vec<Item>, &[u8])> = vec![
        ("Cs>l<", vec![Int(-1), Int(258), Int(1)], b"\xFF\x01\x02\x01\0\0\0"),
        ("nNvV", vec![Int(1), Int(2), Int(3), Int(4)], b"\0\x01\0\0\0\x02\x03\0\x04\0\0\0"),
        ("a3A3Z*", vec![Text("a"), Text("b"), Text("c")], b"a\0\0b  c\0"),
        ("B8b4H3h*", vec![Text("10000001"), Text("1010"), Text("abc"), Text("12")], b"\x81\x05\xAB\xC0\x21"),
        ("U*", vec![Int(0x3042), Int(65)], "あA".as_bytes()),
        ("w*", vec![Int(1), Int(128), Int(300)], b"\x01\x81\x00\x82\x2C"),
        ("m", vec![Text("hello")], b"aGVsbG8=\n"),
        ("m0", vec![Text("hello")], b"aGVsbG8="),
        ("u", vec![Text("hello")], b"%:&5L;&\\`\n"),
        ("M", vec![Text("a=é\n")], b"a=3D=C3=A9\n"),
        ("Cx2CX", vec![Int(1), Int(2)], b"\x01\0\0"),
        ("G", vec![Int(1)], b"\x3F\xF0\0\0\0\0\0\0"),
        ("L_", vec![Int(1)], b"\x01\0\0\0\0\0\0\0"),
    ];
    for (template, items, expected) in table {
        let mut out = Vec::new();
        pack(template.as_bytes(), &mut Args(items.into()), &mut out).expect(template);
        assert_eq!(out, expected, "{template}");
    }
    let error = pack(b"C", &mut Args(Default::default()), &mut Vec::new()).expect_err("nothing");
    assert_eq!(error.message, "too few arguments");
}

#[test]
fn unpacks() {
    use Unpacked::{Float, Integer, Nil, Text, Unsigned};
    let binary = |bytes: &[u8]| Text(bytes.to_vec(), Encoding::BINARY);
    let table: Vec<(&str, &[u8], Vec<Unpacked>)> = vec![
        ("cC", b"\xFF\xFF", vec![Integer(-1), Unsigned(255)]),
        ("s>S<", b"\xFF\xFE\x01\x02", vec![Integer(-2), Unsigned(513)]),
        ("C3", b"\x01", vec![Unsigned(1), Nil, Nil]),
        ("A4Z*a", b"ab \0cd\0x", vec![binary(b"ab"), binary(b"cd"), binary(b"x")]),
        ("b4", b"\x05", vec![Text(b"1010".to_vec(), Encoding::US_ASCII)]),
        ("H*", b"\xAB\xC0", vec![Text(b"abc0".to_vec(), Encoding::US_ASCII)]),
        ("U*", "あA".as_bytes(), vec![Unsigned(0x3042), Unsigned(65)]),
        ("w*", b"\x01\x81\x00\x82\x2C", vec![Unsigned(1), Unsigned(128), Unsigned(300)]),
        ("m", b"aGVsbG8=\n", vec![binary(b"hello")]),
        ("u", b"%:&5L;&\\`\n", vec![binary(b"hello")]),
        ("M", b"a=3D=C3=A9=\n", vec![binary("a=é".as_bytes())]),
        ("e", b"\0\0\x80\x3F", vec![Float(1.0)]),
        ("x2C", b"\0\0\x07", vec![Unsigned(7)]),
    ];
    for (template, bytes, expected) in table {
        assert_eq!(unpack(template.as_bytes(), bytes, 0, false), Ok(expected), "{template}");
    }
    assert_eq!(unpack(b"x", b"", 0, false).expect_err("outside").message, "x outside of string");
    assert_eq!(unpack(b"y", b"", 0, false).expect_err("unknown").message, "unknown unpack directive 'y' in 'y'");
}
