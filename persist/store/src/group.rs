//! Records and commit groups: the bytes of the log.
//!
//! ```text
//! group, padded to 512 bytes                          record, padded to 8 bytes
//!    0  4  magic "MGLG"                                  0  4  crc32c of bytes 4..len
//!    4  4  kind (1 data, 2 part, 3 moved)                 4  4  len, this header included
//!    8  8  uuid tag                                      8  8  oid
//!   16  8  own log position                             16  8  epoch
//!   24  8  epoch                                        24  3  number of references
//!   32  8  length of the padded group                   27  1  kind
//!   40  4  length of the change list                    28  4  flags
//!   44  4  number of changes                            32  8n references
//!   48  8  checksum of the group before (chain)          .. body
//!   56  8  durable hint: log below it was synced
//!   64 16  token                                      change list: oids ascending, each a varint of
//!   80  8  smallest oid never handed out              (distance << 1 | removed)
//!   88  4  crc32c of bytes 0..88 and the change list
//!   92  4  seconds since 1970 (0: not known)          trailer, the last 16 bytes of the group
//!   96     change list, zeros to 8, records, zeros       0  8  xxh3-64 of everything before it
//!          .. trailer                                    8  8  own log position
//! ```
//!
//! A commit that is larger than a segment is several parts and, last, a data group, all of one epoch. Only the data group makes it real.
//! A moved group changes nothing: it holds copies of records, with the epochs that they had, so that segments where they stood can go.
//!
//! Invariant: a group is valid only at the position it names, so stale bytes never pass; its `chain`
//! names the one group it may follow.

use crate::bytes::{put_u32, put_u64, put_varint, round_up, take_varint, u32_at, u64_at};
use crate::types::{Content, Epoch, Oid, RecordView, Write};
use xxhash_rust::xxh3::xxh3_64;

/// Bytes of a group before its change list.
pub(crate) const GROUP_HEADER: usize = 96;
/// Groups begin and end on this boundary.
pub(crate) const GROUP_ALIGN: u64 = 512;
/// Bytes of a record before its references.
pub(crate) const RECORD_HEADER: usize = 32;
pub(crate) const TRAILER: usize = 16;
const MAGIC: u32 = u32::from_le_bytes(*b"MGLG");
const KIND_DATA: u32 = 1;
const KIND_PART: u32 = 2;
const KIND_MOVED: u32 = 3;

/// Where a change of a group left its object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Change {
    pub oid: Oid,
    /// Offset of the record inside the group; `None` when the object was removed.
    pub record: Option<u64>,
    /// The commit that wrote a moved record; `None` when it is the group's own.
    pub written: Option<Epoch>,
}

/// A commit on its way: encoded without a lock, sealed once position and epoch are known.
#[derive(Default)]
pub(crate) struct GroupBuilder {
    pub bytes: Vec<u8>,
    pub changes: Vec<Change>,
    list_length: usize,
    token: u128,
    is_moved: bool,
}

/// What sealing needs from the locked state.
#[derive(Clone, Copy)]
pub(crate) struct Seal {
    /// Does another group of the same commit follow?
    pub is_part: bool,
    pub uuid_tag: u64,
    pub position: u64,
    pub epoch: u64,
    pub chain: u64,
    pub durable_hint: u64,
    pub next_oid: u64,
    pub seconds: u32,
}

impl GroupBuilder {
    /// Encodes writes that are sorted by id; the buffers of the previous commit are reused.
    pub(crate) fn encode(&mut self, writes: &[&Write], token: u128) {
        self.start(writes.iter().map(|write| (write.oid, write.content.is_none())), token);
        for write in writes {
            let record = write.content.as_ref().map(|content| self.push_record(write.oid, content));
            self.changes.push(Change { oid: write.oid, record, written: None });
        }
        self.end();
    }

