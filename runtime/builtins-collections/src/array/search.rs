//! Finding elements, summing.

use macros::ruby_methods;
use numeric_sum::Sum;
use std::cmp::Ordering;
use vm::{Block, RArray, RProc, RResult, Value, Vm, sym};

/// Searches.
pub struct Search;

/// Position of the first element equal to `value` from `from` on.
fn position(vm: &mut Vm, this: RArray, value: Value) -> RResult<Option<usize>> {
    let mut index = 0;
    while let Some(element) = this.get(index) {
        if vm.equal(element, value)? {
            return Ok(Some(index));
        }
        index += 1;
    }
    Ok(None)
}

#[ruby_methods("Array")]
impl Search {
    /// `ary.include?(value)`
    #[method("include?", "member?")]
    fn includes(vm: &mut Vm, this: RArray, value: Value) -> RResult<bool> {
        Ok(position(vm, this, value)?.is_some())
    }
}

/// Primitives for the prelude.
pub struct Primitives;

#[ruby_methods("Primitive")]
impl Primitives {
    /// Index of an equal element, or nil.
    #[method("array_index")]
    fn array_index(vm: &mut Vm, _this: Value, array: RArray, value: Value) -> RResult {
        Ok(position(vm, array, value)?.map_or(Value::NIL, |index| Value::small(index as i64)))
    }

    /// Index of the last equal element, or nil.
    #[method("array_rindex")]
    fn array_rindex(vm: &mut Vm, _this: Value, array: RArray, value: Value) -> RResult {
        let mut index = array.len();
        while index > 0 {
            index -= 1;
            // The Array may shrink while elements are compared.
            let Some(element) = array.get(index) else {
                index = array.len();
                continue;
            };
            if vm.equal(element, value)? {
                return Ok(Value::small(index as i64));
            }
        }
        Ok(Value::NIL)
    }

    /// `init + a + b + ...` with the exact rules for Integers and compensated ones for Floats.
    #[method("array_sum")]
    fn array_sum(vm: &mut Vm, _this: Value, array: RArray, init: Value) -> RResult {
        let mut sum = Sum::new(init);
        let mut index = 0;
        while let Some(element) = array.get(index) {
            index += 1;
            sum.add(vm, element)?;
        }
        sum.finish(vm)
    }

    /// What the answer of a `bsearch` block says: true for found or right of it, false left, or a number.
    #[method("bsearch_step")]
    fn bsearch_step(vm: &mut Vm, _this: Value, answer: Value) -> RResult {
        match answer {
            Value::TRUE => Ok(Value::small(1)),
            Value::FALSE | Value::NIL => Ok(Value::small(2)),
            _ => {
                let numeric = vm.core.numeric;
                if !vm.is_a(answer, numeric) {
                    let name = vm.class_name_of(answer);
                    return Err(vm.type_error(&format!("wrong argument type {name} (must be numeric, true, false or nil)")));
                }
                let zero = Value::small(0);
                let order = vm.call(answer, sym::CMP, &[zero])?;
                Ok(Value::small(vm.comparison_result(order, answer, zero)? as i64))
            }
        }
    }

    /// Least (`direction` -1) or greatest (1) element by `<=>` or the Proc `block`; nil when there is none.
    #[method("array_extreme_with")]
    fn array_extreme(vm: &mut Vm, _this: Value, array: RArray, direction: i64, block: Value) -> RResult {
        let block = RProc::new(block).map_or(Block::NONE, Block::from_proc);
        extreme(vm, array, &mut |vm, best, element| {
            let order = if block.is_some() { ordered(vm, block, element, best)? } else { vm.compare(best, element)?.reverse() };
            Ok(order as i64 == direction)
        })
    }

    /// The same where each element is asked to compare itself with the best so far.
    #[method("list_extreme_with")]
    fn list_extreme(vm: &mut Vm, _this: Value, array: RArray, direction: i64, block: Value) -> RResult {
        let block = RProc::new(block).map_or(Block::NONE, Block::from_proc);
        extreme(vm, array, &mut |vm, best, element| Ok(ordered(vm, block, element, best)? as i64 == direction))
    }

    /// Least and greatest element, by pairs: two elements are compared with each other before the least and the greatest.
    #[method("list_extremes_with")]
    fn list_extremes(vm: &mut Vm, _this: Value, array: RArray, block: Value) -> RResult {
        let block = RProc::new(block).map_or(Block::NONE, Block::from_proc);
        let (mut least, mut most) = (Value::NIL, Value::NIL);
        let mut index = 0;
        while let Some(first) = array.get(index) {
            let (low, high) = match array.get(index + 1) {
                Some(second) if ordered(vm, block, first, second)? == Ordering::Greater => (second, first),
                Some(second) => (first, second),
                None => (first, first),
            };
            if index == 0 || ordered(vm, block, low, least)? == Ordering::Less {
                least = low;
            }
            if index == 0 || ordered(vm, block, high, most)? == Ordering::Greater {
                most = high;
            }
            index += 2;
        }
        Ok(vm.array(&[least, most]))
    }

