//! Running source text: scripts, `require`d files, `eval` with bindings.

use crate::arguments::PassedKeywords;
use crate::send::{BindMode, FrameStart};
use crate::vm::Vm;
use abi::frame::Frame;
use bytecode::operand::{Dst, Src};
use bytecode::{ENV_HEADER, EnvLayout, Function, FunctionKind, Local, Op, Params, Place};
use compile::{CompileError, Compiled, MethodLevel, Options, ScopeInfo, SourceKind};
use heap::Tracer;
use objects::env::{self, EnvWords};
use objects::{BlockWord, CodeRef, CrefRef, MethodRef, NativeData, REnv};
use std::sync::Arc;
use value::{RResult, Raised, Symbol, Value};

/// What a Binding holds: everything that code needs to run in another place's surroundings.
#[derive(Clone)]
pub struct BindingData {
    /// self
    pub receiver: Value,
    /// Environment in the heap, innermost; null without variables.
    pub env: EnvWords,
    /// Names of the variables of each environment from the outermost to `env`.
    pub scopes: Vec<Vec<(Symbol, u16)>>,
    /// How many of the outermost scopes lie beyond an isolated Proc, which hides their variables.
    pub closed: usize,
    /// Lexical scope.
    pub cref: CrefRef,
    /// Method, for `super` and `__method__`.
    pub method: Option<MethodRef>,
    /// Code around, for labels and specials.
    pub code: CodeRef,
    /// File and line of the place.
    pub file: Arc<str>,
    /// Line.
    pub line: i32,
}

impl BindingData {
    /// The scopes whose variables can be used, innermost first.
    pub fn open_scopes(&self) -> impl Iterator<Item = &Vec<(Symbol, u16)>> {
        self.scopes[self.closed..].iter().rev()
    }
}

impl NativeData for BindingData {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.value(self.receiver);
        tracer.word(self.env as u64);
        tracer.values(&[self.cref.value(), self.code.value()]);
        if let Some(method) = self.method {
            tracer.value(method.value());
        }
    }
}

impl Vm {
    /// Compiles source, printing its warnings.
    pub fn compile(&mut self, source: &[u8], options: &Options<'_>) -> RResult<Compiled> {
        let compiled = self.compile_unchecked(source, options)?;
        self.check_patterns(&compiled.function)?;
        Ok(compiled)
    }

    /// The same without a look at regexp literals, which `-c` does not take.
    pub fn compile_unchecked(&mut self, source: &[u8], options: &Options<'_>) -> RResult<Compiled> {
        let options = &Options { literals_apart: self.options.debug_literals, ..*options };
        let Some(compiled) = self.deeply(|| compile::compile(source, options)) else { return Err(self.no_memory()) };
        match compiled {
            Ok(compiled) => {
                if self.options.dump_bytecode {
                    print!("{}", bytecode::disas::disassemble(&compiled.function));
                }
                self.print_warnings(options.file, &compiled)?;
                Ok(compiled)
            }
            Err(error) => Err(self.raise_compile_error(&error, options.file)),
        }
    }

    fn print_warnings(&mut self, file: &str, compiled: &Compiled) -> RResult<()> {
        for warning in &compiled.warnings {
            let shown = match self.options.verbose {
                Some(true) => true,
                Some(false) => !warning.verbose_only,
                None => false,
            };
            if shown {
                let place = if warning.line == 0 { file.to_string() } else { format!("{file}:{}", warning.line) };
                self.warn_text(&format!("{place}: warning: {}\n", warning.message))?;
            }
        }
        Ok(())
    }

    #[cold]
    fn raise_compile_error(&mut self, error: &CompileError, file: &str) -> Raised {
        let class = match error {
            CompileError::Syntax { .. } => self.core.syntax_error,
            CompileError::Argument { .. } => self.core.argument_error,
            CompileError::Load { .. } => self.core.load_error,
            CompileError::NotImplemented { .. } => self.core.not_implemented_error,
            CompileError::Internal { .. } => self.core.syntax_error,
        };
        let message = self.str(&error.to_string());
        match self.new_exception(class, message) {
            Ok(exception) => {
                let path = self.str(file);
                self.set_hidden(exception, value::sym::H_PATH, path);
                self.raise_exception(exception)
            }
            Err(raised) => raised,
        }
    }

