//! Marking: an explicit stack of cells, tracing by the objects crate's hook.

use crate::alloc::Heap;
use crate::block::{Block, prefetch};
use crate::roots::RootSource;
use value::{BLOCK_SIZE, GcByte, Header, Kind, Value};

/// Marks what it is shown.
pub struct Tracer<'heap> {
    heap: &'heap mut Heap,
    pending: Vec<*mut Header>,
    mode: Mode,
    /// The cell whose references are shown; null for roots.
    holder: *const Header,
    /// Shapes met that the source has to look at, and all met so far, a bit each.
    shapes: Vec<u32>,
    shapes_met: Vec<u64>,
    /// Bytes that the cells keep outside of the heap.
    outside: usize,
    /// Does the barrier hear of all changes of what the cell refers to?
    guarded: bool,
}

/// What is done with a reference.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// It is marked.
    Mark,
    /// It is looked at, then marked.
    MarkChecked,
    /// It is looked at, and has to be marked already.
    Check,
    /// It is listed.
    List,
}

/// Cells on their way from the stack to their tracing, whose memory is being fetched meanwhile.
const AHEAD: usize = 8;

impl<'heap> Tracer<'heap> {
    pub(crate) fn new(heap: &'heap mut Heap) -> Tracer<'heap> {
        let mode = if heap.is_verified() { Mode::MarkChecked } else { Mode::Mark };
        Tracer {
            heap,
            pending: Vec::with_capacity(1024),
            mode,
            holder: std::ptr::null(),
            shapes: Vec::new(),
            shapes_met: Vec::new(),
            outside: 0,
            guarded: true,
        }
    }

    /// The traced cell refers to other cells without the barrier being told: each collection looks at it again.
    #[inline(always)]
    pub fn unguarded(&mut self) {
        self.guarded = false;
    }

    /// Notes bytes that the traced cell keeps outside of the heap.
    #[inline(always)]
    pub fn outside(&mut self, bytes: usize) {
        self.outside += bytes;
    }

    pub(crate) fn outside_bytes(&self) -> usize {
        self.outside
    }

    /// Marks a value.
    #[inline(always)]
    pub fn value(&mut self, value: Value) {
        if let Some(cell) = value.as_cell() {
            self.cell(cell);
        }
    }

    /// Marks several values.
    pub fn values(&mut self, values: &[Value]) {
        for &value in values {
            self.value(value);
        }
    }

    /// Has the source of the roots trace what stands behind a shape; `index` numbers the shapes densely.
    #[inline(always)]
    pub fn shape(&mut self, shape: u32, index: usize) {
        if self.shapes_met.get(index / 64).is_none_or(|bits| bits >> (index % 64) & 1 == 0) {
            self.note_shape(shape, index);
        }
    }

    #[cold]
    #[inline(never)]
    fn note_shape(&mut self, shape: u32, index: usize) {
        if self.shapes_met.len() <= index / 64 {
            self.shapes_met.resize(index / 64 + 1, 0);
        }
        self.shapes_met[index / 64] |= 1 << (index % 64);
        self.shapes.push(shape);
    }

    pub(crate) fn take_shapes(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.shapes)
    }

