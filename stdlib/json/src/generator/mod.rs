//! `json/ext/generator`: JSON::Ext::Generator::State and the `to_json` methods of core classes.
//!
//! Rooms: here what is defined, `state` the options as an object, `write` the texts of values, `string` the escapes of strings.

mod state;
mod string;
mod write;

use macros::ruby_methods;
use state::{State, from_state, options_of};
use vm::{RResult, Value, Vm};
use write::{Kind, Writer};

/// Classes with a `to_json` of their own, by the modules that hold it.
const CLASSES: [&str; 9] = ["Object", "Hash", "Array", "Integer", "Float", "String", "TrueClass", "FalseClass", "NilClass"];

/// Defines the generator.
pub fn init(vm: &mut Vm) -> RResult<()> {
    crate::require(vm, "json/common")?;
    let object = vm.core.object;
    let json = vm.define_module_under(object, "JSON");
    let outer = vm.define_module_under(json, "Ext");
    let generator = vm.define_module_under(outer, "Generator");
    let class = vm.define_class_under(generator, "State", object);
    vm.set_allocator(class, |vm, class| Ok(vm.data(class, Box::<State>::default())));
    let methods = vm.define_module_under(generator, "GeneratorMethods");
    for name in CLASSES {
        vm.define_module_under(methods, name);
    }
    vm.define_groups(&[
        state::Accessors::GROUP,
        state::Switches::GROUP,
        Generating::GROUP,
        OfObject::GROUP,
        OfHash::GROUP,
        OfArray::GROUP,
        OfInteger::GROUP,
        OfFloat::GROUP,
        OfString::GROUP,
        OfTrue::GROUP,
        OfFalse::GROUP,
        OfNil::GROUP,
    ]);
    crate::require(vm, "json/ext/generator/state")
}

/// Writes a value as the kind says; to the IO if one is given, whose answer is then the IO.
fn generate(vm: &mut Vm, state: State, object: Option<Value>, value: Value, kind: Kind, io: Value) -> RResult {
    let mut writer = Writer::new(state, object);
    writer.write_as(vm, value, kind)?;
    let text = vm.try_string(&writer.out, text::Encoding::UTF_8)?;
    if !io.truthy() {
        return Ok(text);
    }
    vm.send(io, "write", &[text])?;
    Ok(io)
}

/// What the `to_json` of a core class does.
fn to_json(vm: &mut Vm, value: Value, state: Option<Value>, kind: Kind) -> RResult {
    let class = vm.class_at("JSON::Ext::Generator::State");
    let object = from_state(vm, class, state.unwrap_or(Value::NIL))?;
    let state = state::state(vm, object)?.clone();
    generate(vm, state, Some(object), value, kind, Value::FALSE)
}

/// Methods of State that generate.
struct Generating;

#[ruby_methods("JSON::Ext::Generator::State")]
impl Generating {
    /// `State.generate(value, options, io)`: without an object for the options unless something asks for one.
    #[singleton("generate")]
    fn generate_with(vm: &mut Vm, _this: Value, value: Value, options: Value, io: Value) -> RResult {
        let mut state = State::default();
        if let Some(options) = options_of(vm, options)? {
            state.configure(vm, options)?;
        }
        generate(vm, state, None, value, Kind::Any, io)
    }

    #[singleton("from_state")]
    fn from_state(vm: &mut Vm, this: Value, options: Value) -> RResult {
        from_state(vm, this, options)
    }

    #[method("generate")]
    fn generate(vm: &mut Vm, this: Value, value: Value, io: Option<Value>) -> RResult {
        let state = state::state(vm, this)?.clone();
        generate(vm, state, Some(this), value, Kind::Any, io.unwrap_or(Value::NIL))
    }
}

macro_rules! to_json {
    ($($group:ident $class:literal $kind:expr;)*) => { $(
        struct $group;

        #[ruby_methods($class)]
        impl $group {
            #[method("to_json")]
            fn to_json(vm: &mut Vm, this: Value, state: Option<Value>) -> RResult {
                to_json(vm, this, state, $kind)
            }
        }
    )* };
}

to_json! {
    OfObject "JSON::Ext::Generator::GeneratorMethods::Object" Kind::Other;
    OfHash "JSON::Ext::Generator::GeneratorMethods::Hash" Kind::Hash;
    OfArray "JSON::Ext::Generator::GeneratorMethods::Array" Kind::Array;
    OfInteger "JSON::Ext::Generator::GeneratorMethods::Integer" Kind::Any;
    OfFloat "JSON::Ext::Generator::GeneratorMethods::Float" Kind::Any;
    OfString "JSON::Ext::Generator::GeneratorMethods::String" Kind::String;
    OfTrue "JSON::Ext::Generator::GeneratorMethods::TrueClass" Kind::Any;
    OfFalse "JSON::Ext::Generator::GeneratorMethods::FalseClass" Kind::Any;
    OfNil "JSON::Ext::Generator::GeneratorMethods::NilClass" Kind::Any;
}
