//! Blocks and lambdas as functions of their own.

use bytecode::operand::{Child, Dst};
use bytecode::{Function, FunctionKind, ImplicitParams, Op};
use ruby_prism::{self as prism, Location, Node};

use crate::errors::CompileError;
use crate::function::{Opening, ParamPlan, names_of};
use crate::scope::ScopeTag;
use crate::{Compiler, Done};

/// Where the blocks made of Symbols stand: like the runtime's own code, in no file of the program.
const SYMBOL_BLOCK_FILE: &str = "<internal:symbol>";

/// The Symbol of `&:name`, when it is written out and of plain characters.
pub(super) fn symbol_of_block<'pr>(block: &Node<'pr>) -> Option<prism::SymbolNode<'pr>> {
    let symbol = block.as_block_argument_node()?.expression()?.as_symbol_node()?;
    symbol.unescaped().is_ascii().then_some(symbol)
}

/// A block or lambda, whichever node it came from.
struct Closure<'a, 'pr> {
    kind: FunctionKind,
    tag: ScopeTag,
    location: &'a Location<'pr>,
    /// Line of the brace or `do`.
    line: i32,
    locals: Vec<Vec<u8>>,
    parameters: Option<Node<'pr>>,
    body: Option<Node<'pr>>,
}

impl<'pr> Compiler<'_, 'pr> {
    /// Compiles a literal block and gives its index among the children.
    pub(super) fn block_node(&mut self, node: &prism::BlockNode<'pr>) -> Result<u32, CompileError> {
        let location = node.location();
        let function = self.closure(Closure {
            kind: FunctionKind::Block,
            tag: ScopeTag::Block,
            location: &location,
            line: node.opening_loc().start_line(),
            locals: names_of(&node.locals()),
            parameters: node.parameters(),
            body: node.body(),
        })?;
        Ok(self.f().b.child(function))
    }

    pub(super) fn lambda_node(&mut self, node: &prism::LambdaNode<'pr>, dst: Option<u16>) -> Done {
        let location = node.location();
        let function = self.closure(Closure {
            kind: FunctionKind::Lambda,
            tag: ScopeTag::Lambda,
            location: &location,
            line: node.opening_loc().start_line(),
            locals: names_of(&node.locals()),
            parameters: node.parameters(),
            body: node.body(),
        })?;
        let child = Child(self.f().b.child(function));
        self.simple(dst, |dst| Op::Lambda { dst, child })
    }

    /// Compiles `&:name` as a block that calls `name` on its argument.
    pub(super) fn symbol_block(&mut self, symbol: &prism::SymbolNode<'pr>) -> Result<u32, CompileError> {
        let location = symbol.location();
        self.open_function(Opening {
            kind: FunctionKind::SymbolBlock,
            tag: ScopeTag::Block,
            location: &location,
            name: symbol.unescaped(),
            locals: Vec::new(),
            plan: ParamPlan::implicit(ImplicitParams::It),
        })?;
        let value = self.f().temp();
        self.at(&location);
        self.send_simple(value, 0, symbol.unescaped(), &[], 0);
        let mut function = self.close_function(value)?;
        function.file = SYMBOL_BLOCK_FILE.into();
        Ok(self.f().b.child(function))
    }

    fn closure(&mut self, closure: Closure<'_, 'pr>) -> Result<Function, CompileError> {
        let block_parameters = closure.parameters.as_ref().and_then(|node| node.as_block_parameters_node());
        let parameters = block_parameters.and_then(|node| node.parameters());
        let plan = match &closure.parameters {
            Some(Node::ItParametersNode { .. }) => ParamPlan::implicit(ImplicitParams::It),
            Some(node) => match node.as_numbered_parameters_node() {
                Some(numbered) => ParamPlan::implicit(ImplicitParams::Numbered(numbered.maximum())),
                None => ParamPlan::of(parameters.as_ref()),
            },
            None => ParamPlan::default(),
        };
        self.open_function(Opening { kind: closure.kind, tag: closure.tag, location: closure.location, name: b"", locals: closure.locals, plan })?;
        self.f().line = closure.line;
        self.params_prologue(parameters.as_ref())?;
        let redo = self.label();
        self.bind(redo);
        self.f().redo = Some(redo);
        let value = self.f().temp();
        self.expr_or_nil(closure.body.as_ref(), Some(value))?;
        self.close_function(value)
    }

    pub(super) fn post_execution(&mut self, node: &prism::PostExecutionNode<'pr>, dst: Option<u16>) -> Done {
        let location = node.location();
        self.open_function(Opening {
            kind: FunctionKind::Block,
            tag: ScopeTag::AtExit,
            location: &location,
            name: b"",
            locals: Vec::new(),
            plan: ParamPlan::default(),
        })?;
        let value = self.f().temp();
        self.statements_or_nil(node.statements(), Some(value))?;
        let function = self.close_function(value)?;
        let child = Child(self.f().b.child(function));
        let site = self.site(bytecode::SiteKind::Once);
        self.emit(Op::AtExit { child, site });
        self.load_nil(dst);
        Ok(())
    }

    /// `BEGIN { }` bodies run before everything else.
    pub(crate) fn pre_executions(&mut self, statements: &prism::StatementsNode<'pr>) -> Done {
        let wrapped = self.options.switches.n || self.options.switches.p;
        for node in &statements.body() {
            if let Some(begin) = node.as_pre_execution_node() {
                self.statements_or_nil(begin.statements(), None)?;
            } else if let Some(body) = node.as_while_node().filter(|_| wrapped).and_then(|node| node.statements()) {
                self.pre_executions(&body)?;
            }
        }
        Ok(())
    }

    /// `r[dst]` is the value of a class-like body compiled as function `kind`.
    pub(super) fn body_function(
        &mut self,
        kind: FunctionKind,
        tag: ScopeTag,
        location: &Location<'pr>,
        name: &[u8],
        locals: Vec<Vec<u8>>,
        body: Option<&Node<'pr>>,
    ) -> Result<Child, CompileError> {
        self.open_function(Opening { kind, tag, location, name, locals, plan: ParamPlan::default() })?;
        let value = self.f().temp();
        self.expr_or_nil(body, Some(value))?;
        let function = self.close_function(value)?;
        Ok(Child(self.f().b.child(function)))
    }

    /// Writes `op` for a definition whose value goes to `dst`.
    pub(super) fn define(&mut self, dst: Option<u16>, op: impl FnOnce(Dst) -> Op) {
        let dst = self.or_scratch(dst);
        self.emit(op(Dst(dst)));
    }
}
