//! Struct and Data: classes with numbered members.
//!
//! A member is slot `n` of the instance, so readers are one load. Every class below Struct or Data gets a
//! layout that begins with the members; instance variables come behind them.

use crate::support::{append_inspect, append_shown, hash_result, mix, push_bytes, text_buffer};
use macros::ruby_methods;
use objects::method::InstanceShape;
use objects::object::INLINE_MAX;
use objects::{MethodBody, Visibility};
use text::encoding::Encoding;
use vm::define::MethodGroup;
use vm::variable::STRUCT_MEMBERS;
use vm::{Block, Keywords, PassedKeywords, RArray, RClass, RHash, RResult, RString, Symbol, Value, Vm, sym};

/// All groups of Struct and Data.
pub const GROUPS: &[MethodGroup] = &[StructMethods::GROUP, DataMethods::GROUP, Primitives::GROUP];

/// Struct.
pub struct StructMethods;
/// Data.
pub struct DataMethods;
/// Operations of the prelude.
pub struct Primitives;

const KEYWORD_INIT: &str = "keyword_init ";

/// Sets the allocators.
pub fn init(vm: &mut Vm) {
    let (structure, data) = (vm.core.struct_, vm.core.data);
    vm.set_object_allocator(structure, allocate);
    vm.set_object_allocator(data, allocate);
}

fn allocate(vm: &mut Vm, class: RClass) -> RResult {
    let instances = instance_shape(vm, class)?;
    objects::object::allocate(&mut vm.heap, instances.shape, instances.inline).ok_or_else(|| vm.no_memory())
}

/// The shape of a class's instances, whose layout begins with the members.
fn instance_shape(vm: &mut Vm, mut class: RClass) -> RResult<InstanceShape> {
    if let Some(instances) = class.data().instances {
        return Ok(instances);
    }
    let names: Vec<Symbol> = match members_of(vm, class) {
        Some(members) => members.as_slice(&vm.heap).iter().filter_map(|name| name.as_symbol()).collect(),
        None => Vec::new(),
    };
    let mut variables = 0;
    let mut scope = Some(class);
    while let Some(at) = scope {
        variables += at.data().ivar_names.len();
        scope = at.data().superclass.and_then(RClass::new);
    }
    let inline = ((names.len() + variables) as u32).min(INLINE_MAX);
    let shape = vm.shapes.new_shape(class.value(), class.data().lifetime, &names, inline);
    let instances = InstanceShape { shape, inline };
    class.data_mut().instances = Some(instances);
    Ok(instances)
}

/// A hidden value of the class or the nearest class above that has it.
fn inherited(vm: &mut Vm, class: RClass, name: &str) -> Option<Value> {
    let name = vm.intern(name);
    let mut scope = Some(class);
    while let Some(at) = scope {
        if let Some(value) = vm.hidden(at.value(), name) {
            return Some(value);
        }
        scope = at.data().superclass.and_then(RClass::new);
    }
    None
}

fn members_of(vm: &mut Vm, class: RClass) -> Option<RArray> {
    vm.struct_members(class)
}

fn members(vm: &mut Vm, this: Value) -> RResult<RArray> {
    let class = vm.real_class_of(this);
    members_of(vm, class).ok_or_else(|| vm.type_error("uninitialized struct"))
}

fn member_index(vm: &Vm, members: RArray, name: Value) -> Option<u32> {
    members.as_slice(&vm.heap).iter().position(|&member| member == name).map(|index| index as u32)
}

/// `new` of the classes made by `Struct.new`: makes an instance and initialises it.
fn instantiate(vm: &mut Vm, class: RClass, args: &[Value], keywords: Keywords, block: Block) -> RResult {
    let made = vm.allocate(class)?;
    let passed = match keywords.hash() {
        Some(hash) => PassedKeywords::Hash { hash, fresh: true },
        None => PassedKeywords::None,
    };
    vm.call_full(made, sym::INITIALIZE, args, passed, block.word(), vm::send::CallMode::Any)?;
    Ok(made)
}

