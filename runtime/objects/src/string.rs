//! String: bytes with an encoding.
//!
//! ```text
//! 0  Header        16 pointer to the bytes (may point to 48)   24 length   32 capacity of an allocation, or 0
//! 40 encoding u8, known code range u8, room inside u16         48 bytes inside
//! ```
//! The pointer is always valid. Short texts lie inside the cell, whose size is chosen for them; longer ones, and what outgrows the cell, in
//! an allocation. A copy of a frozen text shares its bytes until it is changed (`Header::SHARED`): its room is 0, and inside the cell
//! stands the String that owns them.

use crate::shape::ShapeId;
use heap::block::Block;
use heap::{Heap, Tracer, write_barrier};
use std::alloc::{Layout, alloc, dealloc, realloc};
use text::coderange::{self, CodeRange};
use text::encoding::Encoding;
use value::{Header, Kind, Value};

/// Most bytes inside a cell.
const ROOM_MAX: usize = 1024 - INSIDE_OFFSET;
/// Room inside the cells of texts that are longer.
const ROOM: usize = 64 - INSIDE_OFFSET;
/// Shortest text that a copy shares.
const SHARED_MIN: usize = 100;
/// Bytes before those inside.
const INSIDE_OFFSET: usize = size_of::<StringCell>();

#[repr(C)]
struct StringCell {
    header: Header,
    bytes: *mut u8,
    length: usize,
    capacity: usize,
    encoding: Encoding,
    range: u8,
    room: u16,
}

/// Bytes before the pointer.
pub const BYTES_OFFSET: usize = std::mem::offset_of!(StringCell, bytes);
/// Bytes before the length.
pub const LENGTH_OFFSET: usize = std::mem::offset_of!(StringCell, length);
/// Bytes before the encoding's number.
pub const ENCODING_OFFSET: usize = std::mem::offset_of!(StringCell, encoding);
/// Bytes before the known code range, 0 for none.
pub const RANGE_OFFSET: usize = std::mem::offset_of!(StringCell, range);
/// The known code range of what has ASCII characters only.
pub const RANGE_ASCII: u8 = 1;

/// View of a String.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RString(Value);

/// Allocates a String with a copy of `bytes`. None when memory is out.
#[inline]
pub fn allocate(heap: &mut Heap, shape: ShapeId, bytes: &[u8], encoding: Encoding) -> Option<Value> {
    let view = allocate_with_room(heap, shape, bytes.len(), encoding)?;
    // SAFETY: there is room for the bytes.
    unsafe { view.append_raw(bytes) };
    Some(view.0)
}

/// Allocates an empty String with room for `room` bytes. None when memory is out.
#[inline]
pub fn allocate_with_room(heap: &mut Heap, shape: ShapeId, room: usize, encoding: Encoding) -> Option<RString> {
    let size = heap::cell_bytes(INSIDE_OFFSET + if room > ROOM_MAX { ROOM } else { room.max(ROOM) });
    let cell = heap.allocate(size)?;
    // SAFETY: the cell has room for a StringCell and the bytes behind it; the pointer refers into the cell, which never moves.
    unsafe {
        let inside = cell.cast::<u8>().add(INSIDE_OFFSET);
        let (header, inner) = (Header::new(shape.0, Kind::String), (size - INSIDE_OFFSET) as u16);
        cell.cast::<StringCell>().write(StringCell { header, bytes: inside, length: 0, capacity: 0, encoding, range: 0, room: inner });
        let view = RString(Value::from_cell(cell));
        view.try_reserve(room)?;
        Some(view)
    }
}

/// Allocates a copy of a String with its encoding; a long frozen one lends its bytes. None when memory is out.
pub fn allocate_copy(heap: &mut Heap, shape: ShapeId, source: RString) -> Option<Value> {
    let owner = source.owner().filter(|_| source.len() >= SHARED_MIN);
    let Some(owner) = owner else { return allocate(heap, shape, source.bytes(), source.encoding()) };
    let cell = heap.allocate(size_of::<StringCell>() + size_of::<Value>())?;
    // SAFETY: the cell has room for a StringCell and the owner behind it; the source is a String, which the caller holds.
    unsafe {
        let header = Header::new(shape.0, Kind::String);
        header.set_flags(Header::SHARED);
        let StringCell { bytes, length, encoding, range, .. } = *source.cell();
        cell.cast::<StringCell>().write(StringCell { header, bytes, length, capacity: 0, encoding, range, room: 0 });
        cell.cast::<u8>().add(INSIDE_OFFSET).cast::<Value>().write(owner);
        Some(Value::from_cell(cell))
    }
}

