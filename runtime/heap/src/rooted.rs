//! Values that Rust code keeps in memory of its own: rooted by a list of the execution.
//!
//! The collector scans native stacks, so a `Value` in a local needs nothing. One in malloc memory is not found: it lies in a
//! `Rooted`, whose content is traced from when it is made until it is dropped. A list outlives neither its owner nor matters to
//! it: an execution that is given up takes its list along, and what its stack still owned is traced no more.

use crate::mark::Tracer;
use std::cell::{Cell, UnsafeCell};
use std::ops::Deref;
use std::ptr::NonNull;
use value::Value;

/// What the collector can look into.
pub trait Trace {
    /// Reports the values it holds.
    fn trace(&self, tracer: &mut Tracer<'_>);
}

impl Trace for Value {
    #[inline(always)]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.value(*self);
    }
}

impl<T: Trace> Trace for Option<T> {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.iter().for_each(|content| content.trace(tracer));
    }
}

impl<T: Trace> Trace for Vec<T> {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.iter().for_each(|content| content.trace(tracer));
    }
}

impl<A: Trace, B: Trace> Trace for (A, B) {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.0.trace(tracer);
        self.1.trace(tracer);
    }
}

macro_rules! no_values {
    ($($ty:ty)*) => { $(
        impl Trace for $ty {
            fn trace(&self, _tracer: &mut Tracer<'_>) {}
        }
    )* };
}
no_values! { bool u8 u32 u64 i32 i64 usize f64 String value::Symbol }

/// Neighbours in a list, and how the content behind them is traced.
struct Links {
    previous: Cell<*const Links>,
    next: Cell<*const Links>,
    trace: unsafe fn(*const Links, &mut Tracer<'_>),
}

impl Links {
    /// Takes it out of its list.
    ///
    /// # Safety
    /// Its neighbours are alive.
    unsafe fn unlink(&self) {
        // SAFETY: by the caller.
        unsafe {
            (*self.previous.get()).next.set(self.next.get());
            (*self.next.get()).previous.set(self.previous.get());
        }
        self.close();
    }

    /// Makes it its own neighbour.
    fn close(&self) {
        self.previous.set(self);
        self.next.set(self);
    }
}

#[repr(C)]
struct Node<T> {
    links: Links,
    content: UnsafeCell<T>,
}

/// # Safety
/// `links` are those of a `Node<T>`.
unsafe fn trace_node<T: Trace>(links: *const Links, tracer: &mut Tracer<'_>) {
    // SAFETY: by the caller. The collector runs inside a call of the VM, while no method of `Rooted` does.
    unsafe { (*(*links.cast::<Node<T>>()).content.get()).trace(tracer) }
}

/// # Safety
/// None: the head of a list has no content.
unsafe fn trace_nothing(_links: *const Links, _tracer: &mut Tracer<'_>) {}

/// What is rooted in one execution.
pub struct RootList(Box<Links>);

impl Default for RootList {
    fn default() -> RootList {
        let head = Box::new(Links { previous: Cell::new(std::ptr::null()), next: Cell::new(std::ptr::null()), trace: trace_nothing });
        head.close();
        RootList(head)
    }
}

impl RootList {
    /// Keeps `content` alive until the result is dropped.
    pub fn root<T: Trace + 'static>(&self, content: T) -> Rooted<T> {
        let node = Box::new(Node {
            links: Links { previous: Cell::new(&raw const *self.0), next: Cell::new(self.0.next.get()), trace: trace_node::<T> },
            content: UnsafeCell::new(content),
        });
        let node = NonNull::from(Box::leak(node));
        // SAFETY: the node is alive until `Rooted` drops it, its neighbours are in the list.
        unsafe {
            (*self.0.next.get()).previous.set(node.as_ptr().cast());
            self.0.next.set(node.as_ptr().cast());
        }
        Rooted { node }
    }

    /// A rooted copy of values.
    pub fn values(&self, values: &[Value]) -> RootedValues {
        self.root(values.to_vec())
    }

    /// Reports all that is rooted.
    pub fn trace(&self, tracer: &mut Tracer<'_>) {
        let head: *const Links = &raw const *self.0;
        let mut at = self.0.next.get();
        while at != head {
            // SAFETY: what is in the list is alive, and `trace` fits it (`root`).
            unsafe {
                ((*at).trace)(at, tracer);
                at = (*at).next.get();
            }
        }
    }
}

impl Drop for RootList {
    fn drop(&mut self) {
        let head: *const Links = &raw const *self.0;
        while self.0.next.get() != head {
            // SAFETY: what is in the list is alive; its owner, if it ever wakes up, finds it alone.
            unsafe { (*self.0.next.get()).unlink() };
        }
    }
}

/// Owner of content that the collector traces.
///
/// No method hands out a mutable reference into the content: it would be one the collector looks behind.
pub struct Rooted<T> {
    node: NonNull<Node<T>>,
}

/// A rooted list of values.
pub type RootedValues = Rooted<Vec<Value>>;

impl<T> Rooted<T> {
    /// Changes the content. `change` gets no VM: what it keeps of the content ends with it.
    #[inline(always)]
    pub fn update<R>(&mut self, change: impl FnOnce(&mut T) -> R) -> R {
        // SAFETY: the handle is borrowed mutably, so no shared reference from `deref` is left.
        change(unsafe { &mut *self.node.as_ref().content.get() })
    }
}

impl<T> Deref for Rooted<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: the node is alive; changes need `&mut self`.
        unsafe { &*self.node.as_ref().content.get() }
    }
}

