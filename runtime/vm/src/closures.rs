//! Procs apart from the process they were made in: the source of the block, what it stands in, and the environments of its variables.
//!
//! Invariant: nothing here runs code of the program. A Proc made from source has the same text and the same place as the one it was
//! taken from, so that it can be taken apart again and gives the same.

use crate::vm::Vm;
use bytecode::{ENV_HEADER, EnvLayout, Function, FunctionKind, Local, Op, Place};
use compile::{MethodLevel, Options, ScopeInfo, SourceKind};
use objects::env::{self, EnvWords};
use objects::{CodeRef, MethodRef, ProcBody, REnv, ShapeId};
use std::sync::Arc;
use value::{RResult, Symbol, Value};

/// What stands before the text of a block, so that it is a program that makes a Proc. A `->` needs nothing.
const MAKER: &str = "proc ";

/// Named variables of an environment with their slots.
pub type Names = Vec<(Symbol, u16)>;

/// The source of a Proc and where it stands.
pub struct BlockSource<'a> {
    /// Magic comments, then an expression that makes the Proc.
    pub text: &'a Arc<[u8]>,
    /// File that errors name.
    pub file: &'a str,
    /// Line of the text's first line.
    pub line: i32,
    /// Modules around it, the outermost first.
    pub nesting: &'a [Value],
    /// Variables around it, the outermost environment first.
    pub scopes: &'a [Names],
    /// Does the outermost environment begin with the slots of `$~` and `$_`?
    pub has_specials: bool,
}

impl Vm {
    /// The expression that makes a Proc of this block's text again; None when the text is no block of its own (`for`, `END`).
    pub fn block_expression(&self, code: CodeRef, text: &[u8]) -> Option<Vec<u8>> {
        match code.function.kind {
            FunctionKind::Lambda if text.starts_with(b"->") => Some(text.to_vec()),
            FunctionKind::Block if text.starts_with(b"{") || text.starts_with(b"do") => Some([MAKER.as_bytes(), text].concat()),
            _ => None,
        }
    }

    /// Lines from the beginning of such an expression to the line that the block is said to begin in; None when it is not whole.
    pub fn block_line_offset(&self, text: &[u8]) -> Option<i32> {
        let options = Options::new("(block)", SourceKind::Required);
        let compiled = compile::compile(text, &options).ok()?;
        only_block(&compiled.function).map(|block| block.line - 1)
    }

    /// What runs when such a Proc is called, which was made in the method `home`.
    pub fn block_from_source(
        &mut self,
        source: &BlockSource<'_>,
        receiver: Value,
        surroundings: Option<REnv>,
        home: Option<MethodRef>,
    ) -> RResult<ProcBody> {
        let scopes: Vec<ScopeInfo> = source.scopes.iter().map(|names| self.scope_info(names)).collect();
        let depth = source.scopes.len() as u16;
        let options = Options {
            line: source.line,
            scopes: &scopes,
            method_level: MethodLevel { depth: depth.max(1), specials: source.has_specials && depth > 0, in_method: false, params: None },
            ..Options::new(source.file, SourceKind::Eval)
        };
        let Some(compiled) = self.deeply(|| compile::compile(source.text, &options)) else { return Err(self.no_memory()) };
        let (function, own_slots) = match compiled.map(|compiled| (only_block(&compiled.function).cloned(), compiled.function.env)) {
            Ok((Some(function), layout)) => (function, layout.map(|layout| layout.slots)),
            Ok((None, _)) => return Err(self.argument_error("the source makes no Proc")),
            Err(error) => return Err(self.argument_error(&format!("the source of a Proc does not compile: {error}"))),
        };
        let mut cref = self.top_scope();
        for &module in source.nesting {
            cref = self.class_cref(Some(cref), module);
        }
        let mut around = self.code_around(source);
        let mut surroundings = surroundings;
        if let Some(slots) = own_slots {
            // The expression's own environment lies between.
            surroundings = Some(self.new_environment(slots, surroundings, receiver)?);
            let function = scope_function(source, &ScopeInfo::default(), around.is_none());
            around = Some(self.load_function(Arc::new(function), around, None));
        }
        let code = self.load_function(function, around, Some(source.text.clone()));
        let env = surroundings.map_or(std::ptr::null_mut(), REnv::words);
        Ok(ProcBody::Block { code, receiver, env, cref, method: home })
    }