/// Words of a new String that machine code writes itself: those of the cell up to the bytes inside, then these or the owner.
pub struct Image {
    /// Bytes of the cell.
    pub size: usize,
    /// The words. That of the byte pointer is 0 where the bytes lie inside.
    pub words: Vec<u64>,
}

/// Longest text of which an image has the bytes inside.
const IMAGE_MAX: usize = 64;
/// Word of the byte pointer.
pub const BYTES_WORD: usize = BYTES_OFFSET / 8;
/// Word of the first bytes inside.
pub const INSIDE_WORD: usize = INSIDE_OFFSET / 8;

impl Image {
    /// The image of a copy of a literal; None for one that is not frozen.
    pub fn of(literal: RString, shape: ShapeId, chilled: bool) -> Option<Image> {
        let shared = literal.len() > IMAGE_MAX;
        // So that the copies know it.
        literal.code_range();
        let owner = literal.owner()?;
        let room = if shared { 0 } else { heap::cell_bytes(INSIDE_OFFSET + literal.len().max(ROOM)) - INSIDE_OFFSET };
        let header = Header::new(shape.0, Kind::String);
        header.set_flags(if chilled { Header::CHILLED } else { 0 } | if shared { Header::SHARED } else { 0 });
        // SAFETY: a String cell; the header is two words.
        let (literal, header) = unsafe { (&*literal.cell(), std::mem::transmute::<Header, [u64; 2]>(header)) };
        let sorts = u64::from(literal.encoding.index()) | u64::from(literal.range) << 8 | (room as u64) << 16;
        let mut words = vec![header[0], header[1], 0, literal.length as u64, 0, sorts];
        if shared {
            words[BYTES_WORD] = literal.bytes as u64;
            words.push(owner.bits());
            return Some(Image { size: size_of::<StringCell>() + size_of::<Value>(), words });
        }
        let bytes = RString(owner);
        words.extend(bytes.bytes().chunks(8).map(|chunk| {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            u64::from_le_bytes(word)
        }));
        Some(Image { size: INSIDE_OFFSET + room, words })
    }
}

/// Bytes of the cell of a String of one ASCII character, and its words: that of the pointer is 0, as in an image, those of the encoding and of
/// the byte are without them.
pub fn character_image(shape: ShapeId) -> (usize, [u64; INSIDE_WORD + 1]) {
    let size = INSIDE_OFFSET + ROOM;
    // SAFETY: the header is two words.
    let header = unsafe { std::mem::transmute::<Header, [u64; 2]>(Header::new(shape.0, Kind::String)) };
    (size, [header[0], header[1], 0, 1, 0, u64::from(RANGE_ASCII) << 8 | (ROOM as u64) << 16, 0])
}

/// How a cell notes a code range.
fn range_number(range: CodeRange) -> u8 {
    match range {
        CodeRange::SevenBit => RANGE_ASCII,
        CodeRange::Valid => 2,
        CodeRange::Broken => 3,
    }
}

/// The noted code range of a String with one when `more` is appended; 0, unknown, where only a scan of the whole would tell.
fn joined_range(known: u8, encoding: Encoding, more: &[u8]) -> u8 {
    if known == 0 || known == range_number(CodeRange::Broken) || encoding.is_dummy() {
        return 0;
    }
    match coderange::scan(encoding, more) {
        CodeRange::SevenBit => known,
        CodeRange::Valid => range_number(CodeRange::Valid),
        CodeRange::Broken => 0,
    }
}

/// Reports the String whose bytes a shared one has.
///
/// # Safety
/// `cell` is a live StringCell.
pub(crate) unsafe fn trace_string(cell: *mut Header, tracer: &mut Tracer<'_>) {
    // SAFETY: a String cell; a shared one has its owner inside.
    unsafe {
        tracer.outside((*cell.cast::<StringCell>()).capacity);
        if (*cell).flags() & Header::SHARED != 0 {
            tracer.value(*cell.cast::<u8>().add(INSIDE_OFFSET).cast::<Value>());
        }
    }
}

impl RString {
    /// The String that may lend the bytes of this one: itself when it is frozen, or the one that lends them already.
    fn owner(self) -> Option<Value> {
        let flags = self.header().flags();
        if flags & Header::SHARED != 0 {
            // SAFETY: a shared String has its owner inside.
            return Some(unsafe { *self.cell().cast::<u8>().add(INSIDE_OFFSET).cast::<Value>() });
        }
        (flags & Header::FROZEN != 0).then_some(self.0)
    }