    /// Copies whole records, sorted by id, that are going to stand here in place of where they stood.
    pub(crate) fn encode_moved(&mut self, records: &[(Oid, Epoch, Vec<u8>)]) {
        self.start(records.iter().map(|(oid, ..)| (*oid, false)), 0);
        self.is_moved = true;
        for (oid, epoch, bytes) in records {
            self.changes.push(Change { oid: *oid, record: Some(self.bytes.len() as u64), written: Some(*epoch) });
            self.bytes.extend_from_slice(bytes);
            self.pad(8);
        }
        self.end();
    }

    /// Begins a group with its change list: ids, and whether the object is removed.
    fn start(&mut self, changes: impl Iterator<Item = (Oid, bool)>, token: u128) {
        self.bytes.clear();
        self.changes.clear();
        (self.token, self.is_moved) = (token, false);
        self.bytes.resize(GROUP_HEADER, 0);
        put_list(&mut self.bytes, changes);
        self.list_length = self.bytes.len() - GROUP_HEADER;
        self.pad(8);
    }

    fn end(&mut self) {
        let padded = round_up((self.bytes.len() + TRAILER) as u64, GROUP_ALIGN);
        self.bytes.resize(padded as usize, 0);
    }

    fn pad(&mut self, unit: u64) {
        let padded = round_up(self.bytes.len() as u64, unit);
        self.bytes.resize(padded as usize, 0);
    }

    fn push_record(&mut self, oid: Oid, content: &Content) -> u64 {
        let start = self.bytes.len();
        let length = RECORD_HEADER + content.refs.len() * 8 + content.body.len();
        self.bytes.reserve(length + 8);
        self.bytes.extend_from_slice(&[0; 4]);
        self.bytes.extend_from_slice(&(length as u32).to_le_bytes());
        self.bytes.extend_from_slice(&oid.0.to_le_bytes());
        self.bytes.extend_from_slice(&[0; 8]);
        let counted = content.refs.len() as u32 | u32::from(content.kind) << 24;
        self.bytes.extend_from_slice(&counted.to_le_bytes());
        self.bytes.extend_from_slice(&content.flags.to_le_bytes());
        for oid in &content.refs {
            self.bytes.extend_from_slice(&oid.0.to_le_bytes());
        }
        self.bytes.extend_from_slice(&content.body);
        self.pad(8);
        start as u64
    }

    /// Fills in position, epoch and checksums; returns the group's checksum, the next one's chain.
    pub(crate) fn seal(&mut self, seal: &Seal) -> u64 {
        let bytes = &mut self.bytes;
        let own = |change: &&Change| change.written.is_none();
        for change in self.changes.iter().filter(own) {
            let Some(start) = change.record else { continue };
            let start = start as usize;
            put_u64(bytes, start + 16, seal.epoch);
            let length = u32_at(bytes, start + 4) as usize;
            let crc = crc32c::crc32c(&bytes[start + 4..start + length]);
            put_u32(bytes, start, crc);
        }
        let total = bytes.len();
        put_u32(bytes, 0, MAGIC);
        let kind = if self.is_moved { KIND_MOVED } else { KIND_DATA };
        put_u32(bytes, 4, if seal.is_part { KIND_PART } else { kind });
        put_u64(bytes, 8, seal.uuid_tag);
        put_u64(bytes, 16, seal.position);
        put_u64(bytes, 24, seal.epoch);
        put_u64(bytes, 32, total as u64);
        put_u32(bytes, 40, self.list_length as u32);
        put_u32(bytes, 44, self.changes.len() as u32);
        put_u64(bytes, 48, seal.chain);
        put_u64(bytes, 56, seal.durable_hint);
        bytes[64..80].copy_from_slice(&self.token.to_le_bytes());
        put_u64(bytes, 80, seal.next_oid);
        put_u32(bytes, 92, seal.seconds);
        let list = &bytes[GROUP_HEADER..GROUP_HEADER + self.list_length];
        let crc = crc32c::crc32c_append(crc32c::crc32c(&bytes[..88]), list);
        put_u32(bytes, 88, crc);
        let checksum = xxh3_64(&bytes[..total - TRAILER]);
        put_u64(bytes, total - TRAILER, checksum);
        put_u64(bytes, total - 8, seal.position);
        checksum
    }
}

