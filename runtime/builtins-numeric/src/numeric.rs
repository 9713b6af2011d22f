//! Numeric: what every number answers, by the operators of its class.
//!
//! Source: CRuby `numeric.c`, `complex.c` (the parts of real numbers).

use crate::number;
use macros::ruby_methods;
use vm::{Keywords, RResult, Value, Vm, sym};

/// Methods of Numeric.
pub struct Numerics;

#[ruby_methods("Numeric")]
impl Numerics {
    #[method("+@", effects = "pure")]
    fn plus(_vm: &mut Vm, this: Value) -> Value {
        this
    }

    #[method("-@")]
    fn negate(vm: &mut Vm, this: Value) -> RResult {
        match number::coerced(vm, Value::small(0), this, true)? {
            Some((zero, this)) => vm.call(zero, sym::SUB, &[this]),
            None => Ok(Value::NIL),
        }
    }

    #[method("<=>")]
    fn compare(vm: &mut Vm, this: Value, other: Value) -> RResult {
        let same = this == other || vm.equal(this, other)?;
        Ok(if same { Value::small(0) } else { Value::NIL })
    }

    #[method("coerce")]
    fn coerce(vm: &mut Vm, this: Value, other: Value) -> RResult {
        if vm.class_of(this) == vm.class_of(other) {
            return Ok(vm.array(&[other, this]));
        }
        let a = crate::float::coerce_float(vm, other)?;
        let b = crate::float::coerce_float(vm, this)?;
        let (a, b) = (vm.float(a), vm.float(b));
        Ok(vm.array(&[a, b]))
    }

    #[method("eql?")]
    fn eql(vm: &mut Vm, this: Value, other: Value) -> RResult<bool> {
        if vm.class_of(this) != vm.class_of(other) {
            return Ok(false);
        }
        if Vm::is_integer(this) {
            return Ok(objects::number::integer_of(this) == objects::number::integer_of(other));
        }
        Ok(vm.call(this, sym::EQ, &[other])?.truthy())
    }

    /// Numbers have no singleton methods: the definition is taken back.
    #[method("singleton_method_added")]
    fn singleton_method_added(vm: &mut Vm, this: Value, name: vm::Symbol) -> RResult {
        if let Some(singleton) = vm.singleton_class(this) {
            vm.remove_method(singleton, name);
        }
        let (name, class) = (vm.symbols.text(name).into_owned(), vm.class_name_of(this));
        Err(vm.type_error(&format!("can't define singleton method \"{name}\" for {class}")))
    }

    #[method("clone")]
    fn clone(vm: &mut Vm, this: Value, keywords: Keywords) -> RResult {
        keywords.check(vm, &["freeze"])?;
        if keywords.get(vm, "freeze") == Some(Value::FALSE) {
            let name = vm.class_name_of(this);
            return Err(vm.argument_error(&format!("can't unfreeze {name}")));
        }
        Ok(this)
    }

    #[method("dup", effects = "pure")]
    fn dup(_vm: &mut Vm, this: Value) -> Value {
        this
    }

    #[method("fdiv")]
    fn fdiv(vm: &mut Vm, this: Value, other: Value) -> RResult {
        let number = vm.to_f64(this)?;
        let float = vm.float(number);
        vm.call(float, sym::DIV, &[other])
    }

    #[method("div")]
    fn div(vm: &mut Vm, this: Value, other: Value) -> RResult {
        if vm.equal(other, Value::small(0))? {
            return Err(vm.zero_division());
        }
        let quotient = vm.call(this, sym::DIV, &[other])?;
        vm.send(quotient, "floor", &[])
    }

    #[method("%", "modulo")]
    fn modulo(vm: &mut Vm, this: Value, other: Value) -> RResult {
        let quotient = vm.send(this, "div", &[other])?;
        let product = vm.call(other, sym::MUL, &[quotient])?;
        vm.call(this, sym::SUB, &[product])
    }

    #[method("divmod")]
    fn divmod(vm: &mut Vm, this: Value, other: Value) -> RResult {
        let quotient = vm.send(this, "div", &[other])?;
        let rest = vm.call(this, sym::REM, &[other])?;
        Ok(vm.array(&[quotient, rest]))
    }

    #[method("remainder")]
    fn remainder(vm: &mut Vm, this: Value, other: Value) -> RResult {
        if number::is_real(vm, this) && number::is_real(vm, other) {
            return number::arithmetic(vm, number::Operation::Remainder, this, other);
        }
        let numeric = vm.core.numeric;
        let (this, other) = match vm.is_a(other, numeric) {
            true => (this, other),
            false => number::coerced(vm, this, other, true)?.unwrap_or((this, other)),
        };
        let rest = vm.call(this, sym::REM, &[other])?;
        let zero = Value::small(0);
        if vm.equal(rest, zero)? {
            return Ok(rest);
        }
        let mut is = |value, relation| vm.call(value, relation, &[zero]).map(Value::truthy);
        if is(this, sym::LT)? && is(other, sym::GT)? || is(this, sym::GT)? && is(other, sym::LT)? {
            return vm.call(rest, sym::SUB, &[other]);
        }
        Ok(rest)
    }

