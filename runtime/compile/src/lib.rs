//! Prism syntax trees to bytecode.
//!
//! One pass finds captured variables (`scope`), a second one emits code function by function. The
//! entry is [`compile`]; everything else is private. Values are compiled into a register that the
//! parent chose (`dst`), or for effect only (`None`).
#![forbid(unsafe_code)]

pub mod coverage;
mod defined;
mod encoding;
mod errors;
mod fold;
mod function;
mod jump;
mod node;
mod register;
mod scope;
mod spot;

use std::sync::Arc;

use bytecode::operand::Lit;
use bytecode::operand::{Count, Dst, Src};
use bytecode::{Function, FunctionKind, Label, Literal, Op, Params, Place, SiteKind};
use ruby_prism::{self as prism, Location};

pub use errors::{CompileError, Warning};
use register::Frame;
use scope::Analysis;
pub use spot::{Point, Query, Spot, spot};

/// Where a source comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SourceKind {
    /// The main script or `-e` text.
    Main,
    /// A file that was required or loaded.
    Required,
    /// Text given to `eval` and its kin.
    Eval,
}

/// A scope around `eval` text.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ScopeInfo {
    /// Variable names (also `*`, `**`, `&`) with their environment slots.
    pub names: Vec<(Vec<u8>, u16)>,
    /// An isolated Proc stands between: the text cannot use the variables.
    pub closed: bool,
}

/// How `eval` text reaches the method-level function around it.
#[derive(Clone, Copy, Debug, Default)]
pub struct MethodLevel<'a> {
    /// Environments from the text's own up to the method level (at least 1 in `eval`).
    pub depth: u16,
    /// The method-level environment has slots for `$~` and `$_`.
    pub specials: bool,
    /// `yield` and `super` are allowed: the method level is a method's body.
    pub in_method: bool,
    /// The method's parameters, for `super` without arguments.
    pub params: Option<&'a Params>,
}

/// Command line switches that wrap a main script in a loop.
#[derive(Clone, Copy, Debug, Default)]
pub struct LoopSwitches {
    /// `-n`
    pub n: bool,
    /// `-p`
    pub p: bool,
    /// `-l`
    pub l: bool,
    /// `-a`
    pub a: bool,
}

/// What to compile and where it will run.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// File name for `__FILE__`, messages and backtraces.
    pub file: &'a str,
    /// Line number of the first line.
    pub line: i32,
    /// Where the source comes from.
    pub kind: SourceKind,
    /// `Eval` only: the scopes around, innermost last (environment depth 1).
    pub scopes: &'a [ScopeInfo],
    /// `Eval` only: the way to the method level.
    pub method_level: MethodLevel<'a>,
    /// `--enable=frozen-string-literal` and `--disable`; a comment in the source wins.
    pub frozen_string_literal: Option<bool>,
    /// Wrapping of the main script.
    pub switches: LoopSwitches,
    /// Encoding of the source text when no comment says otherwise; None is UTF-8.
    pub encoding: Option<&'a str>,
    /// Equal String literals are told apart by their places.
    pub literals_apart: bool,
    /// Probes for the library coverage.
    pub coverage: Option<coverage::Wanted>,
    /// May the source call the runtime's own functions (`Primitive.name`)? They trust their callers: no program's source may.
    pub primitives: bool,
}

impl<'a> Options<'a> {
    /// Options for a plain source starting at line 1.
    pub fn new(file: &'a str, kind: SourceKind) -> Self {
        Self {
            file,
            line: 1,
            kind,
            scopes: &[],
            method_level: MethodLevel { depth: u16::from(kind == SourceKind::Eval), ..MethodLevel::default() },
            frozen_string_literal: None,
            switches: LoopSwitches::default(),
            encoding: None,
            literals_apart: false,
            coverage: None,
            primitives: false,
        }
    }
}

/// What a source compiles to.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The function of the source's top level.
    pub function: Function,
    /// Warnings of the parser, by ascending position.
    pub warnings: Vec<Warning>,
    /// Byte offset behind the line `__END__`, if there is one.
    pub data_offset: Option<usize>,
    /// What its probes stand for, where there are any.
    pub probes: Option<Box<coverage::Probes>>,
}

