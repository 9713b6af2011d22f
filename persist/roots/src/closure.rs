//! Procs and the variables they share: a Proc is saved as the source of its block, an environment as the values of those of its slots
//! that some saved Proc names.
//!
//! Invariant: an environment is never a ghost, since code reaches its slots without asking. It has no write barrier either: each one in
//! memory is compared with its record at every commit, and read again when others changed it.
//!
//! ```text
//! Proc:      class · 0, flags (1 lambda, 2 has $~), text, file, line, nesting, scopes, environment, self, method around if saved
//!                  | 1, name of a Symbol's | 2, receiver, owner and name of a method's
//! variables: environment around · count, values (unset: not saved)
//! ```

use crate::class::{block_text, decode_scope, decode_scopes, encode_scope, encode_scopes};
use crate::decode::{next_value, read, value_of};
use crate::encode::{Encoded, class_field, not_persistable, put};
use crate::pending::PendingCommit;
use crate::space::{Space, State};
use codec::{BodyReader, BodyWriter, CorruptBody, Field, fingerprint};
use heap::RootedValues;
use objects::{CodeRef, MethodBody, MethodRef, ProcBody, REnv, RProc, env};
use std::sync::Arc;
use store::{Oid, Record};
use value::{Symbol, Value, sym};
use vm::closures::{BlockSource, Names, used_variables};
use vm::{RClass, RResult, Vm};

const LAMBDA: u64 = 1;
const SPECIALS: u64 = 2;
/// Slots of `$~` and `$_`.
const SPECIAL_SLOTS: usize = 2;

/// Which slots of an environment are saved.
pub type Wanted = Vec<bool>;

/// Writes what a Proc runs.
pub fn encode(vm: &mut Vm, callable: RProc, writer: &mut BodyWriter, pending: &mut PendingCommit<'_>) -> RResult<()> {
    match callable.body() {
        ProcBody::Block { code, receiver, .. } => encode_block(vm, callable, code, receiver, writer, pending),
        ProcBody::Symbol(name, None) => {
            writer.number(1);
            writer.field(&symbol(vm, name));
            Ok(())
        }
        ProcBody::Method { receiver, method } => {
            writer.number(2);
            put(vm, receiver, writer, pending)?;
            let owner = class_field(vm, vm.class_view(method.owner), pending)?;
            writer.field(&owner);
            writer.field(&symbol(vm, method.name));
            Ok(())
        }
        ProcBody::Symbol(_, Some(_)) => Err(not_persistable(vm, callable.value(), "it uses refinements", pending)),
        ProcBody::Native { .. } => Err(not_persistable(vm, callable.value(), "it was made by the VM and has no source", pending)),
    }
}

fn symbol(vm: &Vm, name: Symbol) -> Field {
    Field::Symbol(vm.symbols.encoding(name), vm.symbols.bytes(name).to_vec())
}

fn encode_block(
    vm: &mut Vm,
    callable: RProc,
    code: CodeRef,
    receiver: Value,
    writer: &mut BodyWriter,
    pending: &mut PendingCommit<'_>,
) -> RResult<()> {
    let object = callable.value();
    if vm.hidden(object, sym::H_ISOLATED).is_some() {
        return Err(not_persistable(vm, object, "it is isolated, as Procs of Ractors are", pending));
    }
    let around = vm.binding_of_proc(callable)?;
    let (text, line) = match block_text(vm, code, around.cref) {
        Ok(found) => found,
        Err(reason) => return Err(not_persistable(vm, object, reason, pending)),
    };
    let has_specials = !around.env.is_null() && code.function.specials;
    writer.number(0);
    writer.number(u64::from(callable.is_lambda()) * LAMBDA + u64::from(has_specials) * SPECIALS);
    writer.bytes(&text);
    writer.bytes(code.file.as_bytes());
    writer.field(&Field::Int(i64::from(line)));
    encode_scopes(vm, around.cref, writer, pending)?;
    let mut scopes = around.scopes.as_slice();
    let mut surroundings = vm.environment_at(around.env);
    if let Some(innermost) = surroundings {
        want_used(vm, innermost, code, &text, scopes, pending);
    }
    // Environments without variables are made where they are needed.
    while let Some(innermost) = surroundings.filter(|&environment| slot_count(environment) == 0) {
        surroundings = vm.environment_around(innermost);
        scopes = &scopes[..scopes.len().saturating_sub(1)];
    }
    if !fit(vm, scopes, surroundings, has_specials) {
        return Err(not_persistable(vm, object, "the variables around it have no names", pending));
    }
    writer.number(scopes.len() as u64);
    for scope in scopes {
        encode_names(vm, scope, writer);
    }
    match surroundings {
        Some(innermost) => writer.field(&Field::Ref(pending.id_of(vm, innermost.value())?)),
        None => writer.field(&Field::Nil),
    }
    put(vm, receiver, writer, pending)?;
    encode_home(vm, around.method, writer, pending)
}

