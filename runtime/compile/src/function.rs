//! Opening and closing functions: where parameters and variables live, and the parameter prologue.
//!
//! Invariant: an opened function has its whole variable layout before its first node is compiled.

use std::collections::HashSet;

use bytecode::operand::{Base, Count, Dst, Src};
use bytecode::{ENV_HEADER, EnvLayout, Function, FunctionKind, ImplicitParams, KeywordParam, KeywordRest, Local, Op, Params, Place};
use ruby_prism::{self as prism, Location, Node};

use crate::errors::CompileError;
use crate::register::Frame;
use crate::scope::{IT, ScopeFacts, ScopeTag};
use crate::{Compiler, Done, Variable};

/// Parameters of one function, or targets of one assignment or pattern, that the coding allows.
pub(crate) const MAX_TARGETS: usize = 16_000;

/// Functions inside each other: as deep as what walks and drops them without a look at the stack can go on a fiber's.
const MAX_FUNCTIONS: usize = 600;

/// Parameters and the variable key of each parameter register.
#[derive(Default)]
pub(crate) struct ParamPlan {
    pub(crate) params: Params,
    pub(crate) keys: Vec<Vec<u8>>,
}

impl ParamPlan {
    fn named(&mut self, name: &[u8]) {
        let few = self.keys.len() <= MAX_TARGETS;
        let key = if few && self.keys.iter().any(|k| k == name) { self.hidden_key() } else { name.to_vec() };
        self.params.names.push(name.to_vec());
        self.keys.push(key);
    }

    fn unnamed(&mut self) {
        self.params.names.push(Vec::new());
        self.keys.push(self.hidden_key());
    }

    fn hidden_key(&self) -> Vec<u8> {
        hidden_param(self.keys.len())
    }

    /// Plan of a parameter list.
    pub(crate) fn of(node: Option<&prism::ParametersNode<'_>>) -> Self {
        let mut plan = Self::default();
        if let Some(node) = node {
            plan.positional(node);
            plan.others(node);
        }
        plan
    }

    /// Plan of `count` hidden required parameters, for implicit ones and `for`.
    pub(crate) fn implicit(implicit: ImplicitParams) -> Self {
        let mut plan = Self::default();
        plan.params.implicit = implicit;
        match implicit {
            ImplicitParams::None => {}
            ImplicitParams::It => {
                plan.params.required = 1;
                plan.params.names.push(Vec::new());
                plan.keys.push(IT.to_vec());
            }
            ImplicitParams::Numbered(count) => {
                plan.params.required = u16::from(count);
                (1..=count).for_each(|n| plan.named(format!("_{n}").as_bytes()));
            }
        }
        plan
    }

    fn target(&mut self, node: &Node<'_>) {
        match node.as_required_parameter_node() {
            Some(required) => self.named(required.name().as_slice()),
            None => self.unnamed(),
        }
    }

    fn positional(&mut self, node: &prism::ParametersNode<'_>) {
        self.params.required = node.requireds().len() as u16;
        node.requireds().iter().for_each(|required| self.target(&required));
        self.params.optional = node.optionals().len() as u16;
        for optional in node.optionals().iter().filter_map(|n| n.as_optional_parameter_node()) {
            self.named(optional.name().as_slice());
        }
        let forwarding = node.keyword_rest().is_some_and(|n| matches!(n, Node::ForwardingParameterNode { .. }));
        match node.rest() {
            Some(rest) => match rest.as_rest_parameter_node() {
                Some(rest) => {
                    self.params.rest = true;
                    self.named(rest.name().map_or(b"*", |name| name.as_slice()));
                }
                None => self.params.excess_comma = true,
            },
            None if forwarding => {
                self.params.rest = true;
                self.named(b"*");
            }
            None => {}
        }
        self.params.post = node.posts().len() as u16;
        node.posts().iter().for_each(|post| self.target(&post));
    }

