//! Records to objects: ghosts for what a record refers to, content for what is touched.
//!
//! Invariant: a record is decoded whole before the object changes, so that an object is loaded or a ghost, never something in
//! between. What cannot be loaded stays a ghost, and says why at each touch. No code of the program runs.

use crate::class::{self, Image};
use crate::closure;
use crate::encode::{DEFAULT_PROC, IDENTITY};
use crate::isolation;
use crate::parts::{Whole, read_whole};
use crate::space::Space;
use codec::{BodyReader, CorruptBody, Field, RecordKind};
use heap::Rooted;
use num_bigint::BigInt;
use objects::object::INLINE_MAX;
use objects::{ProcBody, RArray, RClass, RData, RHash, RProc, RRange, RString, ShapeId};
use store::{Epoch, Loaded, Oid, Record};
use text::encoding::Encoding;
use value::{Kind, Symbol, Value};
use vm::{RResult, Raised, Vm};

/// Loads a ghost.
pub fn load(space: &Space, vm: &mut Vm, object: Value) -> RResult<()> {
    if !Vm::is_ghost(object) {
        return Ok(());
    }
    let Some(entry) = space.entry(object) else {
        let class = vm.class_at("Maglev::StoreError");
        return Err(vm.raise(class, "the object was damaged and has been written anew; look it up again"));
    };
    match read_whole(space, vm, entry.oid)? {
        Some(whole) => {
            let layout = fill(space, vm, object, &whole)?;
            whole.note(space, vm, object, layout);
            isolation::note_read(space, entry.oid, whole.record.epoch);
            Ok(())
        }
        None => Err(gone(vm, entry.oid)),
    }
}

/// The content of an object outside of it: the parts of a record, decoded, or what an object had. Values live in heap Arrays, made when there are any, where the collector finds them.
pub struct Parts {
    class: RClass,
    text: Option<(Vec<u8>, Encoding)>,
    /// State of a native part.
    state: Vec<u8>,
    /// The sort of a native part that is saved as values.
    sort: String,
    /// What a Proc runs, and is it a lambda?
    block: Option<(ProcBody, bool)>,
    values: Option<RArray>,
    names: Vec<Symbol>,
    slots: Option<RArray>,
    singleton: Option<Rooted<Image>>,
    flags: u64,
    /// Positions of the entries that the parts of a large collection begin with, and how many entries there are.
    layout: (Vec<usize>, usize),
}

impl Parts {
    /// Of an empty instance of a class.
    pub fn new(class: RClass) -> Parts {
        Parts {
            class,
            text: None,
            state: Vec::new(),
            sort: String::new(),
            block: None,
            values: None,
            names: Vec::new(),
            slots: None,
            singleton: None,
            flags: 0,
            layout: Default::default(),
        }
    }

    /// Of an object as it is: a plain one, a String, Array or Hash without a singleton class.
    pub fn of(vm: &mut Vm, object: Value) -> RResult<Parts> {
        let mut parts = Parts::new(vm.class_of(object));
        if let Some(text) = RString::new(object) {
            parts.text = Some((text.bytes().to_vec(), text.encoding()));
        } else if let Some(list) = RArray::new(object) {
            let values = vm.new_array_with_capacity(list.len())?;
            values.extend(list.as_slice(&vm.heap)).ok_or_else(|| vm.no_memory())?;
            parts.values = Some(values);
        } else if let Some(hash) = RHash::new(object) {
            parts.flags = u64::from(hash.is_identity()) * IDENTITY + u64::from(!hash.default_proc().is_nil()) * DEFAULT_PROC;
            parts.values = Some(pairs_of(vm, hash)?);
        }
        let slots = vm.all_slots(object);
        let values = vm.new_array_with_capacity(slots.len())?;
        for &(name, value) in slots.iter() {
            parts.names.push(name);
            vm.push(values, value)?;
        }
        parts.slots = Some(values);
        Ok(parts)
    }

    /// The same as an instance of another class.
    pub fn with_class(self, class: RClass) -> Parts {
        Parts { class, ..self }
    }

    /// Makes this the content of an object of its kind.
    pub fn put_into(&self, vm: &mut Vm, object: Value, kind: Kind) -> RResult<()> {
        objects::kinds::empty(object);
        vm.revive_ghost(object, kind, self.class);
        put_content(vm, object, self).ok_or_else(|| vm.no_memory())?;
        put_slots(vm, object, self);
        Ok(())
    }

    fn value(&self, index: usize) -> Option<Value> {
        self.values?.get(index)
    }
}