/// Appends a change list: ids ascending, and whether the object is removed.
fn put_list(bytes: &mut Vec<u8>, changes: impl Iterator<Item = (Oid, bool)>) {
    let mut previous = 0;
    for (oid, removed) in changes {
        put_varint(bytes, (oid.0 - previous) << 1 | u64::from(removed));
        previous = oid.0;
    }
}

/// A decoded group header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct GroupHeader {
    pub position: u64,
    pub epoch: u64,
    pub length: u64,
    pub list_length: usize,
    pub count: u32,
    pub chain: u64,
    pub durable_hint: u64,
    pub token: u128,
    pub next_oid: u64,
    /// When it was written, in seconds since 1970; 0 is not known.
    pub seconds: u32,
    /// Does another group of the same commit follow?
    pub is_part: bool,
    /// Does it hold copies of records that stood elsewhere?
    pub is_moved: bool,
    crc: u32,
}

impl GroupHeader {
    /// Decodes the first [`GROUP_HEADER`] bytes read at `position`; `None` when no group begins there.
    /// `room` is the number of bytes the segment has from there on.
    pub(crate) fn decode(bytes: &[u8], uuid_tag: u64, position: u64, room: u64) -> Option<Self> {
        if u32_at(bytes, 0) != MAGIC || u64_at(bytes, 8) != uuid_tag || u64_at(bytes, 16) != position {
            return None;
        }
        let mut token = [0; 16];
        token.copy_from_slice(&bytes[64..80]);
        let header = Self {
            position,
            epoch: u64_at(bytes, 24),
            length: u64_at(bytes, 32),
            list_length: u32_at(bytes, 40) as usize,
            count: u32_at(bytes, 44),
            chain: u64_at(bytes, 48),
            durable_hint: u64_at(bytes, 56),
            token: u128::from_le_bytes(token),
            next_oid: u64_at(bytes, 80),
            seconds: u32_at(bytes, 92),
            is_part: u32_at(bytes, 4) == KIND_PART,
            is_moved: u32_at(bytes, 4) == KIND_MOVED,
            crc: u32_at(bytes, 88),
        };
        let shape_holds = matches!(u32_at(bytes, 4), KIND_DATA..=KIND_MOVED)
            && header.length.is_multiple_of(GROUP_ALIGN)
            && header.length >= GROUP_ALIGN
            && header.length <= room
            && GROUP_HEADER as u64 + header.list_length as u64 + TRAILER as u64 <= header.length;
        shape_holds.then_some(header)
    }

    /// Whether a record of this commit may stand in the group.
    fn may_hold(&self, epoch: Epoch) -> bool {
        if self.is_moved { epoch.0 < self.epoch } else { epoch.0 == self.epoch }
    }

    /// Checks header bytes and change list against their crc and decodes the list: ids and "removed".
    pub(crate) fn change_list(&self, header: &[u8], list: &[u8]) -> Option<Vec<(Oid, bool)>> {
        if crc32c::crc32c_append(crc32c::crc32c(&header[..88]), list) != self.crc {
            return None;
        }
        let mut rest = list;
        let mut previous = 0u64;
        let mut changes = Vec::new();
        while !rest.is_empty() {
            let code = take_varint(&mut rest)?;
            previous = previous.checked_add(code >> 1)?;
            changes.push((Oid(previous), code & 1 == 1));
        }
        (changes.len() == self.count as usize).then_some(changes)
    }
}

