//! Range: making, comparing, text. Everything that iterates or compares values stands in
//! `prelude/core/range.rb`.

use crate::support::{append_inspect, hash_result, mix, push_bytes, text_buffer};
use macros::ruby_methods;
use vm::define::MethodGroup;
use vm::{RRange, RResult, RString, Value, Vm, sym};

/// All groups of Range.
pub const GROUPS: &[MethodGroup] = &[Range::GROUP, Primitives::GROUP];

/// Methods.
pub struct Range;

/// ArgumentError unless the ends compare.
pub fn check_ends(vm: &mut Vm, low: Value, high: Value) -> RResult<()> {
    if low.is_fixnum() && high.is_fixnum() || low.is_nil() || high.is_nil() {
        return Ok(());
    }
    let order = vm.call(low, sym::CMP, &[high])?;
    if order.is_nil() { Err(vm.argument_error("bad value for range")) } else { Ok(()) }
}

fn dots(range: RRange) -> &'static [u8] {
    if range.is_exclusive() { b"..." } else { b".." }
}

fn same(vm: &mut Vm, this: RRange, other: Value, strict: bool) -> RResult<bool> {
    let Some(range) = RRange::new(other) else { return Ok(false) };
    if this.value() == other {
        return Ok(true);
    }
    if this.is_exclusive() != range.is_exclusive() {
        return Ok(false);
    }
    let name = if strict { sym::EQL } else { sym::EQ };
    let answer = vm.guard_recursion(name, this.value(), other, |vm| {
        for (a, b) in [(this.low(), range.low()), (this.high(), range.high())] {
            let equal = if strict { vm.eql(a, b)? } else { vm.equal(a, b)? };
            if !equal {
                return Ok(false);
            }
        }
        Ok(true)
    })?;
    Ok(answer.unwrap_or(true))
}

#[ruby_methods("Range")]
impl Range {
    /// `Range.new(low, high, exclusive = false)`
    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: RRange, low: Value, high: Value, exclusive: Option<bool>) -> RResult {
        vm.check_frozen(this.value())?;
        check_ends(vm, low, high)?;
        this.set(low, high, exclusive.unwrap_or(false));
        if vm.real_class_of(this.value()).value() == vm.core.range {
            vm.freeze(this.value());
        }
        Ok(Value::NIL)
    }

    /// Copies the ends.
    #[method("initialize_copy", private)]
    fn initialize_copy(vm: &mut Vm, this: RRange, other: RRange) -> RResult {
        vm.check_frozen(this.value())?;
        this.set(other.low(), other.high(), other.is_exclusive());
        Ok(this.value())
    }

    /// `range.begin`
    #[method("begin", effects = "pure")]
    fn low(_vm: &mut Vm, this: RRange) -> Value {
        this.low()
    }

    /// `range.end`
    #[method("end", effects = "pure")]
    fn high(_vm: &mut Vm, this: RRange) -> Value {
        this.high()
    }

    /// `range.exclude_end?`
    #[method("exclude_end?", effects = "pure")]
    fn is_exclusive(_vm: &mut Vm, this: RRange) -> bool {
        this.is_exclusive()
    }

    /// `range == other`
    #[method("==")]
    fn equal(vm: &mut Vm, this: RRange, other: Value) -> RResult<bool> {
        same(vm, this, other, false)
    }

    /// `range.eql?(other)`
    #[method("eql?")]
    fn eql(vm: &mut Vm, this: RRange, other: Value) -> RResult<bool> {
        same(vm, this, other, true)
    }

    /// `range.hash`
    #[method("hash")]
    fn hash(vm: &mut Vm, this: RRange) -> RResult {
        let (low, high) = (vm.hash_of(this.low())?, vm.hash_of(this.high())?);
        let number = mix(mix(mix(13, low), high), u64::from(this.is_exclusive()));
        Ok(hash_result(vm, number))
    }

    /// `range.inspect`
    #[method("inspect")]
    fn inspect(vm: &mut Vm, this: RRange) -> RResult<RString> {
        let text = vm.guard_recursion(sym::INSPECT, this.value(), Value::NIL, |vm| {
            let out = text_buffer(vm, "");
            let both = this.low().is_nil() && this.high().is_nil();
            if both || !this.low().is_nil() {
                append_inspect(vm, out, this.low())?;
            }
            push_bytes(vm, out, dots(this))?;
            if both || !this.high().is_nil() {
                append_inspect(vm, out, this.high())?;
            }
            Ok(out)
        })?;
        let loops = if this.is_exclusive() { "(... ... ...)" } else { "(... .. ...)" };
        Ok(text.unwrap_or_else(|| text_buffer(vm, loops)))
    }

    /// `range.to_s`
    #[method("to_s")]
    fn to_s(vm: &mut Vm, this: RRange) -> RResult<RString> {
        let (low, high) = (vm.to_s(this.low())?, vm.to_s(this.high())?);
        let out = text_buffer(vm, "");
        vm.append_string(out, low)?;
        push_bytes(vm, out, dots(this))?;
        vm.append_string(out, high)?;
        Ok(out)
    }
}

