//! The pre-pass: finds for every scope which of its variables are captured by inner closures, whether
//! it needs an environment, and whether its method-level function uses frame-local specials.
//!
//! Invariant: a variable that any closure function other than its owner touches is `captured`, so
//! the main pass never meets a register variable of another function.

use std::collections::{HashMap, HashSet};

use ruby_prism::{self as prism, Node, Visit};

/// Globals of a method's own, and what the library `English` calls them: which globals are aliases is not known before the program runs.
const SPECIAL_GLOBALS: [&[u8]; 8] =
    [b"$~", b"$_", b"$MATCH", b"$PREMATCH", b"$POSTMATCH", b"$LAST_MATCH_INFO", b"$LAST_PAREN_MATCH", b"$LAST_READ_LINE"];

/// Identifies a scope node: start, end and kind (two scopes may share a range, not a kind).
pub(crate) type ScopeKey = (u32, u32, ScopeTag);

/// Which node opened a scope.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum ScopeTag {
    Program,
    Def,
    Class,
    Module,
    Singleton,
    Block,
    Lambda,
    For,
    AtExit,
    Once,
}

impl ScopeTag {
    /// True for functions that Prism does not count as scopes: their variables belong outside.
    pub(crate) fn is_transparent(self) -> bool {
        matches!(self, Self::For | Self::AtExit | Self::Once)
    }

    fn is_closure(self) -> bool {
        matches!(self, Self::Block | Self::Lambda) || self.is_transparent()
    }
}

/// What the main pass must know about a scope before it compiles it.
#[derive(Default, Debug)]
pub(crate) struct ScopeFacts {
    /// Names of own variables that inner closures use.
    pub(crate) captured: HashSet<Vec<u8>>,
    /// `binding`, `eval` or the like sees this scope: every variable lives in the environment.
    pub(crate) all_captured: bool,
    /// A closure reads all parameters (`super` without arguments).
    pub(crate) params_captured: bool,
    /// Literal blocks, lambdas and the like inside.
    pub(crate) has_closures: bool,
    /// Method level only: some function of the family uses `$~` or `$_`.
    pub(crate) specials: bool,
    /// Method level only: hidden variables for flip-flops and whether they are captured.
    pub(crate) flip_flops: Vec<(Vec<u8>, bool)>,
}

struct Open {
    key: ScopeKey,
    names: HashSet<Vec<u8>>,
    facts: ScopeFacts,
}

/// The facts of all scopes of a source.
pub(crate) struct Analysis {
    facts: HashMap<ScopeKey, ScopeFacts>,
    /// The tree is nested deeper than the compiler follows.
    pub(crate) too_deep: bool,
}

impl Analysis {
    /// Takes the facts of a scope (each scope's function is compiled once, or, within a duplicated
    /// ensure body, again with the same facts).
    pub(crate) fn facts(&self, key: ScopeKey) -> Option<&ScopeFacts> {
        self.facts.get(&key)
    }
}

/// Nesting beyond which a source is refused; a bracket or call counts about twice.
pub(crate) const MAX_DEPTH: usize = 20_000;

/// Key of the hidden variable of implicit parameter `it`.
pub(crate) const IT: &[u8] = b"\0it";

/// Name of the hidden variable of a flip-flop at `offset`.
pub(crate) fn flip_flop_name(offset: u32) -> Vec<u8> {
    format!("\0flip{offset}").into_bytes()
}

/// Runs the pre-pass. For `eval` text every variable of the text's own scope is captured.
pub(crate) fn analyze<'pr>(program: &prism::ProgramNode<'pr>, eval: bool) -> Analysis {
    let mut analyzer = Analyzer { stack: Vec::new(), done: HashMap::new(), depth: 0, too_deep: false, asks_bindings: false, returns: false };
    let location = program.location();
    analyzer.open(ScopeTag::Program, &location);
    analyzer.top().facts.all_captured = eval;
    analyzer.visit_statements_node(&program.statements());
    analyzer.close();
    if analyzer.asks_bindings {
        for facts in analyzer.done.values_mut() {
            facts.all_captured = true;
            facts.params_captured = true;
        }
    }
    Analysis { facts: analyzer.done, too_deep: analyzer.too_deep }
}

