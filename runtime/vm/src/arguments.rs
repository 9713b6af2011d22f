//! Arguments on their way to a call, and keywords as natives see them and as calls pass them.

use crate::vm::Vm;
use heap::{RootList, RootedValues};
use objects::RHash;
use smallvec::SmallVec;
use std::ops::Deref;
use value::{RResult, Symbol, Value};

/// Most arguments that lie on the native stack.
const FEW: usize = 6;

/// Arguments on their way to a call, alive until it ends: a few lie on the native stack, which the collector scans, more are
/// rooted.
pub enum ArgumentList {
    /// Never more than `FEW`, so never in malloc memory.
    Few(SmallVec<[Value; FEW]>),
    /// Any number.
    Many(RootedValues),
}

impl ArgumentList {
    /// None.
    #[inline(always)]
    pub fn new() -> ArgumentList {
        ArgumentList::Few(SmallVec::new())
    }

    /// A copy of values.
    #[inline(always)]
    pub fn from_slice(roots: &RootList, values: &[Value]) -> ArgumentList {
        if values.len() <= FEW { ArgumentList::Few(SmallVec::from_slice(values)) } else { ArgumentList::Many(roots.values(values)) }
    }

    /// Appends.
    pub fn push(&mut self, roots: &RootList, value: Value) {
        self.insert(roots, self.len(), value);
    }

    /// Puts a value in front of argument `index`.
    pub fn insert(&mut self, roots: &RootList, index: usize, value: Value) {
        if let ArgumentList::Few(list) = self {
            if list.len() < FEW {
                return list.insert(index, value);
            }
            *self = ArgumentList::Many(roots.values(list));
        }
        if let ArgumentList::Many(list) = self {
            list.insert(index, value);
        }
    }

    /// Removes and returns argument `index`.
    pub fn remove(&mut self, index: usize) -> Value {
        match self {
            ArgumentList::Few(list) => list.remove(index),
            ArgumentList::Many(list) => list.remove(index),
        }
    }

    /// Removes and returns the last one.
    pub fn pop(&mut self) -> Option<Value> {
        match self {
            ArgumentList::Few(list) => list.pop(),
            ArgumentList::Many(list) => list.pop(),
        }
    }

    /// Shortens.
    pub fn truncate(&mut self, length: usize) {
        match self {
            ArgumentList::Few(list) => list.truncate(length),
            ArgumentList::Many(list) => list.truncate(length),
        }
    }
}

impl Default for ArgumentList {
    fn default() -> ArgumentList {
        ArgumentList::new()
    }
}

impl Deref for ArgumentList {
    type Target = [Value];
    #[inline(always)]
    fn deref(&self) -> &[Value] {
        match self {
            ArgumentList::Few(list) => list,
            ArgumentList::Many(list) => list,
        }
    }
}

/// Keywords given to a native method.
#[derive(Clone, Copy)]
pub struct Keywords(Option<RHash>);

impl Keywords {
    /// None given.
    pub const NONE: Keywords = Keywords(None);

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
        hash.table(&vm.heap).iter().find(|entry| entry.key == key).map(|entry| entry.value)
    }

    /// ArgumentError when a keyword besides `allowed` was given.
    pub fn check(self, vm: &mut Vm, allowed: &[&str]) -> RResult<()> {
        let Some(hash) = self.0 else { return Ok(()) };
        let is_unknown = |key: &Value| !key.as_symbol().is_some_and(|name| allowed.contains(&&*vm.symbols.text(name)));
        let unknown = vm.roots.root(Vec::from_iter(hash.table(&vm.heap).iter().map(|entry| entry.key).filter(is_unknown)));
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
                for position in 0..hash.table(&vm.heap).positions() {
                    if let Some(entry) = hash.table(&vm.heap).entry(position) {
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
