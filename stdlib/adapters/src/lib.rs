//! The table of adapters: small Ruby files of ours (`GEM/*.rb`) that run before, instead of or after a gem's file whose check of
//! RUBY_ENGINE chooses a wrong path or a broken one.
//!
//! Invariant: an adapter that no file of its gem fits costs a comparison of names when a file is loaded.
#![forbid(unsafe_code)]

use vm::library::{Adapter, Moment};

/// All adapters.
pub const ADAPTERS: &[Adapter] = &[
    Adapter {
        gem: "prism",
        file: "prism/ffi.rb",
        versions: ("1.5", "2"),
        moment: Moment::Instead,
        text: include_str!("../prism/ffi.rb"),
        reason: "the file calls the parser through the gem ffi where the engine is not CRuby; ours is linked in",
    },
    Adapter {
        gem: "concurrent-ruby",
        file: "concurrent/utility/engine.rb",
        versions: ("1.0", "2"),
        moment: Moment::Before,
        text: include_str!("../concurrent-ruby/engine.rb"),
        reason: "unknown engines get collections with a lock of their own, which deadlock where a block looks at its own Map",
    },
    Adapter {
        gem: "power_assert",
        file: "power_assert/parser.rb",
        versions: ("2.0", "4"),
        moment: Moment::Before,
        text: include_str!("../power_assert/parser.rb"),
        reason: "it asks RubyVM::InstructionSequence whether a text compiles",
    },
    Adapter {
        gem: "power_assert",
        file: "power_assert/enable_tracepoint_events.rb",
        versions: ("1.0", "4"),
        moment: Moment::Instead,
        text: include_str!("../power_assert/enable_tracepoint_events.rb"),
        reason: "it tells CRuby's compiler that operators are to be traced, which they are here as all calls",
    },
    Adapter {
        gem: "rubocop-ast",
        file: "rubocop/ast/processed_source.rb",
        versions: ("1.0", "2"),
        moment: Moment::Before,
        text: include_str!("../rubocop-ast/processed_source.rb"),
        reason: "the parser may recover from errors on CRuby only, so that offences behind the first error are not found",
    },
    Adapter {
        gem: "thread_safe",
        file: "thread_safe.rb",
        versions: ("0.3", "1"),
        moment: Moment::Before,
        text: include_str!("../thread_safe/thread_safe.rb"),
        reason: "Array and Hash are defined for engines that it knows only",
    },
];
