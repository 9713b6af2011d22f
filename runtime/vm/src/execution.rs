//! The part of the VM's state that each fiber, and so each thread, has its own of.
//!
//! Invariant: the running fiber's part stands in the VM itself; that of every other one in exactly one
//! `Execution`, so that the collector finds each stack once.

use crate::raise::Pending;
use crate::send::CallMode;
use crate::stack::{NativeStack, VmStack};
use crate::vm::Vm;
use abi::Registers;
use heap::{RootList, Tracer};
use objects::env::EnvWords;
use std::cell::Cell;
use std::mem::swap;
use value::{Symbol, Value};

/// `$~` and `$_` of the code around the block that a thread or fiber began with: it has its own of them, whatever the
/// method around the block does with its own.
pub struct RootSpecials {
    /// The environment of that method, which the block's Proc keeps alive; null in the main thread.
    pub env: EnvWords,
    /// In the order of the environment's slots.
    pub values: [Cell<Value>; 2],
}

impl Default for RootSpecials {
    fn default() -> RootSpecials {
        RootSpecials { env: std::ptr::null_mut(), values: [Cell::new(Value::NIL), Cell::new(Value::NIL)] }
    }
}

impl RootSpecials {
    pub(crate) fn trace(&self, tracer: &mut Tracer<'_>) {
        for value in &self.values {
            tracer.value(value.get());
        }
    }
}

/// State of a fiber that does not run.
pub(crate) struct Execution {
    pub stack: VmStack,
    pub native: NativeStack,
    pub fp: Registers,
    pub stack_limit: Registers,
    pub native_limit: usize,
    pub pending: Pending,
    pub errinfo: Value,
    pub recursion: Vec<(Symbol, Value, Value)>,
    pub catch_tags: Vec<Value>,
    pub stepping: Registers,
    pub taken_over: Registers,
    pub resume: Option<(Registers, bool)>,
    pub missing_mode: CallMode,
    pub eval_holder: Option<Value>,
    pub fiber: Value,
    pub yielder: crate::fiber::YielderPointer,
    /// `Thread#[]`: a Hash or nil.
    pub locals: Value,
    /// `Fiber[]`: a Hash or nil.
    pub storage: Value,
    pub root: RootSpecials,
    pub roots: RootList,
    /// Lowest native stack address in use while it does not run.
    pub top: *const u64,
}

impl Execution {
    /// For a fiber that has not started.
    pub(crate) fn new(stack: VmStack, native: NativeStack, fiber: Value, storage: Value) -> Execution {
        Execution {
            fp: std::ptr::null_mut(),
            stack_limit: stack.limit(),
            native_limit: native.limit(),
            stack,
            native,
            pending: Pending::None,
            errinfo: Value::NIL,
            recursion: Vec::new(),
            catch_tags: Vec::new(),
            stepping: std::ptr::null_mut(),
            taken_over: std::ptr::null_mut(),
            resume: None,
            missing_mode: CallMode::Any,
            eval_holder: None,
            fiber,
            yielder: std::ptr::null(),
            locals: Value::NIL,
            storage,
            root: RootSpecials::default(),
            roots: RootList::default(),
            top: std::ptr::null(),
        }
    }

    /// Without stacks: what stands in place of a state that is in the VM.
    pub(crate) fn empty() -> Execution {
        Execution::new(VmStack::none(), NativeStack::between(0, 0), Value::NIL, Value::NIL)
    }

    pub(crate) fn trace(&self, tracer: &mut Tracer<'_>) {
        self.pending.trace(tracer);
        for value in [self.errinfo, self.fiber, self.locals, self.storage] {
            tracer.value(value);
        }
        self.root.trace(tracer);
        self.roots.trace(tracer);
        tracer.values(&self.catch_tags);
        for &(_, a, b) in &self.recursion {
            tracer.value(a);
            tracer.value(b);
        }
        // It waits in a native or at a call whose arguments are bound.
        self.stack.trace(tracer, self.fp, std::ptr::null_mut());
        self.native.trace_from(tracer, self.top);
    }
}

impl Vm {
    /// Exchanges the running fiber's state with another one's.
    pub(crate) fn swap_execution(&mut self, other: &mut Execution) {
        swap(&mut self.stack, &mut other.stack);
        swap(&mut self.native, &mut other.native);
        swap(&mut self.head.fp, &mut other.fp);
        swap(&mut self.head.stack_limit, &mut other.stack_limit);
        swap(&mut self.head.native_limit, &mut other.native_limit);
        swap(&mut self.pending, &mut other.pending);
        swap(&mut self.errinfo, &mut other.errinfo);
        swap(&mut self.recursion, &mut other.recursion);
        swap(&mut self.catch_tags, &mut other.catch_tags);
        swap(&mut self.stepping, &mut other.stepping);
        swap(&mut self.taken_over, &mut other.taken_over);
        swap(&mut self.resume, &mut other.resume);
        swap(&mut self.missing_mode, &mut other.missing_mode);
        swap(&mut self.eval_holder, &mut other.eval_holder);
        swap(&mut self.fibers.current, &mut other.fiber);
        swap(&mut self.fibers.yielder, &mut other.yielder);
        swap(&mut self.locals, &mut other.locals);
        swap(&mut self.storage, &mut other.storage);
        swap(&mut self.root, &mut other.root);
        swap(&mut self.roots, &mut other.roots);
    }
}