    /// Puts the variables of the main script, once it runs, into TOPLEVEL_BINDING.
    pub fn complete_toplevel(&mut self, holder: Value) -> RResult<()> {
        let Some(main) = self.main_code else { return Ok(()) };
        let mut frame = self.frame();
        while let Some(at) = frame.filter(|at| at.code() != main) {
            frame = at.caller();
        }
        let Some(frame) = frame.filter(|&frame| self.may_look_at(frame)) else { return Ok(()) };
        let script = self.binding_of(frame)?;
        let Some(data) = binding_data(self, holder) else { return Ok(()) };
        crate::frames::set_outermost_parent(data.env, script.env);
        if data.env.is_null() {
            data.env = script.env;
        }
        data.scopes.splice(0..0, script.scopes);
        data.closed = script.closed;
        (data.cref, data.code, data.file) = (script.cref, script.code, script.file);
        self.toplevel = None;
        Ok(())
    }

    /// Runs a compiled top level with `main` as self.
    pub fn run_top(&mut self, compiled: Compiled, source: &[u8], cref: CrefRef) -> RResult {
        self.run_function(compiled.function, Some(Arc::from(source)), cref)
    }

    /// As `run_top`, with another `self` (`load` with a module around).
    pub fn run_top_as(&mut self, receiver: Value, compiled: Compiled, source: &[u8], cref: CrefRef) -> RResult {
        self.run_function_as(receiver, compiled.function, Some(Arc::from(source)), cref)
    }

    /// Runs a top-level function; without its source its methods cannot become persistent.
    pub fn run_function(&mut self, function: bytecode::Function, source: Option<Arc<[u8]>>, cref: CrefRef) -> RResult {
        self.run_function_as(self.main, function, source, cref)
    }

    fn run_function_as(&mut self, receiver: Value, function: bytecode::Function, source: Option<Arc<[u8]>>, cref: CrefRef) -> RResult {
        let code = self.load_function(Arc::new(function), None, source);
        self.run_top_code(code, receiver, cref)
    }

    /// The same for the main script.
    pub fn run_main(&mut self, compiled: Compiled, source: &[u8], cref: CrefRef) -> RResult {
        let code = self.load_function(Arc::new(compiled.function), None, Some(Arc::from(source)));
        self.main_code = Some(code);
        self.run_top_code(code, self.main, cref)
    }

    fn run_top_code(&mut self, code: CodeRef, receiver: Value, cref: CrefRef) -> RResult {
        let start = FrameStart { receiver, block: BlockWord::NONE, method: None, code, env: std::ptr::null_mut(), cref, flags: 0 };
        self.run_code(&start, &[], PassedKeywords::None, BindMode::Strict)
    }

    /// What reports without a place begin with: the script, or the command when there is none yet.
    pub fn program_name(&self) -> &str {
        self.program.as_deref().unwrap_or("maglev-ruby")
    }

    /// The lexical scope of a script's top level.
    pub fn top_scope(&mut self) -> CrefRef {
        match self.top_cref {
            Some(cref) => cref,
            None => {
                let object = self.core.object;
                let cref = self.class_cref(None, object);
                self.top_cref = Some(cref);
                cref
            }
        }
    }

    /// A fresh top-level scope for a loaded file: methods are private by default at the top level.
    pub fn file_scope(&mut self) -> CrefRef {
        let object = self.core.object;
        let cref = self.class_cref(None, object);
        cref.visibility.set(objects::Visibility::Private);
        cref
    }

