//! What Ractor asks about Procs and objects: outer variables of a block, a block with another self, moving.

use bytecode::{Function, Op, Place};
use macros::ruby_methods;
use objects::{CodeRef, ProcBody};
use vm::{RClass, RProc, RResult, Value, Vm};

/// Operations of `stdlib/libraries/ruby/ractor.rb`.
pub struct IsolationPrimitives;

#[ruby_methods("Primitive")]
impl IsolationPrimitives {
    /// From now on the VM checks what Ractors use.
    #[method("begin_isolation")]
    fn begin_isolation(vm: &mut Vm, _this: Value) {
        vm.begin_isolation();
    }

    /// `[[name, is assigned more than once, value, is assigned in the block], ...]` of the variables around a block that it mentions.
    #[method("proc_outer_variables")]
    fn proc_outer_variables(vm: &mut Vm, _this: Value, block: RProc) -> RResult {
        let list = vm.new_array();
        let ProcBody::Block { code, env, .. } = block.body() else { return Ok(list.value()) };
        let mut found = Vec::new();
        outer_slots(&code.function, 0, &mut found);
        for (scope, slot, written) in found {
            let Some((owner, name)) = variable(code, scope, slot) else { continue };
            // What a parameter is given is put there by one assignment, too.
            let writes = count_writes(&owner.function, 0, slot);
            let name = vm.intern(&String::from_utf8_lossy(&name));
            let pair = vm.array(&[Value::symbol(name), Value::bool(writes > 1), vm.env_slot(env, scope, slot), Value::bool(written)]);
            vm.push(list, pair)?;
        }
        Ok(list.value())
    }

    /// Does a block or one in it yield?
    #[method("proc_yields")]
    fn proc_yields(_vm: &mut Vm, _this: Value, block: RProc) -> bool {
        matches!(block.body(), ProcBody::Block { code, .. } if yields(&code.function))
    }

    /// The self of a block; nil for other Procs.
    #[method("proc_receiver")]
    fn proc_receiver(_vm: &mut Vm, _this: Value, block: RProc) -> Value {
        match block.body() {
            ProcBody::Block { receiver, .. } => receiver,
            _ => Value::NIL,
        }
    }

    /// Cuts a block off from what is around it, with another self.
    #[method("isolate_proc")]
    fn isolate_proc(vm: &mut Vm, _this: Value, block: RProc, receiver: Value) -> RResult<RProc> {
        vm.isolate_proc(block, receiver)?;
        Ok(block)
    }

    /// A copy of a Proc.
    #[method("proc_copy")]
    fn proc_copy(vm: &mut Vm, _this: Value, block: RProc, lambda: Value) -> RProc {
        vm.proc_from(block.body(), lambda.truthy())
    }

    /// An object of a class that has no `allocate` for programs.
    #[method("allocate_object")]
    fn allocate_object(vm: &mut Vm, _this: Value, class: RClass) -> RResult {
        vm.allocate_object(class)
    }

    /// Takes `allocate` away from a class.
    #[method("undefine_allocator")]
    fn undefine_allocator(vm: &mut Vm, _this: Value, class: RClass) {
        vm.undefine_allocator(class.value());
    }

    /// What a method that became an object is called on, itself included for those without a receiver.
    #[method("method_receiver")]
    fn method_receiver(vm: &mut Vm, _this: Value, method: Value) -> Option<Value> {
        crate::method::method_data(vm, method).map(|data| data.receiver)
    }

    /// Is the object shareable? nil when that needs a look at more than Strings, Arrays, Hashes and Ranges.
    #[method("known_shareable")]
    fn known_shareable(vm: &mut Vm, _this: Value, object: Value) -> Value {
        vm.known_shareable(object).map_or(Value::NIL, Value::bool)
    }

    /// Are the parts of an Array or Hash known to be shareable, and has it no variables?
    #[method("has_shareable_parts")]
    fn has_shareable_parts(vm: &mut Vm, _this: Value, object: Value) -> bool {
        vm.has_shareable_parts(object)
    }

