//! The runtime functions that machine code calls: one row each, expanded into the table of addresses
//! (written by the VM), and the machine signatures (read by the compiler).
//!
//! All are `extern "sysv64"`; the VM's address is the first argument. `word` is any 64-bit word. A word
//! result that stands for a Value is 0 when something is pending in the VM.

/// What an argument or result is for the calling convention.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A 64-bit word in an integer register.
    Word,
    /// A 64-bit float.
    Double,
}

/// Calls `$callback!` with the rows of the helper table.
#[macro_export]
macro_rules! for_each_helper {
    ($callback:path) => {
        $callback! {
            /// Runs the one instruction at `pc` of frame `fp` (no calls). 0 pending, else the next pc.
            Step = step(fp: Word, pc: Word) -> Word;
            /// Runs the call instruction at `pc` of frame `fp` to its result.
            Send = send(fp: Word, pc: Word) -> Word;
            /// As `send`, for a `yield`.
            Yield = yield_(fp: Word, pc: Word) -> Word;
            /// Runs a linked entry frame whose parameters are set, in the interpreter when it must.
            Run = run_linked(fp: Word) -> Word;
            /// Interprets from the state of the exit `number` until frame `root` ends. Without a number the frame is at its start.
            Exit = exit(root: Word, number: Word) -> Word;
            /// As `exit`, for what is pending after the instruction of the state failed.
            Unwind = unwind(root: Word, number: Word) -> Word;
            /// A Float outside the immediate range.
            Float = float_cell(number: Double) -> Word;
            /// A plain object with `inline` unset slots.
            Object = object(shape: Word, inline: Word) -> Word;
            /// SystemStackError.
            StackOverflow = stack_overflow(fp: Word) -> Word;
            /// Runs what waits for a safepoint before the frame `fp` does anything, then interprets it.
            Interrupted = interrupted(fp: Word) -> Word;
            /// The unit with the exit `number` is hot; its frame `fp` has done nothing yet. 1.
            Hot = hot(fp: Word, number: Word) -> Word;
            /// The write barrier's slow path for `cell`; 1.
            Barrier = barrier(cell: Word) -> Word;
            /// Appends to an open Array; 1, or 0 when memory is out.
            ArrayPush = array_push(array: Word, value: Word) -> Word;
            /// Writes an element behind the last of an open Array, `index` being a machine number; 1, or 0 when memory is out.
            ArraySet = array_set(array: Word, index: Word, value: Word) -> Word;
            /// An Array of `count` values from address `first`.
            ArrayNew = array_new(first: Word, count: Word) -> Word;
            /// An Array of `count` nils, or 0 when it gets too large.
            ArrayFilled = array_filled(count: Word) -> Word;
            /// A frozen Range of two Integers, or of one and nil.
            Range = range(low: Word, high: Word, exclusive: Word) -> Word;
            /// A String with the bytes of a literal.
            StringNew = string_new(literal: Word, chilled: Word) -> Word;
            /// A String of `count` Strings and Integers from address `first`; 0 pending.
            Concat = concat(first: Word, count: Word) -> Word;
            /// A String of one ASCII character, byte `index` of `string`.
            Character = character(string: Word, index: Word) -> Word;
            /// Have two Strings the same bytes in encodings that go together? 1 or 0.
            StringEqual = string_equal(a: Word, b: Word) -> Word;
            /// Appends a String to another where nothing has to be asked or told; 1, or 0 when it did nothing.
            StringAppend = string_append(string: Word, more: Word) -> Word;
            /// Writes variable `index` of those that lie outside of a cell; 1.
            OverflowSet = overflow_set(object: Word, index: Word, value: Word) -> Word;
            /// Element of a plain Hash, or its default.
            HashGet = hash_get(hash: Word, key: Word) -> Word;
            /// Writes an element of a plain Hash that is not frozen; 1, or 0 pending.
            HashSet = hash_set(hash: Word, key: Word, value: Word) -> Word;
            /// Is the value an instance of the class or module? 1 or 0.
            IsInstance = is_instance(value: Word, class: Word) -> Word;
            /// Ruby's `%` of Floats.
            FloatRem = float_rem(a: Double, b: Double) -> Double;
            /// `a ** b` of Floats, `a` not negative.
            FloatPow = float_pow(a: Double, b: Double) -> Double;
        }
    };
}

macro_rules! define_helpers {
    ($( $(#[doc = $doc:literal])+ $camel:ident = $name:ident($($arg:ident: $kind:ident),*) -> $result:ident; )*) => {
        /// A runtime function.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[repr(u8)]
        pub enum Helper { $( $(#[doc = $doc])+ $camel ),* }

        /// Rows of the table in order.
        pub const HELPERS: &[HelperInfo] = &[ $( HelperInfo {
            name: stringify!($name), arguments: &[$(Kind::$kind),*], result: Kind::$result,
        } ),* ];
    };
}

/// Signature of a helper, without the VM argument that all have.
pub struct HelperInfo {
    /// Name for dumps.
    pub name: &'static str,
    /// Arguments behind the VM.
    pub arguments: &'static [Kind],
    /// Result.
    pub result: Kind,
}

for_each_helper!(define_helpers);

/// Addresses of all helpers, in table order.
#[derive(Clone, Copy)]
pub struct HelperTable {
    /// One address a row.
    pub addresses: [usize; HELPERS.len()],
}

impl Helper {
    /// The row.
    pub fn info(self) -> &'static HelperInfo {
        &HELPERS[self as usize]
    }

    /// Machine address in `table`.
    pub fn address(self, table: &HelperTable) -> usize {
        table.addresses[self as usize]
    }
}
