//! String: making, joining, comparing, converting.
//!
//! Source: CRuby `string.c`.

use crate::common::{changed, char_length, checked, compatible, copy, intern, made, responds_to_str, set_bytes};
use macros::ruby_methods;
use numeric::parse;
use text::Encoding;
use vm::{Keywords, RArray, RResult, RString, Value, Vm, sym};

/// The system's number of a salt that is none.
const EINVAL: i64 = 22;

/// Making and joining.
pub struct Basics;

#[ruby_methods("String")]
impl Basics {
    #[singleton("try_convert")]
    fn try_convert(vm: &mut Vm, _this: Value, value: Value) -> RResult {
        Ok(vm.try_to_str(value)?.map_or(Value::NIL, RString::value))
    }

    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: RString, source: Option<Value>, keywords: Keywords) -> RResult {
        keywords.check(vm, &["encoding", "capacity"])?;
        if source.is_some() || keywords.hash().is_some() {
            vm.check_frozen(this.value())?;
        }
        if let Some(source) = source {
            let source = vm.to_str(source)?;
            replace(vm, this, source)?;
        }
        if let Some(capacity) = keywords.get(vm, "capacity").filter(|value| !value.is_nil()) {
            let capacity = vm.to_i64(capacity)?;
            if this.reserve(usize::try_from(capacity).unwrap_or(0).min(1 << 40)).is_none() {
                return Err(vm.no_memory());
            }
        }
        if let Some(encoding) = keywords.get(vm, "encoding").filter(|value| !value.is_nil()) {
            let encoding = vm.to_encoding(encoding)?;
            vm.check_frozen(this.value())?;
            this.set_encoding(encoding);
        }
        Ok(this.value())
    }

    #[method("initialize_copy", "replace")]
    fn replace(vm: &mut Vm, this: RString, other: Value) -> RResult {
        vm.check_frozen(this.value())?;
        let other = vm.to_str(other)?;
        replace(vm, this, other)?;
        Ok(this.value())
    }

    #[method("+")]
    fn plus(vm: &mut Vm, this: RString, other: RString) -> RResult {
        let encoding = compatible(vm, this, other)?;
        vm.room_for((this.len() + other.len()).saturating_mul(2))?;
        let joined = vm.try_string_with_room(this.len() + other.len(), encoding)?;
        let pushed = joined.push_bytes(this.bytes()).and_then(|()| joined.push_bytes(other.bytes()));
        pushed.map(|()| joined.value()).ok_or_else(|| vm.no_memory())
    }

    #[method("*")]
    fn times(vm: &mut Vm, this: RString, count: i64) -> RResult {
        let Ok(count) = usize::try_from(count) else { return Err(vm.argument_error("negative argument")) };
        match this.len().checked_mul(count) {
            Some(total) if total <= i64::MAX as usize => {
                let made = vm.new_string(b"", this.encoding());
                if total > 0 {
                    made.reserve(total).ok_or_else(|| vm.no_memory())?;
                    let once = (REPEATED_BYTES / this.len()).clamp(1, count);
                    let piece = this.bytes().repeat(once);
                    for _ in 0..count / once {
                        made.push_bytes(&piece).ok_or_else(|| vm.no_memory())?;
                    }
                    made.push_bytes(&piece[..count % once * this.len()]).ok_or_else(|| vm.no_memory())?;
                }
                Ok(made.value())
            }
            _ => Err(vm.argument_error("argument too big")),
        }
    }

    #[method("%")]
    fn percent(vm: &mut Vm, this: RString, args: Value) -> RResult {
        match vm.try_to_ary(args)? {
            Some(list) => crate::format::format(vm, this, list),
            None => {
                let list = vm.array(&[args]);
                let list = vm.array_view(list);
                crate::format::format(vm, this, list)
            }
        }
    }

    #[method("<<")]
    fn append(vm: &mut Vm, this: RString, other: Value) -> RResult {
        vm.check_frozen(this.value())?;
        append(vm, this, other)?;
        Ok(this.value())
    }

    #[method("concat")]
    fn concat(vm: &mut Vm, this: RString, others: &[Value]) -> RResult {
        vm.check_frozen(this.value())?;
        if let [other] = others {
            append(vm, this, *other)?;
            return Ok(this.value());
        }
        let joined = vm.new_string(b"", this.encoding());
        for &other in others {
            append(vm, joined, other)?;
        }
        vm.append_string(this, joined)?;
        Ok(this.value())
    }

    #[method("append_as_bytes")]
    fn append_as_bytes(vm: &mut Vm, this: RString, others: &[Value]) -> RResult {
        vm.check_frozen(this.value())?;
        let mut bytes = Vec::new();
        for &other in others {
            if let Some(text) = RString::new(other) {
                bytes.extend_from_slice(text.bytes());
            } else if let Some(number) = objects::number::integer_of(other) {
                bytes.push(number.to_signed_bytes_le().first().copied().unwrap_or(0));
            } else {
                let name = vm.class_name_of(other);
                return Err(vm.type_error(&format!("wrong argument type {name} (expected String or Integer)")));
            }
        }
        this.push_bytes(&bytes).ok_or_else(|| vm.no_memory())?;
        Ok(this.value())
    }

    #[method("prepend")]
    fn prepend(vm: &mut Vm, this: RString, others: &[Value]) -> RResult {
        vm.check_frozen(this.value())?;
        let joined = vm.new_string(b"", this.encoding());
        for &other in others {
            let other = vm.to_str(other)?;
            vm.append_string(joined, other)?;
        }
        let encoding = compatible(vm, this, joined)?;
        this.splice(0, 0, joined.bytes()).ok_or_else(|| vm.no_memory())?;
        if encoding != this.encoding() {
            this.set_encoding(encoding);
        }
        Ok(this.value())
    }

    #[method("clear")]
    fn clear(vm: &mut Vm, this: RString) -> RResult {
        vm.check_frozen(this.value())?;
        this.truncate(0);
        Ok(this.value())
    }

    #[method("==", "===")]
    fn equal(vm: &mut Vm, this: RString, other: Value) -> RResult<bool> {
        if RString::new(other).is_some() {
            return Ok(vm.strings_equal(this.value(), other));
        }
        if responds_to_str(vm, other)? {
            return Ok(vm.call(other, sym::EQ, &[this.value()])?.truthy());
        }
        Ok(false)
    }

    #[method("eql?")]
    fn eql(vm: &mut Vm, this: RString, other: Value) -> bool {
        RString::new(other).is_some() && vm.strings_equal(this.value(), other)
    }

    #[method("hash")]
    fn hash(vm: &mut Vm, this: RString) -> Value {
        let hash = vm.hash_string(this);
        vm.int(hash as i64)
    }

    #[method("<=>")]
    fn compare(vm: &mut Vm, this: RString, other: Value) -> RResult {
        if let Some(other) = RString::new(other) {
            return Ok(Value::small(order(vm, this, other) as i64));
        }
        if let Some(other) = vm.try_to_str(other)? {
            return Ok(Value::small(order(vm, this, other) as i64));
        }
        if vm.responds_to(other, sym::CMP, false)? {
            let answer = vm.call(other, sym::CMP, &[this.value()])?;
            if !answer.is_nil() {
                let sign = vm.comparison_result(answer, other, this.value())?;
                return Ok(Value::small(-(sign as i64)));
            }
        }
        Ok(Value::NIL)
    }

    #[method("casecmp")]
    fn casecmp(vm: &mut Vm, this: RString, other: Value) -> RResult {
        let Some(other) = vm.try_to_str(other)? else { return Ok(Value::NIL) };
        if text::encoding::compatible(crate::common::operand(this), crate::common::operand(other)).is_none() {
            return Ok(Value::NIL);
        }
        Ok(Value::small(text::case::casecmp(this.bytes(), other.bytes()) as i64))
    }

    #[method("casecmp?")]
    fn is_casecmp(vm: &mut Vm, this: RString, other: Value) -> RResult {
        let Some(other) = vm.try_to_str(other)? else { return Ok(Value::NIL) };
        let Some(encoding) = text::encoding::compatible(crate::common::operand(this), crate::common::operand(other)) else { return Ok(Value::NIL) };
        let answer = checked(vm, text::case::casecmp_folded(encoding, this.bytes(), other.bytes()))?;
        Ok(Value::bool(answer))
    }

    #[method("length", "size", effects = "pure")]
    fn length(_vm: &mut Vm, this: RString) -> usize {
        char_length(this)
    }

    #[method("bytesize", effects = "pure")]
    fn bytesize(_vm: &mut Vm, this: RString) -> usize {
        this.len()
    }

    #[method("empty?", effects = "pure")]
    fn is_empty(_vm: &mut Vm, this: RString) -> bool {
        this.is_empty()
    }

    #[method("freeze")]
    fn freeze(vm: &mut Vm, this: Value) -> Value {
        vm.freeze(this)
    }

    #[method("+@")]
    fn unfrozen(vm: &mut Vm, this: RString) -> RResult {
        if vm.is_frozen(this.value()) || this.is_chilled() { copy(vm, this) } else { Ok(this.value()) }
    }

    #[method("-@", "dedup")]
    fn dedup(vm: &mut Vm, this: RString) -> Value {
        let plain = vm.class_of(this.value()).value() == vm.core.string;
        if vm.is_frozen(this.value()) && !plain {
            return this.value();
        }
        vm.frozen_copy(this)
    }

    #[method("dup")]
    fn dup(vm: &mut Vm, this: RString) -> RResult {
        let class = vm.real_class_of(this.value());
        let made = copy(vm, this)?;
        if class.value() != vm.core.string {
            vm.retype(made, class);
        }
        vm.copy_ivars(this.value(), made);
        if class.value() != vm.core.string {
            vm.call(made, sym::INITIALIZE_DUP, &[this.value()])?;
        }
        Ok(made)
    }
}