    /// Marks a cell.
    #[inline(always)]
    #[expect(
        clippy::not_unsafe_ptr_arg_deref,
        reason = "what is traced is a cell: `--gc=verify` looks, and a made-up reference would be one everywhere else too"
    )]
    pub fn cell(&mut self, cell: *mut Header) {
        if self.mode != Mode::Mark {
            if self.mode == Mode::List {
                return self.pending.push(cell);
            }
            self.check(cell);
        }
        let block = Block::of(cell);
        // SAFETY: a traced reference is a live cell, which lies in a block.
        unsafe {
            debug_assert!((*cell).kind() != Kind::Free, "reference to a freed cell");
            if (*block).mark(cell) {
                self.pending.push(cell);
            }
        }
    }

    /// Ends the process when the reference leads to no live cell: the heap is corrupt.
    #[cold]
    #[inline(never)]
    fn check(&self, cell: *mut Header) {
        let what = match self.heap.cell_at(cell as usize) {
            None => "no cell, or one that is free",
            Some(found) if found != cell => "the inside of a cell",
            // SAFETY: `cell_at` gives initialised cells.
            Some(found) if self.mode == Mode::Check && unsafe { !(*Block::of(found)).is_marked(found) } => "a cell that was not marked",
            Some(_) => return,
        };
        // SAFETY: the holder is a marked cell.
        let holder = if self.holder.is_null() { "a root".to_string() } else { unsafe { format!("{:?} {:p}", (*self.holder).kind(), self.holder) } };
        panic!("--gc=verify: {holder} refers to {cell:p}, which is {what}");
    }

    /// Addresses of the cells that one refers to, and the bytes that it keeps outside of the heap.
    pub(crate) fn look_at(heap: &'heap mut Heap, cell: *mut Header) -> (Vec<usize>, usize) {
        let trace = heap.hooks().trace;
        let mut tracer = Tracer { mode: Mode::List, ..Tracer::new(heap) };
        // SAFETY: the caller has a value that leads to the cell.
        unsafe { trace(cell, &mut tracer) };
        (tracer.pending.iter().map(|&cell| cell as usize).collect(), tracer.outside)
    }

    /// Looks at all references of the marked cells again.
    pub(crate) fn check_all(heap: &'heap mut Heap, cells: &[*mut Header], roots: &mut dyn RootSource) {
        let trace = heap.hooks().trace;
        let mut tracer = Tracer { mode: Mode::Check, ..Tracer::new(heap) };
        for &cell in cells {
            tracer.holder = cell;
            // SAFETY: marked cells are initialised.
            unsafe { trace(cell, &mut tracer) };
            let shapes = tracer.take_shapes();
            roots.trace_shapes(&mut tracer, &shapes);
            assert!(tracer.pending.is_empty(), "--gc=verify: a reference was marked late");
        }
    }

    /// Looks again at the old cells whose references may have changed.
    pub(crate) fn look_again(&mut self) {
        for cell in self.heap.take_remembered() {
            self.visit(cell);
        }
        self.outside = 0;
    }

    /// Traces a marked cell, which is old from now on.
    #[inline(always)]
    fn visit(&mut self, cell: *mut Header) {
        self.holder = cell;
        self.guarded = true;
        // SAFETY: marked cells are initialised and stay allocated during marking.
        unsafe {
            (self.heap.hooks().trace)(cell, self);
            if self.guarded {
                (*cell).set_gc((*cell).gc() | GcByte::OLD);
            } else {
                self.heap.unguarded.push(cell);
            }
        }
    }

    /// Marks the cell that a word points into, if it points into one.
    pub fn word(&mut self, word: u64) {
        if let Some(cell) = self.heap.cell_at(word as usize) {
            self.cell(cell);
        }
    }

    /// Marks what the words of a memory range may point to.
    ///
    /// # Safety
    /// `start..end` is readable and 8-aligned.
    pub unsafe fn words(&mut self, start: *const u64, end: *const u64) {
        let mut at = start;
        while at < end {
            // SAFETY: inside the range (caller). Volatile: stale stack words may be anything.
            let word = unsafe { at.read_volatile() };
            if word > BLOCK_SIZE as u64 {
                self.word(word);
            }
            // SAFETY: stays within or one past the range.
            at = unsafe { at.add(1) };
        }
    }

    /// Traces until nothing is pending.
    pub(crate) fn drain(&mut self) {
        let mut ahead = [std::ptr::null_mut::<Header>(); AHEAD];
        let mut waiting = 0;
        for place in (0..AHEAD).cycle() {
            let next = self.pending.pop().unwrap_or(std::ptr::null_mut());
            if !next.is_null() {
                prefetch(next);
                waiting += 1;
            }
            let cell = std::mem::replace(&mut ahead[place], next);
            if !cell.is_null() {
                waiting -= 1;
                self.visit(cell);
            } else if waiting == 0 {
                return;
            }
        }
    }
}

/// Answers after marking whether a cell stays.
pub struct Liveness<'heap> {
    pub(crate) heap: &'heap Heap,
}

impl Liveness<'_> {
    /// Will the value stay? Immediates always do.
    pub fn is_live(&self, value: Value) -> bool {
        match value.as_cell() {
            // SAFETY: the caller holds a reference that was live before this collection.
            Some(cell) => unsafe { (*Block::of(cell)).is_marked(cell) },
            None => true,
        }
    }

    /// Is the cell marked?
    pub fn is_marked(&self, cell: *const Header) -> bool {
        // SAFETY: cells given by `Heap::cell_at` lie in a block.
        unsafe { (*Block::of(cell)).is_marked(cell) }
    }

    /// The heap, for statistics.
    pub fn heap(&self) -> &Heap {
        self.heap
    }
}
