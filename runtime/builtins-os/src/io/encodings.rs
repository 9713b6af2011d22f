//! The encodings of an IO: what mode strings, keywords and `set_encoding` name, and what the defaults make of it.

use super::data::{IoData, Mode, io_data, open_io};
use crate::errors::check;
use macros::ruby_methods;
use text::encoding::Encoding;
use text::transcode::{Newline, Options};
use vm::{Keywords, RResult, RString, Value, Vm};

/// The encoding that characters get in the program, as it was asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Inner {
    /// Nothing was said: the default one.
    #[default]
    Default,
    /// Characters stay as they are in the file.
    Same,
    /// This one.
    Named(Encoding),
}

/// What was asked for.
#[derive(Clone, Copy, Default)]
pub struct Wanted {
    /// The encoding of the file, None for the default one.
    pub outer: Option<Encoding>,
    /// The encoding of the program.
    pub inner: Inner,
    /// Does a byte order mark tell the encoding?
    pub has_mark: bool,
}

impl Wanted {
    /// The encodings of an IO, external and internal, None where the default counts that is in force when it is looked at.
    pub fn resolve(self, vm: &mut Vm) -> (Option<Encoding>, Option<Encoding>) {
        let outer = self.outer.unwrap_or_else(|| vm.default_external());
        let inner = match self.inner {
            _ if outer == Encoding::BINARY => None,
            Inner::Default => vm.default_internal(),
            Inner::Same => None,
            Inner::Named(encoding) => Some(encoding),
        };
        match inner {
            Some(inner) if inner != outer || self.has_mark => (Some(outer), Some(inner)),
            Some(_) => (Some(outer), None),
            None => (self.outer, None),
        }
    }
}

/// The encoding of a name; None for empty, `-` and unknown ones (those warn).
fn named(vm: &mut Vm, name: &str) -> RResult<Option<Encoding>> {
    let name = without_mark(name).unwrap_or(name);
    if name.is_empty() || name == "-" {
        return Ok(None);
    }
    match Encoding::find(name) {
        Some(encoding) => Ok(Some(encoding)),
        None => {
            vm.warn_at_caller(&format!("Unsupported encoding {name} ignored"))?;
            Ok(None)
        }
    }
}

/// What follows `BOM|` in the name of an encoding.
fn without_mark(name: &str) -> Option<&str> {
    name.get(..4).filter(|start| start.eq_ignore_ascii_case("BOM|")).map(|_| &name[4..])
}

/// Reads `EXTERNAL:INTERNAL`.
pub fn pair(vm: &mut Vm, names: &str) -> RResult<Wanted> {
    let (outer, inner) = names.split_once(':').map_or((names, None), |(outer, inner)| (outer, Some(inner)));
    let has_mark = without_mark(outer).is_some();
    let outer = named(vm, outer)?;
    let inner = match inner {
        None => Inner::Default,
        Some("-") => Inner::Same,
        Some(name) => match named(vm, name)? {
            Some(inner) if Some(inner) == outer => Inner::Same,
            Some(inner) => Inner::Named(inner),
            None => Inner::Default,
        },
    };
    Ok(Wanted { outer, inner, has_mark })
}

/// What the keywords `external_encoding`, `internal_encoding` and `encoding` ask for.
pub fn of_keywords(vm: &mut Vm, keywords: Keywords) -> RResult<Option<Wanted>> {
    let [both, outer, inner] = ["encoding", "external_encoding", "internal_encoding"].map(|name| option(vm, keywords, name));
    let (both, outer, inner) = (both?, outer?, inner?);
    if outer.is_none() && inner.is_none() {
        return both.map(|both| pair(vm, &both)).transpose();
    }
    if let Some(both) = both {
        let used = if outer.is_some() { "external" } else { "internal" };
        vm.warn_at_caller(&format!("Ignoring encoding parameter '{both}': {used}_encoding is used"))?;
    }
    let mut wanted = Wanted::default();
    if let Some(outer) = outer {
        wanted.has_mark = without_mark(&outer).is_some();
        wanted.outer = named(vm, &outer)?;
    }
    wanted.inner = match inner.as_deref() {
        None => Inner::Default,
        Some("-") => Inner::Same,
        Some(name) => named(vm, name)?.map_or(Inner::Default, Inner::Named),
    };
    Ok(Some(wanted))
}

/// The name that an option gives an encoding by; None without one.
fn option(vm: &mut Vm, keywords: Keywords, name: &str) -> RResult<Option<String>> {
    let Some(value) = keywords.get(vm, name).filter(|value| !value.is_nil()) else { return Ok(None) };
    Ok(Some(match vm.encoding_in(value) {
        Some(encoding) => encoding.name().to_string(),
        None => vm.to_str(value)?.to_text(),
    }))
}

/// Refuses what a stream of that mode cannot do.
pub fn check_mode(vm: &mut Vm, mode: Mode, external: Option<Encoding>, internal: Option<Encoding>, newline: Newline) -> RResult<()> {
    let outer = external.unwrap_or_else(|| vm.default_external());
    if mode.has(Mode::READ) && internal.is_none() && !mode.has(Mode::BINARY) && !outer.is_ascii_compatible() {
        return Err(vm.argument_error("ASCII incompatible encoding needs binmode"));
    }
    if mode.has(Mode::BINARY) && newline != Newline::Keep {
        return Err(vm.argument_error("newline decorator with binary mode"));
    }
    Ok(())
}

