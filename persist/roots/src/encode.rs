//! Objects to records.

use crate::space::Space;
use codec::{BodyWriter, Field, RecordKind};
use objects::{RArray, RClass, RHash, RRange, RString};
use store::{Content, Oid};
use value::{Kind, Value};
use vm::{RResult, Raised, Vm, sym};

/// What a commit collects while it encodes.
pub struct Collected {
    /// New objects that got an id and wait for being encoded.
    pub fresh: Vec<Value>,
    /// Ids not given out yet.
    pub ids: Vec<Oid>,
}

/// Encodes one object.
pub fn encode(space: &Space, vm: &mut Vm, object: Value, collected: &mut Collected) -> RResult<Content> {
    let mut writer = BodyWriter::default();
    let kind = match object.kind() {
        Some(Kind::Class) => {
            crate::class::encode(space, vm, object, &mut writer, collected)?;
            RecordKind::Class
        }
        _ => encode_data(space, vm, object, &mut writer, collected)?,
    };
    let (refs, body) = writer.finish();
    Ok(Content { kind: kind as u8, flags: u32::from(vm.is_frozen(object)), refs, body })
}

fn encode_data(space: &Space, vm: &mut Vm, object: Value, writer: &mut BodyWriter, collected: &mut Collected) -> RResult<RecordKind> {
    let class = vm.real_class_of(object);
    let class = class_field(space, vm, class, object, collected)?;
    writer.field(&class);
    let kind = match object.kind() {
        Some(Kind::String) => {
            let text = RString::new(object).expect("a String");
            writer.number(u64::from(text.encoding().index()));
            writer.bytes(text.bytes());
            RecordKind::String
        }
        Some(Kind::Array) => {
            let list = RArray::new(object).expect("an Array");
            writer.number(list.len() as u64);
            for index in 0..list.len() {
                put(space, vm, list.get(index).unwrap_or(Value::NIL), object, writer, collected)?;
            }
            RecordKind::Array
        }
        Some(Kind::Hash) => {
            encode_hash(space, vm, object, writer, collected)?;
            RecordKind::Hash
        }
        Some(Kind::Range) => {
            let range = RRange::new(object).expect("a Range");
            put(space, vm, range.low(), object, writer, collected)?;
            put(space, vm, range.high(), object, writer, collected)?;
            writer.number(u64::from(range.is_exclusive()));
            RecordKind::Range
        }
        Some(Kind::Object) => RecordKind::Object,
        _ => return Err(not_persistable(vm, object, "its state lives in this process only")),
    };
    encode_slots(space, vm, object, writer, collected)?;
    Ok(kind)
}

fn encode_hash(space: &Space, vm: &mut Vm, object: Value, writer: &mut BodyWriter, collected: &mut Collected) -> RResult<()> {
    let hash = RHash::new(object).expect("a Hash");
    if !hash.default_proc().is_nil() {
        return Err(not_persistable(vm, object, "it has a default proc"));
    }
    writer.number(u64::from(hash.is_identity()));
    put(space, vm, hash.default(), object, writer, collected)?;
    writer.number(hash.len() as u64);
    for position in 0..hash.table(&vm.heap).positions() {
        let Some(entry) = hash.table(&vm.heap).entry(position) else { continue };
        put(space, vm, entry.key, object, writer, collected)?;
        put(space, vm, entry.value, object, writer, collected)?;
    }
    Ok(())
}

/// Instance variables by name, hidden ones included; places of exceptions stay behind.
fn encode_slots(space: &Space, vm: &mut Vm, object: Value, writer: &mut BodyWriter, collected: &mut Collected) -> RResult<()> {
    let mut slots = vm.all_slots(object);
    slots.update(|slots| slots.retain(|&(name, _)| name != sym::H_LOCATIONS));
    writer.number(slots.len() as u64);
    for &(name, value) in slots.iter() {
        let (encoding, bytes) = (vm.symbols.encoding(name), vm.symbols.bytes(name).to_vec());
        writer.field(&Field::Symbol(encoding, bytes));
        put(space, vm, value, object, writer, collected)?;
    }
    Ok(())
}

fn put(space: &Space, vm: &mut Vm, value: Value, holder: Value, writer: &mut BodyWriter, collected: &mut Collected) -> RResult<()> {
    let field = field_of(space, vm, value, holder, collected)?;
    writer.field(&field);
    Ok(())
}

/// A value as field; other objects get an id when they have none.
pub fn field_of(space: &Space, vm: &mut Vm, value: Value, holder: Value, collected: &mut Collected) -> RResult<Field> {
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
        return reference(space, vm, value, collected);
    }
    if let Some(number) = objects::number::float_of(value) {
        return Ok(Field::Float(number));
    }
    if let Some(number) = objects::number::bignum_of(&value) {
        return Ok(Field::Big(number.to_signed_bytes_le()));
    }
    if let Some(class) = RClass::new(value) {
        return class_field(space, vm, class, holder, collected);
    }
    reference(space, vm, value, collected)
}

fn reference(space: &Space, vm: &mut Vm, value: Value, collected: &mut Collected) -> RResult<Field> {
    if let Some(entry) = space.entry(value) {
        return Ok(Field::Ref(entry.oid));
    }
    let oid = next_id(space, vm, collected)?;
    space.register(value, oid, None);
    collected.fresh.push(value);
    Ok(Field::Ref(oid))
}

fn next_id(space: &Space, vm: &mut Vm, collected: &mut Collected) -> RResult<Oid> {
    if let Some(oid) = collected.ids.pop() {
        return Ok(oid);
    }
    let range = space.session(vm, |session| session.alloc_oids(64))?;
    collected.ids = range.map(Oid).collect();
    collected.ids.reverse();
    collected.ids.pop().ok_or_else(|| vm.runtime_error("the repository gave no object ids"))
}

/// A class: by name when it belongs to the core, else the persistent class; an error for transient ones.
pub fn class_field(space: &Space, vm: &mut Vm, class: RClass, holder: Value, collected: &mut Collected) -> RResult<Field> {
    if vm.is_core_class(class) {
        return Ok(Field::FrozenString(1, vm.class_name_text(class).into_bytes()));
    }
    if space.with(|state| state.classes.contains_key(&class.value().bits())) {
        return reference(space, vm, class.value(), collected);
    }
    Err(not_persistable(vm, holder, "it is a transient Ruby module/class"))
}

/// TransactionError that names the object; nothing was committed.
#[cold]
pub fn not_persistable(vm: &mut Vm, object: Value, reason: &str) -> Raised {
    let shown = match vm.inspect_text(object) {
        Ok(shown) => shown,
        Err(raised) => return raised,
    };
    let class = vm.class_at("TransactionError");
    let message = vm.str(&format!("The object {shown} may not be committed, '{reason}'"));
    match vm.new_exception(class, message) {
        Ok(exception) => {
            vm.set_hidden(exception, sym::H_RECEIVER, object);
            vm.raise_exception(exception)
        }
        Err(raised) => raised,
    }
}
