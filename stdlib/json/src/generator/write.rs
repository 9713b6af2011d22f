//! The texts of values.

use super::state::{Gap, State, state};
use super::string::{Escapes, quote};
use crate::Duplicates;
use text::{CodeRange, Encoding};
use vm::{RArray, RHash, RResult, RString, Raised, Symbol, Value, Vm, sym};

/// As what a value is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// As its class says: classes below core classes have their say.
    Any,
    Hash,
    Array,
    String,
    /// As the text of its `to_s`, unless only what JSON has is allowed.
    Other,
}

/// Where a value comes from, which says what becomes of one that JSON does not have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// A value of the program: `as_json` is asked for another.
    Value,
    /// A key of the program.
    Key,
    /// What `as_json` has made: it is refused.
    Made,
}

/// A text that is being written.
pub struct Writer {
    pub out: Vec<u8>,
    state: State,
    /// The State that `to_json` methods of the program are given.
    object: Option<Value>,
    depth: i64,
}

impl Writer {
    /// With options, and the object that holds them if there is one.
    pub fn new(state: State, object: Option<Value>) -> Writer {
        Writer { out: Vec::new(), depth: state.depth, state, object }
    }

    /// Appends a value as the kind says.
    pub fn write_as(&mut self, vm: &mut Vm, value: Value, kind: Kind) -> RResult<()> {
        match (kind, RHash::new(value), RArray::new(value), RString::new(value)) {
            (Kind::Hash, Some(hash), ..) => self.hash(vm, hash),
            (Kind::Array, _, Some(list), _) => self.array(vm, list),
            (Kind::String, .., Some(text)) => self.string(vm, text, value, Role::Value),
            (Kind::Other, ..) if !self.state.strict => self.text_of(vm, value),
            _ => self.value(vm, value),
        }
    }

    fn value(&mut self, vm: &mut Vm, value: Value) -> RResult<()> {
        match self.plain(vm, value, Role::Value)? {
            true => Ok(()),
            false if self.state.strict => self.strange(vm, value),
            false => self.other(vm, value),
        }
    }

    /// Appends what JSON has; false for other values.
    fn plain(&mut self, vm: &mut Vm, value: Value, role: Role) -> RResult<bool> {
        match value {
            Value::NIL => self.out.extend_from_slice(b"null"),
            Value::TRUE => self.out.extend_from_slice(b"true"),
            Value::FALSE => self.out.extend_from_slice(b"false"),
            _ => return self.plain_object(vm, value, role),
        }
        Ok(true)
    }

    fn plain_object(&mut self, vm: &mut Vm, value: Value, role: Role) -> RResult<bool> {
        if let Some(number) = value.as_fixnum() {
            self.out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
            return Ok(true);
        }
        let class = vm.class_of(value).value();
        if class == vm.core.string {
            return self.string(vm, RString::new(value).expect("its class says so"), value, role).map(|()| true);
        }
        if class == vm.core.hash {
            return self.hash(vm, RHash::new(value).expect("its class says so")).map(|()| true);
        }
        if class == vm.core.array {
            return self.array(vm, RArray::new(value).expect("its class says so")).map(|()| true);
        }
        if class == vm.core.float {
            let number = vm.to_f64(value)?;
            return self.float(vm, number, value, role).map(|()| true);
        }
        if class == vm.core.integer {
            let text = vm.send(value, "to_s", &[])?;
            return self.append_string(vm, text).map(|()| true);
        }
        if let Some(name) = value.as_symbol().filter(|_| self.state.strict) {
            let text = symbol_text(vm, name);
            return self.string(vm, text, value, role).map(|()| true);
        }
        self.fragment(vm, value, class)
    }

    /// Appends a JSON::Fragment as it is.
    fn fragment(&mut self, vm: &mut Vm, value: Value, class: Value) -> RResult<bool> {
        if class != vm.class_at("JSON::Fragment") {
            return Ok(false);
        }
        let text = vm.send(value, "json", &[])?;
        self.append_string(vm, text)?;
        Ok(true)
    }

