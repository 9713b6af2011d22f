//! Large collections in parts: a commit writes the parts that changed and the object's own record, which names them all.
//!
//! Invariant: parts belong to one object and are written together with its record, so that whoever has the record's version has the
//! parts of it, and two sessions that change different parts conflict over the record.

use crate::cuts::{self, Cut};
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
    /// Of an Array or a Hash: its entries.
    pub cut: Option<Cut>,
}

/// The parts of an object in memory behind the first.
#[derive(Default)]
pub struct StoredParts {
    pub list: Vec<Stored>,
    /// How many collections of garbage there had been when the object was changed first since.
    pub touched: Option<u64>,
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

    /// The object is loaded from it: the next commit compares with these parts. `layout` are the positions that they begin at, and how many
    /// entries there are.
    pub fn note(&self, space: &Space, vm: &Vm, object: Value, (starts, entries): (Vec<usize>, usize)) {
        let mut stored = self.stored.clone();
        // Nothing is known of entries that do not stand where the record says.
        if starts.len() == stored.len() && cuts::positions(vm, object) == entries {
            let cuts = cuts::cuts_at(vm, object, &starts);
            stored.iter_mut().zip(cuts).for_each(|(stored, cut)| stored.cut = Some(cut));
        }
        set_stored(space, self.record.oid, stored);
    }
}

fn set_stored(space: &Space, oid: Oid, stored: Vec<Stored>) {
    space.with(|state| match stored.is_empty() {
        true => drop(state.parts.remove(&oid.0)),
        false => drop(state.parts.insert(oid.0, StoredParts { list: stored, touched: None })),
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
            let part = Part { body: record.body.len(), refs: record.refs.len(), ..Part::default() };
            record.refs.extend(view.refs());
            record.body.extend_from_slice(view.body);
            let print = fingerprint(&record.refs[part.refs..], view.body);
            whole.parts.push(part);
            whole.stored.push(Stored { oid: view.oid, epoch: view.epoch, print, cut: None });
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

/// What an encoding says of the parts of an object behind the first.
#[derive(Clone, Default)]
pub struct Cutting {
    pub parts: Vec<Part>,
    /// Of an Array or a Hash: their entries.
    pub cuts: Vec<Cut>,
}

/// Cuts the content of an object into its parts and leaves the first, which names the others. Parts that are stored stay; changed ones take
/// the places of those that are gone. `fresh` gives ids.
pub fn split(space: &Space, oid: Oid, content: &mut Content, cutting: &Cutting, fresh: &mut dyn FnMut() -> RResult<Oid>) -> RResult<Split> {
    let known = space.with(|state| state.parts.get(&oid.0).map(|known| known.list.clone())).unwrap_or_default();
    let kept = keep(content, cutting, &known);
    let used: FastSet<u64> = kept.iter().filter_map(|part| part.as_ref().ok()).map(|stored| stored.oid.0).collect();
    let mut gone: Vec<Stored> = known.into_iter().filter(|stored| !used.contains(&stored.oid.0)).collect();
    gone.sort_unstable_by_key(|stored| stored.oid);
    let mut split = Split::default();
    for (index, ((refs, body), kept)) in ranges(content, &cutting.parts).into_iter().zip(kept).enumerate() {
        let cut = cutting.cuts.get(index).copied();
        let stored = match kept {
            Ok(stored) => Stored { cut, ..stored },
            Err(print) => {
                let old = gone.pop();
                let place = old.map_or_else(&mut *fresh, |old| Ok(old.oid))?;
                let part = Content { kind: RecordKind::Part as u8, flags: 0, refs: content.refs[refs].to_vec(), body: content.body[body].to_vec() };
                split.writes.push(Write { oid: place, base: old.map(|old| old.epoch), content: Some(part) });
                Stored { oid: place, epoch: Epoch(0), print, cut }
            }
        };
        split.stored.push(stored);
    }
    split.writes.extend(gone.iter().map(|old| Write { oid: old.oid, base: Some(old.epoch), content: None }));
    split.written = split.writes.iter().map(|write| write.oid.0).collect();
    if let Some(first) = cutting.parts.first() {
        content.refs.truncate(first.refs);
        content.body.truncate(first.body);
    }
    content.refs.extend(split.stored.iter().map(|stored| stored.oid));
    content.flags |= (split.stored.len() as u32) << COUNT_SHIFT;
    Ok(split)
}

/// For each part the stored one that it is, or the fingerprint of one that has to be written.
fn keep(content: &Content, cutting: &Cutting, known: &[Stored]) -> Vec<Result<Stored, u128>> {
    let numbers: FastSet<u32> = cutting.parts.iter().filter_map(|part| part.kept).collect();
    let mut by_print: FastMap<u128, Vec<Stored>> = FastMap::default();
    for (_, stored) in (0..).zip(known).filter(|(number, _)| !numbers.contains(number)) {
        by_print.entry(stored.print).or_default().push(*stored);
    }
    let ranges = ranges(content, &cutting.parts).into_iter();
    let parts = cutting.parts.iter().zip(ranges).map(|(part, (refs, body))| {
        if let Some(stored) = part.kept.and_then(|number| known.get(number as usize)) {
            return Ok(*stored);
        }
        let print = fingerprint(&content.refs[refs], &content.body[body]);
        by_print.get_mut(&print).and_then(Vec::pop).ok_or(print)
    });
    parts.collect()
}

/// References and bytes of each part behind the first.
fn ranges(content: &Content, parts: &[Part]) -> Vec<(Range<usize>, Range<usize>)> {
    let end = Part { body: content.body.len(), refs: content.refs.len(), ..Part::default() };
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
