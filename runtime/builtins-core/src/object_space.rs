//! ObjectSpace: walks over the live objects, and finalizers.

use heap::{Liveness, Tracer};
use macros::ruby_methods;
use value::Kind;
use vm::{Block, Keywords, RArray, RClass, RHash, RResult, Value, Vm, sym};

/// ObjectSpace.
pub struct Spaces;

#[ruby_methods("ObjectSpace")]
impl Spaces {
    /// `ObjectSpace.each_object(class) { |object| ... } -> count`
    #[module_function("each_object")]
    fn each_object(vm: &mut Vm, this: Value, class: Option<Value>, block: Block) -> RResult {
        if !block.is_some() {
            let name = vm.symbol("each_object");
            let given = if class.is_some() { 2 } else { 1 };
            return vm.send(this, "enum_for", &[name, class.unwrap_or(Value::NIL)][..given]);
        }
        let class = match class.filter(|class| !class.is_nil()) {
            Some(class) => match RClass::new(class) {
                Some(class) => Some(class),
                None => return Err(vm.type_error("class or module required")),
            },
            None => None,
        };
        let found = vm.new_array();
        for &value in vm.all_values().iter() {
            if value != found.value() && is_visible(vm, value) && class.is_none_or(|class| vm.is_a(value, class.value())) {
                vm.push(found, value)?;
            }
        }
        let mut count = 0;
        for index in 0..found.len() {
            let object = found.get(index).unwrap_or(Value::NIL);
            if !vm.has_ractors() || vm.is_shareable(object)? {
                block.call(vm, &[object])?;
                count += 1;
            }
        }
        Ok(Value::small(count))
    }

    #[module_function("garbage_collect")]
    fn garbage_collect(vm: &mut Vm, _this: Value, keywords: Keywords) -> RResult<()> {
        crate::collector::collect(vm, keywords)
    }

    /// `ObjectSpace.count_objects(hash = {})`: cells by kind.
    #[module_function("count_objects")]
    fn count_objects(vm: &mut Vm, _this: Value, hash: Option<Value>) -> RResult<RHash> {
        let hash = match hash {
            Some(hash) => match RHash::new(hash) {
                Some(hash) => hash,
                None => return Err(vm.type_error("non-hash given")),
            },
            None => vm.new_hash(),
        };
        let mut counts = [0i64; KIND_NAMES.len()];
        for value in vm.all_values().iter() {
            let row = KIND_NAMES.iter().position(|(kinds, _)| value.kind().is_some_and(|kind| kinds.contains(&kind)));
            counts[row.unwrap_or(KIND_NAMES.len() - 1)] += 1;
        }
        let cells = vm.heap.cell_counts();
        let total = vm.symbol("TOTAL");
        vm.hash_set(hash, total, Value::small(cells.total as i64))?;
        let free = vm.symbol("FREE");
        vm.hash_set(hash, free, Value::small(cells.free as i64))?;
        for ((_, name), count) in KIND_NAMES.iter().zip(counts).filter(|(_, count)| *count > 0) {
            let name = vm.symbol(name);
            vm.hash_set(hash, name, Value::small(count))?;
        }
        Ok(hash)
    }

    #[module_function("_id2ref")]
    fn id2ref(vm: &mut Vm, _this: Value, id: Value) -> RResult {
        let id = vm.to_i64(id)?;
        if vm.warns_category("deprecated") {
            vm.warn_at_caller("ObjectSpace._id2ref is deprecated")?;
        }
        let found = match vm.persistent_object(id)? {
            Some(object) => Some(object),
            None => vm.object_by_id(id),
        };
        match found {
            Some(value) if vm.has_ractors() && !vm.is_shareable(value)? => {
                Err(vm.range_error(&format!("\"{id}\" is the id of an unshareable object on multi-ractor")))
            }
            Some(value) => Ok(value),
            None if id == 8 => Ok(Value::NIL),
            None if id == 20 => Ok(Value::TRUE),
            None if id == 0 => Ok(Value::FALSE),
            None if id & 1 == 1 => Ok(vm.int(id >> 1)),
            None => Err(vm.range_error(&format!("\"{id}\" is not an id value"))),
        }
    }