/// Gives a ghost the content of a record; the layout of a large collection.
pub fn fill(space: &Space, vm: &mut Vm, object: Value, whole: &Whole) -> RResult<(Vec<usize>, usize)> {
    let record = &whole.record;
    let kind = object.header().map_or(Kind::Object, |header| value::Header::ghost_kind(header.flags()));
    if RecordKind::from_number(record.kind).map(kind_of) != Some(Some(kind)) {
        return Err(corrupt(vm, record.oid, &CorruptBody("it is of another kind than what refers to it found".to_string())));
    }
    let parts = decode(space, vm, kind, whole)?;
    vm.revive_ghost(object, kind, parts.class);
    if put_content(vm, object, &parts).is_none() {
        vm.make_ghost(object);
        return Err(vm.no_memory());
    }
    if let Err(raised) = put_native(vm, object, record.oid, &parts) {
        vm.make_ghost(object);
        return Err(raised);
    }
    put_slots(vm, object, &parts);
    if let Some(image) = &parts.singleton
        && let Err(raised) = class::apply_singleton(space, vm, object, image)
    {
        vm.make_ghost(object);
        return Err(raised);
    }
    if record.flags & 1 == 1 {
        vm.freeze(object);
    }
    space.register(object, record.oid, Some(record.epoch));
    space.set_clean(object);
    std::hint::black_box(parts.slots);
    if let Some(values) = parts.values {
        give_back(space, values);
    }
    Ok(parts.layout)
}

/// Gives a Proc the instance variables that it has in the snapshot. What it runs never changes; methods and machine code rely on it, so
/// that a loaded Proc is never a ghost again.
pub fn reload_variables(space: &Space, vm: &mut Vm, object: Value) -> RResult<()> {
    let Some(entry) = space.entry(object) else { return Ok(()) };
    let Some(whole) = read_whole(space, vm, entry.oid)? else { return Ok(()) };
    let parts = decode(space, vm, Kind::Proc, &whole)?;
    let record = whole.record;
    objects::kinds::empty(object);
    put_slots(vm, object, &parts);
    space.register(object, record.oid, Some(record.epoch));
    space.set_clean(object);
    Ok(())
}

fn put_slots(vm: &mut Vm, object: Value, parts: &Parts) {
    let Some(slots) = parts.slots else { return };
    for (index, &name) in parts.names.iter().enumerate() {
        vm.set_hidden(object, name, slots.get(index).unwrap_or(Value::NIL));
    }
}

/// Longest scratch Array that is kept.
const SCRATCH_MAX: usize = 1024;

/// An empty Array for decoded values.
fn scratch(space: &Space, vm: &mut Vm, count: usize) -> RResult<RArray> {
    match space.with(|state| state.scratch.take()).and_then(RArray::new) {
        Some(scratch) => Ok(scratch),
        None => vm.new_array_with_capacity(count),
    }
}

fn give_back(space: &Space, values: RArray) {
    if values.len() <= SCRATCH_MAX {
        values.clear();
        space.with(|state| state.scratch = Some(values.value()));
    }
}

fn kind_of(kind: RecordKind) -> Option<Kind> {
    match kind {
        RecordKind::Object => Some(Kind::Object),
        RecordKind::String => Some(Kind::String),
        RecordKind::Array => Some(Kind::Array),
        RecordKind::Hash => Some(Kind::Hash),
        RecordKind::Range => Some(Kind::Range),
        RecordKind::Native | RecordKind::Parts => Some(Kind::Data),
        RecordKind::Proc => Some(Kind::Proc),
        RecordKind::Class | RecordKind::Registry | RecordKind::Variables | RecordKind::Counter | RecordKind::Part => None,
    }
}