    /// Appends what `as_json` makes of a value that JSON does not have.
    fn strange(&mut self, vm: &mut Vm, value: Value) -> RResult<()> {
        match self.as_json(vm, value, false)? {
            Some(made) => self.made(vm, made),
            None => Err(not_allowed(vm, value)),
        }
    }

    /// Appends what `as_json` has made.
    fn made(&mut self, vm: &mut Vm, made: Value) -> RResult<()> {
        if self.plain(vm, made, Role::Made)? { Ok(()) } else { Err(not_allowed(vm, made)) }
    }

    /// What `as_json` makes of a value; None without one.
    fn as_json(&mut self, vm: &mut Vm, value: Value, is_key: bool) -> RResult<Option<Value>> {
        if !self.state.strict || !self.state.as_json.truthy() {
            return Ok(None);
        }
        vm.call(self.state.as_json, sym::CALL, &[value, Value::bool(is_key)]).map(Some)
    }

    /// Appends what the value's own `to_json` answers, else its `to_s` as a string.
    fn other(&mut self, vm: &mut Vm, value: Value) -> RResult<()> {
        let name = vm.intern("to_json");
        let object = self.object(vm)?;
        let before = std::mem::replace(&mut state(vm, object)?.depth, self.depth);
        let text = vm.call_if_responds(value, name, &[object]);
        state(vm, object)?.depth = before;
        match text? {
            Some(text) => self.append_string(vm, text),
            None => self.text_of(vm, value),
        }
    }

    fn text_of(&mut self, vm: &mut Vm, value: Value) -> RResult<()> {
        let text = vm.send(value, "to_s", &[])?;
        match RString::new(text) {
            Some(string) => self.string(vm, string, text, Role::Value),
            None => Err(vm.wrong_type(text, "String")),
        }
    }

    fn append_string(&mut self, vm: &mut Vm, text: Value) -> RResult<()> {
        let Some(text) = RString::new(text) else { return Err(vm.wrong_type(text, "String")) };
        vm.room_for(self.out.len() + text.len())?;
        self.out.extend_from_slice(text.bytes());
        Ok(())
    }

    /// The State for methods of the program.
    fn object(&mut self, vm: &mut Vm) -> RResult {
        if let Some(object) = self.object {
            return Ok(object);
        }
        let class = vm.class_at("JSON::Ext::Generator::State");
        let object = vm.allocate(vm.class_view(class))?;
        *state(vm, object)? = self.state.clone();
        self.object = Some(object);
        Ok(object)
    }

    /// One level deeper.
    fn enter(&mut self, vm: &mut Vm) -> RResult<()> {
        vm.check_native_stack()?;
        vm.check_interrupts()?;
        self.depth += 1;
        if self.state.max_nesting != 0 && self.depth > self.state.max_nesting {
            let class = vm.class_at("JSON::NestingError");
            self.depth -= 1;
            let depth = self.depth;
            return Err(vm.raise(class, &format!("nesting of {depth} is too deep. Did you try to serialize objects with circular references?")));
        }
        Ok(())
    }

    fn gap(&mut self, gap: Gap) {
        if let Some(text) = self.state.gap(gap) {
            self.out.extend_from_slice(text.bytes());
        }
    }

    fn indent(&mut self) {
        if let Some(text) = self.state.gap(Gap::Indent) {
            (0..self.depth).for_each(|_| self.out.extend_from_slice(text.bytes()));
        }
    }

    /// One level up: a closing bracket on a line of its own, if there are lines.
    fn leave(&mut self, vm: &mut Vm, gap: Gap, bracket: u8) -> RResult<()> {
        self.depth -= 1;
        if self.state.gap(gap).is_some() {
            self.gap(gap);
            self.indent();
        }
        self.out.push(bracket);
        vm.room_for(self.out.len())
    }

    fn array(&mut self, vm: &mut Vm, list: RArray) -> RResult<()> {
        self.enter(vm)?;
        if list.is_empty() {
            self.depth -= 1;
            self.out.extend_from_slice(b"[]");
            return Ok(());
        }
        self.out.push(b'[');
        self.gap(Gap::Array);
        let mut index = 0;
        while let Some(value) = list.get(index) {
            if index > 0 {
                self.out.push(b',');
                self.gap(Gap::Array);
            }
            self.indent();
            self.value(vm, value)?;
            index += 1;
        }
        self.leave(vm, Gap::Array, b']')
    }