/// Conversions.
pub struct Conversions;

#[ruby_methods("String")]
impl Conversions {
    #[method("to_s", "to_str")]
    fn to_s(vm: &mut Vm, this: RString) -> RResult {
        if vm.real_class_of(this.value()).value() == vm.core.string { Ok(this.value()) } else { copy(vm, this) }
    }

    #[method("inspect")]
    fn inspect(vm: &mut Vm, this: RString) -> Value {
        let result = vm.result_encoding();
        let bytes = text::inspect::inspect(this.encoding(), this.bytes(), result);
        vm.string(&bytes, result)
    }

    #[method("dump")]
    fn dump(vm: &mut Vm, this: RString) -> Value {
        let bytes = text::inspect::dump(this.encoding(), this.bytes());
        let encoding = if this.encoding().is_ascii_compatible() { this.encoding() } else { Encoding::BINARY };
        vm.string(&bytes, encoding)
    }

    #[method("undump")]
    fn undump(vm: &mut Vm, this: RString) -> RResult {
        let (bytes, encoding) = checked(vm, text::inspect::undump(this.encoding(), this.bytes()))?;
        Ok(vm.string(&bytes, encoding))
    }

    #[method("to_sym", "intern")]
    fn to_sym(vm: &mut Vm, this: RString) -> RResult {
        intern(vm, this)
    }

