//! Assignment: places that can be written, prepared first (receivers evaluated) and stored later.

use bytecode::operand::{Base, Count, Dst, Imm, Mod, Src};
use bytecode::{CALL_SELF, CallFlags, CallSite, FRAME_HEADER, Op, SiteKind};
use ruby_prism::{self as prism, Node};

use super::literal::has_splat;
use super::variable::special_kind;
use crate::errors::CompileError;
use crate::{Compiler, Done, Variable, fold};

/// A place whose receivers and indexes are evaluated and wait in registers.
pub(crate) enum Target<'pr> {
    Variable(Variable),
    Ivar(Vec<u8>),
    Global(Vec<u8>),
    Cvar(Vec<u8>),
    Const(Vec<u8>),
    /// `scope::Name`
    ConstIn {
        scope: u16,
        name: Vec<u8>,
    },
    /// `receiver.name=`; `read` is the reader's name.
    Attribute {
        receiver: u16,
        read: Vec<u8>,
        write: Vec<u8>,
        safe: bool,
        flags: u16,
    },
    Index {
        receiver: u16,
        arguments: IndexArguments,
        flags: u16,
    },
    /// A nested list.
    Multi(prism::MultiTargetNode<'pr>, Vec<Target<'pr>>),
}

/// Indexes of `a[...] = v`.
pub(crate) enum IndexArguments {
    Plain(Vec<u16>),
    /// One Array of all.
    Splat(u16),
}

