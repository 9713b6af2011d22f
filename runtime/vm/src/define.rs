//! Declaring native methods: the tables that `macros::ruby_methods` writes, and the conversion of
//! arguments and results by type.

use crate::arguments::Keywords;
use crate::block::Block;
use crate::vm::Vm;
use num_bigint::BigInt;
pub use objects::method::Effects;
use objects::method::{ARGUMENT_KEYWORDS, NativeMethod};
use objects::{BlockWord, MethodBody, RArray, RClass, RHash, RProc, RRange, RString, Visibility};
use value::{RResult, Symbol, Value};

/// Address of a native method's arguments; only the VM makes one.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct ArgPointer(*const Value);

/// Entry of a native method in safe terms; the same machine interface as `NativeFunction`.
pub type SafeNative = extern "sysv64" fn(&mut Vm, Value, ArgPointer, u64, BlockWord) -> Option<Value>;

/// Where a native method is defined.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MethodKind {
    /// On instances.
    Instance,
    /// On the class itself.
    Singleton,
    /// Both: private on instances, public on the module.
    ModuleFunction,
}

/// One native method.
#[derive(Clone, Copy)]
pub struct MethodDef {
    /// Names, the first is the real one.
    pub names: &'static [&'static str],
    /// Where.
    pub kind: MethodKind,
    /// Entry.
    pub entry: SafeNative,
    /// Least arguments.
    pub required: u16,
    /// Most arguments.
    pub maximum: Option<u16>,
    /// Private?
    pub private: bool,
    /// Effect bits.
    pub effects: Effects,
    /// Does it take keywords?
    pub takes_keywords: bool,
}

/// The methods of one `impl` block.
#[derive(Clone, Copy)]
pub struct MethodGroup {
    /// Class or module, `A::B` for nested ones; `Primitive` for operations of the prelude.
    pub class: &'static str,
    /// Methods.
    pub methods: &'static [MethodDef],
}

/// Arguments of a native call.
#[derive(Clone, Copy)]
pub struct Args {
    values: &'static [Value],
    keywords: Option<RHash>,
    block: BlockWord,
}

impl Args {
    /// Takes the arguments apart; with `takes_keywords` a keyword Hash is split off.
    #[inline(always)]
    pub fn new(argv: ArgPointer, argc: u64, block: BlockWord, takes_keywords: bool) -> Args {
        let values = argv.slice(argc as u32 as usize);
        if takes_keywords
            && argc & ARGUMENT_KEYWORDS != 0
            && let Some((&last, rest)) = values.split_last()
        {
            return Args { values: rest, keywords: RHash::new(last), block };
        }
        Args { values, keywords: None, block }
    }

    /// ArgumentError unless the count fits.
    #[inline(always)]
    pub fn check(&self, vm: &mut Vm, required: u16, maximum: Option<u16>) -> RResult<()> {
        let count = self.values.len();
        if count < required as usize || maximum.is_some_and(|maximum| count > maximum as usize) {
            return Err(vm.arity_error(count, required as usize, maximum.map(usize::from)));
        }
        Ok(())
    }

    /// Argument `index`, which `check` found.
    #[inline(always)]
    pub fn required(&self, index: usize) -> Value {
        self.values.get(index).copied().unwrap_or(Value::NIL)
    }

    /// Argument `index` if given.
    #[inline(always)]
    pub fn optional(&self, index: usize) -> Option<Value> {
        self.values.get(index).copied()
    }

    /// Arguments from `index` on. They stand on the VM stack during the call.
    #[inline(always)]
    pub fn rest(&self, index: usize) -> &'static [Value] {
        self.values.get(index..).unwrap_or(&[])
    }

    /// The block.
    #[inline(always)]
    pub fn block(&self) -> Block {
        Block::new(self.block)
    }

    /// The keywords.
    #[inline(always)]
    pub fn keywords(&self) -> Keywords {
        Keywords::new(self.keywords)
    }
}

impl ArgPointer {
    /// For the VM: the arguments of a call that is about to be made.
    pub(crate) fn new(first: *const Value) -> ArgPointer {
        ArgPointer(first)
    }

    #[inline(always)]
    fn slice(self, count: usize) -> &'static [Value] {
        crate::send::argument_slice(self.0, count)
    }
}

/// Conversion of an argument (or receiver) to what a native wants.
pub trait FromArg: Sized {
    /// Converts, raising TypeError and the like.
    fn from_arg(vm: &mut Vm, value: Value) -> RResult<Self>;
}

impl FromArg for Value {
    #[inline(always)]
    fn from_arg(_vm: &mut Vm, value: Value) -> RResult<Value> {
        Ok(value)
    }
}

impl FromArg for RString {
    #[inline(always)]
    fn from_arg(vm: &mut Vm, value: Value) -> RResult<RString> {
        match RString::new(value) {
            Some(string) => Ok(string),
            None => vm.to_str(value),
        }
    }
}

impl FromArg for RArray {
    #[inline(always)]
    fn from_arg(vm: &mut Vm, value: Value) -> RResult<RArray> {
        match RArray::new(value) {
            Some(array) => Ok(array),
            None => vm.to_ary(value),
        }
    }
}

impl FromArg for RHash {
    #[inline(always)]
    fn from_arg(vm: &mut Vm, value: Value) -> RResult<RHash> {
        match RHash::new(value) {
            Some(hash) => Ok(hash),
            None => vm.to_hash(value),
        }
    }
}

