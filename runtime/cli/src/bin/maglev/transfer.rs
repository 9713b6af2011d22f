//! `maglev export` and `import`: a repository as lines of JSON, an object a line, that other programs can read and make.
//!
//! ```text
//! {"maglev_export":1}
//! {"id":4097,"kind":"String","class":{"name":"String"},"encoding":1,"text":"abc","variables":[]}
//! {"id":1,"kind":"Hash","class":{"name":"Hash"},"flags":0,"default":null,"pairs":[[{"symbol":"a","encoding":1},{"ref":4097}]],"variables":[]}
//! {"id":4098,"kind":"Class","refs":[],"body":"0441..."}
//! {"objects":3}
//! ```
//!
//! Invariant: a line gives the record back byte for byte: one that would not is written with the body as it is, in hexadecimal.

use codec::{BodyReader, BodyWriter, CorruptBody, Field, RecordKind};
use serde_json::{Map, Value, json};
use std::io::BufRead;
use store::{Oid, Record};

type Object = Map<String, Value>;

/// Number of the form of the lines.
const FORMAT: u64 = 1;

/// Kinds and their names.
const KINDS: [(RecordKind, &str); 13] = [
    (RecordKind::Object, "Object"),
    (RecordKind::String, "String"),
    (RecordKind::Array, "Array"),
    (RecordKind::Hash, "Hash"),
    (RecordKind::Range, "Range"),
    (RecordKind::Class, "Class"),
    (RecordKind::Registry, "Registry"),
    (RecordKind::Native, "Native"),
    (RecordKind::Parts, "Parts"),
    (RecordKind::Proc, "Proc"),
    (RecordKind::Variables, "Variables"),
    (RecordKind::Counter, "Counter"),
    (RecordKind::Part, "Part"),
];

/// The first line of an export.
pub fn head() -> Value {
    json!({ "maglev_export": FORMAT })
}

/// The last one, by which a cut file is told from a whole one.
pub fn foot(objects: u64) -> Value {
    json!({ "objects": objects })
}

/// Reads the lines of an export one by one.
pub struct Lines<R> {
    lines: std::iter::Enumerate<std::io::Lines<R>>,
    objects: u64,
    is_done: bool,
}

impl<R: BufRead> Lines<R> {
    /// # Errors
    /// When it does not begin as an export does.
    pub fn new(file: R) -> Result<Self, String> {
        let mut lines = Lines { lines: file.lines().enumerate(), objects: 0, is_done: false };
        let (_, first) = lines.next_object()?.ok_or("it is empty")?;
        match first.get("maglev_export").and_then(Value::as_u64) {
            Some(FORMAT) => Ok(lines),
            Some(other) => Err(format!("it is of format {other}; this version reads {FORMAT}")),
            None => Err("it is no export of a repository".to_string()),
        }
    }

    fn next_object(&mut self) -> Result<Option<(usize, Object)>, String> {
        let Some((index, line)) = self.lines.next() else { return Ok(None) };
        let parsed = line.map_err(|error| error.to_string()).and_then(|line| serde_json::from_str(&line).map_err(|error| error.to_string()));
        parsed.map(|object| Some((index + 1, object))).map_err(|error| format!("line {}: {error}", index + 1))
    }

    /// The next record; None behind the last one.
    ///
    /// # Errors
    /// When a line is no record, or the last line is missing.
    pub fn next_record(&mut self) -> Result<Option<Record>, String> {
        let (number, object) = match self.next_object()? {
            Some(found) if !self.is_done => found,
            Some((number, _)) => return Err(format!("line {number}: something follows the last line")),
            None if self.is_done => return Ok(None),
            None => return Err("the file ends before its last line".to_string()),
        };
        if let Some(objects) = object.get("objects").filter(|_| object.len() == 1) {
            self.is_done = true;
            let is_whole = objects.as_u64() == Some(self.objects);
            return if is_whole { self.next_record() } else { Err(format!("{objects} objects were exported, {} are in the file", self.objects)) };
        }
        self.objects += 1;
        record_of(&object).map(Some).map_err(|error| format!("line {number}: {error}"))
    }
}

/// The line of a record.
pub fn line_of(record: &Record) -> Value {
    let readable = read_body(record).ok().flatten();
    let is_exact = |object: &Object| {
        let parsed = serde_json::to_string(object).and_then(|text| serde_json::from_str(&text));
        let again = parsed.map_err(|error| error.to_string()).and_then(|object| record_of(&object));
        again.is_ok_and(|again| again.body == record.body && again.refs == record.refs)
    };
    let mut line = match readable.map(|fields| framed(record, fields)).filter(is_exact) {
        Some(line) => line,
        None => {
            let refs: Vec<u64> = record.refs.iter().map(|oid| oid.0).collect();
            let raw = [("refs".to_string(), json!(refs)), ("body".to_string(), json!(hex(&record.body)))];
            framed(record, raw.into_iter().collect())
        }
    };
    if record.flags != 0 {
        line.insert("record_flags".to_string(), json!(record.flags));
    }
    Value::Object(line)
}

