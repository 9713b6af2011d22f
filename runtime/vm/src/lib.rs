//! The virtual machine: interpreter, method calls, classes, exceptions. Knows no builtin methods
//! beyond what the language needs, no compiler to machine code and no store.
#![deny(unsafe_code)]

pub mod arguments;
pub mod autoload;
pub mod backtrace;
pub mod block;
pub mod class;
pub mod closures;
pub mod code;
pub mod constant;
pub mod convert;
pub mod core;
pub mod coverage;
pub mod deep;
pub mod define;
pub mod encoding;
pub mod equality;
pub mod eval;
mod execution;
#[expect(unsafe_code, reason = "hands the VM to the owner of persistent objects")]
pub mod external;
#[expect(unsafe_code, reason = "switches native stacks")]
pub mod fiber;
#[expect(unsafe_code, reason = "walks frames on the VM stack")]
pub mod frames;
pub mod global;
pub mod hashing;
pub mod intern;
mod internals;
#[expect(unsafe_code, reason = "the interpreter: reads code units and frame registers")]
pub mod interp;
mod isolation;
pub mod library;
pub mod lookup;
#[expect(unsafe_code, reason = "is called by machine code with raw frames")]
pub mod machine;
pub mod make;
pub mod matching;
#[expect(unsafe_code, reason = "finds the VM of the thread that panicked")]
pub mod panic;
mod pattern_check;
pub mod profile;
pub mod raise;
pub mod refinement;
#[expect(unsafe_code, reason = "calls native methods and pushes frames")]
pub mod send;
pub mod signal_names;
#[expect(unsafe_code, reason = "reserves the VM stack and scans native ones")]
pub mod stack;
pub mod thread;
pub mod trace;
mod transcoding;
pub mod variable;
#[expect(unsafe_code, reason = "is found again through the pointer that natives get")]
pub mod vm;

pub use self::core::Core;
pub use arguments::{ArgumentList, Keywords, PassedKeywords};
pub use block::Block;
pub use heap::{Rooted, RootedValues};
pub use objects::{BlockWord, RArray, RClass, RData, RHash, RObject, RProc, RRange, RString};
pub use raise::Pending;
pub use value::{RResult, Raised, Symbol, Value, sym};
pub use vm::{Options, Vm};
