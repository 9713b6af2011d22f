//! Making objects: strings, arrays, hashes, ranges, regexps.

use super::arith::store;
use super::operands;
use super::{Flow, call_site, code_of, exception, finish, literal, save};
use crate::vm::Vm;
use abi::frame::{Frame, Registers};
use bytecode::RegexpFlags;
use objects::site::SiteState;
use objects::{MethodBody, RArray, RHash, RString, ShapeId};
use text::encoding::{Encoding, Operand, compatible_or_error};
use value::{Kind, RResult, Value, sym};

macro_rules! objects {
    ($($(#[doc = $doc:literal])* $name:ident $camel:ident |$vm:ident, $fp:ident, $o:ident| $result:expr;)*) => { $(
        $(#[doc = $doc])*
        /// # Safety
        /// Called by the dispatcher.
        pub(in crate::interp) unsafe fn $name($vm: &mut Vm, $fp: Registers, pc: *const u16) -> Flow {
            // SAFETY: operands are verified registers, literals and sites of the frame.
            unsafe {
                save($vm, $fp, pc);
                let $o = operands::$camel::read(pc);
                let result: RResult = $result;
                store($vm, $fp, pc, $o.dst, operands::$camel::UNITS, result.ok())
            }
        }
    )* };
}

macro_rules! actions {
    ($($name:ident $camel:ident |$vm:ident, $fp:ident, $o:ident| $result:expr;)*) => { $(
        /// # Safety
        /// Called by the dispatcher.
        pub(in crate::interp) unsafe fn $name($vm: &mut Vm, $fp: Registers, pc: *const u16) -> Flow {
            // SAFETY: operands are verified registers, literals and sites of the frame.
            unsafe {
                save($vm, $fp, pc);
                let $o = operands::$camel::read(pc);
                let result: RResult<()> = $result;
                match result {
                    Ok(()) => ($fp, pc.add(operands::$camel::UNITS)),
                    Err(_) => exception::unwind($vm, $fp, pc),
                }
            }
        }
    )* };
}

/// Values in `count` registers from `base`.
unsafe fn values<'a>(fp: Registers, base: usize, count: usize) -> &'a [Value] {
    // SAFETY: verified run of registers.
    unsafe { std::slice::from_raw_parts(fp.add(base), count) }
}

objects! {
    string Str |vm, fp, o| Ok(vm.copy_literal(literal(fp, o.lit), false));
    string_chilled StrChilled |vm, fp, o| Ok(vm.copy_literal(literal(fp, o.lit), true));
    interp Interp |vm, fp, o| {
        let name = call_site(fp, o.site).name;
        vm.interpolated(*fp.add(o.src), name)
    };
    concat Concat |vm, fp, o| vm.concat_strings(values(fp, o.base, o.count));
    intern Intern |vm, fp, o| vm.intern_string(*fp.add(o.src));
    regexp Regexp |vm, fp, o| vm.dynamic_regexp(values(fp, o.base, o.count), literal(fp, o.options));
    array Array |vm, fp, o| Ok(vm.array(values(fp, o.base, o.count)));
    spread Spread |vm, fp, o| vm.splat(*fp.add(o.src)).map(RArray::value);
    splat Splat |vm, fp, o| vm.splat(*fp.add(o.src)).map(|list| vm.part_of_array(list, 0..list.len()));
    hash Hash |vm, fp, o| vm.hash_of_pairs(values(fp, o.base, 2 * o.count));
    range Range |vm, fp, o| vm.checked_range(*fp.add(o.low), *fp.add(o.high), o.exclusive == 1);
    once Once |vm, fp, o| run_once(vm, fp, o.child, o.site);
}

actions! {
    array_push ArrayPush |vm, fp, o| {
        let list = vm.array_view(*fp.add(o.array));
        vm.push(list, *fp.add(o.src))
    };
    array_concat ArrayConcat |vm, fp, o| {
        let list = vm.array_view(*fp.add(o.array));
        let more = vm.splat(*fp.add(o.src));
        more.and_then(|more| list.extend(more.as_slice(&vm.heap)).ok_or_else(|| vm.no_memory()))
    };
    hash_set HashSet |vm, fp, o| match RHash::new(*fp.add(o.hash)) {
        Some(hash) => vm.hash_store(hash, *fp.add(o.key), *fp.add(o.value)),
        None => Ok(()),
    };
    hash_merge HashMerge |vm, fp, o| vm.merge_keywords(*fp.add(o.hash), *fp.add(o.src));
    expand Expand |vm, fp, o| expand_into(vm, fp, &o);
}

/// Writes the parts of a destructured value.
unsafe fn expand_into(vm: &mut Vm, fp: Registers, o: &operands::Expand) -> RResult<()> {
    // SAFETY: verified operands: pre + splat + post registers from base.
    unsafe {
        let source = *fp.add(o.src);
        let list = match RArray::new(source) {
            Some(list) => Some(list),
            None => vm.try_to_ary(source)?,
        };
        let single = [source];
        let length = list.map_or(1, RArray::len);
        let at = |index: usize| match list {
            Some(list) => list.get(index).unwrap_or(Value::NIL),
            None => single.get(index).copied().unwrap_or(Value::NIL),
        };
        for index in 0..o.pre {
            fp.add(o.base + index).write(at(index));
        }
        let mut register = o.base + o.pre;
        let mut next = o.pre;
        if o.splat == 1 {
            let end = length.saturating_sub(o.post).max(o.pre);
            let rest = vm.new_array();
            for index in o.pre..end.min(length) {
                vm.push(rest, at(index))?;
            }
            fp.add(register).write(rest.value());
            register += 1;
            next = end;
        }
        for index in 0..o.post {
            fp.add(register + index).write(at(next + index));
        }
        Ok(())
    }
}

unsafe fn run_once(vm: &mut Vm, fp: Registers, child: u32, site: u32) -> RResult {
    // SAFETY: the site is a once site of the frame's code (verified).
    unsafe {
        let code = code_of(fp);
        if let SiteState::Once(value) = code.site(site)
            && !value.is_undef()
        {
            return Ok(*value);
        }
        let child = vm.child(code, child);
        let Some(home) = Frame::at(fp) else { return Ok(Value::NIL) };
        let start = vm.block_start(child, home, crate::send::BlockContext::default());
        let result = vm.run_code(&start, &[], crate::PassedKeywords::None, crate::send::BindMode::Proc)?;
        code.before_change();
        if let SiteState::Once(value) = code.site(site) {
            *value = result;
        }
        Ok(result)
    }
}

/// # Safety
/// Called by the dispatcher.
pub(in crate::interp) unsafe fn at_exit(vm: &mut Vm, fp: Registers, pc: *const u16) -> Flow {
    // SAFETY: verified operands.
    unsafe {
        save(vm, fp, pc);
        let o = operands::AtExit::read(pc);
        let code = code_of(fp);
        let fresh = matches!(code.site(o.site), SiteState::Once(value) if value.is_undef());
        if fresh {
            if let SiteState::Once(value) = code.site(o.site) {
                *value = Value::TRUE;
            }
            let child = vm.child(code, o.child);
            let Some(home) = Frame::at(fp) else { return finish(None) };
            match vm.proc_of_record(child, home, false) {
                Ok(made) => vm.at_exit.push(made.value()),
                Err(_) => return exception::unwind(vm, fp, pc),
            }
        }
        (fp, pc.add(operands::AtExit::UNITS))
    }
}

impl Vm {
    /// A fresh String from a literal.
    #[inline]
    pub fn copy_literal(&mut self, literal: Value, chilled: bool) -> Value {
        let Some(source) = RString::new(literal) else { return literal };
        let shape = self.instance_shape(self.class_view(self.core.string)).shape;
        match objects::string::allocate_copy(&mut self.heap, shape, source) {
            Some(value) => {
                if chilled {
                    if let Some(string) = RString::new(value) {
                        string.set_chilled(true);
                    }
                    if self.options.debug_literals {
                        self.copy_ivars(literal, value);
                    }
                }
                value
            }
            None => self.out_of_memory(),
        }
    }

    /// String of an interpolated value; an Integer whose `to_s` is the core's stays one.
    #[inline]
    pub(crate) fn interpolated(&mut self, value: Value, name: value::Symbol) -> RResult {
        if value.is_kind(Kind::String) {
            return Ok(value);
        }
        let class = self.class_of(value);
        if name == sym::TO_S && self.find_refined(class, name).is_none() {
            if value.is_fixnum() && self.has_native_to_s(class) {
                return Ok(value);
            }
            return Ok(self.to_s(value)?.value());
        }
        let result = self.call_here(value, name, &[], crate::PassedKeywords::None, objects::BlockWord::NONE, crate::send::CallMode::Any)?;
        if result.is_kind(Kind::String) {
            return Ok(result);
        }
        let text = self.any_to_s(value);
        Ok(self.str(&text))
    }

    /// A new String of the parts joined, which are Strings and Integers; Encoding::CompatibilityError when they do not
    /// fit together.
    pub fn concat_strings(&mut self, parts: &[Value]) -> RResult {
        let joined = parts.len() > 1 && parts.iter().all(|&part| part.is_fixnum() || is_plain(part)) && parts.iter().any(|part| !part.is_fixnum());
        let length = parts.iter().map(|&part| RString::new(part).map_or(INTEGER_DIGITS, RString::len)).sum();
        let made = self.try_string_with_room(length, Encoding::UTF_8)?;
        if joined {
            return self.join_plain(made, parts);
        }
        // A part alone is joined to an empty literal, several ones begin with the first of them.
        let mut first = parts.len() > 1;
        for &part in parts {
            let part = match part.as_fixnum() {
                Some(number) => Some(self.new_string(itoa::Buffer::new().format(number).as_bytes(), Encoding::US_ASCII)),
                None => RString::new(part),
            };
            let Some(part) = part else { continue };
            if first {
                made.set_encoding(part.encoding());
                first = false;
            }
            self.append_string(made, part)?;
            // An empty or ASCII beginning (`nil.to_s`) leaves the choice to what follows.
            if made.encoding() == Encoding::US_ASCII && part.encoding() != Encoding::US_ASCII {
                made.set_encoding(part.encoding());
            }
        }
        Ok(made.value())
    }

    /// Joins Strings in UTF-8, none of them empty, and Integers.
    fn join_plain(&mut self, made: RString, parts: &[Value]) -> RResult {
        for &part in parts {
            let pushed = match RString::new(part) {
                Some(text) => made.push_bytes(text.bytes()),
                None => part.as_fixnum().and_then(|number| made.push_bytes(itoa::Buffer::new().format(number).as_bytes())),
            };
            pushed.ok_or_else(|| self.no_memory())?;
        }
        Ok(made.value())
    }

    /// Appends one String to another, settling the encoding.
    pub fn append_string(&mut self, target: RString, part: RString) -> RResult<()> {
        if target.encoding() != part.encoding() {
            let a = Operand::string(target.encoding(), target.code_range(), target.is_empty());
            let b = Operand::string(part.encoding(), part.code_range(), part.is_empty());
            match compatible_or_error(a, b) {
                Ok(encoding) if encoding != target.encoding() => target.set_encoding(encoding),
                Ok(_) => {}
                Err(error) => return Err(self.raise_text_error(&error)),
            }
        }
        target.push_bytes(part.bytes()).ok_or_else(|| self.no_memory())
    }

    fn intern_string(&mut self, value: Value) -> RResult {
        match RString::new(value) {
            Some(string) => Ok(Value::symbol(self.symbols.intern_bytes(string.bytes(), string.encoding().index()))),
            None => Ok(value),
        }
    }

    fn dynamic_regexp(&mut self, parts: &[Value], options: Value) -> RResult {
        let flags = options.as_fixnum().unwrap_or(0);
        let fixed = self.fixed_encoding(parts, flags & i64::from(RegexpFlags::NO_ENCODING) != 0)?;
        let source = self.concat_strings(parts)?;
        match RString::new(source) {
            Some(source) => {
                let bytes = source.bytes().to_vec();
                let has = |flag: u16| flags & i64::from(flag) != 0;
                let encoding = if has(RegexpFlags::FORCED_EUC_JP) {
                    Encoding::find("EUC-JP").unwrap_or(source.encoding())
                } else if has(RegexpFlags::FORCED_WINDOWS_31J) {
                    Encoding::find("Windows-31J").unwrap_or(source.encoding())
                } else if has(RegexpFlags::FORCED_UTF_8) {
                    Encoding::UTF_8
                } else {
                    fixed.unwrap_or(source.encoding())
                };
                let regexp = self.new_regexp(&bytes, flags & 255, encoding)?;
                Ok(self.freeze(regexp))
            }
            None => Ok(Value::NIL),
        }
    }

    /// The encoding that the parts of a pattern agree on which have characters beyond ASCII, written out or as escapes; RegexpError
    /// when two differ. All are bytes for the option `n`.
    fn fixed_encoding(&mut self, parts: &[Value], are_bytes: bool) -> RResult<Option<Encoding>> {
        let mut fixed: Option<Encoding> = None;
        for part in parts.iter().filter_map(|&part| RString::new(part)) {
            if part.is_ascii_only() && !escapes_high_bytes(part.bytes()) {
                continue;
            }
            let own = if are_bytes { Encoding::BINARY } else { part.encoding() };
            if !part.is_ascii_only() && own != part.encoding() {
                let message = "/.../n has a non escaped non ASCII character in non ASCII-8BIT script";
                return Err(self.raise(self.core.regexp_error, message));
            }
            match fixed.filter(|&fixed| fixed != own) {
                Some(other) => {
                    let message = format!("encoding mismatch in dynamic regexp : {} and {}", other.name(), own.name());
                    return Err(self.raise(self.core.regexp_error, &message));
                }
                None => fixed = Some(own),
            }
        }
        Ok(fixed)
    }

    /// A Hash of alternating keys and values.
    pub fn hash_of_pairs(&mut self, pairs: &[Value]) -> RResult {
        let hash = self.new_hash_for(pairs.len() / 2);
        for pair in pairs.chunks_exact(2) {
            self.hash_store(hash, pair[0], pair[1])?;
        }
        Ok(hash.value())
    }

    fn merge_keywords(&mut self, target: Value, source: Value) -> RResult<()> {
        if source.is_nil() {
            return Ok(());
        }
        let source = self.to_hash(source)?;
        let Some(target) = RHash::new(target) else { return Ok(()) };
        for position in 0..source.table(&self.heap).positions() {
            if let Some(entry) = source.table(&self.heap).entry(position) {
                self.hash_store(target, entry.key, entry.value)?;
            }
        }
        Ok(())
    }

    /// A Range; ArgumentError when the ends do not compare.
    pub fn checked_range(&mut self, low: Value, high: Value, exclusive: bool) -> RResult {
        let fine = low.is_fixnum() && high.is_fixnum() || low.is_nil() || high.is_nil();
        if !fine {
            let order = self.call(low, sym::CMP, &[high])?;
            if order.is_nil() {
                return Err(self.argument_error("bad value for range"));
            }
        }
        Ok(self.range(low, high, exclusive))
    }

    /// The same, not frozen.
    #[inline(always)]
    pub(crate) fn is_plain_open_array(&self, array: Value) -> bool {
        ShapeId::of(array) == self.array_shapes.0
    }

    /// Is it a Hash of class Hash itself?
    #[inline(always)]
    pub(crate) fn is_plain_hash(&self, hash: Value) -> bool {
        self.shapes.class(ShapeId::of(hash)) == self.core.hash
    }

    /// Runs a `Method` body check used by `Object#method`: does the method run Ruby code?
    pub fn is_ruby_method(method: objects::MethodRef) -> bool {
        matches!(Vm::resolve_alias(method).body, MethodBody::Ruby(..))
    }
}

/// Most bytes of an immediate Integer in decimal.
const INTEGER_DIGITS: usize = 20;

/// Is it a String in UTF-8 that is not empty?
fn is_plain(part: Value) -> bool {
    RString::new(part).is_some_and(|part| part.encoding() == Encoding::UTF_8 && !part.is_empty())
}

/// Is there an escape of a byte beyond ASCII (`\xfe`, `\376`) in the pattern?
fn escapes_high_bytes(pattern: &[u8]) -> bool {
    let mut rest = pattern;
    while let Some(at) = rest.iter().position(|&byte| byte == b'\\') {
        rest = &rest[at + 1..];
        match *rest {
            [b'x', b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F', low, ..] if low.is_ascii_hexdigit() => return true,
            [b'2'..=b'3', b'0'..=b'7', b'0'..=b'7', ..] => return true,
            _ => rest = rest.get(1..).unwrap_or(&[]),
        }
    }
    false
}