/// Position of a member by name or number.
fn position(vm: &mut Vm, this: Value, selector: Value) -> RResult<u32> {
    let list = members(vm, this)?;
    if selector.is_symbol() || RString::new(selector).is_some() {
        let name = vm.to_name(selector)?;
        return match member_index(vm, list, Value::symbol(name)) {
            Some(index) => Ok(index),
            None => {
                let text = vm.symbols.text(name).into_owned();
                let class = vm.core.name_error;
                Err(vm.raise_name_error(class, &format!("no member '{text}' in struct"), this, name))
            }
        };
    }
    let index = vm.to_i64(selector)?;
    let size = list.len() as i64;
    let at = if index < 0 { index.saturating_add(size) } else { index };
    if at < 0 {
        return Err(vm.index_error(&format!("offset {index} too small for struct(size:{size})")));
    }
    if at >= size {
        return Err(vm.index_error(&format!("offset {index} too large for struct(size:{size})")));
    }
    Ok(at as u32)
}

/// `#<struct Name a=1>` with the given first word.
fn inspect(vm: &mut Vm, this: Value, word: &str) -> RResult<RString> {
    let class = vm.real_class_of(this);
    // The name of a class inside of one without a name is none to show.
    let name = if class.data().name.is_some() { vm.class_name_text(class) } else { String::new() };
    let name = if name.is_empty() || name.starts_with('#') { String::new() } else { format!(" {name}") };
    let list = members(vm, this)?;
    let text = vm.guard_recursion(sym::INSPECT, this, Value::NIL, |vm| {
        let out = text_buffer(vm, &format!("#<{word}{name} "));
        for index in 0..list.len() {
            if index > 0 {
                push_bytes(vm, out, b", ")?;
            }
            append_member_name(vm, out, list.get(index).unwrap_or(Value::NIL))?;
            push_bytes(vm, out, b"=")?;
            let value = vm.struct_get(this, index as u32);
            append_inspect(vm, out, value)?;
        }
        push_bytes(vm, out, b">")?;
        Ok(out)
    })?;
    Ok(text.unwrap_or_else(|| text_buffer(vm, &format!("#<{word} {}:...>", vm.class_name_text(class)))))
}

fn append_member_name(vm: &mut Vm, out: RString, name: Value) -> RResult<()> {
    let Some(symbol) = name.as_symbol() else { return Ok(()) };
    let bytes = vm.symbols.bytes(symbol).to_vec();
    let encoding = Encoding::from_index(vm.symbols.encoding(symbol)).unwrap_or(Encoding::UTF_8);
    let result = vm.result_encoding();
    let plain = text::inspect::is_simple_hash_key(encoding, &bytes, result) && !bytes.ends_with(b"?") && !bytes.ends_with(b"!");
    let shown = if plain { bytes } else { text::inspect::inspect_symbol(encoding, &bytes, result) };
    append_shown(vm, out, &shown, result)
}

fn same(vm: &mut Vm, this: Value, other: Value, name: Symbol) -> RResult<bool> {
    if this == other {
        return Ok(true);
    }
    if other.kind() != this.kind() || vm.real_class_of(this) != vm.real_class_of(other) {
        return Ok(false);
    }
    let count = members(vm, this)?.len();
    let answer = vm.guard_recursion(name, this, other, |vm| {
        for index in 0..count as u32 {
            let (a, b) = (vm.struct_get(this, index), vm.struct_get(other, index));
            let equal = if name == sym::EQL { vm.eql(a, b)? } else { vm.equal(a, b)? };
            if !equal {
                return Ok(false);
            }
        }
        Ok(true)
    })?;
    Ok(answer.unwrap_or(true))
}