/// The method that the block stands in, if its class is saved: `__method__`, backtraces and `super` ask for it.
fn encode_home(vm: &mut Vm, method: Option<MethodRef>, writer: &mut BodyWriter, pending: &mut PendingCommit<'_>) -> RResult<()> {
    let home = method.map(|method| (vm.class_view(method.owner), method.name));
    match home.filter(|&(owner, _)| is_saved(vm, pending.space, owner)) {
        Some((owner, name)) => {
            writer.number(1);
            encode_scope(vm, owner, writer, pending)?;
            writer.field(&symbol(vm, name));
        }
        None => writer.number(0),
    }
    Ok(())
}

fn is_saved(vm: &Vm, space: &Space, class: RClass) -> bool {
    let class = class.data().attached.and_then(RClass::new).unwrap_or(class);
    let is_single = class.is_singleton() || class.data().refined_class.is_some();
    !is_single && (vm.is_core_class(class) || space.with(|state| state.classes.is_marked(class)))
}

fn decode_home(space: &Space, vm: &mut Vm, oid: Oid, reader: &mut BodyReader<'_>) -> RResult<Option<MethodRef>> {
    if read(vm, oid, reader.number())? == 0 {
        return Ok(None);
    }
    let owner = decode_scope(space, vm, oid, reader)?;
    let name = next_value(space, vm, oid, reader)?.as_symbol();
    let found = RClass::new(owner).zip(name).and_then(|(owner, name)| owner.data().methods.get(&name).copied());
    Ok(found.filter(|method| matches!(method.body, MethodBody::Ruby(..))))
}

fn encode_names(vm: &Vm, names: &Names, writer: &mut BodyWriter) {
    writer.number(names.len() as u64);
    for &(name, slot) in names {
        writer.field(&symbol(vm, name));
        writer.number(u64::from(slot));
    }
}

/// The variables that the block names are saved with it; all of them when it may evaluate text.
fn want_used(vm: &Vm, innermost: REnv, code: CodeRef, text: &[u8], scopes: &[Names], pending: &mut PendingCommit<'_>) {
    let has = |word: &[u8]| text.windows(word.len()).any(|part| part == word);
    let all = has(b"binding") || has(b"eval") || has(b"local_variable");
    let used = used_variables(&code.function);
    let mut at = Some(innermost);
    for (outwards, names) in scopes.iter().rev().enumerate() {
        let Some(environment) = at else { break };
        for &(_, slot) in names.iter().filter(|&&(_, slot)| all || used.binary_search(&(outwards, slot)).is_ok()) {
            pending.want(environment.value(), usize::from(slot));
        }
        at = vm.environment_around(environment);
    }
}

/// Writes the variables of an environment.
pub fn encode_variables(vm: &mut Vm, environment: REnv, writer: &mut BodyWriter, pending: &mut PendingCommit<'_>) -> RResult<()> {
    match vm.environment_around(environment) {
        Some(around) => writer.field(&Field::Ref(pending.id_of(vm, around.value())?)),
        None => writer.field(&Field::Nil),
    }
    if env::in_registers(environment.info()) {
        return Err(not_persistable(vm, environment.value(), "its variables are in use by machine code", pending));
    }
    let wanted = pending.wanted_of(environment.value());
    let count = slot_count(environment);
    writer.number(count as u64);
    for index in 0..count {
        match environment.slot(index).filter(|_| wanted.get(index) == Some(&true)) {
            Some(value) => put(vm, value, writer, pending)?,
            None => writer.field(&Field::Unset),
        }
    }
    Ok(())
}

fn slot_count(environment: REnv) -> usize {
    env::slot_count(environment.info())
}

/// Reads what a Proc runs, and whether it is a lambda.
pub fn decode(space: &Space, vm: &mut Vm, oid: Oid, reader: &mut BodyReader<'_>) -> RResult<(ProcBody, bool)> {
    match read(vm, oid, reader.number())? {
        0 => decode_block(space, vm, oid, reader),
        1 => {
            let name = next_value(space, vm, oid, reader)?.as_symbol();
            let name = read(vm, oid, name.ok_or_else(|| CorruptBody("a Symbol's Proc without a name".to_string())))?;
            Ok((ProcBody::Symbol(name, None), true))
        }
        2 => decode_method(space, vm, oid, reader),
        tag => read(vm, oid, Err(CorruptBody(format!("unknown kind {tag} of Proc")))),
    }
}

