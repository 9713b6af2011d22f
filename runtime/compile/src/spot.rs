//! The place in the source that an instruction stands for, for the markers under error messages.
//!
//! Functions carry lines only. When a report needs columns, the kept source is compiled once more with notes of
//! the node behind each instruction; the notes count only if the second compilation gave the same code.

use bytecode::Function;
use ruby_prism::{self as prism, Location, Node, Visit};

use crate::{Compiler, Options, encoding, errors, parse_options, scope, stack_position};

/// What the marker points to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Point {
    /// The method, variable or constant.
    Name,
    /// The arguments.
    Arguments,
}

/// What to look for.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// The function that ran.
    pub function: &'a Function,
    /// Its instruction; None is the definition itself.
    pub pc: Option<u32>,
    /// What the marker points to.
    pub point: Point,
    /// Name of what is missing, if known.
    pub name: Option<&'a [u8]>,
}

/// A marked range; columns count bytes of lines that are ASCII.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spot {
    /// First line.
    pub first_line: i32,
    /// First column.
    pub first_column: u32,
    /// Last line.
    pub last_line: i32,
    /// Column behind the last one.
    pub last_column: u32,
    /// The lines with their line breaks.
    pub snippet: String,
}

/// Kinds of nodes that markers know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Call,
    LocalOperator,
    CallOperator,
    IndexOperator,
    Constant,
    Path,
    PathOperator,
    Other,
}

/// A node by its range and kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Mark {
    start: u32,
    end: u32,
    kind: Kind,
}

/// Notes of a compilation that is made to find a node.
#[derive(Default)]
pub(crate) struct Notes {
    /// The node under compilation.
    pub(crate) current: Option<Mark>,
    /// Marks of the functions under construction, by position.
    open: Vec<Vec<(u32, Mark)>>,
    /// The finished functions: range, code and marks.
    closed: Vec<((u32, u32), Vec<u16>, Vec<(u32, Mark)>)>,
}

impl Notes {
    pub(crate) fn open_function(&mut self) {
        self.open.push(Vec::new());
    }

    pub(crate) fn instruction(&mut self, pc: usize) {
        if let (Some(mark), Some(function)) = (self.current, self.open.last_mut()) {
            // An instruction that could not be reached was not written.
            function.pop_if(|(at, _)| *at == pc as u32);
            function.push((pc as u32, mark));
        }
    }

    pub(crate) fn close_function(&mut self, function: &Function) {
        let marks = self.open.pop().unwrap_or_default();
        self.closed.push((function.source_range, function.code.clone(), marks));
    }

    /// Makes `node` the current one and gives the one before. Constants inside a path belong to the whole path.
    pub(crate) fn enter(&mut self, node: &Node<'_>) -> Option<Mark> {
        let before = self.current;
        let mark = mark_of(node);
        let inside_path = before.is_some_and(|mark| mark.kind == Kind::Path) && matches!(mark.kind, Kind::Constant | Kind::Path);
        if !inside_path {
            self.current = Some(mark);
        }
        before
    }

    fn mark_at(&self, function: &Function, pc: u32) -> Option<Mark> {
        let same = |closed: &&((u32, u32), Vec<u16>, Vec<(u32, Mark)>)| closed.0 == function.source_range && closed.1 == function.code;
        let (_, _, marks) = self.closed.iter().find(same)?;
        marks.iter().find(|(at, _)| *at == pc).map(|(_, mark)| *mark)
    }
}

fn mark_of(node: &Node<'_>) -> Mark {
    let kind = match node {
        Node::CallNode { .. } => Kind::Call,
        Node::LocalVariableOperatorWriteNode { .. } => Kind::LocalOperator,
        Node::CallOperatorWriteNode { .. } => Kind::CallOperator,
        Node::IndexOperatorWriteNode { .. } => Kind::IndexOperator,
        Node::ConstantReadNode { .. } => Kind::Constant,
        Node::ConstantPathNode { .. } => Kind::Path,
        Node::ConstantPathOperatorWriteNode { .. } => Kind::PathOperator,
        _ => Kind::Other,
    };
    let location = node.location();
    Mark { start: location.start(), end: location.end(), kind }
}