    fn others(&mut self, node: &prism::ParametersNode<'_>) {
        for keyword in &node.keywords() {
            let (name, required) = match keyword.as_required_keyword_parameter_node() {
                Some(required) => (required.name(), true),
                None => match keyword.as_optional_keyword_parameter_node() {
                    Some(optional) => (optional.name(), false),
                    None => continue,
                },
            };
            self.params.keywords.push(KeywordParam { name: name.as_slice().to_vec(), required });
            self.named(name.as_slice());
        }
        match node.keyword_rest() {
            None => {}
            Some(Node::NoKeywordsParameterNode { .. }) => self.params.keyword_rest = KeywordRest::Refused,
            Some(rest) => {
                self.params.forwarding = matches!(rest, Node::ForwardingParameterNode { .. });
                let name = rest.as_keyword_rest_parameter_node().and_then(|rest| rest.name());
                self.params.keyword_rest = if name.is_some() { KeywordRest::Some } else { KeywordRest::Anonymous };
                self.named(name.map_or(b"**", |name| name.as_slice()));
            }
        }
        if let Some(block) = node.block().and_then(|block| block.as_block_parameter_node()) {
            self.params.block = true;
            self.named(block.name().map_or(b"&", |name| name.as_slice()));
        } else if self.params.forwarding {
            self.params.block = true;
            self.named(b"&");
        }
    }
}

/// Variable key of the parameter in register `index` when it has no name of its own.
pub(crate) fn hidden_param(index: usize) -> Vec<u8> {
    format!("\0param{index}").into_bytes()
}

/// What is needed to open a function.
pub(crate) struct Opening<'a, 'pr> {
    pub(crate) kind: FunctionKind,
    pub(crate) tag: ScopeTag,
    pub(crate) location: &'a Location<'pr>,
    pub(crate) name: &'a [u8],
    pub(crate) locals: Vec<Vec<u8>>,
    pub(crate) plan: ParamPlan,
}

/// Names of a Prism list of locals.
pub(crate) fn names_of(list: &prism::ConstantList<'_>) -> Vec<Vec<u8>> {
    list.iter().map(|name| name.as_slice().to_vec()).collect()
}

