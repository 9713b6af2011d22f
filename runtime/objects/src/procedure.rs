//! Proc and lambda.

use crate::code::CodeRef;
use crate::env::EnvWords;
use crate::method::{CrefRef, MethodRef, NativeFunction};
use crate::shape::ShapeId;
use heap::{Heap, Tracer, write_barrier};
use std::cell::Cell;
use value::{Header, Kind, Symbol, Value};

/// What a Proc runs.
#[derive(Clone, Copy)]
pub enum ProcBody {
    /// A block of Ruby code with its captured surroundings. The environment lies in the heap; 0 when the
    /// code has none around it.
    Block { code: CodeRef, receiver: Value, env: EnvWords, cref: CrefRef, method: Option<MethodRef> },
    /// `&:name`, with the lexical scope of the call site when refinements are in force there.
    Symbol(Symbol, Option<CrefRef>),
    /// `method(:x).to_proc`: runs the method on the receiver.
    Method { receiver: Value, method: MethodRef },
    /// Native code with data (`curry`, `compose`, enumerators): called with `data` as receiver.
    Native { function: NativeFunction, data: Value, arity: i32 },
}

#[repr(C)]
struct ProcCell {
    header: Header,
    body: Cell<ProcBody>,
    is_lambda: Cell<bool>,
}

/// View of a Proc.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RProc(Value);

/// Allocates a Proc. None when memory is out.
pub fn allocate(heap: &mut Heap, shape: ShapeId, body: ProcBody, is_lambda: bool) -> Option<RProc> {
    let cell = heap.allocate(size_of::<ProcCell>())?;
    // SAFETY: the cell has room for a ProcCell.
    unsafe {
        cell.cast::<ProcCell>().write(ProcCell { header: Header::new(shape.0, Kind::Proc), body: Cell::new(body), is_lambda: Cell::new(is_lambda) });
        Some(RProc(Value::from_cell(cell)))
    }
}

impl RProc {
    /// The view of a value that is a Proc.
    #[inline(always)]
    pub fn new(value: Value) -> Option<RProc> {
        value.is_kind(Kind::Proc).then_some(RProc(value))
    }

    /// The value.
    pub fn value(self) -> Value {
        self.0
    }

    #[inline(always)]
    fn cell<'a>(self) -> &'a ProcCell {
        // SAFETY: a Proc cell, looked at within one function of this file.
        unsafe { &*(self.0.bits() as *const ProcCell) }
    }

    /// What it runs.
    #[inline(always)]
    pub fn body(self) -> ProcBody {
        self.cell().body.get()
    }

    /// `lambda?`
    #[inline(always)]
    pub fn is_lambda(self) -> bool {
        self.cell().is_lambda.get()
    }

    /// Makes a lambda of it (for `define_method` and `lambda(&blk)` of literal blocks).
    pub fn set_lambda(self, is_lambda: bool) {
        self.cell().is_lambda.set(is_lambda);
    }

    /// Replaces the body (copies of procs).
    pub fn set_body(self, body: ProcBody) {
        write_barrier(&self.cell().header);
        self.cell().body.set(body);
    }

    /// Passes the last Hash on as keywords, as all Procs of the same block do?
    pub fn is_ruby2_keywords(self) -> bool {
        matches!(self.body(), ProcBody::Block { code, .. } if code.ruby2_keywords.get())
    }
}

/// # Safety
/// `cell` is a live ProcCell.
pub(crate) unsafe fn trace_proc(cell: *mut Header, tracer: &mut Tracer<'_>) {
    // SAFETY: a Proc cell; the environment's words lie inside a cell.
    unsafe {
        match (*cell.cast::<ProcCell>()).body.get() {
            ProcBody::Block { code, receiver, env, cref, method } => {
                tracer.values(&[code.value(), receiver, cref.value()]);
                tracer.word(env as u64);
                if let Some(method) = method {
                    tracer.value(method.value());
                }
            }
            ProcBody::Symbol(_, cref) => {
                if let Some(cref) = cref {
                    tracer.value(cref.value());
                }
            }
            ProcBody::Method { receiver, method } => tracer.values(&[receiver, method.value()]),
            ProcBody::Native { data, .. } => tracer.value(data),
        }
    }
}
