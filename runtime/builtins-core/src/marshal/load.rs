//! `Marshal.load`: makes objects from bytes.
//!
//! Numbers of objects are places in `objects`, where an object stands before its content is read. An object is
//! *partial* until its variables are in place; then it is frozen, if wanted, and given to the proc.

use super::names::{self, EncodingMark, encoding_mark};
use super::source::Source;
use super::{VERSION, responds, state};
use num_bigint::{BigInt, Sign};
use objects::class::Allocator;
use stdx::FastSet;
use text::Encoding;
use value::Kind;
use vm::{RArray, RClass, RHash, RResult, RString, Symbol, Value, Vm, sym};

/// A dump that is being read.
struct Loader {
    source: Source,
    callable: Option<Value>,
    freeze: bool,
    objects: RArray,
    /// Numbers of objects that are not complete yet. Those that their classes made or filled stay here: the proc sees
    /// them once and no links to them.
    partial: FastSet<usize>,
    symbols: Vec<Symbol>,
}

/// What was read, and its number if it has one.
type Made = (Value, Option<usize>);

/// What surrounds an object: a mark for variables behind it that somebody must read, and whether an outer step
/// completes it.
struct Around<'a> {
    variables: Option<&'a mut bool>,
    is_partial: bool,
}

/// The object in a dump.
pub fn load(vm: &mut Vm, mut source: Source, callable: Option<Value>, freeze: bool) -> RResult {
    let (major, minor) = (source.byte(vm)?, source.byte(vm)?);
    let given = format!("\n\tformat version {}.{} required; {major}.{minor} given", VERSION[0], VERSION[1]);
    if major != VERSION[0] || minor > VERSION[1] {
        return Err(vm.type_error(&format!("incompatible marshal file format (can't be read){given}")));
    }
    if minor != VERSION[1] && vm.options.verbose == Some(true) {
        vm.warn_at_caller(&format!("incompatible marshal file format (can be read){given}"))?;
    }
    let objects = vm.new_array();
    Loader { source, callable, freeze, objects, partial: FastSet::default(), symbols: Vec::new() }.object(vm)
}

impl Loader {
    /// A whole object.
    fn object(&mut self, vm: &mut Vm) -> RResult {
        Ok(self.read(vm, Around { variables: None, is_partial: false })?.0)
    }

    fn read(&mut self, vm: &mut Vm, around: Around<'_>) -> RResult<Made> {
        let tag = self.source.byte(vm)?;
        self.tagged(vm, tag, around)
    }

    fn tagged(&mut self, vm: &mut Vm, tag: u8, around: Around<'_>) -> RResult<Made> {
        vm.check_native_stack()?;
        let is_partial = around.is_partial;
        let made = match tag {
            b'@' => return self.link(vm),
            b';' => return Ok((Value::symbol(self.symbol_link(vm)?), None)),
            b'I' => {
                let mut pending = true;
                let made = self.read(vm, Around { variables: Some(&mut pending), is_partial: true })?;
                if pending {
                    self.variables(vm, made.0, None)?;
                }
                made
            }
            b'e' => self.extended(vm, around.variables)?,
            b'C' => self.user_class(vm, around.variables)?,
            b'0' => (Value::NIL, None),
            b'T' => (Value::TRUE, None),
            b'F' => (Value::FALSE, None),
            b'i' => {
                let number = self.source.number(vm)?;
                (vm.int(number), None)
            }
            b'f' => self.float(vm)?,
            b'l' => self.big(vm)?,
            b'"' => {
                let string = self.string(vm)?;
                self.enter(vm, string.value())?
            }
            b'/' => self.regexp(vm, around.variables)?,
            b'[' => self.array(vm)?,
            b'{' | b'}' => self.hash(vm, tag == b'}', false)?,
            b'S' => self.structure(vm)?,
            b'u' => self.user_text(vm, around.variables)?,
            b'U' => self.user_state(vm)?,
            b'o' => self.plain(vm)?,
            b'd' => self.native(vm)?,
            b'M' | b'c' | b'm' => self.module(vm, tag, around.variables)?,
            b':' => {
                let with_variables = around.variables.is_some_and(std::mem::take);
                (Value::symbol(self.new_symbol(vm, with_variables)?), None)
            }
            _ => return Err(vm.argument_error(&format!("dump format error(0x{tag:x})"))),
        };
        if is_partial { Ok(made) } else { self.complete(vm, made) }
    }

