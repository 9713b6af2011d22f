//! The native part of the library `prism`: `prism/prism`, which makes the objects of the library's Ruby files from what the parser
//! that we link has found.
//!
//! Rooms: `raw` the parser's calls, `reader` the bytes that it answers with, `kinds` what its nodes and diagnostics are called and
//! made of, `build` the objects. Options are Ruby (`stdlib/libraries/ruby/prism.rb`).
//! Source: CRuby `prism/extension.c` (behaviour), Prism's description of its serialized form.

mod build;
mod kinds;
mod raw;
mod reader;

use macros::ruby_methods;
use raw::Wanted;
use text::Encoding;
use vm::{RResult, Value, Vm};

/// Defines the functions of Prism that the Ruby part asks.
pub fn init(vm: &mut Vm) -> RResult<()> {
    let object = vm.core.object;
    vm.define_module_under(object, "Prism");
    vm.define_groups(&[Functions::GROUP]);
    Ok(())
}

/// Functions of Prism.
pub struct Functions;

#[ruby_methods("Prism")]
impl Functions {
    /// What the parser finds in a text: a result of the class that fits what is wanted.
    #[singleton("answer", private)]
    fn answer(vm: &mut Vm, this: Value, wanted: Value, text: Value, options: Value, freeze: bool) -> RResult {
        let wanted = Wanted::ALL[vm.to_i64(wanted)? as usize % Wanted::ALL.len()];
        let options = vm.to_str(options)?.bytes().to_vec();
        let source = vm.to_str(text)?.bytes().to_vec();
        vm.room_for(source.len())?;
        let Some(answer) = vm.deeply(|| raw::serialize(wanted, &source, &options)) else { return Err(vm.no_memory()) };
        build::result(vm, this, wanted, text, &answer, freeze)
    }

    /// Does a text parse without errors?
    #[singleton("accepts", private)]
    fn accepts(vm: &mut Vm, _this: Value, text: Value, options: Value) -> RResult<bool> {
        let options = vm.to_str(options)?.bytes().to_vec();
        let source = vm.to_str(text)?.bytes().to_vec();
        vm.deeply(|| raw::is_accepted(&source, &options)).ok_or_else(|| vm.no_memory())
    }

    /// Could a text be a name of this sort? nil in an encoding that the parser does not know.
    #[singleton("is_name", private)]
    fn is_name(vm: &mut Vm, _this: Value, sort: Value, text: Value) -> RResult {
        let query = raw::QUERIES[vm.to_i64(sort)? as usize % raw::QUERIES.len()];
        let text = vm.to_str(text)?;
        let encoding: Encoding = text.encoding();
        Ok(raw::is_name(query, text.bytes(), encoding.name()).map_or(Value::NIL, Value::bool))
    }
}
