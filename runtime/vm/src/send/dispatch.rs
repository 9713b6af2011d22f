//! From a method name or method to running it.

use super::{BindMode, BlockContext, FrameStart};
use crate::arguments::{ArgumentList, Keywords, PassedKeywords};
use crate::vm::Vm;
use bytecode::FunctionKind;
use heap::RootedValues;
use objects::method::NativeMethod;
use objects::{BlockWord, MethodBody, MethodRef, RClass, RProc, Visibility};
use std::ptr::null_mut;
use value::{RResult, Raised, Symbol, Value, sym};

/// Which methods a call may reach.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallMode {
    /// All, as calls without receiver.
    Any,
    /// Public ones (protected ones when the caller's self fits).
    Public,
    /// As `Any`, for an identifier that could have been a variable (message of NameError).
    Variable,
    /// As `Any`, from `super`.
    Super,
}

impl Vm {
    /// Calls a method, whatever its visibility.
    #[inline]
    pub fn call(&mut self, receiver: Value, name: Symbol, args: &[Value]) -> RResult {
        self.call_full(receiver, name, args, PassedKeywords::None, BlockWord::NONE, CallMode::Any)
    }

    /// Calls a method with a block.
    pub fn call_with_block(&mut self, receiver: Value, name: Symbol, args: &[Value], block: BlockWord) -> RResult {
        self.call_full(receiver, name, args, PassedKeywords::None, block, CallMode::Any)
    }

    /// Calls a public method by its text name, for rarely used names.
    pub fn send(&mut self, receiver: Value, name: &str, args: &[Value]) -> RResult {
        let name = self.intern(name);
        self.call(receiver, name, args)
    }

    /// `receiver.to_enum(name, *args, **keywords)`: what an iterator gives that gets no block.
    pub fn enumerator(&mut self, receiver: Value, name: &str, args: &[Value], keywords: Keywords) -> RResult {
        let passed = keywords.hash().map_or(PassedKeywords::None, |hash| PassedKeywords::Hash { hash, fresh: false });
        let name = self.symbol(name);
        let mut list = ArgumentList::from_slice(&self.roots, args);
        list.insert(&self.roots, 0, name);
        let to_enum = self.intern("to_enum");
        self.call_full(receiver, to_enum, &list, passed, BlockWord::NONE, CallMode::Any)
    }

    /// Calls a method with everything.
    pub fn call_full(
        &mut self,
        receiver: Value,
        name: Symbol,
        args: &[Value],
        keywords: PassedKeywords<'_>,
        block: BlockWord,
        mode: CallMode,
    ) -> RResult {
        let class = self.class_of(receiver);
        match self.find_method(class, name) {
            Some(method) if self.may_call(method, receiver, mode) => self.call_method(method, receiver, args, keywords, block),
            found => self.call_missing(receiver, name, args, keywords, block, mode, found),
        }
    }

    /// Calls a method if the receiver has it (`respond_to?` and `method_missing` included), as the
    /// implicit conversions do.
    pub fn call_if_responds(&mut self, receiver: Value, name: Symbol, args: &[Value]) -> RResult<Option<Value>> {
        if receiver.is_kind(value::Kind::Moved) {
            return Ok(None);
        }
        let class = self.class_of(receiver);
        if self.has_custom(class, sym::RESPOND_TO) && !self.ask_respond_to(receiver, name)? {
            return Ok(None);
        }
        if let Some(method) = self.find_method(class, name) {
            return self.call_method(method, receiver, args, PassedKeywords::None, BlockWord::NONE).map(Some);
        }
        if !self.has_custom(class, sym::METHOD_MISSING) {
            return Ok(None);
        }
        if self.has_custom(class, sym::RESPOND_TO_MISSING) && !self.responds_to(receiver, name, true)? {
            return Ok(None);
        }
        self.call_missing_or_none(receiver, name, args)
    }

    /// What a `respond_to?` of the program's own says of a method, private ones included; it may take one argument only.
    pub fn ask_respond_to(&mut self, receiver: Value, name: Symbol) -> RResult<bool> {
        let class = self.class_of(receiver);
        let method = self.find_method(class, sym::RESPOND_TO).map(Vm::resolve_alias);
        let count = match method.map(|method| method.body) {
            Some(MethodBody::Ruby(code, _)) if code.function.params.optional == 0 && !code.function.params.rest => {
                code.function.params.required + code.function.params.post
            }
            _ => 2,
        };
        if count > 2 {
            return Err(self.argument_error(&format!("respond_to? must accept 1 or 2 arguments (requires {count})")));
        }
        let args = [Value::symbol(name), Value::TRUE];
        Ok(self.call(receiver, sym::RESPOND_TO, if count == 1 { &args[..1] } else { &args })?.truthy())
    }

