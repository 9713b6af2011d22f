//! Arguments of calls: positional, splats, keywords, block values, forwarding.

use bytecode::operand::{Count, Dst, Mod, Src};
use bytecode::{CALL_BLOCK, CallFlags, CallSite, FunctionKind, Op, Place};
use ruby_prism::{self as prism, Node};

use crate::errors::CompileError;
use crate::{Compiler, Done, Variable};

/// Keywords beyond this number are passed as a Hash.
const MAX_KEYWORDS: usize = 128;

impl<'pr> Compiler<'_, 'pr> {
    /// Compiles arguments behind the area's header, which must be the top of the registers.
    pub(super) fn arguments(
        &mut self,
        arguments: Option<&prism::ArgumentsNode<'pr>>,
        block: Option<&Node<'pr>>,
        base: u16,
    ) -> Result<CallSite, CompileError> {
        let nodes: Vec<Node<'pr>> = arguments.map_or(Vec::new(), |a| a.arguments().iter().collect());
        let mut site = self.argument_list(&nodes, base, runs_no_code(block))?;
        if let Some(block) = block.and_then(|block| block.as_block_argument_node()) {
            let register = base.saturating_add(CALL_BLOCK);
            match block.expression() {
                Some(expression) => self.expr(&expression, register)?,
                None => self.anonymous_block(register),
            }
            site.flags.0 |= CallFlags::BLOCK_PASS;
        }
        Ok(site)
    }

    /// Arguments and keywords; `at_last` when no code runs between them and the call.
    fn argument_list(&mut self, nodes: &[Node<'pr>], base: u16, at_last: bool) -> Result<CallSite, CompileError> {
        let mut site = CallSite::default();
        let forwarding = matches!(nodes.last(), Some(Node::ForwardingArgumentsNode { .. }));
        let (positional, last) = match nodes.split_last() {
            Some((last @ (Node::KeywordHashNode { .. } | Node::ForwardingArgumentsNode { .. }), rest)) => (rest, Some(last)),
            _ => (nodes, None),
        };
        let splat = forwarding || positional.iter().any(|node| matches!(node, Node::SplatNode { .. }));
        if splat {
            let array = self.f().temp();
            self.splat_arguments(positional, forwarding, at_last && last.is_none(), array)?;
            site.flags.0 |= CallFlags::SPLAT;
            site.argc = 1;
        } else {
            for node in positional {
                let register = self.f().temp();
                self.expr(node, register)?;
            }
            site.argc = positional.len() as u16;
        }
        if forwarding {
            self.forwarded(&mut site, base)?;
        } else if let Some(keywords) = last.and_then(|last| last.as_keyword_hash_node()) {
            self.keywords(&keywords, splat, at_last, &mut site)?;
        }
        Ok(site)
    }

    fn splat_arguments(&mut self, positional: &[Node<'pr>], forwarding: bool, at_last: bool, array: u16) -> Done {
        let mark = self.f().top();
        if !forwarding {
            let [only] = positional else { return self.array_of_nodes(positional, array) };
            let Some(splat) = only.as_splat_node().filter(|_| at_last) else { return self.array_of_nodes(positional, array) };
            let value = self.splat_value(&splat)?;
            self.emit(Op::Spread { dst: Dst(array), src: Src(value) });
            self.f().release(mark);
            return Ok(());
        }
        if positional.is_empty() {
            let rest = self.anonymous(b"*")?;
            self.emit(Op::Spread { dst: Dst(array), src: Src(rest) });
        } else {
            self.array_of_nodes(positional, array)?;
            let rest = self.anonymous(b"*")?;
            self.emit(Op::ArrayConcat { array: Mod(array), src: Src(rest) });
        }
        self.f().release(mark);
        Ok(())
    }

    /// Keywords and block of `...`.
    fn forwarded(&mut self, site: &mut CallSite, base: u16) -> Done {
        let hash = self.f().temp();
        let source = self.anonymous(b"**")?;
        self.move_to(hash, source);
        self.f().release(hash.saturating_add(1));
        self.anonymous_block(base.saturating_add(CALL_BLOCK));
        site.flags.0 |= CallFlags::KW_HASH | CallFlags::BLOCK_PASS;
        Ok(())
    }

    fn keywords(&mut self, node: &prism::KeywordHashNode<'pr>, splat: bool, at_last: bool, site: &mut CallSite) -> Done {
        let elements: Vec<Node<'pr>> = node.elements().iter().collect();
        if !splat && let Some(names) = literal_names(&elements) {
            for assoc in elements.iter().filter_map(|element| element.as_assoc_node()) {
                let register = self.f().temp();
                self.expr(&assoc.value(), register)?;
            }
            site.keywords = names;
            return Ok(());
        }
        let hash = self.f().temp();
        site.flags.0 |= CallFlags::KW_HASH;
        if let [only] = elements.as_slice()
            && let Some(splat) = only.as_assoc_splat_node()
        {
            match splat.value() {
                Some(value) if at_last => return self.expr(&value, hash),
                Some(_) => {}
                None => {
                    let source = self.anonymous(b"**")?;
                    self.move_to(hash, source);
                    self.f().release(hash.saturating_add(1));
                    return Ok(());
                }
            }
        }
        site.flags.0 |= CallFlags::KW_FRESH;
        self.hash_of(&elements, hash)
    }

    /// A register with the value of an anonymous `*` or `**` parameter.
    pub(crate) fn anonymous(&mut self, name: &[u8]) -> Result<u16, CompileError> {
        match self.variable_by_name(name) {
            Some(Variable::Register(register)) => Ok(register),
            Some(variable) => {
                let temp = self.f().temp();
                self.read_variable(variable, temp);
                Ok(temp)
            }
            None => Err(CompileError::Internal("no anonymous parameter to pass on".into())),
        }
    }

    /// The value of an anonymous `&` parameter.
    fn anonymous_block(&mut self, dst: u16) {
        let owner = self.frames.iter().rposition(|frame| frame.variables.contains_key(&b"&"[..]));
        let of_method = owner.is_none_or(|index| {
            let frame = &self.frames[index];
            frame.kind == FunctionKind::Method && matches!(frame.variables.get(&b"&"[..]), Some(Place::Register(_)))
        });
        match self.variable_by_name(b"&") {
            Some(variable) if !of_method => self.read_variable(variable, dst),
            _ => {
                let depth = self.f().method_depth;
                self.emit(Op::MethodBlock { dst: Dst(dst), depth: Count(depth) });
            }
        }
    }
}

/// The names when every element is a distinct literal symbol with a value.
fn literal_names(elements: &[Node<'_>]) -> Option<Vec<Vec<u8>>> {
    if elements.len() > MAX_KEYWORDS {
        return None;
    }
    let mut names: Vec<Vec<u8>> = Vec::with_capacity(elements.len());
    for element in elements {
        let name = element.as_assoc_node()?.key().as_symbol_node()?.unescaped().to_vec();
        if names.contains(&name) {
            return None;
        }
        names.push(name);
    }
    Some(names)
}

/// Does the block argument of a call evaluate nothing that could change the arguments?
fn runs_no_code(block: Option<&Node<'_>>) -> bool {
    match block.and_then(|block| block.as_block_argument_node()) {
        None => true,
        Some(block) => block.expression().is_none_or(|value| matches!(value, Node::LocalVariableReadNode { .. } | Node::SymbolNode { .. })),
    }
}
