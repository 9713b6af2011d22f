//! `defined?` of every node: the text, or nil without evaluating what would fail.

use bytecode::operand::{Dst, Imm, Lit, Src};
use bytecode::{CatchKind, DefinedKind, Label, Literal, Op};
use ruby_prism::{self as prism, Node, NodeList};

use crate::errors::CompileError;
use crate::jump::ContextKind;
use crate::node::call::{call_flags, plain_arguments};
use crate::node::{backref_kind, special_kind};
use crate::{Compiler, Done};

impl<'pr> Compiler<'_, 'pr> {
    pub(crate) fn defined_node(&mut self, node: &prism::DefinedNode<'pr>, dst: Option<u16>) -> Done {
        // Nobody asks for the answer, so nothing is evaluated.
        let Some(dst) = dst else { return Ok(()) };
        let value = node.value();
        let (missing, end) = (self.label(), self.label());
        let text = defined_text(&value);
        let evaluates = evaluates(&value);
        let saved = self.f().temp();
        if evaluates {
            self.emit(Op::GetErrinfo { dst: Dst(saved) });
            self.push_region(ContextKind::Protected);
        }
        self.defined(&value, missing)?;
        let region = if evaluates { self.pop_context() } else { None };
        self.load(Literal::Str(text.as_bytes().to_vec(), "US-ASCII"), dst);
        self.jump(end);
        if let Some(region) = region {
            let handler = self.label();
            self.bind(handler);
            let exception = self.f().temp();
            self.catch_region(&region, handler, CatchKind::Rescue, exception);
            self.emit(Op::SetErrinfo { src: Src(saved) });
        }
        self.bind(missing);
        self.load_nil(Some(dst));
        self.bind(end);
        Ok(())
    }

    /// Goes to `missing` unless `node` is defined.
    fn defined(&mut self, node: &Node<'pr>, missing: Label) -> Done {
        self.enter_node()?;
        let mark = self.f().top();
        self.defined_of(node, missing)?;
        self.f().release(mark);
        self.leave_node();
        Ok(())
    }

    fn defined_of(&mut self, node: &Node<'pr>, missing: Label) -> Done {
        if let Some(call) = node.as_call_node() {
            return self.defined_call(&call, missing);
        }
        if let Some(parentheses) = node.as_parentheses_node() {
            return self.defined_body(parentheses.body().as_ref(), missing);
        }
        if let Some(begin) = node.as_begin_node() {
            let body = begin.statements().map(|statements| statements.as_node());
            let plain = begin.rescue_clause().is_none() && begin.ensure_clause().is_none();
            return if plain { self.defined_body(body.as_ref(), missing) } else { Ok(()) };
        }
        if let Some(array) = node.as_array_node() {
            return self.defined_all(&array.elements(), missing);
        }
        if let Some(hash) = node.as_hash_node() {
            return self.defined_all(&hash.elements(), missing);
        }
        if let Some(hash) = node.as_keyword_hash_node() {
            return self.defined_all(&hash.elements(), missing);
        }
        if let Some(assoc) = node.as_assoc_node() {
            self.defined(&assoc.key(), missing)?;
            return self.defined(&assoc.value(), missing);
        }
        if let Some(splat) = node.as_splat_node() {
            return splat.expression().map_or(Ok(()), |inner| self.defined(&inner, missing));
        }
        if let Some(splat) = node.as_assoc_splat_node() {
            return splat.value().map_or(Ok(()), |inner| self.defined(&inner, missing));
        }
        if let Some(implicit) = node.as_implicit_node() {
            return self.defined(&implicit.value(), missing);
        }
        self.defined_name(node, missing)
    }

    /// A body of one statement is asked for that; others are expressions.
    fn defined_body(&mut self, body: Option<&Node<'pr>>, missing: Label) -> Done {
        let statements = body.and_then(|body| body.as_statements_node());
        match statements.map(|statements| statements.body()) {
            Some(list) if list.len() == 1 => list.first().map_or(Ok(()), |only| self.defined(&only, missing)),
            _ => Ok(()),
        }
    }

    fn defined_all(&mut self, list: &NodeList<'pr>, missing: Label) -> Done {
        for node in list {
            self.defined(&node, missing)?;
        }
        Ok(())
    }

    fn defined_name(&mut self, node: &Node<'pr>, missing: Label) -> Done {
        if let Some(ivar) = node.as_instance_variable_read_node() {
            return self.ask_named(DefinedKind::Ivar, ivar.name().as_slice(), None, missing);
        }
        if let Some(global) = node.as_global_variable_read_node() {
            let name = global.name();
            return match special_kind(name.as_slice()) {
                Some(_) => Ok(()),
                None => self.ask_named(DefinedKind::Global, name.as_slice(), None, missing),
            };
        }
        if let Some(cvar) = node.as_class_variable_read_node() {
            return self.ask_named(DefinedKind::Cvar, cvar.name().as_slice(), None, missing);
        }
        if let Some(constant) = node.as_constant_read_node() {
            return self.ask_named(DefinedKind::Const, constant.name().as_slice(), None, missing);
        }
        if let Some(path) = node.as_constant_path_node() {
            return self.defined_path(&path, missing);
        }
        if let Some(reference) = node.as_back_reference_read_node() {
            return self.ask_group(backref_kind(reference.name().as_slice()), missing);
        }
        if let Some(reference) = node.as_numbered_reference_read_node() {
            let number = i16::try_from(reference.number()).unwrap_or(i16::MAX);
            return self.ask_group(number, missing);
        }
        match node {
            Node::YieldNode { .. } => self.ask_named(DefinedKind::Yield, b"yield", None, missing),
            Node::SuperNode { .. } | Node::ForwardingSuperNode { .. } => self.ask_named(DefinedKind::Super, b"super", None, missing),
            _ => Ok(()),
        }
    }

    fn defined_path(&mut self, path: &prism::ConstantPathNode<'pr>, missing: Label) -> Done {
        let name = path.name().ok_or_else(|| self.no_rule(&path.as_node()))?;
        let scope = self.f().temp();
        match path.parent() {
            Some(parent) => {
                self.defined(&parent, missing)?;
                self.expr(&parent, scope)?;
            }
            None => self.get_const_top(b"Object", scope),
        }
        self.ask_named(DefinedKind::ConstFrom, name.as_slice(), Some(scope), missing)
    }

    fn defined_call(&mut self, call: &prism::CallNode<'pr>, missing: Label) -> Done {
        if call.block().is_some_and(|block| matches!(block, Node::BlockNode { .. })) {
            return Ok(());
        }
        if let Some(arguments) = call.arguments() {
            self.defined_all(&arguments.arguments(), missing)?;
        }
        let name = call.name();
        let name = name.as_slice();
        match call.receiver() {
            None => self.ask_named(DefinedKind::Function, name, None, missing),
            // A private method does not count, though `self.name` may call it.
            Some(Node::SelfNode { .. }) => self.ask_named(DefinedKind::Method, name, None, missing),
            Some(receiver) => {
                let object = self.defined_receiver(&receiver, missing)?;
                self.ask_named(DefinedKind::Method, name, Some(object), missing)
            }
        }
    }

    /// Asks whether a receiver is defined, then gives its value. In a chain of calls each one runs once only.
    fn defined_receiver(&mut self, node: &Node<'pr>, missing: Label) -> Result<u16, CompileError> {
        let object = self.f().temp();
        let chained = node.as_call_node().filter(|call| !call.is_safe_navigation() && call.block().is_none());
        let parts = chained.and_then(|call| Some((call.receiver()?, plain_arguments(&call)?, call)));
        let Some((inner, arguments, call)) = parts.filter(|(inner, ..)| !matches!(inner, Node::SelfNode { .. })) else {
            self.defined(node, missing)?;
            self.expr(node, object)?;
            return Ok(object);
        };
        if let Some(arguments) = call.arguments() {
            self.defined_all(&arguments.arguments(), missing)?;
        }
        let receiver = self.defined_receiver(&inner, missing)?;
        let name = call.name();
        self.ask_named(DefinedKind::Method, name.as_slice(), Some(receiver), missing)?;
        let mut values = Vec::with_capacity(arguments.len());
        for argument in &arguments {
            let value = self.f().temp();
            self.expr(argument, value)?;
            values.push(value);
        }
        self.send_simple(object, receiver, name.as_slice(), &values, call_flags(&call));
        Ok(object)
    }

    fn ask_named(&mut self, kind: DefinedKind, name: &[u8], src: Option<u16>, missing: Label) -> Done {
        let name = self.symbol(name);
        self.ask(kind, name, src, missing);
        Ok(())
    }

    fn ask_group(&mut self, kind: i16, missing: Label) -> Done {
        let name = self.literal(Literal::Int(i64::from(kind)));
        self.ask(DefinedKind::Backref, name, None, missing);
        Ok(())
    }

    fn ask(&mut self, kind: DefinedKind, name: Lit, src: Option<u16>, missing: Label) {
        let test = self.f().temp();
        if src.is_none() {
            self.emit(Op::LoadSelf { dst: Dst(test) });
        }
        let src = Src(src.unwrap_or(test));
        self.emit(Op::Defined { dst: Dst(test), kind: Imm(kind as i16), name, src });
        self.emit(Op::JumpUnless { cond: Src(test), target: missing.jump() });
        self.f().release(test);
    }
}