    /// Through `method_missing`; None when that raises NoMethodError for this very call.
    fn call_missing_or_none(&mut self, receiver: Value, name: Symbol, args: &[Value]) -> RResult<Option<Value>> {
        let class = self.core.no_method_error;
        let call = |vm: &mut Vm| vm.call_missing(receiver, name, args, PassedKeywords::None, BlockWord::NONE, CallMode::Any, None).map(Some);
        self.rescue(class, call, |vm, exception| {
            let same = vm.hidden(exception, sym::H_NAME) == Some(Value::symbol(name)) && vm.hidden(exception, sym::H_RECEIVER) == Some(receiver);
            if same { Ok(None) } else { Err(vm.raise_with_cause_set(exception)) }
        })
    }

    /// May the running code call this method on the receiver?
    #[inline(always)]
    pub(crate) fn may_call(&mut self, method: MethodRef, receiver: Value, mode: CallMode) -> bool {
        if method.visibility == Visibility::Public || mode != CallMode::Public {
            return true;
        }
        method.visibility == Visibility::Protected && self.protected_fits(method, receiver)
    }

    fn protected_fits(&mut self, method: MethodRef, _receiver: Value) -> bool {
        // A Symbol's block calls for nobody.
        let Some(frame) = self.frame().filter(|frame| frame.code().function.kind != FunctionKind::SymbolBlock) else { return false };
        let owner = Vm::resolve_alias(method).owner;
        let owner = RClass::new(owner).and_then(|class| class.data().refined_class).unwrap_or(owner);
        self.is_a(frame.receiver(), owner)
    }

    /// Runs a method.
    pub fn call_method(&mut self, called: MethodRef, receiver: Value, args: &[Value], keywords: PassedKeywords<'_>, block: BlockWord) -> RResult {
        let method = called.resolved();
        match method.body {
            MethodBody::Ruby(code, cref) => {
                let start = FrameStart { receiver, block, method: Some(called), code, env: null_mut(), cref, flags: 0 };
                if method.ruby2_keywords.get() {
                    return self.run_flagging_keywords(&start, args, keywords);
                }
                self.run_code(&start, args, keywords, BindMode::Strict)
            }
            MethodBody::Native(native) => {
                self.check_native_stack()?;
                self.call_native_with(&native, receiver, args, keywords, block)
            }
            MethodBody::Proc(callable) => self.call_defined_proc(called, callable, receiver, args, keywords, block),
            MethodBody::Reader(name) => {
                self.no_arguments(args, keywords)?;
                self.ivar_read(receiver, name)
            }
            MethodBody::Writer(name) => match *args {
                [value] if keywords.is_empty() => self.ivar_write(receiver, name, value).map(|()| value),
                _ => self.write_keywords(method, receiver, args, keywords),
            },
            MethodBody::StructReader(index) => {
                self.no_arguments(args, keywords)?;
                Ok(self.struct_get(receiver, index))
            }
            MethodBody::StructWriter(index) => match *args {
                [value] if keywords.is_empty() => self.struct_set(receiver, index, value).map(|()| value),
                _ => self.write_keywords(method, receiver, args, keywords),
            },
            MethodBody::Alias(_) | MethodBody::Inherited | MethodBody::Undefined => {
                self.call_missing(receiver, method.name, args, keywords, block, CallMode::Any, None)
            }
        }
    }

    /// A writer that gets keywords: they are the Hash that is written.
    fn write_keywords(&mut self, method: MethodRef, receiver: Value, args: &[Value], keywords: PassedKeywords<'_>) -> RResult {
        if keywords.is_empty() || !args.is_empty() {
            return Err(self.arity_error(args.len() + usize::from(!keywords.is_empty()), 1, Some(1)));
        }
        let hash = keywords.to_fresh_hash(self)?;
        self.call_method(method, receiver, &[hash.value()], PassedKeywords::None, BlockWord::NONE)
    }

    fn no_arguments(&mut self, args: &[Value], keywords: PassedKeywords<'_>) -> RResult<()> {
        let given = args.len() + usize::from(!keywords.is_empty());
        if given == 0 { Ok(()) } else { Err(self.arity_error(given, 0, Some(0))) }
    }

