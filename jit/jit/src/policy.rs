//! When what is compiled, when again, and when no more.
//!
//! A unit is built and lowered on the thread that asks, made into machine code by the worker, and taken
//! into use at a safepoint. With a threshold, forced exits or dumps everything happens at once, so that
//! tests see the same each time.
//!
//! Exits have numbers in one sequence, and a unit has the number of its first, so that an exit finds its unit. A
//! unit stays in the table as long as its code lives (it may be on the stack), but an invalid one is no
//! longer entered: `code.entry` and the loop table forget it, and its valid byte is 0.

use crate::arena::Pages;
use crate::contained;
use crate::memory::{Lowered, Memory};
use crate::stats::Stats;
use crate::worker::Worker;
use crate::{Failing, Mode, Options, Tier, leave, report};
use abi::frame::FrameWords;
use abi::tier::{Compiler, MachineEntry, Runtime, TierRequest};
use clif::Environment;
use ir::unit::FrameInfo;
use ir::{Exit, ExitKind, Inst, Unit};
use objects::CodeRef;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Instant;
use stdx::{FastMap, FastSet};
use value::Symbol;

/// Calls and loop turns before compiling.
const CALLS: u32 = 60;
const TURNS: u32 = 800;
/// Entries and loop turns of a unit of the first tier before it is compiled for the second.
const HEAT: i32 = 4000;
/// The same once that was asked for.
const COLD: i32 = i32::MAX;
/// Times an exit is taken before its unit is compiled again.
const EXITS_MAX: u32 = 12;
/// Times a function or loop is compiled.
const COMPILATIONS_MAX: u32 = 12;
/// Bytes of machine code, in whole pages, before compiling stops.
const CODE_MAX: usize = 192 << 20;

/// Function, entry, and for loops the block that the frame was given.
type Key = (u32, u32, u32);

/// Number of a unit: that of its first exit.
pub(crate) type UnitNumber = u64;

/// No block.
const NO_BLOCK: u32 = u32::MAX;
/// Blocks that one loop of an iterator is compiled for.
const BLOCKS_MAX: u32 = 12;

/// A compiled unit.
struct Made {
    key: Key,
    code: CodeRef,
    entry_pc: u32,
    /// Boxed, because machine code has its address.
    valid: Box<AtomicU8>,
    /// Counted down by machine code of the first tier, where more work would help. Boxed as `valid`.
    heat: Option<Box<Cell<i32>>>,
    tier: Tier,
    exits: Vec<Exit>,
    frames: Vec<FrameInfo>,
    counts: Vec<u32>,
    label: String,
    inlined: usize,
    begun: Instant,
    /// Where its machine code lies.
    pages: Option<Pages>,
}

/// What is known about one function or loop.
#[derive(Default)]
struct Place {
    compilations: u32,
    given_up: bool,
    /// The unit in use, with its entry.
    used: Option<(UnitNumber, MachineEntry)>,
    /// A unit that is on its way.
    pending: Option<UnitNumber>,
}

impl Place {
    fn entry(&self) -> Option<MachineEntry> {
        self.used.map(|(_, entry)| entry)
    }
}

/// The compiler.
pub(crate) struct Policy {
    options: Options,
    memory: Memory,
    worker: Worker,
    units: BTreeMap<UnitNumber, Made>,
    places: FastMap<Key, Place>,
    generic: FastSet<(u32, u32)>,
    /// Instructions at which speculation failed, with the first unit that was made knowing so.
    failed: FastMap<(u32, u32), UnitNumber>,
    versions: FastMap<(u32, u32), u32>,
    by_method: FastMap<Symbol, Vec<UnitNumber>>,
    by_constant: FastMap<Symbol, Vec<UnitNumber>>,
    on_operators: Vec<UnitNumber>,
    next_exit: u64,
    guards: u32,
    bytes: usize,
    /// Memory for code was refused: nothing more is compiled.
    exhausted: bool,
    /// Compilations so far.
    begun: u32,
    /// With `--jit=stats`.
    stats: Option<Box<Stats>>,
}

impl Made {
    /// What dumps and traces call it.
    fn heading(&self) -> String {
        format!("{} @{}", self.label, self.entry_pc)
    }
}

impl Policy {
    pub fn new(options: Options) -> Option<Policy> {
        Some(Policy {
            stats: options.stats.then(|| Box::new(Stats::new())),
            options,
            memory: Memory::new()?,
            worker: Worker::default(),
            units: BTreeMap::new(),
            places: FastMap::default(),
            generic: FastSet::default(),
            failed: FastMap::default(),
            versions: FastMap::default(),
            by_method: FastMap::default(),
            by_constant: FastMap::default(),
            on_operators: Vec::new(),
            next_exit: 0,
            guards: 0,
            bytes: 0,
            exhausted: false,
            begun: 0,
        })
    }

