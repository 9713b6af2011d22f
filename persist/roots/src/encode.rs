//! Objects to records. Runs no code of the program.

use crate::class;
use crate::closure;
use crate::cuts::{self, cuts_of};
use crate::parts::{Cutting, is_large};
use crate::pending::PendingCommit;
use codec::{BodyWriter, Field, RecordKind};
use objects::{ProcBody, RArray, RClass, RData, REnv, RHash, RProc, RRange, RString};
use store::Content;
use value::{Kind, Symbol, Value};
use vm::{RResult, Raised, Vm, sym};

/// Objects of a path that an error names.
const PATH_MAX: usize = 8;

/// An object's content, and its parts behind the first.
#[derive(Clone)]
pub struct Encoded {
    pub content: Content,
    pub cutting: Cutting,
}

/// Encodes one object.
pub fn encode(vm: &mut Vm, object: Value, pending: &mut PendingCommit<'_>) -> RResult<Encoded> {
    vm.load(object)?;
    let mut writer = BodyWriter::default();
    let kind = match object.kind() {
        Some(Kind::Class) => {
            class::encode(vm, object, &mut writer, pending)?;
            RecordKind::Class
        }
        Some(Kind::Env) => {
            let environment = REnv::new(object).expect("an environment");
            closure::encode_variables(vm, environment, &mut writer, pending)?;
            RecordKind::Variables
        }
        _ => encode_data(vm, object, &mut writer, pending)?,
    };
    let (refs, body, parts) = writer.finish();
    let cuts = if parts.is_empty() || kind == RecordKind::String { Vec::new() } else { cuts_of(pending.space, vm, object, &parts) };
    let content = Content { kind: kind as u8, flags: u32::from(vm.is_frozen(object)), refs, body };
    Ok(Encoded { content, cutting: Cutting { parts, cuts } })
}

fn encode_data(vm: &mut Vm, object: Value, writer: &mut BodyWriter, pending: &mut PendingCommit<'_>) -> RResult<RecordKind> {
    let class = vm.real_class_of(object);
    if pending.space.entry(object).is_none() && class::refuses_instances(vm, class) {
        return Err(not_persistable(vm, object, "instances of its class are not persistable", pending));
    }
    let class = class_field(vm, class, pending)?;
    writer.field(&class);
    let kind = match object.kind() {
        Some(Kind::String) => {
            let text = RString::new(object).expect("a String");
            writer.number(u64::from(text.encoding().index()));
            match is_large(object) {
                true => writer.large_bytes(text.bytes()),
                false => writer.bytes(text.bytes()),
            }
            RecordKind::String
        }
        Some(Kind::Array) => {
            let list = RArray::new(object).expect("an Array");
            writer.number(list.len() as u64);
            encode_entries(vm, object, writer, pending, &mut |vm, index, writer, pending| {
                put(vm, list.get(index).unwrap_or(Value::NIL), writer, pending)
            })?;
            RecordKind::Array
        }
        Some(Kind::Hash) => {
            encode_hash(vm, object, writer, pending)?;
            RecordKind::Hash
        }
        Some(Kind::Range) => {
            let range = RRange::new(object).expect("a Range");
            put(vm, range.low(), writer, pending)?;
            put(vm, range.high(), writer, pending)?;
            writer.number(u64::from(range.is_exclusive()));
            RecordKind::Range
        }
        Some(Kind::Object) => RecordKind::Object,
        Some(Kind::Proc) => {
            closure::encode(vm, RProc::new(object).expect("a Proc"), writer, pending)?;
            RecordKind::Proc
        }
        _ => encode_native(vm, object, writer, pending)?,
    };
    encode_slots(vm, object, writer, pending)?;
    class::encode_singleton(vm, object, writer, pending)?;
    Ok(kind)
}

/// A native part: as bytes, or as values.
fn encode_native(vm: &mut Vm, object: Value, writer: &mut BodyWriter, pending: &mut PendingCommit<'_>) -> RResult<RecordKind> {
    if let Some(state) = RData::new(object).and_then(|data| data.save(&vm.heap)) {
        writer.bytes(&state);
        return Ok(RecordKind::Native);
    }
    let Some((name, values)) = vm.take_apart(object)? else {
        return Err(not_persistable(vm, object, "its state lives in this process only", pending));
    };
    writer.bytes(name.as_bytes());
    writer.number(values.len() as u64);
    for index in 0..values.len() {
        put(vm, values.get(index).unwrap_or(Value::NIL), writer, pending)?;
    }
    Ok(RecordKind::Parts)
}