    #[method("quo")]
    fn quo(vm: &mut Vm, this: Value, other: Value) -> RResult {
        if objects::number::float_of(other).is_some() {
            return vm.call(this, sym::FDIV, &[other]);
        }
        let class = vm.core.rational;
        let exact = vm.convert_strictly(this, sym::TO_R, class)?;
        vm.call(exact, sym::DIV, &[other])
    }

    #[method("abs", "magnitude")]
    fn abs(vm: &mut Vm, this: Value) -> RResult {
        if number::is_negative(vm, this)? { vm.call(this, sym::NEG, &[]) } else { Ok(this) }
    }

    #[method("abs2")]
    fn abs2(vm: &mut Vm, this: Value) -> RResult {
        vm.call(this, sym::MUL, &[this])
    }

    #[method("arg", "angle", "phase")]
    fn arg(vm: &mut Vm, this: Value) -> RResult {
        if number::is_negative(vm, this)? { Ok(vm.float(std::f64::consts::PI)) } else { Ok(Value::small(0)) }
    }

    #[method("polar")]
    fn polar(vm: &mut Vm, this: Value) -> RResult {
        let magnitude = vm.send(this, "abs", &[])?;
        let angle = vm.send(this, "arg", &[])?;
        Ok(vm.array(&[magnitude, angle]))
    }

    #[method("rect", "rectangular")]
    fn rect(vm: &mut Vm, this: Value) -> Value {
        vm.array(&[this, Value::small(0)])
    }

    #[method("real", "conj", "conjugate", effects = "pure")]
    fn real(_vm: &mut Vm, this: Value) -> Value {
        this
    }

    #[method("imaginary", "imag", effects = "pure")]
    fn imaginary(_vm: &mut Vm, _this: Value) -> Value {
        Value::small(0)
    }

    #[method("real?", "finite?", effects = "pure")]
    fn is_real(_vm: &mut Vm, _this: Value) -> bool {
        true
    }

    #[method("infinite?", effects = "pure")]
    fn infinite(_vm: &mut Vm, _this: Value) -> Value {
        Value::NIL
    }

    #[method("integer?", effects = "pure")]
    fn is_integer(_vm: &mut Vm, _this: Value) -> bool {
        false
    }

    #[method("i")]
    fn imaginary_unit(vm: &mut Vm, this: Value) -> Value {
        vm.complex_from(Value::small(0), this)
    }

    #[method("to_c")]
    fn to_c(vm: &mut Vm, this: Value) -> Value {
        vm.complex_from(this, Value::small(0))
    }

    #[method("to_int")]
    fn to_int(vm: &mut Vm, this: Value) -> RResult {
        vm.call(this, sym::TO_I, &[])
    }

    #[method("zero?")]
    fn is_zero(vm: &mut Vm, this: Value) -> RResult<bool> {
        vm.equal(this, Value::small(0))
    }

    #[method("nonzero?")]
    fn nonzero(vm: &mut Vm, this: Value) -> RResult {
        let name = vm.intern("zero?");
        let zero = vm.call(this, name, &[])?;
        Ok(if zero.truthy() { Value::NIL } else { this })
    }

    #[method("positive?")]
    fn is_positive(vm: &mut Vm, this: Value) -> RResult {
        match this.as_fixnum() {
            Some(number) => Ok(Value::bool(number > 0)),
            None => vm.call(this, sym::GT, &[Value::small(0)]),
        }
    }

    #[method("negative?")]
    fn is_negative(vm: &mut Vm, this: Value) -> RResult {
        match this.as_fixnum() {
            Some(number) => Ok(Value::bool(number < 0)),
            None => vm.call(this, sym::LT, &[Value::small(0)]),
        }
    }

    #[method("floor")]
    fn floor(vm: &mut Vm, this: Value, args: &[Value]) -> RResult {
        by_float(vm, this, "floor", args)
    }

    #[method("ceil")]
    fn ceil(vm: &mut Vm, this: Value, args: &[Value]) -> RResult {
        by_float(vm, this, "ceil", args)
    }

    #[method("round")]
    fn round(vm: &mut Vm, this: Value, args: &[Value]) -> RResult {
        by_float(vm, this, "round", args)
    }

    #[method("truncate")]
    fn truncate(vm: &mut Vm, this: Value, args: &[Value]) -> RResult {
        by_float(vm, this, "truncate", args)
    }

    #[method("numerator")]
    fn numerator(vm: &mut Vm, this: Value) -> RResult {
        let exact = vm.call(this, sym::TO_R, &[])?;
        vm.send(exact, "numerator", &[])
    }

    #[method("denominator")]
    fn denominator(vm: &mut Vm, this: Value) -> RResult {
        let exact = vm.call(this, sym::TO_R, &[])?;
        vm.send(exact, "denominator", &[])
    }
}

fn by_float(vm: &mut Vm, this: Value, name: &str, args: &[Value]) -> RResult {
    let number = vm.to_f64(this)?;
    let float = vm.float(number);
    vm.send(float, name, args)
}