    /// Loops of iterators are compiled for each block apart, up to a limit; then for any.
    fn key(&mut self, runtime: &dyn Runtime, code: CodeRef, request: TierRequest) -> Key {
        let TierRequest::Loop(pc) = request else { return (code.id, 0, NO_BLOCK) };
        if code.function.kind.is_closure() || self.generic.contains(&(code.id, pc)) {
            return (code.id, pc, NO_BLOCK);
        }
        let Some(outer) = runtime.outer_block() else { return (code.id, pc, NO_BLOCK) };
        let key = (code.id, pc, outer.code.id);
        if self.places.contains_key(&key) {
            return key;
        }
        let versions = self.versions.entry((code.id, pc)).or_default();
        *versions += 1;
        if *versions > BLOCKS_MAX {
            self.generic.insert((code.id, pc));
            return (code.id, pc, NO_BLOCK);
        }
        key
    }

    fn count(&mut self, note: impl FnOnce(&mut Stats)) {
        if let Some(stats) = &mut self.stats {
            note(stats);
        }
    }

    fn trace(&self, text: impl FnOnce() -> String) {
        if self.options.trace {
            report::line(&text());
        }
    }

    /// Compiles a function or loop.
    fn compile(&mut self, runtime: &mut dyn Runtime, code: CodeRef, entry_pc: u32, key: Key, tier: Tier) -> Option<MachineEntry> {
        let label = runtime.label(code);
        let wanted = self.options.only.as_ref().is_none_or(|only| label.contains(only.as_str()));
        let place = self.places.entry(key).or_default();
        place.compilations += 1;
        if place.given_up || place.compilations > COMPILATIONS_MAX || !wanted || self.exhausted || self.bytes > CODE_MAX {
            place.given_up = true;
            return None;
        }
        let begun = Instant::now();
        self.begun += 1;
        let failing = self.options.failing.filter(|_| self.begun % 2 == 1);
        let unit = match build(runtime, code, entry_pc, &self.generic, tier, failing) {
            Ok(Ok(unit)) => unit,
            Err(fault) => {
                place.given_up = true;
                self.count(Stats::bailed_out);
                self.trace(|| format!("bailout {label} @{entry_pc}: {fault}"));
                return None;
            }
            Ok(Err(bailout)) => {
                // What was never run may be worth compiling once it was.
                place.given_up = bailout != ir::Bailout::Cold;
                if !place.given_up && entry_pc == 0 {
                    code.calls.set(0);
                }
                let (name, sentence) = bailout.text();
                self.count(Stats::bailed_out);
                self.trace(|| format!("bailout {label} @{entry_pc}: {name}: {sentence}"));
                return None;
            }
        };
        if (cfg!(debug_assertions) || self.options.exit_every.is_some())
            && let Err(error) = ir::verify::verify(&unit)
        {
            report::dump("unit that does not verify", &ir::print::print(&unit));
            report::line(&format!("bailout {label} @{entry_pc}: {error}"));
            self.places.entry(key).or_default().given_up = true;
            return None;
        }
        if self.options.dump.ir {
            report::dump(&format!("ir {label} @{entry_pc}"), &ir::print::print(&unit));
        }
        self.emit(runtime, unit, label, begun, (key, tier), failing)
    }

