//! The format of pprof (github.com/google/pprof, proto/profile.proto): a compressed protocol buffer message.

use flate2::Compression;
use flate2::write::GzEncoder;
use prost::Message;
use std::collections::HashMap;
use std::io::Write;
use vm::profile::{Measure, Profile};

/// `perftools.profiles.Profile`; texts are numbers in its table.
#[derive(Message)]
struct Wire {
    #[prost(message, repeated, tag = "1")]
    sample_type: Vec<ValueType>,
    #[prost(message, repeated, tag = "2")]
    sample: Vec<Sample>,
    #[prost(message, repeated, tag = "4")]
    location: Vec<Location>,
    #[prost(message, repeated, tag = "5")]
    function: Vec<Function>,
    #[prost(string, repeated, tag = "6")]
    string_table: Vec<String>,
    #[prost(int64, tag = "10")]
    duration_nanos: i64,
    #[prost(message, optional, tag = "11")]
    period_type: Option<ValueType>,
    #[prost(int64, tag = "12")]
    period: i64,
}

#[derive(Message)]
struct ValueType {
    #[prost(int64, tag = "1")]
    r#type: i64,
    #[prost(int64, tag = "2")]
    unit: i64,
}

#[derive(Message)]
struct Sample {
    /// Innermost first.
    #[prost(uint64, repeated, tag = "1")]
    location_id: Vec<u64>,
    #[prost(int64, repeated, tag = "2")]
    value: Vec<i64>,
}

#[derive(Message)]
struct Location {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(message, repeated, tag = "4")]
    line: Vec<Line>,
}

#[derive(Message)]
struct Line {
    #[prost(uint64, tag = "1")]
    function_id: u64,
    #[prost(int64, tag = "2")]
    line: i64,
}

#[derive(Message)]
struct Function {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(int64, tag = "2")]
    name: i64,
    #[prost(int64, tag = "4")]
    filename: i64,
    #[prost(int64, tag = "5")]
    start_line: i64,
}

/// The table of texts; the first is the empty one.
struct Texts {
    list: Vec<String>,
    numbers: HashMap<String, i64>,
}

impl Texts {
    fn new() -> Texts {
        Texts { list: vec![String::new()], numbers: HashMap::from([(String::new(), 0)]) }
    }

    fn number(&mut self, text: &str) -> i64 {
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        let number = self.list.len() as i64;
        self.list.push(text.to_string());
        self.numbers.insert(text.to_string(), number);
        number
    }
}

/// The message, compressed.
pub(crate) fn message(profile: &Profile) -> Result<Vec<u8>, String> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&wire(profile).encode_to_vec()).and_then(|()| encoder.finish()).map_err(|error| error.to_string())
}

fn wire(profile: &Profile) -> Wire {
    let mut texts = Texts::new();
    let (name, unit) = match profile.measure {
        Measure::Wall => ("wall", "nanoseconds"),
        Measure::Cpu => ("cpu", "nanoseconds"),
        Measure::Allocations => ("alloc_space", "bytes"),
    };
    let samples = ValueType { r#type: texts.number("samples"), unit: texts.number("count") };
    let amount = ValueType { r#type: texts.number(name), unit: texts.number(unit) };
    let mut functions: HashMap<(&str, &str), Function> = HashMap::new();
    let mut locations = Vec::new();
    for (at, place) in profile.places.iter().enumerate() {
        let next = functions.len() as u64 + 1;
        let function = functions.entry((&place.label, &place.file)).or_insert_with(|| Function {
            id: next,
            name: texts.number(&place.label),
            filename: texts.number(if place.defined.is_some() { &place.file } else { "" }),
            start_line: i64::from(place.defined.unwrap_or(0)),
        });
        locations.push(Location { id: at as u64 + 1, line: vec![Line { function_id: function.id, line: i64::from(place.line) }] });
    }
    let mut functions: Vec<Function> = functions.into_values().collect();
    functions.sort_by_key(|function| function.id);
    let sample = profile.stacks.iter().map(|(stack, weight)| Sample {
        location_id: stack.iter().rev().map(|&at| u64::from(at) + 1).collect(),
        value: vec![weight.samples as i64, weight.amount as i64],
    });
    Wire {
        sample: sample.collect(),
        period_type: Some(ValueType { r#type: amount.r#type, unit: amount.unit }),
        sample_type: vec![samples, amount],
        location: locations,
        function: functions,
        string_table: texts.list,
        duration_nanos: profile.duration.as_nanos() as i64,
        period: profile.interval.as_nanos() as i64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn the_message_reads_back() {
        let bytes = message(&crate::tests::small()).expect("a message");
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(&*bytes).read_to_end(&mut plain).expect("gzip");
        let wire = Wire::decode(&*plain).expect("a protocol buffer");
        assert_eq!(wire.sample[2].location_id, [4, 3, 2, 1]);
        assert_eq!(wire.sample[2].value, [9, 900_000_000]);
        assert_eq!(wire.function.len(), 3);
        let sort = &wire.function[wire.location[3].line[0].function_id as usize - 1];
        assert_eq!(wire.string_table[sort.name as usize], "Array#sort");
    }
}
