//! Backtraces and warnings.
//!
//! A raise captures (code, pc, native method) triples; labels and text are made when asked for.

use crate::vm::Vm;
use abi::frame::Frame;
use bytecode::FunctionKind;
use heap::{Rooted, Trace, Tracer};
use objects::{CodeRef, MethodBody, MethodRef, NativeData, RArray, RClass};
use std::sync::Arc;
use value::{RResult, Value, sym};

/// One place in a backtrace.
#[derive(Clone, Copy)]
pub struct Location {
    /// Code that ran.
    pub code: CodeRef,
    /// Its instruction.
    pub pc: u32,
    /// Method the code belongs to.
    pub method: Option<MethodRef>,
    /// Native method called from there, when the entry stands for it.
    pub native: Option<MethodRef>,
}

impl Location {
    /// File.
    pub fn file(&self) -> Arc<str> {
        self.code.file.clone()
    }

    /// Line.
    pub fn line(&self) -> i32 {
        self.code.function.line_at(self.pc)
    }
}

impl Trace for Location {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.code.trace(tracer);
        self.method.trace(tracer);
        self.native.trace(tracer);
    }
}

/// The captured places of an exception or of `caller_locations`.
pub struct Locations(pub Vec<Location>);

impl NativeData for Locations {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.0.trace(tracer);
    }
    fn size(&self) -> usize {
        self.0.len() * size_of::<Location>()
    }
}

impl Vm {
    /// The places that run, innermost first; `skip` leaves out the first ones.
    pub fn locations(&self, skip: usize) -> Rooted<Vec<Location>> {
        let mut list = Vec::with_capacity(16);
        let mut frame = self.frame();
        while let Some(at) = frame {
            self.add_frame(at, &mut list);
            frame = at.caller();
        }
        list.drain(..skip.min(list.len()));
        self.roots.root(list)
    }

    /// The block that runs again and again where a loop of the prelude runs innermost: machine code makes no frames for it.
    pub(crate) fn looping_block(&self) -> Option<Location> {
        let loops = self.frame().filter(|frame| frame.code().file.starts_with("<internal:"))?;
        let caller = Vm::visible_caller(loops)?;
        let code = literal_block(caller).filter(|code| !code.file.starts_with("<internal:"))?;
        Some(Location { code, pc: 0, method: caller.method(), native: None })
    }

    fn add_frame(&self, frame: Frame, list: &mut Vec<Location>) {
        let code = frame.code();
        if code.file.starts_with("<internal:") {
            self.add_internal(frame, list);
            return;
        }
        let pc = frame.pc();
        // The native method that the frame is calling shows as an entry of its own, at the caller's line.
        if let Some(native) = native_callee(frame).filter(|&native| !self.is_transparent(native) && !self.is_operation(frame, native))
            && list.last().is_none_or(|last| last.native != Some(native))
        {
            list.push(Location { code, pc, method: frame.method(), native: Some(native) });
        }
        list.push(Location { code, pc, method: frame.method(), native: None });
    }

    /// Proc#call and `send` hand over to what they call, as in CRuby: they are no places.
    fn is_transparent(&self, native: MethodRef) -> bool {
        let name = self.symbols.bytes(Vm::resolve_alias(native).name);
        match name {
            b"call" | b"yield" | b"===" | b"[]" | b"()" => native.owner == self.core.proc_,
            b"send" => native.owner == self.core.kernel,
            b"__send__" => native.owner == self.core.basic_object,
            _ => false,
        }
    }

    /// What CRuby does by an instruction of its own shows no frame: access to elements of Arrays and Hashes, appending.
    fn is_operation(&self, frame: Frame, native: MethodRef) -> bool {
        use bytecode::Op;
        let Some((op, _)) = Op::decode(&frame.code().function.code, frame.pc() as usize) else { return false };
        match op {
            Op::Index { .. } | Op::IndexSet { .. } => native.owner == self.core.array || native.owner == self.core.hash,
            Op::Shl { .. } => native.owner == self.core.array || native.owner == self.core.string,
            _ => false,
        }
    }

    /// The innermost frame around this one whose code is the program's.
    pub(crate) fn visible_caller(frame: Frame) -> Option<Frame> {
        let mut caller = frame.caller();
        while let Some(at) = caller.filter(|at| at.code().file.starts_with("<internal:")) {
            caller = at.caller();
        }
        caller
    }

