//! The heap: size classes, bump allocation in free runs, when to collect.

use crate::barrier;
use crate::block::{Block, FIRST_CELL};
use crate::collect::{Cause, Extent, Pace};
use crate::external::ExternalSpace;
use crate::mark::Tracer;
use crate::roots::RootSource;
use std::collections::BTreeMap;
use stdx::FastMap;
use value::{BLOCK_SIZE, Header, Kind};

/// Cell sizes in bytes; larger cells get blocks of their own.
pub const SIZE_CLASSES: [usize; 17] = [32, 48, 64, 80, 96, 128, 160, 192, 256, 320, 416, 512, 640, 800, 1024, 2048, 4096];
const LARGE: usize = 4096;
/// How objects are traced and dropped; given by the objects crate.
#[derive(Clone, Copy)]
pub struct Hooks {
    /// Reports the references of an initialised cell.
    pub trace: unsafe fn(*mut Header, &mut Tracer<'_>),
    /// Releases what a dead cell owns outside the heap.
    pub drop: unsafe fn(*mut Header),
}

/// The open run of a size class; cells are cut from `cursor`. JIT code does the same inline.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct Run {
    cursor: usize,
    limit: usize,
}

/// The blocks of a size class.
#[derive(Default)]
pub(crate) struct ClassBlocks {
    pub(crate) blocks: Vec<*mut Block>,
    /// Those that may have free cells, or have got cells since the last collection.
    pub(crate) open: Vec<*mut Block>,
    /// Place in `open` and cell where the search for free runs goes on.
    pub(crate) block: usize,
    pub(crate) cell: usize,
}

/// Counters for `GC.stat`.
#[derive(Clone, Copy, Default, Debug)]
pub struct Stats {
    /// Collections so far.
    pub count: usize,
    /// How far the last one went, and why.
    pub last: Option<(Extent, Cause)>,
    /// Those of them that looked at young cells only.
    pub minor_count: usize,
    /// Bytes found live by the last collection: of cells in shared blocks, of all cells, outside of the heap.
    pub live_cells: usize,
    /// See `live_cells`.
    pub live_bytes: usize,
    /// See `live_cells`.
    pub live_outside: usize,
    /// Bytes in blocks.
    pub heap_bytes: usize,
    /// Nanoseconds spent collecting, and those of minor collections.
    pub time_ns: u64,
    /// See `time_ns`.
    pub minor_time_ns: u64,
    /// Cells handed out in whole runs (upper bound of objects allocated).
    pub allocated_bytes: usize,
    /// Dead cells that were swept.
    pub freed_cells: usize,
}

/// Cells by use.
#[derive(Clone, Copy, Default, Debug)]
pub struct CellCounts {
    /// All cells of all blocks.
    pub total: usize,
    /// Cells that hold nothing.
    pub free: usize,
    /// Blocks.
    pub blocks: usize,
}

/// Heap of one VM.
pub struct Heap {
    runs: [Run; SIZE_CLASSES.len()],
    pub(crate) classes: [ClassBlocks; SIZE_CLASSES.len()],
    hooks: Hooks,
    pub(crate) index: FastMap<usize, *mut Block>,
    pub(crate) large: BTreeMap<usize, *mut Block>,
    lowest: usize,
    highest: usize,
    pub(crate) pace: Pace,
    /// Old cells that changed since the last collection.
    pub(crate) remembered: Vec<*mut Header>,
    /// Old cells that change without the barrier being told.
    pub(crate) unguarded: Vec<*mut Header>,
    limit_bytes: usize,
    /// Bytes beyond the limit that may be used now.
    reserve_bytes: usize,
    /// `allocated_bytes` when the root source was last told that memory is short.
    told_bytes: usize,
    /// Collect at every n-th allocation (0 = off).
    stress: usize,
    stress_count: usize,
    /// Bytes between two calls of `RootSource::step_was_allocated` (0 = none), and how many there were at the last.
    step: u64,
    step_begin: u64,
    pub(crate) disabled: bool,
    /// Look at the whole heap after each collection, and overwrite what is freed.
    pub(crate) verified: bool,
    pub(crate) collecting: bool,
    pub(crate) roots: Option<*mut dyn RootSource>,
    pub(crate) external: Option<Box<dyn ExternalSpace>>,
    pub(crate) stats: Stats,
}

