//! StringScanner: a position in a String that moves on from match to match.
//!
//! Rooms: `scanner` what a scanner holds and how it matches, `scanning` the methods that match, `position` where it stands,
//! `groups` what the last match found. Invariant: the text is never copied; a match runs on the rest of its bytes, so that
//! `^` and `\A` stand for the position (with `fixed_anchor` on all of them, from the position).
//! Source: CRuby `ext/strscan` 3.1.6 (behaviour).
#![forbid(unsafe_code)]

mod groups;
mod position;
mod scanner;
mod scanning;

use scanner::Scanner;
use vm::{RResult, Vm};

/// Defines StringScanner.
pub fn init(vm: &mut Vm) -> RResult<()> {
    let (object, standard_error) = (vm.core.object, vm.core.standard_error);
    let class = vm.define_class_under(object, "StringScanner", object);
    vm.define_class_under(class, "Error", standard_error);
    vm.set_allocator(class, |vm, class| Ok(vm.data(class, Box::<Scanner>::default())));
    for (name, text) in [("Version", "3.1.6"), ("Id", "$Id$")] {
        let (name, text) = (vm.intern(name), vm.frozen_string(text.as_bytes(), text::Encoding::US_ASCII));
        vm.set_constant_raw(vm.class_view(class), name, text);
    }
    vm.define_groups(&[scanner::Making::GROUP, scanning::Scanning::GROUP, position::Position::GROUP, groups::Groups::GROUP]);
    Ok(())
}