fn decode(space: &Space, vm: &mut Vm, kind: Kind, whole: &Whole) -> RResult<Parts> {
    let record = &whole.record;
    let mut reader = BodyReader::over(&record.refs, &record.body, &whole.parts);
    let oid = record.oid;
    // The ghosts are only in the weak map until the object refers to them.
    let keep = prefetch(space, vm, &record.refs)?;
    let class = read(vm, oid, reader.field())?;
    let class = class_of_field(space, vm, &class)?;
    let mut parts = Parts::new(class);
    match kind {
        Kind::String => {
            let encoding = read(vm, oid, reader.number())?;
            let bytes = read(vm, oid, reader.bytes())?;
            let encoding =
                Encoding::from_index(encoding as u8).ok_or_else(|| corrupt(vm, oid, &CorruptBody(format!("unknown encoding {encoding}"))))?;
            parts.text = Some((bytes.to_vec(), encoding));
        }
        Kind::Array => {
            let count = read(vm, oid, reader.count())?;
            parts.values = Some(read_values(space, vm, oid, &mut reader, count, 1)?);
        }
        Kind::Hash => {
            parts.flags = read(vm, oid, reader.number())?;
            let default = next_value(space, vm, oid, &mut reader)?;
            let count = read(vm, oid, reader.count())?;
            let values = read_values(space, vm, oid, &mut reader, 2 * count, 2)?;
            vm.push(values, default)?;
            load_text_keys(vm, values);
            parts.values = Some(values);
        }
        Kind::Range => {
            parts.values = Some(read_values(space, vm, oid, &mut reader, 2, 2)?);
            parts.flags = read(vm, oid, reader.number())?;
        }
        Kind::Proc => parts.block = Some(closure::decode(space, vm, oid, &mut reader)?),
        Kind::Data if record.kind == RecordKind::Parts as u8 => {
            parts.sort = String::from_utf8_lossy(read(vm, oid, reader.bytes())?).into_owned();
            let count = read(vm, oid, reader.count())?;
            parts.values = Some(read_values(space, vm, oid, &mut reader, count, 1)?);
        }
        Kind::Data => parts.state = read(vm, oid, reader.bytes())?.to_vec(),
        _ => {}
    }
    let count = read(vm, oid, reader.count())?;
    if count > 0 {
        read_slots(space, vm, oid, &mut reader, count, &mut parts)?;
    }
    parts.singleton = class::decode_singleton(space, vm, oid, &mut reader)?;
    parts.layout = reader.layout();
    std::hint::black_box(keep);
    Ok(parts)
}

fn read_slots(space: &Space, vm: &mut Vm, oid: Oid, reader: &mut BodyReader<'_>, count: usize, parts: &mut Parts) -> RResult<()> {
    let slots = vm.new_array_with_capacity(count)?;
    for _ in 0..count {
        let name = next_value(space, vm, oid, reader)?;
        let Some(name) = name.as_symbol() else { return Err(corrupt(vm, oid, &CorruptBody("a variable without a name".to_string()))) };
        parts.names.push(name);
        let value = next_value(space, vm, oid, reader)?;
        vm.push(slots, value)?;
    }
    parts.slots = Some(slots);
    Ok(())
}

/// The numbers of String keys follow from their bytes. A key that cannot be loaded gets its number when it is looked for, and tells then.
fn load_text_keys(vm: &mut Vm, values: RArray) {
    for index in (0..values.len()).step_by(2) {
        let is_text = |header: &value::Header| header.kind() == Kind::Ghost && value::Header::ghost_kind(header.flags()) == Kind::String;
        let Some(key) = values.get(index).filter(|key| key.header().is_some_and(is_text)) else { continue };
        if vm.load(key).is_err() {
            let _ = vm.take_exception();
        }
    }
}

/// Keys and values of a Hash in turn, and its default behind them.
fn pairs_of(vm: &mut Vm, hash: RHash) -> RResult<RArray> {
    let values = vm.new_array_with_capacity(2 * hash.len() + 1)?;
    for position in 0..hash.table(&vm.heap).positions() {
        let Some(entry) = hash.table(&vm.heap).entry(position) else { continue };
        let (key, value) = (entry.key, entry.value);
        vm.push(values, key)?;
        vm.push(values, value)?;
    }
    let default = if hash.default_proc().is_nil() { hash.default() } else { hash.default_proc() };
    vm.push(values, default)?;
    Ok(values)
}

/// Gives a native part its state, a Proc what it runs.
fn put_native(vm: &mut Vm, object: Value, oid: Oid, parts: &Parts) -> RResult<()> {
    if let (Some(callable), Some((body, is_lambda))) = (RProc::new(object), parts.block) {
        callable.set_body(body);
        callable.set_lambda(is_lambda);
    }
    let Some(data) = RData::new(object) else { return Ok(()) };
    match parts.values {
        Some(values) => vm.put_together(&parts.sort, object, values),
        None if data.restore(&mut vm.heap, &parts.state) => Ok(()),
        None => Err(corrupt(vm, oid, &CorruptBody("no state of a native part".to_string()))),
    }
}