impl<'pr> Compiler<'_, 'pr> {
    pub(super) fn local_write(&mut self, node: &prism::LocalVariableWriteNode<'pr>, dst: Option<u16>) -> Done {
        let variable = self.variable(node.name().as_slice(), node.depth())?;
        let value = node.value();
        match variable {
            Variable::Register(register) if fold::writes_last(&value) => {
                self.expr(&value, register)?;
                if let Some(dst) = dst {
                    self.move_to(dst, register);
                }
            }
            _ => {
                let source = self.or_scratch(dst);
                self.expr(&value, source)?;
                self.write_variable(variable, source);
            }
        }
        Ok(())
    }

    /// Assignment to a variable or constant other than a local one.
    pub(super) fn write_place(&mut self, node: &Node<'pr>, value: &Node<'pr>, dst: Option<u16>) -> Done {
        let shareable = self.shareable.take();
        let target = self.target(node)?;
        let source = match (dst, &shareable) {
            (dst, Some(how)) => {
                let dst = self.or_scratch(dst);
                self.shareable_value(value, how, dst)?;
                dst
            }
            (Some(dst), None) => {
                self.expr(value, dst)?;
                dst
            }
            (None, None) => self.operand(value)?,
        };
        self.at(&node.location());
        self.store(&target, source)
    }

    /// `a.b = v` and `a[i] = v` as calls.
    pub(super) fn attribute_write(&mut self, node: &prism::CallNode<'pr>, dst: Option<u16>) -> Done {
        let flags = super::call::call_flags(node);
        let plain = super::call::plain_arguments(node);
        let receiver = node.receiver();
        if let (Some(receiver), Some([index, value]), b"[]=", false) =
            (&receiver, plain.as_deref(), node.name().as_slice(), node.is_safe_navigation())
        {
            return self.index_write(node, receiver, index, value, dst, flags);
        }
        let kept = self.or_scratch(dst);
        let base = self.call_area(0);
        match &receiver {
            Some(receiver) => self.expr(receiver, base.saturating_add(CALL_SELF))?,
            None => self.emit(Op::LoadSelf { dst: Dst(base.saturating_add(CALL_SELF)) }),
        }
        let skip = self.label();
        let safe = node.is_safe_navigation();
        if safe {
            self.emit(Op::JumpNil { src: Src(base.saturating_add(CALL_SELF)), target: skip.jump() });
        }
        let block = node.block();
        let mut site = self.arguments(node.arguments().as_ref(), block.as_ref(), base)?;
        site.name = node.name().as_slice().to_vec();
        site.flags.0 |= flags | CallFlags::ASSIGNMENT;
        self.keep_assigned(&site, base, dst);
        self.at(&node.message_loc().unwrap_or_else(|| node.location()));
        let scratch = self.f().temp();
        self.send(scratch, base, site);
        self.end_safe_navigation(safe.then_some(skip), kept, None);
        Ok(())
    }

    /// Keeps the value of an assignment, which is its last positional argument.
    fn keep_assigned(&mut self, site: &CallSite, base: u16, dst: Option<u16>) {
        let Some(dst) = dst else {
            return;
        };
        if site.flags.has(CallFlags::SPLAT) {
            let array = base.saturating_add(FRAME_HEADER);
            self.emit(Op::ArrayGet { dst: Dst(dst), array: Src(array), index: Imm(-1) });
        } else if site.argc > 0 {
            self.move_to(dst, base.saturating_add(FRAME_HEADER).saturating_add(site.argc - 1));
        }
    }

    fn index_write(
        &mut self,
        node: &prism::CallNode<'pr>,
        receiver: &Node<'pr>,
        index: &Node<'pr>,
        value: &Node<'pr>,
        dst: Option<u16>,
        flags: u16,
    ) -> Done {
        let keeps = fold::keeps_locals(index) && fold::keeps_locals(value);
        let a = if keeps { self.operand(receiver)? } else { self.fresh(receiver)? };
        let b = if fold::keeps_locals(value) { self.operand(index)? } else { self.fresh(index)? };
        let value = match dst {
            Some(dst) => {
                self.expr(value, dst)?;
                dst
            }
            None => self.operand(value)?,
        };
        self.at(&node.message_loc().unwrap_or_else(|| node.location()));
        let site = self.operator_site(b"[]=", 2, flags | CallFlags::ASSIGNMENT);
        self.emit(Op::IndexSet { a: Src(a), b: Src(b), value: Src(value), site });
        Ok(())
    }

    /// The node's value in a register of its own.
    pub(crate) fn fresh(&mut self, node: &Node<'pr>) -> Result<u16, CompileError> {
        let temp = self.f().temp();
        self.expr(node, temp)?;
        Ok(temp)
    }

    /// Prepares the place that a write, op-assign or target node names.
    pub(crate) fn target(&mut self, node: &Node<'pr>) -> Result<Target<'pr>, CompileError> {
        if let Some(target) = self.named_target(node)? {
            return Ok(target);
        }
        if let Some(path) = node.as_constant_path_write_node() {
            return self.constant_path_target(&path.target());
        }
        if let Some(path) = node.as_constant_path_target_node() {
            let name = path.name().ok_or_else(|| self.no_rule(node))?;
            return self.constant_in(path.parent().as_ref(), name.as_slice());
        }
        if let Some(call) = node.as_call_target_node() {
            let receiver = self.fresh(&call.receiver())?;
            let write = call.name().as_slice().to_vec();
            let flags = if call.is_ignore_visibility() { CallFlags::PRIVATE_OK } else { 0 };
            let safe = call.is_safe_navigation();
            return Ok(Target::Attribute { receiver, read: Vec::new(), write, safe, flags });
        }
        if let Some(index) = node.as_index_target_node() {
            let receiver = index.receiver();
            let flags = if index.is_ignore_visibility() { CallFlags::PRIVATE_OK } else { 0 };
            return self.index_target(Some(&receiver), index.arguments().as_ref(), flags);
        }
        if let Some(multi) = node.as_multi_target_node() {
            let inner = self.multi_targets(&multi)?;
            return Ok(Target::Multi(multi, inner));
        }
        Err(self.no_rule(node))
    }

    fn named_target(&mut self, node: &Node<'pr>) -> Result<Option<Target<'pr>>, CompileError> {
        macro_rules! name {
            ($cast:ident) => {
                node.$cast().expect("the kind was matched").name().as_slice().to_vec()
            };
        }
        Ok(Some(match node {
            Node::LocalVariableTargetNode { .. } => {
                let local = node.as_local_variable_target_node().expect("the kind was matched");
                Target::Variable(self.variable(local.name().as_slice(), local.depth())?)
            }
            Node::RequiredParameterNode { .. } => {
                let name = name!(as_required_parameter_node);
                Target::Variable(self.variable(&name, 0)?)
            }
            Node::InstanceVariableTargetNode { .. } => Target::Ivar(name!(as_instance_variable_target_node)),
            Node::InstanceVariableWriteNode { .. } => Target::Ivar(name!(as_instance_variable_write_node)),
            Node::GlobalVariableTargetNode { .. } => Target::Global(name!(as_global_variable_target_node)),
            Node::GlobalVariableWriteNode { .. } => Target::Global(name!(as_global_variable_write_node)),
            Node::ClassVariableTargetNode { .. } => Target::Cvar(name!(as_class_variable_target_node)),
            Node::ClassVariableWriteNode { .. } => Target::Cvar(name!(as_class_variable_write_node)),
            Node::ConstantTargetNode { .. } => Target::Const(name!(as_constant_target_node)),
            Node::ConstantWriteNode { .. } => Target::Const(name!(as_constant_write_node)),
            _ => return Ok(None),
        }))
    }

    pub(crate) fn constant_path_target(&mut self, path: &prism::ConstantPathNode<'pr>) -> Result<Target<'pr>, CompileError> {
        let name = path.name().ok_or_else(|| self.no_rule(&path.as_node()))?;
        self.constant_in(path.parent().as_ref(), name.as_slice())
    }

    fn constant_in(&mut self, parent: Option<&Node<'pr>>, name: &[u8]) -> Result<Target<'pr>, CompileError> {
        let scope = self.f().temp();
        match parent {
            Some(parent) => self.expr(parent, scope)?,
            None => self.get_const_top(b"Object", scope),
        }
        Ok(Target::ConstIn { scope, name: name.to_vec() })
    }

    pub(crate) fn index_target(
        &mut self,
        receiver: Option<&Node<'pr>>,
        arguments: Option<&prism::ArgumentsNode<'pr>>,
        flags: u16,
    ) -> Result<Target<'pr>, CompileError> {
        let object = self.f().temp();
        match receiver {
            Some(receiver) => self.expr(receiver, object)?,
            None => self.emit(Op::LoadSelf { dst: Dst(object) }),
        }
        let Some(arguments) = arguments else {
            return Ok(Target::Index { receiver: object, arguments: IndexArguments::Plain(Vec::new()), flags });
        };
        let list = arguments.arguments();
        let arguments = if has_splat(&list) {
            let array = self.f().temp();
            self.array_of(&list, array)?;
            IndexArguments::Splat(array)
        } else {
            let mut registers = Vec::with_capacity(list.len());
            for node in &list {
                registers.push(self.fresh(&node)?);
            }
            IndexArguments::Plain(registers)
        };
        Ok(Target::Index { receiver: object, arguments, flags })
    }

    /// Writes `src` to a prepared place.
    pub(crate) fn store(&mut self, target: &Target<'pr>, src: u16) -> Done {
        match target {
            Target::Variable(variable) => self.write_variable(*variable, src),
            Target::Ivar(name) => {
                if !self.f().ivars.contains(name) {
                    self.f().ivars.push(name.clone());
                }
                let site = self.site(SiteKind::Ivar(name.clone()));
                self.emit(Op::SetIvar { site, src: Src(src) });
            }
            Target::Global(name) => self.store_global(name, src),
            Target::Cvar(name) => {
                let name = self.symbol(name);
                self.emit(Op::SetCvar { name, src: Src(src) });
            }
            Target::Const(name) => {
                let scope = self.f().temp();
                self.emit(Op::LoadCbase { dst: Dst(scope) });
                self.store_const(scope, name, src);
                self.f().release(scope);
            }
            Target::ConstIn { scope, name } => self.store_const(*scope, name, src),
            Target::Attribute { receiver, write, safe, flags, .. } => {
                self.store_attribute(*receiver, write, *safe, *flags, src);
            }
            Target::Index { receiver, arguments, flags } => {
                self.store_index(*receiver, arguments, *flags, src);
            }
            Target::Multi(node, inner) => self.spread(&node.lefts(), node.rest().as_ref(), &node.rights(), inner, src)?,
        }
        Ok(())
    }

    fn store_global(&mut self, name: &[u8], src: u16) {
        let src = Src(src);
        match special_kind(name) {
            Some(kind) => self.emit(Op::SetSpecial { kind: Imm(kind), src }),
            None => {
                let name = self.symbol(name);
                self.emit(Op::SetGlobal { name, src });
            }
        }
    }

    fn store_const(&mut self, scope: u16, name: &[u8], src: u16) {
        let name = self.symbol(name);
        self.emit(Op::SetConst { scope: Src(scope), name, src: Src(src) });
    }

    fn store_attribute(&mut self, receiver: u16, name: &[u8], safe: bool, flags: u16, src: u16) {
        let end = self.label();
        if safe {
            self.emit(Op::JumpNil { src: Src(receiver), target: end.jump() });
        }
        let mark = self.f().top();
        let scratch = self.f().temp();
        self.send_simple(scratch, receiver, name, &[src], flags | CallFlags::ASSIGNMENT);
        self.f().release(mark);
        self.bind(end);
    }

    fn store_index(&mut self, receiver: u16, arguments: &IndexArguments, flags: u16, src: u16) {
        let mark = self.f().top();
        let flags = flags | CallFlags::ASSIGNMENT;
        match arguments {
            IndexArguments::Plain(registers) => match registers.as_slice() {
                [index] => {
                    let site = self.operator_site(b"[]=", 2, flags);
                    self.emit(Op::IndexSet { a: Src(receiver), b: Src(*index), value: Src(src), site });
                }
                _ => {
                    let scratch = self.f().temp();
                    let mut all = registers.clone();
                    all.push(src);
                    self.send_simple(scratch, receiver, b"[]=", &all, flags);
                }
            },
            IndexArguments::Splat(array) => {
                let scratch = self.f().temp();
                let base = self.call_area(1);
                let list = base.saturating_add(FRAME_HEADER);
                self.emit(Op::Splat { dst: Dst(list), src: Src(*array) });
                self.emit(Op::ArrayPush { array: Mod(list), src: Src(src) });
                self.send_splat(scratch, base, receiver, b"[]=", flags);
            }
        }
        self.f().release(mark);
    }

    fn send_splat(&mut self, dst: u16, base: u16, receiver: u16, name: &[u8], flags: u16) {
        self.move_to(base.saturating_add(CALL_SELF), receiver);
        let flags = CallFlags(flags | CallFlags::SPLAT);
        self.send(dst, base, CallSite { name: name.to_vec(), argc: 1, flags, ..CallSite::default() });
    }

    /// Reads a prepared place (op-assign).
    pub(crate) fn load_target(&mut self, target: &Target<'pr>, dst: u16) -> Done {
        let mark = self.f().top();
        match target {
            Target::Variable(variable) => self.read_variable(*variable, dst),
            Target::Ivar(name) => self.get_ivar(name, dst),
            Target::Global(name) => self.global_read(name, Some(dst))?,
            Target::Cvar(name) => self.get_cvar(name, dst),
            Target::Const(name) => self.get_const(name, dst),
            Target::ConstIn { scope, name } => self.get_const_from(*scope, name, dst),
            Target::Attribute { receiver, read, flags, .. } => {
                self.send_simple(dst, *receiver, read, &[], *flags);
            }
            Target::Index { receiver, arguments, flags } => match arguments {
                IndexArguments::Plain(registers) => match registers.as_slice() {
                    [index] => self.binary(b"[]", dst, *receiver, *index, *flags),
                    all => self.send_simple(dst, *receiver, b"[]", all, *flags),
                },
                IndexArguments::Splat(array) => {
                    let base = self.call_area(1);
                    let list = base.saturating_add(FRAME_HEADER);
                    self.emit(Op::Splat { dst: Dst(list), src: Src(*array) });
                    self.send_splat(dst, base, *receiver, b"[]", *flags);
                }
            },
            Target::Multi(..) => return Err(CompileError::Internal("a list is not read".into())),
        }
        self.f().release(mark);
        Ok(())
    }

    /// Spreads `src` over a list of places.
    pub(crate) fn expand(&mut self, src: u16, pre: usize, splat: bool, post: usize) -> u16 {
        let base = self.f().take(pre + usize::from(splat) + post);
        self.emit(Op::Expand { base: Base(base), src: Src(src), pre: Count(pre as u16), splat: Imm(i16::from(splat)), post: Count(post as u16) });
        base
    }
}
