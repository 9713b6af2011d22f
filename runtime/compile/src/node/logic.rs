//! Conditions as jumps: `and`, `or`, `not`, comparisons, flip-flops.

use bytecode::operand::{Dst, Src};
use bytecode::{Label, Op};
use ruby_prism::{self as prism, Node};

use crate::errors::CompileError;
use crate::scope::flip_flop_name;
use crate::{Compiler, Done, fold};

impl<'pr> Compiler<'_, 'pr> {
    /// Goes to `target` when the truth of `node` is `when`; else falls through.
    pub(crate) fn branch(&mut self, node: &Node<'pr>, target: Label, when: bool) -> Done {
        self.enter_node()?;
        let mark = self.f().top();
        let outer = self.notes.as_mut().map(|notes| notes.enter(node));
        self.branch_on(node, target, when)?;
        self.leave_noted(outer);
        self.f().release(mark);
        self.leave_node();
        Ok(())
    }

    fn branch_on(&mut self, node: &Node<'pr>, target: Label, when: bool) -> Done {
        if let Some(truth) = fold::truth(node) {
            if truth == when {
                self.jump(target);
            }
            return Ok(());
        }
        if let Some(and) = node.as_and_node() {
            return self.short_circuit(&and.left(), &and.right(), false, target, when);
        }
        if let Some(or) = node.as_or_node() {
            return self.short_circuit(&or.left(), &or.right(), true, target, when);
        }
        if let Some(call) = node.as_call_node()
            && self.compare_jump(&call, target, when)?
        {
            return Ok(());
        }
        if let Some(predicate) = node.as_match_predicate_node() {
            return self.match_branch(&predicate, target, when);
        }
        if let Some(body) = single_body(node) {
            return self.branch(&body, target, when);
        }
        let cond = self.operand(node)?;
        let (cond, target) = (Src(cond), target.jump());
        self.emit(if when { Op::JumpIf { cond, target } } else { Op::JumpUnless { cond, target } });
        Ok(())
    }

    /// `stop` is the truth of the left side that decides the whole.
    fn short_circuit(&mut self, left: &Node<'pr>, right: &Node<'pr>, stop: bool, target: Label, when: bool) -> Done {
        if stop == when {
            self.branch(left, target, when)?;
            return self.branch(right, target, when);
        }
        let skip = self.label();
        self.branch(left, skip, stop)?;
        self.branch(right, target, when)?;
        self.bind(skip);
        Ok(())
    }

    pub(super) fn and_node(&mut self, node: &prism::AndNode<'pr>, dst: Option<u16>) -> Done {
        self.logical(&node.left(), &node.right(), false, dst)
    }

    pub(super) fn or_node(&mut self, node: &prism::OrNode<'pr>, dst: Option<u16>) -> Done {
        self.logical(&node.left(), &node.right(), true, dst)
    }

    fn logical(&mut self, left: &Node<'pr>, right: &Node<'pr>, stop: bool, dst: Option<u16>) -> Done {
        let end = self.label();
        match dst {
            None => self.branch(left, end, stop)?,
            Some(dst) => {
                self.expr(left, dst)?;
                let (cond, target) = (Src(dst), end.jump());
                self.emit(if stop { Op::JumpIf { cond, target } } else { Op::JumpUnless { cond, target } });
            }
        }
        self.node(right, dst)?;
        self.bind(end);
        Ok(())
    }

    /// Truth of a flip-flop.
    pub(super) fn truth_of(&mut self, node: &Node<'pr>, dst: Option<u16>) -> Done {
        let flip_flop = node.as_flip_flop_node().ok_or_else(|| self.no_rule(node))?;
        let dst = self.or_scratch(dst);
        let name = flip_flop_name(node.location().start());
        let state = self.variable_by_name(&name);
        let state = state.ok_or_else(|| CompileError::Internal("a flip-flop has no state".into()))?;
        let temp = self.f().temp();
        let (on, off, end) = (self.label(), self.label(), self.label());
        self.read_variable(state, temp);
        self.emit(Op::JumpIf { cond: Src(temp), target: on.jump() });
        self.side(flip_flop.left(), off, false)?;
        self.emit(Op::LoadTrue { dst: Dst(temp) });
        self.write_variable(state, temp);
        if flip_flop.is_exclude_end() {
            self.emit(Op::LoadTrue { dst: Dst(dst) });
            self.jump(end);
        }
        self.bind(on);
        self.emit(Op::LoadTrue { dst: Dst(dst) });
        self.side(flip_flop.right(), end, false)?;
        self.emit(Op::LoadFalse { dst: Dst(temp) });
        self.write_variable(state, temp);
        self.jump(end);
        self.bind(off);
        self.emit(Op::LoadFalse { dst: Dst(dst) });
        self.bind(end);
        Ok(())
    }

    /// One end of a flip-flop; an open end is nil, an integer literal compares with the line number `$.`.
    fn side(&mut self, node: Option<Node<'pr>>, target: Label, when: bool) -> Done {
        match node {
            Some(node) if node.as_integer_node().is_some() => self.line_branch(&node, target, when),
            Some(node) => self.branch(&node, target, when),
            None => {
                if !when {
                    self.jump(target);
                }
                Ok(())
            }
        }
    }
}

impl<'pr> Compiler<'_, 'pr> {
    /// An Integer literal at an end of a flip-flop means that line of the input.
    fn line_branch(&mut self, literal: &Node<'pr>, target: Label, when: bool) -> Done {
        let mark = self.f().top();
        let (number, line, equal) = (self.f().temp(), self.f().temp(), self.f().temp());
        self.expr(literal, number)?;
        let name = self.symbol(b"$.");
        self.emit(Op::GetGlobal { dst: Dst(line), name });
        self.send_simple(equal, number, b"==", &[line], 0);
        let (cond, target) = (Src(equal), target.jump());
        self.emit(if when { Op::JumpIf { cond, target } } else { Op::JumpUnless { cond, target } });
        self.f().release(mark);
        Ok(())
    }
}

/// The only statement in parentheses.
fn single_body<'pr>(node: &Node<'pr>) -> Option<Node<'pr>> {
    let body = node.as_parentheses_node()?.body()?;
    let list = body.as_statements_node()?.body();
    if list.len() == 1 { list.first() } else { None }
}
