//! `Marshal.dump`: writes an object and all it refers to.
//!
//! Invariant: every object with a number in the table is held until the end, so that no other object can get its
//! address and be taken for it.

use super::{VERSION, names, responds, state};
use num_bigint::{BigInt, Sign};
use objects::number::{bignum_of, float_of};
use std::cmp::Ordering;
use stdx::{FastMap, FastSet};
use text::Encoding;
use value::Kind;
use vm::{RArray, RClass, RHash, RRange, RResult, RString, Symbol, Value, Vm, sym};

/// Integers outside of 31 bits are written as big ones, whatever the machine.
const SMALL: std::ops::Range<i64> = -(1 << 30)..1 << 30;

/// A dump that is being written.
pub struct Dumper {
    out: Vec<u8>,
    held: RArray,
    /// Numbers of the objects written, by their words.
    objects: FastMap<u64, usize>,
    /// Objects, by their words, whose `_dump` gave a String that is being written.
    texts: FastSet<u64>,
    object_count: usize,
    symbols: FastMap<Symbol, usize>,
    /// One String a name of an encoding, so that later ones are links.
    encodings: FastMap<u8, Value>,
}

/// The bytes of an object; no more than `limit` levels of objects in objects, if it is not negative.
pub fn dump(vm: &mut Vm, object: Value, limit: i64) -> RResult<Vec<u8>> {
    let mut dumper = Dumper {
        out: VERSION.to_vec(),
        held: vm.new_array(),
        objects: FastMap::default(),
        texts: FastSet::default(),
        object_count: 0,
        symbols: FastMap::default(),
        encodings: FastMap::default(),
    };
    dumper.object(vm, object, limit)?;
    Ok(dumper.out)
}

impl Dumper {
    /// Keeps a value alive while the dump is written.
    pub fn hold(&mut self, vm: &mut Vm, value: Value) -> RResult<()> {
        vm.push(self.held, value)
    }

    /// Gives the object the next number.
    fn enter(&mut self, vm: &mut Vm, object: Value) -> RResult<()> {
        self.objects.insert(object.bits(), self.object_count);
        self.object_count += 1;
        self.hold(vm, object)
    }

    fn number(&mut self, number: i64) {
        match number {
            0 => self.out.push(0),
            1..=122 => self.out.push(number as u8 + 5),
            -123..=-1 => self.out.push((number - 5) as u8),
            _ => {
                let bytes = number.to_le_bytes();
                let filler = if number < 0 { 0xff } else { 0 };
                let count = (1..=4).find(|&count| bytes[count..].iter().all(|&byte| byte == filler)).unwrap_or(4);
                self.out.push(if number < 0 { (count as u8).wrapping_neg() } else { count as u8 });
                self.out.extend_from_slice(&bytes[..count]);
            }
        }
    }

    /// A number of bytes or things, which the format limits to 31 bits.
    fn count(&mut self, vm: &mut Vm, count: usize) -> RResult<()> {
        if count > i32::MAX as usize {
            return Err(vm.argument_error("long too big to dump"));
        }
        self.number(count as i64);
        Ok(())
    }

