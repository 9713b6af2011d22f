//! Layouts of heap objects: one file a kind with its layout, a safe view and its tracing.
//!
//! A view is a `Value` that was checked to have the kind. Views change objects through the write
//! barrier; nothing outside this crate knows offsets (the JIT gets them from `abi::offsets`).
#![deny(unsafe_code)]

#[expect(unsafe_code, reason = "reads and writes cells of kind Array")]
pub mod array;
#[expect(unsafe_code, reason = "reads and writes cells of kind Class")]
pub mod class;
#[expect(unsafe_code, reason = "holds raw code addresses for the interpreter")]
pub mod code;
#[expect(unsafe_code, reason = "reads and writes cells of kind Data")]
pub mod data;
#[expect(unsafe_code, reason = "reads and writes cells of kind Env")]
pub mod env;
#[expect(unsafe_code, reason = "reads and writes cells of kind Hash")]
pub mod hash;
pub mod hash_table;
#[expect(unsafe_code, reason = "places Rust values in cells")]
pub mod internal;
#[expect(unsafe_code, reason = "dispatches on the kind of raw cells")]
pub mod kinds;
#[expect(unsafe_code, reason = "holds raw method addresses")]
pub mod method;
pub mod name_table;
#[expect(unsafe_code, reason = "reads and writes cells of kinds Float and Bignum")]
pub mod number;
#[expect(unsafe_code, reason = "reads and writes instance variable slots of cells")]
pub mod object;
#[expect(unsafe_code, reason = "reads and writes cells of kind Proc")]
pub mod procedure;
#[expect(unsafe_code, reason = "reads and writes cells of kind Range")]
pub mod range;
pub mod shape;
pub mod site;
#[expect(unsafe_code, reason = "reads and writes cells of kind String")]
pub mod string;

pub use array::RArray;
pub use class::{ClassData, RClass};
pub use code::{CallView, Code, CodeRef};
pub use data::{NativeData, RData};
pub use env::REnv;
pub use hash::RHash;
pub use method::{
    BlockWord, Cref, CrefRef, Method, MethodBody, MethodRef, NativeFunction, NativeMethod, OpaqueVm, Refinements, RefinementsRef, Visibility,
};
pub use object::RObject;
pub use procedure::{ProcBody, RProc};
pub use range::RRange;
pub use shape::{ShapeId, ShapeTable};
pub use string::RString;
