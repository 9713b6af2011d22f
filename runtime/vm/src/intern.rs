//! Frozen strings that are the same object wherever they are written.

use crate::vm::Vm;
use heap::Liveness;
use objects::RString;
use std::collections::HashMap;
use text::encoding::Encoding;
use value::Value;

/// Interned frozen strings; dead ones are forgotten.
#[derive(Default)]
pub struct FrozenStrings {
    /// With a seeded hash, since strangers choose texts (keys of JSON).
    table: HashMap<(Box<[u8]>, u8), u64>,
}

impl FrozenStrings {
    pub(crate) fn after_mark(&mut self, live: &Liveness<'_>) {
        self.table.retain(|_, &mut word| live.heap().cell_at(word as usize).is_some_and(|cell| live.is_marked(cell)));
    }
}

impl Vm {
    /// The frozen String with these bytes (`-"text"`, frozen literals).
    pub fn frozen_string(&mut self, bytes: &[u8], encoding: Encoding) -> Value {
        let key = (Box::from(bytes), encoding.index());
        if let Some(value) = self.frozen_strings.table.get(&key).and_then(|&word| self.heap.value_at(word as usize)) {
            return value;
        }
        let value = self.string(bytes, encoding);
        self.freeze(value);
        self.frozen_strings.table.insert(key, value.bits());
        value
    }

    /// Is it the one frozen String that stands for all equal ones?
    pub fn is_interned(&self, string: RString) -> bool {
        let key = (Box::from(string.bytes()), string.encoding().index());
        self.is_frozen(string.value()) && self.frozen_strings.table.get(&key) == Some(&string.value().bits())
    }

    /// The frozen String equal to this one.
    pub fn frozen_copy(&mut self, string: RString) -> Value {
        let bytes = string.bytes().to_vec();
        let key = (Box::from(bytes.as_slice()), string.encoding().index());
        let known = self.frozen_strings.table.get(&key).is_some_and(|&word| self.heap.value_at(word as usize).is_some());
        let plain = string.value().header().is_some_and(|header| header.slots() == 0) && self.class_of(string.value()).value() == self.core.string;
        if !known && plain && self.is_frozen(string.value()) {
            // A frozen String becomes the interned one itself.
            self.frozen_strings.table.insert(key, string.value().bits());
            return string.value();
        }
        self.frozen_string(&bytes, string.encoding())
    }
}
