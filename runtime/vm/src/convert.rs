//! Implicit conversions, `to_s` and `inspect` as the VM and natives need them.

use crate::vm::Vm;
use num_bigint::BigInt;
use objects::{RArray, RClass, RHash, RString};
use text::encoding::Encoding;
use value::{Kind, RResult, Raised, Symbol, Value, sym};

impl Vm {
    /// Name of a value in "can't convert X into Y": nil, true and false by themselves.
    pub fn conversion_name(&self, value: Value) -> String {
        match value {
            Value::NIL => "nil".to_string(),
            Value::TRUE => "true".to_string(),
            Value::FALSE => "false".to_string(),
            _ => self.class_name_of(value),
        }
    }

    /// TypeError "no implicit conversion of X into Y".
    #[cold]
    pub fn no_implicit_conversion(&mut self, value: Value, target: &str) -> Raised {
        let name = self.conversion_name(value);
        let preposition = if target == "Integer" && matches!(value, Value::NIL | Value::TRUE | Value::FALSE) { "from" } else { "of" };
        if preposition == "from" {
            return self.type_error(&format!("no implicit conversion from {name} to integer"));
        }
        self.type_error(&format!("no implicit conversion of {name} into {target}"))
    }

    /// Converts by `method`, None when the value does not respond to it or gives nil.
    fn convert(&mut self, value: Value, method: Symbol, target: &str, fits: fn(Value) -> bool) -> RResult<Option<Value>> {
        let Some(result) = self.call_if_responds(value, method, &[])? else { return Ok(None) };
        if result.is_nil() || fits(result) {
            return Ok((!result.is_nil()).then_some(result));
        }
        let (from, method, got) = (self.conversion_name(value), self.symbols.text(method).into_owned(), self.class_name_of(result));
        Err(self.type_error(&format!("can't convert {from} to {target} ({from}#{method} gives {got})")))
    }

    /// Converts by `method` to an instance of `class`; anything else, nil too, is a TypeError.
    pub fn convert_strictly(&mut self, value: Value, method: Symbol, class: Value) -> RResult {
        let result = self.call_if_responds(value, method, &[])?;
        let (from, target) = (self.conversion_name(value), self.class_name_text(self.class_view(class)));
        match result {
            Some(result) if self.is_a(result, class) => Ok(result),
            Some(result) => {
                let (method, got) = (self.symbols.text(method).into_owned(), self.class_name_of(result));
                Err(self.type_error(&format!("can't convert {from} to {target} ({from}#{method} gives {got})")))
            }
            None => Err(self.type_error(&format!("can't convert {from} into {target}"))),
        }
    }

    /// Texts that are read byte by byte have to be ASCII where they look like it.
    pub fn check_ascii_compatible(&mut self, text: RString) -> RResult<()> {
        if text.encoding().is_ascii_compatible() {
            return Ok(());
        }
        let class = self.class_at("Encoding::CompatibilityError");
        Err(self.raise(class, &format!("ASCII incompatible encoding: {}", text.encoding().name())))
    }

    /// A String by `to_str`.
    pub fn to_str(&mut self, value: Value) -> RResult<RString> {
        match self.try_to_str(value)? {
            Some(string) => Ok(string),
            None => Err(self.no_implicit_conversion(value, "String")),
        }
    }

    /// A String by `to_str`, if there is one.
    pub fn try_to_str(&mut self, value: Value) -> RResult<Option<RString>> {
        if let Some(string) = RString::new(value) {
            return Ok(Some(string));
        }
        let result = self.convert(value, sym::TO_STR, "String", |result| result.is_kind(Kind::String))?;
        Ok(result.and_then(RString::new))
    }

    /// An Array by `to_ary`.
    pub fn to_ary(&mut self, value: Value) -> RResult<RArray> {
        match self.try_to_ary(value)? {
            Some(array) => Ok(array),
            None => Err(self.no_implicit_conversion(value, "Array")),
        }
    }

    /// An Array by `to_ary`, if there is one.
    pub fn try_to_ary(&mut self, value: Value) -> RResult<Option<RArray>> {
        if let Some(array) = RArray::new(value) {
            return Ok(Some(array));
        }
        if value.kind().is_none() && !value.is_symbol() {
            let class = self.class_of(value);
            if self.find_method(class, sym::TO_ARY).is_none() && !self.has_custom(class, sym::METHOD_MISSING) {
                return Ok(None);
            }
        }
        let result = self.convert(value, sym::TO_ARY, "Array", |result| result.is_kind(Kind::Array))?;
        Ok(result.and_then(RArray::new))
    }

    /// A Hash by `to_hash`.
    pub fn to_hash(&mut self, value: Value) -> RResult<RHash> {
        match self.try_to_hash(value)? {
            Some(hash) => Ok(hash),
            None => Err(self.no_implicit_conversion(value, "Hash")),
        }
    }

