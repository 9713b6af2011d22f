//! Calls: operators, sends, super, yield.

use bytecode::operand::{Base, Dst, Imm, Site, Src};
use bytecode::{BLOCK_RECORD, CALL_SELF, CallFlags, CallSite, FRAME_HEADER, FunctionKind, Op, SiteKind};
use ruby_prism::{self as prism, Node};

use super::block::symbol_of_block;
use crate::coverage::Branching;
use crate::errors::CompileError;
use crate::{Compiler, Done, fold};

impl<'pr> Compiler<'_, 'pr> {
    /// Takes a call area with room for `count` arguments and gives its base.
    pub(crate) fn call_area(&mut self, count: usize) -> u16 {
        self.f().take(usize::from(FRAME_HEADER) + count)
    }

    /// Emits a send.
    pub(crate) fn send(&mut self, dst: u16, base: u16, site: CallSite) {
        let site = self.site(SiteKind::Call(site));
        self.emit(Op::Send { dst: Dst(dst), base: Base(base), site });
    }

    /// A call made by the compiler: `r[dst] = r[receiver].name(r[args]...)`.
    pub(crate) fn send_simple(&mut self, dst: u16, receiver: u16, name: &[u8], arguments: &[u16], flags: u16) {
        let mark = self.f().top();
        let base = self.call_area(arguments.len());
        self.move_to(base.saturating_add(CALL_SELF), receiver);
        for (index, argument) in arguments.iter().enumerate() {
            self.move_to(base.saturating_add(FRAME_HEADER).saturating_add(index as u16), *argument);
        }
        let flags = CallFlags(flags);
        self.send(dst, base, CallSite { name: name.to_vec(), argc: arguments.len() as u16, flags, ..CallSite::default() });
        self.f().release(mark);
    }

    /// A call site of an operator.
    pub(crate) fn operator_site(&mut self, name: &[u8], argc: u16, flags: u16) -> Site {
        let flags = CallFlags(flags);
        self.site(SiteKind::Call(CallSite { name: name.to_vec(), argc, flags, ..CallSite::default() }))
    }

    pub(super) fn call_node(&mut self, node: &prism::CallNode<'pr>, dst: Option<u16>) -> Done {
        if node.is_attribute_write() {
            return self.attribute_write(node, dst);
        }
        if self.primitive_call(node, dst)? || self.operator_call(node, dst)? {
            return Ok(());
        }
        let dst = self.or_scratch(dst);
        let record = self.block_record(node.block().as_ref());
        let base = self.call_area(0);
        let flags = call_flags(node);
        match frozen_literal(node) {
            Some(string) => self.frozen_string(&string, base.saturating_add(CALL_SELF)),
            None => self.receiver(node.receiver().as_ref(), base)?,
        }
        let skip = self.safe_navigation(node.is_safe_navigation(), base);
        let branching = skip.and_then(|_| self.cover_branch("&.", &node.location()));
        self.cover_arm(branching, "then", None);
        let mut site = self.arguments(node.arguments().as_ref(), passed_block(node.block()).as_ref(), base)?;
        site.name = node.name().as_slice().to_vec();
        site.flags.0 |= flags;
        self.literal_block(node.block().as_ref(), record, &mut site)?;
        self.at_call(node);
        self.send(dst, base, site);
        self.end_safe_navigation(skip, dst, branching);
        Ok(())
    }

    /// Compiles `Primitive.name(values)` of the prelude's files; false when the call is none.
    fn primitive_call(&mut self, node: &prism::CallNode<'pr>, dst: Option<u16>) -> Result<bool, CompileError> {
        let receiver = node.receiver().and_then(|receiver| receiver.as_constant_read_node().map(|name| name.name()));
        let named = receiver.is_some_and(|name| name.as_slice() == b"Primitive");
        if !named || !self.options.primitives {
            return Ok(false);
        }
        let Some(arguments) = plain_arguments(node).filter(|_| node.block().is_none()) else {
            let line = node.location().start_line();
            return Err(CompileError::plain(&self.file, line, "primitives take plain arguments"));
        };
        let dst = self.or_scratch(dst);
        let mark = self.f().top();
        let base = self.f().take(arguments.len());
        for (index, argument) in arguments.iter().enumerate() {
            self.expr(argument, base.saturating_add(index as u16))?;
        }
        let called = node.name();
        let name = self.symbol(called.as_slice());
        self.at_call(node);
        let count = bytecode::operand::Count(arguments.len() as u16);
        let (dst, base) = (Dst(dst), Base(base));
        self.emit(match (called.as_slice(), arguments.len()) {
            (b"is_fixnum", 1) => Op::PrimIsFixnum { dst, name, base, count },
            (b"integer_add", 2) => Op::PrimIntegerAdd { dst, name, base, count },
            (b"integer_sub", 2) => Op::PrimIntegerSub { dst, name, base, count },
            (b"integer_lt", 2) => Op::PrimIntegerLt { dst, name, base, count },
            (b"integer_le", 2) => Op::PrimIntegerLe { dst, name, base, count },
            (b"array_size", 1) => Op::PrimArrayLength { dst, name, base, count },
            (b"array_get", 2) => Op::PrimArrayAt { dst, name, base, count },
            (b"array_push", 2) => Op::PrimArrayAppend { dst, name, base, count },
            _ => Op::Primitive { dst, name, base, count },
        });
        self.f().release(mark);
        Ok(true)
    }

    /// Sets the line of a call: that of the method's name.
    fn at_call(&mut self, node: &prism::CallNode<'pr>) {
        let location = node.message_loc().unwrap_or_else(|| node.location());
        self.at(&location);
    }

    /// The receiver, or self, into its place in the area.
    fn receiver(&mut self, receiver: Option<&Node<'pr>>, base: u16) -> Done {
        let register = base.saturating_add(CALL_SELF);
        match receiver {
            Some(receiver) => self.expr(receiver, register),
            None => {
                self.emit(Op::LoadSelf { dst: Dst(register) });
                Ok(())
            }
        }
    }

    fn safe_navigation(&mut self, safe: bool, base: u16) -> Option<bytecode::Label> {
        if !safe {
            return None;
        }
        let skip = self.label();
        self.emit(Op::JumpNil { src: Src(base.saturating_add(CALL_SELF)), target: skip.jump() });
        Some(skip)
    }

    pub(crate) fn end_safe_navigation(&mut self, skip: Option<bytecode::Label>, dst: u16, branching: Option<Branching>) {
        if let Some(skip) = skip {
            let end = self.label();
            self.jump(end);
            self.bind(skip);
            self.cover_arm(branching, "else", None);
            self.load_nil(Some(dst));
            self.bind(end);
        }
    }

    /// Takes the registers of a literal block's record.
    pub(super) fn block_record(&mut self, block: Option<&Node<'pr>>) -> u16 {
        let literal = block.is_some_and(|block| block.as_block_node().is_some() || symbol_of_block(block).is_some());
        if literal { self.f().take(usize::from(BLOCK_RECORD)) } else { 0 }
    }

    /// Compiles a literal block of a call.
    pub(super) fn literal_block(&mut self, block: Option<&Node<'pr>>, record: u16, site: &mut CallSite) -> Done {
        let Some(block) = block else { return Ok(()) };
        let child = match (block.as_block_node(), symbol_of_block(block)) {
            (Some(block), _) => self.block_node(&block)?,
            (None, Some(symbol)) => self.symbol_block(&symbol)?,
            (None, None) => return Ok(()),
        };
        site.block = Some(child);
        site.block_record = record;
        Ok(())
    }

    /// Compiles operators with plain operands; false when the call is none.
    fn operator_call(&mut self, node: &prism::CallNode<'pr>, dst: Option<u16>) -> Result<bool, CompileError> {
        let Some(receiver) = node.receiver() else {
            return Ok(false);
        };
        if node.is_safe_navigation() || node.block().is_some() {
            return Ok(false);
        }
        let name = node.name();
        let name = name.as_slice();
        let flags = call_flags(node);
        match plain_arguments(node).as_deref() {
            Some([]) if matches!(name, b"!" | b"-@") => {
                let dst = self.or_scratch(dst);
                let a = self.operand(&receiver)?;
                self.at_call(node);
                let site = self.operator_site(name, 0, flags);
                let (dst, a) = (Dst(dst), Src(a));
                self.emit(if name == b"!" { Op::Not { dst, a, site } } else { Op::Neg { dst, a, site } });
                Ok(true)
            }
            Some([argument]) if is_binary(name) => {
                let dst = self.or_scratch(dst);
                self.binary_node(node, &receiver, argument, dst)?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn binary_node(&mut self, node: &prism::CallNode<'pr>, receiver: &Node<'pr>, argument: &Node<'pr>, dst: u16) -> Done {
        let name = node.name();
        let name = name.as_slice();
        let flags = call_flags(node);
        if let (Some(value), b"+" | b"-") = (fold::small_integer(argument), name) {
            let a = self.operand(receiver)?;
            self.at_call(node);
            self.binary_imm(name, dst, a, value, flags);
            return Ok(());
        }
        let a = self.operand_before(receiver, std::slice::from_ref(argument))?;
        let b = self.operand(argument)?;
        self.at_call(node);
        self.binary(name, dst, a, b, flags);
        Ok(())
    }

    /// `+` or `-` with a small literal.
    pub(crate) fn binary_imm(&mut self, name: &[u8], dst: u16, a: u16, value: i16, flags: u16) {
        let site = self.operator_site(name, 1, flags);
        let (dst, a, value) = (Dst(dst), Src(a), Imm(value));
        let plus = name == b"+";
        self.emit(if plus { Op::AddImm { dst, a, value, site } } else { Op::SubImm { dst, a, value, site } });
    }

    /// A binary operator on registers; other methods become a send.
    pub(crate) fn binary(&mut self, name: &[u8], dst: u16, a: u16, b: u16, flags: u16) {
        if !is_binary(name) {
            return self.send_simple(dst, a, name, &[b], flags);
        }
        let site = self.operator_site(name, 1, flags);
        let (dst, a, b) = (Dst(dst), Src(a), Src(b));
        let op = match name {
            b"+" => Op::Add { dst, a, b, site },
            b"-" => Op::Sub { dst, a, b, site },
            b"*" => Op::Mul { dst, a, b, site },
            b"/" => Op::Div { dst, a, b, site },
            b"%" => Op::Rem { dst, a, b, site },
            b"**" => Op::Pow { dst, a, b, site },
            b"&" => Op::And { dst, a, b, site },
            b"|" => Op::Or { dst, a, b, site },
            b"^" => Op::Xor { dst, a, b, site },
            b"<<" => Op::Shl { dst, a, b, site },
            b">>" => Op::Shr { dst, a, b, site },
            b"<" => Op::Lt { dst, a, b, site },
            b"<=" => Op::Le { dst, a, b, site },
            b">" => Op::Gt { dst, a, b, site },
            b">=" => Op::Ge { dst, a, b, site },
            b"==" => Op::Eq { dst, a, b, site },
            b"!=" => Op::Neq { dst, a, b, site },
            _ => Op::Index { dst, a, b, site },
        };
        self.emit(op);
    }

    /// A comparison as condition: jumps to `target` when its truth is `when`. False when the call is
    /// no comparison of plain operands.
    pub(crate) fn compare_jump(&mut self, node: &prism::CallNode<'pr>, target: bytecode::Label, when: bool) -> Result<bool, CompileError> {
        let arguments = plain_arguments(node);
        let (Some(receiver), Some([argument])) = (node.receiver(), arguments.as_deref()) else {
            return Ok(false);
        };
        let name = node.name();
        let name = name.as_slice();
        let comparison = matches!(name, b"<" | b"<=" | b">" | b">=" | b"==");
        if !comparison || node.is_safe_navigation() || node.block().is_some() {
            return Ok(false);
        }
        let a = self.operand_before(&receiver, std::slice::from_ref(argument))?;
        let b = self.operand(argument)?;
        self.at_call(node);
        let site = self.operator_site(name, 1, call_flags(node));
        let (a, b, target) = (Src(a), Src(b), target.jump());
        self.emit(match (name, when) {
            (b"<", true) => Op::JumpLt { a, b, target, site },
            (b"<", false) => Op::JumpNotLt { a, b, target, site },
            (b"<=", true) => Op::JumpLe { a, b, target, site },
            (b"<=", false) => Op::JumpNotLe { a, b, target, site },
            (b">", true) => Op::JumpGt { a, b, target, site },
            (b">", false) => Op::JumpNotGt { a, b, target, site },
            (b">=", true) => Op::JumpGe { a, b, target, site },
            (b">=", false) => Op::JumpNotGe { a, b, target, site },
            (_, true) => Op::JumpEq { a, b, target, site },
            (_, false) => Op::JumpNotEq { a, b, target, site },
        });
        Ok(true)
    }

    pub(super) fn yield_node(&mut self, node: &prism::YieldNode<'pr>, dst: Option<u16>) -> Done {
        let in_method = match self.method_level_frame() {
            Some(index) => self.frames[index].kind == FunctionKind::Method,
            None => self.options.method_level.in_method,
        };
        if !in_method {
            let line = node.location().start_line();
            return Err(CompileError::plain(&self.file, line, "Invalid yield"));
        }
        let dst = self.or_scratch(dst);
        let base = self.call_area(0);
        let mut site = self.arguments(node.arguments().as_ref(), None, base)?;
        site.depth = self.f().method_depth;
        self.at(&node.location());
        let site = self.site(SiteKind::Call(site));
        self.emit(Op::Yield { dst: Dst(dst), base: Base(base), site });
        Ok(())
    }

    pub(super) fn super_node(&mut self, node: &prism::SuperNode<'pr>, dst: Option<u16>) -> Done {
        let dst = self.or_scratch(dst);
        let block = node.block();
        let record = self.block_record(block.as_ref());
        let base = self.call_area(0);
        self.receiver(None, base)?;
        let mut site = self.arguments(node.arguments().as_ref(), passed_block(node.block()).as_ref(), base)?;
        self.literal_block(block.as_ref(), record, &mut site)?;
        self.at(&node.keyword_loc());
        self.send_super(dst, base, site);
        Ok(())
    }

    /// The call; without a block of its own it passes the method's.
    fn send_super(&mut self, dst: u16, base: u16, mut site: CallSite) {
        site.depth = self.f().method_depth;
        site.flags.0 |= CallFlags::PRIVATE_OK;
        let level = self.method_level_frame();
        site.name = level.map_or(Vec::new(), |index| self.frames[index].name.clone());
        let site = self.site(SiteKind::Call(site));
        self.emit(Op::SendSuper { dst: Dst(dst), base: Base(base), site });
    }

    pub(super) fn zsuper_node(&mut self, node: &prism::ForwardingSuperNode<'pr>, dst: Option<u16>) -> Done {
        let dst = self.or_scratch(dst);
        let block = node.block().map(|block| block.as_node());
        let record = self.block_record(block.as_ref());
        let base = self.call_area(0);
        self.receiver(None, base)?;
        let mut site = self.own_parameters()?;
        self.literal_block(block.as_ref(), record, &mut site)?;
        site.flags.0 |= CallFlags::ZSUPER;
        self.at(&node.location());
        self.send_super(dst, base, site);
        Ok(())
    }

    /// The current values of the method's parameters as arguments.
    fn own_parameters(&mut self) -> Result<CallSite, CompileError> {
        let params = match self.method_level_frame() {
            Some(index) => self.frames[index].params.clone(),
            None => self.options.method_level.params.cloned().unwrap_or_default(),
        };
        let fixed = params.required + params.optional;
        let mut site = CallSite { argc: fixed + params.post, ..CallSite::default() };
        if params.rest {
            let array = self.f().temp();
            let parts = self.f().take(usize::from(fixed));
            for index in 0..fixed {
                self.read_param(&params, index, parts.saturating_add(index))?;
            }
            let count = bytecode::operand::Count(fixed);
            self.emit(Op::Array { dst: Dst(array), base: Base(parts), count });
            self.f().release(parts);
            self.append_rest(&params, fixed, array)?;
            site.argc = 1;
            site.flags.0 |= CallFlags::SPLAT;
        } else {
            for index in 0..fixed + params.post {
                let register = self.f().temp();
                self.read_param(&params, index, register)?;
            }
        }
        self.own_keywords(&params, &mut site)?;
        Ok(site)
    }

    fn append_rest(&mut self, params: &bytecode::Params, rest: u16, array: u16) -> Done {
        let value = self.f().temp();
        let array = bytecode::operand::Mod(array);
        self.read_param(params, rest, value)?;
        self.emit(Op::ArrayConcat { array, src: Src(value) });
        for index in 0..params.post {
            self.read_param(params, rest + 1 + index, value)?;
            self.emit(Op::ArrayPush { array, src: Src(value) });
        }
        self.f().release(value);
        Ok(())
    }

    fn own_keywords(&mut self, params: &bytecode::Params, site: &mut CallSite) -> Done {
        let first = params.required + params.optional + u16::from(params.rest) + params.post;
        let count = params.keywords.len() as u16;
        let splat = site.flags.has(CallFlags::SPLAT);
        if count == 0 && !params.keyword_rest.is_some() {
            return Ok(());
        }
        if !params.keyword_rest.is_some() && !splat {
            for index in 0..count {
                let register = self.f().temp();
                self.read_param(params, first + index, register)?;
            }
            site.keywords = params.keywords.iter().map(|keyword| keyword.name.clone()).collect();
            return Ok(());
        }
        let hash = self.f().temp();
        let pairs = self.f().take(2 * usize::from(count));
        for (index, keyword) in params.keywords.iter().enumerate() {
            let at = pairs.saturating_add(2 * index as u16);
            let name = self.symbol(&keyword.name);
            self.emit(Op::LoadLit { dst: Dst(at), lit: name });
            self.read_param(params, first + index as u16, at.saturating_add(1))?;
        }
        let pairs_count = bytecode::operand::Count(count);
        self.emit(Op::Hash { dst: Dst(hash), base: Base(pairs), count: pairs_count });
        self.f().release(pairs);
        if params.keyword_rest.is_some() {
            let value = self.f().temp();
            self.read_param(params, first + count, value)?;
            self.emit(Op::HashMerge { hash: bytecode::operand::Mod(hash), src: Src(value) });
            self.f().release(value);
        }
        site.flags.0 |= CallFlags::KW_HASH | CallFlags::KW_FRESH;
        Ok(())
    }

    /// Current value of parameter `index` of the method-level function.
    fn read_param(&mut self, params: &bytecode::Params, index: u16, dst: u16) -> Done {
        let name = params.names.get(usize::from(index)).map_or(&b""[..], Vec::as_slice);
        // A name that stands twice (`_`) is the first parameter's; the others have hidden ones.
        let repeated = params.names.iter().take(usize::from(index)).any(|other| other == name);
        let key = if name.is_empty() || repeated { crate::function::hidden_param(usize::from(index)) } else { name.to_vec() };
        let variable = self.method_variable(&key);
        let variable = variable.ok_or_else(|| CompileError::Internal("a parameter has no place".into()))?;
        self.read_variable(variable, dst);
        Ok(())
    }

    /// A variable of the method-level function, also when an inner one hides its name.
    fn method_variable(&mut self, key: &[u8]) -> Option<crate::Variable> {
        let Some(level) = self.method_level_frame() else {
            return self.variable_by_name(key);
        };
        let depth = (self.frames.len() - 1 - level) as u16;
        match *self.frames[level].variables.get(key)? {
            bytecode::Place::Register(register) => (depth == 0).then_some(crate::Variable::Register(register)),
            bytecode::Place::Slot(slot) => Some(crate::Variable::Env { depth, slot }),
        }
    }
}

/// The block argument that is passed as a value: those that are compiled as blocks are none.
fn passed_block(block: Option<Node<'_>>) -> Option<Node<'_>> {
    block.filter(|block| symbol_of_block(block).is_none())
}

/// Flags of a call that come from the way it is written.
pub(crate) fn call_flags(node: &prism::CallNode<'_>) -> u16 {
    let private = if node.is_ignore_visibility() { CallFlags::PRIVATE_OK } else { 0 };
    let variable = if node.is_variable_call() { CallFlags::VARIABLE_LIKE } else { 0 };
    private | variable
}

/// The arguments when all are plain positional values.
pub(crate) fn plain_arguments<'pr>(node: &prism::CallNode<'pr>) -> Option<Vec<Node<'pr>>> {
    let Some(arguments) = node.arguments() else {
        return Some(Vec::new());
    };
    let list: Vec<Node<'pr>> = arguments.arguments().iter().collect();
    let plain = list.iter().all(|node| !matches!(node, Node::SplatNode { .. } | Node::KeywordHashNode { .. } | Node::ForwardingArgumentsNode { .. }));
    plain.then_some(list)
}

/// Names with an operation of their own for one argument.
pub(crate) fn is_binary(name: &[u8]) -> bool {
    matches!(
        name,
        b"+" | b"-" | b"*" | b"/" | b"%" | b"**" | b"&" | b"|" | b"^" | b"<<" | b">>" | b"<" | b"<=" | b">" | b">=" | b"==" | b"!=" | b"[]"
    )
}

/// The literal of `"text".freeze`, which needs no copy: the method finds it frozen.
fn frozen_literal<'pr>(node: &prism::CallNode<'pr>) -> Option<prism::StringNode<'pr>> {
    let plain = node.name().as_slice() == b"freeze" && node.arguments().is_none() && node.block().is_none() && !node.is_safe_navigation();
    node.receiver().filter(|_| plain)?.as_string_node()
}
