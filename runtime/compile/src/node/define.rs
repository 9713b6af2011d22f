//! `def`, `class`, `module`, `class <<`, `alias`, `undef`.

use bytecode::operand::{Child, Dst, Src};
use bytecode::{FunctionKind, Op};
use ruby_prism::{self as prism, Node};

use crate::errors::CompileError;
use crate::function::{Opening, ParamPlan, names_of};
use crate::scope::ScopeTag;
use crate::{Compiler, Done};

impl<'pr> Compiler<'_, 'pr> {
    pub(super) fn def_node(&mut self, node: &prism::DefNode<'pr>, dst: Option<u16>) -> Done {
        let object = match node.receiver() {
            Some(receiver) => Some(self.operand(&receiver)?),
            None => None,
        };
        let child = self.method_function(node)?;
        let name = self.symbol(node.name().as_slice());
        self.at(&node.location());
        self.define(dst, |dst| match object {
            Some(object) => Op::DefSingleton { dst, object: Src(object), name, child },
            None => Op::DefMethod { dst, name, child },
        });
        Ok(())
    }

    fn method_function(&mut self, node: &prism::DefNode<'pr>) -> Result<Child, CompileError> {
        let location = node.location();
        let parameters = node.parameters();
        self.open_function(Opening {
            kind: FunctionKind::Method,
            tag: ScopeTag::Def,
            location: &location,
            name: node.name().as_slice(),
            locals: names_of(&node.locals()),
            plan: ParamPlan::of(parameters.as_ref()),
        })?;
        self.params_prologue(parameters.as_ref())?;
        self.cover_method(node);
        let value = self.f().temp();
        self.expr_or_nil(node.body().as_ref(), Some(value))?;
        let function = self.close_function(value)?;
        Ok(Child(self.f().b.child(function)))
    }

    pub(super) fn class_node(&mut self, node: &prism::ClassNode<'pr>, dst: Option<u16>) -> Done {
        let scope = self.definition_scope(&node.constant_path())?;
        let superclass = self.f().temp();
        match node.superclass() {
            Some(node) => self.expr(&node, superclass)?,
            None => self.emit(Op::LoadUndef { dst: Dst(superclass) }),
        }
        let (location, body) = (node.location(), node.body());
        let name = node.name();
        let name = name.as_slice();
        let locals = names_of(&node.locals());
        let child = self.body_function(FunctionKind::Class, ScopeTag::Class, &location, name, locals, body.as_ref())?;
        let name = self.symbol(name);
        self.at(&location);
        let (scope, superclass) = (Src(scope), Src(superclass));
        self.define(dst, |dst| Op::DefClass { dst, scope, superclass, name, child });
        Ok(())
    }

    pub(super) fn module_node(&mut self, node: &prism::ModuleNode<'pr>, dst: Option<u16>) -> Done {
        let scope = self.definition_scope(&node.constant_path())?;
        let (location, body) = (node.location(), node.body());
        let name = node.name();
        let name = name.as_slice();
        let locals = names_of(&node.locals());
        let child = self.body_function(FunctionKind::Module, ScopeTag::Module, &location, name, locals, body.as_ref())?;
        let name = self.symbol(name);
        self.at(&location);
        self.define(dst, |dst| Op::DefModule { dst, scope: Src(scope), name, child });
        Ok(())
    }

    /// Where a class or module is defined.
    fn definition_scope(&mut self, path: &Node<'pr>) -> Result<u16, CompileError> {
        let scope = self.f().temp();
        match path.as_constant_path_node() {
            None => self.emit(Op::LoadCbase { dst: Dst(scope) }),
            Some(path) => match path.parent() {
                Some(parent) => self.expr(&parent, scope)?,
                None => self.get_const_top(b"Object", scope),
            },
        }
        Ok(scope)
    }

    pub(super) fn singleton_class_node(&mut self, node: &prism::SingletonClassNode<'pr>, dst: Option<u16>) -> Done {
        let object = self.fresh(&node.expression())?;
        let (location, body) = (node.location(), node.body());
        let locals = names_of(&node.locals());
        let kind = FunctionKind::SingletonClass;
        let child = self.body_function(kind, ScopeTag::Singleton, &location, b"", locals, body.as_ref())?;
        self.at(&location);
        self.define(dst, |dst| Op::SingletonClass { dst, object: Src(object), child });
        Ok(())
    }

    pub(super) fn alias_method(&mut self, node: &prism::AliasMethodNode<'pr>, dst: Option<u16>) -> Done {
        let new_name = self.fresh(&node.new_name())?;
        let old_name = self.fresh(&node.old_name())?;
        self.emit(Op::AliasMethod { new_name: Src(new_name), old_name: Src(old_name) });
        self.load_nil(dst);
        Ok(())
    }

    pub(super) fn alias_global(&mut self, node: &prism::AliasGlobalVariableNode<'pr>, dst: Option<u16>) -> Done {
        let new_name = self.symbol(node.new_name().location().as_slice());
        let old_name = self.symbol(node.old_name().location().as_slice());
        self.emit(Op::AliasGlobal { new_name, old_name });
        self.load_nil(dst);
        Ok(())
    }

    pub(super) fn undef_node(&mut self, node: &prism::UndefNode<'pr>, dst: Option<u16>) -> Done {
        for name in &node.names() {
            let mark = self.f().top();
            let register = self.fresh(&name)?;
            self.emit(Op::UndefMethod { name: Src(register) });
            self.f().release(mark);
        }
        self.load_nil(dst);
        Ok(())
    }
}
