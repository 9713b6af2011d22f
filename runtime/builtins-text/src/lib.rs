//! Builtin methods of texts: String, Symbol, Regexp, MatchData, Encoding, `format`, `pack`.
#![forbid(unsafe_code)]

mod common;
mod converter;
mod encoding;
mod format;
mod match_data;
mod pack;
mod regexp;
mod string;
mod symbol;

use vm::Vm;

/// Defines everything of this crate.
pub fn init(vm: &mut Vm) {
    encoding::define_classes(vm);
    vm.define_groups(&[
        string::basic::Basics::GROUP,
        string::basic::Conversions::GROUP,
        string::index::Parts::GROUP,
        string::change::Changes::GROUP,
        string::change::Others::GROUP,
        string::pattern::Patterns::GROUP,
        string::iterate::Iteration::GROUP,
        string::encode::Encoded::GROUP,
        symbol::Symbols::GROUP,
        self::regexp::Making::GROUP,
        self::regexp::Matching::GROUP,
        self::regexp::Primitives::GROUP,
        match_data::Matches::GROUP,
        encoding::Encodings::GROUP,
        encoding::Undefined::GROUP,
        encoding::Invalid::GROUP,
        format::Formatting::GROUP,
        pack::Packing::GROUP,
    ]);
    encoding::init(vm);
    converter::init(vm);
    self::regexp::init(vm);
}
