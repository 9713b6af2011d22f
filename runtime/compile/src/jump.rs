//! Contexts that a jump may have to leave: loops, protected regions, rescue clauses, ensure bodies.
//!
//! Ensure bodies are inlined on every way out of their region. While that code is emitted the region
//! and all regions inside it are cut, so that no handler protects the code that leaves it.

use bytecode::operand::{Dst, Src};
use bytecode::{CatchKind, FunctionKind, Label, Op};
use ruby_prism::{EnsureNode, Node};

use crate::errors::CompileError;
use crate::{Compiler, Done};

/// A protected range, in pieces where code that leaves it was cut out.
#[derive(Default)]
pub(crate) struct Region {
    pieces: Vec<(Label, Label)>,
    open: Option<Label>,
}

/// What kind of thing a jump leaves.
pub(crate) enum ContextKind<'pr> {
    /// `while`, `until`: targets, and the register for the value of `break`.
    Loop { break_to: Label, next_to: Label, redo_to: Label, value: Option<u16> },
    /// The body in front of `rescue`.
    Protected,
    /// Inside a rescue clause: where `$!` was saved and where `retry` goes.
    Clause { saved: u16, retry_to: Option<Label> },
    /// The region of an ensure body.
    Ensure(EnsureNode<'pr>),
}

/// One entry of the stack of contexts.
pub(crate) struct Context<'pr> {
    pub(crate) kind: ContextKind<'pr>,
    region: Option<Region>,
}

