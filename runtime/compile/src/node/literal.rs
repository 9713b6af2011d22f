//! Numbers, arrays, hashes, ranges and the `__FILE__` family.

use bytecode::operand::{Base, Count, Dst, Imm, Src};
use bytecode::{CallFlags, CallSite, Literal, Op};
use ruby_prism::{self as prism, Node, NodeList};

use crate::{Compiler, Done, fold};

/// Elements of one `array` or `hash` instruction; longer literals are built in pieces.
const CHUNK: usize = 128;

impl<'pr> Compiler<'_, 'pr> {
    pub(super) fn integer(&mut self, node: &prism::IntegerNode<'pr>, dst: Option<u16>) -> Done {
        if let Some(dst) = dst {
            self.load(fold::integer(&node.value()), dst);
        }
        Ok(())
    }

    /// Float, Rational and Imaginary literals.
    pub(super) fn numeric(&mut self, node: &Node<'pr>, dst: Option<u16>) -> Done {
        let literal = fold::numeric(node).ok_or_else(|| self.no_rule(node))?;
        if let Some(dst) = dst {
            self.load(literal, dst);
        }
        Ok(())
    }

    pub(super) fn array_node(&mut self, node: &prism::ArrayNode<'pr>, dst: Option<u16>) -> Done {
        match dst {
            Some(dst) => self.array_of(&node.elements(), dst),
            None => {
                if has_splat(&node.elements()) {
                    let dst = self.f().temp();
                    return self.array_of(&node.elements(), dst);
                }
                for element in &node.elements() {
                    self.node(&element, None)?;
                }
                Ok(())
            }
        }
    }

    /// A new Array of the nodes (with splats and a trailing keyword hash) in `dst`.
    pub(crate) fn array_of(&mut self, list: &NodeList<'pr>, dst: u16) -> Done {
        let nodes: Vec<Node<'pr>> = list.iter().collect();
        self.array_of_nodes(&nodes, dst)
    }

    /// As `array_of` for nodes collected before.
    pub(crate) fn array_of_nodes(&mut self, nodes: &[Node<'pr>], dst: u16) -> Done {
        if let [only] = nodes
            && let Some(splat) = only.as_splat_node()
        {
            let mark = self.f().top();
            let value = self.splat_value(&splat)?;
            self.emit(Op::Splat { dst: Dst(dst), src: Src(value) });
            self.f().release(mark);
            return Ok(());
        }
        let (nodes, keywords) = match nodes.split_last() {
            Some((last, rest)) if may_be_empty(last) => (rest, Some(last)),
            _ => (nodes, None),
        };
        let plain = nodes.iter().take_while(|node| !matches!(node, Node::SplatNode { .. })).count();
        let first = plain.min(CHUNK);
        self.array_run(&nodes[..first], dst)?;
        let mut rest = &nodes[first..];
        while let Some(node) = rest.first() {
            let mark = self.f().top();
            if let Some(splat) = node.as_splat_node() {
                let value = self.splat_value(&splat)?;
                self.emit(Op::ArrayConcat { array: bytecode::operand::Mod(dst), src: Src(value) });
                rest = &rest[1..];
            } else {
                let run = rest.iter().take_while(|node| !matches!(node, Node::SplatNode { .. })).count();
                let run = run.min(CHUNK);
                self.array_append(&rest[..run], dst)?;
                rest = &rest[run..];
            }
            self.f().release(mark);
        }
        keywords.map_or(Ok(()), |keywords| self.append_keywords(keywords, dst))
    }

    /// Appends a Hash of nothing but double splats, unless they give nothing.
    fn append_keywords(&mut self, keywords: &Node<'pr>, dst: u16) -> Done {
        let mark = self.f().top();
        let hash = self.f().temp();
        self.expr(keywords, hash)?;
        let name = self.symbol(b"hash_unless_empty");
        self.emit(Op::Primitive { dst: Dst(hash), name, base: Base(hash), count: Count(1) });
        self.emit(Op::ArrayConcat { array: bytecode::operand::Mod(dst), src: Src(hash) });
        self.f().release(mark);
        Ok(())
    }

    fn array_append(&mut self, nodes: &[Node<'pr>], dst: u16) -> Done {
        let array = bytecode::operand::Mod(dst);
        if let [only] = nodes {
            let value = self.operand(only)?;
            self.emit(Op::ArrayPush { array, src: Src(value) });
            return Ok(());
        }
        let part = self.f().temp();
        self.array_run(nodes, part)?;
        self.emit(Op::ArrayConcat { array, src: Src(part) });
        Ok(())
    }

    /// A new Array of plain nodes.
    fn array_run(&mut self, nodes: &[Node<'pr>], dst: u16) -> Done {
        let mark = self.f().top();
        let base = self.f().take(nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            self.expr(node, base.saturating_add(index as u16))?;
        }
        self.emit(Op::Array { dst: Dst(dst), base: Base(base), count: Count(nodes.len() as u16) });
        self.f().release(mark);
        Ok(())
    }

    /// The value behind `*`, also of an anonymous one.
    pub(crate) fn splat_value(&mut self, splat: &prism::SplatNode<'pr>) -> Result<u16, crate::CompileError> {
        match splat.expression() {
            Some(expression) => self.operand(&expression),
            None => self.anonymous(b"*"),
        }
    }

    pub(super) fn hash_node(&mut self, elements: &NodeList<'pr>, dst: Option<u16>) -> Done {
        let dst = self.or_scratch(dst);
        let nodes: Vec<Node<'pr>> = elements.iter().collect();
        self.hash_of(&nodes, dst)
    }

    /// A new Hash of pairs and double splats in `dst`.
    pub(crate) fn hash_of(&mut self, nodes: &[Node<'pr>], dst: u16) -> Done {
        let plain = nodes.iter().take_while(|node| matches!(node, Node::AssocNode { .. })).count();
        let first = plain.min(CHUNK);
        let mark = self.f().top();
        let base = self.f().take(2 * first);
        for (index, assoc) in nodes[..first].iter().filter_map(|node| node.as_assoc_node()).enumerate() {
            let at = base.saturating_add(2 * index as u16);
            self.hash_key(&assoc.key(), at)?;
            self.expr(&assoc.value(), at.saturating_add(1))?;
        }
        self.emit(Op::Hash { dst: Dst(dst), base: Base(base), count: Count(first as u16) });
        self.f().release(mark);
        for node in &nodes[first..] {
            self.hash_add(node, dst)?;
            self.f().release(mark);
        }
        Ok(())
    }

    fn hash_add(&mut self, node: &Node<'pr>, dst: u16) -> Done {
        let hash = bytecode::operand::Mod(dst);
        if let Some(assoc) = node.as_assoc_node() {
            let (key, value) = (self.f().temp(), self.f().temp());
            self.hash_key(&assoc.key(), key)?;
            self.expr(&assoc.value(), value)?;
            self.emit(Op::HashSet { hash, key: Src(key), value: Src(value) });
            return Ok(());
        }
        let splat = node.as_assoc_splat_node().ok_or_else(|| self.no_rule(node))?;
        let value = match splat.value() {
            Some(value) => self.operand(&value)?,
            None => self.anonymous(b"**")?,
        };
        self.emit(Op::HashMerge { hash, src: Src(value) });
        Ok(())
    }

    /// A key: String literals are frozen and shared, since `hash` would copy and freeze them.
    fn hash_key(&mut self, key: &Node<'pr>, dst: u16) -> Done {
        match key.as_string_node() {
            Some(string) => {
                let literal = self.string_literal(&string);
                self.load(literal, dst);
                Ok(())
            }
            None => self.expr(key, dst),
        }
    }

    pub(super) fn range(&mut self, node: &prism::RangeNode<'pr>, dst: Option<u16>) -> Done {
        let exclusive = node.is_exclude_end();
        let ends = (fold::range_end(node.left().as_ref()), fold::range_end(node.right().as_ref()));
        if let (Some(low), Some(high)) = ends {
            if let Some(dst) = dst {
                self.load(Literal::Range(Box::new(low), Box::new(high), exclusive), dst);
            }
            return Ok(());
        }
        let dst = self.or_scratch(dst);
        let (low, high) = (self.f().temp(), self.f().temp());
        self.expr_or_nil(node.left().as_ref(), Some(low))?;
        self.expr_or_nil(node.right().as_ref(), Some(high))?;
        let exclusive = Imm(i16::from(exclusive));
        self.emit(Op::Range { dst: Dst(dst), low: Src(low), high: Src(high), exclusive });
        Ok(())
    }

    pub(super) fn source_file(&mut self, node: &prism::SourceFileNode<'pr>, dst: Option<u16>) -> Done {
        if let Some(dst) = dst {
            let literal = Literal::Str(self.file.as_bytes().to_vec(), "UTF-8");
            self.new_string(literal, node.is_frozen(), node.is_mutable(), dst);
        }
        Ok(())
    }

    pub(super) fn source_line(&mut self, node: &prism::SourceLineNode<'pr>, dst: Option<u16>) -> Done {
        if let Some(dst) = dst {
            self.load(Literal::Int(i64::from(node.location().start_line())), dst);
        }
        Ok(())
    }

    /// `__ENCODING__` is `Encoding.find` of the source's encoding.
    pub(super) fn source_encoding(&mut self, dst: Option<u16>) -> Done {
        let Some(dst) = dst else {
            return Ok(());
        };
        let name = self.encoding.as_bytes().to_vec();
        let base = self.call_area(1);
        self.get_const_top(b"Encoding", base.saturating_add(bytecode::CALL_SELF));
        self.load(Literal::Str(name, "US-ASCII"), base.saturating_add(bytecode::FRAME_HEADER));
        let site = CallSite { name: b"find".to_vec(), argc: 1, flags: CallFlags(0), ..CallSite::default() };
        self.send(dst, base, site);
        Ok(())
    }
}

/// Is it a Hash without braces that consists of double splats only?
fn may_be_empty(node: &Node<'_>) -> bool {
    node.as_keyword_hash_node().is_some_and(|hash| hash.elements().iter().all(|element| element.as_assoc_splat_node().is_some()))
}

/// True when a list has `*` in it.
pub(crate) fn has_splat(list: &NodeList<'_>) -> bool {
    list.iter().any(|node| matches!(node, Node::SplatNode { .. }))
}