    fn bytes(&mut self, vm: &mut Vm, bytes: &[u8]) -> RResult<()> {
        self.count(vm, bytes.len())?;
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    fn symbol(&mut self, vm: &mut Vm, name: Symbol) -> RResult<()> {
        if let Some(&index) = self.symbols.get(&name) {
            self.out.push(b';');
            return self.count(vm, index);
        }
        self.symbols.insert(name, self.symbols.len());
        let bytes = vm.symbols.bytes(name).to_vec();
        let encoding = Encoding::from_index(vm.symbols.encoding(name)).unwrap_or(Encoding::BINARY);
        let marked = encoding != Encoding::US_ASCII && encoding != Encoding::BINARY;
        if marked {
            self.out.push(b'I');
        }
        self.out.push(b':');
        self.bytes(vm, &bytes)?;
        if marked {
            self.number(1);
            self.encoding(vm, encoding)?;
        }
        Ok(())
    }

    /// The pair that tells the encoding of what stands before it.
    fn encoding(&mut self, vm: &mut Vm, encoding: Encoding) -> RResult<()> {
        match encoding {
            Encoding::BINARY => return Ok(()),
            Encoding::US_ASCII | Encoding::UTF_8 => {
                let name = vm.intern("E");
                self.symbol(vm, name)?;
                self.out.push(if encoding == Encoding::UTF_8 { b'T' } else { b'F' });
                return Ok(());
            }
            _ => {}
        }
        self.symbol(vm, sym::K_ENCODING)?;
        let name = match self.encodings.get(&encoding.index()) {
            Some(&name) => name,
            None => {
                let name = vm.string(encoding.name().as_bytes(), Encoding::BINARY);
                self.encodings.insert(encoding.index(), name);
                name
            }
        };
        self.object(vm, name, -1)
    }

    /// Any value.
    fn object(&mut self, vm: &mut Vm, value: Value, limit: i64) -> RResult<()> {
        if limit == 0 {
            return Err(vm.argument_error("exceed depth limit"));
        }
        vm.check_native_stack()?;
        if let Some(name) = value.as_symbol() {
            return self.symbol(vm, name);
        }
        if let Some(number) = value.as_fixnum() {
            return self.integer(vm, value, number);
        }
        match value {
            Value::NIL => self.out.push(b'0'),
            Value::TRUE => self.out.push(b'T'),
            Value::FALSE => self.out.push(b'F'),
            _ => match self.objects.get(&value.bits()) {
                Some(&index) => {
                    self.out.push(b'@');
                    self.count(vm, index)?;
                }
                None => return self.new_object(vm, value, if limit > 0 { limit - 1 } else { limit }),
            },
        }
        Ok(())
    }

    fn integer(&mut self, vm: &mut Vm, value: Value, number: i64) -> RResult<()> {
        if SMALL.contains(&number) {
            self.out.push(b'i');
            self.number(number);
            return Ok(());
        }
        self.enter(vm, value)?;
        self.big(vm, &BigInt::from(number))
    }

    fn big(&mut self, vm: &mut Vm, number: &BigInt) -> RResult<()> {
        self.out.extend_from_slice(if number.sign() == Sign::Minus { b"l-" } else { b"l+" });
        let mut bytes = number.magnitude().to_bytes_le();
        if bytes.len() % 2 == 1 {
            bytes.push(0);
        }
        self.count(vm, bytes.len() / 2)?;
        self.out.extend_from_slice(&bytes);
        Ok(())
    }

    fn new_object(&mut self, vm: &mut Vm, value: Value, limit: i64) -> RResult<()> {
        if let Some(number) = float_of(value) {
            self.enter(vm, value)?;
            self.out.push(b'f');
            return self.bytes(vm, float_text(number).as_bytes());
        }
        if responds(vm, value, "marshal_dump")? {
            self.enter(vm, value)?;
            let state = vm.call(value, sym::MARSHAL_DUMP, &[])?;
            if vm.class_of(state) == vm.class_of(value) {
                let class = vm.class_name_of(value);
                return Err(vm.runtime_error(&format!("{class}#marshal_dump returned same class instance")));
            }
            self.hold(vm, state)?;
            self.class(vm, b'U', value, false)?;
            return self.object(vm, state, limit);
        }
        if responds(vm, value, "_dump")? {
            return self.user_text(vm, value, limit);
        }
        self.enter(vm, value)?;
        match value.kind() {
            Some(Kind::Class) => self.module(vm, value),
            Some(Kind::Bignum) => match bignum_of(&value) {
                Some(number) => self.big(vm, number),
                None => Ok(()),
            },
            Some(Kind::Object) => self.plain(vm, value, limit),
            _ => self.with_variables(vm, value, limit),
        }
    }

    /// An object with `_dump`: the String that it gave. The object gets its number after the String's variables.
    fn user_text(&mut self, vm: &mut Vm, value: Value, limit: i64) -> RResult<()> {
        if self.texts.contains(&value.bits()) {
            return Err(vm.runtime_error("can't dump recursive object using _dump()"));
        }
        let limit_value = vm.int(limit);
        let text = vm.send(value, "_dump", &[limit_value])?;
        let Some(string) = RString::new(text) else { return Err(vm.type_error("_dump() must return string")) };
        self.hold(vm, text)?;
        let names = text_variables(vm, string);
        let encoding = string.encoding();
        let count = names.len() + usize::from(encoding != Encoding::BINARY);
        if count > 0 {
            self.out.push(b'I');
        }
        self.class(vm, b'u', value, false)?;
        self.bytes(vm, string.bytes())?;
        if count > 0 {
            self.count(vm, count)?;
            self.encoding(vm, encoding)?;
            self.texts.insert(value.bits());
            self.variables(vm, text, &names, limit)?;
            self.texts.remove(&value.bits());
        }
        self.enter(vm, value)
    }

    /// Pairs of names and values of variables.
    fn variables(&mut self, vm: &mut Vm, object: Value, names: &[Symbol], limit: i64) -> RResult<()> {
        for &name in names {
            self.symbol(vm, name)?;
            let value = vm.ivar_get(object, name).unwrap_or(Value::NIL);
            self.object(vm, value, limit)?;
        }
        Ok(())
    }

    /// The same of an object's own variables, which what is called for them must leave in their number.
    fn own_variables(&mut self, vm: &mut Vm, object: Value, names: &[Symbol], limit: i64) -> RResult<()> {
        self.variables(vm, object, names, limit)?;
        let change = match vm.ivar_names(object).len().cmp(&names.len()) {
            Ordering::Equal => return Ok(()),
            Ordering::Greater => "added to",
            Ordering::Less => "removed from",
        };
        let class = vm.class_name_of(object);
        Err(vm.runtime_error(&format!("instance variable {change} {class} instance")))
    }

    /// A class or module: its path.
    fn module(&mut self, vm: &mut Vm, value: Value) -> RResult<()> {
        let class = vm.class_view(value);
        if class.is_singleton() {
            return Err(vm.type_error("singleton class can't be dumped"));
        }
        let path = names::path_of(vm, class)?;
        let encoding = Encoding::from_index(vm.symbols.encoding(path)).filter(|&encoding| encoding != Encoding::US_ASCII);
        if encoding.is_some() {
            self.out.push(b'I');
        }
        self.out.push(if class.is_module() { b'm' } else { b'c' });
        let bytes = vm.symbols.bytes(path).to_vec();
        self.bytes(vm, &bytes)?;
        if let Some(encoding) = encoding {
            self.number(1);
            self.encoding(vm, encoding)?;
        }
        Ok(())
    }

    /// A letter and the path of the object's class; before them, with `check`, the modules that extend the object.
    fn class(&mut self, vm: &mut Vm, letter: u8, object: Value, check: bool) -> RResult<()> {
        if check {
            self.extensions(vm, object)?;
        }
        self.out.push(letter);
        let class = vm.real_class_of(object);
        let path = names::path_of(vm, class)?;
        self.symbol(vm, path)
    }

    /// The modules that extend an object; TypeError if it has methods or variables of its own.
    fn extensions(&mut self, vm: &mut Vm, object: Value) -> RResult<()> {
        let Some(singleton) = vm.existing_singleton_class(object) else { return Ok(()) };
        let has_methods = !singleton.data().methods.is_empty();
        if has_methods || !vm.ivar_names(singleton.value()).is_empty() {
            return Err(vm.type_error("singleton can't be dumped"));
        }
        let real = vm.real_class_of(object);
        let ancestors = &singleton.data().ancestors;
        let own = ancestors.len().saturating_sub(real.data().ancestors.len());
        let modules = vm.roots.values(&ancestors[..own]);
        for module in modules.iter().filter_map(|&module| RClass::new(module)).filter(|module| module.is_module()) {
            self.out.push(b'e');
            if module.data().name.is_none() {
                let shown = vm.class_name_text(module);
                return Err(vm.type_error(&format!("can't dump anonymous class {shown}")));
            }
            let path = names::path_of(vm, module)?;
            self.symbol(vm, path)?;
        }
        Ok(())
    }

    /// What stands before the content of an instance of a class below a builtin one.
    fn user_class(&mut self, vm: &mut Vm, object: Value, builtin: Value) -> RResult<()> {
        self.extensions(vm, object)?;
        if vm.real_class_of(object).value() == builtin {
            return Ok(());
        }
        self.class(vm, b'C', object, false)
    }

    /// Instances of Object and of the builtin classes that are made like it.
    fn plain(&mut self, vm: &mut Vm, value: Value, limit: i64) -> RResult<()> {
        let class = vm.real_class_of(value);
        if class.inherits(vm.class_view(vm.core.struct_)) || class.inherits(vm.class_view(vm.core.data)) {
            return self.with_variables(vm, value, limit);
        }
        if state::has_rows(vm, class) {
            let pairs = state::pairs_of(vm, self, value)?;
            self.class(vm, b'o', value, true)?;
            return self.pairs(vm, &pairs, limit);
        }
        if set_content(vm, value).is_some() {
            return self.with_variables(vm, value, limit);
        }
        let names = vm.ivar_names(value);
        if vm.all_slots(value).len() != names.len() || value == vm.class_at("ENV") {
            return self.native(vm, value, limit);
        }
        self.class(vm, b'o', value, true)?;
        self.count(vm, names.len())?;
        self.own_variables(vm, value, &names, limit)
    }

    fn pairs(&mut self, vm: &mut Vm, pairs: &[(Symbol, Value)], limit: i64) -> RResult<()> {
        self.count(vm, pairs.len())?;
        for &(name, value) in pairs {
            self.symbol(vm, name)?;
            self.object(vm, value, limit)?;
        }
        Ok(())
    }

    /// An object whose variables and encoding stand behind its content.
    fn with_variables(&mut self, vm: &mut Vm, value: Value, limit: i64) -> RResult<()> {
        let encoding = match RString::new(value) {
            Some(string) => Some(string.encoding()),
            None if Vm::is_regexp(value) => Some(vm.regex_of(value)?.encoding()),
            None => None,
        };
        let encoding = encoding.filter(|&encoding| encoding != Encoding::BINARY);
        let names = vm.ivar_names(value);
        let flagged = vm.is_keyword_hash(value);
        let count = names.len() + usize::from(encoding.is_some()) + usize::from(flagged);
        if count > 0 {
            self.out.push(b'I');
        }
        self.content(vm, value, limit)?;
        if count > 0 {
            self.count(vm, count)?;
            if let Some(encoding) = encoding {
                self.encoding(vm, encoding)?;
            }
            if flagged {
                let name = vm.intern("K");
                self.symbol(vm, name)?;
                self.out.push(b'T');
            }
            self.own_variables(vm, value, &names, limit)?;
        }
        Ok(())
    }

    fn content(&mut self, vm: &mut Vm, value: Value, limit: i64) -> RResult<()> {
        if let Some(string) = RString::new(value) {
            self.user_class(vm, value, vm.core.string)?;
            self.out.push(b'"');
            return self.bytes(vm, string.bytes());
        }
        if Vm::is_regexp(value) {
            let options = vm.send(value, "options", &[])?;
            let source = vm.regex_of(value)?.source().to_vec();
            self.user_class(vm, value, vm.core.regexp)?;
            self.out.push(b'/');
            self.bytes(vm, &source)?;
            self.out.push(vm.to_i64(options)? as u8);
            return Ok(());
        }
        if let Some(array) = RArray::new(value) {
            return self.array(vm, array, limit);
        }
        if let Some(hash) = RHash::new(value) {
            return self.hash(vm, hash, limit);
        }
        if let Some(range) = RRange::new(value) {
            let pairs = [("excl", Value::bool(range.is_exclusive())), ("begin", range.low()), ("end", range.high())];
            let pairs = pairs.map(|(name, value)| (vm.intern(name), value));
            self.class(vm, b'o', value, true)?;
            return self.pairs(vm, &pairs, limit);
        }
        if let Some(content) = set_content(vm, value) {
            self.class(vm, b'o', value, true)?;
            let name = vm.intern("@hash");
            self.number(1);
            self.symbol(vm, name)?;
            self.enter(vm, content.value())?;
            self.out.push(b'}');
            self.hash_pairs(vm, content, limit)?;
            self.out.push(b'F');
            return Ok(());
        }
        match vm.struct_members(vm.real_class_of(value)) {
            Some(members) if value.is_kind(Kind::Object) => self.structure(vm, value, members, limit),
            _ => self.native(vm, value, limit),
        }
    }

    fn array(&mut self, vm: &mut Vm, array: RArray, limit: i64) -> RResult<()> {
        self.user_class(vm, array.value(), vm.core.array)?;
        self.out.push(b'[');
        let length = array.len();
        self.count(vm, length)?;
        for index in 0..length {
            let Some(element) = array.get(index) else { break };
            self.object(vm, element, limit)?;
        }
        if array.len() != length {
            return Err(vm.runtime_error("array modified during dump"));
        }
        Ok(())
    }

    fn hash(&mut self, vm: &mut Vm, hash: RHash, limit: i64) -> RResult<()> {
        self.user_class(vm, hash.value(), vm.core.hash)?;
        if hash.is_identity() {
            let path = vm.intern("Hash");
            self.out.push(b'C');
            self.symbol(vm, path)?;
        }
        if !hash.default_proc().is_nil() {
            return Err(vm.type_error("can't dump hash with default proc"));
        }
        let default = hash.default();
        self.out.push(if default.is_nil() { b'{' } else { b'}' });
        self.hash_pairs(vm, hash, limit)?;
        if default.is_nil() { Ok(()) } else { self.object(vm, default, limit) }
    }

    fn hash_pairs(&mut self, vm: &mut Vm, hash: RHash, limit: i64) -> RResult<()> {
        let entries = vm.new_array();
        for entry in hash.table(&vm.heap).iter().collect::<Vec<_>>() {
            vm.push(entries, entry.key)?;
            vm.push(entries, entry.value)?;
        }
        self.hold(vm, entries.value())?;
        self.count(vm, entries.len() / 2)?;
        for index in 0..entries.len() {
            self.object(vm, entries.get(index).unwrap_or(Value::NIL), limit)?;
        }
        Ok(())
    }

    fn structure(&mut self, vm: &mut Vm, value: Value, members: RArray, limit: i64) -> RResult<()> {
        self.class(vm, b'S', value, true)?;
        self.count(vm, members.len())?;
        for index in 0..members.len() {
            if let Some(name) = members.get(index).and_then(Value::as_symbol) {
                self.symbol(vm, name)?;
            }
            let member = vm.struct_get(value, index as u32);
            self.object(vm, member, limit)?;
        }
        Ok(())
    }

    /// Objects whose content only their class knows.
    fn native(&mut self, vm: &mut Vm, value: Value, limit: i64) -> RResult<()> {
        let name = vm.class_name_of(value);
        if vm.is_a(value, vm.core.io) || vm.is_a(value, vm.core.match_data) {
            return Err(vm.type_error(&format!("can't dump {name}")));
        }
        if !responds(vm, value, "_dump_data")? {
            return Err(vm.type_error(&format!("no _dump_data is defined for class {name}")));
        }
        let state = vm.send(value, "_dump_data", &[])?;
        self.hold(vm, state)?;
        self.class(vm, b'd', value, true)?;
        self.object(vm, state, limit)
    }
}

/// The Hash inside of a Set.
fn set_content(vm: &mut Vm, value: Value) -> Option<RHash> {
    let set = vm.class_at("Set");
    if !vm.is_a(value, set) {
        return None;
    }
    let name = vm.intern("hash");
    vm.hidden(value, name).and_then(RHash::new)
}

/// Variables of a String that `_dump` gave, those of the core's own `_dump` methods too, whose names have no `@`.
fn text_variables(vm: &Vm, string: RString) -> Vec<Symbol> {
    let slots = vm.all_slots(string.value());
    slots.iter().map(|&(name, _)| name).filter(|&name| !vm.symbols.bytes(name).ends_with(b" ")).collect()
}

/// The shortest digits that give the number back.
fn float_text(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_string();
    }
    let sign = if number.is_sign_negative() { "-" } else { "" };
    if number.is_infinite() {
        return format!("{sign}inf");
    }
    if number == 0.0 {
        return format!("{sign}0");
    }
    let (digits, point) = numeric::float_print::shortest_digits(number);
    let count = digits.len() as i32;
    let text = if point < -3 || point > count {
        let (first, rest) = digits.split_at(1);
        format!("{first}{}{rest}e{}", if rest.is_empty() { "" } else { "." }, point - 1)
    } else if point > 0 {
        let (whole, rest) = digits.split_at(point as usize);
        format!("{whole}{}{rest}", if rest.is_empty() { "" } else { "." })
    } else {
        format!("0.{}{digits}", "0".repeat(-point as usize))
    };
    format!("{sign}{text}")
}
