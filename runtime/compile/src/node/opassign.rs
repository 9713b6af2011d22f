//! `||=`, `&&=` and operator assignment on every kind of place.

use bytecode::operand::{Dst, Imm, Src};
use bytecode::{CallFlags, DefinedKind, Label, Op};
use ruby_prism::{self as prism, Node};

use super::assign::Target;
use super::shareable::Shareable;
use crate::errors::CompileError;
use crate::{Compiler, Done, Variable, fold};

/// What an op-assign does with the old value.
enum Operator {
    Or,
    And,
    Binary(Vec<u8>),
}

macro_rules! family {
    ($this:ident, $node:ident, $dst:ident; $( $or:ident $as_or:ident $and:ident $as_and:ident $op:ident $as_op:ident
        |$n:ident| $target:expr; )*) => {
        match $node {
            $(
                Node::$or { .. } => {
                    let $n = $node.$as_or().expect("the kind was matched");
                    let target = $target;
                    $this.apply(target, Operator::Or, &$n.value(), &$n.location(), $dst)
                }
                Node::$and { .. } => {
                    let $n = $node.$as_and().expect("the kind was matched");
                    let target = $target;
                    $this.apply(target, Operator::And, &$n.value(), &$n.location(), $dst)
                }
                Node::$op { .. } => {
                    let $n = $node.$as_op().expect("the kind was matched");
                    let operator = Operator::Binary($n.binary_operator().as_slice().to_vec());
                    let target = $target;
                    $this.apply(target, operator, &$n.value(), &$n.location(), $dst)
                }
            )*
            _ => Err($this.no_rule($node)),
        }
    };
}