fn hash(vm: &mut Vm, this: Value) -> RResult {
    let count = members(vm, this)?.len();
    let class = vm.real_class_of(this).value();
    let seed = vm.hash_word(class.bits());
    let mut number = seed;
    for index in 0..count as u32 {
        let value = vm.struct_get(this, index);
        number = mix(number, vm.hash_of(value)?);
    }
    Ok(hash_result(vm, number))
}

fn to_hash(vm: &mut Vm, this: Value) -> RResult<RHash> {
    let list = members(vm, this)?;
    let result = vm.new_hash();
    for index in 0..list.len() {
        let value = vm.struct_get(this, index as u32);
        vm.hash_store(result, list.get(index).unwrap_or(Value::NIL), value)?;
    }
    Ok(result)
}

/// The members among `keys`, up to the first that is none; all for nil.
fn deconstruct_keys(vm: &mut Vm, this: Value, keys: Value) -> RResult<RHash> {
    if keys.is_nil() {
        return to_hash(vm, this);
    }
    let Some(keys) = RArray::new(keys) else {
        let name = vm.class_name_of(keys);
        return Err(vm.type_error(&format!("wrong argument type {name} (expected Array or nil)")));
    };
    let list = members(vm, this)?;
    let result = vm.new_hash();
    if keys.len() > list.len() {
        return Ok(result);
    }
    for &key in vm.roots.values(keys.as_slice(&vm.heap)).iter() {
        let Some(index) = key_index(vm, list, key)? else { return Ok(result) };
        let value = vm.struct_get(this, index);
        vm.hash_store(result, key, value)?;
    }
    Ok(result)
}

/// The member that a key of a pattern means: its name, or its place from the start or the end.
fn key_index(vm: &mut Vm, members: RArray, key: Value) -> RResult<Option<u32>> {
    if key.is_symbol() || RString::new(key).is_some() {
        let name = Value::symbol(vm.to_name(key)?);
        return Ok(member_index(vm, members, name));
    }
    let place = vm.to_i64(key)?;
    let size = members.len() as i64;
    let at = if place < 0 { place + size } else { place };
    Ok((0..size).contains(&at).then_some(at as u32))
}

/// Copies the members of another instance.
fn copy_members(vm: &mut Vm, this: Value, other: Value) -> RResult {
    if this == other {
        return Ok(this);
    }
    vm.check_frozen(this)?;
    if vm.real_class_of(this) != vm.real_class_of(other) {
        return Err(vm.type_error("initialize_copy should take same class object"));
    }
    for index in 0..members(vm, this)?.len() as u32 {
        let value = vm.struct_get(other, index);
        vm.struct_set(this, index, value)?;
    }
    Ok(this)
}

fn set_by_keywords(vm: &mut Vm, this: Value, list: RArray, hash: RHash) -> RResult<()> {
    let mut unknown = Vec::new();
    for position in 0..hash.table(&vm.heap).positions() {
        let Some(entry) = hash.table(&vm.heap).entry(position) else { continue };
        match member_index(vm, list, entry.key) {
            Some(index) => vm.struct_set(this, index, entry.value)?,
            None => unknown.push(vm.to_s_text(entry.key)?),
        }
    }
    if unknown.is_empty() { Ok(()) } else { Err(vm.argument_error(&format!("unknown keywords: {}", unknown.join(", ")))) }
}