    /// Runs a `define_method` body: a lambda on the receiver.
    fn call_defined_proc(
        &mut self,
        method: MethodRef,
        callable: Value,
        receiver: Value,
        args: &[Value],
        keywords: PassedKeywords<'_>,
        block: BlockWord,
    ) -> RResult {
        let Some(callable) = RProc::new(callable) else { return Err(self.type_error("wrong argument type (expected Proc)")) };
        self.check_defined_proc(callable)?;
        let context = BlockContext { receiver: Some(receiver), cref: None, method: Some(method), lambda: true, block: Some(block) };
        if method.resolved().ruby2_keywords.get() && !keywords.is_empty() {
            let list = self.with_flagged_hash(args, keywords)?;
            return self.call_proc(callable, &list, PassedKeywords::None, context);
        }
        self.call_proc(callable, args, keywords, context)
    }

    /// `ruby2_keywords` methods get keywords as a flagged trailing Hash.
    fn run_flagging_keywords(&mut self, start: &FrameStart, args: &[Value], keywords: PassedKeywords<'_>) -> RResult {
        if keywords.is_empty() {
            return self.run_code(start, args, PassedKeywords::None, BindMode::Strict);
        }
        let list = self.with_flagged_hash(args, keywords)?;
        self.run_code(start, &list, PassedKeywords::None, BindMode::Strict)
    }

    /// The arguments with the keywords as a Hash that a splat turns into keywords again.
    fn with_flagged_hash(&mut self, args: &[Value], keywords: PassedKeywords<'_>) -> RResult<ArgumentList> {
        let hash = keywords.to_fresh_hash(self)?;
        self.flag_keyword_hash(hash);
        Ok(self.arguments_with(args, hash.value()))
    }

    /// The arguments and one more.
    pub fn arguments_with(&self, args: &[Value], last: Value) -> ArgumentList {
        let mut list = ArgumentList::from_slice(&self.roots, args);
        list.push(&self.roots, last);
        list
    }

    /// Runs a native with keywords as a trailing Hash.
    pub(crate) fn call_native_with(
        &mut self,
        native: &NativeMethod,
        receiver: Value,
        args: &[Value],
        keywords: PassedKeywords<'_>,
        block: BlockWord,
    ) -> RResult {
        if keywords.is_empty() {
            return self.run_native(native, receiver, args, false, block);
        }
        let hash = keywords.to_fresh_hash(self)?;
        let list = self.arguments_with(args, hash.value());
        self.run_native(native, receiver, &list, true, block)
    }

    /// No such method, or not one that may be called: `method_missing`, else NoMethodError.
    #[cold]
    #[inline(never)]
    #[expect(clippy::too_many_arguments, reason = "everything about a call is needed to hand it on")]
    pub fn call_missing(
        &mut self,
        receiver: Value,
        name: Symbol,
        args: &[Value],
        keywords: PassedKeywords<'_>,
        block: BlockWord,
        mode: CallMode,
        found: Option<MethodRef>,
    ) -> RResult {
        let class = self.class_of(receiver);
        let handler = self.find_method(class, sym::METHOD_MISSING);
        match handler {
            Some(handler) if handler.owner != self.core.basic_object => {
                let mut list = ArgumentList::from_slice(&self.roots, args);
                list.insert(&self.roots, 0, Value::symbol(name));
                self.missing_mode = mode;
                self.call_method(handler, receiver, &list, keywords, block)
            }
            _ => {
                let raised = self.raise_no_method(receiver, name, mode, found);
                let list = self.array(args);
                self.note_missing_args(list);
                Err(raised)
            }
        }
    }

    /// Gives a NoMethodError on its way the arguments of the call.
    pub fn note_missing_args(&mut self, args: Value) {
        if let crate::Pending::Exception(exception) = self.pending {
            self.set_hidden(exception, sym::H_ARGS, args);
        }
    }

