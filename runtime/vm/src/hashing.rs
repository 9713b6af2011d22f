//! Hash access by `hash` and `eql?`, with fast paths for the common keys.

use crate::vm::Vm;
use objects::hash_table::UNKNOWN;
use objects::{RHash, RString};
use siphasher::sip::SipHasher13;
use std::hash::Hasher;
use value::{Header, Kind, RResult, Symbol, Value, sym};

impl Vm {
    /// Hash number of a key: of content for strings, numbers and the like, by `hash` otherwise.
    pub fn hash_of(&mut self, key: Value) -> RResult<u64> {
        if let Some(hash) = self.builtin_hash(key) {
            return Ok(hash);
        }
        let hash = self.hash_by_method(key)?;
        let hash = self.to_int(hash)?;
        match hash.as_fixnum() {
            Some(number) => Ok((number as u64).min(UNKNOWN - 1)),
            None => Ok(objects::number::bignum_of(&hash).map_or(0, |big| self.hash_bytes(&big.to_signed_bytes_le()))),
        }
    }

    /// What `hash` gives. An object that contains itself makes all that is being hashed around it, up to the outermost
    /// object, count as the same: equal things have to have the same number wherever their circle is entered.
    fn hash_by_method(&mut self, key: Value) -> RResult {
        let is_ours = |entry: &(Symbol, Value, Value)| entry.0 == sym::HASH && entry.2 != Value::NIL;
        let outermost = self.recursion.iter().position(is_ours);
        if let Some(outermost) = outermost {
            if self.recursion.iter().any(|entry| is_ours(entry) && entry.1 == key) {
                self.recursion[outermost].2 = Value::FALSE;
            }
            if self.recursion[outermost].2 == Value::FALSE {
                return Ok(Value::small(0));
            }
        }
        self.check_native_stack()?;
        self.recursion.push((sym::HASH, key, Value::TRUE));
        let mut mark = None;
        let result = self.always(|vm| vm.call(key, sym::HASH, &[]), |vm| mark = vm.recursion.pop());
        match mark {
            Some((_, _, Value::FALSE)) if outermost.is_none() => result.map(|_| Value::small(0)),
            _ => result,
        }
    }

    /// Hash number of values whose `hash` nobody redefined: immediates, Float, Integer and String.
    #[inline]
    pub fn builtin_hash(&self, key: Value) -> Option<u64> {
        match key.kind() {
            None => Some(self.hash_word(key.bits())),
            Some(Kind::String) if self.class_of(key).value() == self.core.string => Some(self.hash_string(RString::new(key)?)),
            Some(Kind::Float) => Some(self.hash_word(float_word(objects::number::float_of(key)?))),
            Some(Kind::Bignum) => Some(self.hash_bytes(&objects::number::bignum_of(&key)?.to_signed_bytes_le())),
            _ => None,
        }
    }

    /// Hash number of a String's content.
    pub fn hash_string(&self, string: RString) -> u64 {
        self.hash_bytes(string.bytes())
    }

    /// Hash number of bytes. Who does not know the seed finds no bytes with the same one.
    pub fn hash_bytes(&self, bytes: &[u8]) -> u64 {
        let mut hasher = SipHasher13::new_with_keys(self.hash_seed, !self.hash_seed.rotate_left(32));
        hasher.write(bytes);
        hasher.finish() >> 2
    }

    /// Hash number of a word.
    #[inline(always)]
    pub fn hash_word(&self, word: u64) -> u64 {
        let mixed = (word ^ self.hash_seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed ^ mixed >> 29) >> 2
    }

    /// Are two keys the same key (`eql?`)?
    #[inline]
    pub fn keys_eql(&mut self, a: Value, b: Value) -> RResult<bool> {
        if a == b {
            return Ok(true);
        }
        match (a.kind(), b.kind()) {
            (Some(Kind::String), Some(Kind::String)) => Ok(self.strings_equal(a, b)),
            (Some(Kind::Float), None) | (None, Some(Kind::Float)) => {
                Ok(objects::number::float_of(a) == Some(0.0) && objects::number::float_of(b) == Some(0.0))
            }
            (None, _) | (_, None) => Ok(false),
            (Some(Kind::Float), Some(Kind::Float)) => {
                Ok(objects::number::float_of(a).map(f64::to_bits) == objects::number::float_of(b).map(f64::to_bits))
            }
            (Some(Kind::Bignum), Some(Kind::Bignum)) => Ok(objects::number::bignum_of(&a) == objects::number::bignum_of(&b)),
            _ => self.eql(a, b),
        }
    }

