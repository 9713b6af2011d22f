//! Natives and primitives that have a form in IR: one row each, by the class or module that defines them and the name they are
//! defined by. What is called is known by its method, so an alias of the program has the form too, and a method of
//! the program under such a name has none.

macro_rules! define_forms {
    ($(#[doc = $enum_doc:literal])+ $enum:ident: $( $(#[doc = $doc:literal])+ $form:ident = $($owner:literal)|+ , $($name:literal)|+ , $argc:literal; )*) => {
        $(#[doc = $enum_doc])+
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum $enum { $( $(#[doc = $doc])+ $form ),* }

        impl $enum {
            /// The form of what `owner` defines as `name`, called with `argc` plain arguments.
            pub fn of(owner: &str, name: &str, argc: usize) -> Option<$enum> {
                match (owner, name, argc) {
                    $( ($($owner)|+, $($name)|+, $argc) => Some($enum::$form), )*
                    _ => None,
                }
            }
        }
    };
}

define_forms! {
    /// A native method.
    NativeForm:
    /// Number of elements.
    ArraySize = "Array", "size" | "length", 0;
    /// No elements?
    ArrayIsEmpty = "Array", "empty?", 0;
    /// Appends.
    ArrayPush = "Array", "<<" | "push" | "append", 1;
    /// Takes off the last element.
    ArrayPop = "Array", "pop", 0;
    /// Element by index.
    ArrayAt = "Array", "[]" | "at", 1;
    /// First element.
    ArrayFirst = "Array", "first", 0;
    /// Last element.
    ArrayLast = "Array", "last", 0;
    /// Number of bytes.
    StringLength = "String", "bytesize", 0;
    /// Number of characters.
    StringSize = "String", "length" | "size", 0;
    /// No bytes?
    StringIsEmpty = "String", "empty?", 0;
    /// Byte by index.
    StringByte = "String", "getbyte", 1;
    /// Writes a byte.
    StringSetByte = "String", "setbyte", 2;
    /// Conversions of an Integer to itself.
    IntegerItself = "Integer", "to_i" | "to_int" | "floor" | "ceil" | "round" | "truncate", 0;
    /// The bits turned over.
    IntegerComplement = "Integer", "~", 0;
    /// The Float of an Integer.
    IntegerToFloat = "Integer", "to_f", 0;
    /// The next Integer.
    IntegerSucc = "Integer", "succ" | "next", 0;
    /// The Integer before.
    IntegerPred = "Integer", "pred", 0;
    /// Absolute value.
    IntegerAbs = "Integer", "abs" | "magnitude", 0;
    /// Divisible by two?
    IntegerIsEven = "Integer", "even?", 0;
    /// Not divisible by two?
    IntegerIsOdd = "Integer", "odd?", 0;
    /// Zero?
    IntegerIsZero = "Integer", "zero?", 0;
    /// Above zero?
    IntegerIsPositive = "Integer", "positive?", 0;
    /// Below zero?
    IntegerIsNegative = "Integer", "negative?", 0;
    /// Conversion of a Float to itself.
    FloatItself = "Float", "to_f", 0;
    /// Absolute value.
    FloatAbs = "Float", "abs" | "magnitude", 0;
    /// The Integer part.
    FloatToInteger = "Float", "to_i" | "to_int" | "truncate", 0;
    /// An object of the class.
    New = "Class", "new", 1;
    /// nil?
    IsNil = "Kernel" | "NilClass", "nil?", 0;
    /// The same object?
    IsSame = "BasicObject" | "Kernel" | "Module", "equal?" | "==", 1;
    /// An instance of the class?
    IsInstance = "Kernel", "is_a?" | "kind_of?", 1;
    /// The same, asked of the class.
    HasInstance = "Module", "===", 1;
    /// Is there such a method?
    RespondsTo = "Kernel", "respond_to?", 1;
    /// Was the caller given a block?
    BlockGiven = "Kernel", "block_given?", 0;
    /// The receiver.
    Itself = "Kernel", "itself", 0;
    /// What does nothing.
    Initialize = "BasicObject", "initialize", 0;
    /// Square root.
    SquareRoot = "Math", "sqrt", 1;
}

define_forms! {
    /// A primitive of the prelude.
    PrimitiveForm:
    /// `<` of Integers.
    Less = "Primitive", "integer_lt", 2;
    /// `<=` of Integers.
    LessEqual = "Primitive", "integer_le", 2;
    /// `+` of Integers.
    Add = "Primitive", "integer_add", 2;
    /// `-` of Integers.
    Sub = "Primitive", "integer_sub", 2;
    /// An immediate Integer?
    IsFixnum = "Primitive", "is_fixnum", 1;
    /// The same object?
    IsSame = "Primitive", "same", 2;
    /// Number of elements of an Array.
    ArraySize = "Primitive", "array_size", 1;
    /// Element of an Array by index.
    ArrayGet = "Primitive", "array_get", 2;
    /// Writes an element of an Array.
    ArraySet = "Primitive", "array_set", 3;
    /// Appends to an Array.
    ArrayPush = "Primitive", "array_push", 2;
    /// Low end of a Range.
    RangeLow = "Primitive", "range_low", 1;
    /// High end of a Range.
    RangeHigh = "Primitive", "range_high", 1;
    /// Is the high end left out?
    RangeIsExclusive = "Primitive", "range_exclusive", 1;
    /// nil, the one element, or the Array of several.
    Pack = "Primitive", "pack", 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_go_by_owner_name_and_count() {
        assert_eq!(NativeForm::of("Array", "append", 1), Some(NativeForm::ArrayPush));
        assert_eq!(NativeForm::of("Array", "append", 2), None);
        assert_eq!(NativeForm::of("Hash", "size", 0), None);
        assert_eq!(PrimitiveForm::of("Primitive", "pack", 1), Some(PrimitiveForm::Pack));
    }
}
