//! Frames on the VM stack.
//!
//! `fp` points to register 0. Words below it (`bytecode::FRAME_HEADER` of them):
//!
//! ```text
//! fp[-1] self     fp[-2] block word     fp[-3] method (MethodRef word or 0)
//! fp[-4] code     fp[-5] environment: the frame's own once opened, else the one around it, or 0
//! fp[-6] lexical scope (CrefRef word)   fp[-7] pc of the instruction that runs
//! fp[-8] link: fp of the calling frame | FrameFlags
//! ```
//! A caller lays its arguments out so that they become the callee's first registers.

use objects::env::EnvWords;
use objects::{BlockWord, CodeRef, CrefRef, MethodRef};
use value::Value;

/// Address of a frame's register 0.
pub type Registers = *mut Value;

/// Word index of self.
pub const SELF: isize = -1;
/// Word index of the block.
pub const BLOCK: isize = -2;
/// Word index of the method.
pub const METHOD: isize = -3;
/// Word index of the code.
pub const CODE: isize = -4;
/// Word index of the environment.
pub const ENV: isize = -5;
/// Word index of the lexical scope.
pub const CREF: isize = -6;
/// Word index of the pc.
pub const PC: isize = -7;
/// Word index of the link.
pub const LINK: isize = -8;

const _: () = assert!(LINK == -(bytecode::FRAME_HEADER as isize));
const _: () = assert!(SELF == bytecode::CALL_SELF as isize - bytecode::FRAME_HEADER as isize);
const _: () = assert!(BLOCK == bytecode::CALL_BLOCK as isize - bytecode::FRAME_HEADER as isize);

/// Flags in the low bits of the link word.
pub struct FrameFlags;

impl FrameFlags {
    /// Called from native code: returning ends the interpreter's run.
    pub const ENTRY: u64 = 1;
    /// Body of a lambda: takes `return` and checks its arguments.
    pub const LAMBDA: u64 = 2;
    /// `initialize` called by `new`: the caller gets self instead of the result.
    pub const CONSTRUCTOR: u64 = 4;
    /// All flags.
    pub const MASK: u64 = 7;
}

/// A frame, for everything outside the interpreter's hot paths.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Frame(Registers);

impl Frame {
    /// The frame at `fp`; None for null.
    ///
    /// # Safety
    /// `fp` is null or the register 0 of a frame that stays on the VM stack while the view is used.
    #[inline(always)]
    pub unsafe fn at(fp: Registers) -> Option<Frame> {
        (!fp.is_null()).then_some(Frame(fp))
    }

    /// Register 0.
    #[inline(always)]
    pub fn registers(self) -> Registers {
        self.0
    }

    #[inline(always)]
    fn word(self, index: isize) -> u64 {
        // SAFETY: header words of a live frame (`at`).
        unsafe { *self.0.cast::<u64>().offset(index) }
    }

    #[inline(always)]
    fn set_word(self, index: isize, word: u64) {
        // SAFETY: as above.
        unsafe { *self.0.cast::<u64>().offset(index) = word }
    }

    /// self
    #[inline(always)]
    pub fn receiver(self) -> Value {
        // SAFETY: the word is a Value from the time the frame was pushed.
        unsafe { Value::from_bits(self.word(SELF)).unwrap_or(Value::NIL) }
    }

    /// Changes self (instance_eval).
    pub fn set_receiver(self, value: Value) {
        self.set_word(SELF, value.bits());
    }

    /// The block the frame was given.
    #[inline(always)]
    pub fn block(self) -> BlockWord {
        BlockWord(self.word(BLOCK))
    }

    /// Replaces the block word (a record became a Proc).
    pub fn set_block(self, block: BlockWord) {
        self.set_word(BLOCK, block.0);
    }

    /// The method that was called, if any: it may be an alias.
    #[inline(always)]
    pub fn called_method(self) -> Option<MethodRef> {
        // SAFETY: the word is 0 or a MethodRef's.
        unsafe { MethodRef::from_word(self.word(METHOD)) }
    }