impl<'pr> Compiler<'_, 'pr> {
    /// Enters a context without protection.
    pub(crate) fn push_context(&mut self, kind: ContextKind<'pr>) {
        self.f().contexts.push(Context { kind, region: None });
    }

    /// Enters a context whose code is protected from here on.
    pub(crate) fn push_region(&mut self, kind: ContextKind<'pr>) {
        let start = self.f().b.mark();
        let region = Region { pieces: Vec::new(), open: Some(start) };
        self.f().contexts.push(Context { kind, region: Some(region) });
    }

    /// Leaves the innermost context.
    pub(crate) fn pop_context(&mut self) -> Option<Region> {
        let mut context = self.f().contexts.pop().expect("contexts are pushed and popped in pairs");
        if let Some(region) = &mut context.region {
            self.cut(region);
        }
        context.region
    }

    /// Adds the catch entries of a region that was left.
    pub(crate) fn catch_region(&mut self, region: &Region, handler: Label, kind: CatchKind, register: u16) {
        for &(start, end) in &region.pieces {
            self.f().b.catch(start, end, handler, kind, register);
        }
    }

    fn cut(&mut self, region: &mut Region) {
        if let Some(start) = region.open.take() {
            let end = self.f().b.mark();
            region.pieces.push((start, end));
        }
    }

    /// Does what leaving the contexts from `to` on requires, emits the jump, and enters them again.
    pub(crate) fn leave(&mut self, to: usize, jump: impl FnOnce(&mut Self)) -> Done {
        let mut left = Vec::new();
        while self.f().contexts.len() > to {
            let mut context = self.f().contexts.pop().expect("length was checked");
            if let Some(region) = &mut context.region {
                self.cut(region);
            }
            match &context.kind {
                ContextKind::Clause { saved, .. } => {
                    let src = Src(*saved);
                    self.emit(Op::SetErrinfo { src });
                }
                ContextKind::Ensure(node) => self.ensure_body(node)?,
                ContextKind::Loop { .. } | ContextKind::Protected => {}
            }
            left.push(context);
        }
        jump(self);
        while let Some(mut context) = left.pop() {
            if let Some(region) = &mut context.region {
                region.open = Some(self.f().b.mark());
            }
            self.f().contexts.push(context);
        }
        Ok(())
    }

    /// The statements of an ensure clause, without value.
    pub(crate) fn ensure_body(&mut self, node: &EnsureNode<'pr>) -> Done {
        match node.statements() {
            Some(statements) => self.statements(&statements, None),
            None => Ok(()),
        }
    }

    fn innermost_loop(&mut self) -> Option<usize> {
        self.f().contexts.iter().rposition(|c| matches!(c.kind, ContextKind::Loop { .. }))
    }

    /// Value of the arguments of `return`, `break`, `next` in a register of its own.
    fn jump_value(&mut self, arguments: Option<&ruby_prism::ArgumentsNode<'pr>>, dst: u16) -> Done {
        let Some(arguments) = arguments else {
            self.emit(Op::LoadNil { dst: Dst(dst) });
            return Ok(());
        };
        let list = arguments.arguments();
        match list.first() {
            Some(only) if list.len() == 1 && !matches!(only, Node::SplatNode { .. }) => self.expr(&only, dst),
            _ => self.array_of(&list, dst),
        }
    }

    /// `break`
    pub(crate) fn break_node(&mut self, node: &ruby_prism::BreakNode<'pr>) -> Done {
        let Some(index) = self.innermost_loop() else {
            let value = self.f().temp();
            self.jump_value(node.arguments().as_ref(), value)?;
            if self.f().kind == FunctionKind::Lambda {
                return self.leave(0, |c| c.emit(Op::Return { src: Src(value) }));
            }
            self.restore_errinfo();
            self.emit(Op::Break { src: Src(value) });
            return Ok(());
        };
        let ContextKind::Loop { break_to, value, .. } = self.f().contexts[index].kind else {
            return Ok(());
        };
        match (value, node.arguments()) {
            (Some(dst), arguments) => self.jump_value(arguments.as_ref(), dst)?,
            (None, Some(arguments)) => {
                for argument in &arguments.arguments() {
                    self.node(&argument, None)?;
                }
            }
            (None, None) => {}
        }
        self.leave(index + 1, |c| c.jump(break_to))
    }

    /// `next`
    pub(crate) fn next_node(&mut self, node: &ruby_prism::NextNode<'pr>) -> Done {
        if let Some(index) = self.innermost_loop() {
            let ContextKind::Loop { next_to, .. } = self.f().contexts[index].kind else {
                return Ok(());
            };
            if let Some(arguments) = node.arguments() {
                for argument in &arguments.arguments() {
                    self.node(&argument, None)?;
                }
            }
            return self.leave(index + 1, |c| c.jump(next_to));
        }
        let value = self.f().temp();
        self.jump_value(node.arguments().as_ref(), value)?;
        self.leave(0, |c| c.emit(Op::Return { src: Src(value) }))
    }

    /// `redo`
    pub(crate) fn redo_node(&mut self) -> Done {
        if let Some(index) = self.innermost_loop() {
            let ContextKind::Loop { redo_to, .. } = self.f().contexts[index].kind else {
                return Ok(());
            };
            return self.leave(index + 1, |c| c.jump_back(redo_to));
        }
        let Some(redo) = self.f().redo else {
            let line = self.line();
            return Err(CompileError::plain(&self.file, line, "Invalid redo"));
        };
        self.leave(0, |c| c.jump_back(redo))
    }

    /// `retry`
    pub(crate) fn retry_node(&mut self) -> Done {
        let found = self.f().contexts.iter().rposition(|c| matches!(c.kind, ContextKind::Clause { retry_to: Some(_), .. }));
        let Some(index) = found else {
            let line = self.line();
            return Err(CompileError::plain(&self.file, line, "Invalid retry"));
        };
        let ContextKind::Clause { retry_to: Some(target), .. } = self.f().contexts[index].kind else {
            return Ok(());
        };
        self.leave(index, |c| c.jump_back(target))
    }

    /// `return`
    pub(crate) fn return_node(&mut self, node: &ruby_prism::ReturnNode<'pr>) -> Done {
        let value = self.f().temp();
        self.jump_value(node.arguments().as_ref(), value)?;
        let depth = self.f().method_depth;
        self.vain_return |= self.f().kind == FunctionKind::Top && node.arguments().is_some();
        if self.f().kind == FunctionKind::SingletonClass && self.frames.iter().any(|frame| frame.kind == FunctionKind::Method) {
            return self.leave(0, |c| c.emit(Op::ReturnBody { src: Src(value) }));
        }
        if depth == 0 || self.f().kind == FunctionKind::Lambda {
            return self.leave(0, |c| c.emit(Op::Return { src: Src(value) }));
        }
        self.restore_errinfo();
        self.emit(Op::ReturnOuter { src: Src(value), depth: bytecode::operand::Count(depth) });
        Ok(())
    }

    /// Leaving a block through the VM: `$!` becomes what it was before the outermost clause.
    fn restore_errinfo(&mut self) {
        let saved = self.f().contexts.iter().find_map(|c| match c.kind {
            ContextKind::Clause { saved, .. } => Some(saved),
            _ => None,
        });
        if let Some(saved) = saved {
            self.emit(Op::SetErrinfo { src: Src(saved) });
        }
    }

    /// Goes to an earlier label; polls, so that an endless `redo` or `retry` can be interrupted.
    fn jump_back(&mut self, label: Label) {
        let site = self.site(bytecode::SiteKind::Loop);
        self.emit(Op::LoopHeader { site });
        self.jump(label);
    }

    /// Goes to `label`.
    pub(crate) fn jump(&mut self, label: Label) {
        self.emit(Op::Jump { target: label.jump() });
    }
}
