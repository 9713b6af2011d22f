//! Which parts of a large Array or Hash have to be encoded: those whose entries are other words than when the part was written.
//!
//! Equal words are equal entries as long as what they refer to is not freed and its place used again. A clean collection holds what its
//! parts refer to; from its first change on that is known only while no collection of garbage has run.
//!
//! Invariant: when in doubt a part is encoded, and its fingerprint tells that it is what the repository has.

use crate::parts::Stored;
use crate::space::Space;
use codec::Part;
use objects::{RArray, RHash};
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;
use std::sync::LazyLock;
use value::Value;
use vm::Vm;

/// Numbers that programs do not know, so that they cannot make different entries look alike.
static SECRETS: LazyLock<[u64; 3]> = LazyLock::new(|| [1, 2, 3].map(|number: u64| RandomState::new().hash_one(number) | 1));

/// Where a part begins among the positions of its collection, and what stands for the words from there to the next one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cut {
    pub start: usize,
    pub words: u64,
}

/// A part that need not be encoded: its number, and the positions of its entries.
pub struct CleanPart {
    pub number: u32,
    pub positions: Range<usize>,
}

/// Positions of an Array or a Hash, free ones included.
pub fn positions(vm: &Vm, collection: Value) -> usize {
    let list = RArray::new(collection).map(RArray::len);
    list.or_else(|| RHash::new(collection).map(|hash| hash.table(&vm.heap).positions())).unwrap_or(0)
}

/// What stands for the words at some positions; `None` when there are not that many.
fn words_of(vm: &Vm, collection: Value, range: Range<usize>) -> Option<u64> {
    let [one, other, step] = *SECRETS;
    // The product of a pair does not wait for the sum.
    let fold = |sum: u64, first: u64, second: u64| {
        let product = u128::from(first ^ one) * u128::from(second ^ other);
        sum.wrapping_mul(step).wrapping_add(product as u64 ^ (product >> 64) as u64)
    };
    if let Some(list) = RArray::new(collection) {
        let words = list.as_slice(&vm.heap).get(range)?.chunks(2);
        return Some(words.fold(0, |sum, pair| fold(sum, pair[0].bits(), pair.get(1).map_or(0, |value| value.bits()))));
    }
    let table = RHash::new(collection)?.table(&vm.heap);
    if range.end > table.positions() {
        return None;
    }
    Some(range.fold(0, |sum, position| match table.entry(position) {
        Some(entry) => fold(sum, entry.key.bits(), entry.value.bits()),
        None => fold(sum, u64::MAX, u64::MAX),
    }))
}

/// The cuts of a collection as it is, where parts behind the first begin at `starts`.
pub fn cuts_at(vm: &Vm, collection: Value, starts: &[usize]) -> Vec<Cut> {
    let ends = starts.iter().copied().skip(1).chain([positions(vm, collection)]);
    let cut = |(&start, end)| Cut { start, words: words_of(vm, collection, start..end).unwrap_or(0) };
    starts.iter().zip(ends).map(cut).collect()
}

/// The same for parts that an encoding has made; those that were kept have the cuts that they had.
pub fn cuts_of(space: &Space, vm: &Vm, collection: Value, parts: &[Part]) -> Vec<Cut> {
    let known = known_parts(space, collection);
    let ends = parts.iter().map(|part| part.start).skip(1).chain([positions(vm, collection)]);
    let cut = |(part, end): (&Part, usize)| {
        let kept = part.kept.and_then(|number| known.get(number as usize)?.cut);
        kept.unwrap_or_else(|| Cut { start: part.start, words: words_of(vm, collection, part.start..end).unwrap_or(0) })
    };
    parts.iter().zip(ends).map(cut).collect()
}

fn known_parts(space: &Space, collection: Value) -> Vec<Stored> {
    let Some(entry) = space.entry(collection) else { return Vec::new() };
    space.with(|state| state.parts.get(&entry.oid.0).map(|known| known.list.clone())).unwrap_or_default()
}

/// The parts of a changed collection that are what they were. The last one, behind whose entries more may follow, is not among them.
pub fn clean_parts(space: &Space, vm: &Vm, collection: Value) -> Vec<CleanPart> {
    let is_known = |oid: u64| space.with(|state| state.parts.get(&oid).is_some_and(|known| known.touched == Some(state.collections)));
    if !space.entry(collection).is_some_and(|entry| is_known(entry.oid.0)) {
        return Vec::new();
    }
    let known = known_parts(space, collection);
    let mut clean = Vec::new();
    for (number, pair) in known.windows(2).enumerate() {
        let (Some(cut), Some(next)) = (pair[0].cut, pair[1].cut) else { return Vec::new() };
        let positions = cut.start..next.start;
        if !positions.is_empty() && words_of(vm, collection, positions.clone()) == Some(cut.words) {
            clean.push(CleanPart { number: number as u32, positions });
        }
    }
    clean
}