    /// A Hash by `to_hash`, if there is one.
    pub fn try_to_hash(&mut self, value: Value) -> RResult<Option<RHash>> {
        if let Some(hash) = RHash::new(value) {
            return Ok(Some(hash));
        }
        let result = self.convert(value, sym::TO_HASH, "Hash", |result| result.is_kind(Kind::Hash))?;
        Ok(result.and_then(RHash::new))
    }

    /// Elements of `*value`: its `to_a`, or itself alone.
    pub fn splat(&mut self, value: Value) -> RResult<RArray> {
        if let Some(array) = RArray::new(value) {
            return Ok(array);
        }
        if value.is_nil() {
            return Ok(self.new_array());
        }
        let result = self.convert(value, sym::TO_A, "Array", |result| result.is_kind(Kind::Array))?;
        match result.and_then(RArray::new) {
            Some(array) => Ok(array),
            None => {
                let array = self.array(&[value]);
                Ok(RArray::new(array).expect("just made"))
            }
        }
    }

    /// Is it an Integer?
    pub fn is_integer(value: Value) -> bool {
        value.is_fixnum() || value.is_kind(Kind::Bignum)
    }

    /// An Integer by `to_int` (Floats are cut).
    pub fn to_int(&mut self, value: Value) -> RResult {
        if Vm::is_integer(value) {
            return Ok(value);
        }
        if let Some(number) = objects::number::float_of(value) {
            return self.float_to_integer(number);
        }
        match self.convert(value, sym::TO_INT, "Integer", Vm::is_integer)? {
            Some(integer) => Ok(integer),
            None => Err(self.no_implicit_conversion(value, "Integer")),
        }
    }

    /// The Integer part of a Float; FloatDomainError for infinities and NaN.
    pub fn float_to_integer(&mut self, number: f64) -> RResult {
        if number.abs() < 4e18 {
            return Ok(self.int(number as i64));
        }
        match numeric::big::from_f64(number.trunc()) {
            Ok(big) => Ok(self.big(big)),
            Err(_) => {
                let class = self.core.float_domain_error;
                Err(self.raise(class, &numeric::float_print::to_s(number)))
            }
        }
    }

    /// A machine integer; RangeError when it does not fit.
    pub fn to_i64(&mut self, value: Value) -> RResult<i64> {
        let integer = self.to_int(value)?;
        match integer.as_fixnum() {
            Some(number) => Ok(number),
            None => match objects::number::bignum_of(&integer).and_then(|big| i64::try_from(big).ok()) {
                Some(number) => Ok(number),
                None => Err(self.range_error("bignum too big to convert into 'long'")),
            },
        }
    }

    /// An Integer that fits C's `int`.
    pub fn to_i32(&mut self, value: Value) -> RResult<i32> {
        let number = self.to_i64(value)?;
        i32::try_from(number).map_err(|_| {
            let size = if number < 0 { "small" } else { "big" };
            self.range_error(&format!("integer {number} too {size} to convert to 'int'"))
        })
    }

    /// A float of a Numeric; TypeError otherwise.
    pub fn to_f64(&mut self, value: Value) -> RResult<f64> {
        if let Some(number) = value.as_flonum() {
            return Ok(number);
        }
        if let Some(number) = value.as_fixnum() {
            return Ok(number as f64);
        }
        if let Some(number) = objects::number::float_of(value) {
            return Ok(number);
        }
        if let Some(big) = objects::number::bignum_of(&value) {
            return Ok(numeric::big::to_f64(big));
        }
        let numeric = self.core.numeric;
        if !self.is_a(value, numeric) {
            let name = self.conversion_name(value);
            let message = if value.is_kind(Kind::String) {
                "no implicit conversion to float from string".to_string()
            } else {
                format!("can't convert {name} into Float")
            };
            return Err(self.type_error(&message));
        }
        let result = self.call(value, sym::TO_F, &[])?;
        match objects::number::float_of(result) {
            Some(number) => Ok(number),
            None => Err(self.no_implicit_conversion(value, "Float")),
        }
    }

    /// A method or variable name: Symbol, String or `to_str`.
    pub fn to_name(&mut self, value: Value) -> RResult<Symbol> {
        if let Some(symbol) = value.as_symbol() {
            return Ok(symbol);
        }
        match self.try_to_str(value)? {
            Some(string) => self.symbol_of(string),
            None => {
                let text = self.inspect_text(value)?;
                Err(self.type_error(&format!("{text} is not a symbol nor a string")))
            }
        }
    }

    /// The Symbol of a String; EncodingError when its bytes are no characters.
    pub fn symbol_of(&mut self, string: RString) -> RResult<Symbol> {
        if string.code_range() == text::CodeRange::Broken {
            let shown = self.inspect_text(string.value())?;
            let class = self.core.encoding_error;
            let name = string.encoding().name();
            return Err(self.raise(class, &format!("invalid symbol in encoding {name} :{shown}")));
        }
        Ok(self.symbols.intern_bytes(string.bytes(), string.encoding().index()))
    }