    /// Gives the object the next number.
    fn enter(&mut self, vm: &mut Vm, value: Value) -> RResult<Made> {
        let index = self.objects.len();
        vm.push(self.objects, value)?;
        self.partial.insert(index);
        Ok((value, Some(index)))
    }

    /// The object is whole: freezes it if wanted and lets the proc see it.
    fn complete(&mut self, vm: &mut Vm, (mut value, index): Made) -> RResult<Made> {
        if let Some(index) = index {
            self.partial.remove(&index);
        }
        if self.freeze && !value.is_kind(Kind::Class) {
            let plain = RString::new(value).filter(|_| vm.class_of(value).value() == vm.core.string && vm.all_slots(value).is_empty());
            value = match plain {
                Some(string) => vm.frozen_copy(string),
                None => vm.freeze(value),
            };
            if let Some(index) = index {
                self.objects.set(index, value).ok_or_else(|| vm.no_memory())?;
            }
        }
        Ok((self.show(vm, value)?, index))
    }

    fn show(&mut self, vm: &mut Vm, value: Value) -> RResult {
        match self.callable {
            Some(callable) => vm.call(callable, sym::CALL, &[value]),
            None => Ok(value),
        }
    }

    fn link(&mut self, vm: &mut Vm) -> RResult<Made> {
        let index = usize::try_from(self.source.number(vm)?).unwrap_or(usize::MAX);
        let Some(value) = self.objects.get(index) else { return Err(vm.argument_error("dump format error (unlinked)")) };
        if self.partial.contains(&index) {
            // What is made when all of it has been read is not there yet.
            return if value.is_nil() { Err(vm.argument_error("dump format error (bad link)")) } else { Ok((value, None)) };
        }
        Ok((self.show(vm, value)?, None))
    }

    /// A symbol where only one may stand.
    fn symbol(&mut self, vm: &mut Vm) -> RResult<Symbol> {
        let mut with_variables = false;
        loop {
            match self.source.byte(vm)? {
                b'I' => with_variables = true,
                b':' => return self.new_symbol(vm, with_variables),
                b';' if with_variables => return Err(vm.argument_error("dump format error (symlink with encoding)")),
                b';' => return self.symbol_link(vm),
                tag => return Err(vm.argument_error(&format!("dump format error for symbol(0x{tag:x})"))),
            }
        }
    }

    fn symbol_link(&mut self, vm: &mut Vm) -> RResult<Symbol> {
        let index = usize::try_from(self.source.number(vm)?).unwrap_or(usize::MAX);
        self.symbols.get(index).copied().ok_or_else(|| vm.argument_error("bad symbol"))
    }

    fn new_symbol(&mut self, vm: &mut Vm, with_variables: bool) -> RResult<Symbol> {
        let bytes = self.source.bytes(vm)?;
        let place = self.symbols.len();
        self.symbols.push(sym::EMPTY);
        let mut encoding = if bytes.is_ascii() { Encoding::US_ASCII } else { Encoding::BINARY };
        if with_variables {
            let count = self.source.number(vm)?;
            for _ in 0..count {
                let name = self.symbol(vm)?;
                let value = self.object(vm)?;
                if let EncodingMark::Known(known) = encoding_mark(vm, name, value) {
                    encoding = known;
                }
            }
        }
        let string = vm.string(&bytes, encoding);
        let symbol = vm.to_name(string)?;
        self.symbols[place] = symbol;
        Ok(symbol)
    }

