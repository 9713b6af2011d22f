//! Walking frames: the running one, its method-level environment, frame-local specials.

use crate::raise::Pending;
use crate::vm::Vm;
use abi::frame::{Frame, Registers};
use bytecode::{ENV_SLOT_LINE, ENV_SLOT_MATCH};
use objects::env::{self, EnvWords};
use value::{RResult, Raised, Value};

impl Vm {
    /// The innermost Ruby frame, if Ruby code runs.
    #[inline(always)]
    pub fn frame(&self) -> Option<Frame> {
        // SAFETY: `head.fp` is null or the innermost frame of this VM's stack.
        unsafe { Frame::at(self.head.fp) }
    }

    /// First free word above the innermost frame.
    pub(crate) fn stack_top(&self) -> Registers {
        match self.frame() {
            // SAFETY: stays inside the stack: frames end below its limit.
            Some(frame) => unsafe { frame.registers().add(frame.code().registers as usize) },
            None => self.stack.base(),
        }
    }

    /// The words of the environment of the method-level frame around `frame`; null when the
    /// functions need none.
    pub(crate) fn method_env(&self, frame: Frame) -> EnvWords {
        let mut words = frame.env();
        let mut depth = frame.code().function.method_depth;
        if depth > 0 && !frame.owns_env() {
            // The environment word is already the one around the frame.
            depth -= 1;
        }
        // SAFETY: each environment's parent word is 0 or another environment's words; forward words
        // are followed at each step.
        unsafe {
            while depth > 0 && !words.is_null() {
                let parent = *words.add(env::PARENT) as EnvWords;
                words = if parent.is_null() { parent } else { *parent as EnvWords };
                depth -= 1;
            }
        }
        words
    }

    /// To be asked before variables of a frame, or the block of its method, are looked at from outside of its code. Where
    /// machine code keeps some of them in registers, the call is given up: machine code leaves, and the interpreter makes the
    /// call again. So a native asks first and does everything else afterwards.
    pub fn look_at(&mut self, frame: Frame) -> RResult<()> {
        if !keeps_in_registers(frame) {
            return Ok(());
        }
        if self.frame() != Some(frame) {
            return Err(self.runtime_error("the variables of a frame that waits for another cannot be reached"));
        }
        self.pending = Pending::Rerun;
        Err(Raised)
    }

    /// As `look_at`, for a frame that may wait for others: its variables can be looked at next time.
    pub(crate) fn may_look_at(&mut self, frame: Frame) -> bool {
        let kept = keeps_in_registers(frame);
        if kept {
            self.keep_in_memory(frame);
        }
        !kept
    }

    /// Machine code made from now on keeps the variables that the frame and its block can name in memory.
    pub(crate) fn keep_in_memory(&mut self, frame: Frame) {
        let mut at = Some(frame.code());
        while let Some(code) = at {
            if code.function.env.is_some()
                && !code.looked_at.replace(true)
                && let Some(compiler) = &mut self.compiler
            {
                compiler.looked_at(code);
            }
            at = if code.function.kind.is_closure() { code.parent } else { None };
        }
        if let Some(record) = frame.block().record() {
            self.keep_in_memory(crate::send::read_record(record).1);
        }
    }

    /// The code that starts here has `$~` and `$_` of its own outside of methods.
    pub(crate) fn set_root(&mut self, body: objects::RProc) {
        let objects::ProcBody::Block { code, env, .. } = body.body() else { return };
        let mut words = env;
        for _ in 1..code.function.method_depth {
            if !words.is_null() {
                words = parent_env(words);
            }
        }
        self.root = crate::execution::RootSpecials { env: words, ..Default::default() };
    }

    /// Slot of the frame-local specials (`$~`, `$_`) for the innermost frame, when its method uses them.
    fn special_slot(&self, slot: u16) -> Option<*mut u64> {
        self.special_slot_of(Vm::specials_frame(self.frame()?)?, slot)
    }

    /// The frame whose `$~` and `$_` what runs in `frame` sets. Iterators of the prelude have none of their own: they work in
    /// the name of their caller, and so do their blocks, whoever calls those.
    fn specials_frame(mut frame: Frame) -> Option<Frame> {
        while !frame.code().function.specials && is_iterator_file(&frame.code().file) {
            let mut home = frame.code();
            while home.function.kind.is_closure() {
                home = home.parent?;
            }
            // A lazy enumerator's method has returned by now: then whoever takes the values is the caller.
            frame = match callers(frame).find(|at| at.code() == home) {
                Some(at) => at.caller()?,
                None => callers(frame).find(|at| !is_iterator_file(&at.code().file))?,
            };
        }
        Some(frame)
    }