    /// A method name: Symbol or String.
    #[method("to_name")]
    fn to_name(_vm: &mut Vm, _this: Value, name: vm::Symbol) -> vm::Symbol {
        name
    }

    /// A random index below `limit`, by `random.rand`; RangeError when that gives another number.
    #[method("random_below")]
    fn random_below(vm: &mut Vm, _this: Value, random: Value, limit: i64) -> RResult {
        let answer = vm.send(random, "rand", &[Value::small(limit)])?;
        let number = vm.to_i64(answer)?;
        if number < 0 {
            return Err(vm.range_error(&format!("random number too small {number}")));
        }
        if number >= limit {
            return Err(vm.range_error(&format!("random number too big {number}")));
        }
        Ok(Value::small(number))
    }
}

/// The element that `is_better` than all before it; nil when there is none.
fn extreme(vm: &mut Vm, array: RArray, is_better: &mut dyn FnMut(&mut Vm, Value, Value) -> RResult<bool>) -> RResult {
    let Some(mut best) = array.get(0) else { return Ok(Value::NIL) };
    let mut index = 1;
    while let Some(element) = array.get(index) {
        index += 1;
        if is_better(vm, best, element)? {
            best = element;
        }
    }
    Ok(best)
}

/// The order of two values by a block or their `<=>`.
fn ordered(vm: &mut Vm, block: Block, one: Value, two: Value) -> RResult<Ordering> {
    if !block.is_some() {
        return vm.compare(one, two);
    }
    let answer = block.call(vm, &[one, two])?;
    vm.comparison_result(answer, one, two)
}

/// Summing as `sum` does.
pub mod numeric_sum {
    use objects::number::{bignum_of, float_of};
    use vm::{RResult, Value, Vm, sym};

    /// A sum under way.
    pub enum Sum {
        /// Integers only so far.
        Integer(Value),
        /// Floats have come: Kahan-Babuska compensation.
        Float(f64, f64),
        /// Something else: `+`.
        Other(Value),
    }

    impl Sum {
        /// From the initial value.
        pub fn new(init: Value) -> Sum {
            match float_of(init) {
                Some(number) => Sum::Float(number, 0.0),
                None if Vm::is_integer(init) => Sum::Integer(init),
                None => Sum::Other(init),
            }
        }

        /// Adds a value.
        pub fn add(&mut self, vm: &mut Vm, value: Value) -> RResult<()> {
            match *self {
                Sum::Integer(sum) => self.add_to_integer(vm, sum, value),
                Sum::Float(sum, rest) => self.add_to_float(vm, sum, rest, value),
                Sum::Other(sum) => {
                    *self = Sum::Other(vm.call(sum, sym::ADD, &[value])?);
                    Ok(())
                }
            }
        }

        fn add_to_integer(&mut self, vm: &mut Vm, sum: Value, value: Value) -> RResult<()> {
            if let (Some(a), Some(b)) = (sum.as_fixnum(), value.as_fixnum()) {
                // Two numbers of 63 bits cannot overflow 64.
                *self = Sum::Integer(vm.int(a + b));
                return Ok(());
            }
            if Vm::is_integer(value) {
                *self = Sum::Integer(vm.call(sum, sym::ADD, &[value])?);
                return Ok(());
            }
            if let Some(number) = float_of(value) {
                *self = Sum::Float(vm.to_f64(sum)?, 0.0);
                let Sum::Float(start, rest) = *self else { return Ok(()) };
                *self = compensated(start, rest, number);
                return Ok(());
            }
            *self = Sum::Other(vm.call(sum, sym::ADD, &[value])?);
            Ok(())
        }

        fn add_to_float(&mut self, vm: &mut Vm, sum: f64, rest: f64, value: Value) -> RResult<()> {
            let number = match float_of(value) {
                Some(number) => Some(number),
                None if value.is_fixnum() || bignum_of(&value).is_some() => Some(vm.to_f64(value)?),
                None if vm.is_a(value, vm.core.rational) => Some(vm.to_f64(value)?),
                None => None,
            };
            match number {
                Some(number) => *self = compensated(sum, rest, number),
                None => {
                    let start = vm.float(sum + rest);
                    *self = Sum::Other(vm.call(start, sym::ADD, &[value])?);
                }
            }
            Ok(())
        }

        /// The result.
        pub fn finish(self, vm: &mut Vm) -> RResult {
            match self {
                Sum::Integer(value) | Sum::Other(value) => Ok(value),
                Sum::Float(sum, rest) => Ok(vm.float(sum + rest)),
            }
        }
    }

    /// One step of Kahan-Babuska summation; infinities and NaN stop the compensation.
    fn compensated(sum: f64, rest: f64, number: f64) -> Sum {
        if !number.is_finite() || !sum.is_finite() {
            return Sum::Float(sum + number, 0.0);
        }
        let total = sum + number;
        let lost = if sum.abs() >= number.abs() { (sum - total) + number } else { (number - total) + sum };
        Sum::Float(total, rest + lost)
    }
}
