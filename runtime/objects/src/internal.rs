//! Cells that Ruby never sees: a Rust value behind a header, for what the runtime itself is made of.
//!
//! Codes, methods, lexical scopes and links of refinements are such cells, so that the collector traces
//! them like objects and frees those that nothing leads to. References to them (`CodeRef` and its like)
//! are addresses of the content; on native stacks they are found as what they are, words that lead into a cell.
//! In memory of its own Rust code keeps them as it keeps Values: in something that is traced.

use crate::shape::ShapeId;
use heap::Heap;
use std::ptr::NonNull;
use value::{Header, Kind, Value};

/// Bytes of the cell before the content.
const CONTENT_OFFSET: usize = size_of::<Header>();

/// Makes a cell of `kind` with the content. None when memory is out. A collection may run before the content is in the cell: what
/// lies in its boxes has to be rooted by the caller.
pub(crate) fn allocate<T>(heap: &mut Heap, kind: Kind, content: T) -> Option<NonNull<T>> {
    const { assert!(align_of::<T>() <= 8) };
    let cell = heap.allocate(CONTENT_OFFSET + size_of::<T>())?;
    // SAFETY: the cell has room for the header and the content behind it, which may be aligned to 8.
    unsafe {
        cell.write(Header::new(ShapeId::NONE.0, kind));
        let place = cell.cast::<u8>().add(CONTENT_OFFSET).cast::<T>();
        place.write(content);
        Some(NonNull::new_unchecked(place))
    }
}

/// The cell around a content, as the Value that lists of roots take.
#[inline(always)]
pub(crate) fn value<T>(content: NonNull<T>) -> Value {
    // SAFETY: `allocate` put the content behind the header of a cell.
    unsafe { Value::from_cell(content.as_ptr().cast::<u8>().sub(CONTENT_OFFSET).cast()) }
}

/// The content of a cell.
///
/// # Safety
/// `cell` was made by `allocate` for a `T`.
pub(crate) unsafe fn content<T>(cell: *mut Header) -> *mut T {
    // SAFETY: by the caller.
    unsafe { cell.cast::<u8>().add(CONTENT_OFFSET).cast() }
}

/// Makes the reference type of an internal cell: an address of its content that is passed by value, stands in
/// frames as a word, and in lists of roots as a Value.
macro_rules! internal_reference {
    ($(#[$doc:meta])* $name:ident => $content:ident, $kind:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(transparent)]
        pub struct $name(std::ptr::NonNull<$content>);

        impl $name {
            /// Makes a cell of it. None when memory is out. What lies in boxes of the content has to be rooted meanwhile.
            pub fn allocate(heap: &mut heap::Heap, content: $content) -> Option<$name> {
                $crate::internal::allocate(heap, $kind, content).map($name)
            }

            /// The word that stands for it in frames and machine code.
            #[inline(always)]
            pub fn word(self) -> u64 {
                self.0.as_ptr() as u64
            }

            /// Its cell, for what is traced.
            #[inline(always)]
            pub fn value(self) -> value::Value {
                $crate::internal::value(self.0)
            }
        }

        impl heap::Trace for $name {
            fn trace(&self, tracer: &mut heap::Tracer<'_>) {
                tracer.value(self.value());
            }
        }

        impl std::ops::Deref for $name {
            type Target = $content;
            #[inline(always)]
            fn deref(&self) -> &$content {
                // SAFETY: whoever holds a reference keeps the cell alive: on a stack, or in something that is traced.
                unsafe { self.0.as_ref() }
            }
        }
    };
}
pub(crate) use internal_reference;