fn framed(record: &Record, fields: Object) -> Object {
    let kind = KINDS.iter().find(|(kind, _)| *kind as u8 == record.kind).map_or_else(|| json!(record.kind), |(_, name)| json!(name));
    let mut line = Object::new();
    line.insert("id".to_string(), json!(record.oid.0));
    line.insert("kind".to_string(), kind);
    line.extend(fields);
    line
}

/// The record of a line, or what is wrong with it.
pub fn record_of(line: &Object) -> Result<Record, String> {
    let id = line.get("id").and_then(Value::as_u64).ok_or("no id")?;
    let kind = line.get("kind").ok_or("no kind")?;
    let named = || KINDS.iter().find(|(_, name)| Some(*name) == kind.as_str()).map(|(kind, _)| *kind as u8);
    let kind = kind.as_u64().and_then(|number| u8::try_from(number).ok()).or_else(named).ok_or_else(|| format!("unknown kind {kind}"))?;
    let flags = line.get("record_flags").map_or(Some(0), Value::as_u64).and_then(|flags| u32::try_from(flags).ok());
    let flags = flags.ok_or("record_flags is no number of 32 bits")?;
    let (refs, body) = match line.get("body") {
        Some(body) => (numbers(line, "refs")?.into_iter().map(Oid).collect(), unhex(body.as_str().ok_or("body is no text")?)?),
        None => write_body(kind, line)?,
    };
    Ok(Record { oid: Oid(id), epoch: store::Epoch(0), kind, flags, refs, body })
}

/// The fields of a body that people can read; None for one of another form.
fn read_body(record: &Record) -> Result<Option<Object>, CorruptBody> {
    let mut reader = BodyReader::new(&record.refs, &record.body);
    let mut fields = Object::new();
    let mut put = |name: &str, value: Value| drop(fields.insert(name.to_string(), value));
    match RecordKind::from_number(record.kind) {
        Some(RecordKind::Object) => put("class", json_of(&reader.field()?)),
        Some(RecordKind::String) => {
            put("class", json_of(&reader.field()?));
            put("encoding", json!(reader.number()?));
            put_text(reader.bytes()?, &mut put);
        }
        Some(RecordKind::Array) => {
            put("class", json_of(&reader.field()?));
            let elements: Result<Vec<Value>, CorruptBody> = (0..reader.count()?).map(|_| Ok(json_of(&reader.field()?))).collect();
            put("elements", json!(elements?));
        }
        Some(RecordKind::Hash) => {
            put("class", json_of(&reader.field()?));
            put("flags", json!(reader.number()?));
            put("default", json_of(&reader.field()?));
            put("pairs", pairs(&mut reader)?);
        }
        Some(RecordKind::Range) => {
            put("class", json_of(&reader.field()?));
            put("low", json_of(&reader.field()?));
            put("high", json_of(&reader.field()?));
            put("exclusive", json!(reader.number()?));
        }
        _ => return Ok(None),
    }
    put("variables", pairs(&mut reader)?);
    // Singleton methods may follow, which are no data.
    Ok(reader.is_at_end().then_some(fields))
}

fn pairs(reader: &mut BodyReader<'_>) -> Result<Value, CorruptBody> {
    let pairs: Result<Vec<Value>, CorruptBody> =
        (0..reader.count()?).map(|_| Ok(json!([json_of(&reader.field()?), json_of(&reader.field()?)]))).collect();
    Ok(json!(pairs?))
}

fn write_body(kind: u8, line: &Object) -> Result<(Vec<Oid>, Vec<u8>), String> {
    let mut writer = BodyWriter::default();
    let get = |name: &str| line.get(name).ok_or_else(|| format!("no {name}"));
    let number = |name: &str| get(name)?.as_u64().ok_or_else(|| format!("{name} is no number"));
    writer.field(&field_of(get("class")?)?);
    match RecordKind::from_number(kind) {
        Some(RecordKind::Object) => {}
        Some(RecordKind::String) => {
            writer.number(number("encoding")?);
            writer.bytes(&text_of(line)?);
        }
        Some(RecordKind::Array) => {
            let elements = get("elements")?.as_array().ok_or("elements is no list")?;
            writer.number(elements.len() as u64);
            for element in elements {
                writer.field(&field_of(element)?);
            }
        }
        Some(RecordKind::Hash) => {
            writer.number(number("flags")?);
            writer.field(&field_of(get("default")?)?);
            write_pairs(&mut writer, get("pairs")?)?;
        }
        Some(RecordKind::Range) => {
            writer.field(&field_of(get("low")?)?);
            writer.field(&field_of(get("high")?)?);
            writer.number(number("exclusive")?);
        }
        _ => return Err("no body".to_string()),
    }
    write_pairs(&mut writer, get("variables")?)?;
    let (refs, body, _) = writer.finish();
    Ok((refs, body))
}