#[ruby_methods("Struct")]
impl StructMethods {
    /// `initialize(*values)` or `initialize(**values)`
    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, values: &[Value], keywords: Keywords) -> RResult {
        vm.check_frozen(this)?;
        let list = members(vm, this)?;
        let class = vm.real_class_of(this);
        let by_keyword = inherited(vm, class, KEYWORD_INIT).unwrap_or(Value::NIL);
        if by_keyword.truthy() {
            // A Hash may stand for the keywords.
            let hash = keywords.hash().or_else(|| if values.len() == 1 { RHash::new(values[0]) } else { None });
            if values.len() > usize::from(keywords.hash().is_none() && hash.is_some()) {
                return Err(vm.arity_error(values.len(), 0, Some(0)));
            }
            if let Some(hash) = hash {
                set_by_keywords(vm, this, list, hash)?;
            }
            return Ok(Value::NIL);
        }
        if let (Some(hash), true, true) = (keywords.hash(), values.is_empty(), by_keyword.is_nil()) {
            set_by_keywords(vm, this, list, hash)?;
            return Ok(Value::NIL);
        }
        if values.len() + usize::from(keywords.hash().is_some()) > list.len() {
            return Err(vm.argument_error("struct size differs"));
        }
        let last = keywords.hash().map(RHash::value);
        for (index, &value) in values.iter().chain(&last).enumerate() {
            vm.struct_set(this, index as u32, value)?;
        }
        Ok(Value::NIL)
    }

    /// Copies the members.
    #[method("initialize_copy", private)]
    fn initialize_copy(vm: &mut Vm, this: Value, other: Value) -> RResult {
        copy_members(vm, this, other)
    }

    /// `struct == other`
    #[method("==")]
    fn equal(vm: &mut Vm, this: Value, other: Value) -> RResult<bool> {
        same(vm, this, other, sym::EQ)
    }

    /// `struct.eql?(other)`
    #[method("eql?")]
    fn eql(vm: &mut Vm, this: Value, other: Value) -> RResult<bool> {
        same(vm, this, other, sym::EQL)
    }

    /// `struct.hash`
    #[method("hash")]
    fn hash(vm: &mut Vm, this: Value) -> RResult {
        hash(vm, this)
    }

    /// `struct.inspect`
    #[method("inspect", "to_s")]
    fn inspect(vm: &mut Vm, this: Value) -> RResult<RString> {
        inspect(vm, this, "struct")
    }

    /// `struct.to_a`
    #[method("to_a", "deconstruct", "values", effects = "allocates, raises")]
    fn to_a(vm: &mut Vm, this: Value) -> RResult<RArray> {
        let count = members(vm, this)?.len();
        let result = vm.new_array_with_capacity(count)?;
        for index in 0..count as u32 {
            let value = vm.struct_get(this, index);
            vm.push(result, value)?;
        }
        Ok(result)
    }

    /// `struct.members`
    #[method("members", effects = "allocates, raises")]
    fn members(vm: &mut Vm, this: Value) -> RResult<RArray> {
        let list = members(vm, this)?;
        crate::array::copy(vm, list)
    }

    /// `struct.size`
    #[method("size", "length", effects = "raises")]
    fn size(vm: &mut Vm, this: Value) -> RResult<usize> {
        Ok(members(vm, this)?.len())
    }

    /// `struct[member]`
    #[method("[]")]
    fn index(vm: &mut Vm, this: Value, selector: Value) -> RResult {
        let index = position(vm, this, selector)?;
        Ok(vm.struct_get(this, index))
    }

    /// `struct[member] = value`
    #[method("[]=")]
    fn index_set(vm: &mut Vm, this: Value, selector: Value, value: Value) -> RResult {
        let index = position(vm, this, selector)?;
        vm.struct_set(this, index, value)?;
        Ok(value)
    }

    /// `struct.dig(member, *rest)`
    #[method("dig")]
    fn dig(vm: &mut Vm, this: Value, selector: Value, rest: &[Value]) -> RResult {
        let known = if selector.is_symbol() || RString::new(selector).is_some() {
            let name = vm.to_name(selector)?;
            let list = members(vm, this)?;
            member_index(vm, list, Value::symbol(name))
        } else {
            let index = vm.to_i64(selector)?;
            let size = members(vm, this)?.len() as i64;
            let at = if index < 0 { index.saturating_add(size) } else { index };
            (at >= 0 && at < size).then_some(at as u32)
        };
        let found = known.map_or(Value::NIL, |index| vm.struct_get(this, index));
        crate::array::dig_into(vm, found, rest)
    }

    /// `struct.values_at(*indexes)`
    #[method("values_at")]
    fn values_at(vm: &mut Vm, this: Value, selectors: &[Value]) -> RResult {
        let list = StructMethods::to_a(vm, this)?;
        for &selector in selectors {
            if vm::RRange::new(selector).is_none() {
                let index = vm.to_i64(selector)?;
                let number = vm.int(index);
                position(vm, this, number)?;
            }
        }
        vm.send(list.value(), "values_at", selectors)
    }

    /// `struct.deconstruct_keys(keys)`
    #[method("deconstruct_keys")]
    fn deconstruct_keys(vm: &mut Vm, this: Value, keys: Value) -> RResult<RHash> {
        deconstruct_keys(vm, this, keys)
    }
}

