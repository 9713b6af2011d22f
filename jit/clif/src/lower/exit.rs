//! What a state says about frames: values that are stored when the unit is left by it, and headers that are written when a call shows the
//! frames.

use super::{Lowering, trusted};
use ::ir::unit::{FrameInfo, Outer};
use ::ir::{EnvMode, Exit, ExitId, FrameBlock, FrameId, Inst, Repr};
use abi::helper::Helper;
use abi::{frame, offsets};
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{self, InstBuilder};
use objects::{BlockWord, env};

impl Lowering<'_, '_> {
    /// Stores into word `word` (signed) of the frame `info`.
    fn store_word(&mut self, info: &FrameInfo, word: i32, value: ir::Value) {
        let at = (info.offset as i32 + word) * 8;
        self.builder.ins().store(trusted(), value, self.fp, at);
    }

    fn root_word(&mut self, word: isize) -> ir::Value {
        self.builder.ins().load(I64, trusted(), self.fp, word as i32 * 8)
    }

    fn state(&self, exit: ExitId) -> &Exit {
        &self.unit.exits[exit.index()]
    }

    /// Makes the frames of an exit state visible to whoever walks frames; the outermost `shown` of them are, up to the pc of the last.
    pub(super) fn show_frames(&mut self, exit: ExitId, running: bool, shown: usize) {
        let state = self.state(exit).clone();
        self.write_headers(&state, shown);
        if running {
            let inner = self.inner_address(&state);
            self.builder.ins().store(trusted(), inner, self.vm, offsets::VM_FP);
        }
    }

    pub(super) fn inner_address(&mut self, state: &Exit) -> ir::Value {
        let inner = state.frames.last().expect("exit states have frames (verified)").frame;
        self.address_of(self.unit.frame(inner).offset)
    }

    /// Leaves by a side exit.
    pub(super) fn leave(&mut self, exit: ExitId) {
        self.hand_over(exit, Helper::Exit);
    }

    /// Leaves with something pending.
    pub(super) fn unwind(&mut self, exit: ExitId) {
        if self.state(exit).handles {
            self.hand_over(exit, Helper::Unwind);
        } else {
            let none = self.bits(0);
            self.builder.ins().return_(&[none]);
        }
    }

    /// Stores the values of an exit's state; the helper knows the rest of it by the exit's number (`Compiler::write_back`), so that an exit
    /// costs little code.
    fn hand_over(&mut self, exit: ExitId, helper: Helper) {
        let state = self.state(exit).clone();
        for at in &state.frames {
            let info = self.unit.frame(at.frame).clone();
            if let Some(receiver) = info.receiver {
                let receiver = self.get(receiver);
                self.store_word(&info, frame::SELF as i32, receiver);
            }
            // In place of the environment around the frame that it is the home of.
            if let Some(Outer::Home(home)) = info.outer {
                let home = self.get(home);
                self.store_word(&info, frame::ENV as i32, home);
            }
        }
        for at in &state.frames {
            let info = self.unit.frame(at.frame).clone();
            for &(register, value) in &at.registers {
                let word = match self.unit.ty(value).repr {
                    Repr::Double => {
                        let double = self.get(value);
                        self.boxed(double)
                    }
                    _ => self.get(value),
                };
                self.store_word(&info, i32::from(register), word);
            }
        }
        let (fp, number) = (self.fp, self.bits(self.environment.first_exit + u64::from(exit.0)));
        let result = self.call_helper(helper, &[fp, number]);
        self.builder.ins().return_(&[result]);
    }

    fn write_headers(&mut self, state: &Exit, shown: usize) {
        for (level, at) in state.frames.iter().enumerate().skip(shown.saturating_sub(1)) {
            let info = self.unit.frame(at.frame).clone();
            let pc = self.bits(info.code.start as u64 + 2 * u64::from(at.pc));
            self.store_word(&info, frame::PC as i32, pc);
            if info.parent.is_some() && level >= shown {
                self.write_header(state, &info, at.env_open);
            }
        }
    }

    pub(super) fn open_env(&mut self, inst: &Inst) {
        let state = self.state(inst.exit.expect("environments have states (verified)")).clone();
        let inner = state.frames.last().expect("exit states have frames (verified)").frame;
        let info = self.unit.frame(inner).clone();
        self.make_env(&state, &info);
        let Some(layout) = info.code.function.env else { return };
        let nil = self.bits(value::Value::NIL.bits());
        for slot in 0..i32::from(layout.slots) {
            self.store_word(&info, i32::from(layout.base) + env::SLOTS as i32 + slot, nil);
        }
    }

    fn write_header(&mut self, state: &Exit, info: &FrameInfo, env_open: bool) {
        let receiver = self.receiver_of(info);
        self.store_word(info, frame::SELF as i32, receiver);
        let block = self.block_of(info);
        self.store_word(info, frame::BLOCK as i32, block);
        let (method, cref) = self.method_of(info);
        self.store_word(info, frame::METHOD as i32, method);
        self.store_word(info, frame::CREF as i32, cref);
        let code = self.bits(info.code.word());
        self.store_word(info, frame::CODE as i32, code);
        let own = env_open && info.env == EnvMode::Memory;
        let env = if own { self.own_env_address(info) } else { self.env_around(state, info) };
        self.store_word(info, frame::ENV as i32, env);
        let parent = info.parent.map_or(0, |parent| self.unit.frame(parent).offset);
        let caller = self.address_of(parent);
        let link = if info.flags == 0 { caller } else { self.builder.ins().bor_imm_s(caller, info.flags as i64) };
        self.store_word(info, frame::LINK as i32, link);
    }