    /// Pairs of names and values; an encoding is set on a String, `has_encoding` tells that there was one.
    fn variables(&mut self, vm: &mut Vm, object: Value, mut has_encoding: Option<&mut bool>) -> RResult<()> {
        let count = self.source.number(vm)?;
        for _ in 0..count {
            let name = self.symbol(vm)?;
            let value = self.object(vm)?;
            match encoding_mark(vm, name, value) {
                EncodingMark::Known(encoding) => {
                    let Some(string) = RString::new(object) else {
                        let shown = vm.inspect_text(object)?;
                        return Err(vm.argument_error(&format!("{shown} is not enc_capable")));
                    };
                    vm.check_frozen(object)?;
                    string.set_encoding(encoding);
                    if let Some(found) = has_encoding.as_deref_mut() {
                        *found = true;
                    }
                }
                EncodingMark::Unknown => {}
                EncodingMark::None => set_variable(vm, object, name, value)?,
            }
        }
        Ok(())
    }

    fn extended(&mut self, vm: &mut Vm, variables: Option<&mut bool>) -> RResult<Made> {
        let path = self.symbol(vm)?;
        let module = vm.class_at_path(path)?;
        let made = self.read(vm, Around { variables, is_partial: true })?;
        if !module.is_module() {
            let class = vm.real_class_of(made.0);
            if class == module && vm.existing_singleton_class(made.0).is_none() {
                return Ok(made);
            }
            let (first, second) = (vm.class_name_text(module), vm.class_name_text(class));
            return Err(vm.argument_error(&format!("prepended class {first} differs from class {second}")));
        }
        let singleton = vm.singleton_class_or_error(made.0)?;
        vm.include_module(vm.class_view(singleton), module);
        Ok(made)
    }

    /// An instance of a class below a builtin one, or a Hash that compares by identity.
    fn user_class(&mut self, vm: &mut Vm, variables: Option<&mut bool>) -> RResult<Made> {
        let path = self.symbol(vm)?;
        let class = names::find_class(vm, path)?;
        let tag = self.source.byte(vm)?;
        if class.value() == vm.core.hash && matches!(tag, b'{' | b'}') {
            return self.hash(vm, tag == b'}', true);
        }
        let made = self.tagged(vm, tag, Around { variables, is_partial: true })?;
        let object = made.0;
        let current = vm.class_of(object);
        let builtin = matches!(object.kind(), Some(Kind::String | Kind::Array | Kind::Hash)) || Vm::is_regexp(object);
        if !builtin || class.data().allocator != current.data().allocator || current.is_singleton() || vm.is_frozen(object) {
            return Err(vm.argument_error("dump format error (user class)"));
        }
        // A new class means a new layout: variables that are set already get other places.
        let slots = vm.all_slots(object);
        if let Some(view) = vm::RObject::new(object) {
            view.clear_slots();
        }
        vm.retype(object, class);
        for &(name, value) in slots.iter() {
            vm.set_hidden(object, name, value);
        }
        Ok(made)
    }

    fn string(&mut self, vm: &mut Vm) -> RResult<RString> {
        let bytes = self.source.bytes(vm)?;
        let string = vm.try_string(&bytes, Encoding::BINARY)?;
        Ok(RString::new(string).expect("just made"))
    }

    fn float(&mut self, vm: &mut Vm) -> RResult<Made> {
        let bytes = self.source.bytes(vm)?;
        // Old dumps have low bits of the number behind a zero byte; the digits before it are exact enough.
        let digits = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
        let number = match digits {
            b"nan" => f64::NAN,
            b"inf" => f64::INFINITY,
            b"-inf" => f64::NEG_INFINITY,
            _ => numeric::parse::float(digits),
        };
        let value = vm.float(number);
        self.enter(vm, value)
    }

    fn big(&mut self, vm: &mut Vm) -> RResult<Made> {
        let sign = if self.source.byte(vm)? == b'-' { Sign::Minus } else { Sign::Plus };
        let bytes = self.source.pairs(vm)?;
        let value = vm.big(BigInt::from_bytes_le(sign, &bytes));
        self.enter(vm, value)
    }