/// Checks a whole group and finds its records: changes plus the group's checksum. `None` when any rule
/// of the format fails.
pub(crate) fn decode_group(header: &GroupHeader, bytes: &[u8]) -> Option<(Vec<Change>, u64)> {
    let end = bytes.len().checked_sub(TRAILER)?;
    let checksum = u64_at(bytes, end);
    if u64_at(bytes, end + 8) != header.position || xxh3_64(&bytes[..end]) != checksum {
        return None;
    }
    let list_end = GROUP_HEADER + header.list_length;
    let list = header.change_list(&bytes[..GROUP_HEADER], &bytes[GROUP_HEADER..list_end])?;
    let mut at = list_end.next_multiple_of(8);
    let mut changes = Vec::with_capacity(list.len());
    for (oid, removed) in list {
        if removed {
            changes.push(Change { oid, record: None, written: None });
            continue;
        }
        let record = bytes.get(at..end)?;
        let length = RecordHeader::decode(record)?.length as usize;
        let view = decode_record(record.get(..length)?).ok()?;
        if view.oid != oid || !header.may_hold(view.epoch) {
            return None;
        }
        changes.push(Change { oid, record: Some(at as u64), written: header.is_moved.then_some(view.epoch) });
        at += length.next_multiple_of(8);
    }
    Some((changes, checksum))
}

/// What is left of a group whose header and change list are whole: where its records stand. One that is not found is said to stand
/// where it should, and cannot be read there.
pub(crate) fn decode_damaged(header: &GroupHeader, bytes: &[u8]) -> Option<(Vec<Change>, u64)> {
    let end = bytes.len().checked_sub(TRAILER)?;
    let list_end = GROUP_HEADER + header.list_length;
    let list = header.change_list(&bytes[..GROUP_HEADER], &bytes[GROUP_HEADER..list_end])?;
    let records = &bytes[..end];
    let mut at = list_end.next_multiple_of(8);
    let mut changes = Vec::with_capacity(list.len());
    for (oid, removed) in list {
        if removed {
            changes.push(Change { oid, record: None, written: None });
            continue;
        }
        let place = find_record(records, at, oid, header);
        let found = records.get(place..).and_then(RecordHeader::decode);
        let is_whole = found.is_some_and(|record| whole_record(records, place, &record));
        // What a moved record was copied from is still there.
        if is_whole || !header.is_moved {
            let written = found.filter(|_| header.is_moved).map(|record| record.epoch);
            changes.push(Change { oid, record: Some(place as u64), written });
        }
        let length = found.map_or(RECORD_HEADER, |record| record.length as usize);
        let next = place.saturating_add(length.next_multiple_of(8));
        at = if next <= end { next } else { place + RECORD_HEADER };
    }
    Some((changes, u64_at(bytes, end)))
}

/// Where an object's record stands: at `at`, or behind it when the length of one before was damaged.
fn find_record(records: &[u8], at: usize, oid: Oid, group: &GroupHeader) -> usize {
    let is_named = |place: usize| {
        let header = records.get(place..).and_then(RecordHeader::decode);
        header.filter(|header| header.oid == oid && group.may_hold(header.epoch))
    };
    let is_whole = |place: &usize| is_named(*place).is_some_and(|header| whole_record(records, *place, &header));
    if is_named(at).is_some() { at } else { (at..records.len()).step_by(8).find(is_whole).unwrap_or(at) }
}

fn whole_record(records: &[u8], place: usize, header: &RecordHeader) -> bool {
    records.get(place..place + header.length as usize).is_some_and(|record| decode_record(record).is_ok())
}

