//! What Ractor asks about Procs and objects: outer variables of a block, a block with another self, moving.

use bytecode::{Function, Op, Place};
use macros::ruby_methods;
use objects::{CodeRef, ProcBody};
use vm::{RClass, RProc, RResult, Value, Vm};

/// Operations of `prelude/lib/ractor.rb`.
pub struct IsolationPrimitives;

#[ruby_methods("Primitive")]
impl IsolationPrimitives {
    /// From now on the VM checks what Ractors use.
    #[method("begin_isolation")]
    fn begin_isolation(vm: &mut Vm, _this: Value) {
        vm.begin_isolation();
    }

    /// `[[name, is assigned more than once], ...]` of the variables around a block that it mentions.
    #[method("proc_outer_variables")]
    fn proc_outer_variables(vm: &mut Vm, _this: Value, block: RProc) -> RResult {
        let list = vm.new_array();
        let ProcBody::Block { code, .. } = block.body() else { return Ok(list.value()) };
        let mut found = Vec::new();
        outer_slots(&code.function, 0, &mut found);
        for (scope, slot) in found {
            let Some((owner, name)) = variable(code, scope, slot) else { continue };
            let is_parameter = slot_is_parameter(&owner.function, &name);
            let writes = usize::from(is_parameter) + count_writes(&owner.function, 0, slot);
            let name = vm.intern(&String::from_utf8_lossy(&name));
            let pair = vm.array(&[Value::symbol(name), Value::bool(writes > 1)]);
            vm.push(list, pair)?;
        }
        Ok(list.value())
    }

    /// The same block with another self.
    #[method("proc_with_self")]
    fn proc_with_self(vm: &mut Vm, _this: Value, block: RProc, receiver: Value, lambda: Value) -> RProc {
        let body = match block.body() {
            ProcBody::Block { code, env, cref, method, .. } => ProcBody::Block { code, receiver, env, cref, method },
            other => other,
        };
        vm.proc_from(body, lambda.truthy())
    }

    /// Makes an object an instance of another class.
    #[method("retype")]
    fn retype(vm: &mut Vm, _this: Value, object: Value, class: RClass) {
        vm.retype(object, class);
    }
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

/// Environments (0 is the one right around the block) and slots that a block and those in it use.
fn outer_slots(function: &Function, inside: usize, found: &mut Vec<(usize, u16)>) {
    let inside = inside + own_scopes(function);
    each_access(function, &mut |depth, slot, _| {
        if depth >= inside && !found.contains(&(depth - inside, slot)) {
            found.push((depth - inside, slot));
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

fn slot_is_parameter(function: &Function, name: &[u8]) -> bool {
    function.params.names.iter().any(|parameter| parameter == name)
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