    fn regexp(&mut self, vm: &mut Vm, variables: Option<&mut bool>) -> RResult<Made> {
        let source = self.string(vm)?;
        let options = self.source.byte(vm)?;
        let made = self.enter(vm, Value::NIL)?;
        let mut has_encoding = false;
        if variables.is_some_and(std::mem::take) {
            self.variables(vm, source.value(), Some(&mut has_encoding))?;
        }
        let pattern = if has_encoding { source.bytes().to_vec() } else { without_new_escapes(source.bytes()) };
        let regexp = vm.new_regexp(&pattern, i64::from(options), source.encoding())?;
        vm.copy_ivars(source.value(), regexp);
        self.replace(vm, made, regexp)
    }

    /// Puts the object where its number was reserved.
    fn replace(&mut self, vm: &mut Vm, (_, index): Made, value: Value) -> RResult<Made> {
        if let Some(index) = index {
            self.objects.set(index, value).ok_or_else(|| vm.no_memory())?;
        }
        Ok((value, index))
    }

    fn array(&mut self, vm: &mut Vm) -> RResult<Made> {
        let count = self.source.count(vm, "negative array size (or size too big)")?;
        let array = vm.new_array();
        let made = self.enter(vm, array.value())?;
        for _ in 0..count {
            let element = self.object(vm)?;
            vm.push(array, element)?;
        }
        Ok(made)
    }

    fn hash(&mut self, vm: &mut Vm, has_default: bool, is_identity: bool) -> RResult<Made> {
        let count = self.source.count(vm, "marshal data too short")?;
        let hash = vm.new_hash();
        hash.set_identity(is_identity);
        let made = self.enter(vm, hash.value())?;
        for _ in 0..count {
            let key = self.object(vm)?;
            let value = self.object(vm)?;
            vm.check_frozen(hash.value())?;
            vm.hash_set(hash, key, value)?;
        }
        if has_default {
            let default = self.object(vm)?;
            hash.set_default(default);
        }
        Ok(made)
    }

    fn structure(&mut self, vm: &mut Vm) -> RResult<Made> {
        let path = self.symbol(vm)?;
        let class = names::find_class(vm, path)?;
        let count = self.source.number(vm)?;
        let shown = vm.class_name_text(class);
        let is_data = class.inherits(vm.class_view(vm.core.data));
        let is_struct = is_data || class.inherits(vm.class_view(vm.core.struct_));
        let Some(members) = vm.struct_members(class).filter(|_| is_struct) else {
            return Err(vm.type_error(&format!("class {shown} not a struct")));
        };
        if count != members.len() as i64 {
            return Err(vm.type_error(&format!("struct {shown} not compatible (struct size differs)")));
        }
        let value = vm.allocate(class)?;
        let made = self.enter(vm, value)?;
        for index in 0..members.len() {
            let name = self.symbol(vm)?;
            let member = members.get(index).unwrap_or(Value::NIL);
            if member != Value::symbol(name) {
                let (name, member) = (vm.inspect_text(Value::symbol(name))?, vm.inspect_text(member)?);
                return Err(vm.type_error(&format!("struct {shown} not compatible ({name} for {member})")));
            }
            let content = self.object(vm)?;
            vm.struct_set(value, index as u32, content)?;
        }
        if is_data {
            vm.freeze(value);
        }
        Ok(made)
    }

    /// The class makes the object from a String.
    fn user_text(&mut self, vm: &mut Vm, variables: Option<&mut bool>) -> RResult<Made> {
        let path = self.symbol(vm)?;
        // The lazy message of a NameError; nobody can write its name as a constant.
        let is_message = vm.symbols.bytes(path) == b"NameError::message";
        let class = if is_message { vm.core.string } else { vm.class_at_path(path)?.value() };
        if !is_message && !responds(vm, class, "_load")? {
            let shown = vm.symbols.text(path).into_owned();
            return Err(vm.type_error(&format!("class {shown} needs to have method '_load'")));
        }
        let text = self.string(vm)?.value();
        if variables.is_some_and(std::mem::take) {
            self.variables(vm, text, None)?;
        }
        let value = if is_message { text } else { vm.send(class, "_load", &[text])? };
        self.enter(vm, value)?;
        Ok((value, None))
    }

