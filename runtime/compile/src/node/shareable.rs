//! `# shareable_constant_value`: what is assigned to a constant is made shareable, or checked.
//!
//! Invariant: `Compiler::shareable` is set from the assignment to the start of its value only.
//! Source: CRuby 4.0 behaviour.

use bytecode::operand::{Base, Count, Dst, Imm, Src};
use bytecode::{CALL_SELF, CallFlags, CallSite, FRAME_HEADER, Literal, Op};
use ruby_prism::{self as prism, Node};

use crate::{Compiler, Done};

/// Elements of a literal that are built in registers; a longer one is made shareable as a whole.
const ELEMENTS: usize = 256;

/// How the value of a constant becomes shareable.
#[derive(Clone)]
pub(crate) enum Shareable {
    /// Literals are frozen, other values must be shareable already. Holds the constant as messages show it.
    Literal(Vec<u8>),
    /// Freezes everything that the value refers to.
    Everything,
    /// Freezes a copy.
    Copy,
}

impl<'pr> Compiler<'_, 'pr> {
    pub(super) fn shareable_constant(&mut self, node: &prism::ShareableConstantNode<'pr>, dst: Option<u16>) -> Done {
        let write = node.write();
        self.shareable = Some(if node.is_experimental_everything() {
            Shareable::Everything
        } else if node.is_experimental_copy() {
            Shareable::Copy
        } else {
            Shareable::Literal(written_name(&write))
        });
        let done = self.node(&write, dst);
        self.shareable = None;
        done
    }

    /// The value of an assignment to a constant that is to be shareable.
    pub(super) fn shareable_value(&mut self, value: &Node<'pr>, how: &Shareable, dst: u16) -> Done {
        match how {
            Shareable::Literal(name) => self.shareable_literal(value, name, dst),
            Shareable::Everything | Shareable::Copy => {
                self.expr(value, dst)?;
                let copies = if matches!(how, Shareable::Copy) { Literal::True } else { Literal::False };
                self.ask_ractor(b"__share_constant", dst, copies);
                Ok(())
            }
        }
    }

    fn shareable_literal(&mut self, value: &Node<'pr>, name: &[u8], dst: u16) -> Done {
        if let Some(array) = value.as_array_node() {
            let nodes: Vec<Node<'pr>> = array.elements().iter().collect();
            if nodes.len() <= ELEMENTS && !super::literal::has_splat(&array.elements()) {
                let base = self.shareable_elements(&nodes, name)?;
                self.emit(Op::Array { dst: Dst(dst), base: Base(base), count: Count(nodes.len() as u16) });
                self.freeze_literal(dst);
                return Ok(());
            }
        }
        if let Some(hash) = value.as_hash_node() {
            let pairs: Vec<_> = hash.elements().iter().filter_map(|node| node.as_assoc_node()).collect();
            if pairs.len() == hash.elements().len() && pairs.len() <= ELEMENTS {
                let nodes: Vec<Node<'pr>> = pairs.iter().flat_map(|pair| [pair.key(), pair.value()]).collect();
                let base = self.shareable_elements(&nodes, name)?;
                self.emit(Op::Hash { dst: Dst(dst), base: Base(base), count: Count(pairs.len() as u16) });
                self.freeze_literal(dst);
                return Ok(());
            }
        }
        if let Some(range) = range_of(value) {
            let (low, high) = (self.f().temp(), self.f().temp());
            for (end, at) in [(range.left(), low), (range.right(), high)] {
                match end {
                    Some(end) => self.shareable_literal(&end, name, at)?,
                    None => self.load_nil(Some(at)),
                }
            }
            let exclusive = Imm(i16::from(range.is_exclude_end()));
            self.emit(Op::Range { dst: Dst(dst), low: Src(low), high: Src(high), exclusive });
            return Ok(());
        }
        if let Some(string) = value.as_string_node() {
            let literal = self.string_literal(&string);
            self.load(literal, dst);
            return Ok(());
        }
        self.expr(value, dst)?;
        match value {
            Node::InterpolatedStringNode { .. } | Node::SourceFileNode { .. } => self.freeze_literal(dst),
            Node::NilNode { .. }
            | Node::TrueNode { .. }
            | Node::FalseNode { .. }
            | Node::IntegerNode { .. }
            | Node::FloatNode { .. }
            | Node::RationalNode { .. }
            | Node::ImaginaryNode { .. }
            | Node::SymbolNode { .. }
            | Node::InterpolatedSymbolNode { .. }
            | Node::RegularExpressionNode { .. }
            | Node::InterpolatedRegularExpressionNode { .. }
            | Node::SourceLineNode { .. }
            | Node::SourceEncodingNode { .. } => {}
            _ => self.ask_ractor(b"__check_constant", dst, Literal::Str(name.to_vec(), "UTF-8")),
        }
        Ok(())
    }

    fn shareable_elements(&mut self, nodes: &[Node<'pr>], name: &[u8]) -> Result<u16, crate::CompileError> {
        let base = self.f().take(nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            self.shareable_literal(node, name, base.saturating_add(index as u16))?;
        }
        Ok(base)
    }

    fn freeze_literal(&mut self, dst: u16) {
        let base = self.call_area(0);
        self.move_to(base.saturating_add(CALL_SELF), dst);
        self.send(dst, base, CallSite { name: b"freeze".to_vec(), argc: 0, ..CallSite::default() });
    }

    /// `value = Ractor.name(value, argument)`
    fn ask_ractor(&mut self, name: &[u8], value: u16, argument: Literal) {
        let base = self.call_area(2);
        self.get_const_top(b"Ractor", base.saturating_add(CALL_SELF));
        self.move_to(base.saturating_add(FRAME_HEADER), value);
        self.load(argument, base.saturating_add(FRAME_HEADER + 1));
        let flags = CallFlags(CallFlags::PRIVATE_OK);
        self.send(value, base, CallSite { name: name.to_vec(), argc: 2, flags, ..CallSite::default() });
    }
}