impl<'pr> Compiler<'_, 'pr> {
    pub(super) fn op_assign(&mut self, node: &Node<'pr>, dst: Option<u16>) -> Done {
        family! { self, node, dst;
            LocalVariableOrWriteNode as_local_variable_or_write_node
            LocalVariableAndWriteNode as_local_variable_and_write_node
            LocalVariableOperatorWriteNode as_local_variable_operator_write_node
                |n| Target::Variable(self.variable(n.name().as_slice(), n.depth())?);
            InstanceVariableOrWriteNode as_instance_variable_or_write_node
            InstanceVariableAndWriteNode as_instance_variable_and_write_node
            InstanceVariableOperatorWriteNode as_instance_variable_operator_write_node
                |n| Target::Ivar(n.name().as_slice().to_vec());
            GlobalVariableOrWriteNode as_global_variable_or_write_node
            GlobalVariableAndWriteNode as_global_variable_and_write_node
            GlobalVariableOperatorWriteNode as_global_variable_operator_write_node
                |n| Target::Global(n.name().as_slice().to_vec());
            ClassVariableOrWriteNode as_class_variable_or_write_node
            ClassVariableAndWriteNode as_class_variable_and_write_node
            ClassVariableOperatorWriteNode as_class_variable_operator_write_node
                |n| Target::Cvar(n.name().as_slice().to_vec());
            ConstantOrWriteNode as_constant_or_write_node
            ConstantAndWriteNode as_constant_and_write_node
            ConstantOperatorWriteNode as_constant_operator_write_node
                |n| Target::Const(n.name().as_slice().to_vec());
            ConstantPathOrWriteNode as_constant_path_or_write_node
            ConstantPathAndWriteNode as_constant_path_and_write_node
            ConstantPathOperatorWriteNode as_constant_path_operator_write_node
                |n| self.constant_path_target(&n.target())?;
            CallOrWriteNode as_call_or_write_node
            CallAndWriteNode as_call_and_write_node
            CallOperatorWriteNode as_call_operator_write_node
                |n| self.attribute(
                    n.receiver().as_ref(), n.read_name(), n.write_name(), n.is_safe_navigation(), n.is_ignore_visibility()
                )?;
            IndexOrWriteNode as_index_or_write_node
            IndexAndWriteNode as_index_and_write_node
            IndexOperatorWriteNode as_index_operator_write_node
                |n| self.index_target(
                    n.receiver().as_ref(), n.arguments().as_ref(), private_flag(n.is_ignore_visibility())
                )?;
        }
    }

    fn attribute(
        &mut self,
        receiver: Option<&Node<'pr>>,
        read: prism::ConstantId<'pr>,
        write: prism::ConstantId<'pr>,
        safe: bool,
        private: bool,
    ) -> Result<Target<'pr>, CompileError> {
        let object = self.f().temp();
        match receiver {
            Some(receiver) => self.expr(receiver, object)?,
            None => self.emit(Op::LoadSelf { dst: Dst(object) }),
        }
        Ok(Target::Attribute {
            receiver: object,
            read: read.as_slice().to_vec(),
            write: write.as_slice().to_vec(),
            safe,
            flags: private_flag(private),
        })
    }

    fn apply(&mut self, target: Target<'pr>, operator: Operator, value: &Node<'pr>, location: &prism::Location<'pr>, dst: Option<u16>) -> Done {
        self.at(location);
        let shareable = self.shareable.take();
        let result = self.or_scratch(dst);
        let nil = self.label();
        let safe = match &target {
            Target::Attribute { receiver, safe: true, .. } => {
                self.emit(Op::JumpNil { src: Src(*receiver), target: nil.jump() });
                true
            }
            _ => false,
        };
        match operator {
            Operator::Binary(name) => self.apply_binary(&target, &name, value, location, dst, result)?,
            Operator::Or => self.apply_logical(&target, true, value, shareable, result)?,
            Operator::And => self.apply_logical(&target, false, value, shareable, result)?,
        }
        self.end_safe_navigation(safe.then_some(nil), result, None);
        Ok(())
    }

    fn apply_binary(
        &mut self,
        target: &Target<'pr>,
        name: &[u8],
        value: &Node<'pr>,
        location: &prism::Location<'pr>,
        dst: Option<u16>,
        result: u16,
    ) -> Done {
        if let Target::Variable(Variable::Register(register)) = target
            && fold::keeps_locals(value)
        {
            self.operate(name, *register, *register, value, location)?;
            if let Some(dst) = dst {
                self.move_to(dst, *register);
            }
            return Ok(());
        }
        let old = self.f().temp();
        self.load_target(target, old)?;
        self.operate(name, result, old, value, location)?;
        self.store(target, result)
    }

    fn operate(&mut self, name: &[u8], dst: u16, old: u16, value: &Node<'pr>, location: &prism::Location<'pr>) -> Done {
        if let (Some(number), b"+" | b"-") = (fold::small_integer(value), name) {
            self.binary_imm(name, dst, old, number, 0);
            return Ok(());
        }
        let operand = self.operand(value)?;
        self.at(location);
        self.binary(name, dst, old, operand, 0);
        Ok(())
    }

    fn apply_logical(&mut self, target: &Target<'pr>, or: bool, value: &Node<'pr>, shareable: Option<Shareable>, result: u16) -> Done {
        let (end, assign) = (self.label(), self.label());
        if or {
            self.unless_defined(target, assign);
        }
        self.load_target(target, result)?;
        let (cond, to) = (Src(result), end.jump());
        self.emit(if or { Op::JumpIf { cond, target: to } } else { Op::JumpUnless { cond, target: to } });
        self.bind(assign);
        match shareable {
            Some(how) => self.shareable_value(value, &how, result)?,
            None => self.expr(value, result)?,
        }
        self.store(target, result)?;
        self.bind(end);
        Ok(())
    }

    /// Places whose reading may fail or warn are assigned at once when they are not defined.
    fn unless_defined(&mut self, target: &Target<'pr>, assign: Label) {
        let (kind, name, scope) = match target {
            Target::Global(name) if super::variable::special_kind(name).is_none() => (DefinedKind::Global, name, None),
            Target::Cvar(name) => (DefinedKind::Cvar, name, None),
            Target::Const(name) => (DefinedKind::Const, name, None),
            Target::ConstIn { scope, name } => (DefinedKind::ConstFrom, name, Some(*scope)),
            _ => return,
        };
        let name = self.symbol(name);
        let test = self.f().temp();
        let src = scope.unwrap_or(test);
        if scope.is_none() {
            self.load_nil(Some(test));
        }
        self.emit(Op::Defined { dst: Dst(test), kind: Imm(kind as i16), name, src: Src(src) });
        self.emit(Op::JumpUnless { cond: Src(test), target: assign.jump() });
        self.f().release(test);
    }
}

fn private_flag(private: bool) -> u16 {
    if private { CallFlags::PRIVATE_OK } else { 0 }
}