    /// The binding of a frame. Its variables move to the heap.
    pub fn binding_of(&mut self, frame: Frame) -> RResult<BindingData> {
        self.look_at(frame)?;
        let code = frame.code();
        let env = self.promote(frame.env())?;
        let mut scopes = Vec::new();
        let mut at = Some(code);
        let mut own = frame.owns_env();
        while let Some(code) = at {
            if code.function.env.is_some() && own {
                scopes.push(self.slot_names(&code));
            }
            own = true;
            at = if code.function.kind.is_closure() { code.parent } else { None };
        }
        scopes.reverse();
        Ok(BindingData {
            receiver: frame.receiver(),
            env,
            closed: closed_scopes(env, scopes.len()),
            scopes,
            cref: frame.cref(),
            method: frame.called_method(),
            code,
            file: code.file.clone(),
            line: frame.line(),
        })
    }

    fn slot_names(&mut self, code: &CodeRef) -> Vec<(Symbol, u16)> {
        let function = code.function.clone();
        let named = function.locals.iter().filter_map(|local| match local.place {
            Place::Slot(slot) => Some((local.name.clone(), slot)),
            Place::Register(_) => None,
        });
        named.map(|(name, slot)| (self.symbols.intern_bytes(&name, text::encoding::Encoding::UTF_8.index()), slot)).collect()
    }

    /// The binding of a Proc's surroundings.
    pub fn binding_of_proc(&mut self, callable: objects::RProc) -> RResult<BindingData> {
        if let objects::ProcBody::Method { receiver, method } = callable.body()
            && let objects::MethodBody::Ruby(code, cref) = Vm::resolve_alias(method).body
        {
            let (file, line) = (code.file.clone(), code.function.line);
            return Ok(BindingData {
                receiver,
                env: std::ptr::null_mut(),
                scopes: Vec::new(),
                closed: 0,
                cref,
                method: Some(method),
                code,
                file,
                line,
            });
        }
        let objects::ProcBody::Block { code, receiver, env, cref, method } = callable.body() else {
            return Err(self.argument_error("Can't create Binding from C level Proc"));
        };
        if self.is_isolated_proc(callable) {
            return Err(self.argument_error("Can't create Binding from isolated Proc"));
        }
        let mut scopes = Vec::new();
        let mut at = code.parent;
        while let Some(code) = at {
            if code.function.env.is_some() {
                scopes.push(self.slot_names(&code));
            }
            at = if code.function.kind.is_closure() { code.parent } else { None };
        }
        scopes.reverse();
        let around = code.parent.unwrap_or(code);
        Ok(BindingData {
            receiver,
            env,
            closed: closed_scopes(env, scopes.len()),
            scopes,
            cref,
            method,
            code: around,
            file: code.file.clone(),
            line: code.function.line,
        })
    }

    /// Runs `eval` text in a binding. New variables stay in the Binding, if one holds them.
    pub fn eval_in(&mut self, binding: &BindingData, holder: Option<Value>, source: &[u8], file: &str, line: i32, encoding: Option<&str>) -> RResult {
        // A byte order mark says more than the String's encoding.
        let encoding = if source.starts_with(b"\xef\xbb\xbf") { Some("UTF-8") } else { encoding };
        let scopes: Vec<ScopeInfo> = binding
            .scopes
            .iter()
            .enumerate()
            .map(|(index, scope)| ScopeInfo {
                names: scope.iter().map(|&(name, slot)| (self.symbols.bytes(name).to_vec(), slot)).collect(),
                closed: index < binding.closed,
            })
            .collect();
        let method_code = method_code_of(binding.code);
        let params: Option<Params> = binding.method.and(Some(method_code.function.params.clone()));
        let depth = self.env_depth(binding.env);
        let options = Options {
            file,
            line,
            kind: SourceKind::Eval,
            scopes: &scopes,
            method_level: MethodLevel {
                depth: depth.max(1),
                specials: method_code.function.specials && depth > 0,
                in_method: binding.method.is_some() && binding.closed == 0,
                params: params.as_ref(),
            },
            encoding,
            frozen_string_literal: self.options.frozen_string_literal,
            coverage: self.coverage.wanted_of_text(),
            ..Options::new(file, SourceKind::Eval)
        };
        let mut compiled = self.compile(source, &options)?;
        if let Some(probes) = compiled.probes.take().filter(|_| !self.coverage.has(file)) {
            self.coverage.enter(file, source, line, probes);
        }
        self.trace_compiled(Some((source, encoding)), binding.receiver)?;
        let parent = Some(binding.code);
        let code = self.load_function(Arc::new(compiled.function), parent, Some(Arc::from(source)));
        let start = FrameStart {
            receiver: binding.receiver,
            block: BlockWord::NONE,
            method: binding.method,
            code,
            env: binding.env,
            cref: if holder.is_some() { current_scope(binding.cref) } else { own_visibility(self, binding.cref) },
            flags: 0,
        };
        self.eval_holder = holder.filter(|_| code.function.env.is_some());
        self.run_code(&start, &[], PassedKeywords::None, BindMode::Proc)
    }

