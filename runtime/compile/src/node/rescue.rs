//! `begin`, `rescue`, `else`, `ensure`, and the `rescue` modifier.

use bytecode::operand::{Dst, Src};
use bytecode::{CatchKind, Label, Op};
use ruby_prism::{self as prism, Node, Visit};

use crate::jump::ContextKind;
use crate::{Compiler, Done};

impl<'pr> Compiler<'_, 'pr> {
    pub(super) fn begin_node(&mut self, node: &prism::BeginNode<'pr>, dst: Option<u16>) -> Done {
        match node.ensure_clause() {
            None => self.rescued(node, dst),
            Some(ensure) => self.ensured(node, ensure, dst),
        }
    }

    fn ensured(&mut self, node: &prism::BeginNode<'pr>, ensure: prism::EnsureNode<'pr>, dst: Option<u16>) -> Done {
        // Only a jump out of the ensure body drops what is pending, and then `$!` must be put back.
        let saved = leaves(&ensure).then(|| self.f().temp());
        if let Some(saved) = saved {
            self.emit(Op::GetErrinfo { dst: Dst(saved) });
        }
        let copy = ensure.as_node().as_ensure_node().expect("it is an ensure node");
        self.push_region(ContextKind::Ensure(copy));
        self.rescued(node, dst)?;
        let region = self.pop_context().expect("an ensure body has a region");
        let end = self.label();
        self.ensure_body(&ensure)?;
        self.jump(end);
        let handler = self.label();
        self.bind(handler);
        let pending = self.f().temp();
        self.catch_region(&region, handler, CatchKind::Ensure, pending);
        if let Some(saved) = saved {
            self.push_context(ContextKind::Clause { saved, retry_to: None });
        }
        self.ensure_body(&ensure)?;
        if saved.is_some() {
            self.pop_context();
        }
        self.emit(Op::Rethrow { src: Src(pending) });
        self.bind(end);
        Ok(())
    }

    /// The part of a `begin` inside its ensure clause.
    fn rescued(&mut self, node: &prism::BeginNode<'pr>, dst: Option<u16>) -> Done {
        let Some(clause) = node.rescue_clause() else {
            return self.with_else(node, dst);
        };
        let saved = self.f().temp();
        self.emit(Op::GetErrinfo { dst: Dst(saved) });
        let (retry, end) = (self.label(), self.label());
        self.bind(retry);
        self.push_region(ContextKind::Protected);
        let value = if node.else_clause().is_some() { None } else { dst };
        self.statements_or_nil(node.statements(), value)?;
        let region = self.pop_context().expect("a protected body has a region");
        if let Some(clause) = node.else_clause() {
            self.statements_or_nil(clause.statements(), dst)?;
        }
        self.jump(end);
        let handler = self.label();
        self.bind(handler);
        let exception = self.f().temp();
        self.catch_region(&region, handler, CatchKind::Rescue, exception);
        self.push_region(ContextKind::Clause { saved, retry_to: Some(retry) });
        self.clauses(clause, exception, saved, end, dst)?;
        self.end_clauses(saved, exception);
        self.bind(end);
        Ok(())
    }

    /// Behind rescue clauses: what they do not handle goes on, and whatever unwinds them from within a call puts `$!` back.
    fn end_clauses(&mut self, saved: u16, exception: u16) {
        let region = self.pop_context().expect("rescue clauses have a region");
        self.emit(Op::Rethrow { src: Src(exception) });
        let handler = self.label();
        self.bind(handler);
        let pending = self.f().temp();
        self.catch_region(&region, handler, CatchKind::Ensure, pending);
        self.emit(Op::SetErrinfo { src: Src(saved) });
        self.emit(Op::Rethrow { src: Src(pending) });
    }

    /// Body and `else` without any rescue clause.
    fn with_else(&mut self, node: &prism::BeginNode<'pr>, dst: Option<u16>) -> Done {
        match node.else_clause() {
            None => self.statements_or_nil(node.statements(), dst),
            Some(clause) => {
                self.statements_or_nil(node.statements(), None)?;
                self.statements_or_nil(clause.statements(), dst)
            }
        }
    }

    fn clauses(&mut self, first: prism::RescueNode<'pr>, exception: u16, saved: u16, end: Label, dst: Option<u16>) -> Done {
        let mut next = Some(first);
        while let Some(clause) = next {
            let mark = self.f().top();
            let (body, skip) = (self.label(), self.label());
            self.at(&clause.location());
            self.match_classes(&clause, exception, body)?;
            self.jump(skip);
            self.bind(body);
            if let Some(reference) = clause.reference() {
                let target = self.target(&reference)?;
                self.store(&target, exception)?;
            }
            self.statements_or_nil(clause.statements(), dst)?;
            self.emit(Op::SetErrinfo { src: Src(saved) });
            self.jump(end);
            self.bind(skip);
            self.f().release(mark);
            next = clause.subsequent();
        }
        Ok(())
    }

    /// Goes to `body` when the clause's classes match.
    fn match_classes(&mut self, clause: &prism::RescueNode<'pr>, exception: u16, body: Label) -> Done {
        let test = self.f().temp();
        let classes = clause.exceptions();
        if classes.is_empty() {
            let class = self.f().temp();
            self.get_const_top(b"StandardError", class);
            return self.test_class(exception, class, test, body);
        }
        for node in &classes {
            let mark = self.f().top();
            if let Some(splat) = node.as_splat_node() {
                let source = self.splat_value(&splat)?;
                let list = self.f().temp();
                self.emit(Op::Splat { dst: Dst(list), src: Src(source) });
                let (exception, classes) = (Src(exception), Src(list));
                self.emit(Op::RescueMatchAny { dst: Dst(test), exception, classes });
                self.emit(Op::JumpIf { cond: Src(test), target: body.jump() });
            } else {
                let class = self.operand(&node)?;
                self.test_class(exception, class, test, body)?;
            }
            self.f().release(mark);
        }
        Ok(())
    }

    fn test_class(&mut self, exception: u16, class: u16, test: u16, body: Label) -> Done {
        let (exception, class) = (Src(exception), Src(class));
        self.emit(Op::RescueMatch { dst: Dst(test), exception, class });
        self.emit(Op::JumpIf { cond: Src(test), target: body.jump() });
        Ok(())
    }

    pub(super) fn rescue_modifier(&mut self, node: &prism::RescueModifierNode<'pr>, dst: Option<u16>) -> Done {
        let saved = self.f().temp();
        self.emit(Op::GetErrinfo { dst: Dst(saved) });
        let (body, end, handler) = (self.label(), self.label(), self.label());
        self.push_region(ContextKind::Protected);
        self.node(&node.expression(), dst)?;
        let region = self.pop_context().expect("a protected body has a region");
        self.jump(end);
        self.bind(handler);
        let (exception, class, test) = (self.f().temp(), self.f().temp(), self.f().temp());
        self.catch_region(&region, handler, CatchKind::Rescue, exception);
        self.get_const_top(b"StandardError", class);
        self.test_class(exception, class, test, body)?;
        self.emit(Op::Rethrow { src: Src(exception) });
        self.bind(body);
        self.push_region(ContextKind::Clause { saved, retry_to: None });
        self.node(&node.rescue_expression(), dst)?;
        self.emit(Op::SetErrinfo { src: Src(saved) });
        self.jump(end);
        self.end_clauses(saved, exception);
        self.bind(end);
        Ok(())
    }
}

/// True when an ensure body contains a jump that could leave it.
fn leaves(ensure: &prism::EnsureNode<'_>) -> bool {
    let mut search = JumpSearch { found: false };
    if let Some(statements) = ensure.statements() {
        search.visit_statements_node(&statements);
    }
    search.found
}

struct JumpSearch {
    found: bool,
}

impl<'pr> Visit<'pr> for JumpSearch {
    fn visit_branch_node_enter(&mut self, node: Node<'pr>) {
        self.note(&node);
    }

    fn visit_leaf_node_enter(&mut self, node: Node<'pr>) {
        self.note(&node);
    }
}

impl JumpSearch {
    fn note(&mut self, node: &Node<'_>) {
        self.found |=
            matches!(node, Node::BreakNode { .. } | Node::NextNode { .. } | Node::RedoNode { .. } | Node::RetryNode { .. } | Node::ReturnNode { .. });
    }
}