struct Analyzer {
    /// A `return` was met in the innermost body of a singleton class.
    returns: bool,
    stack: Vec<Open>,
    done: HashMap<ScopeKey, ScopeFacts>,
    depth: usize,
    too_deep: bool,
    /// `x.binding` stands somewhere: Procs and TracePoints are asked for surroundings that do not ask themselves. Or a method
    /// that looks at its caller's variables is given another name, or made an object of: any call may be one of it.
    asks_bindings: bool,
}

impl Analyzer {
    fn open(&mut self, tag: ScopeTag, location: &prism::Location<'_>) {
        if tag.is_closure() {
            self.top().facts.has_closures = true;
        }
        let key = (location.start(), location.end(), tag);
        self.stack.push(Open { key, names: HashSet::new(), facts: ScopeFacts::default() });
    }

    fn close(&mut self) {
        let open = self.stack.pop().expect("scopes open and close in pairs");
        self.done.insert(open.key, open.facts);
    }

    fn top(&mut self) -> &mut Open {
        self.stack.last_mut().expect("the program scope is open")
    }

    /// Index of the method-level scope around here (the program for eval text).
    fn method_level(&self) -> usize {
        self.stack.iter().rposition(|open| !open.key.2.is_closure()).unwrap_or(0)
    }

    /// Notes a use of variable `name` that Prism places `depth` of its scopes up.
    fn refer(&mut self, name: &[u8], mut depth: u32) {
        let top = self.stack.len() - 1;
        let mut at = top;
        loop {
            if !self.stack[at].key.2.is_transparent() {
                if depth == 0 {
                    break;
                }
                depth -= 1;
            }
            if at == 0 {
                return;
            }
            at -= 1;
        }
        if at != top {
            self.stack[at].facts.captured.insert(name.to_vec());
        }
    }

    /// Notes a use of an anonymous parameter (`*`, `**`, `&`) of some scope around.
    fn refer_anonymous(&mut self, name: &[u8]) {
        let level = self.method_level();
        let top = self.stack.len() - 1;
        for at in (level..=top).rev() {
            if self.stack[at].names.contains(name) {
                if at != top {
                    self.stack[at].facts.captured.insert(name.to_vec());
                }
                return;
            }
        }
    }

    fn declare(&mut self, name: &[u8]) {
        self.top().names.insert(name.to_vec());
    }

    fn uses_specials(&mut self) {
        let level = self.method_level();
        self.stack[level].facts.specials = true;
    }

    /// All variables visible here must be reachable by name at run time.
    fn uses_binding(&mut self) {
        let level = self.method_level();
        for open in &mut self.stack[level..] {
            open.facts.all_captured = true;
            open.facts.params_captured = true;
        }
        self.uses_specials();
    }

    fn global(&mut self, name: &[u8]) {
        if SPECIAL_GLOBALS.contains(&name) {
            self.uses_specials();
        }
    }

    fn scoped(&mut self, tag: ScopeTag, location: &prism::Location<'_>, body: impl FnOnce(&mut Self)) {
        self.open(tag, location);
        body(self);
        self.close();
    }

    fn visit_all<'pr>(&mut self, nodes: &[Option<Node<'pr>>]) {
        for node in nodes.iter().flatten() {
            self.visit(node);
        }
    }

    fn note_call(&mut self, node: &prism::CallNode<'_>) {
        let has_arguments = node.arguments().is_some();
        match node.name().as_slice() {
            b"binding" | b"local_variables" if !has_arguments => {
                self.asks_bindings |= node.receiver().is_some();
                self.uses_binding();
            }
            b"eval" | b"instance_eval" | b"class_eval" | b"module_eval" if has_arguments => self.uses_binding(),
            b"alias_method" | b"instance_method" | b"method" | b"define_method" => {
                self.asks_bindings |= node.arguments().is_some_and(|list| list.arguments().iter().any(|argument| names_looking_method(&argument)))
            }
            b"last_match" => self.uses_specials(),
            // `print` prints `$_`; the others exist under `-n` and edit it.
            b"print" if node.receiver().is_none() && !has_arguments => self.uses_specials(),
            b"chomp" | b"chop" | b"sub" | b"gsub" if node.receiver().is_none() => self.uses_specials(),
            _ => {}
        }
    }
}