    /// The variables of the text that the running frame evaluates, in the Binding it is evaluated in, from its start
    /// on: what the text evaluates there in turn sees them.
    pub(crate) fn publish_env(&mut self, frame: Frame) -> RResult<()> {
        let Some(holder) = self.eval_holder.take() else { return Ok(()) };
        let names = self.slot_names(&frame.code());
        if names.is_empty() {
            return Ok(());
        }
        let env = self.promote(frame.env())?;
        let data = binding_data(self, holder).expect("what holds the variables is a Binding");
        data.env = env;
        data.scopes.push(names);
        // Later texts stand inside this one: `eval` in them finds its variables through their code.
        data.code = frame.code();
        Ok(())
    }

    fn env_depth(&self, words: EnvWords) -> u16 {
        crate::frames::env_depth(words)
    }

    /// Variables of a binding by name, innermost first.
    pub fn binding_variable(&self, binding: &BindingData, name: Symbol) -> Option<(REnv, u16)> {
        let mut words = binding.env;
        for scope in binding.open_scopes() {
            if words.is_null() {
                return None;
            }
            let env = crate::frames::heap_env(words)?;
            if let Some(&(_, slot)) = scope.iter().rev().find(|&&(other, _)| other == name) {
                return Some((env, slot));
            }
            words = crate::frames::parent_env(words);
        }
        None
    }

    /// Adds a variable to a Binding object (`local_variable_set` of a new name), in an environment of its own.
    pub fn binding_add_variable(&mut self, holder: Value, name: Symbol, value: Value) -> RResult<()> {
        let Some(around) = binding_data(self, holder).map(|data| data.clone()) else { return Ok(()) };
        let env = env::allocate(&mut self.heap, objects::ShapeId::NONE, 1, 0).ok_or_else(|| self.no_memory())?;
        crate::frames::link_env(env, around.env, around.receiver, around.method);
        env.set_slot(0, value);
        let code = self.variable_code(around.code, name);
        let Some(data) = binding_data(self, holder) else { return Ok(()) };
        data.env = env.words();
        data.scopes.push(vec![(name, 0)]);
        data.code = code;
        Ok(())
    }

    /// The code that names the variable of such an environment for texts inside. There is one for each place and name.
    fn variable_code(&mut self, around: CodeRef, name: Symbol) -> CodeRef {
        if let Some(known) = self.internals.variable_code(around, name) {
            return known;
        }
        let function = variable_function(&around.function, self.symbols.bytes(name));
        let code = self.load_function(Arc::new(function), Some(around), None);
        self.internals.note_variable_code(around, name, code);
        code
    }
}

/// A text that does nothing and has one variable.
fn variable_function(around: &Function, name: &[u8]) -> Function {
    let mut code = Vec::new();
    for op in [Op::LoadNil { dst: Dst(0) }, Op::Return { src: Src(0) }] {
        op.encode(&mut code);
    }
    Function {
        kind: FunctionKind::Eval,
        name: around.name.clone(),
        file: around.file.clone(),
        line: around.line,
        registers: ENV_HEADER + 2,
        locals: vec![Local { name: name.to_vec(), place: Place::Slot(0) }],
        env: Some(EnvLayout { base: 1, slots: 1 }),
        code,
        ..Function::default()
    }
}