    /// Position of a key in a Hash.
    pub fn hash_find(&mut self, hash: RHash, key: Value) -> RResult<Option<usize>> {
        if hash.is_empty() {
            return Ok(None);
        }
        if hash.is_identity() || is_identity_key(key) {
            return Ok(self.hash_find_identical(hash, key));
        }
        let number = self.hash_of(key)?;
        self.number_keys(hash)?;
        self.hash_find_hashed(hash, key, number)
    }

    /// Asks keys for their numbers that nobody asked yet.
    #[inline(always)]
    fn number_keys(&mut self, hash: RHash) -> RResult<()> {
        if hash.table(&self.heap).has_unknown() { self.number_unknown_keys(hash) } else { Ok(()) }
    }

    #[cold]
    fn number_unknown_keys(&mut self, hash: RHash) -> RResult<()> {
        while let Some(position) = hash.table(&self.heap).next_unknown() {
            let Some(entry) = hash.table(&self.heap).entry(position) else { break };
            let number = self.hash_of(entry.key)?;
            hash.note_number(position, entry.key, number);
        }
        Ok(())
    }

    /// A pair of a Hash that is being loaded: no code runs. Numbers that only `hash` knows stay unknown until a key is looked for.
    pub fn hash_restore(&mut self, hash: RHash, key: Value, value: Value) {
        let number = match hash.is_identity() || is_identity_key(key) {
            true if Vm::is_ghost(key) => self.hash_word(key.bits()),
            true => self.identity_number(key),
            false => self.builtin_hash(key).unwrap_or(UNKNOWN),
        };
        self.heap.note_malloc(24);
        hash.table_mut(&mut self.heap).insert_new(number, key, value);
    }

    fn hash_find_hashed(&mut self, hash: RHash, key: Value, number: u64) -> RResult<Option<usize>> {
        let mut probe = hash.table(&self.heap).search(number);
        while let Some(position) = hash.table(&self.heap).probe(&mut probe) {
            let Some(entry) = hash.table(&self.heap).entry(position) else { continue };
            if self.keys_eql(key, entry.key)? {
                return Ok(Some(position));
            }
        }
        Ok(None)
    }

    #[inline]
    fn identity_number(&self, key: Value) -> u64 {
        if is_identity_key(key) {
            return self.hash_word(key.bits());
        }
        self.builtin_hash(key).filter(|_| key.kind() != Some(Kind::String)).unwrap_or_else(|| self.hash_word(key.bits()))
    }

    fn hash_find_identical(&self, hash: RHash, key: Value) -> Option<usize> {
        hash.table(&self.heap).find_identical(self.identity_number(key), key)
    }

    /// Value of a key, None when absent (defaults are `[]`'s business).
    pub fn hash_get(&mut self, hash: RHash, key: Value) -> RResult<Option<Value>> {
        let position = self.hash_find(hash, key)?;
        Ok(position.and_then(|position| hash.table(&self.heap).entry(position)).map(|entry| entry.value))
    }

    /// Value of a Symbol key.
    pub fn hash_get_symbol(&self, hash: RHash, name: Symbol) -> Option<Value> {
        let position = self.hash_find_identical(hash, Value::symbol(name))?;
        hash.table(&self.heap).entry(position).map(|entry| entry.value)
    }

    /// `hash[key]` with the default for absent keys.
    pub fn hash_fetch_default(&mut self, hash: RHash, key: Value) -> RResult {
        match self.hash_get(hash, key)? {
            Some(value) => Ok(value),
            None => self.hash_default(hash, key),
        }
    }

    #[cold]
    fn hash_default(&mut self, hash: RHash, key: Value) -> RResult {
        let class = self.class_of(hash.value());
        if class.value() != self.core.hash && self.has_custom_default(class) {
            return self.call(hash.value(), sym::DEFAULT, &[key]);
        }
        match hash.default_proc() {
            Value::NIL => Ok(hash.default()),
            callable => self.call(callable, sym::CALL, &[hash.value(), key]),
        }
    }

    fn has_custom_default(&mut self, class: objects::RClass) -> bool {
        self.find_method(class, sym::DEFAULT).is_some_and(|method| method.owner != self.core.hash)
    }

