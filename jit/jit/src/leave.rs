//! Leaving a unit: frames that existed in the state of the exit only get their headers, and environments that were values are made. Machine code
//! has stored the values before: registers, the receivers of inlined frames, and where a block's home is no frame of the unit, the home in
//! place of the environment.

use abi::frame::{self, FrameWords};
use ir::unit::{FrameInfo, Outer};
use ir::{EnvMode, Exit, FrameBlock, FrameId};
use objects::{BlockWord, env};

/// Writes the frames of a state.
pub(crate) struct Leaving<'a> {
    frames: &'a [FrameInfo],
    exit: &'a Exit,
    words: &'a mut FrameWords,
    activation: &'a mut u64,
    /// Environments around blocks whose homes are no frames of the unit.
    outside: Vec<(usize, u64)>,
}

/// Writes the frames of the state of `exit`; the word of the innermost one.
pub(crate) fn write_back(frames: &[FrameInfo], exit: &Exit, words: &mut FrameWords, activation: &mut u64) -> isize {
    let mut leaving = Leaving { frames, exit, words, activation, outside: Vec::new() };
    leaving.find_environments_outside();
    for at in &exit.frames {
        leaving.write_frame(at.frame, at.pc, at.env_open);
    }
    exit.frames.last().map_or(0, |at| frames[at.frame.index()].offset as isize)
}

