//! Large collections in parts: a commit writes the parts that changed and the object's own record, which names them all.
//!
//! Invariant: parts belong to one object and are written together with its record, so that whoever has the record's version has the
//! parts of it, and two sessions that change different parts conflict over the record.

use crate::decode::read;
use crate::space::Space;
use codec::{CorruptBody, Part, RecordKind, fingerprint};
use objects::{RArray, RHash, RString};
use std::ops::Range;
use stdx::{FastMap, FastSet};
use store::{Content, Epoch, Loaded, Oid, Record, Write};
use value::Value;
use vm::{RResult, Vm};

/// Bits of a record's flags before the number of parts behind the first.
const COUNT_SHIFT: u32 = 1;
/// A text of more bytes than this is large.
const LARGE_TEXT: usize = 32 << 10;
/// A collection of more values than this is large.
const LARGE_LIST: usize = 4096;

/// Is a String, Array or Hash large enough to be saved in parts?
pub fn is_large(object: Value) -> bool {
    if let Some(text) = RString::new(object) {
        return text.bytes().len() > LARGE_TEXT;
    }
    let pairs = RHash::new(object).map(|hash| 2 * hash.len());
    pairs.or(RArray::new(object).map(RArray::len)).is_some_and(|values| values > LARGE_LIST)
}

/// A part that the repository has.
#[derive(Clone, Copy)]
pub struct Stored {
    oid: Oid,
    epoch: Epoch,
    print: u128,
}

/// An object's record with the parts put together.
pub struct Whole {
    /// The record; its references and body are those of all parts.
    pub record: Record,
    /// Where the parts behind the first begin.
    pub parts: Vec<Part>,
    stored: Vec<Stored>,
}

impl Whole {
    /// A record as it is, without the parts that it may name.
    pub fn of(record: Record, parts: Vec<Part>) -> Whole {
        Whole { record, parts, stored: Vec::new() }
    }

    /// The object is loaded from it: the next commit compares with these parts.
    pub fn note(&self, space: &Space) {
        set_stored(space, self.record.oid, self.stored.clone());
    }
}

fn set_stored(space: &Space, oid: Oid, stored: Vec<Stored>) {
    space.with(|state| match stored.is_empty() {
        true => drop(state.parts.remove(&oid.0)),
        false => drop(state.parts.insert(oid.0, stored)),
    });
}

/// Reads an object with its parts.
pub fn read_whole(space: &Space, vm: &mut Vm, oid: Oid) -> RResult<Option<Whole>> {
    let Some(mut record) = space.session(vm, |session| session.read(oid))? else { return Ok(None) };
    let count = (record.flags >> COUNT_SHIFT) as usize;
    if count == 0 {
        return Ok(Some(Whole::of(record, Vec::new())));
    }
    let first = record.refs.len().checked_sub(count);
    let first = read(vm, oid, first.ok_or_else(|| CorruptBody(format!("{count} parts are not named"))))?;
    let oids = record.refs.split_off(first);
    record.flags &= (1 << COUNT_SHIFT) - 1;
    let mut whole = Whole::of(record, Vec::with_capacity(count));
    space.session(vm, |session| {
        session.load(&oids, &mut |loaded| {
            let Loaded::Found(view) = loaded else { return };
            if view.kind != RecordKind::Part as u8 {
                return;
            }
            let record = &mut whole.record;
            let part = Part { body: record.body.len(), refs: record.refs.len() };
            record.refs.extend(view.refs());
            record.body.extend_from_slice(view.body);
            let print = fingerprint(&record.refs[part.refs..], view.body);
            whole.parts.push(part);
            whole.stored.push(Stored { oid: view.oid, epoch: view.epoch, print });
        })
    })?;
    let found = whole.parts.len();
    read(vm, oid, (found == count).then_some(()).ok_or_else(|| CorruptBody(format!("{} of {count} parts are gone", count - found))))?;
    Ok(Some(whole))
}

/// What a commit writes of an object in parts.
#[derive(Default)]
pub struct Split {
    /// New and changed parts, and those that are not needed any more.
    pub writes: Vec<Write>,
    written: FastSet<u64>,
    stored: Vec<Stored>,
}

/// Cuts the content of an object into its parts and leaves the first, which names the others. Parts that are stored stay; changed ones take
/// the places of those that are gone. `fresh` gives ids.
pub fn split(space: &Space, oid: Oid, content: &mut Content, parts: &[Part], fresh: &mut dyn FnMut() -> RResult<Oid>) -> RResult<Split> {
    let known = space.with(|state| state.parts.get(&oid.0).cloned()).unwrap_or_default();
    let ranges = ranges(content, parts);
    let prints: Vec<u128> = ranges.iter().map(|(refs, body)| fingerprint(&content.refs[refs.clone()], &content.body[body.clone()])).collect();
    let mut by_print: FastMap<u128, Vec<Stored>> = FastMap::default();
    known.iter().for_each(|stored| by_print.entry(stored.print).or_default().push(*stored));
    let kept: Vec<Option<Stored>> = prints.iter().map(|print| by_print.get_mut(print)?.pop()).collect();
    let mut gone: Vec<Stored> = by_print.into_values().flatten().collect();
    gone.sort_unstable_by_key(|stored| stored.oid);
    let mut split = Split::default();
    for ((refs, body), (print, kept)) in ranges.iter().zip(prints.iter().zip(kept)) {
        let stored = match kept {
            Some(stored) => stored,
            None => {
                let old = gone.pop();
                let place = old.map_or_else(&mut *fresh, |old| Ok(old.oid))?;
                let (refs, body) = (content.refs[refs.clone()].to_vec(), content.body[body.clone()].to_vec());
                let part = Content { kind: RecordKind::Part as u8, flags: 0, refs, body };
                split.writes.push(Write { oid: place, base: old.map(|old| old.epoch), content: Some(part) });
                Stored { oid: place, epoch: Epoch(0), print: *print }
            }
        };
        split.stored.push(stored);
    }
    split.writes.extend(gone.iter().map(|old| Write { oid: old.oid, base: Some(old.epoch), content: None }));
    split.written = split.writes.iter().map(|write| write.oid.0).collect();
    if let Some((refs, body)) = ranges.first() {
        content.refs.truncate(refs.start);
        content.body.truncate(body.start);
    }
    content.refs.extend(split.stored.iter().map(|stored| stored.oid));
    content.flags |= (split.stored.len() as u32) << COUNT_SHIFT;
    Ok(split)
}

/// References and bytes of each part behind the first.
fn ranges(content: &Content, parts: &[Part]) -> Vec<(Range<usize>, Range<usize>)> {
    let end = Part { body: content.body.len(), refs: content.refs.len() };
    let ends = parts.iter().skip(1).chain([&end]);
    parts.iter().zip(ends).map(|(from, to)| (from.refs..to.refs, from.body..to.body)).collect()
}

impl Split {
    /// Is the part among those that are written?
    pub fn has_written(&self, oid: Oid) -> bool {
        self.written.contains(&oid.0)
    }

    /// The commit happened.
    pub fn confirm(mut self, space: &Space, oid: Oid, epoch: Epoch) {
        for stored in self.stored.iter_mut().filter(|stored| self.written.contains(&stored.oid.0)) {
            stored.epoch = epoch;
        }
        set_stored(space, oid, self.stored);
    }
}
