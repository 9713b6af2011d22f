//! `if`, loops, `for`, `case`/`when`.

use bytecode::operand::{Dst, Src};
use bytecode::{BLOCK_RECORD, CALL_SELF, CallFlags, CallSite, FunctionKind, Label, Op, Params, SiteKind};
use ruby_prism::{self as prism, Location, Node};

use crate::errors::CompileError;
use crate::function::{Opening, ParamPlan, hidden_param};
use crate::jump::ContextKind;
use crate::scope::ScopeTag;
use crate::{Compiler, Done, fold};

impl<'pr> Compiler<'_, 'pr> {
    pub(super) fn if_node(&mut self, node: &prism::IfNode<'pr>, dst: Option<u16>) -> Done {
        let subsequent = node.subsequent();
        self.choose("if", &node.location(), &node.predicate(), (node.statements(), subsequent.as_ref()), dst)
    }

    pub(super) fn unless_node(&mut self, node: &prism::UnlessNode<'pr>, dst: Option<u16>) -> Done {
        let subsequent = node.else_clause().map(|clause| clause.as_node());
        self.choose("unless", &node.location(), &node.predicate(), (node.statements(), subsequent.as_ref()), dst)
    }

    /// Runs the first way when the predicate holds (for `unless` when it does not), else the second.
    fn choose(
        &mut self,
        kind: &'static str,
        location: &Location<'pr>,
        predicate: &Node<'pr>,
        (first, second): (Option<prism::StatementsNode<'pr>>, Option<&Node<'pr>>),
        dst: Option<u16>,
    ) -> Done {
        let when = kind == "if";
        if let Some(truth) = fold::truth(predicate) {
            return if truth == when { self.statements_or_nil(first, dst) } else { self.expr_or_nil(second, dst) };
        }
        let (other, end) = (self.label(), self.label());
        self.at(&predicate.location());
        self.cover_line(predicate, true);
        let branching = self.cover_branch(kind, location);
        if branching.is_none() && first.is_none() && second.is_none() && dst.is_none() {
            self.branch(predicate, end, !when)?;
            self.bind(other);
            self.bind(end);
            return Ok(());
        }
        self.branch(predicate, other, !when)?;
        self.cover_arm(branching, "then", first.as_ref().map(prism::StatementsNode::location).as_ref());
        self.statements_or_nil(first, dst)?;
        if branching.is_none() && second.is_none() && dst.is_none() {
            self.bind(other);
            self.bind(end);
            return Ok(());
        }
        self.jump(end);
        self.bind(other);
        self.cover_arm(branching, "else", second.map(arm_location).as_ref());
        self.expr_or_nil(second, dst)?;
        self.bind(end);
        Ok(())
    }

    /// `while` (`until` when `truth` is false).
    pub(super) fn loop_node(
        &mut self,
        location: &Location<'pr>,
        predicate: &Node<'pr>,
        body: Option<prism::StatementsNode<'pr>>,
        body_first: bool,
        truth: bool,
        dst: Option<u16>,
    ) -> Done {
        let (top, test, redo, end) = (self.label(), self.label(), self.label(), self.label());
        let branching = self.cover_branch(if truth { "while" } else { "until" }, location);
        if !body_first && fold::truth(predicate) != Some(truth) {
            self.jump(test);
        }
        self.bind(top);
        let site = self.site(SiteKind::Loop);
        self.emit(Op::LoopHeader { site });
        self.bind(redo);
        self.push_context(ContextKind::Loop { break_to: end, next_to: test, redo_to: redo, value: dst });
        self.cover_arm(branching, "body", body.as_ref().map(prism::StatementsNode::location).as_ref());
        if let Some(body) = body {
            self.statements(&body, None)?;
        }
        self.bind(test);
        self.at(&predicate.location());
        self.branch(predicate, top, truth)?;
        self.pop_context();
        self.load_nil(dst);
        self.bind(end);
        Ok(())
    }

    /// `for` is `each` with a block that has no variables of its own.
    pub(super) fn for_node(&mut self, node: &prism::ForNode<'pr>, dst: Option<u16>) -> Done {
        let dst = self.or_scratch(dst);
        let record = self.f().take(usize::from(BLOCK_RECORD));
        let base = self.call_area(0);
        self.expr(&node.collection(), base.saturating_add(CALL_SELF))?;
        let block = self.for_block(node)?;
        self.at(&node.location());
        let site = CallSite { name: b"each".to_vec(), block: Some(block), block_record: record, ..CallSite::default() };
        self.send(dst, base, site);
        Ok(())
    }

    fn for_block(&mut self, node: &prism::ForNode<'pr>) -> Result<u32, crate::CompileError> {
        let location = node.location();
        let index = node.index();
        let multi = index.as_multi_target_node();
        if let Some(multi) = &multi {
            self.check_targets(multi.lefts().len() + multi.rights().len())?;
        }
        self.open_function(Opening {
            kind: FunctionKind::Block,
            tag: ScopeTag::For,
            location: &location,
            name: b"",
            locals: Vec::new(),
            plan: for_params(multi.as_ref()),
        })?;
        let redo = self.label();
        match &multi {
            None => {
                let target = self.target(&index)?;
                self.store(&target, 0)?;
            }
            Some(multi) => {
                let targets = self.multi_targets(multi)?;
                let hidden_rest = multi.rest().is_some_and(|rest| rest.as_splat_node().is_some_and(|splat| splat.expression().is_none()));
                for (at, target) in targets.iter().enumerate() {
                    let skip = usize::from(hidden_rest && at >= multi.lefts().len());
                    self.store(target, (at + skip) as u16)?;
                }
            }
        }
        self.bind(redo);
        self.f().redo = Some(redo);
        let value = self.f().temp();
        self.statements_or_nil(node.statements(), Some(value))?;
        let function = self.close_function(value)?;
        Ok(self.f().b.child(function))
    }

    pub(super) fn case_node(&mut self, node: &prism::CaseNode<'pr>, dst: Option<u16>) -> Done {
        let value = match node.predicate() {
            Some(predicate) => Some(self.fresh(&predicate)?),
            None => None,
        };
        let clauses: Vec<prism::WhenNode<'pr>> = node.conditions().iter().filter_map(|clause| clause.as_when_node()).collect();
        let end = self.label();
        let branching = self.cover_branch("case", &node.location());
        let mut bodies = Vec::with_capacity(clauses.len());
        for clause in &clauses {
            let body = self.label();
            bodies.push(body);
            for condition in &clause.conditions() {
                self.at(&condition.location());
                let mark = self.f().top();
                self.when_condition(&condition, value, body)?;
                self.f().release(mark);
            }
        }
        let otherwise = node.else_clause();
        let otherwise = otherwise.and_then(|clause| clause.statements());
        self.cover_arm(branching, "else", otherwise.as_ref().map(prism::StatementsNode::location).as_ref());
        self.statements_or_nil(otherwise, dst)?;
        self.jump(end);
        for (clause, body) in clauses.iter().zip(bodies) {
            self.bind(body);
            let location = clause.statements().map_or_else(|| clause.location(), |statements| statements.location());
            self.cover_arm(branching, "when", Some(&location));
            self.statements_or_nil(clause.statements(), dst)?;
            self.jump(end);
        }
        self.bind(end);
        Ok(())
    }

    fn when_condition(&mut self, condition: &Node<'pr>, value: Option<u16>, body: Label) -> Done {
        if let Some(splat) = condition.as_splat_node() {
            let source = self.splat_value(&splat)?;
            let (list, test) = (self.f().temp(), self.f().temp());
            self.emit(Op::Splat { dst: Dst(list), src: Src(source) });
            let value = match value {
                Some(value) => value,
                None => {
                    let undef = self.f().temp();
                    self.emit(Op::LoadUndef { dst: Dst(undef) });
                    undef
                }
            };
            let site = self.operator_site(b"===", 1, CallFlags::PRIVATE_OK);
            self.emit(Op::CaseEqAny { dst: Dst(test), patterns: Src(list), value: Src(value), site });
            self.emit(Op::JumpIf { cond: Src(test), target: body.jump() });
            return Ok(());
        }
        match value {
            None => self.branch(condition, body, true),
            Some(value) => {
                let test = self.f().temp();
                self.case_eq(condition, value, test)?;
                self.emit(Op::JumpIf { cond: Src(test), target: body.jump() });
                Ok(())
            }
        }
    }

    /// `r[test] = pattern === r[value]`; a String pattern is never seen, so it is not copied.
    /// Gives the pattern's register.
    pub(crate) fn case_eq(&mut self, pattern: &Node<'pr>, value: u16, test: u16) -> Result<u16, CompileError> {
        let register = match pattern.as_string_node() {
            Some(string) => {
                let literal = self.string_literal(&string);
                let register = self.f().temp();
                self.load(literal, register);
                register
            }
            None => self.operand(pattern)?,
        };
        let site = self.operator_site(b"===", 1, CallFlags::PRIVATE_OK);
        self.emit(Op::CaseEq { dst: Dst(test), pattern: Src(register), value: Src(value), site });
        Ok(register)
    }
}

/// Where the statements behind an `else` are, or the `if` behind an `elsif`.
fn arm_location<'pr>(node: &Node<'pr>) -> Location<'pr> {
    let statements = node.as_else_node().and_then(|clause| clause.statements());
    statements.map_or_else(|| node.location(), |statements| statements.location())
}

/// Hidden parameters that receive what `each` yields to a `for`.
fn for_params(multi: Option<&prism::MultiTargetNode<'_>>) -> ParamPlan {
    let mut params = Params { required: 1, ..Params::default() };
    if let Some(multi) = multi {
        params.required = multi.lefts().len() as u16;
        params.post = multi.rights().len() as u16;
        match multi.rest() {
            Some(Node::SplatNode { .. }) => params.rest = true,
            Some(_) => params.excess_comma = true,
            None => {}
        }
    }
    let count = usize::from(params.registers());
    params.names = vec![Vec::new(); count];
    ParamPlan { params, keys: (0..count).map(hidden_param).collect() }
}
