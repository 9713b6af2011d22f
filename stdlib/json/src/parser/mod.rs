//! `json/ext/parser`: JSON::Ext::ParserConfig and JSON::Ext::Parser.parse.
//!
//! Rooms: here the options, `document` the grammar, `scalar` strings and numbers, `fault` the errors with their places.

mod document;
mod fault;
mod scalar;

use crate::Duplicates;
use document::Parser;
use heap::Tracer;
use macros::ruby_methods;
use objects::NativeData;
use text::{CodeRange, Encoding};
use vm::{RHash, RResult, RString, Symbol, Value, Vm};

/// Defines the parser.
pub fn init(vm: &mut Vm) -> RResult<()> {
    crate::require(vm, "json/common")?;
    let object = vm.core.object;
    let json = vm.define_module_under(object, "JSON");
    let outer = vm.define_module_under(json, "Ext");
    let config = vm.define_class_under(outer, "ParserConfig", object);
    vm.set_allocator(config, |vm, class| Ok(vm.data(class, Box::<Settings>::default())));
    vm.define_class_under(outer, "Parser", object);
    vm.define_groups(&[Config::GROUP, Parsing::GROUP]);
    Ok(())
}

/// What numbers with a fraction or an exponent become.
#[derive(Clone, Copy)]
enum Decimal {
    Float,
    /// What a method makes of their text.
    Made(Value, Symbol),
}

/// The options.
#[derive(Clone, Copy)]
struct Settings {
    /// How deep arrays and objects may lie in each other; 0 for any depth.
    max_nesting: i64,
    allow_nan: bool,
    allow_trailing_comma: bool,
    allow_control_characters: bool,
    symbolize_names: bool,
    freeze: bool,
    duplicates: Duplicates,
    decimal: Decimal,
    /// Called with each value; its result takes the value's place.
    on_load: Option<Value>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            max_nesting: 100,
            allow_nan: false,
            allow_trailing_comma: false,
            allow_control_characters: false,
            symbolize_names: false,
            freeze: false,
            duplicates: Duplicates::default(),
            decimal: Decimal::Float,
            on_load: None,
        }
    }
}

impl NativeData for Settings {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if let Decimal::Made(maker, _) = self.decimal {
            tracer.value(maker);
        }
        if let Some(callable) = self.on_load {
            tracer.value(callable);
        }
    }
}

impl Settings {
    /// From a Hash of options, nil for none.
    fn from_options(vm: &mut Vm, options: Value) -> RResult<Settings> {
        let mut settings = Settings::default();
        if options.is_nil() {
            return Ok(settings);
        }
        let Some(options) = RHash::new(options) else { return Err(vm.wrong_type(options, "Hash")) };
        for position in 0..options.table(&vm.heap).positions() {
            let Some(entry) = options.table(&vm.heap).entry(position) else { continue };
            if let Some(name) = entry.key.as_symbol() {
                let name = vm.symbols.text(name).into_owned();
                settings.set(vm, &name, entry.value)?;
            }
        }
        Ok(settings)
    }

    fn set(&mut self, vm: &mut Vm, name: &str, value: Value) -> RResult<()> {
        let is_set = value.truthy();
        match name {
            "max_nesting" => self.max_nesting = value.as_fixnum().unwrap_or(0),
            "allow_nan" => self.allow_nan = is_set,
            "allow_trailing_comma" => self.allow_trailing_comma = is_set,
            "allow_control_characters" => self.allow_control_characters = is_set,
            "symbolize_names" => self.symbolize_names = is_set,
            "freeze" => self.freeze = is_set,
            "on_load" => self.on_load = is_set.then_some(value),
            "allow_duplicate_key" => self.duplicates = Duplicates::from_option(value),
            "decimal_class" if is_set => self.decimal = decimal(vm, value)?,
            _ => {}
        }
        Ok(())
    }
}

/// How numbers become objects of a class: by its `try_convert` or `new`, else by the function that is named after it.
fn decimal(vm: &mut Vm, class: Value) -> RResult<Decimal> {
    for name in ["try_convert", "new"] {
        let name = vm.intern(name);
        if vm.responds_to(class, name, false)? {
            return Ok(Decimal::Made(class, name));
        }
    }
    let Some(view) = vm::RClass::new(class) else { return Ok(Decimal::Float) };
    let path = vm.class_name_text(view);
    let (outer, name) = match path.rsplit_once("::") {
        Some((outer, name)) => (vm.class_at(outer), name),
        None => (vm.core.kernel, path.as_str()),
    };
    let name = vm.intern(name);
    Ok(if vm.responds_to(outer, name, true)? { Decimal::Made(outer, name) } else { Decimal::Float })
}

/// The source as UTF-8.
fn converted(vm: &mut Vm, source: Value) -> RResult<RString> {
    let source = vm.to_str(source)?;
    let encoding = source.encoding();
    let is_fitting = encoding == Encoding::UTF_8 || encoding == Encoding::BINARY;
    if is_fitting || encoding.is_ascii_compatible() && source.code_range() == CodeRange::SevenBit {
        return Ok(source);
    }
    let target = vm.encoding_object(Encoding::UTF_8);
    let converted = vm.send(source.value(), "encode", &[target])?;
    vm.to_str(converted)
}

fn parse(vm: &mut Vm, source: Value, settings: Settings) -> RResult {
    // A copy, since `on_load` may change the String.
    let source = converted(vm, source)?;
    vm.room_for(source.len())?;
    let bytes = source.bytes().to_vec();
    Parser::new(vm, &bytes, settings).document(vm)
}

/// Methods of JSON::Ext::ParserConfig.
struct Config;

#[ruby_methods("JSON::Ext::ParserConfig")]
impl Config {
    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, options: Value) -> RResult {
        vm.check_frozen(this)?;
        let settings = Settings::from_options(vm, options)?;
        *vm.native::<Settings>(this, "JSON::Ext::ParserConfig")? = settings;
        Ok(this)
    }

    #[method("parse")]
    fn parse(vm: &mut Vm, this: Value, source: Value) -> RResult {
        let settings = *vm.native::<Settings>(this, "JSON::Ext::ParserConfig")?;
        parse(vm, source, settings)
    }
}

/// Functions of JSON::Ext::Parser.
struct Parsing;

#[ruby_methods("JSON::Ext::Parser")]
impl Parsing {
    #[singleton("parse")]
    fn parse(vm: &mut Vm, _this: Value, source: Value, options: Value) -> RResult {
        let source = converted(vm, source)?.value();
        let settings = Settings::from_options(vm, options)?;
        parse(vm, source, settings)
    }
}