    #[method("to_i")]
    fn to_i(vm: &mut Vm, this: RString, base: Option<i64>) -> RResult {
        let base = base.unwrap_or(10);
        if base < 0 || base == 1 || base > 36 {
            return Err(vm.argument_error(&format!("invalid radix {base}")));
        }
        vm.check_ascii_compatible(this)?;
        match parse::integer(this.bytes(), base) {
            Ok(number) => Ok(integer(vm, number)),
            Err(error) => Err(vm.raise_numeric_error(&error)),
        }
    }

    #[method("to_f")]
    fn to_f(vm: &mut Vm, this: RString) -> RResult<f64> {
        vm.check_ascii_compatible(this)?;
        Ok(parse::float(this.bytes()))
    }

    #[method("to_r")]
    fn to_r(vm: &mut Vm, this: RString) -> RResult {
        vm.check_ascii_compatible(this)?;
        match parse::rational(this.bytes()) {
            Ok(fraction) => Ok(rational(vm, fraction)),
            Err(error) => Err(vm.raise_numeric_error(&error)),
        }
    }

    #[method("to_c")]
    fn to_c(vm: &mut Vm, this: RString) -> RResult {
        vm.check_ascii_compatible(this)?;
        let (real, imaginary) = parse::complex(this.bytes());
        let real = complex_part(vm, real);
        let imaginary = complex_part(vm, imaginary);
        Ok(vm.complex_from(real, imaginary))
    }

