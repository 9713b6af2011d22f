//! Making values: strings, arrays, hashes, numbers. Running out of memory raises NoMemoryError.

use crate::vm::Vm;
use num_bigint::BigInt;
use objects::procedure::ProcBody;
use objects::{NativeData, RArray, RClass, RData, RHash, RProc, RString};
use text::encoding::Encoding;
use value::{RResult, Raised, Symbol, Value};

/// Buffers below this are filled without asking for room first.
const ROOM_ASKED_BYTES: usize = 4 << 20;

impl Vm {
    /// Ends the process with a clear message: not even an exception can be made.
    #[cold]
    pub(crate) fn out_of_memory(&self) -> ! {
        eprintln!("[FATAL] failed to allocate memory");
        std::process::exit(1)
    }

    /// Interns a name.
    pub fn intern(&mut self, name: &str) -> Symbol {
        self.symbols.intern(name)
    }

    /// A Symbol value.
    pub fn symbol(&mut self, name: &str) -> Value {
        Value::symbol(self.symbols.intern(name))
    }

    /// A new String in UTF-8.
    pub fn str(&mut self, text: &str) -> Value {
        self.string(text.as_bytes(), Encoding::UTF_8)
    }

    /// A new String in US-ASCII (numbers, class names and the like).
    pub fn str_ascii(&mut self, text: &str) -> Value {
        self.string(text.as_bytes(), Encoding::US_ASCII)
    }

    /// A new String in UTF-8 with any bytes.
    pub fn string_from_bytes(&mut self, bytes: &[u8]) -> Value {
        self.string(bytes, Encoding::UTF_8)
    }

    /// A new String.
    pub fn string(&mut self, bytes: &[u8], encoding: Encoding) -> Value {
        let shape = self.instance_shape(self.class_view(self.core.string)).shape;
        match objects::string::allocate(&mut self.heap, shape, bytes, encoding) {
            Some(value) => value,
            None => self.out_of_memory(),
        }
    }

    /// A new String with a view of it.
    pub fn new_string(&mut self, bytes: &[u8], encoding: Encoding) -> RString {
        let value = self.string(bytes, encoding);
        RString::new(value).expect("just made")
    }

    /// A new String; NoMemoryError when its bytes do not fit (for sizes that a program chose).
    pub fn try_string(&mut self, bytes: &[u8], encoding: Encoding) -> RResult {
        let shape = self.instance_shape(self.class_view(self.core.string)).shape;
        objects::string::allocate(&mut self.heap, shape, bytes, encoding).ok_or_else(|| self.no_memory())
    }

    /// A new String without bytes and room for so many.
    pub fn try_string_with_room(&mut self, room: usize, encoding: Encoding) -> RResult<RString> {
        let shape = self.instance_shape(self.class_view(self.core.string)).shape;
        objects::string::allocate_with_room(&mut self.heap, shape, room, encoding).ok_or_else(|| self.no_memory())
    }

    /// A plain String with the content of another one, of which a long frozen one lends its bytes.
    pub fn try_string_copy(&mut self, source: objects::RString) -> RResult {
        let shape = self.instance_shape(self.class_view(self.core.string)).shape;
        objects::string::allocate_copy(&mut self.heap, shape, source).ok_or_else(|| self.no_memory())
    }

    pub(crate) fn string_frozen_ascii(&mut self, text: &str) -> Value {
        let value = self.str_ascii(text);
        self.freeze(value)
    }

    /// A new Array with a copy of the elements.
    pub fn array(&mut self, elements: &[Value]) -> Value {
        match objects::array::allocate(&mut self.heap, self.array_shapes.0, elements) {
            Some(value) => value,
            None => self.out_of_memory(),
        }
    }

    /// A new Array with some of another one's elements.
    pub fn part_of_array(&mut self, list: RArray, range: std::ops::Range<usize>) -> Value {
        let Some(made) = objects::array::allocate_with_capacity(&mut self.heap, self.array_shapes.0, range.len()) else { self.out_of_memory() };
        let part = list.as_slice(&self.heap).get(range).unwrap_or(&[]);
        if made.extend(part).is_none() {
            self.out_of_memory();
        }
        made.value()
    }

    /// A new empty Array, also the way to collect values while Ruby code runs: it keeps them alive.
    pub fn new_array(&mut self) -> RArray {
        let value = self.array(&[]);
        RArray::new(value).expect("just made")
    }

    /// A new empty Array with room; NoMemoryError when that is too much.
    pub fn new_array_with_capacity(&mut self, capacity: usize) -> RResult<RArray> {
        let shape = self.instance_shape(self.class_view(self.core.array)).shape;
        objects::array::allocate_with_capacity(&mut self.heap, shape, capacity).ok_or_else(|| self.no_memory())
    }

    /// Appends to an Array; NoMemoryError when it does not fit, or when memory is short: builtins that make many values
    /// append them one by one.
    #[inline(always)]
    pub fn push(&mut self, array: RArray, value: Value) -> RResult<()> {
        if self.memory_short {
            return Err(self.short_of_memory());
        }
        array.push(value).ok_or_else(|| self.no_memory())
    }

    /// A new empty Hash.
    pub fn new_hash(&mut self) -> RHash {
        self.new_hash_for(0)
    }