impl Leaving<'_> {
    fn set(&mut self, info: &FrameInfo, word: isize, value: u64) {
        self.words.set(info.offset as isize + word, value);
    }

    fn get(&self, info: &FrameInfo, word: isize) -> u64 {
        self.words.get(info.offset as isize + word)
    }

    fn root(&self, word: isize) -> u64 {
        self.words.get(word)
    }

    fn find_environments_outside(&mut self) {
        for at in &self.exit.frames {
            let info = &self.frames[at.frame.index()];
            if let Some(Outer::Home(_)) = info.outer {
                let home = self.get(info, frame::ENV);
                let around = self.words.load(home, frame::ENV);
                let words = self.words.load(around, env::FORWARD as isize);
                self.outside.push((at.frame.index(), words));
            }
        }
    }

    fn write_frame(&mut self, id: FrameId, pc: u32, env_open: bool) {
        let info = &self.frames[id.index()];
        self.set(info, frame::PC, info.code.start as u64 + 2 * u64::from(pc));
        if let Some(parent) = info.parent {
            self.write_header(id, parent, env_open);
        }
        if env_open && info.env == EnvMode::Virtual {
            self.make_env(id);
        }
        if info.env == EnvMode::Opened {
            // The slots are in memory again.
            let base = info.code.function.env.map_or(0, |layout| layout.base) as isize;
            let word = self.get(info, base + env::INFO as isize);
            self.set(info, base + env::INFO as isize, word & !env::IN_REGISTERS);
        }
    }

    /// All of a header but `self`, which is there.
    fn write_header(&mut self, id: FrameId, parent: FrameId, env_open: bool) {
        let info = &self.frames[id.index()];
        let block = self.block_of(info);
        self.set(info, frame::BLOCK, block);
        let (method, cref) = self.method_of(info);
        self.set(info, frame::METHOD, method);
        self.set(info, frame::CREF, cref);
        self.set(info, frame::CODE, info.code.word());
        let env = if env_open && info.env == EnvMode::Memory { self.own_env(info) } else { self.env_around(id) };
        self.set(info, frame::ENV, env);
        let caller = self.words.address(self.frames[parent.index()].offset as isize);
        self.set(info, frame::LINK, caller | info.flags);
    }

    fn method_of(&self, info: &FrameInfo) -> (u64, u64) {
        match info.method {
            Some(around) => (around.method_word(), around.cref.word()),
            None => (self.root(frame::METHOD), self.root(frame::CREF)),
        }
    }

    /// The block word; the record of a literal block is written on the way.
    fn block_of(&mut self, info: &FrameInfo) -> u64 {
        match info.block {
            FrameBlock::Root => self.root(frame::BLOCK),
            FrameBlock::None => BlockWord::NONE.0,
            FrameBlock::Record { home, code, register } => {
                let home = self.frames[home.index()].offset as isize;
                let record = home + register as isize;
                self.words.set(record, code.word());
                self.words.set(record + 1, self.words.address(home));
                self.words.address(record) | BlockWord::RECORD_TAG
            }
        }
    }

    fn own_env(&self, info: &FrameInfo) -> u64 {
        let base = info.code.function.env.map_or(0, |layout| layout.base);
        self.words.address(info.offset as isize + base as isize)
    }

    fn is_open(&self, id: FrameId) -> bool {
        self.exit.frames.iter().any(|at| at.frame == id && at.env_open)
    }

    /// The environment that closures of a frame get, forwarded; 0 for none.
    fn env_for_closures(&self, id: FrameId) -> u64 {
        let info = &self.frames[id.index()];
        match info.env {
            EnvMode::Virtual if self.is_open(id) => self.own_env(info),
            EnvMode::Memory | EnvMode::Opened if self.is_open(id) => self.words.load(self.own_env(info), env::FORWARD as isize),
            _ => self.env_around(id),
        }
    }

    /// The environment around a frame, forwarded; 0 for none.
    fn env_around(&self, id: FrameId) -> u64 {
        let info = &self.frames[id.index()];
        if let Some(home) = info.home {
            return self.env_for_closures(home);
        }
        match info.outer {
            Some(Outer::Home(_)) => return self.outside.iter().find(|found| found.0 == id.index()).map_or(0, |found| found.1),
            Some(Outer::Env(words)) => return words,
            None => {}
        }
        if info.parent.is_some() || !info.code.function.kind.is_closure() {
            return 0;
        }
        let opened = matches!(info.env, EnvMode::Memory | EnvMode::Opened) && self.is_open(FrameId(0));
        let around = if opened { self.words.load(self.own_env(info), env::PARENT as isize) } else { self.root(frame::ENV) };
        self.words.load(around, env::FORWARD as isize)
    }

    /// Makes the environment of a frame in its registers, whose slots are there.
    fn make_env(&mut self, id: FrameId) {
        let info = &self.frames[id.index()];
        let Some(layout) = info.code.function.env else { return };
        let base = layout.base as isize;
        let own = self.own_env(info);
        let is_root_closure = info.parent.is_none() && info.code.function.kind.is_closure();
        let parent = if is_root_closure { self.root(frame::ENV) } else { self.env_around(id) };
        *self.activation += 1;
        let flags = if info.parent.is_none() { self.root(frame::LINK) } else { info.flags };
        let block = self.block_of(info);
        let words = [
            (env::FORWARD, own),
            (env::PARENT, parent),
            (env::SELF, self.get(info, frame::SELF)),
            (env::BLOCK, block),
            (env::METHOD, self.method_of(info).0),
            (env::INFO, env::info(*self.activation, layout.slots, flags & env::IS_LAMBDA)),
        ];
        for (word, value) in words {
            self.set(info, base + word as isize, value);
        }
        self.set(info, frame::ENV, own);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytecode::{EnvLayout, Function};
    use ir::ExitKind;
    use ir::unit::ExitFrame;
    use objects::{Code, CodeRef};
    use std::sync::Arc;
    use value::Symbol;

    /// Code with an environment of one slot from register 2 on.
    fn code() -> CodeRef {
        // In a heap that nobody collects.
        let heap = Box::leak(Box::new(heap::Heap::new(objects::kinds::HOOKS)));
        let function = Function { registers: 12, env: Some(EnvLayout { base: 2, slots: 1 }), ..Function::default() };
        let code = Code::new(1, Arc::new(function), Box::new([]), Box::new([]), None, Box::new([]), Symbol(0), None);
        CodeRef::allocate(heap, code).expect("memory")
    }

    fn frame(parent: Option<FrameId>, offset: u32, env: EnvMode) -> FrameInfo {
        let block = if parent.is_some() { FrameBlock::None } else { FrameBlock::Root };
        FrameInfo { parent, home: None, offset, code: code(), method: None, receiver: None, outer: None, block, env, flags: 0 }
    }

    /// Leaves with all of the frames; the words from `ROOT` on are those of the root.
    #[expect(unsafe_code, reason = "there is no stack here")]
    fn leave(frames: &[FrameInfo], words: &mut [u64]) -> isize {
        let at = |index: usize| ExitFrame { frame: FrameId(index as u32), pc: 3, registers: Vec::new(), env_open: true };
        let exit = Exit { frames: (0..frames.len()).map(at).collect(), kind: ExitKind::Quiet, reason: "test", handles: false };
        // SAFETY: the frames of the tests lie within the words.
        let mut words = unsafe { FrameWords::new(words.as_mut_ptr().add(ROOT).cast()) };
        write_back(frames, &exit, &mut words, &mut 40)
    }

    const ROOT: usize = 8;

    #[test]
    fn an_environment_that_was_values_is_made_in_its_registers() {
        let mut words = [0; 64];
        let place = |word: isize| (ROOT as isize + word) as usize;
        words[place(frame::SELF)] = 77;
        assert_eq!(leave(&[frame(None, 0, EnvMode::Virtual)], &mut words), 0);
        let own = words.as_ptr() as u64 + 8 * (ROOT as u64 + 2);
        assert_eq!((words[place(2)], words[place(4)], words[place(frame::ENV)]), (own, 77, own));
        assert_eq!(words[place(2 + env::INFO as isize)], env::info(41, 1, 0));
    }

    #[test]
    fn an_opened_environment_is_in_memory_again() {
        let mut words = [0; 64];
        let info = ROOT + 2 + env::INFO;
        words[info] = env::IN_REGISTERS | 5;
        leave(&[frame(None, 0, EnvMode::Opened)], &mut words);
        assert_eq!(words[info], 5);
    }

    #[test]
    fn an_inlined_frame_gets_its_header() {
        let mut words = [0; 64];
        let place = |word: isize| (ROOT as isize + 20 + word) as usize;
        words[place(frame::SELF)] = 9;
        let frames = [frame(None, 0, EnvMode::None), frame(Some(FrameId(0)), 20, EnvMode::None)];
        assert_eq!(leave(&frames, &mut words), 20);
        let root = words.as_ptr() as u64 + 8 * ROOT as u64;
        assert_eq!((words[place(frame::SELF)], words[place(frame::LINK)], words[place(frame::BLOCK)]), (9, root, BlockWord::NONE.0));
        assert_eq!((words[place(frame::CODE)], words[place(frame::ENV)]), (frames[1].code.word(), 0));
        assert_eq!(words[place(frame::PC)], frames[1].code.start as u64 + 6);
    }
}