/// Operations of the prelude.
pub struct Primitives;

#[ruby_methods("Primitive")]
impl Primitives {
    /// TypeError unless values of this class have a successor.
    #[method("range_check_iterable")]
    fn check_iterable(vm: &mut Vm, _this: Value, low: Value) -> RResult<()> {
        if vm.responds_to(low, sym::SUCC, true)? {
            return Ok(());
        }
        let name = vm.class_name_of(low);
        Err(vm.type_error(&format!("can't iterate from {name}")))
    }

    /// Is there no value between the ends?
    #[method("range_empty")]
    fn is_empty(vm: &mut Vm, _this: Value, low: Value, high: Value, exclusive: bool) -> RResult<bool> {
        if low.is_nil() || high.is_nil() {
            return Ok(false);
        }
        let order = vm.call(low, sym::CMP, &[high])?;
        if order.is_nil() {
            return Ok(true);
        }
        let order = vm.comparison_result(order, low, high)?;
        Ok(order.is_gt() || order.is_eq() && exclusive)
    }

    /// Is it a Time?
    #[method("is_time", effects = "pure")]
    fn is_time(vm: &mut Vm, _this: Value, value: Value) -> bool {
        let time = vm.core.time;
        vm.is_a(value, time)
    }

    /// `a <=> b`, nil when that comes back to itself.
    #[method("guarded_cmp")]
    fn guarded_cmp(vm: &mut Vm, _this: Value, a: Value, b: Value) -> RResult {
        let answer = vm.guard_recursion(sym::CMP, a, b, |vm| vm.call(a, sym::CMP, &[b]))?;
        Ok(answer.unwrap_or(Value::NIL))
    }

    /// Low end.
    #[method("range_low", effects = "pure")]
    fn low(_vm: &mut Vm, _this: Value, range: RRange) -> Value {
        range.low()
    }

    /// High end.
    #[method("range_high", effects = "pure")]
    fn high(_vm: &mut Vm, _this: Value, range: RRange) -> Value {
        range.high()
    }

    /// Without its high end?
    #[method("range_exclusive", effects = "pure")]
    fn exclusive(_vm: &mut Vm, _this: Value, range: RRange) -> bool {
        range.is_exclusive()
    }

    /// Number of values of a stepped Float range; a fraction of an ulp is forgiven as in CRuby.
    #[method("float_steps", effects = "pure")]
    fn float_steps(vm: &mut Vm, _this: Value, low: f64, high: f64, step: f64, exclusive: bool) -> Value {
        let count = float_steps(low, high, step, exclusive);
        if count >= 4e18 { vm.float(f64::INFINITY) } else { vm.int(count as i64) }
    }

    /// The bits of a Float in an order that numbers have too (for binary search).
    #[method("float_to_order", effects = "pure")]
    fn float_to_order(vm: &mut Vm, _this: Value, number: f64) -> Value {
        let bits = (number + 0.0).to_bits() as i64;
        vm.int(if bits < 0 { -(bits & i64::MAX) } else { bits })
    }

    /// Back from that order.
    #[method("float_from_order", effects = "pure")]
    fn float_from_order(vm: &mut Vm, _this: Value, order: i64) -> Value {
        let number = f64::from_bits(order.unsigned_abs());
        vm.float(if order < 0 { -number } else { number })
    }
}

fn float_steps(low: f64, high: f64, step: f64, exclusive: bool) -> f64 {
    let count = (high - low) / step;
    let error = (low.abs() + high.abs() + (high - low).abs()) / step.abs() * f64::EPSILON;
    if step == 0.0 {
        return f64::INFINITY;
    }
    if step.is_infinite() {
        let some = if step > 0.0 { low <= high } else { low >= high };
        return if some { 1.0 } else { 0.0 };
    }
    let error = error.min(0.5);
    if !exclusive {
        return if count < 0.0 { 0.0 } else { (count + error).floor() + 1.0 };
    }
    if count <= 0.0 {
        return 0.0;
    }
    let whole = if count < 1.0 { 0.0 } else { (count - error).floor() };
    let last = whole * step + low;
    let more = if low < high { last < high } else { last > high };
    if more { whole + 1.0 } else { whole }
}

#[cfg(test)]
mod tests {
    use super::float_steps;

    #[test]
    fn float_steps_forgive_rounding_at_the_end() {
        let cases = [
            ((1.0, 2.0, 0.5, false), 3.0),
            ((1.0, 2.0, 0.5, true), 2.0),
            ((0.0, 1.0, 0.1, false), 11.0),
            ((0.0, 1.0, 0.1, true), 10.0),
            ((2.0, 1.0, 0.5, false), 0.0),
            ((2.0, 1.0, -0.5, false), 3.0),
            ((1.0, 2.0, f64::INFINITY, false), 1.0),
            ((1.0, f64::INFINITY, 1.0, false), f64::INFINITY),
        ];
        for ((low, high, step, exclusive), expected) in cases {
            assert_eq!(float_steps(low, high, step, exclusive), expected, "{low} {high} {step} {exclusive}");
        }
    }
}
