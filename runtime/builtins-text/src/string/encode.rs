//! String: encodings, transcoding, `unpack`.
//!
//! Source: CRuby `transcode.c`, `string.c`.

use crate::common::copy;
use macros::ruby_methods;
use text::transcode::{Newline, OnFault, transcode};
use text::{CodeRange, Encoding};
use vm::{Block, Keywords, RHash, RResult, RString, Raised, Value, Vm, sym};

/// Methods about encodings.
pub struct Encoded;

#[ruby_methods("String")]
impl Encoded {
    #[method("encoding")]
    fn encoding(vm: &mut Vm, this: RString) -> Value {
        vm.encoding_object(this.encoding())
    }

    #[method("force_encoding")]
    fn force_encoding(vm: &mut Vm, this: RString, encoding: Value) -> RResult {
        vm.check_frozen(this.value())?;
        let encoding = vm.to_encoding(encoding)?;
        if encoding != this.encoding() {
            this.set_encoding(encoding);
        }
        Ok(this.value())
    }

    #[method("valid_encoding?")]
    fn is_valid(_vm: &mut Vm, this: RString) -> bool {
        this.code_range() != CodeRange::Broken
    }

    #[method("ascii_only?")]
    fn is_ascii_only(_vm: &mut Vm, this: RString) -> bool {
        this.is_ascii_only()
    }

    #[method("b")]
    fn binary(vm: &mut Vm, this: RString) -> RResult {
        let bytes = this.bytes().to_vec();
        vm.try_string(&bytes, Encoding::BINARY)
    }

    #[method("encode")]
    fn encode(vm: &mut Vm, this: RString, to: Option<Value>, from: Option<Value>, keywords: Keywords) -> RResult {
        match encode(vm, this, to, from, keywords)? {
            Some((bytes, encoding)) => vm.try_string(&bytes, encoding),
            None => copy(vm, this),
        }
    }

    #[method("encode!")]
    fn encode_in_place(vm: &mut Vm, this: RString, to: Option<Value>, from: Option<Value>, keywords: Keywords) -> RResult {
        vm.check_frozen(this.value())?;
        if let Some((bytes, encoding)) = encode(vm, this, to, from, keywords)? {
            this.replace(&bytes, encoding).ok_or_else(|| vm.no_memory())?;
        }
        Ok(this.value())
    }

    #[method("unpack")]
    fn unpack(vm: &mut Vm, this: RString, template: RString, keywords: Keywords, block: Block) -> RResult {
        crate::pack::unpack(vm, this, template, keywords, false, block)
    }

    #[method("unpack1")]
    fn unpack1(vm: &mut Vm, this: RString, template: RString, keywords: Keywords) -> RResult {
        crate::pack::unpack(vm, this, template, keywords, true, Block::NONE)
    }
}

/// An encoding argument of `encode`; ConverterNotFoundError for unknown names.
fn named(vm: &mut Vm, value: Value) -> RResult<Result<Encoding, String>> {
    if let Some(encoding) = vm.encoding_in(value) {
        return Ok(Ok(encoding));
    }
    let name = vm.to_str(value)?.to_text();
    Ok(vm.find_encoding(&name).ok_or(name))
}

/// Bytes and encoding of the converted text; None when nothing has to be done.
fn encode(vm: &mut Vm, this: RString, to: Option<Value>, from: Option<Value>, keywords: Keywords) -> RResult<Option<(Vec<u8>, Encoding)>> {
    let to_name = match to {
        Some(to) => named(vm, to)?,
        None => match vm.default_internal() {
            Some(encoding) => Ok(encoding),
            None if keywords.hash().is_none() => return Ok(None),
            None => Ok(this.encoding()),
        },
    };
    let from_name = match from {
        Some(from) => named(vm, from)?,
        None => Ok(this.encoding()),
    };
    let (from, to) = match (from_name, to_name) {
        (Ok(from), Ok(to)) => (from, to),
        (from, to) => {
            let name = |side: Result<Encoding, String>| side.map_or_else(|name| name, |encoding| encoding.name().to_string());
            let error = text::transcode::converter_not_found(&name(from), &name(to));
            return Err(vm.raise_text_error(&error));
        }
    };
    let options = vm.transcode_options(keywords, to)?;
    // A copy, a result of up to four bytes a byte that has to grow, and the String.
    vm.room_for(this.len().saturating_mul(8))?;
    if from == to && options.newline == Newline::Keep && options.xml.is_none() {
        if options.invalid == OnFault::Raise {
            let bytes = this.bytes().to_vec();
            return Ok(Some((bytes, to)));
        }
        if let OnFault::Replace(replacement) = &options.invalid {
            let replacement = replacement.clone().unwrap_or_else(|| text::coderange::default_replacement(to));
            let bytes = text::coderange::scrub(to, this.bytes(), |_| Ok::<_, Raised>(replacement.clone()))?;
            return Ok(Some((bytes, to)));
        }
    }
    let ascii = this.bytes().is_ascii() && from.is_ascii_compatible() && to.is_ascii_compatible();
    if ascii && options.newline == Newline::Keep && options.xml.is_none() && !from.is_dummy() && !to.is_dummy() {
        return Ok(Some((this.bytes().to_vec(), to)));
    }
    let fallback = keywords.get(vm, "fallback").filter(|value| !value.is_nil());
    let bytes = this.bytes().to_vec();
    let mut raised = None;
    let result = transcode(&bytes, from, to, &options, &mut |character, encoding| {
        let fallback = fallback?;
        if raised.is_some() {
            return None;
        }
        match ask_fallback(vm, fallback, character, encoding, to) {
            Ok(answer) => answer,
            Err(error) => {
                raised = Some(error);
                None
            }
        }
    });
    if let Some(raised) = raised {
        return Err(raised);
    }
    match result {
        Ok(bytes) => Ok(Some((bytes, to))),
        Err(fault) => Err(vm.raise_fault(&fault, from, to)),
    }
}

fn ask_fallback(vm: &mut Vm, fallback: Value, character: &[u8], from: Encoding, to: Encoding) -> RResult<Option<Vec<u8>>> {
    let text = vm.string(character, from);
    let asked = match RHash::new(fallback) {
        Some(_) => Some(vm.call(fallback, sym::INDEX, &[text])?),
        None if vm::RProc::new(fallback).is_some() || vm.is_a(fallback, vm.core.method) => Some(vm.call(fallback, sym::CALL, &[text])?),
        None => vm.call_if_responds(fallback, sym::INDEX, &[text])?,
    };
    let answer = asked.unwrap_or(Value::NIL);
    if answer.is_nil() {
        return Ok(None);
    }
    let answer = vm.to_str(answer)?;
    let bytes = answer.bytes().to_vec();
    match text::transcode::transcode_strict(&bytes, answer.encoding(), to) {
        Ok(converted) => Ok(Some(converted)),
        Err(_) => Err(vm.argument_error("too big fallback string")),
    }
}