/// Bits of a Hash's first number.
pub const IDENTITY: u64 = 1;
pub const DEFAULT_PROC: u64 = 2;

fn encode_hash(vm: &mut Vm, object: Value, writer: &mut BodyWriter, pending: &mut PendingCommit<'_>) -> RResult<()> {
    let hash = RHash::new(object).expect("a Hash");
    let has_proc = !hash.default_proc().is_nil();
    writer.number(u64::from(hash.is_identity()) * IDENTITY + u64::from(has_proc) * DEFAULT_PROC);
    put(vm, if has_proc { hash.default_proc() } else { hash.default() }, writer, pending)?;
    writer.number(hash.len() as u64);
    encode_entries(vm, object, writer, pending, &mut |vm, position, writer, pending| {
        let Some(entry) = hash.table(&vm.heap).entry(position) else { return Ok(()) };
        put(vm, entry.key, writer, pending)?;
        put(vm, entry.value, writer, pending)
    })
}

/// Writes the entry at a position, if there is one.
type PutEntry<'a> = &'a mut dyn FnMut(&mut Vm, usize, &mut BodyWriter, &mut PendingCommit<'_>) -> RResult<()>;

/// The entries of an Array or a Hash; those of a large one in parts, of which the clean ones are kept.
fn encode_entries(vm: &mut Vm, object: Value, writer: &mut BodyWriter, pending: &mut PendingCommit<'_>, put_entry: PutEntry<'_>) -> RResult<()> {
    let is_large = is_large(object);
    let clean = if is_large { pending.clean_parts(vm, object) } else { Vec::new() };
    let mut clean = clean.into_iter().peekable();
    let mut position = 0;
    while position < cuts::positions(vm, object) {
        while clean.next_if(|part| part.positions.start < position).is_some() {}
        if writer.is_at_part()
            && let Some(part) = clean.next_if(|part| part.positions.start == position)
        {
            position = part.positions.end;
            writer.keep_part(part.number, position);
            continue;
        }
        put_entry(vm, position, writer, pending)?;
        position += 1;
        if is_large {
            writer.end_entry(position);
        }
    }
    Ok(())
}

/// Instance variables by name, hidden ones included; places of exceptions stay behind.
fn encode_slots(vm: &mut Vm, object: Value, writer: &mut BodyWriter, pending: &mut PendingCommit<'_>) -> RResult<()> {
    if vm.hidden(object, sym::H_LOCATIONS).is_some() {
        // The places are of this process, what they are called is not.
        vm.backtrace_of(object);
    }
    let mut slots = vm.all_slots(object);
    slots.update(|slots| slots.retain(|&(name, _)| name != sym::H_LOCATIONS));
    writer.number(slots.len() as u64);
    for &(name, value) in slots.iter() {
        writer.symbol(vm.symbols.encoding(name), vm.symbols.bytes(name));
        let value = if is_core_size(vm, object, name, value) { Value::symbol(name) } else { value };
        put(vm, value, writer, pending)?;
    }
    Ok(())
}

/// An Enumerator of a core method has a size that code of the core computes: it asks that method again.
fn is_core_size(vm: &Vm, object: Value, name: Symbol, value: Value) -> bool {
    let Some(ProcBody::Block { code, .. }) = RProc::new(value).map(RProc::body) else { return false };
    code.file.starts_with("<internal:") && vm.symbols.bytes(name) == b"size" && vm.class_of(object).inherits(vm.class_view(vm.core.enumerator))
}

/// Writes a value as a field.
pub fn put(vm: &mut Vm, value: Value, writer: &mut BodyWriter, pending: &mut PendingCommit<'_>) -> RResult<()> {
    match value.as_symbol() {
        Some(symbol) => writer.symbol(vm.symbols.encoding(symbol), vm.symbols.bytes(symbol)),
        None => writer.field(&field_of(vm, value, pending)?),
    }
    Ok(())
}

/// A value as field; other objects get an id when they have none.
pub fn field_of(vm: &mut Vm, value: Value, pending: &mut PendingCommit<'_>) -> RResult<Field> {
    match value {
        Value::NIL => return Ok(Field::Nil),
        Value::TRUE => return Ok(Field::True),
        Value::FALSE => return Ok(Field::False),
        Value::UNDEF => return Ok(Field::Unset),
        _ => {}
    }
    if let Some(number) = value.as_fixnum() {
        return Ok(Field::Int(number));
    }
    if let Some(symbol) = value.as_symbol() {
        return Ok(Field::Symbol(vm.symbols.encoding(symbol), vm.symbols.bytes(symbol).to_vec()));
    }
    if Vm::is_ghost(value) {
        return Ok(Field::Ref(pending.id_of(vm, value)?));
    }
    if let Some(entry) = pending.space.entry(value).filter(|_| RClass::new(value).is_none()) {
        return Ok(Field::Ref(entry.oid));
    }
    if let Some(number) = objects::number::float_of(value) {
        return Ok(Field::Float(number));
    }
    if let Some(number) = objects::number::bignum_of(&value) {
        return Ok(Field::Big(number.to_signed_bytes_le()));
    }
    if pending.space.is_nil_class(RClass::new(value).unwrap_or_else(|| vm.real_class_of(value)).value()) {
        return Ok(Field::Nil);
    }
    if let Some(class) = RClass::new(value) {
        return class_field(vm, class, pending);
    }
    if let Some(regexp) = regexp_field(vm, value) {
        return Ok(regexp);
    }
    if let Some(name) = encoding_name(vm, value) {
        return Ok(Field::FrozenString(1, name.into_bytes()));
    }
    match pending.space.name_of(value) {
        Some(name) => Ok(Field::FrozenString(1, name.as_bytes().to_vec())),
        None => Ok(Field::Ref(pending.id_of(vm, value)?)),
    }
}

/// An Encoding stands in records by the name of its constant.
fn encoding_name(vm: &Vm, value: Value) -> Option<String> {
    let is_native = value.header().is_some_and(|header| header.kind() == Kind::Data);
    if !is_native || !vm.encodings.contains(&value) {
        return None;
    }
    let encoding = vm.class_view(vm.core.encoding);
    let mut constants = encoding.data().constants.iter();
    let (name, _) = constants.find(|(_, constant)| constant.value == value)?;
    Some(format!("Encoding::{}", vm.symbols.text(name)))
}

/// A frozen Regexp is its pattern: it has no state and stands in place, so that one that is loaded is equal but not the same.
fn regexp_field(vm: &mut Vm, value: Value) -> Option<Field> {
    let is_plain = Vm::is_regexp(value) && vm.is_frozen(value) && vm.class_of(value).value() == vm.core.regexp && vm.all_slots(value).is_empty();
    let regex = if is_plain { vm.regex_of(value).ok()? } else { return None };
    let options = regex.options();
    let bits = options.bits() | if regex.is_fixed_encoding() { 16 } else { 0 } | if options.no_encoding { 32 } else { 0 };
    Some(Field::Regexp(bits as u8, regex.encoding().index(), regex.source().to_vec()))
}

/// A class: by name when it belongs to the core, else the persistent class; an error for transient ones.
pub fn class_field(vm: &mut Vm, class: RClass, pending: &mut PendingCommit<'_>) -> RResult<Field> {
    if vm.is_core_class(class) {
        return Ok(Field::FrozenString(1, vm.path_of(class).into_bytes()));
    }
    if let Some(feature) = vm.library_of(class) {
        return Ok(Field::FrozenString(1, format!("{feature} {}", vm.path_of(class)).into_bytes()));
    }
    if pending.space.with(|state| state.classes.is_marked(class)) {
        return Ok(Field::Ref(pending.id_of(vm, class.value())?));
    }
    let holder = pending.path().pop().filter(|&holder| holder.header().is_some() && vm.real_class_of(holder) == class).unwrap_or(class.value());
    Err(not_persistable(vm, holder, &format!("it is a transient Ruby module/class: {}", vm.class_name_text(class)), pending))
}

/// TransactionError that names the object and how it was reached; nothing was committed.
#[cold]
pub fn not_persistable(vm: &mut Vm, object: Value, reason: &str, pending: &PendingCommit<'_>) -> Raised {
    let shown: Vec<String> = pending.path().iter().map(|&step| brief(vm, step)).collect();
    let cut = shown.len().saturating_sub(PATH_MAX);
    let dots = if cut > 0 { "... -> " } else { "" };
    let way = format!("{dots}{}", shown[cut..].join(" -> "));
    let class = vm.class_at("Maglev::TransactionError");
    let message = vm.str(&format!("The object {} may not be committed, '{reason}' (reached by {way})", brief(vm, object)));
    match vm.new_exception(class, message) {
        Ok(exception) => {
            vm.set_hidden(exception, sym::H_RECEIVER, object);
            vm.raise_exception(exception)
        }
        Err(raised) => raised,
    }
}

/// An object in a few words, without asking it.
fn brief(vm: &Vm, object: Value) -> String {
    match RClass::new(object) {
        Some(class) => vm.class_name_text(class),
        None if object.header().is_some_and(|header| header.kind() == Kind::Env) => "variables".to_string(),
        None => vm.any_to_s(object),
    }
}