impl Heap {
    /// An empty heap. It must not move once cells are allocated: blocks point back to it.
    pub fn new(hooks: Hooks) -> Heap {
        Heap {
            runs: [Run::default(); SIZE_CLASSES.len()],
            classes: Default::default(),
            hooks,
            index: FastMap::default(),
            large: BTreeMap::new(),
            lowest: usize::MAX,
            highest: 0,
            pace: Pace::default(),
            remembered: Vec::new(),
            unguarded: Vec::new(),
            limit_bytes: 0,
            reserve_bytes: 0,
            told_bytes: 0,
            stress: 0,
            stress_count: 0,
            step: 0,
            step_begin: 0,
            disabled: false,
            verified: false,
            collecting: false,
            roots: None,
            external: None,
            stats: Stats::default(),
        }
    }

    /// Registers who reports the roots.
    ///
    /// # Safety
    /// `roots` outlives the heap's last allocation.
    pub unsafe fn set_roots(&mut self, roots: *mut dyn RootSource) {
        self.roots = Some(roots);
    }

    /// Bytes from the heap's address to the allocation run of the cells that hold `size` bytes, and the
    /// size of those cells. Machine code cuts cells from the run as `allocate` does.
    pub fn run_offset(size: usize) -> Option<(usize, usize)> {
        let class = SIZE_CLASSES.iter().position(|&class| size <= class)?;
        Some((std::mem::offset_of!(Heap, runs) + class * size_of::<Run>(), SIZE_CLASSES[class]))
    }

    /// Installs the owner of persistent objects.
    pub fn set_external(&mut self, external: Box<dyn ExternalSpace>) {
        self.external = Some(external);
    }

    /// The owner of persistent objects, if any.
    pub fn external(&mut self) -> Option<&mut (dyn ExternalSpace + 'static)> {
        self.external.as_deref_mut()
    }

    /// Collect at every `every`-th allocation; 0 turns it off.
    pub fn set_stress(&mut self, every: usize) {
        self.stress = every;
        self.runs = Default::default();
    }

    /// Looks at the whole heap after each collection: every reference leads to a live cell, the external space knows live cells
    /// only. What is freed is overwritten. The process ends where that does not hold.
    pub fn set_verified(&mut self, verified: bool) {
        self.verified = verified;
    }

    pub(crate) fn is_verified(&self) -> bool {
        self.verified
    }

    /// Turns collections off or on; returns whether they were off.
    pub fn set_disabled(&mut self, disabled: bool) -> bool {
        std::mem::replace(&mut self.disabled, disabled)
    }

    /// Limits the bytes in blocks (0 = no limit). What cannot be refused draws on a reserve of half as much again, and the
    /// root source is told that memory is short.
    pub fn set_limit(&mut self, bytes: usize) {
        self.limit_bytes = bytes;
    }

    /// Counters.
    pub fn stats(&self) -> Stats {
        self.stats
    }

    /// Counts the cells; sweeps first, so that dead ones count as free.
    pub fn cell_counts(&mut self) -> CellCounts {
        self.finish_sweep();
        let mut counts = CellCounts::default();
        for block in self.all_blocks() {
            // SAFETY: allocated blocks; cells below cell_count start with a header.
            unsafe {
                counts.blocks += 1;
                counts.total += (*block).cell_count();
                counts.free += (0..(*block).cell_count()).filter(|&index| (*(*block).cell(index)).kind() == Kind::Free).count();
            }
        }
        counts
    }

    /// Addresses of the cells that a value refers to.
    pub fn references_of(&mut self, value: value::Value) -> Vec<usize> {
        value.as_cell().map_or_else(Vec::new, |cell| Tracer::look_at(self, cell).0)
    }