fn decode_method(space: &Space, vm: &mut Vm, oid: Oid, reader: &mut BodyReader<'_>) -> RResult<(ProcBody, bool)> {
    let receiver = next_value(space, vm, oid, reader)?;
    let owner = RClass::new(next_value(space, vm, oid, reader)?);
    let owner = read(vm, oid, owner.ok_or_else(|| CorruptBody("a method's Proc without a class".to_string())))?;
    let name = next_value(space, vm, oid, reader)?.as_symbol();
    let name = read(vm, oid, name.ok_or_else(|| CorruptBody("a method's Proc without a name".to_string())))?;
    match vm.find_method(owner, name) {
        Some(method) => Ok((ProcBody::Method { receiver, method }, true)),
        None => Err(vm.undefined_method_for_class(owner, name)),
    }
}

fn decode_block(space: &Space, vm: &mut Vm, oid: Oid, reader: &mut BodyReader<'_>) -> RResult<(ProcBody, bool)> {
    let flags = read(vm, oid, reader.number())?;
    let text: Arc<[u8]> = Arc::from(read(vm, oid, reader.bytes())?);
    let file = String::from_utf8_lossy(read(vm, oid, reader.bytes())?).into_owned();
    let line = next_value(space, vm, oid, reader)?.as_fixnum().unwrap_or(1) as i32;
    let nesting = decode_scopes(space, vm, oid, reader)?;
    let mut scopes = Vec::new();
    for _ in 0..read(vm, oid, reader.count())? {
        scopes.push(decode_names(space, vm, oid, reader)?);
    }
    let around = next_value(space, vm, oid, reader)?;
    let surroundings = if around.is_nil() { None } else { Some(environment(vm, oid, around)?) };
    let receiver = next_value(space, vm, oid, reader)?;
    let has_specials = flags & SPECIALS != 0;
    let fits = fit(vm, &scopes, surroundings, has_specials);
    read(vm, oid, fits.then_some(()).ok_or_else(|| CorruptBody("a Proc names variables that are not there".to_string())))?;
    let source = BlockSource { text: &text, file: &file, line, nesting: &nesting, scopes: &scopes, has_specials };
    let home = decode_home(space, vm, oid, reader)?;
    let body = vm.block_from_source(&source, receiver, surroundings, home)?;
    Ok((body, flags & LAMBDA != 0))
}

/// Has each scope its environment, with the slots that it names? Code reaches slots without asking.
fn fit(vm: &Vm, scopes: &[Names], surroundings: Option<REnv>, has_specials: bool) -> bool {
    let mut at = surroundings;
    for (outwards, names) in scopes.iter().rev().enumerate() {
        let Some(environment) = at else { return false };
        let count = slot_count(environment);
        let specials = if has_specials && outwards + 1 == scopes.len() { SPECIAL_SLOTS } else { 0 };
        if count < specials || names.iter().any(|&(_, slot)| usize::from(slot) >= count) {
            return false;
        }
        at = vm.environment_around(environment);
    }
    at.is_none()
}

fn decode_names(space: &Space, vm: &mut Vm, oid: Oid, reader: &mut BodyReader<'_>) -> RResult<Names> {
    let mut names = Vec::new();
    for _ in 0..read(vm, oid, reader.count())? {
        let name = next_value(space, vm, oid, reader)?.as_symbol();
        let name = read(vm, oid, name.ok_or_else(|| CorruptBody("a variable of a Proc without a name".to_string())))?;
        names.push((name, read(vm, oid, reader.number())? as u16));
    }
    Ok(names)
}

fn environment(vm: &mut Vm, oid: Oid, value: Value) -> RResult<REnv> {
    let found = REnv::new(value);
    read(vm, oid, found.ok_or_else(|| CorruptBody("the variables of a Proc cannot be read".to_string())))
}

/// The environment of a record, with its variables.
pub fn materialise(space: &Space, vm: &mut Vm, record: &Record) -> RResult {
    vm.check_native_stack()?;
    let mut reader = BodyReader::new(&record.refs, &record.body);
    let around = read(vm, record.oid, reader.field())?;
    let around = value_of(space, vm, &around)?;
    let around = if around.is_nil() { None } else { Some(environment(vm, record.oid, around)?) };
    let count = read(vm, record.oid, reader.count())?;
    let slots = read(vm, record.oid, u16::try_from(count).map_err(|_| CorruptBody(format!("{count} variables of a Proc"))))?;
    let made = vm.new_environment(slots, around, Value::NIL)?;
    // The variables may lead back to it.
    space.register(made.value(), record.oid, Some(record.epoch));
    space.set_clean(made.value());
    match fill(space, vm, made, record.oid, &mut reader) {
        Ok(()) => {
            note_record(space, made.value(), record);
            Ok(made.value())
        }
        Err(raised) => {
            space.unregister(made.value());
            Err(raised)
        }
    }
}

