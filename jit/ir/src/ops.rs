//! The operations of the intermediate representation: one row each.
//!
//! `name = Camel(operands) -> result [effects]`. Operand and result representations: `Word` a Ruby
//! value's word, `Double` an unboxed Float, `Cond` a machine condition, `Raw` any other word (an
//! address, a length). `imm` and `imm2` are the instruction's numbers.
//!
//! Effects are those of bytecode (`bytecode::Effects`). What `exits` has an exit state: it leaves there when its check fails,
//! or when something is pending afterwards. The builder forgets by them, passes keep by them, and the lowering has a function of
//! each row's name, so a row without one does not compile.

use bytecode::Effects;

/// Calls `$callback!` with the rows of the table.
#[macro_export]
macro_rules! for_each_ir_op {
    ($callback:path) => {
        $callback! {
            /// The word `imm`.
            word = Const() -> Word [pure];
            /// The address `imm`.
            address = Address() -> Raw [pure];
            /// The Float with the bits `imm`.
            float = ConstDouble() -> Double [pure];
            /// Word `imm` (signed) of the root frame.
            load_frame = LoadFrame() -> Word [reads_frame];
            /// Word at byte `imm` (signed) of an address.
            load = Load(Raw) -> Word [reads_variables, reads_frame];
            /// As `load`, of a word that is no value.
            load_raw = LoadRaw(Raw) -> Raw [reads_variables, reads_frame];
            /// As `load_frame`, of a word that is no value.
            load_frame_raw = LoadFrameRaw() -> Raw [reads_frame];
            /// Stores a word at byte `imm` of an address.
            store = Store(Raw, Word) -> None [writes_variables];
            /// Stores into word `imm` of the root frame.
            store_frame = StoreFrame(Word) -> None [writes_frame];
            /// Address of word `imm` of the root frame.
            frame_address = FrameAddress() -> Raw [pure];

            /// An immediate Integer.
            guard_integer = GuardInteger(Word) -> None [exits];
            /// A cell of shape `imm`.
            guard_shape = GuardShape(Word) -> None [exits, reads_shapes];
            /// The very word `imm`.
            guard_word = GuardWord(Word) -> None [exits];
            /// An Array of class Array itself, open (shape `imm`) or frozen (shape `imm2`).
            guard_array = GuardArray(Word) -> None [exits, reads_shapes];
            /// An object laid out as an Array, of whatever class.
            guard_list = GuardList(Word) -> None [exits, reads_shapes];
            /// A value of the kinds `imm` (bits of `Kinds`, immediates only).
            guard_kinds = GuardKinds(Word) -> None [exits];
            /// The Float of a Float value, immediate or cell.
            unbox_float = UnboxFloat(Word) -> Double [exits];
            /// The number of a Float or immediate Integer value.
            unbox_number = UnboxNumber(Word) -> Double [exits];
            /// The root's environment in registers from `imm` on still lies there.
            guard_own_env = GuardOwnEnv() -> None [exits, reads_variables];
            /// The slots of the root's environment in registers from `imm` on are kept in registers from here on.
            take_env = TakeEnv() -> None [writes_variables];
            /// Makes the environment of the exit state's innermost frame, its slots nil.
            open_env = OpenEnv() -> None [exits, writes_frame, writes_variables];
            /// A record of the block with code word `imm`; gives the address of its home frame.
            guard_record = GuardRecord(Word) -> Raw [exits, reads_frame];
            /// An interrupt waits: leave.
            poll = Poll() -> None [exits, reads_other];
            /// The unit is still valid.
            check_valid = CheckValid() -> None [exits, reads_other];

            /// Integer arithmetic on tagged words; leaves on overflow.
            integer_add = IntegerAdd(Word, Word) -> Word [exits];
            /// `-`
            integer_sub = IntegerSub(Word, Word) -> Word [exits];
            /// `*`
            integer_mul = IntegerMul(Word, Word) -> Word [exits];
            /// Floor division; leaves on a zero divisor and overflow.
            integer_div = IntegerDiv(Word, Word) -> Word [exits];
            /// Floor remainder; leaves on a zero divisor.
            integer_rem = IntegerRem(Word, Word) -> Word [exits];
            /// `&`
            integer_and = IntegerAnd(Word, Word) -> Word [pure];
            /// `|`
            integer_or = IntegerOr(Word, Word) -> Word [pure];
            /// `^`
            integer_xor = IntegerXor(Word, Word) -> Word [pure];
            /// `<<`; leaves on counts outside 0..62 and overflow.
            integer_shl = IntegerShl(Word, Word) -> Word [exits];
            /// `>>`; leaves on negative counts.
            integer_shr = IntegerShr(Word, Word) -> Word [exits];
            /// Comparison `imm` (`Compare`) of two Integers.
            integer_compare = IntegerCompare(Word, Word) -> Cond [pure];

            /// Float arithmetic.
            float_add = FloatAdd(Double, Double) -> Double [pure];
            /// `-`
            float_sub = FloatSub(Double, Double) -> Double [pure];
            /// `*`
            float_mul = FloatMul(Double, Double) -> Double [pure];
            /// `/`
            float_div = FloatDiv(Double, Double) -> Double [pure];
            /// Unary minus.
            float_neg = FloatNeg(Double) -> Double [pure];
            /// Absolute value.
            float_abs = FloatAbs(Double) -> Double [pure];
            /// Square root of a non-negative number; leaves otherwise (NaN passes).
            float_sqrt = FloatSqrt(Double) -> Double [exits];
            /// Ruby's `%`; leaves on a zero divisor.
            float_rem = FloatRem(Double, Double) -> Double [exits];
            /// Ruby's `**`; leaves on a negative base.
            float_pow = FloatPow(Double, Double) -> Double [exits];
            /// Comparison `imm` (`Compare`) of two Floats.
            float_compare = FloatCompare(Double, Double) -> Cond [pure];
            /// The Float of an Integer.
            integer_to_float = IntegerToFloat(Word) -> Double [pure];
            /// The Integer part of a Float; leaves outside the immediate range.
            float_to_integer = FloatToInteger(Double) -> Word [exits];
            /// The value of a Float (may allocate, runs no Ruby code).
            box_float = BoxFloat(Double) -> Word [allocates];

            /// Neither nil nor false.
            truthy = Truthy(Word) -> Cond [pure];
            /// Is it the word `imm`?
            is_word = IsWord(Word) -> Cond [pure];
            /// The same word?
            same = Same(Word, Word) -> Cond [pure];
            /// Is it a cell of shape `imm`?
            is_shape = IsShape(Word) -> Cond [reads_shapes];
            /// Is it laid out as an Array, of whatever class?
            is_list = IsList(Word) -> Cond [reads_shapes];
            /// Is it an Array of shape `imm` or `imm2`, and the index an Integer?
            indexes_array = IndexesArray(Word, Word) -> Cond [reads_shapes];
            /// Is it a String, or an Integer in one word where `imm` is 1?
            is_text = IsText(Word) -> Cond [reads_shapes];
            /// Is it a cell of one of the shapes in the halves of `imm` and `imm2`?
            is_shapes = IsShapes(Word) -> Cond [reads_shapes];
            /// Is the first a String of one of the shapes in the halves of `imm`, the second any String?
            are_strings = AreStrings(Word, Word) -> Cond [reads_shapes];
            /// Is the String known to have ASCII characters only?
            is_ascii = IsAscii(Word) -> Cond [reads_other];
            /// Is it a String of one of the shapes in the halves of `imm`, known to have ASCII characters only, and the second an Integer
            /// that counts one of them from the front?
            indexes_ascii = IndexesAscii(Word, Word) -> Cond [reads_shapes, reads_other];
            /// Have the Strings the same characters?
            string_equal = StringEqual(Word, Word) -> Cond [reads_other];
            /// Is the cell an instance of a class or module? The class's own have the shapes `imm` and `imm2`.
            is_instance = IsInstance(Word, Word) -> Cond [reads_shapes, reads_other];
            /// Is it of the immediate kinds `imm`?
            is_kinds = IsKinds(Word) -> Cond [pure];
            /// The opposite.
            not = Not(Cond) -> Cond [pure];
            /// true or false.
            bool_word = BoolWord(Cond) -> Word [pure];
            /// The first operand when the condition holds, else the second.
            select = Select(Cond, Word, Word) -> Word [pure];

            /// Inline slot `imm` of a plain object, nil when not set.
            load_ivar = LoadIvar(Word) -> Word [reads_ivars];
            /// Reads slot `imm` of those outside of a cell, nil when not set.
            load_overflow = LoadOverflow(Word) -> Word [reads_ivars];
            /// Writes inline slot `imm` (with the barrier).
            store_ivar = StoreIvar(Word, Word) -> None [writes_ivars];
            /// Writes slot `imm` of those outside of a cell (with the barrier), `imm2` of all.
            store_overflow = StoreOverflow(Word, Word) -> None [writes_ivars];
            /// Length of an Array as Integer.
            array_length = ArrayLength(Word) -> Word [reads_arrays];
            /// Element by Integer, negative from the end, nil outside.
            array_get = ArrayGet(Word, Word) -> Word [reads_arrays];
            /// Element by Integer that is known to lie inside.
            array_at = ArrayAt(Word, Word) -> Word [reads_arrays];
            /// Writes an element of an open Array by Integer; leaves where that raises, as pending when memory is out.
            array_set = ArraySet(Word, Word, Word) -> None [exits, raises, allocates, writes_arrays];
            /// Appends to an open Array; leaves as pending when memory is out.
            array_push = ArrayPush(Word, Word) -> None [exits, raises, allocates, writes_arrays];
            /// Takes the last element off an open Array, nil when there is none.
            array_pop = ArrayPop(Word) -> Word [writes_arrays];
            /// Allocates a plain object of shape `imm` with `imm2` slots; leaves as pending when memory is out.
            new_object = NewObject() -> Word [exits, raises, allocates];
            /// Array of `imm2` words from word `imm` of the root frame (runs no Ruby code).
            new_array = NewArray() -> Word [reads_frame, allocates];
            /// Array of so many nils; leaves where that is none of the small numbers.
            array_filled = ArrayFilled(Word) -> Word [exits, allocates];
            /// A frozen Range of Integers, the second of which may be nil; without the last one when `imm` is 1. `imm2` is the shape.
            new_range = NewRange(Word, Word) -> Word [allocates];
            /// Is it a Range?
            is_range = IsRange(Word) -> Cond [reads_shapes];
            /// An end of a Range, the low one when `imm` is 0.
            range_end = RangeEnd(Word) -> Word [reads_other];
            /// Is the high end of the Range left out?
            range_is_exclusive = RangeIsExclusive(Word) -> Cond [reads_other];
            /// A new String with the bytes of a literal, chilled when `imm` is 1.
            new_string = NewString(Word) -> Word [allocates];
            /// A new String of `imm2` Strings and Integers from word `imm` of the root frame; 0 pending.
            concat = Concat() -> Word [exits, raises, reads_frame, allocates];
            /// Number of bytes of a String as Integer.
            string_length = StringLength(Word) -> Word [reads_other];
            /// A new String of the character at an Integer, both as `indexes_ascii` found them.
            string_char = StringChar(Word, Word) -> Word [reads_other, allocates];
            /// Appends a String to a String; false when that needs more than copying bytes.
            string_append = StringAppend(Word, Word) -> Cond [writes_other];
            /// Byte of a String by Integer, negative from the end, nil outside.
            string_byte = StringByte(Word, Word) -> Word [reads_other];
            /// Writes a byte of a String, both by Integers; leaves where it lies outside or the String must not change.
            string_set_byte = StringSetByte(Word, Word, Word) -> None [exits, writes_other];
            /// Element of a plain Hash; 0 pending.
            hash_get = HashGet(Word, Word) -> Word [exits, raises, allocates, calls_ruby, reads_frame, writes_frame];

            /// Writes an element of a plain Hash that is not frozen; leaves as pending when that raises.
            hash_set = HashSet(Word, Word, Word) -> None [exits, raises, allocates, calls_ruby, reads_frame, writes_frame];

            /// Writes the headers and pcs of the frames of the exit state, which become visible, the innermost as the running one unless
            /// `imm` is 1. The outermost `imm2` of them have their headers already.
            publish = Publish() -> None [exits, writes_frame];
            /// Runs the instruction at the exit state's pc: 0 pending, else the address of the next one.
            step = Step() -> Raw [exits, raises, allocates, calls_ruby, reads_frame, writes_frame];
            /// Did the stepped instruction go elsewhere than to address `imm`?
            jumped = Jumped(Raw) -> Cond [pure];
            /// As `step`, for operations that run no Ruby code and keep objects as they are.
            step_quietly = StepQuietly() -> Raw [exits, raises, allocates, reads_frame, writes_frame];
            /// Calls the native at address `imm` with self and one argument, for an operator.
            call_operator = CallOperator(Word, Word) -> Word [exits, raises, allocates, calls_ruby, reads_frame, writes_frame];
            /// As `call_native`, for natives that run no Ruby code and keep objects as they are.
            call_quiet_native = CallQuietNative(Word) -> Word [exits, raises, allocates, reads_frame];
            /// Runs the call instruction at the exit state's pc; 0 pending.
            send = Send() -> Word [exits, raises, allocates, calls_ruby, reads_frame, writes_frame];
            /// `yield` of `imm` arguments, which stand in the frame from word `imm2` on, to the block with this word. 0 pending.
            yield_any = YieldAny(Raw) -> Word [exits, raises, allocates, calls_ruby, reads_frame, writes_frame];
            /// Calls the Ruby method `imm` (index of `Unit::targets`) with self; arguments stand in the
            /// frame from word `imm2` on. 0 pending.
            call = Call(Word) -> Word [exits, raises, allocates, calls_ruby, reads_frame, writes_frame];
            /// As `call`, for `initialize` on a new object.
            construct = Construct(Word) -> Word [exits, raises, allocates, calls_ruby, reads_frame, writes_frame];
            /// Calls the native at address `imm` with self; arguments in the frame from word `imm2 >> 16` on,
            /// count `imm2 & 0xffff`. 0 pending.
            call_native = CallNative(Word) -> Word [exits, raises, allocates, calls_ruby, reads_frame, writes_frame];
        }
    };
}