    fn hash(&mut self, vm: &mut Vm, hash: RHash) -> RResult<()> {
        self.enter(vm)?;
        if hash.is_empty() {
            self.depth -= 1;
            self.out.extend_from_slice(b"{}");
            return Ok(());
        }
        self.out.push(b'{');
        let mut is_mixed = self.state.duplicates == Duplicates::Allowed;
        let mut first_class = None;
        let mut position = 0;
        while let Some(at) = hash.table(&vm.heap).next_position(position) {
            position = at + 1;
            let Some(entry) = hash.table(&vm.heap).entry(at) else { continue };
            let class = vm.class_of(entry.key).value();
            if first_class.is_some() {
                self.out.push(b',');
            }
            if !is_mixed && *first_class.get_or_insert(class) != class {
                is_mixed = true;
                self.mixed_keys(vm, hash)?;
            }
            first_class.get_or_insert(class);
            self.pair(vm, entry.key, entry.value)?;
        }
        self.leave(vm, Gap::Object, b'}')
    }

    /// Keys of several classes may have the same text.
    fn mixed_keys(&mut self, vm: &mut Vm, hash: RHash) -> RResult<()> {
        let (json, raises) = (vm.class_at("JSON"), self.state.duplicates == Duplicates::Refused);
        vm.send(json, "on_mixed_keys_hash", &[hash.value(), Value::bool(raises)])?;
        Ok(())
    }

    fn pair(&mut self, vm: &mut Vm, key: Value, value: Value) -> RResult<()> {
        self.gap(Gap::Object);
        self.indent();
        self.key(vm, key)?;
        self.gap(Gap::SpaceBefore);
        self.out.push(b':');
        self.gap(Gap::Space);
        self.value(vm, value)
    }

    fn key(&mut self, vm: &mut Vm, key: Value) -> RResult<()> {
        if let Some(text) = plain_key(vm, key) {
            return self.string(vm, text, key, Role::Key);
        }
        if RString::new(key).is_none() && self.state.strict {
            let made = self.as_json(vm, key, true)?.unwrap_or(key);
            return self.made_key(vm, made);
        }
        let text = vm.send(key, "to_s", &[])?;
        match RString::new(text) {
            Some(string) if vm.class_of(text).value() == vm.core.string => self.string(vm, string, key, Role::Key),
            // A String of a class of its own has its say.
            Some(_) => self.value(vm, text),
            None => {
                let (class, given) = (vm.class_name_of(key), vm.class_name_of(text));
                Err(vm.type_error(&format!("can't convert {class} to String ({class}#to_s gives {given})")))
            }
        }
    }

    /// Appends a key that `as_json` has made.
    fn made_key(&mut self, vm: &mut Vm, made: Value) -> RResult<()> {
        if let Some(text) = plain_key(vm, made) {
            return self.string(vm, text, made, Role::Made);
        }
        let class = vm.class_name_of(made);
        Err(refuse(vm, made, &format!("{class} not allowed as object key in JSON"), None))
    }

    fn float(&mut self, vm: &mut Vm, number: f64, value: Value, role: Role) -> RResult<()> {
        if number.is_finite() {
            self.out.extend_from_slice(float_text(number).as_bytes());
            return Ok(());
        }
        let text = numeric::float_print::to_s(number);
        if self.state.allow_nan {
            self.out.extend_from_slice(text.as_bytes());
            return Ok(());
        }
        let made = if role == Role::Made { None } else { self.as_json(vm, value, false)? };
        match made {
            Some(made) => self.made(vm, made),
            None => Err(refuse(vm, value, &format!("{text} not allowed in JSON"), None)),
        }
    }

