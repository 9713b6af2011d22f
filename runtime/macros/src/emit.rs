//! Writes the entry of each method and the group's table.

use crate::signature::{Parameter, Signature};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, Ident, ImplItem, ImplItemFn, ItemImpl, LitStr, Result, Token};

/// Content of `#[method(...)]`.
struct Declaration {
    names: Vec<LitStr>,
    effects: Option<LitStr>,
    private: bool,
}

impl Parse for Declaration {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut declaration = Declaration { names: Vec::new(), effects: None, private: false };
        while !input.is_empty() {
            if input.peek(LitStr) {
                declaration.names.push(input.parse()?);
            } else {
                let key: Ident = input.parse()?;
                match key.to_string().as_str() {
                    "private" => declaration.private = true,
                    "effects" => {
                        input.parse::<Token![=]>()?;
                        declaration.effects = Some(input.parse()?);
                    }
                    _ => return Err(Error::new_spanned(key, "expected a name, `private` or `effects = \"..\"`")),
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(declaration)
    }
}

/// Expands an impl block.
pub fn group(class: &LitStr, mut item: ItemImpl) -> Result<TokenStream> {
    let mut entries = Vec::new();
    let mut rows = Vec::new();
    let owner = item.self_ty.clone();
    for member in &mut item.items {
        let ImplItem::Fn(function) = member else { continue };
        let Some((kind, attribute)) = take_attribute(&mut function.attrs) else { continue };
        let declaration: Declaration = attribute.parse_args()?;
        let entry = format_ident!("native_{}", function.sig.ident);
        entries.push(entry_function(&entry, &label(class, kind, &declaration), &owner, function)?);
        rows.push(row(&entry, &owner, kind, &declaration, function)?);
    }
    Ok(quote! {
        #item
        impl #owner {
            #(#entries)*
            /// The methods of this group.
            pub const GROUP: ::vm::define::MethodGroup = ::vm::define::MethodGroup { class: #class, methods: &[#(#rows),*] };
        }
    })
}

fn take_attribute(attributes: &mut Vec<Attribute>) -> Option<(&'static str, Attribute)> {
    for (name, kind) in [("method", "Instance"), ("singleton", "Singleton"), ("module_function", "ModuleFunction")] {
        if let Some(index) = attributes.iter().position(|attribute| attribute.path().is_ident(name)) {
            return Some((kind, attributes.remove(index)));
        }
    }
    None
}

/// `Class#method` or `Class.method`, for reports.
fn label(class: &LitStr, kind: &str, declaration: &Declaration) -> String {
    let separator = if kind == "Singleton" { '.' } else { '#' };
    let name = declaration.names.first().map(LitStr::value).unwrap_or_default();
    format!("{}{separator}{name}", class.value())
}

fn entry_function(entry: &Ident, label: &str, owner: &syn::Type, function: &ImplItemFn) -> Result<TokenStream> {
    let signature = Signature::read(function)?;
    let name = &function.sig.ident;
    let receiver = &signature.receiver;
    let (required, maximum) = (signature.required(), option(signature.maximum()));
    let keywords = signature.takes_keywords();
    let mut position = 0usize;
    let arguments: Vec<_> = signature.parameters.iter().map(|parameter| argument(parameter, &mut position)).collect();
    let names: Vec<_> = (0..arguments.len()).map(|index| format_ident!("argument{index}")).collect();
    Ok(quote! {
        extern "sysv64" fn #entry(vm: &mut ::vm::Vm, this: ::vm::Value, argv: ::vm::define::ArgPointer, argc: u64, block: ::vm::BlockWord) -> Option<::vm::Value> {
            #[inline(always)]
            fn run(vm: &mut ::vm::Vm, this: ::vm::Value, args: ::vm::define::Args) -> ::vm::RResult {
                args.check(vm, #required, #maximum)?;
                let receiver = <#receiver as ::vm::define::FromArg>::from_arg(vm, this)?;
                #(let #names = #arguments;)*
                let result = #owner::#name(vm, receiver, #(#names),*);
                ::vm::define::IntoResult::into_result(result, vm)
            }
            ::vm::panic::native(vm, #label, |vm| run(vm, this, ::vm::define::Args::new(argv, argc, block, #keywords)))
        }
    })
}

fn argument(parameter: &Parameter, position: &mut usize) -> TokenStream {
    let at = *position;
    match parameter {
        Parameter::Required(ty) => {
            *position += 1;
            quote! { { let value = args.required(#at); <#ty as ::vm::define::FromArg>::from_arg(vm, value)? } }
        }
        Parameter::Optional(ty) => {
            *position += 1;
            quote! { match args.optional(#at) { Some(value) => Some(<#ty as ::vm::define::FromArg>::from_arg(vm, value)?), None => None } }
        }
        Parameter::Rest => quote! { args.rest(#at) },
        Parameter::Block => quote! { args.block() },
        Parameter::Keywords => quote! { args.keywords() },
    }
}

fn option(maximum: Option<u16>) -> TokenStream {
    match maximum {
        Some(count) => quote! { Some(#count) },
        None => quote! { None },
    }
}

fn row(entry: &Ident, owner: &syn::Type, kind: &str, declaration: &Declaration, function: &ImplItemFn) -> Result<TokenStream> {
    let signature = Signature::read(function)?;
    let kind = format_ident!("{kind}");
    let names = &declaration.names;
    let (required, maximum) = (signature.required(), option(signature.maximum()));
    let effects = effects(declaration, &signature)?;
    let private = declaration.private;
    let keywords = signature.takes_keywords();
    Ok(quote! {
        ::vm::define::MethodDef {
            names: &[#(#names),*],
            kind: ::vm::define::MethodKind::#kind,
            entry: #owner::#entry,
            required: #required,
            maximum: #maximum,
            private: #private,
            effects: #effects,
            takes_keywords: #keywords,
        }
    })
}

/// The declared effects: constants of `Effects` by their names there, so that a wrong one does not compile. What declares
/// nothing may do anything.
fn effects(declaration: &Declaration, signature: &Signature) -> Result<TokenStream> {
    let list = declaration.effects.as_ref().map_or_else(|| "any".to_string(), LitStr::value);
    let mut names = Vec::new();
    for word in list.split(',').map(str::trim) {
        names.push(
            declaration.effects.as_ref().map_or_else(|| Ok(format_ident!("{word}")), |literal| LitStr::new(word, literal.span()).parse::<Ident>())?,
        );
    }
    if signature.parameters.iter().any(|parameter| matches!(parameter, Parameter::Block)) {
        names.push(format_ident!("takes_block"));
    }
    Ok(quote! { ::vm::define::Effects::pure #(.and(::vm::define::Effects::#names))* })
}