    /// Prelude frames look like natives: one entry for the method, at the line of who called it.
    fn add_internal(&self, frame: Frame, list: &mut Vec<Location>) {
        let caller = Vm::visible_caller(frame);
        let kind = frame.code().function.kind;
        if kind == FunctionKind::SymbolBlock
            && let (Some(caller), Some(native)) = (caller, native_callee(frame))
        {
            list.push(Location { code: caller.code(), pc: caller.pc(), method: caller.method(), native: Some(native) });
        }
        if kind.is_closure() {
            return;
        }
        // The prelude's own helpers are no methods that a program knows.
        let is_helper = |method: &MethodRef| self.symbols.bytes(method.name).starts_with(b"__");
        if let (Some(caller), Some(method)) = (caller, frame.method().filter(|method| !is_helper(method))) {
            let code = caller.code();
            list.push(Location { code, pc: caller.pc(), method: caller.method(), native: Some(method) });
        }
    }

    /// Names of the variables in sight where an exception was raised.
    pub fn error_locals(&mut self, exception: Value) -> Vec<value::Symbol> {
        let locations = self.hidden(exception, sym::H_LOCATIONS).and_then(objects::RData::new);
        let Some(first) = locations.and_then(|data| data.read::<Locations>(&self.heap)).and_then(|list| list.0.first()) else { return Vec::new() };
        let mut names = Vec::new();
        let mut at = Some(first.code);
        while let Some(code) = at {
            for local in &code.function.locals {
                let plain = local.name.first().is_some_and(|&byte| byte == b'_' || byte.is_ascii_alphabetic() || byte >= 0x80);
                if plain {
                    names.push(self.symbols.intern_bytes(&local.name, text::encoding::Encoding::UTF_8.index()));
                }
            }
            at = code.parent.filter(|_| code.function.kind.is_closure());
        }
        names
    }

    /// The part of the source that a place stands for; None for evaluated text and when nothing fits.
    /// `definition` asks for the head of the method or block that runs there.
    pub fn spot(&mut self, location: &Location, definition: bool, point: compile::Point, name: Option<value::Symbol>) -> Option<compile::Spot> {
        let mut root = location.code;
        while root.function.kind != FunctionKind::Eval && root.parent.is_some() {
            root = root.parent.expect("checked");
        }
        let source = root.source.as_ref().filter(|_| root.function.kind == FunctionKind::Top && &*root.file != "-e" && &*root.file != "-")?;
        let kind = if self.is_main_code(root) { compile::SourceKind::Main } else { compile::SourceKind::Required };
        let options = compile::Options {
            line: root.function.line,
            frozen_string_literal: self.options.frozen_string_literal,
            ..compile::Options::new(&root.file, kind)
        };
        let name = name.map(|name| self.symbols.bytes(name).to_vec());
        let query = compile::Query { function: &location.code.function, pc: (!definition).then_some(location.pc), point, name: name.as_deref() };
        self.deeply(|| compile::spot(source, &options, query)).flatten()
    }

    /// The lines of the source around a place.
    pub fn source_lines(&self, location: &Location) -> Vec<String> {
        let source = location.code.source.as_ref();
        source.map_or_else(Vec::new, |source| String::from_utf8_lossy(source).split_inclusive('\n').map(str::to_string).collect())
    }

    /// The places as a value that is kept in exceptions.
    pub fn capture_backtrace(&mut self) -> Value {
        let mut locations = self.locations(0);
        // `raise` itself is no place, as in CRuby.
        if locations.first().and_then(|location| location.native).is_some_and(|native| self.is_raise(native)) {
            locations.remove(0);
        }
        let class = self.class_view(self.core.object);
        self.data(class, Box::new(Locations(locations.clone())))
    }

    fn is_raise(&self, native: MethodRef) -> bool {
        let name = self.symbols.bytes(native.name);
        let owner = RClass::new(native.owner).and_then(|owner| owner.data().attached).unwrap_or(native.owner);
        (name == b"raise" || name == b"fail") && owner == self.core.kernel
    }

    /// `Foo#bar`, `block in Foo#bar`, `<main>` and the like.
    pub fn location_label(&self, location: &Location) -> String {
        if let Some(native) = location.native {
            return self.method_label(native);
        }
        let (prefix, base) = self.label_parts(location.code, location.method);
        format!("{prefix}{base}")
    }