/// Finds the marked range; None when nothing fits or the source is not that of the function.
pub fn spot(source: &[u8], options: &Options<'_>, query: Query<'_>) -> Option<Spot> {
    let parse_options = parse_options(options);
    let result = prism::parse_with_options(source, &parse_options);
    errors::check(&result, options).ok()?;
    let node = result.node();
    let program = node.as_program_node()?;
    let analysis = scope::analyze(&program, false);
    if analysis.too_deep {
        return None;
    }
    let mut compiler = Compiler {
        options,
        analysis,
        file: options.file.into(),
        encoding: encoding::of_source(source, options.encoding),
        frames: Vec::new(),
        depth: 0,
        stack_base: stack_position(),
        nodes: 0,
        vain_return: false,
        shareable: None,
        notes: Some(Box::default()),
        probes: None,
    };
    compiler.program(&program).ok()?;
    let notes = compiler.notes.take()?;
    let wanted = match query.pc {
        Some(pc) => Wanted::Mark(notes.mark_at(query.function, pc)?),
        None => Wanted::Definition(query.function.source_range),
    };
    let mut search = Search { wanted, source, query, found: None, done: false };
    search.visit(&node);
    search.found
}

enum Wanted {
    Mark(Mark),
    Definition((u32, u32)),
}

/// Walk to the node, which is turned into the range while the walk is there.
struct Search<'a> {
    wanted: Wanted,
    source: &'a [u8],
    query: Query<'a>,
    found: Option<Spot>,
    done: bool,
}

impl<'pr> Visit<'pr> for Search<'_> {
    fn visit_branch_node_enter(&mut self, node: Node<'pr>) {
        self.look_at(&node);
    }

    fn visit_leaf_node_enter(&mut self, node: Node<'pr>) {
        self.look_at(&node);
    }
}

