//! Functions that edit `$_`; they exist under `-n` and `-p` only.

use macros::ruby_methods;
use vm::{Block, RResult, Value, Vm};

/// Defines them.
pub fn define_line_methods(vm: &mut Vm) {
    vm.define_groups(&[Lines::GROUP]);
}

struct Lines;

#[ruby_methods("Kernel")]
impl Lines {
    #[module_function("chomp")]
    fn chomp(vm: &mut Vm, _this: Value, args: &[Value]) -> RResult {
        edit(vm, "chomp", args, Block::new(vm::BlockWord::NONE))
    }

    #[module_function("chop")]
    fn chop(vm: &mut Vm, _this: Value) -> RResult {
        edit(vm, "chop", &[], Block::new(vm::BlockWord::NONE))
    }

    #[module_function("sub")]
    fn sub(vm: &mut Vm, _this: Value, args: &[Value], block: Block) -> RResult {
        edit(vm, "sub", args, block)
    }

    #[module_function("gsub")]
    fn gsub(vm: &mut Vm, _this: Value, args: &[Value], block: Block) -> RResult {
        edit(vm, "gsub", args, block)
    }
}

/// `$_ = $_.name(*args)`
fn edit(vm: &mut Vm, name: &str, args: &[Value], block: Block) -> RResult {
    let line = vm.last_line();
    if vm::RString::new(line).is_none() {
        let found = vm.conversion_name(line);
        return Err(vm.type_error(&format!("$_ value need to be String ({found} given)")));
    }
    let name = vm.intern(name);
    let result = vm.call_with_block(line, name, args, block.word())?;
    vm.set_last_line(result);
    Ok(result)
}
