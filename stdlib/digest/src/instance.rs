//! Digest, Digest::Instance and Digest::Class: what any digest can do that has `update`, `finish` and `reset`.

use macros::ruby_methods;
use vm::{RResult, RString, Raised, Value, Vm};

/// Functions of Digest.
pub struct Encoding;

#[ruby_methods("Digest")]
impl Encoding {
    /// The bytes in hexadecimal.
    #[module_function("hexencode")]
    fn hexencode(vm: &mut Vm, _this: Value, bytes: RString) -> Value {
        hexadecimal(vm, bytes)
    }
}

/// Methods of Digest::Instance.
pub struct Instance;

#[ruby_methods("Digest::Instance")]
impl Instance {
    #[method("update", "<<")]
    fn update(vm: &mut Vm, this: Value, _text: Value) -> RResult {
        Err(missing(vm, this, "update"))
    }

    #[method("finish", private)]
    fn finish(vm: &mut Vm, this: Value) -> RResult {
        Err(missing(vm, this, "finish"))
    }

    #[method("reset")]
    fn reset(vm: &mut Vm, this: Value) -> RResult {
        Err(missing(vm, this, "reset"))
    }

    #[method("block_length")]
    fn block_length(vm: &mut Vm, this: Value) -> RResult {
        Err(missing(vm, this, "block_length"))
    }

    /// A fresh digest of the same kind.
    #[method("new")]
    fn new(vm: &mut Vm, this: Value) -> RResult {
        let copy = vm.send(this, "clone", &[])?;
        vm.send(copy, "reset", &[])
    }

    #[method("digest")]
    fn digest(vm: &mut Vm, this: Value, text: Option<Value>) -> RResult {
        digest(vm, this, text)
    }

    #[method("digest!")]
    fn digest_and_reset(vm: &mut Vm, this: Value) -> RResult {
        let result = vm.send(this, "finish", &[])?;
        vm.send(this, "reset", &[])?;
        Ok(result)
    }

    #[method("hexdigest")]
    fn hexdigest(vm: &mut Vm, this: Value, text: Option<Value>) -> RResult {
        let result = digest(vm, this, text)?;
        let result = vm.to_str(result)?;
        Ok(hexadecimal(vm, result))
    }

    #[method("hexdigest!")]
    fn hexdigest_and_reset(vm: &mut Vm, this: Value) -> RResult {
        let result = Instance::digest_and_reset(vm, this)?;
        let result = vm.to_str(result)?;
        Ok(hexadecimal(vm, result))
    }

    #[method("to_s")]
    fn to_s(vm: &mut Vm, this: Value) -> RResult {
        vm.send(this, "hexdigest", &[])
    }

    #[method("inspect")]
    fn inspect(vm: &mut Vm, this: Value) -> RResult<String> {
        let shown = Instance::hexdigest(vm, this, None)?;
        Ok(format!("#<{}: {}>", vm.class_name_of(this), vm.to_s_text(shown)?))
    }

    /// Equal to digests of equal content and to Strings with their hexadecimal form.
    #[method("==")]
    fn equal(vm: &mut Vm, this: Value, other: Value) -> RResult<bool> {
        let instance = vm.class_at("Digest::Instance");
        let is_digest = vm.is_a(other, instance);
        let ours = vm.send(this, if is_digest { "digest" } else { "to_s" }, &[])?;
        let ours = vm.to_str(ours)?;
        let theirs = if is_digest { vm.send(other, "digest", &[])? } else { other };
        Ok(vm.try_to_str(theirs)?.is_some_and(|theirs| ours.bytes() == theirs.bytes()))
    }

    #[method("digest_length")]
    fn digest_length(vm: &mut Vm, this: Value) -> RResult<usize> {
        let result = digest(vm, this, None)?;
        Ok(vm.to_str(result)?.len())
    }

    #[method("length", "size")]
    fn length(vm: &mut Vm, this: Value) -> RResult {
        vm.send(this, "digest_length", &[])
    }
}

/// Functions of digest classes.
pub struct Class;

#[ruby_methods("Digest::Class")]
impl Class {
    #[method("initialize", private)]
    fn initialize(_vm: &mut Vm, this: Value) -> Value {
        this
    }

    /// `Class.digest(text, *arguments)`: that of a digest made with the arguments.
    #[singleton("digest")]
    fn digest(vm: &mut Vm, this: Value, args: &[Value]) -> RResult {
        let Some((&text, args)) = args.split_first() else { return Err(vm.argument_error("no data given")) };
        let made = vm.send(this, "new", args)?;
        vm.send(made, "digest", &[text])
    }

    #[singleton("hexdigest")]
    fn hexdigest(vm: &mut Vm, this: Value, args: &[Value]) -> RResult {
        let result = vm.send(this, "digest", args)?;
        let result = vm.to_str(result)?;
        Ok(hexadecimal(vm, result))
    }
}

/// The digest of the text alone, or of what was taken in so far, which stays.
fn digest(vm: &mut Vm, this: Value, text: Option<Value>) -> RResult {
    let Some(text) = text else {
        let copy = vm.send(this, "clone", &[])?;
        return vm.send(copy, "finish", &[]);
    };
    vm.send(this, "reset", &[])?;
    vm.send(this, "update", &[text])?;
    Instance::digest_and_reset(vm, this)
}

fn missing(vm: &mut Vm, this: Value, method: &str) -> Raised {
    let class = vm.class_name_of(this);
    vm.runtime_error(&format!("{class} does not implement {method}()"))
}

/// A String of bytes.
pub fn binary(vm: &mut Vm, bytes: &[u8]) -> Value {
    vm.string(bytes, text::Encoding::BINARY)
}

fn hexadecimal(vm: &mut Vm, bytes: RString) -> Value {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits: Vec<u8> = bytes.bytes().iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]).collect();
    vm.string(&digits, text::Encoding::US_ASCII)
}