/// How many of the outermost of `scopes` environments from `words` outwards lie at or beyond one of an isolated Proc.
fn closed_scopes(words: EnvWords, scopes: usize) -> usize {
    let (mut at, mut left) = (words, scopes);
    while !at.is_null() && !crate::frames::is_isolated_env(at) {
        at = crate::frames::parent_env(at);
        left = left.saturating_sub(1);
    }
    if at.is_null() { 0 } else { left }
}

/// The native part of a Binding object.
fn binding_data(vm: &mut Vm, holder: Value) -> Option<&mut BindingData> {
    objects::RData::new(holder)?.change(&mut vm.heap)
}

/// The same lexical scope with a visibility of its own: `private` inside the text ends with it.
fn own_visibility(vm: &mut Vm, cref: CrefRef) -> CrefRef {
    vm.new_scope(crate::refinement::copy_of(&cref))
}

/// The scope of a Binding now, after each `using` in it.
fn current_scope(cref: CrefRef) -> CrefRef {
    let mut at = cref;
    while let Some(next) = at.replaced.get() {
        at = next;
    }
    at
}

fn method_code_of(code: CodeRef) -> CodeRef {
    let mut at = code;
    while at.function.kind.is_closure() {
        match at.parent {
            Some(parent) => at = parent,
            None => break,
        }
    }
    at
}

impl Vm {
    /// The main script's lexical scope: methods defined there are private.
    pub fn main_scope(&mut self) -> CrefRef {
        let cref = self.file_scope();
        self.top_cref = Some(cref);
        cref
    }
}

impl Vm {
    /// Runs the source of a definition (`def ...`) in a class, as its body would.
    pub fn define_from_source(&mut self, class: objects::RClass, source: &[u8], file: &str, line: i32) -> RResult<()> {
        let options = Options { line, ..Options::new(file, SourceKind::Required) };
        let compiled = self.compile(source, &options)?;
        let top = self.top_scope();
        let cref = self.class_cref(Some(top), class.value());
        let code = self.load_function(Arc::new(compiled.function), None, Some(Arc::from(source)));
        let start = FrameStart { receiver: class.value(), block: BlockWord::NONE, method: None, code, env: std::ptr::null_mut(), cref, flags: 0 };
        self.run_code(&start, &[], PassedKeywords::None, BindMode::Strict)?;
        Ok(())
    }

    /// The method that the source of a definition (`def ...`) makes inside these modules, the outermost first. Runs nothing.
    pub fn method_from_source(&mut self, nesting: &[Value], source: &Arc<[u8]>, file: &str, line: i32) -> RResult<objects::MethodBody> {
        let options = Options { line, ..Options::new(file, SourceKind::Required) };
        // Whoever wrote the definition was told its warnings.
        let compiled = compile::compile(source, &options).map_err(|error| self.raise_compile_error(&error, file))?;
        let Some(function) = compiled.function.children.first().filter(|function| function.kind == bytecode::FunctionKind::Method).cloned() else {
            return Err(self.argument_error("the source is no definition of a method"));
        };
        let mut cref = self.top_scope();
        for &module in nesting {
            cref = self.class_cref(Some(cref), module);
        }
        let code = self.load_function(function, None, Some(source.clone()));
        Ok(objects::MethodBody::Ruby(code, cref))
    }

    /// Is this the source of a definition, whole?
    pub fn is_definition(&self, source: &[u8]) -> bool {
        let options = Options::new("(definition)", SourceKind::Required);
        compile::compile(source, &options).is_ok()
    }
}

impl Vm {
    /// A binding of the top level without variables (`TOPLEVEL_BINDING`).
    pub fn toplevel_binding(&mut self, cref: CrefRef) -> BindingData {
        // Nothing runs there yet, but texts that are evaluated there want a code around them.
        let function = Function { file: Arc::from("<main>"), ..Function::default() };
        let code = self.load_function(Arc::new(function), None, None);
        BindingData {
            receiver: self.main,
            env: std::ptr::null_mut(),
            scopes: Vec::new(),
            closed: 0,
            cref,
            method: None,
            code,
            file: Arc::from("<main>"),
            line: 1,
        }
    }
}