/// A group at `position` whose header or change list is damaged, of the commit behind `epoch`: all of it that its records tell, when they
/// stand one behind another from where the list may end to the trailer. `None` when a change might be missing. Removals may be: what was
/// removed stays then, and nothing refers to it. Whether it is a part has to be seen from what follows.
pub(crate) fn rebuild(bytes: &[u8], position: u64, epoch: u64) -> Option<(GroupHeader, Vec<Change>, u64)> {
    let end = bytes.len().checked_sub(TRAILER)?;
    let is_moved = u32_at(bytes, 4) == KIND_MOVED;
    let may_hold = |record: &RecordHeader| if is_moved { record.epoch.0 <= epoch } else { record.epoch.0 == epoch + 1 };
    let record_at = |place: usize| {
        let header = bytes[..end].get(place..).and_then(RecordHeader::decode)?;
        (may_hold(&header) && whole_record(&bytes[..end], place, &header)).then_some(header)
    };
    let first = (GROUP_HEADER..end).step_by(8).find(|&place| record_at(place).is_some())?;
    let (mut at, mut changes) = (first, Vec::<Change>::new());
    while let Some(record) = record_at(at) {
        if changes.last().is_some_and(|before| before.oid >= record.oid) {
            return None;
        }
        changes.push(Change { oid: record.oid, record: Some(at as u64), written: is_moved.then_some(record.epoch) });
        at += (record.length as usize).next_multiple_of(8);
    }
    let is_filling = end.saturating_sub(at) < GROUP_ALIGN as usize && bytes[at.min(end)..end].iter().all(|&byte| byte == 0);
    if !is_filling || !list_ends_at(bytes, first, &changes) {
        return None;
    }
    let next_oid = changes.last().map_or(0, |change| change.oid.0 + 1);
    let header = GroupHeader {
        position,
        epoch: epoch + 1,
        length: bytes.len() as u64,
        list_length: 0,
        count: changes.len() as u32,
        chain: 0,
        durable_hint: 0,
        token: 0,
        next_oid,
        seconds: 0,
        is_part: false,
        is_moved,
        crc: 0,
    };
    Some((header, changes, u64_at(bytes, end)))
}

/// Does the change list leave no room for a record before the first that was found? Either the list of just the found ones has that length,
/// or the header, of which this much is whole then, says so.
fn list_ends_at(bytes: &[u8], first: usize, changes: &[Change]) -> bool {
    let mut list = Vec::new();
    put_list(&mut list, changes.iter().map(|change| (change.oid, false)));
    let ends_at = |length: usize| (GROUP_HEADER.saturating_add(length)).checked_next_multiple_of(8) == Some(first);
    ends_at(list.len()) || (ends_at(u32_at(bytes, 40) as usize) && u32_at(bytes, 44) as usize >= changes.len())
}

/// The fixed part of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct RecordHeader {
    pub length: u32,
    pub oid: Oid,
    pub epoch: Epoch,
}

impl RecordHeader {
    /// `None` when fewer than [`RECORD_HEADER`] bytes are there or the length is smaller than the header.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.get(..RECORD_HEADER)?;
        let header = Self { length: u32_at(bytes, 4), oid: Oid(u64_at(bytes, 8)), epoch: Epoch(u64_at(bytes, 16)) };
        (header.length as usize >= RECORD_HEADER).then_some(header)
    }
}

/// Verifies and splits one record that is exactly `bytes`.
///
/// # Errors
/// The rule that failed, in words.
pub(crate) fn decode_record(bytes: &[u8]) -> std::result::Result<RecordView<'_>, &'static str> {
    let header = RecordHeader::decode(bytes).ok_or("record header")?;
    if header.length as usize != bytes.len() {
        return Err("record length");
    }
    if crc32c::crc32c(&bytes[4..]) != u32_at(bytes, 0) {
        return Err("record checksum");
    }
    let counted = u32_at(bytes, 24);
    let body_at = RECORD_HEADER + (counted & 0xff_ffff) as usize * 8;
    if body_at > bytes.len() {
        return Err("record reference count");
    }
    Ok(RecordView {
        oid: header.oid,
        epoch: header.epoch,
        kind: (counted >> 24) as u8,
        flags: u32_at(bytes, 28),
        ref_bytes: &bytes[RECORD_HEADER..body_at],
        body: &bytes[body_at..],
    })
}
