//! Pattern matching: `case`/`in`, `=>`, `in`.
//!
//! A pattern is code that goes to a label when it does not match and falls through when it does. A
//! lone pattern whose failure raises also notes why it failed (`Fault`), for CRuby's message.

use bytecode::operand::{Dst, Imm, Src};
use bytecode::{Label, Literal, MatchFault, Op, SiteKind};
use ruby_prism::{self as prism, Node};

use crate::register::Fault;
use crate::{Compiler, Done};

/// Registers of one match.
#[derive(Clone, Copy)]
struct Match {
    /// Result of `deconstruct` of the subject, undef until it was called.
    cache: Option<u16>,
    /// Where it is noted why the pattern fails.
    reason: Option<Reason>,
}

/// Registers of a `MatchFault` and its two values.
#[derive(Clone, Copy)]
struct Reason {
    number: u16,
    left: u16,
    right: u16,
}

impl Match {
    /// The same for a part of the subject.
    fn inner(self) -> Self {
        Self { cache: None, ..self }
    }
}

impl<'pr> Compiler<'_, 'pr> {
    pub(super) fn match_predicate(&mut self, node: &prism::MatchPredicateNode<'pr>, dst: Option<u16>) -> Done {
        let (fail, end) = (self.label(), self.label());
        let value = self.fresh(&node.value())?;
        self.pattern(&node.pattern(), value, Match { cache: None, reason: None }, fail)?;
        self.simple(dst, |dst| Op::LoadTrue { dst })?;
        self.jump(end);
        self.bind(fail);
        self.simple(dst, |dst| Op::LoadFalse { dst })?;
        self.bind(end);
        Ok(())
    }

    /// `x in pattern` as condition.
    pub(super) fn match_branch(&mut self, node: &prism::MatchPredicateNode<'pr>, target: Label, when: bool) -> Done {
        let value = self.fresh(&node.value())?;
        let context = Match { cache: None, reason: None };
        if !when {
            return self.pattern(&node.pattern(), value, context, target);
        }
        let fail = self.label();
        self.pattern(&node.pattern(), value, context, fail)?;
        self.jump(target);
        self.bind(fail);
        Ok(())
    }

    pub(super) fn match_required(&mut self, node: &prism::MatchRequiredNode<'pr>, dst: Option<u16>) -> Done {
        let (fail, end) = (self.label(), self.label());
        let value = self.fresh(&node.value())?;
        let reason = self.reason();
        let faults = std::mem::take(&mut self.f().faults);
        self.pattern(&node.pattern(), value, Match { cache: None, reason: Some(reason) }, fail)?;
        self.jump(end);
        self.write_faults(reason, faults);
        self.bind(fail);
        self.no_match(value, Some(reason));
        self.bind(end);
        self.load_nil(dst);
        Ok(())
    }

    fn reason(&mut self) -> Reason {
        let (number, left, right) = (self.f().temp(), self.f().temp(), self.f().temp());
        for register in [number, left, right] {
            self.load_nil(Some(register));
        }
        Reason { number, left, right }
    }

    fn no_match(&mut self, value: u16, reason: Option<Reason>) {
        let reason = reason.unwrap_or_else(|| {
            let nil = self.f().temp();
            self.load_nil(Some(nil));
            Reason { number: nil, left: nil, right: nil }
        });
        self.emit(Op::NoMatch { src: Src(value), reason: Src(reason.number), left: Src(reason.left), right: Src(reason.right) });
    }

    /// The label to go to when a part does not match: `fail`, or a note of the reason on the way there.
    fn failing(&mut self, context: Match, fail: Label, reason: MatchFault, left: u16, right: u16) -> Label {
        if context.reason.is_none() {
            return fail;
        }
        let from = self.label();
        self.f().faults.push(Fault { from, fail, reason, left, right });
        from
    }

    /// Writes the notes of a lone pattern, out of the way of what matches.
    fn write_faults(&mut self, reason: Reason, outer: Vec<Fault>) {
        for fault in std::mem::replace(&mut self.f().faults, outer) {
            self.bind(fault.from);
            self.move_to(reason.left, fault.left);
            self.move_to(reason.right, fault.right);
            self.emit(Op::LoadInt { dst: Dst(reason.number), value: Imm(fault.reason as i16) });
            self.jump(fault.fail);
        }
    }

    pub(super) fn case_match(&mut self, node: &prism::CaseMatchNode<'pr>, dst: Option<u16>) -> Done {
        let value = self.f().temp();
        self.expr_or_nil(node.predicate().as_ref(), Some(value))?;
        let clauses: Vec<prism::InNode<'pr>> = node.conditions().iter().filter_map(|clause| clause.as_in_node()).collect();
        let otherwise = node.else_clause();
        let reason = (clauses.len() == 1 && otherwise.is_none()).then(|| self.reason());
        let faults = std::mem::take(&mut self.f().faults);
        let cache = self.f().temp();
        self.emit(Op::LoadUndef { dst: Dst(cache) });
        let end = self.label();
        let branching = self.cover_branch("case", &node.location());
        for clause in &clauses {
            let fail = self.label();
            self.at(&clause.location());
            let mark = self.f().top();
            self.pattern(&clause.pattern(), value, Match { cache: Some(cache), reason }, fail)?;
            self.f().release(mark);
            let location = clause.statements().map_or_else(|| clause.location(), |statements| statements.location());
            self.cover_arm(branching, "in", Some(&location));
            self.statements_or_nil(clause.statements(), dst)?;
            self.jump(end);
            if let Some(reason) = reason {
                self.write_faults(reason, Vec::new());
            }
            self.bind(fail);
        }
        self.f().faults = faults;
        let location = otherwise.as_ref().and_then(prism::ElseNode::statements).map(|statements| statements.location());
        self.cover_arm(branching, "else", location.as_ref());
        match otherwise {
            Some(clause) => self.statements_or_nil(clause.statements(), dst)?,
            None => {
                self.at(&node.location());
                self.no_match(value, reason);
            }
        }
        self.bind(end);
        Ok(())
    }

    /// Matches register `value`; goes to `fail` when it does not match.
    fn pattern(&mut self, node: &Node<'pr>, value: u16, context: Match, fail: Label) -> Done {
        self.enter_node()?;
        let mark = self.f().top();
        self.pattern_of(node, value, context, fail)?;
        self.f().release(mark);
        self.leave_node();
        Ok(())
    }

    fn pattern_of(&mut self, node: &Node<'pr>, value: u16, context: Match, fail: Label) -> Done {
        match node {
            Node::ArrayPatternNode { .. } => {
                let array = node.as_array_pattern_node().expect("the kind was matched");
                self.array_pattern(&array, value, context, fail)
            }
            Node::FindPatternNode { .. } => {
                let find = node.as_find_pattern_node().expect("the kind was matched");
                self.find_pattern(&find, value, context, fail)
            }
            Node::HashPatternNode { .. } => {
                let hash = node.as_hash_pattern_node().expect("the kind was matched");
                self.hash_pattern(&hash, value, context, fail)
            }
            Node::AlternationPatternNode { .. } => {
                let either = node.as_alternation_pattern_node().expect("the kind was matched");
                let (right, end) = (self.label(), self.label());
                self.pattern(&either.left(), value, context, right)?;
                self.jump(end);
                self.bind(right);
                self.pattern(&either.right(), value, context, fail)?;
                self.bind(end);
                Ok(())
            }
            Node::CapturePatternNode { .. } => {
                let capture = node.as_capture_pattern_node().expect("the kind was matched");
                self.pattern(&capture.value(), value, context, fail)?;
                self.pattern(&capture.target().as_node(), value, context, fail)
            }
            Node::LocalVariableTargetNode { .. } => {
                let target = self.target(node)?;
                self.store(&target, value)
            }
            Node::IfNode { .. } => {
                let guarded = node.as_if_node().expect("the kind was matched");
                self.guarded(guarded.statements(), value, context, fail)?;
                let refused = self.failing(context, fail, MatchFault::Guard, value, value);
                self.branch(&guarded.predicate(), refused, false)
            }
            Node::UnlessNode { .. } => {
                let guarded = node.as_unless_node().expect("the kind was matched");
                self.guarded(guarded.statements(), value, context, fail)?;
                let refused = self.failing(context, fail, MatchFault::Guard, value, value);
                self.branch(&guarded.predicate(), refused, true)
            }
            _ => self.pattern_value(node, value, context, fail),
        }
    }

    fn guarded(&mut self, statements: Option<prism::StatementsNode<'pr>>, value: u16, context: Match, fail: Label) -> Done {
        match statements.and_then(|statements| statements.body().first()) {
            Some(pattern) => self.pattern(&pattern, value, context, fail),
            None => Ok(()),
        }
    }

    fn pattern_value(&mut self, node: &Node<'pr>, value: u16, context: Match, fail: Label) -> Done {
        if let Some(implicit) = node.as_implicit_node() {
            return self.pattern(&implicit.value(), value, context, fail);
        }
        if let Some(parentheses) = node.as_parentheses_node()
            && let Some(body) = parentheses.body()
        {
            return match body.as_statements_node().and_then(|statements| statements.body().first()) {
                Some(inner) => self.pattern(&inner, value, context, fail),
                None => self.pattern(&body, value, context, fail),
            };
        }
        if let Some(pinned) = node.as_pinned_variable_node() {
            return self.test_value(&pinned.variable(), value, context, fail);
        }
        if let Some(pinned) = node.as_pinned_expression_node() {
            return self.test_value(&pinned.expression(), value, context, fail);
        }
        self.test_value(node, value, context, fail)
    }

    /// `node === value`
    fn test_value(&mut self, node: &Node<'pr>, value: u16, context: Match, fail: Label) -> Done {
        let test = self.f().temp();
        let pattern = self.case_eq(node, value, test)?;
        let fail = self.failing(context, fail, MatchFault::Unequal, pattern, value);
        self.emit(Op::JumpUnless { cond: Src(test), target: fail.jump() });
        Ok(())
    }

    fn test_constant(&mut self, constant: Option<Node<'pr>>, value: u16, context: Match, fail: Label) -> Done {
        match constant {
            Some(constant) => {
                let mark = self.f().top();
                self.test_value(&constant, value, context, fail)?;
                self.f().release(mark);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// The deconstructed Array of `value` in a new register.
    fn deconstructed(&mut self, value: u16, context: Match, fail: Label) -> u16 {
        let array = context.cache.unwrap_or_else(|| self.f().temp());
        let given = self.label();
        if context.cache.is_some() {
            self.emit(Op::JumpGiven { src: Src(array), target: given.jump() });
        }
        self.emit(Op::Deconstruct { dst: Dst(array), src: Src(value) });
        self.bind(given);
        let fail = self.failing(context, fail, MatchFault::NoDeconstruct, value, value);
        self.emit(Op::JumpNil { src: Src(array), target: fail.jump() });
        array
    }

    fn array_pattern(&mut self, node: &prism::ArrayPatternNode<'pr>, value: u16, context: Match, fail: Label) -> Done {
        self.test_constant(node.constant(), value, context, fail)?;
        let array = self.deconstructed(value, context, fail);
        let (requireds, posts) = (node.requireds(), node.posts());
        self.check_targets(requireds.len() + posts.len())?;
        let fixed = requireds.len() + posts.len();
        let (size, count) = (self.f().temp(), self.f().temp());
        self.emit(Op::ArraySize { dst: Dst(size), array: Src(array) });
        self.load(Literal::Int(fixed as i64), count);
        let site = self.operator_site(if node.rest().is_some() { b"<" } else { b"==" }, 1, 0);
        let reason = if node.rest().is_some() { MatchFault::MinimalLength } else { MatchFault::Length };
        let unfit = self.failing(context, fail, reason, array, count);
        let (a, b, target) = (Src(size), Src(count), unfit.jump());
        self.emit(match node.rest() {
            Some(_) => Op::JumpLt { a, b, target, site },
            None => Op::JumpNotEq { a, b, target, site },
        });
        let part = self.f().temp();
        for (index, pattern) in requireds.iter().enumerate() {
            self.emit(Op::ArrayGet { dst: Dst(part), array: Src(array), index: Imm(index as i16) });
            self.pattern(&pattern, part, context.inner(), fail)?;
        }
        if let Some(name) = splat_name(node.rest().as_ref()) {
            let from = self.f().temp();
            self.load(Literal::Int(requireds.len() as i64), from);
            self.binary(b"-", count, size, count, 0);
            let (array, from, count) = (Src(array), Src(from), Src(count));
            self.emit(Op::ArraySlice { dst: Dst(part), array, from, count });
            self.pattern(&name, part, context.inner(), fail)?;
        }
        for (index, pattern) in posts.iter().enumerate() {
            let index = Imm(index as i16 - posts.len() as i16);
            self.emit(Op::ArrayGet { dst: Dst(part), array: Src(array), index });
            self.pattern(&pattern, part, context.inner(), fail)?;
        }
        Ok(())
    }

    /// `[*, a, b, *]`: tries each position in turn.
    fn find_pattern(&mut self, node: &prism::FindPatternNode<'pr>, value: u16, context: Match, fail: Label) -> Done {
        self.test_constant(node.constant(), value, context, fail)?;
        let array = self.deconstructed(value, context, fail);
        let requireds = node.requireds();
        self.check_targets(requireds.len())?;
        let (size, last, at) = (self.f().temp(), self.f().temp(), self.f().temp());
        let (index, part) = (self.f().temp(), self.f().temp());
        self.emit(Op::ArraySize { dst: Dst(size), array: Src(array) });
        self.load(Literal::Int(requireds.len() as i64), index);
        let unfit = self.failing(context, fail, MatchFault::MinimalLength, array, index);
        let site = self.operator_site(b"<", 1, 0);
        self.emit(Op::JumpLt { a: Src(size), b: Src(index), target: unfit.jump(), site });
        self.binary(b"-", last, size, index, 0);
        self.load(Literal::Int(0), at);
        let not_found = self.failing(context, fail, MatchFault::NotFound, array, array);
        let (top, next, found) = (self.label(), self.label(), self.label());
        self.bind(top);
        let site = self.site(SiteKind::Loop);
        self.emit(Op::LoopHeader { site });
        let site = self.operator_site(b">", 1, 0);
        self.emit(Op::JumpGt { a: Src(at), b: Src(last), target: not_found.jump(), site });
        for (offset, pattern) in requireds.iter().enumerate() {
            self.binary_imm(b"+", index, at, offset as i16, 0);
            self.binary(b"[]", part, array, index, 0);
            self.pattern(&pattern, part, context.inner(), next)?;
        }
        self.jump(found);
        self.bind(next);
        self.binary_imm(b"+", at, at, 1, 0);
        self.jump(top);
        self.bind(found);
        let (slice, src) = (Dst(part), Src(array));
        if let Some(name) = splat_name(Some(&node.left().as_node())) {
            self.load(Literal::Int(0), index);
            self.emit(Op::ArraySlice { dst: slice, array: src, from: Src(index), count: Src(at) });
            self.pattern(&name, part, context.inner(), fail)?;
        }
        if let Some(name) = splat_name(Some(&node.right().as_node())) {
            self.binary_imm(b"+", at, at, requireds.len() as i16, 0);
            self.binary(b"-", index, size, at, 0);
            self.emit(Op::ArraySlice { dst: slice, array: src, from: Src(at), count: Src(index) });
            self.pattern(&name, part, context.inner(), fail)?;
        }
        Ok(())
    }

    fn hash_pattern(&mut self, node: &prism::HashPatternNode<'pr>, value: u16, context: Match, fail: Label) -> Done {
        self.test_constant(node.constant(), value, context, fail)?;
        let mut pairs = Vec::new();
        for element in &node.elements() {
            let assoc = element.as_assoc_node().ok_or_else(|| self.no_rule(&element))?;
            let key = assoc.key().as_symbol_node().ok_or_else(|| self.no_rule(&assoc.key()))?;
            pairs.push((self.symbol_literal(&key), assoc.value()));
        }
        let rest = node.rest();
        let rest_splat = rest.as_ref().and_then(|rest| rest.as_assoc_splat_node());
        let names = Literal::Array(pairs.iter().map(|(key, _)| key.clone()).collect());
        let (hash, test) = (self.f().temp(), self.f().temp());
        if rest_splat.as_ref().is_some_and(|splat| splat.value().is_some()) {
            self.load_nil(Some(test));
        } else {
            self.load(names.clone(), test);
            self.emit(Op::Splat { dst: Dst(test), src: Src(test) });
        }
        self.emit(Op::DeconstructKeys { dst: Dst(hash), src: Src(value), keys: Src(test) });
        let refused = self.failing(context, fail, MatchFault::NoDeconstructKeys, value, value);
        self.emit(Op::JumpNil { src: Src(hash), target: refused.jump() });
        self.hash_pairs(pairs, hash, context, fail)?;
        let nothing_else = matches!(rest, Some(Node::NoKeywordsParameterNode { .. })) || (rest.is_none() && node.elements().is_empty());
        let name = rest_splat.and_then(|splat| splat.value());
        if nothing_else || name.is_some() {
            let keys = self.literal(names);
            self.emit(Op::HashExcept { dst: Dst(test), hash: Src(hash), keys });
        }
        if nothing_else {
            let (is_empty, rest) = (self.f().temp(), rest.is_some());
            let unfit = match rest {
                true => self.failing(context, fail, MatchFault::RestNotEmpty, test, test),
                false => self.failing(context, fail, MatchFault::NotEmpty, hash, hash),
            };
            self.send_simple(is_empty, test, b"empty?", &[], 0);
            self.emit(Op::JumpUnless { cond: Src(is_empty), target: unfit.jump() });
        }
        match name {
            Some(name) => self.pattern(&name, test, context.inner(), fail),
            None => Ok(()),
        }
    }

    fn hash_pairs(&mut self, pairs: Vec<(Literal, Node<'pr>)>, hash: u16, context: Match, fail: Label) -> Done {
        let part = self.f().temp();
        // All keys are looked for before any value is matched.
        let pairs: Vec<_> = pairs.into_iter().map(|(key, pattern)| (self.literal(key), pattern)).collect();
        for &(lit, _) in &pairs {
            self.emit(Op::HashHasKey { dst: Dst(part), hash: Src(hash), key: lit });
            let absent = match context.reason {
                None => fail,
                Some(reason) => {
                    // The name is loaded before the test: the note is written elsewhere.
                    self.emit(Op::LoadLit { dst: Dst(reason.right), lit });
                    self.failing(context, fail, MatchFault::Key, hash, reason.right)
                }
            };
            self.emit(Op::JumpUnless { cond: Src(part), target: absent.jump() });
        }
        for (lit, pattern) in pairs {
            self.emit(Op::HashGet { dst: Dst(part), hash: Src(hash), key: lit });
            self.pattern(&pattern, part, context.inner(), fail)?;
        }
        Ok(())
    }
}

/// The variable of a `*name` in a pattern.
fn splat_name<'pr>(node: Option<&Node<'pr>>) -> Option<Node<'pr>> {
    node?.as_splat_node()?.expression()
}