fn write_pairs(writer: &mut BodyWriter, pairs: &Value) -> Result<(), String> {
    let pairs = pairs.as_array().ok_or("pairs are no list")?;
    writer.number(pairs.len() as u64);
    for pair in pairs {
        let [key, value] = pair.as_array().map(Vec::as_slice).unwrap_or_default() else { return Err(format!("{pair} is no pair")) };
        writer.field(&field_of(key)?);
        writer.field(&field_of(value)?);
    }
    Ok(())
}

/// A text as it is, or its bytes when it is none.
fn put_text(bytes: &[u8], put: &mut dyn FnMut(&str, Value)) {
    match std::str::from_utf8(bytes) {
        Ok(text) => put("text", json!(text)),
        Err(_) => put("bytes", json!(hex(bytes))),
    }
}

fn text_of(object: &Object) -> Result<Vec<u8>, String> {
    match (object.get("text").and_then(Value::as_str), object.get("bytes").and_then(Value::as_str)) {
        (Some(text), _) => Ok(text.as_bytes().to_vec()),
        (None, Some(bytes)) => unhex(bytes),
        (None, None) => Err("neither text nor bytes".to_string()),
    }
}

fn json_of(field: &Field) -> Value {
    let named = |sort: &str, encoding: u8, bytes: &[u8]| match std::str::from_utf8(bytes) {
        Ok(text) => json!({ sort: text, "encoding": encoding }),
        Err(_) => json!({ sort: null, "encoding": encoding, "bytes": hex(bytes) }),
    };
    match field {
        Field::Nil => Value::Null,
        Field::True => json!(true),
        Field::False => json!(false),
        Field::Unset => json!({"unset": true}),
        Field::Int(number) => json!(number),
        Field::Float(number) if number.is_finite() => json!(number),
        Field::Float(number) => json!({ "float": format!("{:016x}", number.to_bits()) }),
        Field::Big(bytes) => json!({ "integer": hex(bytes) }),
        Field::Symbol(encoding, bytes) => named("symbol", *encoding, bytes),
        Field::FrozenString(encoding, bytes) => named("name", *encoding, bytes),
        Field::Ref(oid) => json!({ "ref": oid.0 }),
        Field::Regexp(options, encoding, source) => json!({ "regexp": hex(source), "options": options, "encoding": encoding }),
    }
}

fn field_of(value: &Value) -> Result<Field, String> {
    let object = match value {
        Value::Null => return Ok(Field::Nil),
        Value::Bool(truth) => return Ok(if *truth { Field::True } else { Field::False }),
        Value::Number(number) => {
            let float = || number.as_f64().map(Field::Float);
            return number.as_i64().map(Field::Int).or_else(float).ok_or_else(|| format!("{number} is too large"));
        }
        Value::Object(object) => object,
        _ => return Err(format!("{value} is no value")),
    };
    let small = |name: &str| object.get(name).and_then(Value::as_u64).and_then(|number| u8::try_from(number).ok());
    let bytes = |name: &str| object.get(name).and_then(Value::as_str).map(unhex).transpose();
    let named = |sort: &str| match object.get(sort).and_then(Value::as_str) {
        Some(text) => Ok(text.as_bytes().to_vec()),
        None => bytes("bytes")?.ok_or_else(|| format!("{value} has no text")),
    };
    if let Some(id) = object.get("ref").and_then(Value::as_u64) {
        return Ok(Field::Ref(Oid(id)));
    }
    if object.contains_key("symbol") {
        return Ok(Field::Symbol(small("encoding").unwrap_or(1), named("symbol")?));
    }
    if object.contains_key("name") {
        return Ok(Field::FrozenString(small("encoding").unwrap_or(1), named("name")?));
    }
    if let Some(source) = bytes("regexp")? {
        return Ok(Field::Regexp(small("options").unwrap_or(0), small("encoding").unwrap_or(1), source));
    }
    if let Some(number) = bytes("integer")? {
        return Ok(Field::Big(number));
    }
    if let Some(bits) = object.get("float").and_then(Value::as_str).and_then(|bits| u64::from_str_radix(bits, 16).ok()) {
        return Ok(Field::Float(f64::from_bits(bits)));
    }
    if object.contains_key("unset") { Ok(Field::Unset) } else { Err(format!("{value} is no value")) }
}

fn numbers(line: &Object, name: &str) -> Result<Vec<u64>, String> {
    let list = line.get(name).and_then(Value::as_array).ok_or_else(|| format!("no {name}"))?;
    list.iter().map(|number| number.as_u64().ok_or_else(|| format!("{number} is no number"))).collect()
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

fn unhex(text: &str) -> Result<Vec<u8>, String> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let pair = |pair: &[u8]| if let [high, low] = pair { Some(digit(*high)? << 4 | digit(*low)?) } else { None };
    text.as_bytes().chunks(2).map(|two| pair(two).ok_or_else(|| "bytes are written with two hexadecimal digits each".to_string())).collect()
}
