//! Collections: when, how far, and what follows the marking.
//!
//! Marks are sticky: a cell that survives stays marked, and is old. A *minor* collection looks at the roots, at old cells that
//! changed and at what is young; a *major* one clears all marks first.

use crate::alloc::Heap;
use crate::block::Block;
use crate::mark::{Liveness, Tracer};
use crate::roots::{RootSource, clear_stack_below, with_spilled_registers};
use std::time::Instant;
use value::{BLOCK_SIZE, Header};

/// Bytes allocated between two collections: the more the more there is to look at, within what is marked in a few milliseconds.
const NURSERY_MIN: usize = 4 << 20;
/// See `NURSERY_MIN`.
const NURSERY_MAX: usize = 32 << 20;
/// Bytes by which what lives may grow before a major collection, at least.
const GROWTH_MIN: usize = 8 << 20;
/// Bytes that may be allocated outside of the heap before one, at least.
const OUTSIDE_MIN: usize = 64 << 20;
/// Under stress every so many collections one is major.
const STRESS_MAJOR: usize = 4;

/// How far a collection goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extent {
    /// Young cells only.
    Minor,
    /// All cells.
    Major,
}

/// Why a collection was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// Somebody asked for it.
    Asked,
    /// So many allocations were made, under stress.
    Stress,
    /// Enough young bytes were allocated.
    Young,
    /// What lives had grown.
    Growth,
    /// Much memory outside of the heap was allocated.
    Outside,
}

/// What decides when to collect.
#[derive(Default)]
pub(crate) struct Pace {
    /// Bytes allocated since the last collection, those outside of the heap included.
    young: usize,
    /// Bytes allocated outside of the heap since the last major collection, and before.
    outside: usize,
    outside_before: u64,
    /// Bytes live after the last collection, in cells and outside.
    live: usize,
    /// The same after the last major one.
    live_major: usize,
    collections: usize,
    no_major: bool,
}

impl Pace {
    /// Notes memory allocated on behalf of a cell.
    #[inline(always)]
    pub(crate) fn note_outside(&mut self, bytes: usize) {
        self.young += bytes;
        self.outside += bytes;
    }

    /// Notes that such memory was given back.
    pub(crate) fn forget_outside(&mut self, bytes: usize) {
        self.young = self.young.saturating_sub(bytes);
        self.outside = self.outside.saturating_sub(bytes);
    }

    /// Notes cells that are handed out.
    pub(crate) fn note_cells(&mut self, bytes: usize) {
        self.young += bytes;
    }

    /// Bytes allocated since the last collection.
    pub(crate) fn since_collection(&self) -> usize {
        self.young
    }

    /// Bytes allocated outside of the heap so far, without those given back at once.
    pub(crate) fn outside_total(&self) -> u64 {
        self.outside_before + self.outside as u64
    }

    /// Brings the next collection nearer.
    pub(crate) fn at_least(&mut self, bytes: usize) {
        self.young = self.young.max(bytes);
    }

    /// Is it time to collect?
    pub(crate) fn is_due(&self) -> bool {
        self.young > (self.live / 4).clamp(NURSERY_MIN, NURSERY_MAX)
    }

    /// How far the next collection goes, and why.
    pub(crate) fn extent(&self) -> (Extent, Cause) {
        if self.no_major {
            (Extent::Minor, Cause::Young)
        } else if self.live.saturating_sub(self.live_major) > self.live_major.max(GROWTH_MIN) {
            (Extent::Major, Cause::Growth)
        } else if self.outside > OUTSIDE_MIN.max(2 * self.live_major) {
            (Extent::Major, Cause::Outside)
        } else {
            (Extent::Minor, Cause::Young)
        }
    }

    /// The same where every few allocations collect.
    pub(crate) fn stress_extent(&self) -> (Extent, Cause) {
        (if self.collections.is_multiple_of(STRESS_MAJOR) { Extent::Major } else { Extent::Minor }, Cause::Stress)
    }

    fn collected(&mut self, extent: Extent, live: usize) {
        self.young = 0;
        self.live = live;
        self.collections += 1;
        if extent == Extent::Major {
            self.live_major = live;
            self.outside_before += self.outside as u64;
            self.outside = 0;
        }
    }
}