    fn receiver_of(&mut self, info: &FrameInfo) -> ir::Value {
        match info.receiver {
            Some(receiver) => self.get(receiver),
            None => self.root_word(frame::SELF),
        }
    }

    fn method_of(&mut self, info: &FrameInfo) -> (ir::Value, ir::Value) {
        match info.method {
            Some(around) => (self.bits(around.method_word()), self.bits(around.cref.word())),
            None => (self.root_word(frame::METHOD), self.root_word(frame::CREF)),
        }
    }

    /// The block word; the record of a literal block is written on the way.
    fn block_of(&mut self, info: &FrameInfo) -> ir::Value {
        match info.block {
            FrameBlock::Root => self.root_word(frame::BLOCK),
            FrameBlock::None => self.bits(BlockWord::NONE.0),
            FrameBlock::Record { home, code, register } => {
                let home = self.unit.frame(home).offset;
                self.write_record(home, code, register)
            }
        }
    }

    /// Writes a block record of the frame at `home` and gives its word.
    pub(super) fn write_record(&mut self, home: u32, code: objects::CodeRef, register: u16) -> ir::Value {
        let at = (home + u32::from(register)) as i32 * 8;
        let code = self.bits(code.word());
        self.builder.ins().store(trusted(), code, self.fp, at);
        let frame = self.address_of(home);
        self.builder.ins().store(trusted(), frame, self.fp, at + 8);
        let record = self.builder.ins().iadd_imm_s(self.fp, i64::from(at));
        self.builder.ins().bor_imm_s(record, BlockWord::RECORD_TAG as i64)
    }

    fn own_env_address(&mut self, info: &FrameInfo) -> ir::Value {
        let base = info.code.function.env.map_or(0, |layout| u32::from(layout.base));
        self.address_of(info.offset + base)
    }

    fn is_open(state: &Exit, frame: FrameId) -> bool {
        state.frames.iter().any(|at| at.frame == frame && at.env_open)
    }

    /// The environment that closures of frame `id` get, forwarded; 0 for none.
    fn env_for_closures(&mut self, state: &Exit, id: FrameId) -> ir::Value {
        let info = self.unit.frame(id).clone();
        let open = Self::is_open(state, id);
        match info.env {
            EnvMode::Virtual if open => self.bits(env::not_made()),
            EnvMode::Memory | EnvMode::Opened if open => {
                let own = self.own_env_address(&info);
                self.builder.ins().load(I64, trusted(), own, 8 * env::FORWARD as i32)
            }
            _ => self.env_around(state, &info),
        }
    }

    /// The environment around a frame, forwarded; 0 for none.
    fn env_around(&mut self, state: &Exit, info: &FrameInfo) -> ir::Value {
        if let Some(home) = info.home {
            return self.env_for_closures(state, home);
        }
        match info.outer {
            Some(Outer::Home(home)) => {
                let home = self.get(home);
                let around = self.builder.ins().load(I64, trusted(), home, frame::ENV as i32 * 8);
                return self.builder.ins().load(I64, trusted(), around, 8 * env::FORWARD as i32);
            }
            Some(Outer::Env(words)) => return self.bits(words),
            None => {}
        }
        if info.parent.is_some() || !info.code.function.kind.is_closure() {
            return self.bits(0);
        }
        let opened = matches!(info.env, EnvMode::Memory | EnvMode::Opened) && Self::is_open(state, FrameId(0));
        let around = if opened {
            let own = self.own_env_address(info);
            self.builder.ins().load(I64, trusted(), own, 8 * env::PARENT as i32)
        } else {
            self.root_word(frame::ENV)
        };
        self.builder.ins().load(I64, trusted(), around, 8 * env::FORWARD as i32)
    }

    /// Makes the environment of a frame in its registers, short of the slots.
    fn make_env(&mut self, state: &Exit, info: &FrameInfo) {
        let Some(layout) = info.code.function.env else { return };
        let base = i32::from(layout.base);
        let own = self.own_env_address(info);
        let parent =
            if info.parent.is_none() && info.code.function.kind.is_closure() { self.root_word(frame::ENV) } else { self.env_around(state, info) };
        self.store_word(info, base + env::FORWARD as i32, own);
        self.store_word(info, base + env::PARENT as i32, parent);
        let receiver = self.receiver_of(info);
        self.store_word(info, base + env::SELF as i32, receiver);
        let block = self.block_of(info);
        self.store_word(info, base + env::BLOCK as i32, block);
        let (method, _) = self.method_of(info);
        self.store_word(info, base + env::METHOD as i32, method);
        let activation = self.builder.ins().load(I64, trusted(), self.vm, offsets::VM_ACTIVATION);
        let activation = self.builder.ins().iadd_imm_s(activation, 1);
        self.builder.ins().store(trusted(), activation, self.vm, offsets::VM_ACTIVATION);
        let shifted = self.builder.ins().ishl_imm_s(activation, 18);
        let mut word = self.builder.ins().bor_imm_s(shifted, i64::from(layout.slots) << 2);
        if info.parent.is_none() {
            // The lambda flag of the link and of the environment are the same bit.
            let link = self.root_word(frame::LINK);
            let lambda = self.builder.ins().band_imm_s(link, env::IS_LAMBDA as i64);
            word = self.builder.ins().bor(word, lambda);
        } else if info.flags & env::IS_LAMBDA != 0 {
            word = self.builder.ins().bor_imm_s(word, env::IS_LAMBDA as i64);
        }
        self.store_word(info, base + env::INFO as i32, word);
        self.store_word(info, frame::ENV as i32, own);
    }
}

const _: () = assert!(env::IS_LAMBDA == abi::FrameFlags::LAMBDA);