    /// Appends a string; `value` is what faults name.
    fn string(&mut self, vm: &mut Vm, text: RString, value: Value, role: Role) -> RResult<()> {
        vm.room_for(self.out.len() + text.len())?;
        let text = in_unicode(vm, text, value)?;
        let escapes = Escapes { ascii_only: self.state.ascii_only, script_safe: self.state.script_safe };
        if let Ok(text) = std::str::from_utf8(text.bytes()) {
            quote(&mut self.out, text, escapes);
            return Ok(());
        }
        let made = if role == Role::Made { None } else { self.as_json(vm, value, role == Role::Key)? };
        match made {
            Some(made) if role == Role::Key => self.made_key(vm, made),
            Some(made) => self.made(vm, made),
            None => Err(refuse(vm, value, "source sequence is illegal/malformed utf-8", None)),
        }
    }
}

fn symbol_text(vm: &mut Vm, name: Symbol) -> RString {
    let encoding = Encoding::from_index(vm.symbols.encoding(name)).unwrap_or(Encoding::UTF_8);
    let bytes = vm.symbols.bytes(name).to_vec();
    vm.new_string(&bytes, encoding)
}

/// A key that needs no conversion.
fn plain_key(vm: &mut Vm, key: Value) -> Option<RString> {
    if let Some(name) = key.as_symbol() {
        return Some(symbol_text(vm, name));
    }
    RString::new(key).filter(|_| vm.class_of(key).value() == vm.core.string)
}

/// The string in UTF-8, if it can be had.
fn in_unicode(vm: &mut Vm, text: RString, value: Value) -> RResult<RString> {
    let encoding = text.encoding();
    if encoding == Encoding::UTF_8 || encoding.is_ascii_compatible() && text.code_range() == CodeRange::SevenBit {
        return Ok(text);
    }
    if encoding == Encoding::BINARY && std::str::from_utf8(text.bytes()).is_ok() {
        vm.warn_at_caller("JSON.generate: UTF-8 string passed as BINARY, this will raise an encoding error in json 3.0")?;
        return Ok(text);
    }
    let class = vm.class_at("EncodingError");
    let encode = |vm: &mut Vm| {
        let target = vm.encoding_object(Encoding::UTF_8);
        let encoded = vm.send(text.value(), "encode", &[target])?;
        vm.to_str(encoded)
    };
    vm.rescue(class, encode, |vm, error| {
        let message = vm.send(error, "message", &[])?;
        let message = vm.to_s_text(message)?;
        Err(refuse(vm, value, &message, Some(error)))
    })
}

#[cold]
fn not_allowed(vm: &mut Vm, value: Value) -> Raised {
    let class = vm.class_name_of(value);
    refuse(vm, value, &format!("{class} not allowed in JSON"), None)
}

/// GeneratorError with the value that it is about, and what led to it.
#[cold]
fn refuse(vm: &mut Vm, value: Value, message: &str, cause: Option<Value>) -> Raised {
    let (class, message) = (vm.class_at("JSON::GeneratorError"), vm.str(message));
    match vm.send(class, "new", &[message, value]) {
        Ok(exception) => {
            if let Some(cause) = cause {
                vm.set_hidden(exception, sym::H_CAUSE, cause);
            }
            vm.raise_exception(exception)
        }
        Err(raised) => raised,
    }
}

/// A Float: in full from 1e-9 up to 15 whole digits, else with an exponent.
fn float_text(number: f64) -> String {
    if number == 0.0 {
        return if number.is_sign_negative() { "-0.0".into() } else { "0.0".into() };
    }
    let sign = if number < 0.0 { "-" } else { "" };
    let (digits, point) = numeric::float_print::shortest_digits(number);
    let body = match point {
        -8..=0 => format!("0.{}{digits}", "0".repeat(point.unsigned_abs() as usize)),
        1..=15 => match digits.split_at_checked(point as usize) {
            Some((whole, fraction)) if !fraction.is_empty() => format!("{whole}.{fraction}"),
            _ => format!("{digits}{}.0", "0".repeat(point as usize - digits.len())),
        },
        _ => {
            let (first, rest) = digits.split_at(1);
            let dot = if rest.is_empty() { "" } else { "." };
            format!("{first}{dot}{rest}e{:+}", point - 1)
        }
    };
    format!("{sign}{body}")
}