/// Is it a literal Symbol that names a method which looks at its caller's variables?
fn names_looking_method(node: &Node<'_>) -> bool {
    node.as_symbol_node().is_some_and(|symbol| {
        matches!(symbol.unescaped(), b"binding" | b"eval" | b"local_variables" | b"instance_eval" | b"class_eval" | b"module_eval")
    })
}

macro_rules! visit_locals {
    ($($method:ident, $node:ident, [$($child:ident),*];)*) => { $(
        fn $method(&mut self, node: &prism::$node<'pr>) {
            self.refer(node.name().as_slice(), node.depth());
            $( if !self.too_deep { self.visit(&node.$child()); } )*
        }
    )* };
}

macro_rules! visit_globals {
    ($($method:ident, $node:ident, [$($child:ident),*];)*) => { $(
        fn $method(&mut self, node: &prism::$node<'pr>) {
            self.global(node.name().as_slice());
            $( if !self.too_deep { self.visit(&node.$child()); } )*
        }
    )* };
}

macro_rules! visit_params {
    ($($method:ident, $node:ident, [$($child:ident),*];)*) => { $(
        fn $method(&mut self, node: &prism::$node<'pr>) {
            self.declare(node.name().as_slice());
            $( self.visit(&node.$child()); )*
        }
    )* };
}

macro_rules! visit_special_nodes {
    ($($method:ident, $node:ident;)*) => { $(
        fn $method(&mut self, node: &prism::$node<'pr>) {
            self.uses_specials();
            prism::$method(self, node);
        }
    )* };
}

/// Kinds that nest without a parser's limit, or that every deep nesting goes through.
macro_rules! visit_nesting {
    ($($method:ident, $node:ident;)*) => { $(
        fn $method(&mut self, node: &prism::$node<'pr>) {
            // Typed children are visited without `visit_branch_node_enter`, so this counts as well.
            self.depth += 1;
            self.too_deep |= self.depth > MAX_DEPTH;
            if !self.too_deep {
                prism::$method(self, node);
            }
            self.depth -= 1;
        }
    )* };
}

impl<'pr> Visit<'pr> for Analyzer {
    fn visit_branch_node_enter(&mut self, _node: Node<'pr>) {
        self.depth += 1;
        self.too_deep |= self.depth > MAX_DEPTH;
    }

    fn visit_branch_node_leave(&mut self) {
        self.depth -= 1;
    }

    visit_locals! {
        visit_local_variable_read_node, LocalVariableReadNode, [];
        visit_local_variable_target_node, LocalVariableTargetNode, [];
        visit_local_variable_write_node, LocalVariableWriteNode, [value];
        visit_local_variable_or_write_node, LocalVariableOrWriteNode, [value];
        visit_local_variable_and_write_node, LocalVariableAndWriteNode, [value];
        visit_local_variable_operator_write_node, LocalVariableOperatorWriteNode, [value];
    }

    visit_globals! {
        visit_global_variable_read_node, GlobalVariableReadNode, [];
        visit_global_variable_target_node, GlobalVariableTargetNode, [];
        visit_global_variable_write_node, GlobalVariableWriteNode, [value];
        visit_global_variable_or_write_node, GlobalVariableOrWriteNode, [value];
        visit_global_variable_and_write_node, GlobalVariableAndWriteNode, [value];
        visit_global_variable_operator_write_node, GlobalVariableOperatorWriteNode, [value];
    }

    visit_params! {
        visit_required_parameter_node, RequiredParameterNode, [];
        visit_optional_parameter_node, OptionalParameterNode, [value];
        visit_required_keyword_parameter_node, RequiredKeywordParameterNode, [];
        visit_optional_keyword_parameter_node, OptionalKeywordParameterNode, [value];
    }

