//! Builtin methods of the operating system: IO, File, Dir, Process, Time, Thread.

use macros::ruby_methods;
use vm::{RResult, Value, Vm};
pub struct Boot;
#[ruby_methods("Kernel")]
impl Boot {
    #[method("puts")]
    fn puts(vm: &mut Vm, _this: Value, args: &[Value]) -> RResult<()> {
        for &a in args { let s = if let Some(i) = a.as_fixnum() { i.to_string() } else if let Some(f) = a.as_flonum() { f.to_string() } else if vm::RString::new(a).is_some() { vm.to_s_text(a)? } else { format!("{a:?}") }; println!("{s}"); }
        Ok(())
    }
}
pub fn init(vm: &mut Vm) { vm.define_groups(&[Boot::GROUP]); }
