//! Records to objects: ghosts for what a record refers to, content for what is touched.

use crate::space::{Space, store_error};
use codec::{BodyReader, CorruptBody, Field, RecordKind};
use num_bigint::BigInt;
use objects::{RArray, RClass, RHash, RRange, RString};
use store::{Loaded, Oid, Record};
use text::encoding::Encoding;
use value::{Kind, Value};
use vm::{RResult, Raised, Vm};

/// Loads a ghost. A failure leaves an empty object and an exception pending for the next check: the place
/// that touched the ghost cannot raise, so the error is kept and raised by the next transaction call.
pub fn fault(space: &Space, vm: &mut Vm, object: Value) {
    let Some(entry) = space.entry(object) else { return };
    let kind = object.header().map_or(Kind::Object, |header| value::Header::ghost_kind(header.flags()));
    let record = space.with(|state| state.session.as_deref_mut().map(|session| session.read(entry.oid)));
    let outcome = match record {
        Some(Ok(Some(record))) => fill(space, vm, object, kind, &record),
        Some(Ok(None)) => Err(corrupt(vm, entry.oid, &CorruptBody("the object is gone".to_string()))),
        Some(Err(error)) => Err(store_error(vm, &error)),
        None => Err(vm.runtime_error("no repository is open")),
    };
    if outcome.is_err() {
        let object_class = vm.class_view(vm.core.object);
        if Vm::is_ghost(object) {
            vm.revive_ghost(object, kind, object_class);
        }
        report_broken(vm, entry.oid);
    }
}

fn report_broken(vm: &mut Vm, oid: Oid) {
    if let Some(exception) = vm.take_exception() {
        let message = vm.hidden(exception, vm::sym::H_MESSAGE).and_then(RString::new).map(RString::to_text).unwrap_or_default();
        eprintln!("maglev: object {oid} cannot be loaded: {message}");
    }
}

fn fill(space: &Space, vm: &mut Vm, object: Value, kind: Kind, record: &Record) -> RResult<()> {
    let mut reader = BodyReader::new(&record.refs, &record.body);
    prefetch(space, vm, &record.refs)?;
    let class = read(vm, record.oid, reader.field())?;
    let class = class_of_field(space, vm, &class)?;
    vm.revive_ghost(object, kind, class);
    match kind {
        Kind::String => {
            let encoding = read(vm, record.oid, reader.number())?;
            let bytes = read(vm, record.oid, reader.bytes())?;
            let text = RString::new(object).expect("revived as String");
            text.replace(bytes, Encoding::from_index(encoding as u8).unwrap_or(Encoding::BINARY)).ok_or_else(|| vm.no_memory())?;
        }
        Kind::Array => {
            let list = RArray::new(object).expect("revived as Array");
            for _ in 0..read(vm, record.oid, reader.count())? {
                let value = next_value(space, vm, record.oid, &mut reader)?;
                vm.push(list, value)?;
            }
        }
        Kind::Hash => fill_hash(space, vm, object, record.oid, &mut reader)?,
        Kind::Range => {
            let low = next_value(space, vm, record.oid, &mut reader)?;
            let high = next_value(space, vm, record.oid, &mut reader)?;
            let exclusive = read(vm, record.oid, reader.number())? == 1;
            RRange::new(object).expect("revived as Range").set(low, high, exclusive);
        }
        _ => {}
    }
    for _ in 0..read(vm, record.oid, reader.count())? {
        let name = next_value(space, vm, record.oid, &mut reader)?;
        let value = next_value(space, vm, record.oid, &mut reader)?;
        if let Some(name) = name.as_symbol() {
            vm.set_hidden(object, name, value);
        }
    }
    if record.flags & 1 == 1 {
        vm.freeze(object);
    }
    space.register(object, record.oid, Some(record.epoch));
    space.set_clean(object);
    Ok(())
}

fn fill_hash(space: &Space, vm: &mut Vm, object: Value, oid: Oid, reader: &mut BodyReader<'_>) -> RResult<()> {
    let hash = RHash::new(object).expect("revived as Hash");
    let identity = read(vm, oid, reader.number())? == 1;
    hash.set_identity(identity);
    let default = next_value(space, vm, oid, reader)?;
    hash.set_default(default);
    for _ in 0..read(vm, oid, reader.count())? {
        let key = next_value(space, vm, oid, reader)?;
        let value = next_value(space, vm, oid, reader)?;
        vm.hash_set(hash, key, value)?;
    }
    Ok(())
}

fn next_value(space: &Space, vm: &mut Vm, oid: Oid, reader: &mut BodyReader<'_>) -> RResult {
    let field = read(vm, oid, reader.field())?;
    value_of(space, vm, &field)
}