    fn special_slot_of(&self, frame: Frame, slot: u16) -> Option<*mut u64> {
        if !frame.code().function.specials {
            return None;
        }
        let words = self.method_env(frame);
        if words == self.root.env && !words.is_null() {
            return self.root.values.get(slot as usize).map(|value| value.as_ptr().cast());
        }
        // SAFETY: functions with specials reserve the slots in the method-level environment; the
        // count is checked because eval may nest differently.
        unsafe {
            if words.is_null() || env::slot_count(*words.add(env::INFO)) <= slot as usize {
                return None;
            }
            Some(words.add(env::SLOTS + slot as usize))
        }
    }

    fn special(&self, slot: u16) -> Value {
        // SAFETY: the slot holds a value.
        self.special_slot(slot).and_then(|at| unsafe { Value::from_bits(*at) }).unwrap_or(Value::NIL)
    }

    fn set_special(&mut self, slot: u16, value: Value) {
        if let Some(at) = self.special_slot(slot) {
            // SAFETY: a slot of a live environment.
            unsafe { *at = value.bits() };
        }
    }

    /// `$~` of the innermost frame.
    pub fn last_match(&self) -> Value {
        self.special(ENV_SLOT_MATCH)
    }

    /// Sets `$~` of the innermost frame (nothing happens where no code could read it).
    pub fn set_last_match(&mut self, value: Value) {
        self.set_special(ENV_SLOT_MATCH, value);
    }

    /// Can code of the innermost frame read `$~`? Saves making a MatchData when not.
    pub fn wants_last_match(&self) -> bool {
        self.special_slot(ENV_SLOT_MATCH).is_some()
    }

    /// `$_` of the innermost frame.
    pub fn last_line(&self) -> Value {
        self.special(ENV_SLOT_LINE)
    }

    /// Sets `$_` of the frame that called the innermost one: for methods of the runtime written in Ruby.
    pub fn set_caller_last_line(&mut self, value: Value) {
        let caller = self.frame().and_then(|frame| frame.caller());
        if let Some(at) = caller.and_then(|caller| self.special_slot_of(caller, ENV_SLOT_LINE)) {
            // SAFETY: a slot of a live environment.
            unsafe { *at = value.bits() };
        }
    }

    /// Sets `$_` of the innermost frame.
    pub fn set_last_line(&mut self, value: Value) {
        self.set_special(ENV_SLOT_LINE, value);
    }

    /// The frame that owns the environment of this activation, if it still runs on this stack.
    pub(crate) fn frame_of_activation(&self, activation: u64) -> Option<Frame> {
        let mut frame = self.frame();
        while let Some(at) = frame {
            if at.activation() == Some(activation) {
                return Some(at);
            }
            frame = at.caller();
        }
        None
    }

    /// The innermost frame whose code is method-level or a body (not a block), from `frame` outwards
    /// along the lexical nesting.
    pub fn method_frame(&self, frame: Frame) -> Option<Frame> {
        if !frame.code().function.kind.is_closure() {
            return Some(frame);
        }
        let words = self.method_env(frame);
        if words.is_null() {
            return None;
        }
        // SAFETY: words of a live environment.
        self.frame_of_activation(env::activation(unsafe { *words.add(env::INFO) }))
    }

    /// The block that `yield` and `block_given?` mean in `frame`, asked by a native.
    pub fn given_block(&mut self, frame: Frame) -> RResult<objects::BlockWord> {
        if frame.code().function.kind.is_closure() {
            self.look_at(frame)?;
        }
        Ok(self.method_block(frame))
    }

    /// The block that `yield` means in `frame`.
    pub(crate) fn method_block(&self, frame: Frame) -> objects::BlockWord {
        if !frame.code().function.kind.is_closure() {
            return frame.block();
        }
        let words = self.method_env(frame);
        if words.is_null() {
            return objects::BlockWord::NONE;
        }
        // SAFETY: words of a live environment.
        objects::BlockWord(unsafe { *words.add(env::BLOCK) })
    }
}

