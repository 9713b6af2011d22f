//! Functions as bytes: how code that is compiled with the program, the prelude, is kept in it.
//!
//! The format (postcard) is that of one build; an image is never kept longer. Reading checks the form, not
//! the code: who reads what others may have written runs the verifier.

use crate::function::Function;

/// Encodings that literals in an image may have.
const ENCODINGS: &[&str] = &["UTF-8", "US-ASCII", "ASCII-8BIT"];

/// The bytes of a function and everything inside it. The error names what cannot be written.
pub fn write(function: &Function) -> Result<Vec<u8>, String> {
    postcard::to_allocvec(function).map_err(|error| error.to_string())
}

/// The function that `write` wrote.
pub fn read(bytes: &[u8]) -> Result<Function, String> {
    postcard::from_bytes(bytes).map_err(|error| error.to_string())
}

/// Names of encodings, as numbers.
pub(crate) mod encoding_name {
    use super::ENCODINGS;
    use serde::{Deserialize, Deserializer, Serializer, de, ser};

    pub fn serialize<S: Serializer>(name: &&'static str, serializer: S) -> Result<S::Ok, S::Error> {
        match ENCODINGS.iter().position(|known| known == name) {
            Some(index) => serializer.serialize_u8(index as u8),
            None => Err(ser::Error::custom(format_args!("{name} literals cannot stand in an image"))),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<&'static str, D::Error> {
        let index = u8::deserialize(deserializer)?;
        ENCODINGS.get(usize::from(index)).copied().ok_or_else(|| de::Error::custom(format_args!("no encoding {index} in images")))
    }
}

#[cfg(test)]
mod tests {
    use super::{read, write};
    use crate::function::{Function, Literal};
    use crate::verify::tests::function;

    fn with_literal(encoding: &'static str) -> Function {
        let mut outer = function(&[], 1);
        outer.literals.push(Literal::Str(b"text".to_vec(), encoding));
        outer.children.push(std::sync::Arc::new(function(&[], 2)));
        outer
    }

    #[test]
    fn a_function_comes_back_as_it_was() {
        let function = with_literal("UTF-8");
        assert_eq!(read(&write(&function).unwrap()).unwrap(), function);
    }

    #[test]
    fn other_encodings_are_refused() {
        assert!(write(&with_literal("Shift_JIS")).is_err());
    }

    #[test]
    fn truncated_images_are_refused() {
        let bytes = write(&with_literal("UTF-8")).unwrap();
        assert!((0..bytes.len()).all(|length| read(&bytes[..length]).is_err()));
    }
}