    #[method("hex")]
    fn hex(vm: &mut Vm, this: RString) -> RResult {
        vm.check_ascii_compatible(this)?;
        Ok(integer(vm, parse::hex(this.bytes())))
    }

    #[method("oct")]
    fn oct(vm: &mut Vm, this: RString) -> RResult {
        vm.check_ascii_compatible(this)?;
        Ok(integer(vm, parse::oct(this.bytes())))
    }

    #[method("ord")]
    fn ord(vm: &mut Vm, this: RString) -> RResult {
        if this.is_empty() {
            return Err(vm.argument_error("empty string"));
        }
        let (code, _) = checked(vm, text::encoding::codepoint(this.encoding(), this.bytes(), 0))?;
        Ok(Value::small(i64::from(code)))
    }

    #[method("chr")]
    fn chr(vm: &mut Vm, this: RString) -> RResult {
        let end = text::encoding::step_len(this.encoding(), this.bytes(), 0);
        crate::common::part(vm, this, 0, end)
    }

    #[method("sum")]
    fn sum(vm: &mut Vm, this: RString, bits: Option<i64>) -> Value {
        let bits = bits.unwrap_or(16);
        if (1..64).contains(&bits) {
            return vm.big(text::search::sum(this.bytes(), bits as u32).into());
        }
        let total: u64 = this.bytes().iter().map(|&byte| u64::from(byte)).sum();
        vm.big(total.into())
    }

    /// `str.crypt(salt)`: the password hash of crypt(3).
    #[method("crypt")]
    fn crypt(vm: &mut Vm, this: RString, salt: RString) -> RResult {
        for text in [this, salt] {
            if !text.encoding().is_ascii_compatible() {
                return Err(vm.argument_error(&format!("wide char encoding: {}", text.encoding().name())));
            }
        }
        let salt = salt.bytes().to_vec();
        if salt.len() < 2 || salt[..2].contains(&0) {
            return Err(vm.argument_error("salt too short (need >=2 bytes)"));
        }
        if this.bytes().contains(&0) || salt.contains(&0) {
            return Err(vm.argument_error("string contains null byte"));
        }
        match std::str::from_utf8(&salt).ok().and_then(|salt| pwhash::unix::crypt(this.bytes(), salt).ok()) {
            Some(hash) => Ok(vm.string(hash.as_bytes(), Encoding::BINARY)),
            None => {
                let (class, message) = (vm.core.system_call_error, vm.str("crypt"));
                let error = vm.call(class, sym::NEW, &[message, Value::small(EINVAL)])?;
                Err(vm.raise_exception(error))
            }
        }
    }

    #[method("succ", "next")]
    fn succ(vm: &mut Vm, this: RString) -> RResult {
        let bytes = text::succ::succ(this.encoding(), this.bytes());
        made(vm, this, &bytes)
    }

    #[method("succ!", "next!")]
    fn succ_in_place(vm: &mut Vm, this: RString) -> RResult {
        vm.check_frozen(this.value())?;
        let bytes = text::succ::succ(this.encoding(), this.bytes());
        set_bytes(vm, this, &bytes)?;
        Ok(this.value())
    }

    #[method("reverse")]
    fn reverse(vm: &mut Vm, this: RString) -> RResult {
        let bytes = reversed(vm, this)?;
        changed(vm, this, Some(bytes))
    }

