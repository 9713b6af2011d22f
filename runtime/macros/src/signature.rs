//! From a function's parameter types to the way its arguments are taken.

use syn::{Error, FnArg, GenericArgument, ImplItemFn, PathArguments, Result, Type};

/// How one parameter is filled.
pub enum Parameter {
    /// One argument, converted to the type.
    Required(Type),
    /// One argument or None.
    Optional(Type),
    /// All further arguments.
    Rest,
    /// The block.
    Block,
    /// The keywords.
    Keywords,
}

/// A method's receiver type and parameters.
pub struct Signature {
    /// Type of the receiver.
    pub receiver: Type,
    /// Parameters behind it.
    pub parameters: Vec<Parameter>,
}

impl Signature {
    /// Reads the signature of `function(vm, this, ...)`.
    pub fn read(function: &ImplItemFn) -> Result<Signature> {
        let mut inputs = function.sig.inputs.iter().skip(1);
        let receiver = match inputs.next() {
            Some(FnArg::Typed(typed)) => (*typed.ty).clone(),
            _ => return Err(Error::new_spanned(&function.sig, "expected (vm: &mut Vm, this: T, ...)")),
        };
        let parameters = inputs
            .map(|input| match input {
                FnArg::Typed(typed) => Ok(classify(&typed.ty)),
                FnArg::Receiver(receiver) => Err(Error::new_spanned(receiver, "builtins have no Rust self")),
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Signature { receiver, parameters })
    }

    /// Number of required arguments.
    pub fn required(&self) -> u16 {
        self.parameters.iter().filter(|p| matches!(p, Parameter::Required(_))).count() as u16
    }

    /// Most arguments; None when there is a rest.
    pub fn maximum(&self) -> Option<u16> {
        if self.parameters.iter().any(|p| matches!(p, Parameter::Rest)) {
            return None;
        }
        Some(self.parameters.iter().filter(|p| matches!(p, Parameter::Required(_) | Parameter::Optional(_))).count() as u16)
    }

    /// Does the method take keywords?
    pub fn takes_keywords(&self) -> bool {
        self.parameters.iter().any(|p| matches!(p, Parameter::Keywords))
    }
}

fn classify(ty: &Type) -> Parameter {
    match ty {
        Type::Reference(reference) if matches!(*reference.elem, Type::Slice(_)) => Parameter::Rest,
        Type::Path(path) => {
            let Some(last) = path.path.segments.last() else { return Parameter::Required(ty.clone()) };
            match (last.ident.to_string().as_str(), &last.arguments) {
                ("Block", _) => Parameter::Block,
                ("Keywords", _) => Parameter::Keywords,
                ("Option", PathArguments::AngleBracketed(arguments)) => match arguments.args.first() {
                    Some(GenericArgument::Type(inner)) => Parameter::Optional(inner.clone()),
                    _ => Parameter::Required(ty.clone()),
                },
                _ => Parameter::Required(ty.clone()),
            }
        }
        _ => Parameter::Required(ty.clone()),
    }
}