    /// The object takes over a state that was dumped.
    fn user_state(&mut self, vm: &mut Vm) -> RResult<Made> {
        let path = self.symbol(vm)?;
        let class = names::find_class(vm, path)?;
        if class.value() == vm.core.rational || class.value() == vm.core.complex {
            return self.number_pair(vm, class);
        }
        let value = vm.allocate(class)?;
        if !responds(vm, value, "marshal_load")? {
            let shown = vm.class_name_text(class);
            return Err(vm.type_error(&format!("instance of {shown} needs to have method 'marshal_load'")));
        }
        self.enter(vm, value)?;
        let content = self.object(vm)?;
        vm.call(value, sym::MARSHAL_LOAD, &[content])?;
        for name in vm.ivar_names(content) {
            let variable = vm.ivar_get(content, name).unwrap_or(Value::NIL);
            vm.ivar_set(value, name, variable)?;
        }
        Ok((value, None))
    }

    /// A Rational or Complex: an Array of its two parts.
    fn number_pair(&mut self, vm: &mut Vm, class: RClass) -> RResult<Made> {
        let made = self.enter(vm, Value::NIL)?;
        let content = self.object(vm)?;
        let Some(parts) = RArray::new(content) else { return Err(vm.wrong_type(content, "Array")) };
        let is_rational = class.value() == vm.core.rational;
        if parts.len() != 2 {
            let sort = if is_rational { "rational" } else { "complex" };
            return Err(vm.argument_error(&format!("marshaled {sort} must have an array whose length is 2 but {}", parts.len())));
        }
        let (first, second) = (parts.get(0).unwrap_or(Value::NIL), parts.get(1).unwrap_or(Value::NIL));
        for part in [first, second] {
            let fits = if is_rational { Vm::is_integer(part) } else { vm.is_a(part, vm.core.numeric) };
            if !fits {
                return Err(vm.type_error(if is_rational { "not an integer" } else { "not a real" }));
            }
        }
        if is_rational && second == Value::small(0) {
            return Err(vm.zero_division());
        }
        let value = if is_rational { vm.rational_from(first, second) } else { vm.complex_from(first, second) };
        self.replace(vm, made, value)
    }

    /// Object's instances and builtin ones that are written alike.
    fn plain(&mut self, vm: &mut Vm) -> RResult<Made> {
        let path = self.symbol(vm)?;
        let class = names::find_class(vm, path)?;
        if class.data().allocator == Allocator::Kind(Kind::Range) {
            return self.range(vm, class);
        }
        let value = vm.allocate(class)?;
        let is_struct = class.inherits(vm.class_view(vm.core.struct_)) || class.inherits(vm.class_view(vm.core.data));
        if !value.is_kind(Kind::Object) || is_struct {
            return Err(vm.argument_error("dump format error"));
        }
        let made = self.enter(vm, value)?;
        let set = vm.class_at("Set");
        if class.inherits(vm.class_view(set)) {
            self.set_content(vm, value)?;
            return Ok(made);
        }
        self.variables(vm, value, None)?;
        Ok(made)
    }

    fn set_content(&mut self, vm: &mut Vm, set: Value) -> RResult<()> {
        let mut content = Value::NIL;
        let count = self.source.number(vm)?;
        for _ in 0..count {
            let name = self.symbol(vm)?;
            let value = self.object(vm)?;
            if vm.symbols.bytes(name) == b"@hash" {
                content = value;
            } else {
                set_variable(vm, set, name, value)?;
            }
        }
        let Some(hash) = RHash::new(content) else { return Err(vm.wrong_type(content, "Hash")) };
        hash.set_default(Value::NIL);
        let name = vm.intern("hash");
        vm.set_hidden(set, name, hash.value());
        Ok(())
    }