/// The Range of a literal, in brackets or not.
fn range_of<'pr>(value: &Node<'pr>) -> Option<prism::RangeNode<'pr>> {
    let Some(brackets) = value.as_parentheses_node() else { return value.as_range_node() };
    let body = brackets.body()?;
    let statements = body.as_statements_node()?;
    let only = statements.body().iter().next().filter(|_| statements.body().len() == 1)?;
    only.as_range_node()
}

/// A constant as messages about its assignment show it.
fn written_name(write: &Node<'_>) -> Vec<u8> {
    let target = match write {
        Node::ConstantPathWriteNode { .. } => write.as_constant_path_write_node().map(|node| node.target()),
        Node::ConstantPathOrWriteNode { .. } => write.as_constant_path_or_write_node().map(|node| node.target()),
        Node::ConstantPathAndWriteNode { .. } => write.as_constant_path_and_write_node().map(|node| node.target()),
        Node::ConstantPathOperatorWriteNode { .. } => write.as_constant_path_operator_write_node().map(|node| node.target()),
        _ => None,
    };
    if let Some(path) = target {
        return path_name(&path.as_node());
    }
    let name = match write {
        Node::ConstantWriteNode { .. } => write.as_constant_write_node().map(|node| node.name()),
        Node::ConstantOrWriteNode { .. } => write.as_constant_or_write_node().map(|node| node.name()),
        Node::ConstantAndWriteNode { .. } => write.as_constant_and_write_node().map(|node| node.name()),
        _ => write.as_constant_operator_write_node().map(|node| node.name()),
    };
    name.map(|name| name.as_slice().to_vec()).unwrap_or_default()
}

fn path_name(node: &Node<'_>) -> Vec<u8> {
    if let Some(constant) = node.as_constant_read_node() {
        return constant.name().as_slice().to_vec();
    }
    let Some(path) = node.as_constant_path_node() else { return b"...".to_vec() };
    let mut name = path.parent().map(|parent| path_name(&parent)).unwrap_or_default();
    name.extend_from_slice(b"::");
    name.extend_from_slice(path.name().map(|name| name.as_slice()).unwrap_or_default());
    name
}