    /// Bytes of a value's cell, and of what it keeps outside of the heap.
    pub fn size_of(&mut self, value: value::Value) -> usize {
        let Some(cell) = value.as_cell() else { return 0 };
        let outside = Tracer::look_at(self, cell).1;
        // SAFETY: a cell that a value leads to lies in a block.
        unsafe { (*Block::of(cell)).cell_size() + outside }
    }

    /// Does a collection run, or has one been left in the middle?
    pub fn is_collecting(&self) -> bool {
        self.collecting
    }

    pub(crate) fn hooks(&self) -> Hooks {
        self.hooks
    }

    /// Notes bytes allocated outside the heap on behalf of an object.
    #[inline(always)]
    pub fn note_malloc(&mut self, bytes: usize) {
        self.pace.note_outside(bytes);
    }

    /// Notes that bytes of `note_malloc` were given back before the next collection.
    pub fn forget_malloc(&mut self, bytes: usize) {
        self.pace.forget_outside(bytes);
    }

    /// Notes an old cell that changes.
    pub(crate) fn remember(&mut self, cell: *mut Header) {
        self.remembered.push(cell);
    }

    /// Memory for a cell of `size` bytes; its content is undefined but for a free header. The caller
    /// initialises all of it before the next allocation. None when memory is out.
    #[inline(always)]
    pub fn allocate(&mut self, size: usize) -> Option<*mut Header> {
        if size > LARGE {
            return self.allocate_large(size);
        }
        let class = size_class(size);
        let run = &mut self.runs[class];
        if run.cursor < run.limit {
            let cell = run.cursor;
            run.cursor += SIZE_CLASSES[class];
            return Some(cell as *mut Header);
        }
        self.allocate_slow(class)
    }

    #[cold]
    #[inline(never)]
    fn allocate_slow(&mut self, class: usize) -> Option<*mut Header> {
        self.collect_if_due();
        let run = self.next_run(class).or_else(|| self.scarce_run(class))?;
        let size = SIZE_CLASSES[class];
        let cell = run.cursor;
        if self.stress == 0 {
            self.runs[class] = Run { cursor: cell + size, limit: run.limit };
        }
        self.pace.note_cells(run.limit - cell);
        self.stats.allocated_bytes += run.limit - cell;
        if self.step > 0 {
            self.tell_step();
        }
        Some(cell as *mut Header)
    }

    /// Tells the root source each time that about so many bytes were allocated; 0 turns it off.
    pub fn set_allocation_step(&mut self, bytes: u64) {
        (self.step, self.step_begin) = (bytes, self.allocated_bytes());
    }

    /// Bytes allocated so far, in runs of cells and outside of the heap.
    pub fn allocated_bytes(&self) -> u64 {
        self.stats.allocated_bytes as u64 + self.pace.outside_total()
    }

    #[cold]
    fn tell_step(&mut self) {
        let bytes = self.allocated_bytes();
        if let (true, Some(roots)) = (bytes.saturating_sub(self.step_begin) >= self.step, self.roots) {
            self.step_begin = bytes;
            // SAFETY: set_roots promises that the source lives; what it does here touches flags of its own only.
            unsafe { (*roots).step_was_allocated() };
        }
    }

    /// Collects when enough was allocated since the last time.
    pub fn collect_if_due(&mut self) {
        if self.stress > 0 {
            self.stress_count += 1;
            if self.stress_count >= self.stress {
                self.stress_count = 0;
                self.collect_for(self.pace.stress_extent());
            }
        } else if self.pace.is_due() {
            self.collect_for(self.pace.extent());
        }
    }