impl Search<'_> {
    fn look_at(&mut self, node: &Node<'_>) {
        if self.done {
            return;
        }
        match self.wanted {
            Wanted::Mark(mark) if mark.kind != Kind::Other && mark_of(node) == mark => {
                self.done = true;
                self.found = self.range(node);
            }
            Wanted::Definition(range) if (node.location().start(), node.location().end()) == range => {
                if let Some(found) = self.definition(node) {
                    self.done = true;
                    self.found = self.located(found.0, found.1);
                }
            }
            _ => {}
        }
    }

    /// Offsets of what names a definition.
    fn definition(&self, node: &Node<'_>) -> Option<(u32, u32)> {
        if let Some(node) = node.as_def_node() {
            let name = node.name_loc();
            return Some((node.operator_loc().map_or(name.start(), |operator| operator.start()), name.end()));
        }
        let location = match (node.as_lambda_node(), node.as_block_node()) {
            (Some(node), _) => node.operator_loc(),
            (_, Some(node)) => node.opening_loc(),
            _ => return None,
        };
        Some((location.start(), location.end()))
    }

    fn range(&self, node: &Node<'_>) -> Option<Spot> {
        let arguments = self.query.point == Point::Arguments;
        if let Some(call) = node.as_call_node() {
            return if arguments { self.call_arguments(&call) } else { self.call_name(&call) };
        }
        if let Some(write) = node.as_local_variable_operator_write_node() {
            return if arguments { self.at(&write.value().location()) } else { self.at(&write.binary_operator_loc().chop()) };
        }
        if let Some(write) = node.as_call_operator_write_node() {
            return if arguments { self.at(&write.value().location()) } else { self.attribute_name(&write) };
        }
        if let Some(write) = node.as_index_operator_write_node() {
            if arguments {
                let start = write.arguments().map_or(write.opening_loc().start() + 1, |list| list.location().start());
                return self.located(start, write.value().location().end());
            }
            return self.index_name(&write);
        }
        if let Some(write) = node.as_constant_path_operator_write_node() {
            let target = write.target();
            let is_target = target.name().map(|name| name.as_slice()) == self.query.name;
            return if is_target {
                self.located(target.delimiter_loc().start(), target.name_loc().end())
            } else {
                self.at(&write.binary_operator_loc().chop())
            };
        }
        match node.as_constant_path_node() {
            Some(path) => self.path_name(&path),
            None => self.at(&node.location()),
        }
    }

    fn call_name(&self, call: &prism::CallNode<'_>) -> Option<Spot> {
        let name = call.name();
        let name = name.as_slice();
        let (message, operator) = (call.message_loc(), call.call_operator_loc());
        if name == b"call" && message.is_none() {
            return None;
        }
        let location = message.as_ref().or(operator.as_ref());
        let (mut start, mut end) = location.map_or_else(|| (call.location().start(), call.location().end()), |at| (at.start(), at.end()));
        if let Some(operator) = operator.as_ref().filter(|operator| self.line_of(operator.start()) == self.line_of(start)) {
            start = operator.start();
        }
        if name.ends_with(b"=") && message.as_ref().is_some_and(|message| !message.as_slice().ends_with(b"=")) {
            end = self.behind_equal_sign(end)?;
        }
        let is_operator =
            !name.ends_with(b"=") && !name.iter().any(|&byte| byte.is_ascii_alphabetic() || byte >= 0x80 || byte == b'_' || byte == b'[');
        let spot = self.located(start, end)?;
        Some(if is_operator { Spot { last_line: spot.first_line, ..spot } } else { spot })
    }

    fn call_arguments(&self, call: &prism::CallNode<'_>) -> Option<Spot> {
        let arguments = call.arguments()?;
        let name = call.name();
        if name.as_slice() == b"call" && call.message_loc().is_none() {
            return None;
        }
        if let Some(opening) = call.opening_loc().filter(|_| name.as_slice() == b"[]=" && arguments.arguments().len() == 1) {
            return self.located(opening.start() + 1, arguments.location().end());
        }
        self.at(&arguments.location())
    }

    fn attribute_name(&self, write: &prism::CallOperatorWriteNode<'_>) -> Option<Spot> {
        let name = self.query.name?;
        if !name.first().is_some_and(|&byte| byte.is_ascii_alphabetic() || byte >= 0x80 || byte == b'_') {
            return self.at(&write.binary_operator_loc().chop());
        }
        let (message, operator) = (write.message_loc()?, write.call_operator_loc());
        let operator = operator.filter(|operator| self.line_of(operator.start()) == self.line_of(message.start()));
        let start = operator.map_or(message.start(), |operator| operator.start());
        let end = if name.ends_with(b"=") { self.behind_equal_sign(message.end())? } else { message.end() };
        self.located(start, end)
    }

    fn index_name(&self, write: &prism::IndexOperatorWriteNode<'_>) -> Option<Spot> {
        let (opening, closing, operator) = (write.opening_loc(), write.closing_loc(), write.binary_operator_loc());
        match self.query.name {
            Some(b"[]") => self.located(opening.start(), closing.end()),
            Some(b"[]=") => self.located(opening.start(), self.behind_equal_sign(closing.end())?),
            _ if operator.start_line() != opening.start_line() => None,
            _ => self.at(&operator.chop()),
        }
    }

    /// The part of `A::B::C` with the name that is missing, if only one has it.
    fn path_name(&self, path: &prism::ConstantPathNode<'_>) -> Option<Spot> {
        let mut found = Vec::new();
        let mut note = |path: &prism::ConstantPathNode<'_>| {
            if path.name().map(|name| name.as_slice()) == self.query.name {
                let (delimiter, name) = (path.delimiter_loc(), path.name_loc());
                let same_line = delimiter.end_line() == name.start_line();
                found.push((if same_line { delimiter.start() } else { name.start() }, name.end()));
            }
        };
        note(path);
        let mut at = path.parent();
        while let Some(outer) = at.as_ref().and_then(|node| node.as_constant_path_node()) {
            note(&outer);
            at = outer.parent();
        }
        if let Some(first) = at.as_ref().and_then(|node| node.as_constant_read_node())
            && Some(first.name().as_slice()) == self.query.name
        {
            found.push((first.location().start(), first.location().end()));
        }
        match found[..] {
            [(start, end)] => self.located(start, end),
            _ => None,
        }
    }

    fn at(&self, location: &Location<'_>) -> Option<Spot> {
        self.located(location.start(), location.end())
    }

    /// Offset behind the next `=` of the line.
    fn behind_equal_sign(&self, from: u32) -> Option<u32> {
        let rest = &self.source[from as usize..];
        let line = rest.split(|&byte| byte == b'\n').next()?;
        line.iter().position(|&byte| byte == b'=').map(|at| from + at as u32 + 1)
    }

    /// Number of the line, counted from 0, and offset of its start.
    fn line_of(&self, offset: u32) -> (usize, usize) {
        let before = &self.source[..offset as usize];
        let number = before.iter().filter(|&&byte| byte == b'\n').count();
        (number, before.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1))
    }

    /// The range with the lines it is on. Lines with other than ASCII characters get no marker.
    fn located(&self, start: u32, end: u32) -> Option<Spot> {
        let ((first, first_start), (last, last_start)) = (self.line_of(start), self.line_of(end));
        let lines_end = self.source[end as usize..].iter().position(|&byte| byte == b'\n').map_or(self.source.len(), |at| end as usize + at + 1);
        let mut snippet = std::str::from_utf8(&self.source[first_start..lines_end]).ok().filter(|text| text.is_ascii())?.to_string();
        if !snippet.ends_with('\n') {
            snippet.push('\n');
        }
        let (first_column, last_column) = (start - first_start as u32, end - last_start as u32);
        if first_column >= last_column {
            return None;
        }
        let line = first as i32 + 1;
        Some(Spot { first_line: line, first_column, last_line: last as i32 + 1, last_column, snippet })
    }
}