    /// `ObjectSpace.define_finalizer(object, callable = block)`: called with the id when the object is gone.
    #[module_function("define_finalizer")]
    fn define_finalizer(vm: &mut Vm, _this: Value, object: Value, action: Option<Value>, block: Block) -> RResult {
        let action = match action {
            Some(action) => {
                if !vm.responds_to(action, sym::CALL, true)? {
                    let class = vm.class_name_of(action);
                    return Err(vm.argument_error(&format!("wrong type argument {class} (should be callable)")));
                }
                action
            }
            None => match block.to_proc(vm)? {
                Some(block) => block.value(),
                None => return Err(vm.argument_error("tried to create Proc object without a block")),
            },
        };
        if !object.is_cell() || object.is_kind(Kind::Float) || object.is_kind(Kind::Bignum) || object.is_symbol() {
            let class = vm.class_name_of(object);
            return Err(vm.argument_error(&format!("cannot define finalizer for {class}")));
        }
        if vm.is_frozen(object) {
            return Err(vm.frozen_error(object));
        }
        if refers_to(vm, action, object) {
            vm.warn_at_caller("finalizer references object to be finalized")?;
        }
        let action = add_finalizer(vm, object, action)?;
        Ok(vm.array(&[Value::small(0), action]))
    }

    #[module_function("undefine_finalizer")]
    fn undefine_finalizer(vm: &mut Vm, _this: Value, object: Value) -> RResult {
        if vm.is_frozen(object) {
            return Err(vm.frozen_error(object));
        }
        vm.extension::<Finalizers>().waiting.retain(|entry| entry.object != object);
        Ok(object)
    }
}

/// Names of `count_objects` with the kinds they stand for; the last row takes the rest.
const KIND_NAMES: &[(&[Kind], &str)] = &[
    (&[Kind::Object], "T_OBJECT"),
    (&[Kind::Class], "T_CLASS"),
    (&[Kind::Float], "T_FLOAT"),
    (&[Kind::String], "T_STRING"),
    (&[Kind::Array], "T_ARRAY"),
    (&[Kind::Hash], "T_HASH"),
    (&[Kind::Bignum], "T_BIGNUM"),
    (&[Kind::Data, Kind::Proc], "T_DATA"),
    (&[], "T_IMEMO"),
];

/// Does the callable hold the object as its receiver?
fn refers_to(vm: &Vm, action: Value, object: Value) -> bool {
    if let Some(callable) = vm::RProc::new(action) {
        return matches!(callable.body(), objects::ProcBody::Block { receiver, .. } | objects::ProcBody::Method { receiver, .. } if receiver == object && object != vm.main);
    }
    crate::method::method_data(vm, action).is_some_and(|data| data.receiver == object)
}

/// What waits for one object's end.
struct Finalizer {
    object: Value,
    id: Value,
    actions: RArray,
}

/// Finalizers of live objects, and those whose object died. The objects are not held, the actions are.
#[derive(Default)]
struct Finalizers {
    waiting: Vec<Finalizer>,
    due: Vec<(Value, RArray)>,
}

impl vm::vm::Extension for Finalizers {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        for entry in &self.waiting {
            tracer.value(entry.actions.value());
        }
        for (_, actions) in &self.due {
            tracer.value(actions.value());
        }
    }

    fn after_mark(&mut self, live: &Liveness<'_>) {
        let (stay, dead): (Vec<_>, Vec<_>) = self.waiting.drain(..).partition(|entry| live.is_live(entry.object));
        self.waiting = stay;
        self.due.extend(dead.into_iter().map(|entry| (entry.id, entry.actions)));
    }

    fn at_safepoint(&self) -> Option<fn(&mut Vm)> {
        (!self.due.is_empty()).then_some(run_due)
    }
}