    /// An empty Hash with room for `count` pairs.
    pub fn new_hash_for(&mut self, count: usize) -> RHash {
        let shape = self.instance_shape(self.class_view(self.core.hash)).shape;
        match objects::hash::allocate(&mut self.heap, shape, count) {
            Some(hash) => hash,
            None => self.out_of_memory(),
        }
    }

    /// An Integer of 64 bits.
    #[inline(always)]
    pub fn int(&mut self, number: i64) -> Value {
        match Value::fixnum(number) {
            Some(value) => value,
            None => self.big(BigInt::from(number)),
        }
    }

    /// An Integer.
    pub fn big(&mut self, number: BigInt) -> Value {
        let open = self.instance_shape(self.class_view(self.core.integer)).shape;
        let shape = self.shapes.frozen(open);
        match objects::number::new_integer(&mut self.heap, shape, number) {
            Some(value) => value,
            None => self.out_of_memory(),
        }
    }

    /// A Float.
    #[inline(always)]
    pub fn float(&mut self, number: f64) -> Value {
        match Value::flonum(number) {
            Some(value) => value,
            None => self.float_cell(number),
        }
    }

    #[cold]
    fn float_cell(&mut self, number: f64) -> Value {
        let open = self.instance_shape(self.class_view(self.core.float)).shape;
        let shape = self.shapes.frozen(open);
        match objects::number::new_float(&mut self.heap, shape, number) {
            Some(value) => value,
            None => self.out_of_memory(),
        }
    }

    /// A frozen Range.
    pub fn range(&mut self, low: Value, high: Value, exclusive: bool) -> Value {
        let open = self.instance_shape(self.class_view(self.core.range)).shape;
        let range = objects::range::allocate(&mut self.heap, open, low, high, exclusive);
        let range = range.unwrap_or_else(|| self.out_of_memory());
        self.freeze(range)
    }

    /// A Proc.
    pub fn proc_from(&mut self, body: ProcBody, is_lambda: bool) -> RProc {
        let shape = self.instance_shape(self.class_view(self.core.proc_)).shape;
        match objects::procedure::allocate(&mut self.heap, shape, body, is_lambda) {
            Some(made) => made,
            None => self.out_of_memory(),
        }
    }

    /// An object of `class` around native data.
    pub fn data(&mut self, class: RClass, native: Box<dyn NativeData>) -> Value {
        let shape = self.instance_shape(class).shape;
        let Vm { heap, native_in_making, .. } = self;
        *native_in_making = Some(native);
        match objects::data::allocate(heap, shape, || native_in_making.take().expect("put there above")) {
            Some(value) => value,
            None => self.out_of_memory(),
        }
    }

    /// The native part of an object, or TypeError. It is borrowed from the VM, so that no Ruby code runs meanwhile.
    #[inline]
    pub fn native<T: NativeData>(&mut self, value: Value, name: &str) -> RResult<&mut T> {
        match RData::new(value).filter(|data| data.is::<T>()) {
            Some(data) => Ok(data.change(&mut self.heap).expect("just looked at")),
            None => Err(self.wrong_native(value, name)),
        }
    }

    #[cold]
    fn wrong_native(&mut self, value: Value, name: &str) -> Raised {
        let found = self.class_name_of(value);
        self.type_error(&format!("wrong argument type {found} (expected {name})"))
    }

    /// Sets a pair in a Hash by `hash` and `eql?`; String keys are copied and frozen.
    pub fn hash_set(&mut self, hash: RHash, key: Value, value: Value) -> RResult<()> {
        if self.memory_short {
            return Err(self.short_of_memory());
        }
        self.hash_store(hash, key, value)
    }

    /// NoMemoryError for the note that the heap left.
    #[cold]
    pub(crate) fn short_of_memory(&mut self) -> Raised {
        let raised = self.no_memory();
        // The exception itself may have come from the reserve; what it takes is freed when frames are left.
        self.memory_short = false;
        raised
    }

    /// Asks before a builtin fills buffers of `bytes` bytes that know no failure: NoMemoryError when they would not fit.
    #[inline]
    pub fn room_for(&mut self, bytes: usize) -> RResult<()> {
        if bytes < ROOM_ASKED_BYTES { Ok(()) } else { self.large_room_for(bytes) }
    }

    #[cold]
    fn large_room_for(&mut self, bytes: usize) -> RResult<()> {
        // Objects that hold much outside the heap are few, so that the heap's own growth would not collect them.
        self.heap.collect_if_due();
        let fits = || Vec::<u8>::new().try_reserve_exact(bytes).is_ok();
        if fits() {
            return Ok(());
        }
        self.collect_garbage();
        self.heap.finish_sweep();
        if fits() { Ok(()) } else { Err(self.no_memory()) }
    }

    /// NoMemoryError.
    #[cold]
    pub fn no_memory(&mut self) -> Raised {
        let class = self.core.no_memory_error;
        self.raise(class, "failed to allocate memory")
    }
}

impl Vm {
    /// A new Array of the elements as view.
    pub fn array_view_of(&mut self, elements: &[Value]) -> RArray {
        let value = self.array(elements);
        RArray::new(value).expect("just made")
    }
}

impl Vm {
    /// The Encoding object of an encoding, nil before they are made.
    pub fn encoding_object(&self, encoding: Encoding) -> Value {
        self.encodings.get(encoding.index() as usize).copied().unwrap_or(Value::NIL)
    }
}