/// Representation of an operand or result.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Repr {
    /// Nothing.
    None,
    /// A Ruby value's word.
    Word,
    /// An unboxed Float.
    Double,
    /// A condition.
    Cond,
    /// Any other word.
    Raw,
}

/// A row.
pub struct OpInfo {
    /// Printed name.
    pub name: &'static str,
    /// Operands.
    pub operands: &'static [Repr],
    /// Result.
    pub result: Repr,
    /// What it does besides computing.
    pub effects: Effects,
}

macro_rules! define_ops {
    ($( $(#[doc = $doc:literal])+ $name:ident = $camel:ident($($operand:ident),*) -> $result:ident [$($effect:ident),*]; )*) => {
        /// An operation.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[repr(u8)]
        pub enum Op { $( $(#[doc = $doc])+ $camel ),* }

        /// The rows in order.
        pub const OPS: &[OpInfo] = &[ $( OpInfo {
            name: stringify!($name), operands: &[$(Repr::$operand),*], result: Repr::$result, effects: Effects::pure$(.and(Effects::$effect))*,
        } ),* ];
    };
}
for_each_ir_op!(define_ops);

impl Op {
    /// The row.
    pub fn info(self) -> &'static OpInfo {
        &OPS[self as usize]
    }

    /// What it does besides computing.
    pub fn effects(self) -> Effects {
        self.info().effects
    }
}

/// Comparisons of numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Compare {
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
}

impl Compare {
    /// All, by number.
    pub const ALL: [Compare; 6] = [Self::Less, Self::LessEqual, Self::Greater, Self::GreaterEqual, Self::Equal, Self::NotEqual];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_fail_or_run_ruby_code_can_be_left() {
        for row in OPS {
            let fails = row.effects.has(Effects::raises.and(Effects::calls_ruby));
            assert!(!fails || row.effects.has(Effects::exits), "{} fails without an exit", row.name);
            assert!(!row.effects.has(Effects::ends), "{}: blocks end by their terminator", row.name);
        }
    }

    #[test]
    fn what_has_no_result_does_something() {
        for row in OPS.iter().filter(|row| row.result == Repr::None) {
            assert!(!row.effects.may_be_left_out(), "{} would go at once", row.name);
        }
    }

    #[test]
    fn names_are_apart() {
        let mut names: Vec<&str> = OPS.iter().map(|row| row.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), OPS.len());
    }
}