    /// The label without nesting: method name or `<main>`.
    pub fn location_base_label(&self, location: &Location) -> String {
        let method = location.native.or(location.method);
        match method {
            Some(method) => self.symbols.text(method.name).into_owned(),
            None => self.label_parts(location.code, None).1,
        }
    }

    fn label_parts(&self, code: CodeRef, method: Option<MethodRef>) -> (String, String) {
        let mut levels = 0;
        let mut at = code;
        while at.function.kind.is_closure() {
            let Some(parent) = at.parent else { break };
            levels += usize::from(at.function.kind != FunctionKind::Eval);
            at = parent;
        }
        let prefix = match levels {
            0 => String::new(),
            1 => "block in ".to_string(),
            _ => format!("block ({levels} levels) in "),
        };
        let name = String::from_utf8_lossy(&at.function.name).into_owned();
        let base = match at.function.kind {
            FunctionKind::Top | FunctionKind::Eval if method.is_none() => {
                if at.id == 0 || self.is_main_code(at) {
                    "<main>".to_string()
                } else {
                    "<top (required)>".to_string()
                }
            }
            FunctionKind::Class => format!("<class:{name}>"),
            FunctionKind::Module => format!("<module:{name}>"),
            FunctionKind::SingletonClass => "singleton class".to_string(),
            _ => match method {
                Some(method) => self.method_label(method),
                None => name,
            },
        };
        (prefix, base)
    }

    fn is_main_code(&self, code: CodeRef) -> bool {
        self.main_code == Some(code)
    }

    /// `Owner#name` or `Owner.name`; the name alone for anonymous owners.
    pub fn method_label(&self, method: MethodRef) -> String {
        let name = self.symbols.text(method.name).into_owned();
        let Some(owner) = RClass::new(method.owner) else { return name };
        if let Some(attached) = owner.data().attached {
            return match RClass::new(attached).filter(|class| class.data().name.is_some()) {
                Some(class) => format!("{}.{name}", self.class_name_text(class)),
                None => name,
            };
        }
        if owner.data().name.is_none() {
            return name;
        }
        format!("{}#{name}", self.class_name_text(owner))
    }

    /// `file:line:in 'label'`
    pub fn location_text(&self, location: &Location) -> String {
        format!("{}:{}:in '{}'", location.file(), location.line(), self.location_label(location))
    }

    /// The backtrace of an exception as an Array of Strings, or nil.
    pub fn backtrace_of(&mut self, exception: Value) -> Value {
        if let Some(set) = self.hidden(exception, sym::H_BACKTRACE) {
            return set;
        }
        let Some(locations) = self.hidden(exception, sym::H_LOCATIONS) else { return Value::NIL };
        let array = self.backtrace_array(locations);
        self.set_hidden(exception, sym::H_BACKTRACE, array);
        array
    }

    /// Captured places as an Array of Strings.
    pub fn backtrace_array(&mut self, locations: Value) -> Value {
        let Some(data) = objects::RData::new(locations).filter(|data| data.is::<Locations>()) else { return Value::NIL };
        let array = self.new_array();
        let location = |vm: &Vm, index: usize| data.read::<Locations>(&vm.heap)?.0.get(index).cloned();
        while let Some(location) = location(self, array.len()) {
            let text = self.location_text(&location);
            let text = self.str(&text);
            if array.push(text).is_none() {
                self.out_of_memory();
            }
        }
        array.value()
    }

    /// Does `warn` print warnings of this category?
    pub fn warns_category(&self, category: &str) -> bool {
        self.options.verbose.is_some() && self.warning_categories.contains(category)
    }

    /// Are blocks to be reported that are passed to methods without use for them?
    pub(crate) fn warns_unused_blocks(&self) -> bool {
        self.options.verbose == Some(true) || self.warning_categories.len() > 1 && self.warns_category(STRICT_UNUSED_BLOCK)
    }

