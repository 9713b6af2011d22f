//! Keywords as natives see them, and as calls pass them.

use crate::vm::Vm;
use objects::RHash;
use value::{RResult, Symbol, Value};

/// Keywords given to a native method.
#[derive(Clone, Copy)]
pub struct Keywords(Option<RHash>);

impl Keywords {
    /// Around the Hash that was passed.
    pub fn new(hash: Option<RHash>) -> Keywords {
        Keywords(hash)
    }

    /// The Hash, if any keyword was given.
    pub fn hash(self) -> Option<RHash> {
        self.0
    }

    /// `exception: true` of conversions: shall a failure raise?
    pub fn wants_exception(self, vm: &mut Vm) -> RResult<bool> {
        match self.get(vm, "exception") {
            None | Some(Value::TRUE) => Ok(true),
            Some(Value::FALSE) => Ok(false),
            Some(other) => {
                let shown = vm.inspect_text(other)?;
                Err(vm.argument_error(&format!("expected true or false as exception: {shown}")))
            }
        }
    }

    /// Value of a keyword.
    pub fn get(self, vm: &mut Vm, name: &str) -> Option<Value> {
        let hash = self.0?;
        let key = vm.symbol(name);
        hash.table().iter().find(|entry| entry.key == key).map(|entry| entry.value)
    }

    /// ArgumentError when a keyword besides `allowed` was given.
    pub fn check(self, vm: &mut Vm, allowed: &[&str]) -> RResult<()> {
        let Some(hash) = self.0 else { return Ok(()) };
        let unknown: Vec<Value> = hash
            .table()
            .iter()
            .map(|entry| entry.key)
            .filter(|key| !key.as_symbol().is_some_and(|name| allowed.contains(&&*vm.symbols.text(name))))
            .collect();
        if unknown.is_empty() { Ok(()) } else { Err(vm.unknown_keywords(&unknown)) }
    }
}

/// Keywords on their way to a Ruby method.
#[derive(Clone, Copy)]
pub enum PassedKeywords<'a> {
    /// None.
    None,
    /// Literal names with their values.
    Named(&'a [Symbol], &'a [Value]),
    /// A Hash; `fresh` when nobody else has it.
    Hash { hash: RHash, fresh: bool },
}

impl PassedKeywords<'_> {
    /// No keywords at all?
    pub fn is_empty(&self) -> bool {
        match self {
            PassedKeywords::None => true,
            PassedKeywords::Named(names, _) => names.is_empty(),
            PassedKeywords::Hash { hash, .. } => hash.is_empty(),
        }
    }

    /// As a Hash that the callee may keep.
    pub fn to_fresh_hash(self, vm: &mut Vm) -> RResult<RHash> {
        match self {
            PassedKeywords::Hash { hash, fresh: true } => Ok(hash),
            PassedKeywords::Hash { hash, .. } => {
                let copy = vm.new_hash();
                for position in 0..hash.table().positions() {
                    if let Some(entry) = hash.table().entry(position) {
                        vm.hash_set(copy, entry.key, entry.value)?;
                    }
                }
                Ok(copy)
            }
            PassedKeywords::Named(names, values) => {
                let hash = vm.new_hash();
                for (&name, &value) in names.iter().zip(values) {
                    vm.hash_set(hash, Value::symbol(name), value)?;
                }
                Ok(hash)
            }
            PassedKeywords::None => Ok(vm.new_hash()),
        }
    }
}
