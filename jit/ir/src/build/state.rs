//! What the builder knows at a point: the value of every register of every frame, which of them the
//! frames in memory hold already, and facts about values and objects.

use crate::types::Kinds;
use crate::unit::ValueId;
use bytecode::Effects;
use objects::ShapeId;
use stdx::FastMap;

/// Registers of one frame.
#[derive(Clone, Default)]
pub(super) struct Vars {
    /// Value of each register; None when it is dead.
    pub regs: Vec<Option<ValueId>>,
    /// Value that the frame in memory holds, where known.
    pub mem: Vec<Option<ValueId>>,
}

impl Vars {
    /// Registers without values.
    pub fn new(registers: u32) -> Vars {
        Vars { regs: vec![None; registers as usize], mem: vec![None; registers as usize] }
    }
}

/// How much an Array is one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ArrayFact {
    /// Laid out as one, of whatever class.
    List,
    /// Of class Array itself, open or frozen.
    Plain,
}

/// Everything known at a point.
#[derive(Clone, Default)]
pub(super) struct State {
    /// Frames, root first.
    pub frames: Vec<Vars>,
    /// Narrower kinds than the values' types say. True for ever.
    pub kinds: FastMap<ValueId, Kinds>,
    /// Unboxed form of words. True for ever.
    pub unboxed: FastMap<ValueId, ValueId>,
    /// Words of unboxed Floats. True for ever.
    pub boxed: FastMap<ValueId, ValueId>,
    /// Shapes of objects, until something may change them.
    pub shapes: FastMap<ValueId, ShapeId>,
    /// Values known to be Arrays, until something may change the shapes of objects.
    pub arrays: FastMap<ValueId, ArrayFact>,
    /// Instance variables of objects, until something may write them.
    pub ivars: FastMap<(ValueId, u32), ValueId>,
    /// Elements of Arrays, from their making until any Array may change.
    pub lists: FastMap<ValueId, Vec<ValueId>>,
    /// Ends of Ranges that were made here, and whether the high one is left out. True for ever.
    pub ranges: FastMap<ValueId, (ValueId, ValueId, bool)>,
    /// How many frames, from the root on, have their headers in memory. A frame keeps its header until it ends: what is called lies
    /// behind it.
    pub shown: usize,
    /// Changes whenever memory was clobbered.
    pub epoch: u32,
}

impl State {
    /// Keeps the facts that hold in `other` too.
    pub fn meet_facts(&mut self, other: &State) {
        self.shown = self.shown.min(other.shown);
        self.kinds.retain(|value, kinds| match other.kinds.get(value) {
            Some(more) => {
                *kinds = kinds.join(*more);
                true
            }
            None => false,
        });
        self.unboxed.retain(|value, form| other.unboxed.get(value) == Some(form));
        self.boxed.retain(|value, form| other.boxed.get(value) == Some(form));
        self.shapes.retain(|value, shape| other.shapes.get(value) == Some(shape));
        self.arrays.retain(|value, fact| match other.arrays.get(value) {
            Some(more) => {
                *fact = (*fact).min(*more);
                true
            }
            None => false,
        });
        self.ivars.retain(|place, value| other.ivars.get(place) == Some(value));
        self.ranges.retain(|range, parts| other.ranges.get(range) == Some(parts));
        self.lists.retain(|list, elements| other.lists.get(list) == Some(elements));
    }

    /// Was memory clobbered since `epoch`?
    pub fn clobbers_since(&self, epoch: u32) -> bool {
        self.epoch != epoch
    }

    /// Forgets what an operation with these effects may have changed, short of running Ruby code; of instance variables those
    /// in slots that `touches` says.
    pub fn forget(&mut self, effects: Effects, touches: impl Fn(u32) -> bool) {
        if effects.has(Effects::writes_ivars) {
            self.ivars.retain(|&(_, slot), _| !touches(slot));
        }
        if effects.has(Effects::writes_arrays) {
            self.lists.clear();
        }
        if effects.has(Effects::writes_shapes) {
            self.shapes.clear();
            self.arrays.clear();
        }
    }

    /// Forgets everything about memory.
    pub fn clobber(&mut self, epoch: u32) {
        self.epoch = epoch;
        self.shapes.clear();
        self.arrays.clear();
        self.ivars.clear();
        self.lists.clear();
    }
}