    #[method("reverse!")]
    fn reverse_in_place(vm: &mut Vm, this: RString) -> RResult {
        vm.check_frozen(this.value())?;
        let bytes = reversed(vm, this)?;
        set_bytes(vm, this, &bytes)?;
        Ok(this.value())
    }
}

/// Short texts are repeated in pieces of this size.
const REPEATED_BYTES: usize = 16 << 10;

fn reversed(vm: &mut Vm, this: RString) -> RResult<Vec<u8>> {
    if crate::common::is_single(this) {
        vm.room_for(this.len().saturating_mul(2))?;
        return Ok(this.bytes().iter().rev().copied().collect());
    }
    vm.room_for(this.len().saturating_mul(size_of::<&[u8]>() + 2))?;
    let pieces: Vec<&[u8]> = text::encoding::chars(this.encoding(), this.bytes()).collect();
    let mut bytes = Vec::with_capacity(this.len());
    for piece in pieces.into_iter().rev() {
        bytes.extend_from_slice(piece);
    }
    Ok(bytes)
}

/// Takes over content and encoding of another String.
pub fn replace(vm: &mut Vm, this: RString, other: RString) -> RResult<()> {
    vm.check_frozen(this.value())?;
    if this == other {
        return Ok(());
    }
    let bytes = other.bytes().to_vec();
    this.replace(&bytes, other.encoding()).ok_or_else(|| vm.no_memory())
}

/// Appends a String, or the character of an Integer.
fn append(vm: &mut Vm, this: RString, other: Value) -> RResult<()> {
    if let Some(text) = RString::new(other) {
        return vm.append_string(this, text);
    }
    if !Vm::is_integer(other) {
        let text = vm.to_str(other)?;
        // The conversion may have frozen it.
        vm.check_frozen(this.value())?;
        return vm.append_string(this, text);
    }
    let code = match objects::number::integer_of(other).and_then(|number| u32::try_from(number).ok()) {
        Some(code) => code,
        None if other.is_fixnum() => {
            let code = vm.to_s_text(other)?;
            return Err(vm.range_error(&format!("{code} out of char range")));
        }
        None => return Err(vm.range_error("bignum out of char range")),
    };
    if this.encoding() == Encoding::US_ASCII && (0x80..0x100).contains(&code) {
        this.set_encoding(Encoding::BINARY);
    }
    let bytes = checked(vm, text::encoding::encode_codepoint(this.encoding(), code))?;
    this.push_bytes(&bytes).ok_or_else(|| vm.no_memory())
}

/// `a <=> b` by bytes, then by encoding.
pub fn order(vm: &Vm, a: RString, b: RString) -> std::cmp::Ordering {
    match a.bytes().cmp(b.bytes()) {
        std::cmp::Ordering::Equal if !vm.strings_equal(a.value(), b.value()) => a.encoding().index().cmp(&b.encoding().index()),
        found => found,
    }
}

fn integer(vm: &mut Vm, number: parse::Integer) -> Value {
    match number {
        parse::Integer::Small(number) => vm.int(number),
        parse::Integer::Big(number) => vm.big(number),
    }
}

fn rational(vm: &mut Vm, fraction: numeric::rational::Rational) -> Value {
    let (numerator, denominator) = fraction.into_parts();
    let (numerator, denominator) = (vm.big(numerator), vm.big(denominator));
    vm.rational_from(numerator, denominator)
}

fn complex_part(vm: &mut Vm, part: parse::Part) -> Value {
    match part {
        parse::Part::Integer(number) => vm.big(number),
        parse::Part::Float(number) => vm.float(number),
        parse::Part::Rational(fraction) => rational(vm, fraction),
    }
}

/// An Array of Strings for the byte ranges of a String.
pub fn pieces(vm: &mut Vm, this: RString, ranges: &[std::ops::Range<usize>]) -> RResult<RArray> {
    let list = vm.new_array_with_capacity(ranges.len())?;
    let bytes = this.bytes().to_vec();
    let encoding = this.encoding();
    for range in ranges {
        let piece = vm.string(bytes.get(range.clone()).unwrap_or(&[]), encoding);
        vm.push(list, piece)?;
    }
    Ok(list)
}