/// Adds an action and returns it, or the equal one that is there already.
fn add_finalizer(vm: &mut Vm, object: Value, action: Value) -> RResult {
    let found = vm.extension::<Finalizers>().waiting.iter().find(|entry| entry.object == object).map(|entry| entry.actions);
    let Some(actions) = found else {
        let (id, actions) = (vm.object_id(object), vm.array_view_of(&[action]));
        vm.extension::<Finalizers>().waiting.push(Finalizer { object, id, actions });
        return Ok(action);
    };
    for index in 0..actions.len() {
        let other = actions.get(index).unwrap_or(Value::NIL);
        if vm.equal(other, action)? {
            return Ok(other);
        }
    }
    vm.push(actions, action)?;
    Ok(action)
}

/// A copy of an object has its finalizers too.
pub fn copy_finalizers(vm: &mut Vm, from: Value, to: Value) -> RResult<()> {
    let found = vm.extension::<Finalizers>().waiting.iter().find(|entry| entry.object == from).map(|entry| entry.actions);
    if let Some(actions) = found {
        for index in 0..actions.len() {
            add_finalizer(vm, to, actions.get(index).unwrap_or(Value::NIL))?;
        }
    }
    Ok(())
}

/// Runs the finalizers of dead objects.
fn run_due(vm: &mut Vm) {
    while let Some((id, actions)) = vm.extension::<Finalizers>().due.pop() {
        for index in 0..actions.len() {
            run_action(vm, id, actions.get(index).unwrap_or(Value::NIL));
        }
    }
}

/// An exception of a finalizer ends nothing; it is told when warnings are on.
fn run_action(vm: &mut Vm, id: Value, action: Value) {
    let errinfo = vm.errinfo;
    let outer = std::mem::take(&mut vm.pending);
    if vm.call(action, sym::CALL, &[id]).is_err() {
        let exception = vm.take_exception();
        vm.pending = vm::Pending::None;
        let told = exception.filter(|&exception| !vm.is_a(exception, vm.core.system_exit));
        if told.is_some_and(|exception| warn_of(vm, action, exception).is_err()) {
            vm.pending = vm::Pending::None;
        }
    }
    vm.pending = outer;
    vm.errinfo = errinfo;
}

fn warn_of(vm: &mut Vm, action: Value, exception: Value) -> RResult<()> {
    if vm.options.verbose.is_none() {
        return Ok(());
    }
    let shown = vm.inspect_text(action)?;
    vm.warn_text(&format!("warning: Exception in finalizer {shown}\n"))?;
    let text = vm.call(exception, sym::FULL_MESSAGE, &[])?;
    let stderr = vm.global_get(sym::STDERR_G)?;
    vm.call(stderr, sym::WRITE, &[text])?;
    Ok(())
}

/// Runs every finalizer, also those that finalizers define: the program ends.
pub fn run_all_finalizers(vm: &mut Vm) {
    loop {
        run_due(vm);
        let waiting = std::mem::take(&mut vm.extension::<Finalizers>().waiting);
        if waiting.is_empty() {
            return;
        }
        let due = waiting.into_iter().rev().map(|entry| (entry.id, entry.actions));
        vm.extension::<Finalizers>().due.extend(due);
    }
}

/// Cells that Ruby code may see.
fn is_visible(vm: &Vm, value: Value) -> bool {
    match value.kind() {
        None => false,
        Some(kind) if kind.is_internal() => false,
        // The singleton class of a class stays hidden, as CRuby hides those nobody asked for.
        Some(Kind::Class) => RClass::new(value).is_some_and(|class| class.data().attached.is_none_or(|attached| RClass::new(attached).is_none())),
        Some(Kind::Data) => vm.real_class_of(value).value() != vm.core.object,
        Some(_) => true,
    }
}