/// Fills the empty object; None when memory is out.
fn put_content(vm: &mut Vm, object: Value, parts: &Parts) -> Option<()> {
    if let (Some(view), Some((bytes, encoding))) = (RString::new(object), &parts.text) {
        return view.replace(bytes, *encoding);
    }
    if let Some(list) = RArray::new(object) {
        return list.extend(parts.values?.as_slice(&vm.heap));
    }
    if let Some(range) = RRange::new(object) {
        range.set(parts.value(0)?, parts.value(1)?, parts.flags == 1);
    }
    if let Some(hash) = RHash::new(object) {
        let values = parts.values?;
        let last = values.len().checked_sub(1)?;
        hash.set_identity(parts.flags & IDENTITY != 0);
        match parts.flags & DEFAULT_PROC {
            0 => hash.set_default(values.get(last)?),
            _ => hash.set_default_proc(values.get(last)?),
        }
        for index in (0..last).step_by(2) {
            vm.hash_restore(hash, values.get(index)?, values.get(index + 1)?);
        }
    }
    Some(())
}

/// `count` values, of which each entry has `width`.
fn read_values(space: &Space, vm: &mut Vm, oid: Oid, reader: &mut BodyReader<'_>, count: usize, width: usize) -> RResult<RArray> {
    let values = scratch(space, vm, count)?;
    for number in 1..=count {
        let value = next_value(space, vm, oid, reader)?;
        vm.push(values, value)?;
        if number % width == 0 {
            reader.end_entry(number / width);
        }
    }
    Ok(values)
}

/// The next field as a value.
pub fn next_value(space: &Space, vm: &mut Vm, oid: Oid, reader: &mut BodyReader<'_>) -> RResult {
    if let Some((encoding, name)) = read(vm, oid, reader.symbol())? {
        return Ok(Value::symbol(vm.symbols.intern_bytes(name, encoding)));
    }
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
        Field::FrozenString(_, name) => named(vm, &String::from_utf8_lossy(name))?,
        Field::Ref(oid) => object(space, vm, *oid)?,
        Field::Regexp(options, encoding, source) => {
            let encoding = Encoding::from_index(*encoding).unwrap_or(Encoding::BINARY);
            let made = vm.new_regexp(source, i64::from(*options), encoding)?;
            vm.freeze(made)
        }
    })
}

/// What a name of this process stands for: a core class or an object such as `main` and ENV.
fn named(vm: &mut Vm, path: &str) -> RResult {
    if path == "main" {
        return Ok(vm.main);
    }
    let path = match path.split_once(' ') {
        Some((feature, path)) => {
            need_library(vm, feature, path)?;
            path
        }
        None => path,
    };
    vm.loaded_constant(path).ok_or_else(|| {
        let class = vm.class_at("Maglev::StoreError");
        vm.raise(class, &format!("a stored object needs {path}, which this program does not have"))
    })
}

/// Classes of the runtime's own libraries are there when the library is.
fn need_library(vm: &mut Vm, feature: &str, path: &str) -> RResult<()> {
    if vm.loaded_constant(path).is_none() {
        let (feature, main) = (vm.str(feature), vm.main);
        vm.send(main, "require", &[feature])?;
    }
    Ok(())
}

/// The object with an id: from memory, or a new ghost.
pub fn object(space: &Space, vm: &mut Vm, oid: Oid) -> RResult {
    if let Some(known) = space.known(vm, oid) {
        return Ok(known);
    }
    let keep = prefetch(space, vm, &[oid])?;
    let made = space.known(vm, oid);
    std::hint::black_box(keep);
    made.ok_or_else(|| gone(vm, oid))
}

/// Makes ghosts for the ids that are not in memory yet, and holds them.
fn prefetch(space: &Space, vm: &mut Vm, oids: &[Oid]) -> RResult<Option<RArray>> {
    let missing: Vec<Oid> = oids.iter().copied().filter(|&oid| space.known(vm, oid).is_none()).collect();
    if missing.is_empty() {
        return Ok(None);
    }
    let keep = vm.new_array_with_capacity(missing.len())?;
    space.open(vm)?;
    for (oid, found) in read_heads(space, &missing) {
        if space.known(vm, oid).is_none() {
            let made = match found {
                Some(record) => ghost(space, vm, &record)?,
                None => damaged_ghost(space, vm, oid)?,
            };
            vm.push(keep, made)?;
        }
    }
    Ok(Some(keep))
}