    /// Finds free cells of a class: the next run in its blocks, else a new block.
    fn next_run(&mut self, class: usize) -> Option<Run> {
        let drop_cell = self.hooks.drop;
        let size = SIZE_CLASSES[class];
        let state = &mut self.classes[class];
        while let Some(&block) = state.open.get(state.block) {
            // SAFETY: blocks in the list are allocated; nobody else refers to the block's head.
            let block = unsafe { &mut *block };
            if block.needs_sweep() {
                self.stats.freed_cells += block.sweep(drop_cell, self.verified) / size;
            }
            if let Some((first, end)) = block.free_run(state.cell) {
                let end = if self.stress == 0 { end } else { first + 1 };
                state.cell = end;
                block.note_young();
                let start = block.cell(first) as usize;
                return Some(Run { cursor: start, limit: start + (end - first) * size });
            }
            state.block += 1;
            state.cell = 0;
        }
        self.add_block(class)?;
        self.next_run(class)
    }

    /// A run when the limit is reached: from what a collection frees, else from the reserve.
    #[cold]
    fn scarce_run(&mut self, class: usize) -> Option<Run> {
        let step = self.limit_bytes / 16;
        // Just after a collection another one would find nothing, and collections would be all that happens.
        if self.pace.since_collection() >= step {
            self.make_room();
            let crowded = self.stats.live_bytes > self.limit_bytes - step;
            if !crowded && let Some(run) = self.next_run(class) {
                return Some(run);
            }
        }
        let run = self.reserved_run(class);
        // Who has been told needs some room to give up what it holds.
        let again = self.told_bytes == 0 || self.stats.allocated_bytes - self.told_bytes >= step;
        if let (true, Some(roots)) = (again, self.roots) {
            self.told_bytes = self.stats.allocated_bytes;
            // What it gives up may be collected as soon as the limit is met again.
            self.pace.at_least(step);
            // SAFETY: set_roots promises that the source lives; what it does here touches flags of its own only.
            unsafe { (*roots).memory_is_short() };
        }
        run.or_else(|| {
            self.make_room();
            self.next_run(class)
        })
    }

    fn reserved_run(&mut self, class: usize) -> Option<Run> {
        self.reserve_bytes = self.limit_bytes / 2;
        let run = self.next_run(class);
        self.reserve_bytes = 0;
        run
    }

    /// Collects and gives back the blocks in which nothing lives.
    fn make_room(&mut self) {
        self.collect();
        self.finish_sweep();
        self.close_runs();
        let mut empty: Vec<*mut Block> = Vec::new();
        for class in &mut self.classes {
            class.blocks.retain(|&block| {
                // SAFETY: allocated blocks, in which nothing was handed out since the collection.
                let dead = unsafe { (*block).is_dead() };
                if dead {
                    empty.push(block);
                }
                !dead
            });
            class.open.clone_from(&class.blocks);
        }
        for block in empty {
            self.index.remove(&(block as usize / BLOCK_SIZE));
            // SAFETY: no cell of it is live or in an open run, and the tables no longer name it.
            unsafe {
                self.stats.heap_bytes -= (*block).bytes();
                Block::free(block);
            }
        }
    }

    fn add_block(&mut self, class: usize) -> Option<()> {
        let block = self.new_block(SIZE_CLASSES[class], BLOCK_SIZE)?;
        self.classes[class].blocks.push(block);
        self.classes[class].open.push(block);
        Some(())
    }

    fn new_block(&mut self, cell_size: usize, bytes: usize) -> Option<*mut Block> {
        if self.limit_bytes > 0 && self.stats.heap_bytes + bytes > self.limit_bytes + self.reserve_bytes {
            return None;
        }
        let block = Block::allocate(self, barrier::fault, cell_size, bytes)?;
        let address = block as usize;
        self.stats.heap_bytes += bytes;
        self.index.insert(address / BLOCK_SIZE, block);
        self.lowest = self.lowest.min(address);
        self.highest = self.highest.max(address + bytes);
        Some(block)
    }