impl Heap {
    /// Collects everything now, unless collections are off or there are no roots.
    pub fn collect(&mut self) {
        self.collect_extent(Extent::Major);
    }

    /// Collects now, as far as is said.
    pub fn collect_extent(&mut self, extent: Extent) {
        self.collect_for((extent, Cause::Asked));
    }

    /// May collections be major ones that nobody asked for? Returns what was so before.
    pub fn allow_major(&mut self, allowed: bool) -> bool {
        !std::mem::replace(&mut self.pace.no_major, !allowed)
    }

    /// May collections be major ones that nobody asked for?
    pub fn allows_major(&self) -> bool {
        !self.pace.no_major
    }

    #[inline(never)]
    pub(crate) fn collect_for(&mut self, (extent, cause): (Extent, Cause)) {
        if self.disabled || self.collecting {
            return;
        }
        self.stats.last = Some((extent, cause));
        // What the collector's own frames hold, and what earlier calls left in them, is no root.
        with_spilled_registers(&mut |top| self.collect_above(top, extent));
        clear_stack_below();
    }

    #[inline(never)]
    fn collect_above(&mut self, top: *const u64, extent: Extent) {
        let Some(roots) = self.roots else { return };
        self.collecting = true;
        let start = Instant::now();
        self.finish_sweep();
        if extent == Extent::Major {
            self.forget_marks();
        }
        let outside = self.mark(roots, top, extent);
        self.stats.live_outside = outside + if extent == Extent::Minor { self.stats.live_outside } else { 0 };
        // SAFETY: set_roots promises that the source lives.
        unsafe { (*roots).after_mark(&Liveness { heap: self }) };
        self.tell_external();
        if self.verified {
            self.verify(roots);
        }
        self.release_large();
        self.open_blocks(extent);
        let nanoseconds = start.elapsed().as_nanos() as u64;
        self.stats.count += 1;
        self.stats.time_ns += nanoseconds;
        if extent == Extent::Minor {
            self.stats.minor_count += 1;
            self.stats.minor_time_ns += nanoseconds;
        }
        self.pace.collected(extent, self.stats.live_bytes + self.stats.live_outside);
        self.collecting = false;
    }

    /// Everything counts as young again.
    fn forget_marks(&mut self) {
        for block in self.all_blocks().collect::<Vec<_>>() {
            // SAFETY: allocated blocks, no other reference to their heads.
            unsafe { (*block).clear_marks() };
        }
        self.remembered.clear();
        self.unguarded.clear();
    }

    /// Marks what lives; returns the bytes that newly marked cells keep outside of the heap.
    fn mark(&mut self, roots: *mut dyn RootSource, top: *const u64, extent: Extent) -> usize {
        let mut tracer = Tracer::new(self);
        if extent == Extent::Minor {
            tracer.look_again();
        }
        // SAFETY: set_roots promises that the source lives; the collector runs on the VM's thread
        // under its lock, and the source only reads what it reports.
        unsafe { (*roots).trace_roots(&mut tracer, top) };
        tracer.drain();
        loop {
            let shapes = tracer.take_shapes();
            if shapes.is_empty() {
                return tracer.outside_bytes();
            }
            // SAFETY: as above.
            unsafe { (*roots).trace_shapes(&mut tracer, &shapes) };
            tracer.drain();
        }
    }

    /// Counts what lives, and has the blocks swept in which something may have died. After a minor collection these are the ones
    /// that cells were taken from since the last, which the search for free cells has been through.
    fn open_blocks(&mut self, extent: Extent) {
        let mut grown = 0;
        for class in &mut self.classes {
            match extent {
                Extent::Major => class.open.clone_from(&class.blocks),
                Extent::Minor => {
                    let mut place = 0;
                    let done = class.block;
                    class.open.retain(|&block| {
                        place += 1;
                        // SAFETY: allocated blocks.
                        place > done || unsafe { (*block).has_young() }
                    });
                }
            }
            for &block in &class.open {
                // SAFETY: allocated blocks, no other reference to their heads.
                unsafe {
                    if extent == Extent::Major || (*block).has_young() {
                        grown += (*block).count_live();
                        (*block).request_sweep();
                    }
                }
            }
        }
        self.close_runs();
        // SAFETY: as above.
        let large: usize = self.large.values().map(|&block| unsafe { (*block).bytes() }).sum();
        self.stats.live_cells = self.stats.live_cells.saturating_add_signed(grown);
        self.stats.live_bytes = self.stats.live_cells + large;
    }