    visit_special_nodes! {
        visit_back_reference_read_node, BackReferenceReadNode;
        visit_numbered_reference_read_node, NumberedReferenceReadNode;
        visit_match_last_line_node, MatchLastLineNode;
        visit_interpolated_match_last_line_node, InterpolatedMatchLastLineNode;
        visit_match_write_node, MatchWriteNode;
    }

    fn visit_rest_parameter_node(&mut self, node: &prism::RestParameterNode<'pr>) {
        self.declare(node.name().map_or(b"*", |name| name.as_slice()));
    }

    fn visit_keyword_rest_parameter_node(&mut self, node: &prism::KeywordRestParameterNode<'pr>) {
        self.declare(node.name().map_or(b"**", |name| name.as_slice()));
    }

    fn visit_block_parameter_node(&mut self, node: &prism::BlockParameterNode<'pr>) {
        self.declare(node.name().map_or(b"&", |name| name.as_slice()));
    }

    fn visit_forwarding_parameter_node(&mut self, _node: &prism::ForwardingParameterNode<'pr>) {
        [&b"*"[..], b"**", b"&"].iter().for_each(|name| self.declare(name));
    }

    fn visit_forwarding_arguments_node(&mut self, _node: &prism::ForwardingArgumentsNode<'pr>) {
        [&b"*"[..], b"**", b"&"].iter().for_each(|name| self.refer_anonymous(name));
    }

    fn visit_splat_node(&mut self, node: &prism::SplatNode<'pr>) {
        match node.expression() {
            Some(expression) => self.visit(&expression),
            None => self.refer_anonymous(b"*"),
        }
    }

    fn visit_assoc_splat_node(&mut self, node: &prism::AssocSplatNode<'pr>) {
        match node.value() {
            Some(value) => self.visit(&value),
            None => self.refer_anonymous(b"**"),
        }
    }

    fn visit_block_argument_node(&mut self, node: &prism::BlockArgumentNode<'pr>) {
        match node.expression() {
            Some(expression) => self.visit(&expression),
            None => self.refer_anonymous(b"&"),
        }
    }

    fn visit_forwarding_super_node(&mut self, node: &prism::ForwardingSuperNode<'pr>) {
        let level = self.method_level();
        if level + 1 != self.stack.len() {
            self.stack[level].facts.params_captured = true;
        }
        prism::visit_forwarding_super_node(self, node);
    }

    fn visit_flip_flop_node(&mut self, node: &prism::FlipFlopNode<'pr>) {
        let level = self.method_level();
        let captured = level + 1 != self.stack.len();
        let name = flip_flop_name(node.location().start());
        self.stack[level].facts.flip_flops.push((name, captured));
        prism::visit_flip_flop_node(self, node);
    }

    fn visit_it_local_variable_read_node(&mut self, _node: &prism::ItLocalVariableReadNode<'pr>) {
        self.refer(IT, 0);
    }

    fn visit_alias_method_node(&mut self, node: &prism::AliasMethodNode<'pr>) {
        self.asks_bindings |= names_looking_method(&node.old_name());
        prism::visit_alias_method_node(self, node);
    }

    fn visit_symbol_node(&mut self, node: &prism::SymbolNode<'pr>) {
        if matches!(node.unescaped(), b"binding" | b"eval" | b"local_variables") {
            self.uses_binding();
        }
    }

    fn visit_constant_read_node(&mut self, node: &prism::ConstantReadNode<'pr>) {
        if node.name().as_slice() == b"TOPLEVEL_BINDING" {
            self.stack[0].facts.all_captured = true;
            self.stack[0].facts.specials = true;
        }
    }

    fn visit_call_node(&mut self, node: &prism::CallNode<'pr>) {
        if self.too_deep {
            return;
        }
        self.note_call(node);
        prism::visit_call_node(self, node);
    }