impl<'pr> Compiler<'_, 'pr> {
    /// Opens the function of the whole source.
    pub(crate) fn open_program(&mut self, program: &prism::ProgramNode<'pr>, kind: FunctionKind) -> Done {
        let location = program.location();
        self.open_function(Opening {
            kind,
            tag: ScopeTag::Program,
            location: &location,
            name: b"",
            locals: names_of(&program.locals()),
            plan: ParamPlan::default(),
        })
    }

    /// Opens a function: lays out its variables and emits the opening of its environment.
    pub(crate) fn open_function(&mut self, opening: Opening<'_, 'pr>) -> Done {
        let location = opening.location;
        if opening.plan.keys.len() > MAX_TARGETS {
            return Err(CompileError::plain(&self.file, location.start_line(), "too many parameters"));
        }
        if self.frames.len() >= MAX_FUNCTIONS {
            return Err(CompileError::plain(&self.file, location.start_line(), "nesting too deep"));
        }
        let range = (location.start(), location.end());
        let line = match opening.kind {
            FunctionKind::Top | FunctionKind::Eval => self.options.line,
            _ => location.start_line(),
        };
        let mut frame = Frame::new(opening.kind, opening.name.to_vec(), line, range);
        let empty = ScopeFacts::default();
        let facts = self.analysis.facts((range.0, range.1, opening.tag)).unwrap_or(&empty);
        frame.transparent = opening.tag.is_transparent();
        (frame.method_depth, frame.specials) = match (opening.kind, self.frames.last()) {
            (FunctionKind::Eval, _) => (self.options.method_level.depth, self.options.method_level.specials),
            (kind, Some(parent)) if kind.is_closure() => (parent.method_depth + 1, parent.specials),
            _ => (0, facts.specials),
        };
        let needs_env = facts.has_closures
            || facts.all_captured
            || (opening.plan.params.block && opening.plan.params.names.last().is_none_or(|name| name != b"&"))
            || (frame.specials && frame.method_depth == 0);
        lay_out(&mut frame, facts, opening.plan, &opening.locals, needs_env);
        self.frames.push(frame);
        if let Some(notes) = &mut self.notes {
            notes.open_function();
        }
        if let Some(env) = self.f().env {
            self.emit(Op::EnterEnv { base: Base(env.base), slots: Count(env.slots) });
            if self.f().kind == FunctionKind::Eval {
                self.emit(Op::PublishEnv {});
            }
        }
        Ok(())
    }

    /// Returns `value`, closes the innermost function and gives it.
    pub(crate) fn close_function(&mut self, value: u16) -> Result<Function, CompileError> {
        self.emit(Op::Return { src: Src(value) });
        let frame = self.frames.pop().expect("functions open and close in pairs");
        let Some(registers) = frame.registers() else {
            return Err(CompileError::plain(&self.file, frame.line, "too many registers in one function"));
        };
        if let Some(parent) = self.frames.last_mut() {
            for name in &frame.ivars {
                if !parent.ivars.contains(name) {
                    parent.ivars.push(name.clone());
                }
            }
        }
        let mut assembled = frame.b.finish();
        if frame.env.is_none() {
            count_from_outer_environment(&mut assembled.code);
        }
        let function = Function {
            kind: frame.kind,
            name: frame.name,
            file: self.file.clone(),
            line: frame.line,
            source_range: frame.source_range,
            params: frame.params,
            registers,
            locals_end: frame.locals_end,
            locals: frame.locals,
            env: frame.env,
            method_depth: frame.method_depth,
            specials: frame.specials,
            code: assembled.code,
            literals: assembled.literals,
            sites: assembled.sites,
            children: assembled.children,
            catches: assembled.catches,
            lines: assembled.lines,
            ivar_names: frame.ivars,
        };
        if let Some(notes) = &mut self.notes {
            notes.close_function(&function);
        }
        Ok(function)
    }

    /// Makes arguments into variables: copies captured ones, destructures, runs defaults.
    pub(crate) fn params_prologue(&mut self, node: Option<&prism::ParametersNode<'pr>>) -> Done {
        self.block_param();
        let params = &self.f().params;
        let defaults_from = params.required;
        let defaults_to = defaults_from + params.optional;
        let keywords_from = defaults_to + u16::from(params.rest) + params.post;
        let keywords_to = keywords_from + params.keywords.len() as u16;
        let total = params.registers() - u16::from(params.block);
        for register in 0..total {
            let optional = (defaults_from..defaults_to).contains(&register);
            let keyword = (keywords_from..keywords_to).contains(&register);
            if !optional && !keyword {
                self.settle(register);
            }
        }
        let Some(node) = node else {
            return Ok(());
        };
        for (index, optional) in node.optionals().iter().enumerate() {
            if let Some(optional) = optional.as_optional_parameter_node() {
                self.default_value(defaults_from + index as u16, &optional.value())?;
            }
        }
        self.destructure_params(&node.requireds(), 0)?;
        let post_from = defaults_to + u16::from(self.f().params.rest);
        self.destructure_params(&node.posts(), post_from)?;
        for (index, keyword) in node.keywords().iter().enumerate() {
            let register = keywords_from + index as u16;
            match keyword.as_optional_keyword_parameter_node() {
                Some(optional) => self.default_value(register, &optional.value())?,
                None => self.settle(register),
            }
        }
        Ok(())
    }

    /// Fills the `&block` parameter. An anonymous one of a method is read when it is passed on.
    fn block_param(&mut self) {
        let params = &self.f().params;
        if !params.block {
            return;
        }
        let register = params.registers() - 1;
        let anonymous = params.names.last().is_some_and(|name| name == b"&");
        let in_register = self.f().variables.get(&b"&"[..]) == Some(&Place::Register(register));
        if anonymous && self.f().kind == FunctionKind::Method && in_register {
            return;
        }
        self.emit(Op::BlockParam { dst: Dst(register) });
        self.settle(register);
    }

    /// Copies a parameter from its register to its environment slot when it is captured.
    fn settle(&mut self, register: u16) {
        if let Some(&slot) = self.f().param_slots.get(&register) {
            self.emit(Op::SetEnv { depth: Count(0), slot: Count(slot), src: Src(register) });
        }
    }

    fn default_value(&mut self, register: u16, value: &Node<'pr>) -> Done {
        let given = self.label();
        self.emit(Op::JumpGiven { src: Src(register), target: given.jump() });
        self.at(&value.location());
        if self.f().param_slots.contains_key(&register) {
            self.expr(value, register)?;
        } else {
            // The default may read the parameter itself, which is nil then.
            self.emit(Op::LoadNil { dst: Dst(register) });
            let mark = self.f().top();
            let temp = self.f().temp();
            self.expr(value, temp)?;
            self.move_to(register, temp);
            self.f().release(mark);
        }
        self.bind(given);
        self.settle(register);
        Ok(())
    }

    fn destructure_params(&mut self, list: &prism::NodeList<'pr>, first: u16) -> Done {
        for (index, node) in list.iter().enumerate() {
            if let Some(multi) = node.as_multi_target_node() {
                let mark = self.f().top();
                self.destructure(&multi, first + index as u16)?;
                self.f().release(mark);
            }
        }
        Ok(())
    }

    /// Refuses lists that are too long for the coding of operands.
    pub(crate) fn check_targets(&mut self, count: usize) -> Done {
        if count <= MAX_TARGETS {
            return Ok(());
        }
        let line = self.line();
        Err(CompileError::plain(&self.file, line, "too many targets"))
    }

    /// The variable of `it`.
    pub(crate) fn it_variable(&mut self) -> Option<Variable> {
        self.variable_by_name(IT)
    }
}