#[ruby_methods("Data")]
impl DataMethods {
    /// `initialize(**values)`: sets all members and freezes.
    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, values: &[Value], keywords: Keywords) -> RResult {
        if !values.is_empty() {
            return Err(vm.arity_error(values.len(), 0, Some(0)));
        }
        vm.check_frozen(this)?;
        let list = members(vm, this)?;
        let hash = match keywords.hash() {
            Some(hash) => hash,
            None => vm.new_hash(),
        };
        let mut given = vec![false; list.len()];
        let mut unknown = vm.roots.values(&[]);
        for position in 0..hash.table(&vm.heap).positions() {
            let Some(entry) = hash.table(&vm.heap).entry(position) else { continue };
            let name = if RString::new(entry.key).is_some() { Value::symbol(vm.to_name(entry.key)?) } else { entry.key };
            match member_index(vm, list, name) {
                Some(index) => {
                    given[index as usize] = true;
                    vm.struct_set(this, index, entry.value)?;
                }
                None => unknown.push(entry.key),
            }
        }
        let missing = vm.roots.root(Vec::from_iter(list.as_slice(&vm.heap).iter().zip(&given).filter(|&(_, &given)| !given).map(|(&name, _)| name)));
        // With as many keywords as members, those that are none are named.
        if unknown.len() < missing.len() {
            return Err(missing_keywords(vm, &missing));
        }
        if !unknown.is_empty() {
            return Err(vm.unknown_keywords(&unknown));
        }
        vm.freeze(this);
        Ok(Value::NIL)
    }

    /// Copies the members.
    #[method("initialize_copy", private)]
    fn initialize_copy(vm: &mut Vm, this: Value, other: Value) -> RResult {
        copy_members(vm, this, other)?;
        Ok(vm.freeze(this))
    }

    /// `data == other`
    #[method("==")]
    fn equal(vm: &mut Vm, this: Value, other: Value) -> RResult<bool> {
        same(vm, this, other, sym::EQ)
    }

    /// `data.eql?(other)`
    #[method("eql?")]
    fn eql(vm: &mut Vm, this: Value, other: Value) -> RResult<bool> {
        same(vm, this, other, sym::EQL)
    }

    /// `data.hash`
    #[method("hash")]
    fn hash(vm: &mut Vm, this: Value) -> RResult {
        hash(vm, this)
    }

    /// `data.inspect`
    #[method("inspect", "to_s")]
    fn inspect(vm: &mut Vm, this: Value) -> RResult<RString> {
        inspect(vm, this, "data")
    }

    /// `data.members`
    #[method("members", effects = "allocates, raises")]
    fn members(vm: &mut Vm, this: Value) -> RResult<RArray> {
        let list = members(vm, this)?;
        crate::array::copy(vm, list)
    }

    /// `data.deconstruct`
    #[method("deconstruct")]
    fn deconstruct(vm: &mut Vm, this: Value) -> RResult<RArray> {
        StructMethods::to_a(vm, this)
    }

    /// `data.deconstruct_keys(keys)`
    #[method("deconstruct_keys")]
    fn deconstruct_keys(vm: &mut Vm, this: Value, keys: Value) -> RResult<RHash> {
        deconstruct_keys(vm, this, keys)
    }
}

