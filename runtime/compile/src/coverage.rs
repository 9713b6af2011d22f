//! Probes for the library coverage: where lines begin, which way branches go, and when methods are called.
//!
//! A probe is the operation `cover` with a number that counts what passes. What the numbers stand for is told beside the code.

use bytecode::operand::Count;
use bytecode::{FunctionKind, Op};
use ruby_prism::{self as prism, Location, Node};

use crate::Compiler;

/// What is to be probed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Wanted {
    /// Lines on which statements begin.
    pub lines: bool,
    /// Branches.
    pub branches: bool,
    /// Methods.
    pub methods: bool,
    /// The first number that is free.
    pub first: u32,
}

/// Lines and columns of the first and the last byte and behind it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Span(pub [i64; 4]);

impl Span {
    fn of(location: &Location<'_>) -> Span {
        let (line, end) = (i64::from(location.start_line()), i64::from(location.end_line()));
        Span([line, i64::from(location.start_column()), end, i64::from(location.end_column())])
    }
}

/// A way that a branch can take.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Arm {
    /// `then`, `else`, `when`, `in` or `body`.
    pub kind: &'static str,
    /// Its statements.
    pub span: Span,
    /// The number of its probe.
    pub probe: u32,
}

/// A place where code branches.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Branch {
    /// `if`, `unless`, `while`, `until`, `case` or `&.`.
    pub kind: &'static str,
    /// The whole of it.
    pub span: Span,
    /// Its ways.
    pub arms: Vec<Arm>,
}

/// The probes of a source.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Probes {
    wanted: Wanted,
    /// The next number.
    pub next: u32,
    /// Lines and their probes.
    pub lines: Vec<(i32, u32)>,
    /// Branches in the order in which they are compiled.
    pub branches: Vec<Branch>,
    /// Names, places and probes of methods.
    pub methods: Vec<(Vec<u8>, Span, u32)>,
}

impl Probes {
    pub(crate) fn new(wanted: Wanted) -> Probes {
        Probes { wanted, next: wanted.first, ..Probes::default() }
    }

    fn take(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }
}

/// A branch whose ways are being compiled; None where branches are not probed.
#[derive(Clone, Copy)]
pub(crate) struct Branching {
    index: usize,
    whole: Span,
}

impl<'pr> Compiler<'_, 'pr> {
    /// A statement begins. One that is compiled to nothing leaves no line.
    pub(crate) fn cover_line(&mut self, statement: &Node<'pr>, is_used: bool) {
        if !self.probes.as_ref().is_some_and(|probes| probes.wanted.lines) {
            return;
        }
        let Some(line) = first_line(statement) else { return };
        if self.is_covered(line) || !is_used && crate::fold::is_without_code(statement) {
            return;
        }
        self.f().covered_lines.insert(line);
        let Some(probes) = self.probes.as_mut() else { return };
        let probe = probes.take();
        probes.lines.push((line, probe));
        self.emit_probe(probe);
    }

    /// Was the line probed before? A block counts its lines apart.
    fn is_covered(&self, line: i32) -> bool {
        for frame in self.frames.iter().rev() {
            if frame.covered_lines.contains(&line) {
                return true;
            }
            if frame.kind == FunctionKind::Block {
                return false;
            }
        }
        false
    }

    /// A method begins.
    pub(crate) fn cover_method(&mut self, node: &prism::DefNode<'pr>) {
        let Some(probes) = self.probes.as_mut().filter(|probes| probes.wanted.methods) else { return };
        let probe = probes.take();
        probes.methods.push((node.name().as_slice().to_vec(), Span::of(&node.location()), probe));
        self.emit_probe(probe);
    }

    /// Code branches here.
    pub(crate) fn cover_branch(&mut self, kind: &'static str, location: &Location<'pr>) -> Option<Branching> {
        let probes = self.probes.as_mut().filter(|probes| probes.wanted.branches)?;
        let whole = Span::of(location);
        probes.branches.push(Branch { kind, span: whole, arms: Vec::new() });
        Some(Branching { index: probes.branches.len() - 1, whole })
    }

    /// A way of the branch begins; one without statements stands where the whole does.
    pub(crate) fn cover_arm(&mut self, branching: Option<Branching>, kind: &'static str, location: Option<&Location<'pr>>) {
        let (Some(branching), Some(probes)) = (branching, self.probes.as_mut()) else { return };
        let probe = probes.take();
        let span = location.map_or(branching.whole, Span::of);
        probes.branches[branching.index].arms.push(Arm { kind, span, probe });
        self.emit_probe(probe);
    }

    fn emit_probe(&mut self, probe: u32) {
        self.emit(Op::Cover { high: Count((probe >> 16) as u16), low: Count(probe as u16) });
    }
}

/// A condition that is known leaves no code.
fn first_line_of_condition(condition: &Node<'_>) -> Option<i32> {
    if crate::fold::truth(condition).is_some() { None } else { first_line(condition) }
}

/// An assignment begins with its value.
fn first_line_of_write(write: &Node<'_>, value: &Node<'_>) -> Option<i32> {
    let has_lines = matches!(value, Node::BeginNode { .. } | Node::ParenthesesNode { .. } | Node::InterpolatedStringNode { .. });
    if has_lines { first_line(value) } else { Some(write.location().start_line()) }
}

/// The line on which a statement's first instruction stands; None where its parts have lines of their own.
fn first_line(statement: &Node<'_>) -> Option<i32> {
    match statement {
        Node::BeginNode { .. } | Node::ParenthesesNode { .. } | Node::PreExecutionNode { .. } => None,
        Node::IfNode { .. } => first_line_of_condition(&statement.as_if_node()?.predicate()),
        Node::UnlessNode { .. } => first_line_of_condition(&statement.as_unless_node()?.predicate()),
        Node::WhileNode { .. } if !statement.as_while_node()?.is_begin_modifier() => first_line(&statement.as_while_node()?.predicate()),
        Node::UntilNode { .. } if !statement.as_until_node()?.is_begin_modifier() => first_line(&statement.as_until_node()?.predicate()),
        Node::LocalVariableWriteNode { .. } => first_line_of_write(statement, &statement.as_local_variable_write_node()?.value()),
        Node::InstanceVariableWriteNode { .. } => first_line_of_write(statement, &statement.as_instance_variable_write_node()?.value()),
        Node::ConstantWriteNode { .. } => first_line_of_write(statement, &statement.as_constant_write_node()?.value()),
        Node::RescueModifierNode { .. } => first_line(&statement.as_rescue_modifier_node()?.expression()),
        Node::InterpolatedStringNode { .. } => first_line(&statement.as_interpolated_string_node()?.parts().iter().next()?),
        _ => Some(statement.location().start_line()),
    }
}
