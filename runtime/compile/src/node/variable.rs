//! Reading variables and constants of all kinds.

use bytecode::operand::{Dst, Imm, Src};
use bytecode::{Op, SiteKind};
use ruby_prism::{self as prism};

use crate::errors::CompileError;
use crate::{Compiler, Done};

/// `kind` of `get_special` and `set_special` for a global, when it is frame-local.
pub(crate) fn special_kind(name: &[u8]) -> Option<i16> {
    match name {
        b"$~" => Some(0),
        b"$_" => Some(1),
        _ => None,
    }
}

/// `kind` of `backref` for `$&` and its kin.
pub(crate) fn backref_kind(name: &[u8]) -> i16 {
    match name {
        b"$`" => -1,
        b"$'" => -2,
        b"$+" => -3,
        _ => 0,
    }
}

impl<'pr> Compiler<'_, 'pr> {
    pub(super) fn local_read(&mut self, node: &prism::LocalVariableReadNode<'pr>, dst: Option<u16>) -> Done {
        if let Some(dst) = dst {
            let variable = self.variable(node.name().as_slice(), node.depth())?;
            self.read_variable(variable, dst);
        }
        Ok(())
    }

    pub(super) fn it_read(&mut self, _node: &prism::ItLocalVariableReadNode<'pr>, dst: Option<u16>) -> Done {
        let Some(dst) = dst else {
            return Ok(());
        };
        let variable = self.it_variable();
        let variable = variable.ok_or_else(|| CompileError::Internal("`it` outside of a block".into()))?;
        self.read_variable(variable, dst);
        Ok(())
    }

    pub(super) fn ivar_read(&mut self, node: &prism::InstanceVariableReadNode<'pr>, dst: Option<u16>) -> Done {
        if let Some(dst) = dst {
            self.get_ivar(node.name().as_slice(), dst);
        }
        Ok(())
    }

    pub(crate) fn get_ivar(&mut self, name: &[u8], dst: u16) {
        let site = self.site(SiteKind::Ivar(name.to_vec()));
        self.emit(Op::GetIvar { dst: Dst(dst), site });
    }

    pub(crate) fn global_read(&mut self, name: &[u8], dst: Option<u16>) -> Done {
        let dst = Dst(self.or_scratch(dst));
        match special_kind(name) {
            Some(kind) => self.emit(Op::GetSpecial { dst, kind: Imm(kind) }),
            None => {
                let name = self.symbol(name);
                self.emit(Op::GetGlobal { dst, name });
            }
        }
        Ok(())
    }

    pub(super) fn cvar_read(&mut self, node: &prism::ClassVariableReadNode<'pr>, dst: Option<u16>) -> Done {
        let dst = self.or_scratch(dst);
        self.at(&node.location());
        self.get_cvar(node.name().as_slice(), dst);
        Ok(())
    }

    pub(crate) fn get_cvar(&mut self, name: &[u8], dst: u16) {
        let name = self.symbol(name);
        self.emit(Op::GetCvar { dst: Dst(dst), name });
    }

    pub(super) fn constant_read(&mut self, node: &prism::ConstantReadNode<'pr>, dst: Option<u16>) -> Done {
        let dst = self.or_scratch(dst);
        self.at(&node.location());
        self.get_const(node.name().as_slice(), dst);
        Ok(())
    }

    pub(crate) fn get_const(&mut self, name: &[u8], dst: u16) {
        let site = self.site(SiteKind::Const(name.to_vec()));
        self.emit(Op::GetConst { dst: Dst(dst), site });
    }

    pub(crate) fn get_const_top(&mut self, name: &[u8], dst: u16) {
        let site = self.site(SiteKind::Const(name.to_vec()));
        self.emit(Op::GetConstTop { dst: Dst(dst), site });
    }

    pub(crate) fn get_const_from(&mut self, scope: u16, name: &[u8], dst: u16) {
        let site = self.site(SiteKind::Const(name.to_vec()));
        self.emit(Op::GetConstFrom { dst: Dst(dst), scope: Src(scope), site });
    }

    pub(super) fn constant_path(&mut self, node: &prism::ConstantPathNode<'pr>, dst: Option<u16>) -> Done {
        let dst = self.or_scratch(dst);
        let name = node.name().ok_or_else(|| self.no_rule(&node.as_node()))?;
        let name = name.as_slice();
        match node.parent() {
            None => {
                self.at(&node.name_loc());
                self.get_const_top(name, dst);
            }
            Some(parent) => {
                let scope = self.operand(&parent)?;
                self.at(&node.name_loc());
                self.get_const_from(scope, name, dst);
            }
        }
        Ok(())
    }

    pub(super) fn back_reference(&mut self, node: &prism::BackReferenceReadNode<'pr>, dst: Option<u16>) -> Done {
        let kind = backref_kind(node.name().as_slice());
        self.simple(dst, |dst| Op::Backref { dst, kind: Imm(kind) })
    }

    pub(super) fn numbered_reference(&mut self, node: &prism::NumberedReferenceReadNode<'pr>, dst: Option<u16>) -> Done {
        // The parser gives 0 for numbers too large to be a group; those are always nil.
        match i16::try_from(node.number()) {
            Ok(number) if number > 0 => self.simple(dst, |dst| Op::Backref { dst, kind: Imm(number) }),
            _ => {
                self.load_nil(dst);
                Ok(())
            }
        }
    }
}