/// The encoding that an argument names or is.
fn found(vm: &mut Vm, value: Value) -> RResult<Option<Encoding>> {
    if let Some(encoding) = vm.encoding_in(value) {
        return Ok(Some(encoding));
    }
    let text = name_of(vm, value)?;
    named(vm, &text)
}

fn name_of(vm: &mut Vm, value: Value) -> RResult<String> {
    let text = vm.to_str(value)?;
    if !text.encoding().is_ascii_compatible() {
        return Err(vm.argument_error("invalid encoding name (non ASCII)"));
    }
    if text.bytes().contains(&0) {
        return Err(vm.argument_error("invalid encoding name (NUL byte)"));
    }
    Ok(text.to_text())
}

/// What the arguments of `set_encoding` and `pipe` ask for: external and internal encoding.
fn asked(vm: &mut Vm, outer: Value, inner: Value) -> RResult<(Option<Encoding>, Option<Encoding>)> {
    if !inner.is_nil() {
        let outer = found(vm, outer)?;
        let is_same = RString::new(inner).is_some_and(|name| name.bytes() == b"-");
        let inner = if is_same { None } else { found(vm, inner)? };
        return Ok((outer, inner.filter(|&inner| Some(inner) != outer && outer != Some(Encoding::BINARY))));
    }
    let wanted = match vm.encoding_in(outer) {
        Some(encoding) => Wanted { outer: Some(encoding), ..Wanted::default() },
        None if outer.is_nil() => Wanted::default(),
        None => {
            let names = name_of(vm, outer)?;
            pair(vm, &names)?
        }
    };
    Ok(wanted.resolve(vm))
}

/// Gives a stream the encodings of the arguments.
pub fn set(vm: &mut Vm, io: Value, outer: Value, inner: Value, keywords: Keywords) -> RResult<()> {
    let (external, internal) = asked(vm, outer, inner)?;
    let target = internal.or(external).unwrap_or_else(|| vm.default_external());
    let conversion = if keywords.hash().is_some() { Some(vm.transcode_options(keywords, target)?) } else { None };
    let mode = open_io(vm, io)?.mode;
    let newline = conversion.as_ref().map_or(Newline::Keep, |conversion| conversion.newline);
    check_mode(vm, mode, external, internal, newline)?;
    let data = open_io(vm, io)?;
    (data.external, data.internal) = (external, internal);
    data.conversion = conversion.unwrap_or(Options { newline: data.conversion.newline, ..Options::default() });
    data.restart_reading();
    Ok(())
}

/// Methods about encodings.
pub struct Encodings;

#[ruby_methods("IO")]
impl Encodings {
    #[method("external_encoding")]
    fn external_encoding(vm: &mut Vm, this: Value) -> RResult {
        let default = vm.default_external();
        let data = io_data(vm, this)?;
        let encoding = match data.external {
            Some(encoding) => encoding,
            None if data.mode.has(Mode::WRITE) => return Ok(Value::NIL),
            None => data.read_encoding(default),
        };
        Ok(vm.encoding_object(encoding))
    }

    #[method("internal_encoding")]
    fn internal_encoding(vm: &mut Vm, this: Value) -> RResult {
        match io_data(vm, this)?.internal {
            Some(encoding) => Ok(vm.encoding_object(encoding)),
            None => Ok(Value::NIL),
        }
    }

    #[method("set_encoding")]
    fn set_encoding(vm: &mut Vm, this: Value, external: Value, internal: Option<Value>, keywords: Keywords) -> RResult {
        set(vm, this, external, internal.unwrap_or(Value::NIL), keywords)?;
        Ok(this)
    }

    /// The encoding that a byte order mark tells, for streams in binary mode; nil where there is none.
    #[method("set_encoding_by_bom")]
    fn set_encoding_by_mark(vm: &mut Vm, this: Value) -> RResult {
        let data = open_io(vm, this)?;
        let (is_binary, external, internal) = (data.mode.has(Mode::BINARY), data.external, data.internal);
        if !is_binary {
            return Err(vm.argument_error("ASCII incompatible encoding needs binmode"));
        }
        if internal.is_some() {
            return Err(vm.argument_error("encoding conversion is set"));
        }
        if let Some(encoding) = external.filter(|&encoding| encoding != Encoding::BINARY) {
            return Err(vm.argument_error(&format!("encoding is set to {} already", encoding.name())));
        }
        let mark = open_io(vm, this)?.take_mark();
        let Some(encoding) = check(vm, mark, "")? else { return Ok(Value::NIL) };
        open_io(vm, this)?.external = Some(encoding);
        Ok(vm.encoding_object(encoding))
    }
}

impl IoData {
    /// What was read as characters of another encoding, and is not taken yet, is converted again.
    fn restart_reading(&mut self) {
        if let Some(reading) = self.reading.take() {
            self.unread_behind(&reading.raw);
        }
    }
}