/// Result of a compile step that leaves its value in a register or nowhere.
pub(crate) type Done = Result<(), CompileError>;

/// Bytes of native stack that a compilation may use; callers give it a stack of 16 MB.
const STACK_BUDGET: usize = 11 << 20;

/// Nodes compiled for one source. Ensure bodies are compiled at least twice, so their nesting doubles
/// the code each time; no other source comes near.
const MAX_NODES: usize = 4_000_000;

/// Compiles `source`.
///
/// # Errors
/// `CompileError::Syntax` with CRuby's text when the source is no Ruby; the other variants name
/// what the compiler cannot do.
pub fn compile(source: &[u8], options: &Options<'_>) -> Result<Compiled, CompileError> {
    let parse_options = parse_options(options);
    let result = prism::parse_with_options(source, &parse_options);
    errors::check(&result, options)?;
    let node = result.node();
    let program = node.as_program_node().expect("the root is a program");
    let analysis = scope::analyze(&program, options.kind == SourceKind::Eval);
    if analysis.too_deep {
        return Err(CompileError::plain(options.file, options.line, "nesting too deep"));
    }
    let mut compiler = Compiler {
        options,
        analysis,
        file: Arc::from(options.file),
        encoding: encoding::of_source(source, options.encoding),
        frames: Vec::new(),
        depth: 0,
        stack_base: stack_position(),
        nodes: 0,
        vain_return: false,
        shareable: None,
        notes: None,
        probes: options.coverage.map(|wanted| Box::new(coverage::Probes::new(wanted))),
    };
    let function = compiler.program(&program)?;
    #[cfg(debug_assertions)]
    if let Err(fault) = bytecode::verify::verify(&function) {
        return Err(CompileError::Internal(fault.to_string()));
    }
    let mut warnings = errors::warnings(&result);
    if compiler.vain_return {
        warnings.push(Warning { line: 0, message: "argument of top-level return is ignored".to_string(), verbose_only: false });
    }
    let data_offset = result.data_loc().map(|location| data_start(source, location.start() as usize));
    Ok(Compiled { function, warnings, data_offset, probes: compiler.probes })
}

/// Offset behind the `__END__` line that starts at `at`.
fn data_start(source: &[u8], at: usize) -> usize {
    source[at..].iter().position(|&byte| byte == b'\n').map_or(source.len(), |length| at + length + 1)
}

fn parse_options(options: &Options<'_>) -> prism::ParseOptions {
    let mut parse = prism::Options::default()
        .filepath(options.file)
        .line(options.line)
        .frozen_string_literal(options.frozen_string_literal)
        .version(prism::Version::CRuby4_0)
        .main_script(options.kind == SourceKind::Main);
    if let Some(encoding) = options.encoding {
        parse = parse.encoding(encoding);
    }
    if options.kind == SourceKind::Eval {
        let mut scopes: Vec<prism::Scope> = options.scopes.iter().map(parse_scope).collect();
        scopes.push(prism::Scope::default());
        parse = parse.scopes(scopes);
    }
    let switches = options.switches;
    let flags = [
        (switches.n, prism::CommandLineFlag::N),
        (switches.p, prism::CommandLineFlag::P),
        (switches.l, prism::CommandLineFlag::L),
        (switches.a, prism::CommandLineFlag::A),
        (options.kind == SourceKind::Main && options.file == "-e", prism::CommandLineFlag::E),
    ];
    let flags: Vec<_> = flags.into_iter().filter(|(set, _)| *set).map(|(_, flag)| flag).collect();
    if !flags.is_empty() {
        parse = parse.command_line(flags);
    }
    parse.build()
}

fn parse_scope(scope: &ScopeInfo) -> prism::Scope {
    let mut locals = Vec::new();
    let mut forwarding = Vec::new();
    for (name, _) in &scope.names {
        match name.as_slice() {
            b"*" => forwarding.push(prism::ScopeForwardingFlag::Positionals),
            b"**" => forwarding.push(prism::ScopeForwardingFlag::Keywords),
            b"&" => forwarding.push(prism::ScopeForwardingFlag::Block),
            _ => locals.push(name.clone()),
        }
    }
    if forwarding.len() == 3 {
        forwarding.push(prism::ScopeForwardingFlag::All);
    }
    prism::Scope::default().locals(locals).forwarding(forwarding)
}