    /// The method that runs, if any: aliases are followed.
    #[inline]
    pub fn method(self) -> Option<MethodRef> {
        self.called_method().map(MethodRef::resolved)
    }

    /// The code that runs.
    #[inline(always)]
    pub fn code(self) -> CodeRef {
        // SAFETY: every frame has a code.
        unsafe { CodeRef::from_word(self.word(CODE)) }
    }

    /// The environment after following its forward word; null when there is none.
    #[inline(always)]
    pub fn env(self) -> EnvWords {
        let words = self.word(ENV) as EnvWords;
        // SAFETY: a non-zero word is the address of an environment's words; word 0 forwards.
        if words.is_null() { words } else { unsafe { *words as EnvWords } }
    }

    /// Does the frame have an environment of its own (opened by now)?
    pub fn owns_env(self) -> bool {
        self.code().function.env.is_some_and(|layout| {
            // SAFETY: the environment's registers belong to the frame.
            let own = unsafe { self.0.add(layout.base as usize) } as u64;
            self.word(ENV) == own
        })
    }

    /// Activation id when the frame owns an environment.
    pub fn activation(self) -> Option<u64> {
        // SAFETY: an owned environment has its info word.
        self.owns_env().then(|| objects::env::activation(unsafe { *self.env().add(objects::env::INFO) }))
    }

    /// Lexical scope.
    #[inline(always)]
    pub fn cref(self) -> CrefRef {
        // SAFETY: every frame has a lexical scope.
        unsafe { CrefRef::from_word(self.word(CREF)) }
    }

    /// Replaces the lexical scope.
    pub fn set_cref(self, cref: CrefRef) {
        self.set_word(CREF, cref.word());
    }

    /// Index of the running instruction.
    pub fn pc(self) -> u32 {
        self.code().pc_of(self.word(PC) as *const u16)
    }

    /// Address of the running instruction.
    #[inline(always)]
    pub fn pc_address(self) -> *const u16 {
        self.word(PC) as *const u16
    }

    /// Notes the running instruction.
    #[inline(always)]
    pub fn set_pc_address(self, pc: *const u16) {
        self.set_word(PC, pc as u64);
    }

    /// Flags.
    #[inline(always)]
    pub fn flags(self) -> u64 {
        self.word(LINK) & FrameFlags::MASK
    }

    /// The calling frame, across native calls too.
    #[inline(always)]
    pub fn caller(self) -> Option<Frame> {
        let fp = (self.word(LINK) & !FrameFlags::MASK) as Registers;
        (!fp.is_null()).then_some(Frame(fp))
    }

    /// Line that runs.
    pub fn line(self) -> i32 {
        self.code().function.line_at(self.pc())
    }
}

/// The words of the frames that a unit of machine code has on the stack, for whoever writes back what it kept in registers.
pub struct FrameWords {
    root: *mut u64,
}

impl FrameWords {
    /// Words are counted from `root`.
    ///
    /// # Safety
    /// It is the register 0 of a unit's running frame. Only words of the frames that the unit has room for are named later, and only
    /// addresses of live frames and environments.
    pub unsafe fn new(root: Registers) -> FrameWords {
        FrameWords { root: root.cast() }
    }

    /// A word.
    pub fn get(&self, word: isize) -> u64 {
        // SAFETY: by the contract of `new`.
        unsafe { *self.root.offset(word) }
    }

    /// Sets a word.
    pub fn set(&mut self, word: isize, value: u64) {
        // SAFETY: by the contract of `new`.
        unsafe { *self.root.offset(word) = value }
    }

    /// Address of a word.
    pub fn address(&self, word: isize) -> u64 {
        self.root.wrapping_offset(word) as u64
    }

    /// Word of the frame or environment at an address.
    pub fn load(&self, address: u64, word: isize) -> u64 {
        // SAFETY: by the contract of `new`.
        unsafe { *(address as *const u64).offset(word) }
    }
}
