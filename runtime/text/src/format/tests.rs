//! Format tables with expectations taken from CRuby 4.0.

use super::*;

#[derive(Clone)]
enum Arg {
    Int(i64),
    Float(f64),
    Text(&'static str),
}

struct Args(Vec<Arg>);

impl FormatArgs for Args {
    type Value = Arg;
    type Error = TextError;

    fn positional(&mut self, index: usize) -> Option<Arg> {
        self.0.get(index).cloned()
    }

    fn named(&mut self, name: &[u8], _shown: &str) -> Result<Option<Arg>, TextError> {
        Ok((name == b"a").then(|| self.0[0].clone()))
    }

    fn to_width(&mut self, value: &Arg) -> Result<i64, TextError> {
        match value {
            Arg::Int(number) => Ok(*number),
            _ => Err(TextError::argument("not a width")),
        }
    }

    fn to_integer(&mut self, value: &Arg, radix: u32) -> Result<Digits, TextError> {
        let number = self.to_width(value)?;
        let magnitude = match radix {
            2 => format!("{:b}", number.unsigned_abs()),
            8 => format!("{:o}", number.unsigned_abs()),
            16 => format!("{:x}", number.unsigned_abs()),
            _ => number.unsigned_abs().to_string(),
        };
        Ok(Digits { negative: number < 0, magnitude })
    }

    fn to_float(&mut self, value: &Arg, _: Option<usize>) -> Result<FloatArg, TextError> {
        match value {
            Arg::Float(number) => Ok(FloatArg::Double(*number)),
            _ => Err(TextError::argument("not a float")),
        }
    }

    fn to_s(&mut self, value: &Arg) -> Result<Vec<u8>, TextError> {
        Ok(match value {
            Arg::Int(number) => number.to_string().into(),
            Arg::Float(number) => number.to_string().into(),
            Arg::Text(text) => text.as_bytes().to_vec(),
        })
    }

    fn inspect(&mut self, value: &Arg) -> Result<Vec<u8>, TextError> {
        let text = self.to_s(value)?;
        Ok(crate::inspect::inspect(Encoding::UTF_8, &text, Encoding::UTF_8))
    }

    fn to_char(&mut self, value: &Arg) -> Result<Vec<u8>, TextError> {
        Ok(self.to_s(value)?.first().copied().into_iter().collect())
    }
}

fn run(text: &str, arguments: &[Arg]) -> String {
    match format(text.as_bytes(), Encoding::UTF_8, &mut Args(arguments.to_vec())) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => error.message,
    }
}

#[test]
fn integers() {
    let table = [
        ("%x", -255, "..f01"),
        ("%#x", -255, "0x..f01"),
        ("%08x", -255, "..ffff01"),
        ("%+x", -255, "-ff"),
        ("%b", -5, "..1011"),
        ("%o", -8, "..70"),
        ("%.5x", -255, "..f01"),
        ("%10x", -255, "     ..f01"),
        ("%-10x|", -255, "..f01     |"),
        ("%08b", -5, "..111011"),
        ("%.8b", -5, "..111011"),
        ("%#o", 8, "010"),
        ("%#o", -8, "..70"),
        ("%#X", -255, "0X..F01"),
        ("%#B", 5, "0B101"),
        ("%#x", 0, "0"),
        ("%.3d", 5, "005"),
        ("%+05d", 5, "+0005"),
        ("%05d", -5, "-0005"),
        ("%05.3d|", 5, "  005|"),
        ("%08.3x", -1, "     ..f"),
        ("%.0d", 0, ""),
        ("%#.3o", 8, "010"),
        ("%x", -256, "..f00"),
        ("%x", -1, "..f"),
        ("%#.10x", 255, "0x00000000ff"),
        ("%#010x", 255, "0x000000ff"),
        ("%-+5d|", 3, "+3   |"),
        ("%+.5b", -5, "-00101"),
        ("% 010b", -5, "-000000101"),
    ];
    for (text, number, expected) in table {
        assert_eq!(run(text, &[Arg::Int(number)]), expected, "{text} {number}");
    }
}

#[test]
fn floats() {
    let table = [
        ("%f", 1.5, "1.500000"),
        ("%.0f", 0.5, "0"),
        ("%#.0f", 1.0, "1."),
        ("%010.2f", -3.15159, "-000003.15"),
        ("%e", 12345.678, "1.234568e+04"),
        ("%g", 1e10, "1e+10"),
        ("%g", 1e-5, "1e-05"),
        ("%g", 123456789.0, "1.23457e+08"),
        ("%G", 1e-10, "1E-10"),
        ("%#g", 1.0, "1.00000"),
        ("%a", 1.0, "0x1p+0"),
        ("%a", -0.1, "-0x1.999999999999ap-4"),
        ("%A", 255.5, "0X1.FFP+7"),
        ("%.2a", 1.999, "0x1.00p+1"),
        ("%a", 0.0, "0x0p+0"),
        ("%020a", 1.0, "0x000000000000001p+0"),
        ("%5f|", f64::NAN, "  NaN|"),
        ("%010f", f64::NEG_INFINITY, "      -Inf"),
        ("%.20f", 0.1, "0.10000000000000000555"),
        ("%#.0e", 1.0, "1.e+00"),
    ];
    for (text, number, expected) in table {
        assert_eq!(run(text, &[Arg::Float(number)]), expected, "{text} {number}");
    }
}

#[test]
fn texts_references_and_faults() {
    use Arg::{Int, Text};
    let table: [(&str, &[Arg], &str); 26] = [
        ("%.2s", &[Text("abc")], "ab"),
        ("%-5s|%5s", &[Text("é"), Text("é")], "é    |    é"),
        ("%.2p", &[Text("abc")], "\"a"),
        ("%1$s %1$s", &[Text("a")], "a a"),
        ("%*d|%-*d|", &[Int(3), Int(1), Int(3), Int(1)], "  1|1  |"),
        ("%*d|", &[Int(-5), Int(1)], "1    |"),
        ("%1$*2$d", &[Int(1), Int(5)], "    1"),
        ("%<a>s %{a}", &[Int(1)], "1 1"),
        ("%5<a>d%-5{a}|", &[Int(1)], "    11    |"),
        ("100%%", &[], "100%"),
        ("%y", &[Int(1)], "malformed format string - %y"),
        ("%d", &[], "too few arguments"),
        ("abc%", &[], "incomplete format specifier; use %% (double %) instead"),
        ("%5", &[Int(1)], "malformed format string - %*[0-9]"),
        ("%5%", &[], "invalid format character - %"),
        ("%1$s %s", &[Int(1)], "unnumbered(1) mixed with numbered"),
        ("%s %1$s", &[Int(1)], "numbered(1) after unnumbered(1)"),
        ("%<b>s", &[Int(1)], "key<b> not found"),
        ("%{b}", &[Int(1)], "key{b} not found"),
        ("%<a>d %d", &[Int(1)], "unnumbered(1) mixed with named"),
        ("%s %<a>s", &[Int(1)], "named<a> after unnumbered(1)"),
        ("%<a><b>d", &[Int(1)], "named<b> after <a>"),
        ("%<a", &[Int(1)], "malformed name - unmatched parenthesis"),
        ("%..d", &[Int(1)], "precision given twice"),
        ("%5 d", &[Int(1)], "flag after width"),
        ("%99999999999d", &[Int(1)], "width too big"),
    ];
    for (text, arguments, expected) in table {
        assert_eq!(run(text, arguments), expected, "{text}");
    }
}