    /// After marking, before anything is freed.
    fn verify(&mut self, roots: *mut dyn RootSource) {
        let mut marked = Vec::new();
        for block in self.all_blocks() {
            // SAFETY: allocated blocks; cells below cell_count start with a header.
            unsafe {
                let cells = (0..(*block).cell_count()).map(|index| (*block).cell(index));
                marked.extend(cells.filter(|&cell| (*block).is_marked(cell)));
            }
        }
        // SAFETY: set_roots promises that the source lives.
        Tracer::check_all(self, &marked, unsafe { &mut *roots });
        let fault = self.external.as_ref().and_then(|external| external.fault_of(&|cell| self.cell_at(cell as usize) == Some(cell.cast_mut())));
        assert!(fault.is_none(), "--gc=verify: {}", fault.unwrap_or_default());
    }

    fn tell_external(&mut self) {
        if let Some(mut external) = self.external.take() {
            // SAFETY: the external space asks for cells it knows, which were live until now.
            external.after_mark(&|cell| unsafe { (*Block::of(cell)).is_marked(cell) });
            self.external = Some(external);
        }
    }

    /// Sweeps every block that waits for it (before marking, and before walking all objects).
    pub fn finish_sweep(&mut self) {
        for block in self.classes.iter().flat_map(|class| class.open.iter().copied()).collect::<Vec<_>>() {
            // SAFETY: allocated blocks, no other reference to their heads.
            unsafe {
                if (*block).needs_sweep() {
                    self.stats.freed_cells += (*block).sweep(self.hooks().drop, self.verified) / (*block).cell_size();
                }
            }
        }
    }

    fn release_large(&mut self) {
        let drop_cell = self.hooks().drop;
        // SAFETY: allocated blocks; an unmarked large cell is unreachable.
        let is_dead = |block: &*mut Block| unsafe { !(**block).is_marked((**block).cell(0)) };
        let dead: Vec<usize> = self.large.iter().filter(|(_, block)| is_dead(block)).map(|(&address, _)| address).collect();
        for address in dead {
            let block = self.large.remove(&address).expect("listed above");
            self.index.remove(&(address / BLOCK_SIZE));
            // SAFETY: as above; nothing refers to the block after its removal from the tables.
            unsafe {
                self.stats.heap_bytes -= (*block).bytes();
                (*block).sweep(drop_cell, false);
                self.stats.freed_cells += 1;
                Block::free(block);
            }
        }
    }

    /// Number of old cells that changed since the last collection.
    pub fn remembered_cells(&self) -> usize {
        self.remembered.len()
    }