/// Gives every variable its place: parameters, locals, hidden ones, then the environment.
fn lay_out(frame: &mut Frame<'_>, facts: &ScopeFacts, plan: ParamPlan, locals: &[Vec<u8>], needs_env: bool) {
    let mut slots = frame.first_slot();
    let mut seen = HashSet::new();
    frame.take(plan.keys.len());
    for (register, key) in plan.keys.iter().enumerate() {
        seen.insert(key.clone());
        let captured = facts.all_captured || facts.params_captured || facts.captured.contains(key);
        let place = if captured {
            frame.param_slots.insert(register as u16, slots);
            slots = slots.saturating_add(1);
            Place::Slot(slots - 1)
        } else {
            Place::Register(register as u16)
        };
        frame.define(key.clone(), place);
    }
    frame.params = plan.params;
    for name in locals {
        if seen.insert(name.clone()) {
            let captured = facts.all_captured || facts.captured.contains(name);
            slots = frame.place_local(name.clone(), captured, slots);
        }
    }
    for (name, captured) in &facts.flip_flops {
        if seen.insert(name.clone()) {
            slots = frame.place_local(name.clone(), *captured, slots);
        }
    }
    frame.locals_end = frame.top();
    if needs_env || slots > 0 {
        let base = frame.take(usize::from(ENV_HEADER) + usize::from(slots));
        frame.env = Some(EnvLayout { base, slots });
    }
}

impl Frame<'_> {
    fn place_local(&mut self, name: Vec<u8>, captured: bool, slots: u16) -> u16 {
        if captured {
            self.define(name, Place::Slot(slots));
            return slots.saturating_add(1);
        }
        let register = self.temp();
        self.define(name, Place::Register(register));
        slots
    }

    fn define(&mut self, key: Vec<u8>, place: Place) {
        // `Binding#implicit_parameter_get` looks for `it` by its key.
        if key.first() != Some(&0) || key == IT {
            self.locals.push(Local { name: key.clone(), place });
        }
        self.variables.insert(key, place);
    }
}

/// A function without an environment of its own starts counting at the one around it, which its frame
/// holds: scopes become environment hops.
fn count_from_outer_environment(code: &mut [u16]) {
    let mut pc = 0;
    while let Some((op, next)) = Op::decode(code, pc) {
        match op {
            Op::GetEnv { depth, .. } => code[pc + 2] = depth.0 - 1,
            Op::SetEnv { depth, .. } => code[pc + 1] = depth.0 - 1,
            _ => {}
        }
        pc = next;
    }
}