    fn allocate_large(&mut self, size: usize) -> Option<*mut Header> {
        self.collect_if_due();
        let size = size.checked_next_multiple_of(16)?;
        let bytes = size.checked_add(FIRST_CELL)?.checked_next_multiple_of(4096)?;
        let block = match self.new_block(size, bytes) {
            Some(block) => block,
            None => {
                self.make_room();
                self.new_block(size, bytes)?
            }
        };
        self.large.insert(block as usize, block);
        self.pace.note_cells(bytes);
        // SAFETY: just allocated.
        Some(unsafe { (*block).cell(0) })
    }

    /// The initialised cell that `address` points into, if any.
    pub fn cell_at(&self, address: usize) -> Option<*mut Header> {
        if address < self.lowest || address >= self.highest {
            return None;
        }
        let block = match self.index.get(&(address / BLOCK_SIZE)) {
            Some(&block) => block,
            None => *self.large.range(..=address).next_back()?.1,
        };
        // SAFETY: indexed blocks are allocated; index_of keeps the cell inside the block.
        unsafe {
            let cell = (*block).cell((*block).index_of(address)?);
            ((*cell).kind() != Kind::Free).then_some(cell)
        }
    }

    /// The object whose cell starts at `address`, if there is one.
    pub fn value_at(&self, address: usize) -> Option<value::Value> {
        let cell = self.cell_at(address)?;
        // SAFETY: `cell_at` gives initialised cells.
        (cell as usize == address).then(|| unsafe { value::Value::from_cell(cell) })
    }

    /// Gives up the open runs; the search for free cells begins anew. Only where all that is not marked is free.
    pub(crate) fn close_runs(&mut self) {
        self.runs = Default::default();
        for class in &mut self.classes {
            class.block = 0;
            class.cell = 0;
        }
    }

    pub(crate) fn all_blocks(&self) -> impl Iterator<Item = *mut Block> + '_ {
        self.classes.iter().flat_map(|class| class.blocks.iter().copied()).chain(self.large.values().copied())
    }

    /// Calls `visit` with every live cell (`ObjectSpace`). Cells allocated meanwhile may be missed.
    pub fn each_cell(&mut self, visit: &mut dyn FnMut(*mut Header)) {
        self.collect();
        self.finish_sweep();
        for block in self.all_blocks().collect::<Vec<_>>() {
            // SAFETY: allocated blocks; cells below cell_count start with a header.
            unsafe {
                for index in 0..(*block).cell_count() {
                    let cell = (*block).cell(index);
                    if (*cell).kind() != Kind::Free {
                        visit(cell);
                    }
                }
            }
        }
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        for block in self.all_blocks().collect::<Vec<_>>() {
            // SAFETY: the heap ends; no cell is used any more. Marks are cleared so that every cell
            // is dropped.
            unsafe {
                (*block).clear_marks();
                (*block).sweep(self.hooks.drop, false);
                Block::free(block);
            }
        }
    }
}

/// Classes by size, in steps of 16 bytes.
static CLASSES: [u8; LARGE / 16 + 1] = {
    let mut classes = [0; LARGE / 16 + 1];
    let mut step = 0;
    while step < classes.len() {
        let mut class = 0;
        while SIZE_CLASSES[class] < 16 * step {
            class += 1;
        }
        classes[step] = class as u8;
        step += 1;
    }
    classes
};

/// Index of the smallest class that holds `size` bytes, at most `LARGE`.
#[inline(always)]
fn size_class(size: usize) -> usize {
    CLASSES[size.div_ceil(16)] as usize
}