    /// Takes the list of old cells that a minor collection looks at again.
    pub(crate) fn take_remembered(&mut self) -> Vec<*mut Header> {
        let mut cells = std::mem::take(&mut self.remembered);
        cells.append(&mut self.unguarded);
        cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alloc::Hooks;
    use crate::alloc::tests::{OneRoot, cell, drop_nothing};
    use crate::barrier::write_barrier;
    use value::Value;

    unsafe fn trace_slot(cell: *mut Header, tracer: &mut Tracer<'_>) {
        // SAFETY: the cells of these tests have a word behind the header, 0 or a cell's address.
        let value = unsafe { Value::from_bits(*cell.cast::<u64>().add(2)) };
        if let Some(value) = value {
            tracer.value(value);
        }
    }

    /// Has the cell refer to `to`.
    fn link(holder: Value, to: u64) {
        // SAFETY: a cell of 48 bytes.
        unsafe { *(holder.bits() as *mut u64).add(2) = to };
    }

    fn linked(heap: &mut Heap, to: u64) -> Value {
        let value = cell(heap, 48);
        link(value, to);
        value
    }

    unsafe fn trace_unguarded(cell: *mut Header, tracer: &mut Tracer<'_>) {
        tracer.unguarded();
        // SAFETY: as the caller grants.
        unsafe { trace_slot(cell, tracer) };
    }

    fn slot_heap(trace: unsafe fn(*mut Header, &mut Tracer<'_>)) -> Heap {
        let mut heap = Heap::new(Hooks { trace, drop: drop_nothing });
        heap.set_verified(true);
        heap
    }

    fn is_free(heap: &mut Heap, value: Value) -> bool {
        heap.finish_sweep();
        heap.cell_at(value.bits() as usize).is_none()
    }

    #[test]
    #[should_panic(expected = "--gc=verify: Object")]
    fn verification_finds_a_reference_to_a_freed_cell() {
        let mut heap = slot_heap(trace_slot);
        let lost = linked(&mut heap, 0);
        let mut roots = OneRoot(None.into());
        // SAFETY: `roots` lives to the end of the test.
        unsafe { heap.set_roots(&mut roots) };
        heap.collect();
        heap.finish_sweep();
        let holder = linked(&mut heap, 0);
        assert_eq!(holder, lost, "the freed cell is used again");
        let other = linked(&mut heap, 0);
        roots.0.set(Some(holder));
        heap.collect();
        heap.finish_sweep();
        link(holder, other.bits());
        heap.collect();
    }

    #[test]
    fn a_minor_collection_keeps_what_is_old_and_what_a_changed_old_cell_refers_to() {
        let mut heap = slot_heap(trace_slot);
        let (holder, alone) = (linked(&mut heap, 0), linked(&mut heap, 0));
        let mut roots = OneRoot(Some(holder).into());
        link(holder, alone.bits());
        // SAFETY: `roots` lives to the end of the test.
        unsafe { heap.set_roots(&mut roots) };
        heap.collect_extent(Extent::Minor);
        write_barrier(holder.header().expect("a cell"));
        let (young, lost) = (linked(&mut heap, 0), linked(&mut heap, 0));
        link(holder, young.bits());
        assert_eq!(heap.remembered_cells(), 1);
        heap.collect_extent(Extent::Minor);
        assert_eq!(heap.remembered_cells(), 0);
        assert!(!is_free(&mut heap, young), "reached through the remembered cell");
        assert!(!is_free(&mut heap, alone), "old ones stay until a major collection");
        assert!(is_free(&mut heap, lost));
        heap.collect_extent(Extent::Major);
        assert!(is_free(&mut heap, alone));
        assert_eq!((heap.stats().minor_count, heap.stats().count), (2, 3));
        assert_eq!(heap.stats().live_bytes, 96);
    }

    #[test]
    #[should_panic(expected = "a cell that was not marked")]
    fn verification_finds_a_store_without_barrier() {
        let mut heap = slot_heap(trace_slot);
        let holder = linked(&mut heap, 0);
        let mut roots = OneRoot(Some(holder).into());
        // SAFETY: `roots` lives to the end of the test.
        unsafe { heap.set_roots(&mut roots) };
        heap.collect();
        let young = linked(&mut heap, 0);
        link(holder, young.bits());
        heap.collect_extent(Extent::Minor);
    }

    #[test]
    fn unguarded_cells_are_looked_at_again_each_time() {
        let mut heap = slot_heap(trace_unguarded);
        let holder = linked(&mut heap, 0);
        let mut roots = OneRoot(Some(holder).into());
        // SAFETY: `roots` lives to the end of the test.
        unsafe { heap.set_roots(&mut roots) };
        heap.collect();
        for _ in 0..3 {
            let young = linked(&mut heap, 0);
            link(holder, young.bits());
            heap.collect_extent(Extent::Minor);
            assert!(!is_free(&mut heap, young));
        }
    }

    #[test]
    fn growth_and_outside_memory_bring_a_major_collection() {
        let mut pace = Pace::default();
        assert_eq!(pace.extent(), (Extent::Minor, Cause::Young));
        pace.collected(Extent::Minor, GROWTH_MIN + 1);
        assert_eq!(pace.extent(), (Extent::Major, Cause::Growth));
        pace.collected(Extent::Major, GROWTH_MIN + 1);
        assert_eq!(pace.extent(), (Extent::Minor, Cause::Young));
        pace.note_outside(OUTSIDE_MIN + 1);
        assert!(pace.is_due());
        assert_eq!(pace.extent(), (Extent::Major, Cause::Outside));
        pace.no_major = true;
        assert_eq!(pace.extent(), (Extent::Minor, Cause::Young));
    }
}