    /// NoMethodError or NameError with CRuby's wording.
    #[cold]
    pub fn raise_no_method(&mut self, receiver: Value, name: Symbol, mode: CallMode, found: Option<MethodRef>) -> Raised {
        let what = match self.custom_description(receiver) {
            Ok(Some(what)) => what,
            Ok(None) => self.describe_receiver(receiver),
            Err(raised) => return raised,
        };
        let text = self.symbols.text(name).into_owned();
        let (class, message) = match (found.map(|method| method.visibility), mode) {
            (Some(Visibility::Private), CallMode::Public) => (self.core.no_method_error, format!("private method '{text}' called for {what}")),
            (Some(Visibility::Protected), CallMode::Public) => (self.core.no_method_error, format!("protected method '{text}' called for {what}")),
            (_, CallMode::Variable) => (self.core.name_error, format!("undefined local variable or method '{text}' for {what}")),
            (_, CallMode::Super) => (self.core.no_method_error, format!("super: no superclass method '{text}' for {what}")),
            _ => (self.core.no_method_error, format!("undefined method '{text}' for {what}")),
        };
        let raised = self.raise_name_error(class, &message, receiver, name);
        if let (crate::Pending::Exception(exception), CallMode::Any | CallMode::Variable | CallMode::Super) = (self.pending, mode) {
            let flag = self.intern(crate::raise::PRIVATE_CALL);
            self.set_hidden(exception, flag, Value::TRUE);
        }
        raised
    }

    /// The description of a class, module or instance whose class has a `name` method of its own.
    fn custom_description(&mut self, receiver: Value) -> RResult<Option<String>> {
        let class = match RClass::new(receiver) {
            Some(class) => class,
            None if self.existing_singleton_class(receiver).is_some() => return Ok(None),
            None => self.real_class_of(receiver),
        };
        let (name, meta) = (self.intern("name"), self.class_of(class.value()));
        if self.find_method(meta, name).is_none_or(|method| matches!(method.body, objects::MethodBody::Native(_))) {
            return Ok(None);
        }
        let named = self.call(class.value(), name, &[])?;
        let Some(named) = objects::RString::new(named).map(objects::RString::to_text) else { return Ok(None) };
        Ok(Some(match (RClass::new(receiver), class.is_module()) {
            (None, _) => format!("an instance of {named}"),
            (_, true) => format!("module {named}"),
            _ => format!("class {named}"),
        }))
    }

    /// "nil", "an instance of Foo", "class Foo", "main:Object" as the messages of 3.4 and later.
    pub fn describe_receiver(&self, receiver: Value) -> String {
        match receiver {
            Value::NIL => return "nil".to_string(),
            Value::TRUE => return "true".to_string(),
            Value::FALSE => return "false".to_string(),
            _ if receiver == self.main => return "main".to_string(),
            _ => {}
        }
        match RClass::new(receiver) {
            Some(module) if module.is_module() => format!("module {}", self.class_name_text(module)),
            Some(class) => format!("class {}", self.class_name_text(class)),
            // With a singleton class the object itself is named, as in CRuby.
            None if self.existing_singleton_class(receiver).is_some() => self.any_to_s(receiver),
            None => format!("an instance of {}", self.class_name_of(receiver)),
        }
    }

    /// TypeError when `super` runs with a self that the method's class has nothing to do with (`instance_eval`).
    pub(crate) fn check_super_receiver(&mut self, receiver: Value, method: MethodRef) -> RResult<()> {
        let owner = self.class_view(method.owner);
        if owner.is_module() || owner.data().refined_class.is_some() || self.is_a(receiver, method.owner) {
            return Ok(());
        }
        let (own, expected) = (self.class_name_of(receiver), self.class_name_text(owner));
        Err(self.type_error(&format!("self has wrong type to call super in this context: {own} (expected {expected})")))
    }

    /// Calls the method above `method` for the receiver.
    pub fn call_super(&mut self, method: MethodRef, receiver: Value, args: &[Value], keywords: PassedKeywords<'_>, block: BlockWord) -> RResult {
        let class = self.class_of(receiver);
        match self.find_super_method(class, method) {
            Some(above) => self.call_method(above, receiver, args, keywords, block),
            None => self.call_missing(receiver, method.name, args, keywords, block, CallMode::Super, None),
        }
    }
}

impl Vm {
    /// Calls a method with the elements of an Array, which stays alive and unchanged meanwhile.
    pub fn call_with_array(&mut self, receiver: Value, name: Symbol, args: objects::RArray) -> RResult {
        let copy = ArgumentList::from_slice(&self.roots, args.as_slice(&self.heap));
        self.call(receiver, name, &copy)
    }

    /// Every live object, hidden ones too. Collects first.
    pub fn all_values(&mut self) -> RootedValues {
        let mut values = self.roots.values(&[]);
        // SAFETY: the heap shows initialised cells.
        self.heap.each_cell(&mut |cell| values.push(unsafe { Value::from_cell(cell) }));
        values
    }
}