    /// `hash[key] = value`. String keys are copied and frozen. RuntimeError for a new key during an iteration.
    pub fn hash_store(&mut self, hash: RHash, key: Value, value: Value) -> RResult<()> {
        let identical = hash.is_identity() || is_identity_key(key);
        let number = if identical { self.identity_number(key) } else { self.hash_of(key)? };
        if !identical {
            self.number_keys(hash)?;
        }
        let found = if identical { hash.table(&self.heap).find_identical(number, key) } else { self.hash_find_hashed(hash, key, number)? };
        if !identical {
            // `hash` and `eql?` of the key may have frozen it.
            self.check_frozen(hash.value())?;
        }
        if let Some(position) = found {
            hash.table_mut(&mut self.heap).set_value(position, value);
            return Ok(());
        }
        if hash.is_iterating() {
            return Err(self.runtime_error("can't add a new key into hash during iteration"));
        }
        let key = if hash.is_identity() { key } else { self.lasting_key(key) };
        self.heap.note_malloc(24);
        hash.table_mut(&mut self.heap).insert_new(number, key, value);
        Ok(())
    }

    /// A Hash of keywords, where the last of several values of a name counts.
    pub(crate) fn hash_of_names(&mut self, names: &[Symbol], values: &[Value]) -> Value {
        let hash = self.new_hash_for(names.len());
        for (&name, &value) in names.iter().zip(values) {
            let key = Value::symbol(name);
            let number = self.identity_number(key);
            match hash.table(&self.heap).find_identical(number, key) {
                Some(position) => hash.table_mut(&mut self.heap).set_value(position, value),
                None => hash.table_mut(&mut self.heap).insert_new(number, key, value),
            }
        }
        hash.value()
    }

    /// String keys are stored as frozen copies, so that changing the original does not lose the pair.
    fn lasting_key(&mut self, key: Value) -> Value {
        match RString::new(key) {
            Some(string)
                if key.header().is_some_and(|header| header.flags() & Header::FROZEN == 0) && self.class_of(key).value() == self.core.string =>
            {
                let copy = self.string(string.bytes(), string.encoding());
                self.freeze(copy)
            }
            _ => key,
        }
    }

    /// Removes a key and returns its value.
    pub fn hash_delete(&mut self, hash: RHash, key: Value) -> RResult<Option<Value>> {
        let position = self.hash_find(hash, key)?;
        Ok(position.and_then(|position| hash.table_mut(&mut self.heap).remove(position)).map(|entry| entry.value))
    }

    /// Recomputes the hash numbers (`rehash`, `compare_by_identity`).
    pub fn hash_rehash(&mut self, hash: RHash) -> RResult<()> {
        // A second table is filled, since the keys' own methods may look at the Hash meanwhile.
        let fresh = self.new_hash();
        fresh.set_identity(hash.is_identity());
        let mut at = 0;
        while let Some(position) = hash.table(&self.heap).next_position(at) {
            at = position + 1;
            if let Some(entry) = hash.table(&self.heap).entry(position) {
                self.hash_store(fresh, entry.key, entry.value)?;
            }
        }
        let table = std::mem::take(fresh.table_mut(&mut self.heap));
        *hash.table_mut(&mut self.heap) = table;
        Ok(())
    }

    /// Marks a Hash as keywords that a `ruby2_keywords` method collected.
    pub fn flag_keyword_hash(&mut self, hash: RHash) {
        if let Some(header) = hash.value().header() {
            header.set_flags(header.flags() | KEYWORD_HASH);
        }
        if !std::mem::replace(&mut self.keyword_hashes, true) {
            // Machine code counted on there being none.
            self.forget_method(sym::RUBY2_KEYWORDS);
        }
    }

    /// Did a `ruby2_keywords` method collect this Hash?
    pub fn is_keyword_hash(&self, value: Value) -> bool {
        value.kind() == Some(Kind::Hash) && value.header().is_some_and(|header| header.flags() & KEYWORD_HASH != 0)
    }
}

/// Is the key an immediate that only itself is equal to? Floats are not: 0.0 and -0.0 are one key.
#[inline(always)]
fn is_identity_key(key: Value) -> bool {
    key.bits() & 7 != 0 && !key.is_flonum()
}

/// Word of a Float outside the immediates: 0.0 and -0.0 are the same key.
fn float_word(number: f64) -> u64 {
    if number == 0.0 { Value::flonum(0.0).map_or(0, Value::bits) } else { number.to_bits() }
}

/// Header flag of such a Hash.
const KEYWORD_HASH: u16 = 4;