    /// The view of a value that is a String.
    #[inline(always)]
    pub fn new(value: Value) -> Option<RString> {
        value.is_kind(Kind::String).then_some(RString(value))
    }

    /// The value.
    #[inline(always)]
    pub fn value(self) -> Value {
        self.0
    }

    fn cell(self) -> *mut StringCell {
        self.0.bits() as *mut StringCell
    }

    fn header(&self) -> &Header {
        // SAFETY: a String cell starts with its header.
        unsafe { &(*self.cell()).header }
    }

    /// The bytes. Copy them out before running Ruby code or changing the String.
    #[inline(always)]
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: pointer and length always describe initialised memory of the String.
        unsafe { std::slice::from_raw_parts((*self.cell()).bytes, (*self.cell()).length) }
    }

    /// The bytes for changes of single bytes; the known code range is forgotten. None when memory is out.
    pub fn bytes_mut(&mut self) -> Option<&mut [u8]> {
        write_barrier(self.header());
        if self.header().flags() & Header::SHARED != 0 {
            self.try_reserve(0)?;
        }
        // SAFETY: as in `bytes`; the caller's view is borrowed mutably, and the bytes are its own.
        unsafe {
            (*self.cell()).range = 0;
            Some(std::slice::from_raw_parts_mut((*self.cell()).bytes, (*self.cell()).length))
        }
    }

    /// Length in bytes.
    #[inline(always)]
    pub fn len(self) -> usize {
        // SAFETY: a String cell.
        unsafe { (*self.cell()).length }
    }

    /// No bytes?
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Encoding.
    #[inline(always)]
    pub fn encoding(self) -> Encoding {
        // SAFETY: a String cell.
        unsafe { (*self.cell()).encoding }
    }

    /// Changes the encoding without touching bytes (`force_encoding`).
    pub fn set_encoding(self, encoding: Encoding) {
        write_barrier(self.header());
        // SAFETY: a String cell.
        unsafe {
            (*self.cell()).encoding = encoding;
            (*self.cell()).range = 0;
        }
    }

    /// Code range, scanned once and remembered until the next change.
    pub fn code_range(self) -> CodeRange {
        // SAFETY: a String cell.
        let known = unsafe { (*self.cell()).range };
        match known {
            RANGE_ASCII => CodeRange::SevenBit,
            2 => CodeRange::Valid,
            3 => CodeRange::Broken,
            _ => {
                let range = coderange::scan(self.encoding(), self.bytes());
                self.set_code_range(range);
                range
            }
        }
    }

    fn set_code_range(self, range: CodeRange) {
        // SAFETY: a String cell.
        unsafe { (*self.cell()).range = range_number(range) }
    }

    /// Only ASCII?
    pub fn is_ascii_only(self) -> bool {
        self.code_range() == CodeRange::SevenBit
    }

    /// Makes room for `more` bytes. None when memory is out or the length overflows.
    fn try_reserve(self, more: usize) -> Option<()> {
        // SAFETY: a String cell; `capacity` 0 says the bytes are inside, otherwise they were
        // allocated here with this layout.
        unsafe {
            let cell = &mut *self.cell();
            let needed = cell.length.checked_add(more)?;
            let available = if cell.capacity == 0 { cell.room as usize } else { cell.capacity };
            if needed <= available {
                return Some(());
            }
            let capacity = needed.max(available.checked_mul(2)?).max(32);
            let bytes = if cell.capacity == 0 {
                let bytes = alloc(Layout::array::<u8>(capacity).ok()?);
                if bytes.is_null() {
                    return None;
                }
                std::ptr::copy_nonoverlapping(cell.bytes, bytes, cell.length);
                bytes
            } else {
                realloc(cell.bytes, Layout::array::<u8>(cell.capacity).ok()?, Layout::array::<u8>(capacity).ok()?.size())
            };
            if bytes.is_null() {
                return None;
            }
            (*(*Block::of(&cell.header)).heap()).note_malloc(capacity - cell.capacity);
            cell.bytes = bytes;
            cell.capacity = capacity;
            cell.header.set_flags(cell.header.flags() & !Header::SHARED);
            Some(())
        }
    }

    /// Appends without forgetting the barrier's caller: capacity was reserved.
    unsafe fn append_raw(self, bytes: &[u8]) {
        // SAFETY: the caller reserved room; `bytes` may be the String's own: memmove copes.
        unsafe {
            let cell = &mut *self.cell();
            std::ptr::copy(bytes.as_ptr(), cell.bytes.add(cell.length), bytes.len());
            cell.length += bytes.len();
        }
    }

    /// Appends bytes. A known code range stays known at the cost of a look at them, so that a String made of many pieces is not
    /// scanned whole for each. None when memory is out.
    #[must_use = "None means that memory is out"]
    pub fn push_bytes(self, bytes: &[u8]) -> Option<()> {
        write_barrier(self.header());
        // SAFETY: a String cell; when `bytes` is a part of this String it is found again by offset
        // after the buffer moved.
        unsafe {
            let cell = self.cell();
            let (start, length) = ((*cell).bytes as usize, (*cell).length);
            let own = (bytes.as_ptr() as usize).checked_sub(start).filter(|&offset| offset <= length && !bytes.is_empty());
            self.try_reserve(bytes.len())?;
            let bytes = match own {
                Some(offset) => std::slice::from_raw_parts((*cell).bytes.add(offset), bytes.len()),
                None => bytes,
            };
            (*cell).range = joined_range((*cell).range, (*cell).encoding, bytes);
            self.append_raw(bytes);
        }
        Some(())
    }

    /// Appends another String when that needs no look at the encodings, no warning and no exception; false when it did nothing.
    pub fn append_plainly(self, more: RString) -> bool {
        let open = self.header().flags() & (Header::FROZEN | Header::CHILLED) == 0;
        open && self.encoding() == more.encoding() && self.push_bytes(more.bytes()).is_some()
    }

    /// Replaces the bytes `start..end` by `bytes` (which may not be the String's own). None when
    /// memory is out.
    #[must_use = "None means that memory is out"]
    pub fn splice(self, start: usize, end: usize, bytes: &[u8]) -> Option<()> {
        assert!(start <= end && end <= self.len(), "{start}..{end} outside of {}", self.len());
        write_barrier(self.header());
        self.try_reserve(bytes.len())?;
        // SAFETY: start and end lie in the String; room for the new bytes was reserved.
        unsafe {
            let cell = &mut *self.cell();
            let tail = cell.length - end;
            std::ptr::copy(cell.bytes.add(end), cell.bytes.add(start + bytes.len()), tail);
            std::ptr::copy(bytes.as_ptr(), cell.bytes.add(start), bytes.len());
            cell.length = start + bytes.len() + tail;
            cell.range = 0;
        }
        Some(())
    }

    /// Replaces everything. None when memory is out.
    #[must_use = "None means that memory is out"]
    pub fn replace(self, bytes: &[u8], encoding: Encoding) -> Option<()> {
        self.set_encoding(encoding);
        self.splice(0, self.len(), bytes)
    }

    /// Shortens to `length` bytes.
    pub fn truncate(self, length: usize) {
        write_barrier(self.header());
        // SAFETY: a String cell; the length only shrinks.
        unsafe {
            let cell = &mut *self.cell();
            cell.length = cell.length.min(length);
            cell.range = 0;
        }
    }

    /// Makes room for a total of `capacity` bytes. None when memory is out.
    #[must_use = "None means that memory is out"]
    pub fn reserve(self, capacity: usize) -> Option<()> {
        self.try_reserve(capacity.saturating_sub(self.len()))
    }

    /// Text with invalid bytes replaced (for messages and file names).
    pub fn to_text(self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }

    /// Is it a chilled literal?
    pub fn is_chilled(self) -> bool {
        self.header().flags() & Header::CHILLED != 0
    }

    /// Sets or clears the chilled mark.
    pub fn set_chilled(self, chilled: bool) {
        let flags = self.header().flags() & !Header::CHILLED;
        self.header().set_flags(if chilled { flags | Header::CHILLED } else { flags });
    }
}

/// Releases the bytes of a dead String.
///
/// # Safety
/// `cell` is a dead StringCell.
pub(crate) unsafe fn drop_string(cell: *mut Header) {
    // SAFETY: capacity > 0 says that the bytes were allocated with this layout.
    unsafe {
        let string = &*cell.cast::<StringCell>();
        if string.capacity > 0 {
            dealloc(string.bytes, Layout::array::<u8>(string.capacity).expect("layout was valid when allocated"));
        }
    }
}