fn missing_keywords(vm: &mut Vm, names: &[Value]) -> vm::Raised {
    let list: Vec<String> = names.iter().map(|&name| vm.inspect_text(name).unwrap_or_default()).collect();
    let plural = if list.len() == 1 { "" } else { "s" };
    vm.argument_error(&format!("missing keyword{plural}: {}", list.join(", ")))
}

/// Class methods of what `Struct.new` and `Data.define` make.
struct Made;

#[ruby_methods("Struct")]
impl Made {
    /// `new` and `[]` of a Struct class.
    #[method("new", "[]")]
    fn struct_new(vm: &mut Vm, class: RClass, args: &[Value], keywords: Keywords, block: Block) -> RResult {
        instantiate(vm, class, args, keywords, block)
    }

    /// `new` and `[]` of a Data class: positional values become keywords.
    #[method("new", "[]")]
    fn data_new(vm: &mut Vm, class: RClass, args: &[Value], keywords: Keywords, block: Block) -> RResult {
        if args.is_empty() {
            return instantiate(vm, class, args, keywords, block);
        }
        let list = members_of(vm, class).ok_or_else(|| vm.type_error("uninitialized data"))?;
        if args.len() > list.len() {
            return Err(vm.arity_error(args.len(), 0, Some(list.len())));
        }
        let hash = vm.new_hash();
        for (index, &value) in args.iter().enumerate() {
            vm.hash_store(hash, list.get(index).unwrap_or(Value::NIL), value)?;
        }
        instantiate(vm, class, &[], Keywords::new(Some(hash)), block)
    }

    /// `members` of a class.
    #[method("members")]
    fn class_members(vm: &mut Vm, class: RClass) -> RResult<RArray> {
        let list = members_of(vm, class).ok_or_else(|| vm.type_error("uninitialized struct"))?;
        crate::array::copy(vm, list)
    }

    /// `keyword_init?` of a Struct class.
    #[method("keyword_init?")]
    fn is_keyword_init(vm: &mut Vm, class: RClass) -> Value {
        match inherited(vm, class, KEYWORD_INIT) {
            Some(Value::NIL) | None => Value::NIL,
            Some(value) => Value::bool(value.truthy()),
        }
    }

    /// `inspect` of a Struct class.
    #[method("inspect")]
    fn class_inspect(vm: &mut Vm, class: RClass) -> String {
        let name = vm.class_name_text(class);
        match inherited(vm, class, KEYWORD_INIT) {
            Some(value) if value.truthy() => format!("{name}(keyword_init: true)"),
            _ => name,
        }
    }
}

/// Defines class methods of a made class by their Rust names' numbers in the group.
fn add_class_methods(vm: &mut Vm, class: RClass, rows: &[usize]) {
    let Some(singleton) = vm.singleton_class(class.value()) else { return };
    for &row in rows {
        let def = Made::GROUP.methods[row];
        let native = objects::NativeMethod {
            function: vm::send::native_function(def.entry),
            required: def.required,
            maximum: def.maximum,
            effects: def.effects,
            takes_keywords: def.takes_keywords,
        };
        for name in def.names {
            let name = vm.intern(name);
            vm.add_method(singleton, name, MethodBody::Native(native), Visibility::Public);
        }
    }
}