impl<T> Drop for Rooted<T> {
    fn drop(&mut self) {
        // SAFETY: made by `Box::leak`, dropped once; its neighbours are alive or it is its own.
        unsafe {
            self.node.as_ref().links.unlink();
            drop(Box::from_raw(self.node.as_ptr()));
        }
    }
}

impl<T: Trace> Rooted<Vec<T>> {
    /// Appends.
    #[inline(always)]
    pub fn push(&mut self, value: T) {
        self.update(|list| list.push(value));
    }

    /// Removes and returns the last one.
    pub fn pop(&mut self) -> Option<T> {
        self.update(Vec::pop)
    }

    /// Puts one in front of `index`.
    pub fn insert(&mut self, index: usize, value: T) {
        self.update(|list| list.insert(index, value));
    }

    /// Removes and returns the one at `index`.
    pub fn remove(&mut self, index: usize) -> T {
        self.update(|list| list.remove(index))
    }

    /// Replaces the one at `index`.
    pub fn set(&mut self, index: usize, value: T) {
        self.update(|list| list[index] = value);
    }

    /// Appends all.
    pub fn extend(&mut self, values: impl IntoIterator<Item = T>) {
        self.update(|list| list.extend(values));
    }

    /// Shortens.
    pub fn truncate(&mut self, length: usize) {
        self.update(|list| list.truncate(length));
    }
}

#[cfg(test)]
mod tests {
    use super::RootList;
    use crate::alloc::{Heap, Hooks};
    use crate::mark::{Liveness, Tracer};
    use crate::roots::RootSource;
    use value::{Header, Kind, Value};

    unsafe fn trace_nothing(_cell: *mut Header, _tracer: &mut Tracer<'_>) {}
    unsafe fn drop_nothing(_cell: *mut Header) {}

    struct Only(RootList);

    impl RootSource for Only {
        fn trace_roots(&mut self, tracer: &mut Tracer<'_>, _top: *const u64) {
            self.0.trace(tracer);
        }
        fn after_mark(&mut self, _live: &Liveness<'_>) {}
        fn memory_is_short(&mut self) {}
    }

    fn object(heap: &mut Heap) -> Value {
        let cell = heap.allocate(32).expect("there is room");
        // SAFETY: the cell has room for a header, and the hooks of the test look at nothing else.
        unsafe {
            cell.write(Header::new(1, Kind::Object));
            Value::from_cell(cell)
        }
    }

    #[test]
    fn content_lives_as_long_as_its_owner() {
        let mut heap = Box::new(Heap::new(Hooks { trace: trace_nothing, drop: drop_nothing }));
        let mut roots = Only(RootList::default());
        // SAFETY: the roots outlive the heap's last allocation.
        unsafe { heap.set_roots(&raw mut roots) };
        let address = |value: Value| value.bits() as usize;
        let mut first = roots.0.values(&[]);
        let kept = object(&mut heap);
        first.push(kept);
        let second = roots.0.root(vec![(object(&mut heap), 1u32)]);
        let lost = object(&mut heap);
        heap.collect();
        heap.cell_counts();
        assert!(heap.value_at(address(first[0])).is_some());
        assert!(heap.value_at(address(second[0].0)).is_some());
        assert!(heap.value_at(address(lost)).is_none());
        let given_up = address(first[0]);
        drop(first);
        heap.collect();
        heap.cell_counts();
        assert!(heap.value_at(given_up).is_none());
        assert!(heap.value_at(address(second[0].0)).is_some());
    }

    #[test]
    fn a_list_may_go_before_what_is_in_it() {
        let list = RootList::default();
        let (a, mut b) = (list.values(&[Value::NIL]), list.values(&[]));
        drop(list);
        b.push(Value::TRUE);
        assert_eq!((a.len(), b.len()), (1, 1));
    }
}