    fn range(&mut self, vm: &mut Vm, class: RClass) -> RResult<Made> {
        let made = self.enter(vm, Value::NIL)?;
        let (mut low, mut high, mut exclusive) = (Value::NIL, Value::NIL, false);
        let count = self.source.number(vm)?;
        for _ in 0..count {
            let name = self.symbol(vm)?;
            let value = self.object(vm)?;
            match vm.symbols.bytes(name) {
                b"begin" => low = value,
                b"end" => high = value,
                b"excl" => exclusive = value.truthy(),
                _ => {}
            }
        }
        let core = vm.core.range;
        let value = vm.call(core, sym::NEW, &[low, high, Value::bool(exclusive)])?;
        if class.value() == core {
            return self.replace(vm, made, value);
        }
        let value = vm.allocate(class)?;
        if let Some(range) = vm::RRange::new(value) {
            range.set(low, high, exclusive);
        }
        self.replace(vm, made, value)
    }

    fn native(&mut self, vm: &mut Vm) -> RResult<Made> {
        let path = self.symbol(vm)?;
        let class = names::find_class(vm, path)?;
        let value = vm.allocate(class)?;
        if !value.is_kind(Kind::Data) {
            return Err(vm.argument_error("dump format error"));
        }
        let made = self.enter(vm, value)?;
        if !responds(vm, value, "_load_data")? {
            let shown = vm.class_name_text(class);
            return Err(vm.type_error(&format!("class {shown} needs to have instance method '_load_data'")));
        }
        let content = self.object(vm)?;
        vm.send(value, "_load_data", &[content])?;
        Ok(made)
    }

    fn module(&mut self, vm: &mut Vm, tag: u8, variables: Option<&mut bool>) -> RResult<Made> {
        let path = self.string(vm)?;
        if path.is_ascii_only() {
            path.set_encoding(Encoding::US_ASCII);
        }
        if variables.is_some_and(std::mem::take) {
            self.variables(vm, path.value(), None)?;
        }
        if !vm.ivar_names(path.value()).is_empty() {
            let (sort, shown) = (if tag == b'c' { "class" } else { "module" }, path.to_text());
            return Err(vm.type_error(&format!("can't override instance variable of {sort} '{shown}'")));
        }
        let path = vm.to_name(path.value())?;
        let module = match tag {
            b'c' => names::find_class(vm, path)?,
            b'm' => names::find_module(vm, path)?,
            _ => vm.class_at_path(path)?,
        };
        self.enter(vm, module.value())
    }
}

/// A pattern of Ruby 1.8, where fewer letters meant something behind a backslash than do now.
fn without_new_escapes(source: &[u8]) -> Vec<u8> {
    let mut pattern = Vec::with_capacity(source.len());
    let mut is_escaped = false;
    for &byte in source {
        if is_escaped && b"lmopquyEFHIJKLNOPQRSTUVXY".contains(&byte) {
            pattern.pop();
        }
        is_escaped = byte == b'\\' && !is_escaped;
        pattern.push(byte);
    }
    pattern
}

/// Sets an instance variable, or state of builtin objects whose name has no `@`.
fn set_variable(vm: &mut Vm, object: Value, name: Symbol, value: Value) -> RResult<()> {
    let bytes = vm.symbols.bytes(name).to_vec();
    if bytes == b"K" {
        let Some(hash) = RHash::new(object) else {
            let shown = vm.inspect_text(object)?;
            return Err(vm.argument_error(&format!("ruby2_keywords flag is given but {shown} is not a Hash")));
        };
        vm.flag_keyword_hash(hash);
        return Ok(());
    }
    if bytes.starts_with(b"@") {
        vm.ivar_set(object, name, value)?;
    } else if RString::new(object).is_some() && !bytes.ends_with(b" ") {
        vm.check_frozen(object)?;
        vm.set_hidden(object, name, value);
    }
    if object.is_kind(Kind::Object) {
        state::set_pair(vm, object, name, value);
    }
    Ok(())
}