    /// Lowers the unit, notes it, and has it compiled.
    fn emit(
        &mut self,
        runtime: &mut dyn Runtime,
        unit: Unit,
        label: String,
        begun: Instant,
        (key, tier): (Key, Tier),
        failing: Option<Failing>,
    ) -> Option<MachineEntry> {
        let valid = Box::new(AtomicU8::new(1));
        let improvable = tier == Tier::First && unit.reduced && self.options.only_tier.is_none();
        let heat = improvable.then(|| Box::new(Cell::new(HEAT)));
        let helpers = runtime.helpers();
        let run = |size: usize| runtime.allocation_run(size);
        let image = |literal: u64, chilled: bool| runtime.string_image(literal, chilled);
        let mut stats = self.stats.take();
        let mut counter = stats.as_mut().map(|stats| |inst: &Inst| stats.counter(&unit, inst, &label));
        let mut environment = Environment {
            helpers,
            valid: valid.as_ptr() as usize,
            heat: heat.as_ref().map(|heat| heat.as_ptr() as usize),
            first_exit: self.next_exit,
            exit_every: self.options.exit_every.unwrap_or(0),
            guards: self.guards,
            allocation_run: &run,
            string_image: &image,
            counter: counter.as_mut().map(|counter| counter as &mut dyn FnMut(&Inst) -> usize),
        };
        let dump = self.options.dump;
        let lowered = self.memory.lower(&unit, &mut environment, dump.clif, dump.asm, failing);
        self.guards = environment.guards;
        if let Some(stats) = &mut stats {
            stats.built(&unit, begun.elapsed());
        }
        self.stats = stats;
        let index = self.note(unit, (valid, heat), label, begun, (key, tier));
        let mut lowered = match lowered {
            Ok(lowered) => lowered,
            Err(error) => return self.failed(index, &error),
        };
        if let Some(text) = &lowered.clif {
            report::dump(&format!("clif {}", self.units[&index].heading()), text);
        }
        if self.options.in_background() {
            lowered = match self.worker.submit(index, lowered, self.memory.isa(), || runtime.waker()) {
                Ok(()) => return None,
                Err(unsent) => unsent,
            };
        }
        match lowered.compile(self.memory.isa()) {
            Ok(()) => self.install(index, lowered),
            Err(error) => self.failed(index, &error),
        }
    }

    /// Enters the unit into the tables; its number.
    fn note(
        &mut self,
        unit: Unit,
        (valid, heat): (Box<AtomicU8>, Option<Box<Cell<i32>>>),
        label: String,
        begun: Instant,
        (key, tier): (Key, Tier),
    ) -> UnitNumber {
        let index = self.next_exit;
        for (names, table) in [(&unit.dependencies.methods, &mut self.by_method), (&unit.dependencies.constants, &mut self.by_constant)] {
            for name in names {
                let list = table.entry(*name).or_default();
                if list.last() != Some(&index) {
                    list.push(index);
                }
            }
        }
        if unit.dependencies.operators {
            self.on_operators.push(index);
        }
        unit.code.keep_for_machine_code(unit.references());
        let count = unit.exits.len();
        let made = Made {
            key,
            code: unit.code,
            entry_pc: unit.entry_pc,
            valid,
            heat,
            tier,
            exits: unit.exits.into_iter().map(without_values).collect(),
            inlined: unit.frames.len() - 1,
            frames: unit.frames,
            counts: vec![0; count],
            label,
            begun,
            pages: None,
        };
        self.units.insert(index, made);
        // A unit without exits has a number of its own, too.
        self.next_exit += count.max(1) as u64;
        self.places.entry(key).or_default().pending = Some(index);
        index
    }

    fn failed(&mut self, index: UnitNumber, error: &str) -> Option<MachineEntry> {
        let unit = self.units.get(&index)?;
        let heading = unit.heading();
        let key = unit.key;
        self.count(Stats::bailed_out);
        self.trace(|| format!("bailout {heading}: machine code: {error}"));
        let place = self.places.entry(key).or_default();
        place.given_up = true;
        place.pending = None;
        None
    }

    /// Puts a compiled unit into memory and, if it still holds, into use.
    fn install(&mut self, index: UnitNumber, lowered: Lowered) -> Option<MachineEntry> {
        // Its code may have died while it was on its way.
        self.units.get(&index)?;
        let encode = lowered.time;
        let defined = match self.memory.define(lowered) {
            Ok(defined) => defined,
            Err(error) => {
                self.exhausted = true;
                return self.failed(index, &error);
            }
        };
        self.bytes += defined.pages.bytes();
        let unit = self.units.get_mut(&index)?;
        unit.pages = Some(defined.pages);
        let unit = &self.units[&index];
        if let Some(text) = &defined.asm {
            report::dump(&format!("asm {}", unit.heading()), text);
        }
        if self.options.perfmap {
            report::perfmap(defined.entry, defined.bytes, &format!("ruby:{}@{}", unit.label, unit.entry_pc));
        }
        let (heading, inlined, exits, micros) = (unit.heading(), unit.inlined, unit.exits.len(), unit.begun.elapsed().as_micros());
        self.count(|stats| stats.installed(&heading, defined.bytes, encode));
        self.trace(|| format!("compiled {heading}: {inlined} inlined, {exits} exits, {} bytes, {micros} us", defined.bytes));
        let unit = &self.units[&index];
        let place = self.places.entry(unit.key).or_default();
        if place.pending != Some(index) || unit.valid.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let entry = crate::entry::machine_entry(defined.entry);
        place.pending = None;
        place.used = Some((index, entry));
        unit.code.has_machine_code.set(true);
        if unit.entry_pc == 0 {
            unit.code.entry.set(defined.entry);
        }
        Some(entry)
    }

