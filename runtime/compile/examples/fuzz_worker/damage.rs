//! Damages bytecode: the same function and seed give the same damage.

use std::sync::Arc;

use bytecode::{Catch, CatchKind, Function, SiteKind, image};

/// A sequence of numbers from a seed (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ word >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ word >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ word >> 31
    }

    /// A number below `limit`; 0 when there is none.
    fn below(&mut self, limit: usize) -> usize {
        if limit == 0 { 0 } else { (self.next() % limit as u64) as usize }
    }

    /// A unit that is likely to be at a limit.
    fn unit(&mut self, function: &Function) -> u16 {
        let registers = function.registers;
        let choices = [0, 1, 2, registers.wrapping_sub(1), registers, registers.wrapping_add(1), u16::MAX, u16::MAX - 7, 0x7FFF];
        match self.below(3) {
            0 => self.next() as u16,
            1 => self.below(usize::from(registers).max(1)) as u16,
            _ => choices[self.below(choices.len())],
        }
    }

    /// A position in the code or just outside.
    fn position(&mut self, function: &Function) -> u32 {
        match self.below(8) {
            0 => u32::MAX,
            1 => function.code.len() as u32,
            _ => self.below(function.code.len() + 2) as u32,
        }
    }
}

/// `function` with one to four faults. `None` when the damage made it unreadable before any verifier sees it.
pub fn damage(function: &Function, seed: u64) -> Option<Function> {
    let mut numbers = Numbers(seed);
    if numbers.below(4) == 0 {
        return damage_image(function, &mut numbers);
    }
    let mut damaged = function.clone();
    for _ in 0..=numbers.below(4) {
        damage_somewhere(&mut damaged, &mut numbers);
    }
    Some(damaged)
}

fn damage_image(function: &Function, numbers: &mut Numbers) -> Option<Function> {
    let mut bytes = image::write(function).ok()?;
    for _ in 0..=numbers.below(4) {
        let index = numbers.below(bytes.len());
        match numbers.below(3) {
            0 => bytes[index] = numbers.next() as u8,
            1 => bytes[index] ^= 1 << numbers.below(8),
            _ => bytes.truncate(index.max(1)),
        }
    }
    image::read(&bytes).ok()
}

fn damage_somewhere(function: &mut Function, numbers: &mut Numbers) {
    if !function.children.is_empty() && numbers.below(2) == 0 {
        let index = numbers.below(function.children.len());
        return damage_somewhere(Arc::make_mut(&mut function.children[index]), numbers);
    }
    match numbers.below(8) {
        0..=3 => damage_code(function, numbers),
        4 => damage_frame(function, numbers),
        5 => damage_catches(function, numbers),
        6 => damage_sites(function, numbers),
        _ => damage_tables(function, numbers),
    }
}

fn damage_code(function: &mut Function, numbers: &mut Numbers) {
    let unit = numbers.unit(function);
    let index = numbers.below(function.code.len());
    let other = numbers.below(function.code.len());
    match numbers.below(6) {
        0 => function.code.insert(index, unit),
        1 if !function.code.is_empty() => drop(function.code.remove(index)),
        2 if !function.code.is_empty() => function.code.swap(index, other),
        3 => function.code.truncate(index),
        4 => function.code.extend_from_within(index.min(other)..index.max(other)),
        _ => function.code.iter_mut().skip(index).take(1).for_each(|place| *place = unit),
    }
}

fn damage_frame(function: &mut Function, numbers: &mut Numbers) {
    let unit = numbers.unit(function);
    match numbers.below(8) {
        0 => function.registers = unit,
        1 => function.locals_end = unit,
        2 => function.params.required = unit,
        3 => function.params.optional = unit,
        4 => function.params.post = unit,
        5 => function.params.rest = !function.params.rest,
        6 => function.env = None,
        _ => {
            let slots = numbers.unit(function);
            function.env = Some(bytecode::EnvLayout { base: unit, slots });
        }
    }
}

fn damage_catches(function: &mut Function, numbers: &mut Numbers) {
    let kind = if numbers.below(2) == 0 { CatchKind::Rescue } else { CatchKind::Ensure };
    let (start, end, handler) = (numbers.position(function), numbers.position(function), numbers.position(function));
    let register = numbers.unit(function);
    let index = numbers.below(function.catches.len());
    match function.catches.get_mut(index) {
        Some(catch) => match numbers.below(5) {
            0 => catch.start = start,
            1 => catch.end = end,
            2 => catch.handler = handler,
            3 => catch.register = register,
            _ => catch.kind = kind,
        },
        None => function.catches.push(Catch { start, end, handler, kind, register }),
    }
}

fn damage_sites(function: &mut Function, numbers: &mut Numbers) {
    let unit = numbers.unit(function);
    let index = numbers.below(function.sites.len());
    let block = numbers.below(3);
    let field = numbers.below(7);
    match function.sites.get_mut(index) {
        Some(SiteKind::Call(call)) => match field {
            0 => call.argc = unit,
            1 => call.flags.0 = unit,
            2 => call.block_record = unit,
            3 => call.depth = unit,
            4 => call.block = Some(block as u32),
            5 => call.keywords.push(b"key".to_vec()),
            _ => call.block = None,
        },
        Some(site) => *site = SiteKind::Loop,
        None => {}
    }
}

fn damage_tables(function: &mut Function, numbers: &mut Numbers) {
    let (index, other) = (numbers.below(function.literals.len()), numbers.below(function.literals.len()));
    let position = numbers.position(function);
    match numbers.below(6) {
        0 if !function.literals.is_empty() => function.literals.swap(index, other),
        1 => drop(function.literals.pop()),
        2 => drop(function.children.pop()),
        3 => drop(function.sites.pop()),
        4 => function.lines.iter_mut().take(1).for_each(|line| line.pc = position),
        _ => function.locals.iter_mut().take(1).for_each(|local| local.place = bytecode::Place::Slot(position as u16)),
    }
}