/// Records as far as ghosts need them; None for those that cannot be read.
fn read_heads(space: &Space, oids: &[Oid]) -> Vec<(Oid, Option<Record>)> {
    let mut found = Vec::new();
    let mut read = |oids: &[Oid]| {
        let sink = &mut |loaded: Loaded<'_>| {
            if let Loaded::Found(view) = loaded {
                let whole = [RecordKind::Class, RecordKind::Object, RecordKind::Native, RecordKind::Parts, RecordKind::Variables]
                    .iter()
                    .any(|&kind| kind as u8 == view.kind);
                let head = || Record { oid: view.oid, epoch: view.epoch, kind: view.kind, flags: 0, refs: Vec::new(), body: Vec::new() };
                found.push((view.oid, Some(if whole { view.to_record() } else { head() })));
            }
        };
        space.try_session(|session| session.load(oids, sink)).is_some_and(|result| result.is_ok())
    };
    if !read(oids) {
        // One damaged record must not take its neighbours along.
        for oid in oids {
            read(std::slice::from_ref(oid));
        }
    }
    if found.len() == oids.len() {
        return found;
    }
    let mut known: stdx::FastSet<u64> = found.iter().map(|(oid, _)| oid.0).collect();
    found.extend(oids.iter().filter(|oid| known.insert(oid.0)).map(|&oid| (oid, None)));
    found
}

fn ghost(space: &Space, vm: &mut Vm, record: &Record) -> RResult {
    let made = match RecordKind::from_number(record.kind) {
        Some(RecordKind::Class) => return crate::class::materialise(space, vm, record),
        Some(RecordKind::Variables) => return closure::materialise(space, vm, record),
        Some(RecordKind::Object | RecordKind::Native | RecordKind::Parts) => new_object(space, vm, record)?,
        Some(RecordKind::Proc) => vm.proc_from(ProcBody::Symbol(vm::sym::NEW, None), true).value(),
        Some(RecordKind::String) => vm.str(""),
        Some(RecordKind::Array) => vm.array(&[]),
        Some(RecordKind::Hash) => vm.new_hash().value(),
        Some(RecordKind::Range) => {
            let shape = vm.instance_shape(vm.class_view(vm.core.range)).shape;
            objects::range::allocate(&mut vm.heap, shape, Value::NIL, Value::NIL, false).ok_or_else(|| vm.no_memory())?
        }
        Some(RecordKind::Registry | RecordKind::Counter | RecordKind::Part) | None => return damaged_ghost(space, vm, record.oid),
    };
    vm.make_ghost(made);
    space.register(made, record.oid, Some(record.epoch));
    Ok(made)
}

/// An empty instance of the record's class; a plain one of the largest size when the class cannot be loaded, which the object tells when
/// it is touched.
fn new_object(space: &Space, vm: &mut Vm, record: &Record) -> RResult {
    let mut reader = BodyReader::new(&record.refs, &record.body);
    let class = reader.field().ok().and_then(|field| class_of_field(space, vm, &field).ok());
    match class {
        Some(class) if record.kind == RecordKind::Native as u8 => vm.allocate(class),
        Some(class) if record.kind == RecordKind::Parts as u8 => {
            let sort = String::from_utf8_lossy(read(vm, record.oid, reader.bytes())?).into_owned();
            vm.allocate_portable(&sort, class)
        }
        Some(class) => crate::class::allocate(vm, class),
        None => {
            let _ = vm.take_exception();
            largest_object(vm)
        }
    }
}

fn largest_object(vm: &mut Vm) -> RResult {
    objects::object::allocate(&mut vm.heap, ShapeId::GHOST, INLINE_MAX).ok_or_else(|| vm.no_memory())
}

/// The version of a ghost whose record could not be read.
pub const DAMAGED: Epoch = Epoch(0);

/// A ghost of an object whose record is gone or cannot be read.
fn damaged_ghost(space: &Space, vm: &mut Vm, oid: Oid) -> RResult {
    let made = largest_object(vm)?;
    vm.make_ghost(made);
    space.register(made, oid, Some(DAMAGED));
    Ok(made)
}

fn class_of_field(space: &Space, vm: &mut Vm, field: &Field) -> RResult<RClass> {
    let value = value_of(space, vm, field)?;
    match RClass::new(value).filter(|class| !class.is_module()) {
        Some(class) => Ok(class),
        None => {
            let class = vm.class_at("Maglev::StoreError");
            Err(vm.raise(class, "the class of a stored object cannot be loaded"))
        }
    }
}

/// A read result, or the exception of a damaged record.
pub fn read<T>(vm: &mut Vm, oid: Oid, result: Result<T, CorruptBody>) -> RResult<T> {
    result.map_err(|error| corrupt(vm, oid, &error))
}

#[cold]
fn gone(vm: &mut Vm, oid: Oid) -> Raised {
    let class = vm.class_at("Maglev::StoreError");
    vm.raise(class, &format!("object {oid} is not in the repository, though others refer to it"))
}

#[cold]
fn corrupt(vm: &mut Vm, oid: Oid, error: &CorruptBody) -> Raised {
    let class = vm.class_at("Maglev::StoreError");
    vm.raise(class, &format!("object {oid} is damaged: {error}"))
}