    /// A copy of a String that is nothing but its text; nil for others.
    #[method("text_copy")]
    fn text_copy(vm: &mut Vm, _this: Value, object: Value) -> Option<Value> {
        let text = vm.plain_text(object)?;
        Some(vm.string(text.bytes(), text.encoding()))
    }

    /// Freezes a String that is nothing but its text; false for others.
    #[method("freeze_text")]
    fn freeze_text(vm: &mut Vm, _this: Value, object: Value) -> bool {
        vm.plain_text(object).map(|_| vm.freeze(object)).is_some()
    }

    /// Sets a member of the fresh copy of a Struct or Data.
    #[method("replace_member")]
    fn replace_member(vm: &mut Vm, _this: Value, object: Value, index: i64, value: Value) {
        vm.replace_member(object, index as u32, value);
    }

    /// Is it a Proc of a block of Ruby code or of a name?
    #[method("proc_is_block")]
    fn proc_is_block(_vm: &mut Vm, _this: Value, block: RProc) -> bool {
        matches!(block.body(), ProcBody::Block { code, .. } if !code.file.starts_with("<internal:")) || matches!(block.body(), ProcBody::Symbol(..))
    }

    /// Makes a frozen instance of another class of an object, whose content is given up.
    #[method("hollow")]
    fn hollow(vm: &mut Vm, _this: Value, object: Value, class: RClass) {
        vm.hollow(object, class);
    }
}

/// Does a block or one in it yield?
fn yields(function: &Function) -> bool {
    let mut at = 0;
    while let Some((op, next)) = Op::decode(&function.code, at) {
        if matches!(op, Op::Yield { .. }) {
            return true;
        }
        at = next;
    }
    function.children.iter().any(|child| child.kind.is_closure() && yields(child))
}

/// Environments that a function adds between itself and what is around it.
fn own_scopes(function: &Function) -> usize {
    usize::from(function.env.is_some())
}

fn each_access(function: &Function, visit: &mut dyn FnMut(usize, u16, bool)) {
    let mut at = 0;
    while let Some((op, next)) = Op::decode(&function.code, at) {
        match op {
            Op::GetEnv { depth, slot, .. } => visit(usize::from(depth.0), slot.0, false),
            Op::SetEnv { depth, slot, .. } => visit(usize::from(depth.0), slot.0, true),
            _ => {}
        }
        at = next;
    }
}

/// Environments (0 is the one right around the block) and slots that a block and those in it use, and whether they
/// assign them.
fn outer_slots(function: &Function, inside: usize, found: &mut Vec<(usize, u16, bool)>) {
    let inside = inside + own_scopes(function);
    each_access(function, &mut |depth, slot, is_write| {
        let Some(scope) = depth.checked_sub(inside) else { return };
        match found.iter_mut().find(|known| (known.0, known.1) == (scope, slot)) {
            Some(known) => known.2 |= is_write,
            None => found.push((scope, slot, is_write)),
        }
    });
    for child in function.children.iter().filter(|child| child.kind.is_closure()) {
        outer_slots(child, inside, found);
    }
}

/// The code around `block` that owns an environment, and the name of a slot there.
fn variable(block: CodeRef, scope: usize, slot: u16) -> Option<(CodeRef, Vec<u8>)> {
    let mut left = scope;
    let mut at = block.parent?;
    while !(at.function.env.is_some() && left == 0) {
        left -= usize::from(at.function.env.is_some() && left > 0);
        at = at.parent?;
    }
    let local = at.function.locals.iter().find(|local| local.place == Place::Slot(slot))?;
    Some((at, local.name.clone()))
}

/// Assignments to a slot of the environment `depth` scopes up.
fn count_writes(function: &Function, depth: usize, slot: u16) -> usize {
    let mut writes = 0;
    each_access(function, &mut |at, other, is_write| writes += usize::from(is_write && at == depth && other == slot));
    for child in function.children.iter().filter(|child| child.kind.is_closure()) {
        writes += count_writes(child, depth + own_scopes(child), slot);
    }
    writes
}
