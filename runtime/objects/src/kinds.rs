//! The table of kinds: how each is traced and dropped.

use crate::shape::ShapeId;
use crate::{array, class, code, data, env, hash, method, number, object, procedure, range, string};
use heap::block::Block;
use heap::{Hooks, Tracer};
use value::{Header, Kind, Value};

/// The hooks for `heap::Heap::new`.
pub const HOOKS: Hooks = Hooks { trace, drop: release };

/// # Safety
/// `cell` is a live, initialised cell.
unsafe fn trace(cell: *mut Header, tracer: &mut Tracer<'_>) {
    // SAFETY: each function gets a cell of its kind.
    unsafe {
        let kind = layout(cell);
        let size = if kind == Kind::Object { (*Block::of(cell)).cell_size() } else { 0 };
        object::trace_slots(cell, size, tracer);
        let shape = ShapeId((*cell).shape());
        if shape.is_collectable() {
            tracer.shape(shape.0, shape.row());
        }
        match kind {
            Kind::Array => array::trace_array(cell, tracer),
            Kind::Hash => hash::trace_hash(cell, tracer),
            Kind::Range => range::trace_range(cell, tracer),
            Kind::Proc => procedure::trace_proc(cell, tracer),
            Kind::Class => class::trace_class(cell, tracer),
            Kind::Env => env::trace_env(cell, tracer),
            Kind::Data => data::trace_data(cell, tracer),
            Kind::Code => code::trace_code(cell, tracer),
            Kind::Method => method::trace_method(cell, tracer),
            Kind::Scope => method::trace_scope(cell, tracer),
            Kind::Refinements => method::trace_refinements(cell, tracer),
            // The native part stays while its state is given up: a lock knows who holds it.
            Kind::Ghost if Header::ghost_kind((*cell).flags()) == Kind::Data => data::trace_data(cell, tracer),
            Kind::String => string::trace_string(cell, tracer),
            Kind::Free | Kind::Object | Kind::Float | Kind::Bignum | Kind::Ghost | Kind::Moved => {}
        }
    }
}

/// The kind that says how a cell is laid out.
///
/// # Safety
/// `cell` is a live, initialised cell.
unsafe fn layout(cell: *mut Header) -> Kind {
    // SAFETY: as the caller grants.
    match unsafe { (*cell).kind() } {
        // SAFETY: as above.
        Kind::Moved => unsafe { Header::ghost_kind((*cell).flags()) },
        kind => kind,
    }
}

/// Gives up an object's content and its kind, as when it is moved to another Ractor.
pub fn hollow(object: Value) {
    empty(object);
    if let Some(view) = object::RObject::new(object) {
        view.clear_slots();
    }
    if let Some(header) = object.header().filter(|header| !matches!(header.kind(), Kind::Ghost | Kind::Moved)) {
        header.set_moved();
    }
}

/// Gives up an object's content, its variables included: it becomes an empty one of its kind. A ghost is empty.
pub fn empty(object: Value) {
    if object.header().is_none_or(|header| header.kind() == Kind::Ghost) {
        return;
    }
    if let Some(array) = array::RArray::new(object) {
        array.clear();
    } else if let Some(table) = hash::RHash::new(object) {
        table.clear();
        table.set_default(Value::NIL);
        table.set_identity(false);
    } else if let Some(text) = string::RString::new(object) {
        text.truncate(0);
    }
    if let Some(view) = object::RObject::new(object) {
        view.clear_slots();
    }
}

/// # Safety
/// `cell` is dead and dropped once.
unsafe fn release(cell: *mut Header) {
    // SAFETY: each function gets a cell of its kind.
    unsafe {
        object::drop_slots(cell);
        // A ghost's kind is kept beside its flags.
        let kind = match (*cell).kind() {
            Kind::Ghost | Kind::Moved => Header::ghost_kind((*cell).flags()),
            kind => kind,
        };
        match kind {
            Kind::Bignum => number::drop_bignum(cell),
            Kind::String => string::drop_string(cell),
            Kind::Array => array::drop_array(cell),
            Kind::Hash => hash::drop_hash(cell),
            Kind::Class => class::drop_class(cell),
            Kind::Data => data::drop_data(cell),
            Kind::Code => code::drop_code(cell),
            Kind::Refinements => method::drop_refinements(cell),
            Kind::Free
            | Kind::Object
            | Kind::Float
            | Kind::Range
            | Kind::Proc
            | Kind::Env
            | Kind::Method
            | Kind::Scope
            | Kind::Ghost
            | Kind::Moved => {}
        }
    }
}