/// The value of a field.
pub fn value_of(space: &Space, vm: &mut Vm, field: &Field) -> RResult {
    Ok(match field {
        Field::Nil => Value::NIL,
        Field::True => Value::TRUE,
        Field::False => Value::FALSE,
        Field::Unset => Value::UNDEF,
        Field::Int(number) => vm.int(*number),
        Field::Float(number) => vm.float(*number),
        Field::Big(bytes) => vm.big(BigInt::from_signed_bytes_le(bytes)),
        Field::Symbol(encoding, bytes) => Value::symbol(vm.symbols.intern_bytes(bytes, *encoding)),
        Field::FrozenString(_, name) => {
            let name = String::from_utf8_lossy(name).into_owned();
            vm.class_at(&name)
        }
        Field::Ref(oid) => object(space, vm, *oid)?,
    })
}

/// The object with an id: from memory, or a new ghost.
pub fn object(space: &Space, vm: &mut Vm, oid: Oid) -> RResult {
    if let Some(known) = space.known(vm, oid) {
        return Ok(known);
    }
    prefetch(space, vm, &[oid])?;
    match space.known(vm, oid) {
        Some(made) => Ok(made),
        None => Err(corrupt(vm, oid, &CorruptBody("the object is gone".to_string()))),
    }
}

/// Makes ghosts for the ids that are not in memory yet.
fn prefetch(space: &Space, vm: &mut Vm, oids: &[Oid]) -> RResult<()> {
    let missing: Vec<Oid> = oids.iter().copied().filter(|&oid| space.known(vm, oid).is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let mut found = Vec::new();
    space.session(vm, |session| {
        session.load(&missing, &mut |loaded| {
            if let Loaded::Found(view) = loaded {
                found.push(if view.kind == RecordKind::Class as u8 || view.kind == RecordKind::Object as u8 { view.to_record() } else { Record { oid: view.oid, epoch: view.epoch, kind: view.kind, flags: 0, refs: Vec::new(), body: Vec::new() } });
            }
        })
    })?;
    // The ghosts are only in the weak map until the record that refers to them is read; this keeps them.
    let keep = vm.new_array();
    for record in found {
        if space.known(vm, record.oid).is_none() {
            let made = ghost(space, vm, &record)?;
            vm.push(keep, made)?;
        }
    }
    let holder = space.with(|state| state.root);
    std::hint::black_box((keep, holder));
    Ok(())
}

fn ghost(space: &Space, vm: &mut Vm, record: &Record) -> RResult {
    let kind = RecordKind::from_number(record.kind);
    let made = match kind {
        Some(RecordKind::Class) => return crate::class::materialise(space, vm, record),
        Some(RecordKind::Object) => {
            let mut reader = BodyReader::new(&record.refs, &record.body);
            let class = read(vm, record.oid, reader.field())?;
            let class = class_of_field(space, vm, &class)?;
            let instances = vm.instance_shape(class);
            objects::object::allocate(&mut vm.heap, instances.shape, instances.inline).ok_or_else(|| vm.no_memory())?
        }
        Some(RecordKind::String) => vm.str(""),
        Some(RecordKind::Array) => vm.array(&[]),
        Some(RecordKind::Hash) => vm.new_hash().value(),
        Some(RecordKind::Range) => {
            let shape = vm.instance_shape(vm.class_view(vm.core.range)).shape;
            objects::range::allocate(&mut vm.heap, shape, Value::NIL, Value::NIL, false).ok_or_else(|| vm.no_memory())?
        }
        None => return Err(corrupt(vm, record.oid, &CorruptBody(format!("unknown record kind {}", record.kind)))),
    };
    vm.make_ghost(made);
    space.register(made, record.oid, Some(record.epoch));
    Ok(made)
}

fn class_of_field(space: &Space, vm: &mut Vm, field: &Field) -> RResult<RClass> {
    let value = value_of(space, vm, field)?;
    RClass::new(value).ok_or_else(|| vm.runtime_error("a stored object's class is no class"))
}

/// A read result, or the exception of a damaged record.
pub fn read<T>(vm: &mut Vm, oid: Oid, result: Result<T, CorruptBody>) -> RResult<T> {
    result.map_err(|error| corrupt(vm, oid, &error))
}

#[cold]
fn corrupt(vm: &mut Vm, oid: Oid, error: &CorruptBody) -> Raised {
    let class = vm.class_at("Maglev::StoreError");
    vm.raise(class, &format!("object {oid} is damaged: {error}"))
}