/// Address of the current stack frame, to measure the depth of recursion.
fn stack_position() -> usize {
    let here = 0u8;
    std::ptr::from_ref(&here) as usize
}

/// Where a variable is, seen from the running function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Variable {
    /// A register of this frame.
    Register(u16),
    /// A slot of an environment `depth` scopes up.
    Env { depth: u16, slot: u16 },
}

/// The compiler: the stack of functions under construction over a syntax tree.
pub(crate) struct Compiler<'c, 'pr> {
    pub(crate) options: &'c Options<'c>,
    pub(crate) analysis: Analysis,
    pub(crate) file: Arc<str>,
    pub(crate) encoding: &'static str,
    pub(crate) frames: Vec<Frame<'pr>>,
    depth: usize,
    stack_base: usize,
    nodes: usize,
    /// A `return` of the top level has an argument, which nobody gets.
    pub(crate) vain_return: bool,
    /// How the value of the assignment that begins becomes shareable.
    pub(crate) shareable: Option<node::shareable::Shareable>,
    /// Notes of nodes, when a node is looked for.
    pub(crate) notes: Option<Box<spot::Notes>>,
    /// Probes that were put into the code, where they are wanted.
    pub(crate) probes: Option<Box<coverage::Probes>>,
}

impl<'pr> Compiler<'_, 'pr> {
    /// The innermost function.
    pub(crate) fn f(&mut self) -> &mut Frame<'pr> {
        self.frames.last_mut().expect("a function is open while its nodes are compiled")
    }

    pub(crate) fn line(&mut self) -> i32 {
        self.f().b.line()
    }

    pub(crate) fn emit(&mut self, op: Op) {
        if let Some(notes) = &mut self.notes {
            let pc = self.frames.last().map_or(0, |frame| frame.b.position());
            notes.instruction(pc);
        }
        self.f().emit(op);
    }

    pub(crate) fn label(&mut self) -> Label {
        self.f().b.label()
    }

    pub(crate) fn bind(&mut self, label: Label) {
        self.f().b.bind(label);
    }

    /// Sets the line of what follows.
    pub(crate) fn at(&mut self, location: &Location<'pr>) {
        let line = location.start_line();
        self.f().b.set_line(line);
    }

    pub(crate) fn literal(&mut self, literal: Literal) -> Lit {
        self.f().b.literal(literal)
    }

    /// Literal Symbol of a name in the source.
    pub(crate) fn symbol(&mut self, name: &[u8]) -> Lit {
        let encoding = self.symbol_encoding(name);
        self.literal(Literal::Symbol(name.to_vec(), encoding))
    }

    /// Encoding of a Symbol with these bytes in this source.
    pub(crate) fn symbol_encoding(&self, name: &[u8]) -> &'static str {
        if name.is_ascii() { "US-ASCII" } else { self.encoding }
    }

    pub(crate) fn site(&mut self, site: SiteKind) -> bytecode::operand::Site {
        self.f().b.site(site)
    }

    pub(crate) fn move_to(&mut self, dst: u16, src: u16) {
        if dst != src {
            self.emit(Op::Move { dst: Dst(dst), src: Src(src) });
        }
    }

    pub(crate) fn load_nil(&mut self, dst: Option<u16>) {
        if let Some(dst) = dst {
            self.emit(Op::LoadNil { dst: Dst(dst) });
        }
    }

    /// Finds variable `name` that Prism places `depth` of its scopes up.
    pub(crate) fn variable(&mut self, name: &[u8], mut depth: u32) -> Result<Variable, CompileError> {
        let mut hops = 0;
        for frame in self.frames.iter().rev() {
            if frame.transparent || depth > 0 {
                depth -= u32::from(!frame.transparent);
                hops += 1;
                continue;
            }
            match frame.variables.get(name) {
                Some(Place::Register(register)) if hops == 0 => return Ok(Variable::Register(*register)),
                Some(Place::Slot(slot)) => return Ok(Variable::Env { depth: hops, slot: *slot }),
                _ => return Err(self.lost_variable(name)),
            }
        }
        let outer = self.options.scopes.iter().rev().nth(depth as usize);
        if outer.is_some_and(|scope| scope.closed) {
            return Err(self.closed_variable(name));
        }
        let slot = outer.and_then(|scope| scope.names.iter().find(|(n, _)| n == name));
        match slot {
            Some((_, slot)) => Ok(Variable::Env { depth: hops + depth as u16, slot: *slot }),
            None => Err(self.lost_variable(name)),
        }
    }

    /// Finds a variable by name alone: hidden ones and anonymous parameters.
    pub(crate) fn variable_by_name(&self, name: &[u8]) -> Option<Variable> {
        let mut hops = 0;
        for frame in self.frames.iter().rev() {
            match frame.variables.get(name) {
                Some(Place::Register(register)) if hops == 0 => return Some(Variable::Register(*register)),
                Some(Place::Slot(slot)) => return Some(Variable::Env { depth: hops, slot: *slot }),
                _ => {}
            }
            if !frame.kind.is_closure() {
                return None;
            }
            hops += 1;
        }
        for scope in self.options.scopes.iter().rev().take_while(|scope| !scope.closed) {
            if let Some((_, slot)) = scope.names.iter().find(|(n, _)| n == name) {
                return Some(Variable::Env { depth: hops, slot: *slot });
            }
            hops += 1;
        }
        None
    }

    fn closed_variable(&mut self, name: &[u8]) -> CompileError {
        let text = format!("can not access variable '{}' from isolated Proc", String::from_utf8_lossy(name));
        let line = self.line();
        CompileError::plain(&self.file, line, &text)
    }

    fn lost_variable(&self, name: &[u8]) -> CompileError {
        CompileError::Internal(format!("no place for variable {} in {}", name.escape_ascii(), self.file))
    }

    /// Reads a variable.
    pub(crate) fn read_variable(&mut self, variable: Variable, dst: u16) {
        match variable {
            Variable::Register(register) => self.move_to(dst, register),
            Variable::Env { depth, slot } => {
                self.emit(Op::GetEnv { dst: Dst(dst), depth: Count(depth), slot: Count(slot) });
            }
        }
    }

    /// Writes a variable.
    pub(crate) fn write_variable(&mut self, variable: Variable, src: u16) {
        match variable {
            Variable::Register(register) => self.move_to(register, src),
            Variable::Env { depth, slot } => {
                self.emit(Op::SetEnv { depth: Count(depth), slot: Count(slot), src: Src(src) });
            }
        }
    }

    /// Counts a level of nesting.
    pub(crate) fn enter_node(&mut self) -> Done {
        self.depth += 1;
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            let line = self.line();
            return Err(CompileError::plain(&self.file, line, "too many nested ensure bodies"));
        }
        let used = self.stack_base.abs_diff(stack_position());
        if self.depth > scope::MAX_DEPTH || used > STACK_BUDGET {
            let line = self.line();
            return Err(CompileError::plain(&self.file, line, "nesting too deep"));
        }
        Ok(())
    }

    pub(crate) fn leave_node(&mut self) {
        self.depth -= 1;
    }

    /// Index of the method-level function, unless it is outside of an `eval` text.
    pub(crate) fn method_level_frame(&self) -> Option<usize> {
        self.frames.iter().rposition(|frame| !frame.kind.is_closure())
    }

    fn program(&mut self, program: &prism::ProgramNode<'pr>) -> Result<Function, CompileError> {
        let kind = match self.options.kind {
            SourceKind::Eval => FunctionKind::Eval,
            SourceKind::Main | SourceKind::Required => FunctionKind::Top,
        };
        self.open_program(program, kind)?;
        self.pre_executions(&program.statements())?;
        let value = self.f().temp();
        self.statements(&program.statements(), Some(value))?;
        self.close_function(value)
    }
}