    /// A path: `to_path` or `to_str`, without NUL bytes.
    pub fn to_path(&mut self, value: Value) -> RResult<RString> {
        let string = match RString::new(value) {
            Some(string) => string,
            None => {
                let path = self.call_if_responds(value, sym::TO_PATH, &[])?.unwrap_or(value);
                self.to_str(path)?
            }
        };
        self.check_path(string)?;
        Ok(string)
    }

    /// Names of files are read byte by byte and end at the first zero.
    pub fn check_path(&mut self, string: RString) -> RResult<()> {
        let encoding = string.encoding();
        if !encoding.is_ascii_compatible() {
            let (class, shown) = (self.class_at("Encoding::CompatibilityError"), self.inspect_text(string.value())?);
            return Err(self.raise(class, &format!("path name must be ASCII-compatible ({}): {shown}", encoding.name())));
        }
        if string.bytes().contains(&0) {
            return Err(self.argument_error("string contains null byte"));
        }
        Ok(())
    }

    /// The Integer as a big number.
    pub fn to_bigint(&mut self, value: Value) -> RResult<BigInt> {
        if matches!(value, Value::NIL | Value::TRUE | Value::FALSE) {
            let name = self.conversion_name(value);
            return Err(self.type_error(&format!("no implicit conversion of {name} into Integer")));
        }
        let integer = self.to_int(value)?;
        Ok(objects::number::integer_of(integer).unwrap_or_default())
    }

    /// `value.to_s` as String; the default text when `to_s` gives something else.
    pub fn to_s(&mut self, value: Value) -> RResult<RString> {
        if let Some(string) = RString::new(value) {
            return Ok(string);
        }
        if let Some(text) = self.quick_to_s(value) {
            return Ok(text);
        }
        let result = self.call(value, sym::TO_S, &[])?;
        match RString::new(result) {
            Some(string) => Ok(string),
            None => {
                let text = self.any_to_s(value);
                Ok(self.new_string(text.as_bytes(), text::encoding::Encoding::UTF_8))
            }
        }
    }

    /// Is `to_s` of the class a builtin?
    pub(crate) fn has_native_to_s(&mut self, class: RClass) -> bool {
        self.find_method(class, sym::TO_S).is_some_and(|method| matches!(method.body, objects::MethodBody::Native(_)))
    }

    /// `to_s` of Integers and Symbols while nobody redefined it.
    fn quick_to_s(&mut self, value: Value) -> Option<RString> {
        let class = self.class_of(value);
        if let Some(number) = value.as_fixnum() {
            let native = self.has_native_to_s(class);
            return native.then(|| self.new_string(itoa::Buffer::new().format(number).as_bytes(), text::encoding::Encoding::US_ASCII));
        }
        let symbol = value.as_symbol()?;
        if !self.has_native_to_s(class) {
            return None;
        }
        let (bytes, encoding) = (self.symbols.bytes(symbol).to_vec(), self.symbols.encoding(symbol));
        let encoding = text::encoding::Encoding::from_index(encoding)?;
        Some(self.new_string(&bytes, encoding))
    }

    /// `value.to_s` as text for messages.
    pub fn to_s_text(&mut self, value: Value) -> RResult<String> {
        Ok(self.to_s(value)?.to_text())
    }

    /// `value.inspect` as String.
    pub fn inspect(&mut self, value: Value) -> RResult<RString> {
        let result = self.call(value, sym::INSPECT, &[])?;
        let text = self.to_s(result)?;
        if text.is_ascii_only() || text.encoding() == self.result_encoding() {
            return Ok(text);
        }
        let escaped = text::inspect::escape(text.encoding(), text.bytes());
        Ok(self.new_string(&escaped, Encoding::US_ASCII))
    }

    /// `value.inspect` as text for messages.
    pub fn inspect_text(&mut self, value: Value) -> RResult<String> {
        Ok(self.inspect(value)?.to_text())
    }

    /// Runs `body` unless the same method runs on the same object already; then gives None. For
    /// `inspect`, `hash`, `==` of containers.
    pub fn guard_recursion<T>(&mut self, name: Symbol, object: Value, other: Value, body: impl FnOnce(&mut Vm) -> RResult<T>) -> RResult<Option<T>> {
        if self.recursion.contains(&(name, object, other)) {
            return Ok(None);
        }
        self.check_native_stack()?;
        let depth = self.recursion.len();
        self.recursion.push((name, object, other));
        self.always(body, |vm| vm.recursion.truncate(depth)).map(Some)
    }

    /// A class or module argument.
    pub fn to_class(&mut self, value: Value) -> RResult<RClass> {
        RClass::new(value).ok_or_else(|| self.type_error("class or module required"))
    }
}