#[ruby_methods("Primitive")]
impl Primitives {
    /// A new class below Struct or Data with these members (an Array of Symbols).
    #[method("struct_class")]
    fn struct_class(vm: &mut Vm, _this: Value, superclass: RClass, list: RArray, keyword_init: Value, is_data: bool) -> RResult<RClass> {
        let class = vm.new_class(superclass);
        let names = crate::array::copy(vm, list)?;
        vm.freeze(names.value());
        let (members_name, keyword_name) = (vm.intern(STRUCT_MEMBERS), vm.intern(KEYWORD_INIT));
        vm.set_hidden(class.value(), members_name, names.value());
        if !keyword_init.is_nil() {
            vm.set_hidden(class.value(), keyword_name, keyword_init);
        }
        for index in 0..names.len() {
            let Some(name) = names.get(index).and_then(Value::as_symbol) else { continue };
            vm.add_method(class, name, MethodBody::StructReader(index as u32), Visibility::Public);
            if !is_data {
                let setter = [vm.symbols.bytes(name), b"="].concat();
                let setter = vm.symbols.intern_bytes(&setter, vm.symbols.encoding(name));
                vm.add_method(class, setter, MethodBody::StructWriter(index as u32), Visibility::Public);
            }
        }
        add_class_methods(vm, class, if is_data { &[1, 2] } else { &[0, 2, 3, 4] });
        vm.call(superclass.value(), sym::INHERITED, &[class.value()])?;
        Ok(class)
    }

    /// Number of members of an instance.
    #[method("struct_size")]
    fn struct_size(vm: &mut Vm, _this: Value, object: Value) -> RResult<usize> {
        Ok(members(vm, object)?.len())
    }

    /// Member by number.
    #[method("struct_get", effects = "pure")]
    fn struct_get(vm: &mut Vm, _this: Value, object: Value, index: usize) -> Value {
        vm.struct_get(object, index as u32)
    }

    /// The instance as Hash.
    #[method("struct_to_h")]
    fn struct_to_h(vm: &mut Vm, _this: Value, object: Value) -> RResult<RHash> {
        to_hash(vm, object)
    }

    /// The String that `to_str` gives, or TypeError.
    #[method("to_string")]
    fn to_string(_vm: &mut Vm, _this: Value, text: RString) -> RString {
        text
    }

    /// Is it the name of a constant?
    #[method("is_constant_name", effects = "pure")]
    fn is_constant_name(_vm: &mut Vm, _this: Value, name: RString) -> bool {
        String::from_utf8_lossy(name.bytes()).chars().next().is_some_and(char::is_uppercase)
    }

    /// `size` of an enumerable if it has one.
    #[method("enum_size")]
    fn enum_size(vm: &mut Vm, _this: Value, object: Value) -> RResult {
        Ok(vm.call_if_responds(object, sym::SIZE, &[])?.unwrap_or(Value::NIL))
    }

    /// An ArithmeticSequence: how it was asked for, its ends and step.
    #[method("arith_sequence")]
    #[expect(clippy::too_many_arguments, reason = "the parts of the object")]
    fn arith_sequence(
        vm: &mut Vm,
        _this: Value,
        receiver: Value,
        method: Value,
        args: Value,
        keywords: Value,
        low: Value,
        high: Value,
        step: Value,
        exclusive: Value,
    ) -> RResult {
        let class = vm.class_at("Enumerator::ArithmeticSequence");
        let made = vm.allocate(vm.class_view(class))?;
        let parts = [
            ("receiver", receiver),
            ("method", method),
            ("args", args),
            ("keywords", keywords),
            ("begin", low),
            ("end", high),
            ("step", step),
            ("exclusive", exclusive),
        ];
        for (name, value) in parts {
            let name = vm.intern(name);
            vm.set_hidden(made, name, value);
        }
        Ok(made)
    }

    /// A hash number of two values.
    #[method("hash_mix")]
    fn hash_mix(vm: &mut Vm, _this: Value, a: Value, b: Value) -> RResult {
        let (a, b) = (vm.hash_of(a)?, vm.hash_of(b)?);
        Ok(hash_result(vm, mix(a, b)))
    }

    /// Calls the Proc with the object unless that runs already; `other` then.
    #[method("guarded")]
    fn guarded(vm: &mut Vm, _this: Value, name: Symbol, object: Value, other: Value, callable: Value) -> RResult {
        let answer = vm.guard_recursion(name, object, Value::NIL, |vm| vm.call(callable, sym::CALL, &[]))?;
        Ok(answer.unwrap_or(other))
    }
}