/// Bytes of the cell that is made for `size` bytes, at most the largest size class.
#[inline(always)]
pub fn cell_bytes(size: usize) -> usize {
    SIZE_CLASSES[size_class(size)]
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::mark::Liveness;
    use value::Value;

    unsafe fn trace_nothing(_cell: *mut Header, _tracer: &mut Tracer<'_>) {}
    pub(crate) unsafe fn drop_nothing(_cell: *mut Header) {}

    /// In a Cell, because the test sets it while the heap holds a pointer to it.
    pub(crate) struct OneRoot(pub(crate) std::cell::Cell<Option<Value>>);
    impl RootSource for OneRoot {
        fn trace_roots(&mut self, tracer: &mut Tracer<'_>, _top: *const u64) {
            if let Some(value) = self.0.get() {
                tracer.value(value);
            }
        }
        fn after_mark(&mut self, _live: &Liveness<'_>) {}
        fn memory_is_short(&mut self) {}
    }

    pub(crate) fn cell(heap: &mut Heap, size: usize) -> Value {
        let cell = heap.allocate(size).expect("memory");
        // SAFETY: just allocated, at least 16 bytes.
        unsafe {
            cell.write(Header::new(0, Kind::Object));
            Value::from_cell(cell)
        }
    }

    #[test]
    fn the_unreachable_is_freed_and_reused() {
        let mut heap = Heap::new(Hooks { trace: trace_nothing, drop: drop_nothing });
        let kept = cell(&mut heap, 48);
        let lost = cell(&mut heap, 48);
        let large = cell(&mut heap, 100_000);
        let mut roots = OneRoot(Some(kept).into());
        // SAFETY: `roots` lives to the end of the test.
        unsafe { heap.set_roots(&mut roots) };
        heap.collect();
        heap.finish_sweep();
        assert_eq!(heap.cell_at(kept.bits() as usize + 20), kept.as_cell());
        assert_eq!(heap.cell_at(lost.bits() as usize), None);
        assert_eq!(heap.cell_at(large.bits() as usize), None);
        assert_eq!(cell(&mut heap, 40), lost);
    }

    #[test]
    fn stress_collects_at_each_allocation() {
        let mut heap = Heap::new(Hooks { trace: trace_nothing, drop: drop_nothing });
        let mut roots = OneRoot(None.into());
        // SAFETY: as above.
        unsafe { heap.set_roots(&mut roots) };
        heap.set_stress(1);
        let first = cell(&mut heap, 32);
        roots.0.set(Some(first));
        for _ in 0..10 {
            assert_ne!(cell(&mut heap, 32), first);
        }
        assert_eq!(roots.0.get(), Some(first));
        assert!(heap.stats().count >= 10);
    }

    /// Keeps everything, and counts how often memory was short.
    struct Hoard(Vec<Value>, usize);
    impl RootSource for Hoard {
        fn trace_roots(&mut self, tracer: &mut Tracer<'_>, _top: *const u64) {
            tracer.values(&self.0);
        }
        fn after_mark(&mut self, _live: &Liveness<'_>) {}
        fn memory_is_short(&mut self) {
            self.1 += 1;
        }
    }

    #[test]
    fn at_the_limit_collections_come_first_and_the_reserve_last() {
        let mut heap = Heap::new(Hooks { trace: trace_nothing, drop: drop_nothing });
        let mut roots = Hoard(Vec::new(), 0);
        // SAFETY: as above.
        unsafe { heap.set_roots(&mut roots) };
        heap.set_limit(16 * BLOCK_SIZE);
        for _ in 0..100_000 {
            cell(&mut heap, 64);
        }
        assert_eq!(roots.1, 0, "garbage makes room");
        while heap.allocate(64).is_some_and(|cell| {
            // SAFETY: just allocated.
            unsafe {
                cell.write(Header::new(0, Kind::Object));
                roots.0.push(Value::from_cell(cell));
            }
            true
        }) {}
        assert!(roots.1 > 0, "the source is told before the reserve ends");
        assert!(heap.stats().heap_bytes <= 24 * BLOCK_SIZE);
        roots.0.clear();
        cell(&mut heap, 4096);
        assert!(heap.stats().heap_bytes <= 16 * BLOCK_SIZE, "empty blocks serve other sizes");
    }

    #[test]
    fn a_limit_gives_none_instead_of_more_memory() {
        let mut heap = Heap::new(Hooks { trace: trace_nothing, drop: drop_nothing });
        heap.set_limit(BLOCK_SIZE);
        cell(&mut heap, 32);
        assert!(heap.allocate(1 << 20).is_none());
    }
}