macro_rules! exact_view {
    ($($view:ident $name:literal)*) => { $(
        impl FromArg for $view {
            #[inline(always)]
            fn from_arg(vm: &mut Vm, value: Value) -> RResult<$view> {
                match $view::new(value) {
                    Some(view) => Ok(view),
                    None => Err(vm.wrong_type(value, $name)),
                }
            }
        }
    )* };
}
exact_view! { RRange "Range" RProc "Proc" }

impl FromArg for RClass {
    fn from_arg(vm: &mut Vm, value: Value) -> RResult<RClass> {
        match RClass::new(value) {
            Some(class) => Ok(class),
            None => Err(vm.type_error("class or module required")),
        }
    }
}

impl FromArg for i64 {
    #[inline(always)]
    fn from_arg(vm: &mut Vm, value: Value) -> RResult<i64> {
        match value.as_fixnum() {
            Some(number) => Ok(number),
            None => vm.to_i64(value),
        }
    }
}

impl FromArg for usize {
    fn from_arg(vm: &mut Vm, value: Value) -> RResult<usize> {
        let number = i64::from_arg(vm, value)?;
        usize::try_from(number).map_err(|_| vm.argument_error(&format!("negative argument: {number}")))
    }
}

impl FromArg for f64 {
    #[inline(always)]
    fn from_arg(vm: &mut Vm, value: Value) -> RResult<f64> {
        vm.to_f64(value)
    }
}

impl FromArg for bool {
    #[inline(always)]
    fn from_arg(_vm: &mut Vm, value: Value) -> RResult<bool> {
        Ok(value.truthy())
    }
}

impl FromArg for Symbol {
    fn from_arg(vm: &mut Vm, value: Value) -> RResult<Symbol> {
        vm.to_name(value)
    }
}

impl FromArg for BigInt {
    fn from_arg(vm: &mut Vm, value: Value) -> RResult<BigInt> {
        let integer = vm.to_int(value)?;
        objects::number::integer_of(integer).ok_or_else(|| vm.type_error("not an integer"))
    }
}

/// Conversion of a native's result.
pub trait IntoResult {
    /// Makes a value of it.
    fn into_result(self, vm: &mut Vm) -> RResult;
}

impl<T: IntoResult> IntoResult for RResult<T> {
    #[inline(always)]
    fn into_result(self, vm: &mut Vm) -> RResult {
        self?.into_result(vm)
    }
}

macro_rules! into_result {
    ($($ty:ty, $vm:ident, $value:ident => $result:expr;)*) => { $(
        impl IntoResult for $ty {
            #[inline(always)]
            fn into_result(self, $vm: &mut Vm) -> RResult {
                // What a native made of a ghost that could not be loaded is no result.
                $vm.check_loads()?;
                let $value = self;
                Ok($result)
            }
        }
    )* };
}

into_result! {
    Value, _vm, value => value;
    (), _vm, _value => Value::NIL;
    bool, _vm, value => Value::bool(value);
    i64, vm, value => vm.int(value);
    usize, vm, value => vm.int(value as i64);
    f64, vm, value => vm.float(value);
    BigInt, vm, value => vm.big(value);
    String, vm, value => vm.str(&value);
    &str, vm, value => vm.str(value);
    RString, _vm, value => value.value();
    RArray, _vm, value => value.value();
    RHash, _vm, value => value.value();
    RClass, _vm, value => value.value();
    RProc, _vm, value => value.value();
    Symbol, _vm, value => Value::symbol(value);
    Option<Value>, _vm, value => value.unwrap_or(Value::NIL);
}

impl Vm {
    /// Defines the methods of the groups. Classes must exist (`A::B` paths from Object).
    pub fn define_groups(&mut self, groups: &[MethodGroup]) {
        for group in groups {
            if group.class == "Primitive" {
                self.define_primitives(group);
                continue;
            }
            let class = self.class_by_path(group.class);
            for method in group.methods {
                self.define_native(class, method);
            }
        }
    }

    fn define_primitives(&mut self, group: &MethodGroup) {
        for method in group.methods {
            for name in method.names {
                let name = self.intern(name);
                self.primitives.insert(name, *method);
            }
        }
    }

    fn class_by_path(&mut self, path: &str) -> RClass {
        let mut at = self.core.object;
        for part in path.split("::") {
            let name = self.intern(part);
            at = match self.class_view(at).data().constants.get(&name) {
                Some(constant) => constant.value,
                None => panic!("builtin methods declared for {path}, which does not exist"),
            };
        }
        self.class_view(at)
    }

    fn define_native(&mut self, class: RClass, def: &MethodDef) {
        let native = NativeMethod {
            function: crate::send::native_function(def.entry),
            required: def.required,
            maximum: def.maximum,
            effects: def.effects,
            takes_keywords: def.takes_keywords,
        };
        for name in def.names {
            let name = self.intern(name);
            let body = MethodBody::Native(native);
            let visibility = if def.private { Visibility::Private } else { Visibility::Public };
            match def.kind {
                MethodKind::Instance => self.add_method(class, name, body, visibility),
                MethodKind::Singleton => self.add_singleton_native(class, name, body, visibility),
                MethodKind::ModuleFunction => {
                    self.add_method(class, name, body, Visibility::Private);
                    self.add_singleton_native(class, name, body, Visibility::Public)
                }
            };
        }
    }

    fn add_singleton_native(&mut self, class: RClass, name: Symbol, body: MethodBody, visibility: Visibility) -> objects::MethodRef {
        let singleton = self.singleton_class(class.value()).expect("classes have singleton classes");
        self.add_method(singleton, name, body, visibility)
    }
}
