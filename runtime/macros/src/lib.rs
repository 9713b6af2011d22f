//! Attributes that declare a builtin method beside its body.
//!
//! ```ignore
//! struct Access;
//! #[ruby_methods("Array")]
//! impl Access {
//!     /// `ary.push(*objs) -> ary`
//!     #[method("push", "append", effects = "writes_self")]
//!     fn push(vm: &mut Vm, this: RArray, objs: &[Value]) -> RResult { ... }
//! }
//! ```
//! Arity, optional parameters, block, keywords and conversions come from the parameter types after
//! `vm` and the receiver: `T` required, `Option<T>` optional, `&[Value]` the rest, `Block`,
//! `Keywords`. `#[singleton(..)]` declares on the class itself, `#[module_function(..)]` both ways;
//! `private` after the names makes it private. The impl gets `pub const GROUP: MethodGroup`.

mod emit;
mod signature;

use proc_macro::TokenStream;

/// See the crate's documentation.
#[proc_macro_attribute]
pub fn ruby_methods(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let class = syn::parse_macro_input!(attribute as syn::LitStr);
    let group = syn::parse_macro_input!(item as syn::ItemImpl);
    emit::group(&class, group).unwrap_or_else(|error| error.to_compile_error()).into()
}
