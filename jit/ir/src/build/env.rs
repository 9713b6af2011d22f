//! Environments: captured variables as values, or in memory.

use super::{Bailout, Builder, CtxBlock, Stop};
use crate::ops::Op as Ir;
use crate::types::Type;
use crate::unit::{EnvMode, ExitKind, Outer, ValueId};
use abi::frame;
use bytecode::ENV_HEADER;
use objects::env;

/// Where an environment is.
enum Place {
    /// Of the active frame at this level.
    Own(usize),
    /// At these words (already forwarded).
    Words(ValueId),
}

impl Builder<'_> {
    fn env_word(&mut self, address: ValueId, word: usize) -> ValueId {
        self.value(Ir::LoadRaw, &[address], 8 * word as u64, 0, None, Type::RAW)
    }

    /// The environment `depth` hops outwards from the innermost frame's environment word.
    fn env_place(&mut self, depth: u16) -> Result<Place, Stop> {
        let mut level = self.level();
        let mut left = depth;
        loop {
            if self.stack[level].code.function.env.is_some() {
                if left == 0 {
                    return Ok(Place::Own(level));
                }
                left -= 1;
            }
            match self.stack[level].home {
                Some(home) => level = home,
                None => break,
            }
        }
        let mut words = match self.stack[level].outer {
            Some(Outer::Home(home)) => {
                let around = self.value(Ir::LoadRaw, &[home], (frame::ENV * 8) as u64, 0, None, Type::RAW);
                self.env_word(around, env::FORWARD)
            }
            Some(Outer::Env(words)) => self.value(Ir::Address, &[], words, 0, None, Type::RAW),
            None => self.around_root()?,
        };
        for _ in 0..left {
            let parent = self.env_word(words, env::PARENT);
            words = self.env_word(parent, env::FORWARD);
        }
        Ok(Place::Words(words))
    }

    /// Words of the environment around the root frame.
    fn around_root(&mut self) -> Result<ValueId, Stop> {
        let root = &self.stack[0];
        if !root.code.function.kind.is_closure() {
            return Err(Bailout::Malformed.into());
        }
        let opened = matches!(root.env, EnvMode::Memory | EnvMode::Opened);
        let around = if let (true, Some(layout)) = (opened, root.code.function.env) {
            let own = self.value(Ir::FrameAddress, &[], u64::from(layout.base), 0, None, Type::RAW);
            self.env_word(own, env::PARENT)
        } else {
            self.value(Ir::LoadFrameRaw, &[], frame::ENV as u64, 0, None, Type::RAW)
        };
        Ok(self.value(Ir::LoadRaw, &[around], 0, 0, None, Type::RAW))
    }

    /// Address of the words of an active frame's environment in memory.
    fn own_words(&mut self, level: usize) -> Result<ValueId, Stop> {
        let ctx = &self.stack[level];
        let layout = ctx.code.function.env.ok_or(Bailout::Malformed)?;
        let at = u64::from(ctx.offset) + u64::from(layout.base);
        let own = self.value(Ir::FrameAddress, &[], at, 0, None, Type::RAW);
        Ok(self.env_word(own, env::FORWARD))
    }

    /// The block word that the method's environment notes, so many hops outwards. The method's frame may be one of the unit, whose header
    /// lies in memory.
    pub(super) fn block_of_environment(&mut self, hops: u16) -> Result<ValueId, Stop> {
        match self.env_place(hops)? {
            Place::Own(level) => {
                let word = i64::from(self.stack[level].offset) + frame::BLOCK as i64;
                Ok(self.value(Ir::LoadFrameRaw, &[], word as u64, 0, None, Type::RAW))
            }
            Place::Words(words) => Ok(self.env_word(words, env::BLOCK)),
        }
    }

    pub(super) fn get_env(&mut self, dst: u16, depth: u16, slot: u16) -> Result<(), Stop> {
        let value = match self.env_place(depth)? {
            Place::Own(level) if self.stack[level].env != EnvMode::Memory => {
                let register = self.slot_register(level, slot)?;
                self.state.frames[level].regs[register].ok_or(Bailout::NoValue)?
            }
            Place::Own(level) => {
                let words = self.own_words(level)?;
                self.load_slot(words, slot)
            }
            Place::Words(words) => self.load_slot(words, slot),
        };
        self.set_reg(dst, value);
        Ok(())
    }

    fn load_slot(&mut self, words: ValueId, slot: u16) -> ValueId {
        let offset = 8 * (env::SLOTS + usize::from(slot)) as u64;
        self.value(Ir::Load, &[words], offset, 0, None, Type::ANY)
    }

    fn slot_register(&self, level: usize, slot: u16) -> Result<usize, Stop> {
        let layout = self.stack[level].code.function.env.ok_or(Bailout::Malformed)?;
        Ok(usize::from(layout.base + ENV_HEADER + slot))
    }

    pub(super) fn set_env(&mut self, depth: u16, slot: u16, src: u16) -> Result<(), Stop> {
        let value = self.reg(src)?;
        let words = match self.env_place(depth)? {
            Place::Own(level) if self.stack[level].env != EnvMode::Memory => {
                let register = self.slot_register(level, slot)?;
                self.state.frames[level].regs[register] = Some(value);
                return Ok(());
            }
            Place::Own(level) => self.own_words(level)?,
            Place::Words(words) => words,
        };
        let word = self.word(value);
        let offset = 8 * (env::SLOTS + usize::from(slot)) as u64;
        self.effect(Ir::Store, &[words, word], offset, 0, None);
        Ok(())
    }

    /// The environment's registers hold what machine code does not name.
    fn forget_in_memory(&mut self, registers: &[u16]) {
        let Some(vars) = self.state.frames.last_mut() else { return };
        for &register in registers {
            vars.regs[usize::from(register)] = None;
            vars.mem[usize::from(register)] = None;
        }
    }

    pub(super) fn enter_env(&mut self, pc: u32, base: u16, slots: u16) -> Result<(), Stop> {
        let level = self.level();
        if self.stack[level].env == EnvMode::Memory {
            let exit = self.exit(pc, ExitKind::Quiet, "environment")?;
            self.effect(Ir::OpenEnv, &[], 0, 0, Some(exit));
            let registers: Vec<u16> = (base..base + ENV_HEADER + slots).collect();
            self.forget_in_memory(&registers);
        } else {
            let nil = self.nil();
            for slot in 0..slots {
                self.set_reg(base + ENV_HEADER + slot, nil);
            }
        }
        self.stack[level].env_open = true;
        Ok(())
    }

    /// The environments of the frame at `level` and of those around it may be looked at: they must lie
    /// in memory. Starts another round when they do not.
    pub(super) fn needs_memory(&mut self, level: usize) {
        let ctx = &self.stack[level];
        let (home, block) = (ctx.home, ctx.block);
        if matches!(ctx.env, EnvMode::Virtual | EnvMode::Opened) && self.memo.memory_env.insert(ctx.path) {
            self.memo.changed = true;
        }
        // Homes are below their blocks, so this ends. A frame's environment leads to its block.
        if let Some(home) = home {
            self.needs_memory(home);
        }
        if let CtxBlock::Record { home, .. } = block {
            self.needs_memory(home);
        }
    }
}
