//! What a transaction sees of others: the set of what it read, for serializable ones, and the news of what others changed.
//!
//! Invariant: in a serializable session every object in memory that is not changed is a ghost when a transaction begins, so that reading
//! it loads it and notes its version. What is never a ghost counts as read.

use crate::space::Space;
use crate::transaction::ghostify;
use heap::RootedValues;
use stdx::FastMap;
use store::{Changes, Epoch, Oid};
use value::{Kind, Value};
use vm::Vm;

/// What others changed since the program asked last.
#[derive(Default)]
pub struct News {
    /// Objects that are in memory.
    objects: Vec<Value>,
    /// More may have changed than is known.
    is_partial: bool,
}

impl News {
    /// Reports the objects held.
    pub fn trace(&self, tracer: &mut heap::Tracer<'_>) {
        tracer.values(&self.objects);
    }
}

/// Begins or ends noting what others change.
pub fn follow(space: &Space, wanted: bool) {
    space.with(|state| match (wanted, &state.news) {
        (true, None) => state.news = Some(News::default()),
        (false, _) => state.news = None,
        _ => {}
    });
}

/// Notes what others changed, of which the objects at `words` are in memory.
pub fn note_changes(space: &Space, vm: &Vm, changes: &Changes, words: &[u64]) {
    space.with(|state| {
        let Some(news) = &mut state.news else { return };
        match changes {
            Changes::All => news.is_partial = true,
            Changes::Oids(_) => {
                let objects = words.iter().filter_map(|&word| vm.heap.value_at(word as usize));
                news.objects.extend(objects.filter(|&object| is_told_of(object)));
            }
        }
    });
}

/// Environments of Procs are no objects of the program.
fn is_told_of(object: Value) -> bool {
    object.header().is_some_and(|header| header.kind() != Kind::Env)
}

/// The objects that others changed, each once, and whether these are all. None when nothing was.
pub fn take_news(space: &Space, vm: &Vm) -> Option<(RootedValues, bool)> {
    let News { mut objects, is_partial } = space.with(|state| state.news.as_mut().map(std::mem::take))?;
    let mut seen = stdx::FastSet::default();
    objects.retain(|object| seen.insert(object.bits()));
    (is_partial || !objects.is_empty()).then_some((vm.roots.values(&objects), !is_partial))
}

/// From the next transaction on, what is read must not have changed when it is committed. Or that ends.
pub fn set_serializable(space: &Space, wanted: bool) {
    space.with(|state| state.reads = wanted.then(Default::default));
}

/// An object was loaded.
pub fn note_read(space: &Space, oid: Oid, epoch: Epoch) {
    space.with(|state| {
        if let Some(reads) = &mut state.reads {
            reads.entry(oid.0).or_insert(epoch);
        }
    });
}

/// A transaction begins: nothing is read yet.
pub fn begin(space: &Space, vm: &mut Vm) {
    let is_serializable = space.with(|state| {
        state.reads.iter_mut().for_each(FastMap::clear);
        state.reads.is_some()
    });
    if is_serializable {
        forget_content(space, vm);
    }
}

/// Plain objects that are not changed become ghosts.
pub fn forget_content(space: &Space, vm: &mut Vm) {
    let words: Vec<u64> = space.with(|state| state.by_cell.keys().copied().collect());
    for word in words {
        let Some(object) = vm.heap.value_at(word as usize) else { continue };
        let is_kept = space.with(|state| state.dirty.contains(object));
        let is_plain = !matches!(object.header().map(|header| header.kind()), Some(Kind::Class | Kind::Env | Kind::Proc | Kind::Ghost) | None);
        if is_plain && !is_kept && space.entry(object).is_some_and(|entry| entry.base.is_some()) {
            ghostify(space, vm, object);
        }
    }
}

/// What the commit depends on beside what it writes.
pub fn reads(space: &Space) -> Vec<(Oid, Epoch)> {
    space.with(|state| {
        let Some(reads) = &state.reads else { return Vec::new() };
        let variables = state.environments.keys().filter_map(|word| state.by_cell.get(word)).filter_map(|entry| Some((entry.oid, entry.base?)));
        reads.iter().map(|(&oid, &epoch)| (Oid(oid), epoch)).chain(variables).collect()
    })
}
