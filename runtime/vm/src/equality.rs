//! Equality, comparison, object ids.

use crate::vm::Vm;
use heap::Liveness;
use objects::RString;
use stdx::FastMap;
use text::encoding::{Operand, compatible};
use value::{Kind, RResult, Value, sym};

/// Object ids given out.
#[derive(Default)]
pub struct ObjectIds {
    by_object: FastMap<u64, i64>,
    next: i64,
}

impl ObjectIds {
    pub(crate) fn after_mark(&mut self, live: &Liveness<'_>) {
        // A word without a live cell at its place belonged to a dead object.
        self.by_object.retain(|&word, _| live.heap().cell_at(word as usize).is_some_and(|cell| live.is_marked(cell)));
    }
}

impl Vm {
    /// `a == b`
    #[inline]
    pub fn equal(&mut self, a: Value, b: Value) -> RResult<bool> {
        if a == b {
            return Ok(true);
        }
        let plain = a.is_kind(Kind::String) && self.class_of(a).value() == self.core.string && self.head.redefined == 0;
        if plain && b.is_kind(Kind::String) {
            return Ok(self.strings_equal(a, b));
        }
        if a.is_fixnum() && b.is_fixnum() || a.is_symbol() && b.is_symbol() {
            return Ok(false);
        }
        Ok(self.call(a, sym::EQ, &[b])?.truthy())
    }

    /// `a.eql?(b)`
    pub fn eql(&mut self, a: Value, b: Value) -> RResult<bool> {
        if a == b {
            return Ok(true);
        }
        Ok(self.call(a, sym::EQL, &[b])?.truthy())
    }

    /// `pattern === value`
    pub fn case_equal(&mut self, pattern: Value, value: Value) -> RResult<bool> {
        Ok(self.call(pattern, sym::EQQ, &[value])?.truthy())
    }

    /// Are two Strings equal (bytes and comparable encodings)?
    pub fn strings_equal(&self, a: Value, b: Value) -> bool {
        let (Some(a), Some(b)) = (RString::new(a), RString::new(b)) else { return false };
        if a.bytes() != b.bytes() {
            return false;
        }
        a.encoding() == b.encoding()
            || compatible(Operand::string(a.encoding(), a.code_range(), a.is_empty()), Operand::string(b.encoding(), b.code_range(), b.is_empty()))
                .is_some()
    }

    /// `a <=> b` as -1, 0 or 1; ArgumentError when they do not compare.
    pub fn compare(&mut self, a: Value, b: Value) -> RResult<std::cmp::Ordering> {
        if let (Some(x), Some(y)) = (a.as_fixnum(), b.as_fixnum()) {
            return Ok(x.cmp(&y));
        }
        if let (Some(x), Some(y)) = (RString::new(a), RString::new(b))
            && self.class_of(a).value() == self.core.string
        {
            return Ok(x.bytes().cmp(y.bytes()));
        }
        let result = self.call(a, sym::CMP, &[b])?;
        self.comparison_result(result, a, b)
    }

    /// What the result of `<=>` (or of a comparing block) says.
    pub fn comparison_result(&mut self, result: Value, a: Value, b: Value) -> RResult<std::cmp::Ordering> {
        if let Some(number) = result.as_fixnum() {
            return Ok(number.cmp(&0));
        }
        if result.is_nil() {
            return Err(self.comparison_failed(a, b));
        }
        if self.call(result, sym::GT, &[Value::small(0)])?.truthy() {
            return Ok(std::cmp::Ordering::Greater);
        }
        let less = self.call(result, sym::LT, &[Value::small(0)])?.truthy();
        Ok(if less { std::cmp::Ordering::Less } else { std::cmp::Ordering::Equal })
    }

    /// ArgumentError "comparison of X with Y failed".
    #[cold]
    pub fn comparison_failed(&mut self, a: Value, b: Value) -> value::Raised {
        let left = self.class_name_of(a);
        let special = b.kind().is_none() && !b.is_symbol() || b.is_kind(Kind::Float);
        let right = if special {
            match self.inspect_text(b) {
                Ok(text) => text,
                Err(raised) => return raised,
            }
        } else {
            self.class_name_of(b)
        };
        self.argument_error(&format!("comparison of {left} with {right} failed"))
    }

    /// `object_id`: stable while the object lives.
    pub fn object_id(&mut self, value: Value) -> Value {
        match value {
            Value::NIL => return Value::small(4),
            Value::TRUE => return Value::small(20),
            Value::FALSE => return Value::small(0),
            _ => {}
        }
        if let Some(number) = value.as_fixnum() {
            return self.int(number.wrapping_mul(2).wrapping_add(1));
        }
        if value.kind().is_none() {
            return self.int((value.bits() >> 1) as i64);
        }
        if let Some(id) = self.persistent_id(value) {
            return Value::small(id);
        }
        let ids = &mut self.object_ids;
        let next = ids.next + 8;
        let id = *ids.by_object.entry(value.bits()).or_insert(next);
        ids.next = ids.next.max(id);
        Value::small(id)
    }

    /// The live object with this id.
    pub fn object_by_id(&self, id: i64) -> Option<Value> {
        let word = self.object_ids.by_object.iter().find(|&(_, &other)| other == id).map(|(&word, _)| word)?;
        self.heap.value_at(word as usize)
    }
}