/// A frame and those below it.
fn callers(frame: Frame) -> impl Iterator<Item = Frame> {
    std::iter::successors(Some(frame), |at| at.caller())
}

/// Is it a file of the prelude whose methods stand for natives that ask their elements, as `grep` does?
fn is_iterator_file(file: &str) -> bool {
    let name = file.strip_prefix("<internal:").and_then(|rest| rest.strip_suffix('>'));
    matches!(
        name,
        Some(
            "array"
                | "comparable"
                | "enumerable"
                | "enumerator"
                | "hash"
                | "integer_iterators"
                | "lazy"
                | "pathname"
                | "range"
                | "set"
                | "set_subclass"
                | "struct"
        )
    )
}

/// Does machine code keep variables in registers that the frame can name, or that the block of its method can?
fn keeps_in_registers(frame: Frame) -> bool {
    // The first instruction of a function opens its environment. Before it there are no variables.
    let unopened = frame.code().function.env.is_some() && frame.pc() > 0 && !frame.owns_env();
    unopened || kept_by_block(frame.block()) || kept_around(frame.env())
}

fn kept_around(words: EnvWords) -> bool {
    if words.is_null() {
        return false;
    }
    // SAFETY: words of a live environment, or those that stand for one that was not made.
    let (info, block) = unsafe { (*words.add(env::INFO), objects::BlockWord(*words.add(env::BLOCK))) };
    env::in_registers(info) || !env::in_heap(info) && kept_by_block(block) || kept_around(parent_env(words))
}

fn kept_by_block(block: objects::BlockWord) -> bool {
    block.record().is_some_and(|record| keeps_in_registers(crate::send::read_record(record).1))
}

/// Number of environments from `words` outwards.
pub(crate) fn env_depth(words: EnvWords) -> u16 {
    let mut depth = 0;
    let mut at = words;
    while !at.is_null() {
        depth += 1;
        at = parent_env(at);
    }
    depth
}

/// The environment around, forwarded; null at the outermost.
pub(crate) fn parent_env(words: EnvWords) -> EnvWords {
    // SAFETY: words of a live environment, whose parent word is 0 or another live one's.
    unsafe {
        let parent = *words.add(env::PARENT) as EnvWords;
        if parent.is_null() { parent } else { *parent as EnvWords }
    }
}

/// Puts an environment around the outermost one from `words` on.
pub(crate) fn set_outermost_parent(words: EnvWords, parent: EnvWords) {
    let mut at = words;
    while !at.is_null() {
        let next = parent_env(at);
        if next.is_null() {
            // SAFETY: words of a live heap environment; a parent in the heap is traced.
            unsafe { *at.add(env::PARENT) = parent as u64 };
        }
        at = next;
    }
}

/// The heap environment at `words`, if it lies in the heap.
pub(crate) fn heap_env(words: EnvWords) -> Option<objects::REnv> {
    // SAFETY: words of a live environment.
    unsafe { env::in_heap(*words.add(env::INFO)).then(|| objects::REnv::from_words(words)) }
}

/// Fills the surroundings of a new heap environment.
pub(crate) fn link_env(made: objects::REnv, parent: EnvWords, receiver: Value, method: Option<objects::MethodRef>) {
    let words = made.words();
    // SAFETY: words of a live environment; a parent in the heap outlives it by being traced.
    unsafe {
        *words.add(env::PARENT) = parent as u64;
        *words.add(env::SELF) = receiver.bits();
        *words.add(env::METHOD) = method.map_or(0, objects::MethodRef::word);
        if !parent.is_null() {
            *words.add(env::BLOCK) = *parent.add(env::BLOCK);
        }
    }
}

/// Is it the environment around an isolated Proc, whose variables no text may name?
pub(crate) fn is_isolated_env(words: EnvWords) -> bool {
    heap_env(words).and_then(|env| env.value().header().map(value::Header::is_frozen)).unwrap_or(false)
}

impl Vm {
    /// The value in a slot of the environment `depth` steps out from `words`; nil when there is none.
    pub fn env_slot(&self, words: EnvWords, depth: usize, slot: u16) -> Value {
        let mut at = words;
        for _ in 0..depth {
            at = if at.is_null() { at } else { parent_env(at) };
        }
        let env = if at.is_null() { None } else { heap_env(at) };
        env.and_then(|env| env.slot(usize::from(slot))).unwrap_or(Value::NIL)
    }
}