/// The text for a node that is defined.
fn defined_text(node: &Node<'_>) -> &'static str {
    match node {
        Node::NilNode { .. } => "nil",
        Node::SelfNode { .. } => "self",
        Node::TrueNode { .. } => "true",
        Node::FalseNode { .. } => "false",
        Node::LocalVariableReadNode { .. } | Node::ItLocalVariableReadNode { .. } => "local-variable",
        Node::InstanceVariableReadNode { .. } => "instance-variable",
        Node::ClassVariableReadNode { .. } => "class variable",
        Node::GlobalVariableReadNode { .. } | Node::BackReferenceReadNode { .. } | Node::NumberedReferenceReadNode { .. } => "global-variable",
        Node::ConstantReadNode { .. } | Node::ConstantPathNode { .. } => "constant",
        Node::YieldNode { .. } => "yield",
        Node::SuperNode { .. } | Node::ForwardingSuperNode { .. } => "super",
        Node::CallNode { .. } => call_text(node),
        Node::ParenthesesNode { .. } => {
            let body = node.as_parentheses_node().and_then(|parentheses| parentheses.body());
            body_text(body, "nil")
        }
        Node::BeginNode { .. } => {
            let begin = node.as_begin_node();
            let plain = begin.filter(|begin| begin.rescue_clause().is_none() && begin.ensure_clause().is_none());
            plain.map_or("expression", |begin| body_text(begin.statements().map(|body| body.as_node()), "nil"))
        }
        _ if is_assignment(node) => "assignment",
        _ => "expression",
    }
}

fn call_text(node: &Node<'_>) -> &'static str {
    let Some(call) = node.as_call_node() else {
        return "method";
    };
    if matches!(call.block(), Some(Node::BlockNode { .. })) { "expression" } else { "method" }
}

fn body_text(body: Option<Node<'_>>, empty: &'static str) -> &'static str {
    let Some(body) = body else {
        return empty;
    };
    match body.as_statements_node().map(|statements| statements.body()) {
        Some(list) if list.len() == 1 => list.first().map_or(empty, |only| defined_text(&only)),
        _ => "expression",
    }
}

fn is_assignment(node: &Node<'_>) -> bool {
    macro_rules! any {
        ($($kind:ident)*) => { matches!(node, $( Node::$kind { .. } )|*) };
    }
    any! {
        LocalVariableWriteNode LocalVariableOrWriteNode LocalVariableAndWriteNode LocalVariableOperatorWriteNode
        InstanceVariableWriteNode InstanceVariableOrWriteNode InstanceVariableAndWriteNode
        InstanceVariableOperatorWriteNode GlobalVariableWriteNode GlobalVariableOrWriteNode
        GlobalVariableAndWriteNode GlobalVariableOperatorWriteNode ClassVariableWriteNode
        ClassVariableOrWriteNode ClassVariableAndWriteNode ClassVariableOperatorWriteNode
        ConstantWriteNode ConstantOrWriteNode ConstantAndWriteNode ConstantOperatorWriteNode
        ConstantPathWriteNode ConstantPathOrWriteNode ConstantPathAndWriteNode ConstantPathOperatorWriteNode
        CallOrWriteNode CallAndWriteNode CallOperatorWriteNode IndexOrWriteNode IndexAndWriteNode
        IndexOperatorWriteNode MultiWriteNode
    }
}

/// True when finding out runs code that may raise.
fn evaluates(node: &Node<'_>) -> bool {
    !matches!(
        node,
        Node::NilNode { .. }
            | Node::SelfNode { .. }
            | Node::TrueNode { .. }
            | Node::FalseNode { .. }
            | Node::LocalVariableReadNode { .. }
            | Node::InstanceVariableReadNode { .. }
            | Node::GlobalVariableReadNode { .. }
            | Node::ClassVariableReadNode { .. }
            | Node::ConstantReadNode { .. }
            | Node::YieldNode { .. }
            | Node::SuperNode { .. }
            | Node::ForwardingSuperNode { .. }
    ) && !is_assignment(node)
}