    fn scope_info(&self, names: &Names) -> ScopeInfo {
        ScopeInfo { names: names.iter().map(|&(name, slot)| (self.symbols.bytes(name).to_vec(), slot)).collect(), closed: false }
    }

    /// Codes that name the variables around for whoever asks for a Binding.
    fn code_around(&mut self, source: &BlockSource<'_>) -> Option<CodeRef> {
        let mut around = None;
        for (index, names) in source.scopes.iter().enumerate() {
            let info = self.scope_info(names);
            let function = scope_function(source, &info, index == 0);
            around = Some(self.load_function(Arc::new(function), around, None));
        }
        around
    }

    /// An environment in the heap with `slots` slots of nil, inside of `around`.
    pub fn new_environment(&mut self, slots: u16, around: Option<REnv>, receiver: Value) -> RResult<REnv> {
        let made = env::allocate(&mut self.heap, ShapeId::NONE, slots, 0).ok_or_else(|| self.no_memory())?;
        crate::frames::link_env(made, around.map_or(std::ptr::null_mut(), REnv::words), receiver, None);
        Ok(made)
    }

    /// The environment at the words that a Proc has.
    pub fn environment_at(&self, words: EnvWords) -> Option<REnv> {
        if words.is_null() { None } else { crate::frames::heap_env(words) }
    }

    /// The environment around another one.
    pub fn environment_around(&self, inner: REnv) -> Option<REnv> {
        self.environment_at(crate::frames::parent_env(inner.words()))
    }
}

/// The block of a text that is one expression with one block.
fn only_block(function: &Function) -> Option<&Arc<Function>> {
    let block = function.children.first().filter(|_| function.children.len() == 1)?;
    matches!(block.kind, FunctionKind::Block | FunctionKind::Lambda).then_some(block)
}

/// A text that does nothing and has variables.
fn scope_function(source: &BlockSource<'_>, info: &ScopeInfo, is_outermost: bool) -> Function {
    let slots = info.names.iter().map(|&(_, slot)| slot + 1).max().unwrap_or(0);
    let mut code = Vec::new();
    for op in [Op::LoadNil { dst: bytecode::operand::Dst(0) }, Op::Return { src: bytecode::operand::Src(0) }] {
        op.encode(&mut code);
    }
    Function {
        kind: FunctionKind::Eval,
        file: Arc::from(source.file),
        line: source.line,
        registers: ENV_HEADER + slots + 1,
        locals: info.names.iter().map(|(name, slot)| Local { name: name.clone(), place: Place::Slot(*slot) }).collect(),
        env: Some(EnvLayout { base: 1, slots }),
        specials: is_outermost && source.has_specials,
        code,
        ..Function::default()
    }
}

/// Slots of the environments around a block that its code names: how many environments outwards (0: the one around the block), and the slot.
pub fn used_variables(block: &Function) -> Vec<(usize, u16)> {
    let mut found = Vec::new();
    note_variables(block, 0, &mut found);
    found.sort_unstable();
    found.dedup();
    found
}

/// `inner`: environments between the block's surroundings and the function.
fn note_variables(function: &Function, inner: usize, found: &mut Vec<(usize, u16)>) {
    let inner = inner + usize::from(function.env.is_some());
    let mut at = 0;
    while let Some((op, next)) = Op::decode(&function.code, at) {
        let named = match op {
            Op::GetEnv { depth, slot, .. } | Op::SetEnv { depth, slot, .. } => Some((depth.0, slot.0)),
            _ => None,
        };
        if let Some((depth, slot)) = named
            && let Some(outer) = usize::from(depth).checked_sub(inner)
        {
            found.push((outer, slot));
        }
        at = next;
    }
    for child in function.children.iter().filter(|child| child.kind.is_closure()) {
        note_variables(child, inner, found);
    }
}
