//! Dispatch: each node kind to the function that compiles it.

mod args;
mod assign;
mod block;
pub(crate) mod call;
mod control;
mod define;
mod literal;
mod logic;
mod multi;
mod opassign;
mod pattern;
mod rescue;
pub(crate) mod shareable;
mod string;
mod variable;

pub(crate) use variable::{backref_kind, special_kind};

use bytecode::operand::{Dst, Imm};
use bytecode::{Literal, Op};
use ruby_prism::{self as prism, Node};

use crate::errors::CompileError;
use crate::{Compiler, Done, Variable};

macro_rules! dispatch {
    ($node:expr, else $other:expr; $( $variant:ident $cast:ident $n:ident => $body:expr; )*) => {
        match $node {
            $( Node::$variant { .. } => {
                let $n = &$node.$cast().expect("the kind was matched");
                $body
            } )*
            _ => $other,
        }
    };
}

impl<'pr> Compiler<'_, 'pr> {
    /// Compiles `node` with its value into register `dst`.
    pub(crate) fn expr(&mut self, node: &Node<'pr>, dst: u16) -> Done {
        self.node(node, Some(dst))
    }

    /// Compiles an optional node; nil when there is none.
    pub(crate) fn expr_or_nil(&mut self, node: Option<&Node<'pr>>, dst: Option<u16>) -> Done {
        match node {
            Some(node) => self.node(node, dst),
            None => {
                self.load_nil(dst);
                Ok(())
            }
        }
    }

    /// Compiles `node` and gives a register that holds its value: a local's own, or a new one.
    pub(crate) fn operand(&mut self, node: &Node<'pr>) -> Result<u16, CompileError> {
        if let Some(register) = self.local_register(node)? {
            return Ok(register);
        }
        let temp = self.f().temp();
        self.expr(node, temp)?;
        Ok(temp)
    }

    /// As `operand`, for a value that must survive the evaluation of `later`.
    pub(crate) fn operand_before(&mut self, node: &Node<'pr>, later: &[Node<'pr>]) -> Result<u16, CompileError> {
        let safe = later.iter().all(|node| crate::fold::keeps_locals(node));
        if safe {
            return self.operand(node);
        }
        let temp = self.f().temp();
        self.expr(node, temp)?;
        Ok(temp)
    }

    /// The register of a local variable read that needs no code.
    fn local_register(&mut self, node: &Node<'pr>) -> Result<Option<u16>, CompileError> {
        let Some(read) = node.as_local_variable_read_node() else {
            return Ok(None);
        };
        Ok(match self.variable(read.name().as_slice(), read.depth())? {
            Variable::Register(register) => Some(register),
            Variable::Env { .. } => None,
        })
    }

    /// Compiles `node` into `dst`, or for its effects only.
    pub(crate) fn node(&mut self, node: &Node<'pr>, dst: Option<u16>) -> Done {
        self.enter_node()?;
        let mark = self.f().top();
        let outer = self.notes.as_mut().map(|notes| notes.enter(node));
        self.dispatch(node, dst)?;
        self.leave_noted(outer);
        self.f().release(mark);
        self.leave_node();
        Ok(())
    }

    /// The node around becomes the current one again, when nodes are noted.
    pub(crate) fn leave_noted(&mut self, outer: Option<Option<crate::spot::Mark>>) {
        if let (Some(notes), Some(outer)) = (&mut self.notes, outer) {
            notes.current = outer;
        }
    }

    /// Statements in a row; the value is the last one's.
    pub(crate) fn statements(&mut self, node: &prism::StatementsNode<'pr>, dst: Option<u16>) -> Done {
        let body = node.body();
        let count = body.len();
        if count == 0 {
            self.load_nil(dst);
        }
        for (index, statement) in body.iter().enumerate() {
            self.at(&statement.location());
            let dst = dst.filter(|_| index + 1 == count);
            self.cover_line(&statement, dst.is_some());
            self.node(&statement, dst)?;
        }
        Ok(())
    }

    /// Optional statements; nil when there are none.
    pub(crate) fn statements_or_nil(&mut self, node: Option<prism::StatementsNode<'pr>>, dst: Option<u16>) -> Done {
        match node {
            Some(node) => self.statements(&node, dst),
            None => {
                self.load_nil(dst);
                Ok(())
            }
        }
    }

    fn dispatch(&mut self, node: &Node<'pr>, dst: Option<u16>) -> Done {
        dispatch! { node, else self.dispatch_data(node, dst);
            CallNode as_call_node n => self.call_node(n, dst);
            LocalVariableReadNode as_local_variable_read_node n => self.local_read(n, dst);
            ItLocalVariableReadNode as_it_local_variable_read_node n => self.it_read(n, dst);
            LocalVariableWriteNode as_local_variable_write_node n => self.local_write(n, dst);
            StatementsNode as_statements_node n => self.statements(n, dst);
            ParenthesesNode as_parentheses_node n => self.expr_or_nil(n.body().as_ref(), dst);
            ImplicitNode as_implicit_node n => self.node(&n.value(), dst);
            SelfNode as_self_node _n => self.simple(dst, |d| Op::LoadSelf { dst: d });
            NilNode as_nil_node _n => self.simple(dst, |d| Op::LoadNil { dst: d });
            TrueNode as_true_node _n => self.simple(dst, |d| Op::LoadTrue { dst: d });
            FalseNode as_false_node _n => self.simple(dst, |d| Op::LoadFalse { dst: d });
        }
    }

    fn dispatch_data(&mut self, node: &Node<'pr>, dst: Option<u16>) -> Done {
        dispatch! { node, else self.dispatch_control(node, dst);
            IntegerNode as_integer_node n => self.integer(n, dst);
            FloatNode as_float_node _n => self.numeric(node, dst);
            RationalNode as_rational_node _n => self.numeric(node, dst);
            ImaginaryNode as_imaginary_node _n => self.numeric(node, dst);
            StringNode as_string_node n => self.string_node(n, dst);
            InterpolatedStringNode as_interpolated_string_node n => self.interpolated_string(n, dst);
            XStringNode as_x_string_node n => self.xstring(n, dst);
            InterpolatedXStringNode as_interpolated_x_string_node n => self.interpolated_xstring(n, dst);
            SymbolNode as_symbol_node n => self.symbol_node(n, dst);
            InterpolatedSymbolNode as_interpolated_symbol_node n => self.interpolated_symbol(n, dst);
            RegularExpressionNode as_regular_expression_node n => self.regexp(n, dst);
            InterpolatedRegularExpressionNode as_interpolated_regular_expression_node n =>
                self.interpolated_regexp(n, dst);
            MatchLastLineNode as_match_last_line_node n => self.match_last_line(n, dst);
            InterpolatedMatchLastLineNode as_interpolated_match_last_line_node n =>
                self.interpolated_match_last_line(n, dst);
            MatchWriteNode as_match_write_node n => self.match_write(n, dst);
            ArrayNode as_array_node n => self.array_node(n, dst);
            HashNode as_hash_node n => self.hash_node(&n.elements(), dst);
            KeywordHashNode as_keyword_hash_node n => self.hash_node(&n.elements(), dst);
            RangeNode as_range_node n => self.range(n, dst);
            SourceFileNode as_source_file_node n => self.source_file(n, dst);
            SourceLineNode as_source_line_node n => self.source_line(n, dst);
            SourceEncodingNode as_source_encoding_node _n => self.source_encoding(dst);
            LambdaNode as_lambda_node n => self.lambda_node(n, dst);
        }
    }

    fn dispatch_control(&mut self, node: &Node<'pr>, dst: Option<u16>) -> Done {
        dispatch! { node, else self.dispatch_define(node, dst);
            IfNode as_if_node n => self.if_node(n, dst);
            UnlessNode as_unless_node n => self.unless_node(n, dst);
            ElseNode as_else_node n => self.statements_or_nil(n.statements(), dst);
            WhileNode as_while_node n =>
                self.loop_node(&n.location(), &n.predicate(), n.statements(), n.is_begin_modifier(), true, dst);
            UntilNode as_until_node n =>
                self.loop_node(&n.location(), &n.predicate(), n.statements(), n.is_begin_modifier(), false, dst);
            ForNode as_for_node n => self.for_node(n, dst);
            CaseNode as_case_node n => self.case_node(n, dst);
            CaseMatchNode as_case_match_node n => self.case_match(n, dst);
            MatchPredicateNode as_match_predicate_node n => self.match_predicate(n, dst);
            MatchRequiredNode as_match_required_node n => self.match_required(n, dst);
            AndNode as_and_node n => self.and_node(n, dst);
            OrNode as_or_node n => self.or_node(n, dst);
            FlipFlopNode as_flip_flop_node _n => self.truth_of(node, dst);
            DefinedNode as_defined_node n => self.defined_node(n, dst);
            BeginNode as_begin_node n => self.begin_node(n, dst);
            RescueModifierNode as_rescue_modifier_node n => self.rescue_modifier(n, dst);
            BreakNode as_break_node n => self.break_node(n);
            NextNode as_next_node n => self.next_node(n);
            RedoNode as_redo_node _n => self.redo_node();
            RetryNode as_retry_node _n => self.retry_node();
            ReturnNode as_return_node n => self.return_node(n);
            YieldNode as_yield_node n => self.yield_node(n, dst);
            SuperNode as_super_node n => self.super_node(n, dst);
            ForwardingSuperNode as_forwarding_super_node n => self.zsuper_node(n, dst);
        }
    }

    fn dispatch_define(&mut self, node: &Node<'pr>, dst: Option<u16>) -> Done {
        dispatch! { node, else self.dispatch_variables(node, dst);
            DefNode as_def_node n => self.def_node(n, dst);
            ClassNode as_class_node n => self.class_node(n, dst);
            ModuleNode as_module_node n => self.module_node(n, dst);
            SingletonClassNode as_singleton_class_node n => self.singleton_class_node(n, dst);
            AliasMethodNode as_alias_method_node n => self.alias_method(n, dst);
            AliasGlobalVariableNode as_alias_global_variable_node n => self.alias_global(n, dst);
            UndefNode as_undef_node n => self.undef_node(n, dst);
            PreExecutionNode as_pre_execution_node _n => { self.load_nil(dst); Ok(()) };
            PostExecutionNode as_post_execution_node n => self.post_execution(n, dst);
            ShareableConstantNode as_shareable_constant_node n => self.shareable_constant(n, dst);
        }
    }

    fn dispatch_variables(&mut self, node: &Node<'pr>, dst: Option<u16>) -> Done {
        dispatch! { node, else self.op_assign(node, dst);
            InstanceVariableReadNode as_instance_variable_read_node n => self.ivar_read(n, dst);
            GlobalVariableReadNode as_global_variable_read_node n =>
                self.global_read(n.name().as_slice(), dst);
            ClassVariableReadNode as_class_variable_read_node n => self.cvar_read(n, dst);
            ConstantReadNode as_constant_read_node n => self.constant_read(n, dst);
            ConstantPathNode as_constant_path_node n => self.constant_path(n, dst);
            BackReferenceReadNode as_back_reference_read_node n => self.back_reference(n, dst);
            NumberedReferenceReadNode as_numbered_reference_read_node n => self.numbered_reference(n, dst);
            InstanceVariableWriteNode as_instance_variable_write_node n =>
                self.write_place(node, &n.value(), dst);
            GlobalVariableWriteNode as_global_variable_write_node n => self.write_place(node, &n.value(), dst);
            ClassVariableWriteNode as_class_variable_write_node n => self.write_place(node, &n.value(), dst);
            ConstantWriteNode as_constant_write_node n => self.write_place(node, &n.value(), dst);
            ConstantPathWriteNode as_constant_path_write_node n => self.write_place(node, &n.value(), dst);
            MultiWriteNode as_multi_write_node n => self.multi_write(n, dst);
        }
    }

    /// One instruction that loads a value, when the value is wanted.
    fn simple(&mut self, dst: Option<u16>, op: impl FnOnce(Dst) -> Op) -> Done {
        if let Some(dst) = dst {
            self.emit(op(Dst(dst)));
        }
        Ok(())
    }

    /// The given register, or a scratch one for a value that nobody wants.
    pub(crate) fn or_scratch(&mut self, dst: Option<u16>) -> u16 {
        match dst {
            Some(dst) => dst,
            None => self.f().temp(),
        }
    }

    /// Loads a literal, with the short forms where there are some.
    pub(crate) fn load(&mut self, literal: Literal, dst: u16) {
        let dst = Dst(dst);
        let op = match literal {
            Literal::Nil => Op::LoadNil { dst },
            Literal::True => Op::LoadTrue { dst },
            Literal::False => Op::LoadFalse { dst },
            Literal::Int(value) if i16::try_from(value).is_ok() => Op::LoadInt { dst, value: Imm(value as i16) },
            other => Op::LoadLit { dst, lit: self.literal(other) },
        };
        self.emit(op);
    }

    /// The error for a node without rule.
    pub(crate) fn no_rule(&mut self, node: &Node<'pr>) -> CompileError {
        let line = node.location().start_line();
        CompileError::NotImplemented { node: crate::fold::kind_name(node), file: self.file.to_string(), line }
    }
}