    /// Warns that a method ignores the block it is passed. Unless asked to be strict, methods are left out
    /// whose name is that of a method elsewhere that uses blocks.
    #[cold]
    pub(crate) fn warn_unused_block(&mut self, method: MethodRef) -> RResult<()> {
        let resolved = Vm::resolve_alias(method);
        let MethodBody::Ruby(code, _) = resolved.body else { return Ok(()) };
        let name = self.symbols.bytes(resolved.name).to_vec();
        let used_elsewhere = |code: &CodeRef| defines_block_user(&code.function, &name);
        if code.file.starts_with("<internal:") || uses_block(&code.function) {
            return Ok(());
        }
        if !self.warns_category(STRICT_UNUSED_BLOCK) && self.codes().iter().any(used_elsewhere) {
            return Ok(());
        }
        // CRuby differs: its key mixes method and place so that most calls of one method share it; here
        // each method is reported once.
        if !self.unused_block_methods.insert(resolved.serial) {
            return Ok(());
        }
        let label = self.method_label(method);
        self.warn_at_caller(&format!("the block passed to '{label}' defined at {}:{} may be ignored", code.file, code.function.line))
    }

    /// Writes a warning through `Warning.warn`.
    pub fn warn_text(&mut self, text: &str) -> RResult<()> {
        if self.options.verbose.is_none() {
            return Ok(());
        }
        let warning = self.core.warning;
        let message = self.str(text);
        let name = self.intern("warn");
        self.call(warning, name, &[message])?;
        Ok(())
    }

    /// Writes a warning with the place of the running Ruby code.
    pub fn warn_at_caller(&mut self, message: &str) -> RResult<()> {
        if self.options.verbose.is_none() {
            return Ok(());
        }
        let place = self.locations(0).iter().find(|location| location.native.is_none()).copied();
        match place {
            Some(location) => self.warn_text(&format!("{}:{}: warning: {message}\n", location.file(), location.line())),
            None => self.warn_text(&format!("warning: {message}\n")),
        }
    }

    /// An Array view of a frozen or unfrozen Array value.
    pub fn array_view(&self, value: Value) -> RArray {
        RArray::new(value).expect("an Array is expected here by construction")
    }
}

/// The native method that the frame's call instruction last ran, if it is at one.
pub(crate) fn native_callee(frame: Frame) -> Option<MethodRef> {
    let method = frame.code().cached_method(site_of(frame)?)?;
    matches!(method.body, MethodBody::Native(_)).then_some(method)
}

/// The literal block that the frame's instruction passes, if it is a call with one.
pub(crate) fn literal_block(frame: Frame) -> Option<CodeRef> {
    let function = &frame.code().function;
    let (op, _) = bytecode::Op::decode(&function.code, frame.pc() as usize)?;
    let (bytecode::Op::Send { site, .. } | bytecode::Op::SendSuper { site, .. } | bytecode::Op::Yield { site, .. }) = op else { return None };
    let bytecode::SiteKind::Call(call) = function.sites.get(site.0 as usize)? else { return None };
    call.block.and_then(|child| frame.code().child(child))
}

/// The name that the frame's instruction calls, if it is a call.
pub(crate) fn site_name(frame: Frame) -> Option<value::Symbol> {
    frame.code().called_name(site_of(frame)?)
}

/// The site of the frame's instruction.
fn site_of(frame: Frame) -> Option<u32> {
    let (op, _) = bytecode::Op::decode(&frame.code().function.code, frame.pc() as usize)?;
    let mut site = None;
    op.each_operand(&mut |_, operand| {
        if operand.kind == bytecode::operand::OperandKind::Site {
            site = Some(operand.value as u32);
        }
    });
    site
}

/// Category of warnings about blocks passed in vain.
const STRICT_UNUSED_BLOCK: &str = "strict_unused_block";

/// Is it, or is there inside it, a method of that name that uses its block? Its definition need not have run.
fn defines_block_user(function: &bytecode::Function, name: &[u8]) -> bool {
    function.kind == FunctionKind::Method && function.name == name && uses_block(function)
        || function.children.iter().any(|child| defines_block_user(child, name))
}

/// Does a method do anything with a block it is given?
fn uses_block(function: &bytecode::Function) -> bool {
    if function.params.block {
        return true;
    }
    let mut at = 0;
    while let Some((op, next)) = bytecode::Op::decode(&function.code, at) {
        if matches!(
            op,
            bytecode::Op::Yield { .. } | bytecode::Op::SendSuper { .. } | bytecode::Op::BlockParam { .. } | bytecode::Op::MethodBlock { .. }
        ) {
            return true;
        }
        at = next;
    }
    function.children.iter().any(|child| child.kind.is_closure() && uses_block(child))
}
