//! Symbol: mostly what its text does.
//!
//! Source: CRuby `string.c` (`sym_*`).

use crate::common::intern;
use macros::ruby_methods;
use text::Encoding;
use vm::{RArray, RResult, RString, Symbol, Value, Vm, sym};

/// Methods of Symbol.
pub struct Symbols;

#[ruby_methods("Symbol")]
impl Symbols {
    #[singleton("all_symbols")]
    fn all(vm: &mut Vm, _this: Value) -> RResult {
        let list = vm.new_array();
        for number in 0..vm.symbols.len() {
            vm.push(list, Value::symbol(Symbol(number as u32)))?;
        }
        Ok(list.value())
    }

    #[method("to_s", "id2name")]
    fn to_s(vm: &mut Vm, this: Symbol) -> RString {
        text(vm, this)
    }

    #[method("name")]
    fn name(vm: &mut Vm, this: Symbol) -> Value {
        let (bytes, encoding) = parts(vm, this);
        vm.frozen_string(&bytes, encoding)
    }

    #[method("to_sym", "intern", effects = "pure")]
    fn to_sym(_vm: &mut Vm, this: Symbol) -> Symbol {
        this
    }

    #[method("to_proc")]
    fn to_proc(vm: &mut Vm, this: Symbol) -> Value {
        vm.plain_symbol_proc(this).value()
    }

    #[method("inspect")]
    fn inspect(vm: &mut Vm, this: Symbol) -> Value {
        let result = vm.result_encoding();
        let (bytes, encoding) = parts(vm, this);
        let shown = text::inspect::inspect_symbol(encoding, &bytes, result);
        vm.string(&shown, result)
    }

    #[method("==", "===", effects = "pure")]
    fn equal(_vm: &mut Vm, this: Symbol, other: Value) -> bool {
        Value::symbol(this) == other
    }

    #[method("<=>")]
    fn compare(vm: &mut Vm, this: Symbol, other: Value) -> Value {
        let Some(other) = other.as_symbol() else { return Value::NIL };
        let (a, b) = (text(vm, this), text(vm, other));
        Value::small(crate::string::basic::order(vm, a, b) as i64)
    }

    #[method("casecmp")]
    fn casecmp(vm: &mut Vm, this: Symbol, other: Value) -> RResult {
        let Some(other) = other.as_symbol() else { return Ok(Value::NIL) };
        let other = text(vm, other).value();
        delegate(vm, this, "casecmp", &[other])
    }

    #[method("casecmp?")]
    fn is_casecmp(vm: &mut Vm, this: Symbol, other: Value) -> RResult {
        let Some(other) = other.as_symbol() else { return Ok(Value::NIL) };
        let other = text(vm, other).value();
        delegate(vm, this, "casecmp?", &[other])
    }

    #[method("=~")]
    fn matches(vm: &mut Vm, this: Symbol, other: Value) -> RResult {
        delegate(vm, this, "=~", &[other])
    }

    #[method("match")]
    fn match_data(vm: &mut Vm, this: Symbol, args: &[Value], block: vm::Block) -> RResult {
        let this = text(vm, this).value();
        vm.call_with_block(this, sym::MATCH_M, args, block.word())
    }

    #[method("match?")]
    fn is_match(vm: &mut Vm, this: Symbol, args: &[Value]) -> RResult {
        delegate(vm, this, "match?", args)
    }

    #[method("[]", "slice")]
    fn get(vm: &mut Vm, this: Symbol, args: &[Value]) -> RResult {
        delegate(vm, this, "[]", args)
    }

    #[method("length", "size")]
    fn length(vm: &mut Vm, this: Symbol) -> usize {
        let this = text(vm, this);
        crate::common::char_length(this)
    }

    #[method("empty?")]
    fn is_empty(vm: &mut Vm, this: Symbol) -> bool {
        vm.symbols.bytes(this).is_empty()
    }

    #[method("encoding")]
    fn encoding(vm: &mut Vm, this: Symbol) -> Value {
        let (_, encoding) = parts(vm, this);
        vm.encoding_object(encoding)
    }

    #[method("start_with?")]
    fn starts_with(vm: &mut Vm, this: Symbol, args: &[Value]) -> RResult {
        delegate(vm, this, "start_with?", args)
    }

    #[method("end_with?")]
    fn ends_with(vm: &mut Vm, this: Symbol, args: &[Value]) -> RResult {
        delegate(vm, this, "end_with?", args)
    }

    #[method("succ", "next")]
    fn succ(vm: &mut Vm, this: Symbol) -> RResult {
        delegate_to_symbol(vm, this, "succ", &[])
    }

    #[method("upcase")]
    fn upcase(vm: &mut Vm, this: Symbol, args: &[Value]) -> RResult {
        delegate_to_symbol(vm, this, "upcase", args)
    }

    #[method("downcase")]
    fn downcase(vm: &mut Vm, this: Symbol, args: &[Value]) -> RResult {
        delegate_to_symbol(vm, this, "downcase", args)
    }

    #[method("capitalize")]
    fn capitalize(vm: &mut Vm, this: Symbol, args: &[Value]) -> RResult {
        delegate_to_symbol(vm, this, "capitalize", args)
    }

    #[method("swapcase")]
    fn swapcase(vm: &mut Vm, this: Symbol, args: &[Value]) -> RResult {
        delegate_to_symbol(vm, this, "swapcase", args)
    }
}

fn parts(vm: &Vm, this: Symbol) -> (Vec<u8>, Encoding) {
    let encoding = Encoding::from_index(vm.symbols.encoding(this)).unwrap_or(Encoding::UTF_8);
    (vm.symbols.bytes(this).to_vec(), encoding)
}

/// The text of a Symbol as a new String.
pub fn text(vm: &mut Vm, this: Symbol) -> RString {
    let (bytes, encoding) = parts(vm, this);
    vm.new_string(&bytes, encoding)
}

fn delegate(vm: &mut Vm, this: Symbol, name: &str, args: &[Value]) -> RResult {
    let this = text(vm, this).value();
    vm.send(this, name, args)
}

fn delegate_to_symbol(vm: &mut Vm, this: Symbol, name: &str, args: &[Value]) -> RResult {
    let result = delegate(vm, this, name, args)?;
    match RString::new(result) {
        Some(text) => intern(vm, text),
        None => Ok(result),
    }
}

/// `[text, ...]` of Symbols, for lists of names.
pub fn names(vm: &mut Vm, names: &[(Vec<u8>, Vec<usize>)], encoding: Encoding) -> RResult<RArray> {
    let list = vm.new_array();
    for (name, _) in names {
        let name = vm.string(name, encoding);
        vm.push(list, name)?;
    }
    Ok(list)
}