    visit_nesting! {
        visit_and_node, AndNode;
        visit_or_node, OrNode;
        visit_if_node, IfNode;
        visit_else_node, ElseNode;
        visit_parentheses_node, ParenthesesNode;
        visit_statements_node, StatementsNode;
        visit_array_node, ArrayNode;
        visit_assoc_node, AssocNode;
        visit_range_node, RangeNode;
        visit_rescue_node, RescueNode;
        visit_rescue_modifier_node, RescueModifierNode;
        visit_constant_path_node, ConstantPathNode;
        visit_constant_path_write_node, ConstantPathWriteNode;
        visit_constant_write_node, ConstantWriteNode;
        visit_instance_variable_write_node, InstanceVariableWriteNode;
        visit_class_variable_write_node, ClassVariableWriteNode;
        visit_interpolated_string_node, InterpolatedStringNode;
        visit_defined_node, DefinedNode;
        visit_multi_target_node, MultiTargetNode;
        visit_alternation_pattern_node, AlternationPatternNode;
        visit_capture_pattern_node, CapturePatternNode;
        visit_array_pattern_node, ArrayPatternNode;
        visit_match_predicate_node, MatchPredicateNode;
        visit_match_required_node, MatchRequiredNode;
        visit_arguments_node, ArgumentsNode;
    }

    fn visit_def_node(&mut self, node: &prism::DefNode<'pr>) {
        self.visit_all(&[node.receiver()]);
        self.scoped(ScopeTag::Def, &node.location(), |this| {
            this.visit_all(&[node.parameters().map(|p| p.as_node()), node.body()]);
        });
    }

    fn visit_class_node(&mut self, node: &prism::ClassNode<'pr>) {
        self.visit_all(&[Some(node.constant_path()), node.superclass()]);
        self.scoped(ScopeTag::Class, &node.location(), |this| this.visit_all(&[node.body()]));
    }

    fn visit_module_node(&mut self, node: &prism::ModuleNode<'pr>) {
        self.visit_all(&[Some(node.constant_path())]);
        self.scoped(ScopeTag::Module, &node.location(), |this| this.visit_all(&[node.body()]));
    }

    fn visit_singleton_class_node(&mut self, node: &prism::SingletonClassNode<'pr>) {
        self.visit_all(&[Some(node.expression())]);
        let before = std::mem::take(&mut self.returns);
        self.scoped(ScopeTag::Singleton, &node.location(), |this| this.visit_all(&[node.body()]));
        if self.returns {
            // The body finds the method it leaves by the environment.
            self.top().facts.has_closures = true;
        }
        self.returns |= before;
    }

    fn visit_return_node(&mut self, node: &prism::ReturnNode<'pr>) {
        self.returns = true;
        prism::visit_return_node(self, node);
    }

    fn visit_block_node(&mut self, node: &prism::BlockNode<'pr>) {
        self.scoped(ScopeTag::Block, &node.location(), |this| {
            this.visit_all(&[node.parameters(), node.body()]);
        });
    }

    fn visit_lambda_node(&mut self, node: &prism::LambdaNode<'pr>) {
        self.scoped(ScopeTag::Lambda, &node.location(), |this| {
            this.visit_all(&[node.parameters(), node.body()]);
        });
    }

    fn visit_for_node(&mut self, node: &prism::ForNode<'pr>) {
        self.visit(&node.collection());
        self.scoped(ScopeTag::For, &node.location(), |this| {
            this.visit_all(&[Some(node.index()), node.statements().map(|s| s.as_node())]);
        });
    }

    fn visit_post_execution_node(&mut self, node: &prism::PostExecutionNode<'pr>) {
        self.scoped(ScopeTag::AtExit, &node.location(), |this| {
            this.visit_all(&[node.statements().map(|s| s.as_node())]);
        });
    }

    fn visit_interpolated_regular_expression_node(&mut self, node: &prism::InterpolatedRegularExpressionNode<'pr>) {
        if node.is_once() {
            self.scoped(ScopeTag::Once, &node.location(), |this| {
                prism::visit_interpolated_regular_expression_node(this, node);
            });
        } else {
            prism::visit_interpolated_regular_expression_node(self, node);
        }
    }
}