    /// Takes into use what the worker has finished.
    fn collect(&mut self) {
        if self.worker.lost() {
            for unit in self.places.values_mut().filter_map(|place| place.pending.take()) {
                // A function asks only once: let it get hot again.
                self.units[&unit].code.calls.set(0);
            }
        }
        while let Some(done) = self.worker.finished() {
            match done.result {
                Ok(lowered) => self.install(done.unit, lowered),
                Err(error) => self.failed(done.unit, &error),
            };
        }
    }

    /// Nobody enters the unit any more, and whoever is in it leaves after the next call.
    fn invalidate(&mut self, index: UnitNumber, reason: &str) {
        // Names keep the numbers of units that are gone.
        let Some(unit) = self.units.get(&index) else { return };
        if unit.valid.swap(0, Ordering::Relaxed) == 0 {
            return;
        }
        let (code, entry_pc, key) = (unit.code, unit.entry_pc, unit.key);
        self.count(Stats::invalidated);
        self.trace(|| format!("invalidated {} @{entry_pc}: {reason}", self.units[&index].label));
        let Some(place) = self.places.get_mut(&key) else { return };
        let (pending, used) = (place.pending == Some(index), place.used.is_some_and(|(unit, _)| unit == index));
        if pending {
            place.pending = None;
        }
        if used {
            place.used = None;
        }
        if entry_pc == 0 && used {
            code.entry.set(std::ptr::null());
        }
        if entry_pc == 0 && (used || pending) {
            // It may get hot again.
            code.calls.set(0);
        }
    }

    fn invalidate_all(&mut self, list: Vec<UnitNumber>, reason: &str) {
        for index in list {
            self.invalidate(index, reason);
        }
    }

    /// Compiles a unit of the first tier for the second when it is hot; its frame is the running one.
    fn improve(&mut self, runtime: &mut dyn Runtime, index: UnitNumber) {
        let Some(unit) = self.units.get(&index) else { return };
        let Some(heat) = unit.heat.as_ref().filter(|heat| heat.get() < 0) else { return };
        let in_use = self.places.get(&unit.key).is_some_and(|place| place.pending.is_none() && place.used.is_some_and(|(used, _)| used == index));
        if in_use && self.worker.is_busy() {
            heat.set(HEAT);
            return;
        }
        heat.set(COLD);
        if in_use {
            let (code, entry_pc, key) = (unit.code, unit.entry_pc, unit.key);
            self.compile(runtime, code, entry_pc, key, Tier::Second);
        }
    }

    /// A loop that a forced exit leaves at its header is entered there again, and would never get on.
    fn give_up_header(&mut self, index: UnitNumber, pc: u32) {
        let unit = &self.units[&index];
        if unit.entry_pc == 0 || unit.entry_pc != pc {
            return;
        }
        self.places.entry(unit.key).or_default().given_up = true;
        self.invalidate(index, "left at its header");
    }

    /// Counts an exit; true when its unit should be compiled again.
    fn count_exit(&mut self, number: u64) -> Option<(UnitNumber, u32, u32)> {
        let (&index, unit) = self.units.range_mut(..=number).next_back()?;
        let at = (number - index) as usize;
        let count = unit.counts.get_mut(at)?;
        let exit = &unit.exits[at];
        let frame = exit.frames.last()?;
        if exit.kind == ExitKind::Quiet {
            return None;
        }
        *count += 1;
        let code = unit.frames[frame.frame.index()].code;
        if self.options.dump.deopt {
            report::line(&format!("exit {} @{}: {} in {code:?} @{}", unit.label, unit.entry_pc, exit.reason, frame.pc));
        }
        if let Some(stats) = &mut self.stats {
            stats.exited(exit.reason);
        }
        let due = *count == EXITS_MAX && unit.valid.load(Ordering::Relaxed) == 1;
        due.then_some((index, code.id, frame.pc))
    }
}

/// A state without its values, which machine code stores.
fn without_values(mut exit: Exit) -> Exit {
    for frame in &mut exit.frames {
        frame.registers = Vec::new();
    }
    exit
}

/// Builds and optimises a unit; the outer error is a fault of ours.
fn build(
    runtime: &mut dyn Runtime,
    code: CodeRef,
    entry_pc: u32,
    generic: &FastSet<(u32, u32)>,
    tier: Tier,
    failing: Option<Failing>,
) -> Result<Result<Unit, ir::Bailout>, String> {
    contained(|| {
        assert!(failing != Some(Failing::Build), "building fails for a test");
        Ok(ir::build(runtime, code, entry_pc, generic, tier.limits()).map(opt::optimize))
    })
}