/// Reads the values of the slots; those that are not saved stay what they are.
fn fill(space: &Space, vm: &mut Vm, environment: REnv, oid: Oid, reader: &mut BodyReader<'_>) -> RResult<()> {
    let mut wanted = Wanted::new();
    let values = vm.new_array_with_capacity(slot_count(environment))?;
    for _ in 0..slot_count(environment) {
        let value = next_value(space, vm, oid, reader)?;
        wanted.push(!value.is_undef());
        vm.push(values, value)?;
    }
    for (index, _) in wanted.iter().enumerate().filter(|&(_, &is_saved)| is_saved) {
        environment.set_slot(index, values.get(index).unwrap_or(Value::NIL));
    }
    space.with(|state| state.environments.insert(environment.value().bits(), wanted));
    Ok(())
}

/// Gives an environment in memory the values of the snapshot.
pub fn reload(space: &Space, vm: &mut Vm, object: Value) -> RResult<()> {
    let (Some(environment), Some(entry)) = (REnv::new(object), space.entry(object)) else { return Ok(()) };
    match space.session(vm, |session| session.read(entry.oid))? {
        Some(record) => {
            restore(space, vm, environment, &record)?;
            note_record(space, object, &record);
            Ok(())
        }
        None => Ok(()),
    }
}

fn note_record(space: &Space, environment: Value, record: &Record) {
    let fingerprint = fingerprint(&record.refs, &record.body);
    space.with(|state| state.fingerprints.insert(environment.bits(), fingerprint));
    note_outline(space, environment);
}

/// What the saved variables of an environment hold, each with a word that says what the number is: a value without parts, or the id of
/// an object. The same outline is the same record.
pub type Outline = Vec<(bool, u64)>;

/// None when a variable holds something that stands in the record by its content, or is not saved.
fn outline(state: &State, environment: Value) -> Option<Outline> {
    let wanted = state.environments.get(&environment.bits())?;
    let environment = REnv::new(environment).filter(|environment| !env::in_registers(environment.info()))?;
    let saved = wanted.iter().enumerate().filter(|&(_, &is_saved)| is_saved);
    saved
        .map(|(index, _)| {
            let value = environment.slot(index)?;
            match value.header() {
                None => Some((false, value.bits())),
                Some(_) => state.by_cell.get(&value.bits()).filter(|entry| entry.base.is_some()).map(|entry| (true, entry.oid.0)),
            }
        })
        .collect()
}

/// The record of an environment is what it holds now.
pub fn note_outline(space: &Space, environment: Value) {
    let word = environment.bits();
    space.with(|state| match outline(state, environment) {
        Some(found) => drop(state.outlines.insert(word, found)),
        None => drop(state.outlines.remove(&word)),
    });
}

/// The environments in memory that may hold something else than their records.
pub fn changed_environments(space: &Space, vm: &Vm) -> RootedValues {
    let environments: Vec<Value> = space.with(|state| {
        let is_same =
            |environment: Value| state.outlines.get(&environment.bits()).is_some_and(|known| outline(state, environment).as_ref() == Some(known));
        let all = state.environments.keys().filter_map(|&word| vm.heap.value_at(word as usize));
        all.filter(|&environment| !is_same(environment)).collect()
    });
    vm.roots.values(&environments)
}

/// Have variables changed that the repository has?
pub fn is_any_changed(space: &Space, vm: &mut Vm) -> bool {
    let environments = changed_environments(space, vm);
    let mut pending = PendingCommit::empty(space);
    environments.iter().any(|&object| match crate::encode::encode(vm, object, &mut pending) {
        Ok(Encoded { content, .. }) => {
            let found = fingerprint(&content.refs, &content.body);
            space.with(|state| state.fingerprints.get(&object.bits()) != Some(&found))
        }
        Err(_) => {
            // What cannot be saved is no more what was saved.
            let _ = vm.take_exception();
            true
        }
    })
}

/// Gives an environment in memory the values of a record.
pub fn restore(space: &Space, vm: &mut Vm, environment: REnv, record: &Record) -> RResult<()> {
    let mut reader = BodyReader::new(&record.refs, &record.body);
    read(vm, record.oid, reader.field())?;
    let count = read(vm, record.oid, reader.count())?;
    if count != slot_count(environment) {
        return read(vm, record.oid, Err(CorruptBody(format!("{count} variables of a Proc that has {}", slot_count(environment)))));
    }
    space.register(environment.value(), record.oid, Some(record.epoch));
    fill(space, vm, environment, record.oid, &mut reader)
}

/// Every environment that was changed gets the values of the snapshot.
pub fn reload_all(space: &Space, vm: &mut Vm) -> RResult<()> {
    for &object in changed_environments(space, vm).iter() {
        reload(space, vm, object)?;
    }
    Ok(())
}