impl Compiler for Policy {
    fn thresholds(&self) -> (u32, u32) {
        match self.options.mode {
            Mode::Threshold(count) => (count.max(1), count.max(1)),
            Mode::Default => (CALLS, TURNS),
            Mode::Off => (u32::MAX, u32::MAX),
        }
    }

    fn request(&mut self, runtime: &mut dyn Runtime, code: CodeRef, request: TierRequest) -> Option<MachineEntry> {
        let entry_pc = match request {
            TierRequest::Call => 0,
            TierRequest::Loop(pc) => pc,
        };
        self.collect();
        let key = self.key(runtime, code, request);
        if let Some(place) = self.places.get(&key)
            && (place.given_up || place.pending.is_some() || place.used.is_some())
        {
            let (used, entry) = (place.used, place.entry());
            if let Some((unit, _)) = used {
                self.improve(runtime, unit);
            }
            return entry;
        }
        if self.worker.is_busy() {
            code.calls.set(0);
            return None;
        }
        self.compile(runtime, code, entry_pc, key, self.options.first_tier())
    }

    fn hot(&mut self, runtime: &mut dyn Runtime, exit: u64) {
        self.collect();
        let unit = self.units.range(..=exit).next_back().map(|(&unit, _)| unit);
        if let Some(unit) = unit {
            self.improve(runtime, unit);
        }
    }

    fn poll(&mut self) {
        self.collect();
    }

    fn write_back(&mut self, exit: u64, words: &mut FrameWords, activation: &mut u64) -> isize {
        let (index, unit) = self.units.range(..=exit).next_back().expect("an exit belongs to a unit that lives");
        leave::write_back(&unit.frames, &unit.exits[(exit - index) as usize], words, activation)
    }

    fn exited(&mut self, runtime: &mut dyn Runtime, exit: u64) {
        let Some((index, code, pc)) = self.count_exit(exit) else { return };
        if self.options.exit_every.is_some() {
            return self.give_up_header(index, pc);
        }
        // Once more with what was learned; when a unit that was made with that fails too, without speculation. Units made before, into
        // which the function was inlined, know no more than the first one did.
        let informed = *self.failed.entry((code, pc)).or_insert(self.next_exit);
        if index >= informed {
            self.generic.insert((code, pc));
        }
        let (root, entry_pc, tier) = (self.units[&index].code, self.units[&index].entry_pc, self.units[&index].tier);
        let reason = self.units[&index].exits[(exit - index) as usize].reason;
        self.invalidate(index, &format!("exit: {reason} in code{code} @{pc}"));
        let key = (root.id, 0, NO_BLOCK);
        if entry_pc == 0 && self.places.get(&key).is_none_or(|place| place.pending.is_none()) {
            self.compile(runtime, root, 0, key, tier);
        }
    }

    fn finish(&mut self) {
        self.count(|stats| stats.print());
    }

    fn method_changed(&mut self, name: Symbol) {
        let list = self.by_method.remove(&name).unwrap_or_default();
        self.invalidate_all(list, "a method changed");
    }

    fn operators_changed(&mut self) {
        let list = std::mem::take(&mut self.on_operators);
        self.invalidate_all(list, "an operator changed");
    }

    fn constant_changed(&mut self, name: Symbol) {
        let list = self.by_constant.remove(&name).unwrap_or_default();
        self.invalidate_all(list, "a constant changed");
    }

    fn looked_at(&mut self, code: CodeRef) {
        let list = self.units.iter().filter(|(_, unit)| unit.frames.iter().any(|frame| frame.code == code)).map(|(&index, _)| index).collect();
        self.invalidate_all(list, "its variables are looked at");
    }

    fn after_mark(&mut self, is_dead: &dyn Fn(CodeRef) -> bool) {
        let mut gone = FastSet::default();
        for (_, unit) in self.units.extract_if(.., |_, unit| is_dead(unit.code)) {
            gone.insert(unit.code.id);
            if let Some(pages) = unit.pages {
                self.bytes -= pages.bytes();
                self.memory.free(pages);
            }
        }
        if gone.is_empty() {
            return;
        }
        self.places.retain(|key, _| !gone.contains(&key.0));
        self.versions.retain(|key, _| !gone.contains(&key.0));
        self.generic.retain(|key| !gone.contains(&key.0));
        self.failed.retain(|key, _| !gone.contains(&key.0));
        for table in [&mut self.by_method, &mut self.by_constant] {
            table.retain(|_, list| {
                list.retain(|index| self.units.contains_key(index));
                !list.is_empty()
            });
        }
        self.on_operators.retain(|index| self.units.contains_key(index));
    }
}
