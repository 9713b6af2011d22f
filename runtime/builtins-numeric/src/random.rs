//! Random, `rand`, `srand`: the Mersenne Twister with CRuby's numbers for a seed.
//!
//! Invariant: the default generator is seeded from the system at its first use.
//! Source: CRuby `random.c`.

use heap::Tracer;
use macros::ruby_methods;
use num_bigint::BigInt;
use num_traits::{Signed, Zero};
use numeric::random::Random;
use numeric::twister::{STATE_WORDS, Twister};
use objects::{NativeData, RData};
use text::Encoding;
use vm::vm::Extension;
use vm::{RRange, RResult, Value, Vm, sym};

/// The words of a state in bytes; what is missing is zero.
fn words_of(bytes: &[u8]) -> [u32; STATE_WORDS] {
    let mut words = [0; STATE_WORDS];
    for (word, bytes) in words.iter_mut().zip(bytes.chunks(4)) {
        let mut whole = [0; 4];
        whole[..bytes.len()].copy_from_slice(bytes);
        *word = u32::from_le_bytes(whole);
    }
    words
}

/// The words as one Integer, the first one lowest.
fn state_of(vm: &mut Vm, twister: &Twister) -> Value {
    let state = BigInt::from_slice(num_bigint::Sign::Plus, twister.words());
    vm.big(state)
}

/// Native part of a Random.
struct Generator(Random);

impl NativeData for Generator {
    fn trace(&self, _tracer: &mut Tracer<'_>) {}
    fn size(&self) -> usize {
        2600
    }

    /// How many words are left, the words, the seed.
    fn save(&self) -> Option<Vec<u8>> {
        let twister = self.0.twister();
        let mut state = (twister.left() as u32).to_le_bytes().to_vec();
        state.extend(twister.words().iter().flat_map(|word| word.to_le_bytes()));
        state.extend(self.0.seed().to_signed_bytes_le());
        Some(state)
    }

    fn restore(&mut self, state: &[u8]) -> bool {
        let Some((left, rest)) = state.split_first_chunk() else { return false };
        let Some((words, seed)) = rest.split_at_checked(4 * STATE_WORDS) else { return false };
        let Some(twister) = Twister::with_state(words_of(words), u32::from_le_bytes(*left) as usize) else { return false };
        self.0 = Random::with_twister(BigInt::from_signed_bytes_le(seed), twister);
        true
    }
}

/// The default generator, and how many forks there had been when it got its seed.
struct Shared(Random, u32);

impl Default for Shared {
    fn default() -> Self {
        Shared(Random::new(fresh_seed()), 0)
    }
}

/// The default generator. A child process gets a seed of its own, so that it does not repeat its parent's numbers.
fn shared(vm: &mut Vm) -> &mut Shared {
    let forks = vm.fork_count;
    let shared = vm.extension::<Shared>();
    if shared.1 != forks {
        *shared = Shared(Random::new(fresh_seed()), forks);
    }
    shared
}

impl Extension for Shared {
    fn trace(&self, _tracer: &mut Tracer<'_>) {}
}

/// 128 bits that nobody can foresee: the standard library's hash keys come from the system.
fn fresh_seed() -> BigInt {
    use std::hash::{BuildHasher, RandomState};
    let word = || BigInt::from(RandomState::new().hash_one(std::time::Instant::now()));
    (word() << 64) + word()
}

/// Refuses more bytes than there is memory for.
fn check_room(vm: &mut Vm, count: usize) -> RResult<()> {
    Vec::<u8>::new().try_reserve_exact(count).map_err(|_| vm.no_memory())
}

/// Methods of Random.
pub struct Randoms;

#[ruby_methods("Random")]
impl Randoms {
    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, seed: Option<Value>) -> RResult {
        vm.check_frozen(this)?;
        let seed = match seed {
            Some(seed) => vm.to_bigint(seed)?,
            None => fresh_seed(),
        };
        vm.native::<Generator>(this, "Random")?.0 = Random::new(seed);
        Ok(this)
    }

    #[method("initialize_copy", private)]
    fn initialize_copy(vm: &mut Vm, this: Value, other: Value) -> RResult {
        let copy = vm.native::<Generator>(other, "Random")?.0.clone();
        vm.native::<Generator>(this, "Random")?.0 = copy;
        Ok(this)
    }

    #[method("state", private)]
    fn state(vm: &mut Vm, this: Value) -> RResult {
        let twister = vm.native::<Generator>(this, "Random")?.0.twister().clone();
        Ok(state_of(vm, &twister))
    }

    #[method("left", private)]
    fn left(vm: &mut Vm, this: Value) -> RResult<usize> {
        Ok(vm.native::<Generator>(this, "Random")?.0.twister().left())
    }

    #[method("marshal_dump", private)]
    fn marshal_dump(vm: &mut Vm, this: Value) -> RResult {
        let generator = vm.native::<Generator>(this, "Random")?.0.clone();
        let state = state_of(vm, generator.twister());
        let (left, seed) = (vm.int(generator.twister().left() as i64), vm.big(generator.seed().clone()));
        Ok(vm.array(&[state, left, seed]))
    }

    #[method("marshal_load", private)]
    fn marshal_load(vm: &mut Vm, this: Value, dump: Value) -> RResult {
        vm.check_frozen(this)?;
        let Some(dump) = vm::RArray::new(dump) else { return Err(vm.wrong_type(dump, "Array")) };
        let &[state, left, seed] = dump.as_slice(&vm.heap) else { return Err(vm.argument_error("wrong dump data")) };
        let (state, left, seed) = (vm.to_bigint(state)?, vm.to_i64(left)?, vm.to_bigint(seed)?);
        let words = words_of(&state.to_signed_bytes_le());
        let Some(twister) = usize::try_from(left).ok().and_then(|left| Twister::with_state(words, left)) else {
            return Err(vm.argument_error("wrong value"));
        };
        vm.native::<Generator>(this, "Random")?.0 = Random::with_twister(seed, twister);
        Ok(this)
    }

    #[singleton("state", private)]
    fn class_state(vm: &mut Vm, _this: Value) -> Value {
        let twister = shared(vm).0.twister().clone();
        state_of(vm, &twister)
    }

    #[singleton("left", private)]
    fn class_left(vm: &mut Vm, _this: Value) -> usize {
        shared(vm).0.twister().left()
    }

    #[method("rand")]
    fn rand(vm: &mut Vm, this: Value, limit: Option<Value>) -> RResult {
        let source = Source::Object(this);
        bounded(vm, source, limit)
    }

    #[method("bytes")]
    fn bytes(vm: &mut Vm, this: Value, count: usize) -> RResult {
        check_room(vm, count)?;
        let bytes = vm.native::<Generator>(this, "Random")?.0.bytes(count);
        vm.try_string(&bytes, Encoding::BINARY)
    }

    #[method("seed")]
    fn seed(vm: &mut Vm, this: Value) -> RResult {
        let seed = vm.native::<Generator>(this, "Random")?.0.seed().clone();
        Ok(vm.big(seed))
    }

    #[method("==")]
    fn equal(vm: &mut Vm, this: Value, other: Value) -> RResult<bool> {
        vm.native::<Generator>(this, "Random")?;
        let generator = |value| RData::new(value).and_then(|data| data.read::<Generator>(&vm.heap));
        let (Some(ours), Some(theirs)) = (generator(this), generator(other)) else { return Ok(false) };
        Ok(ours.0 == theirs.0)
    }

    #[singleton("rand")]
    fn class_rand(vm: &mut Vm, _this: Value, limit: Option<Value>) -> RResult {
        bounded(vm, Source::Shared, limit)
    }

    #[singleton("random_number")]
    fn class_random_number(vm: &mut Vm, _this: Value, limit: Option<Value>) -> RResult {
        random_number(vm, Source::Shared, limit)
    }

    #[method("random_number")]
    fn random_number(vm: &mut Vm, this: Value, limit: Option<Value>) -> RResult {
        random_number(vm, Source::Object(this), limit)
    }

    #[singleton("bytes")]
    fn class_bytes(vm: &mut Vm, _this: Value, count: usize) -> RResult {
        check_room(vm, count)?;
        let bytes = shared(vm).0.bytes(count);
        vm.try_string(&bytes, Encoding::BINARY)
    }

    #[singleton("urandom")]
    fn urandom(vm: &mut Vm, _this: Value, count: usize) -> RResult {
        check_room(vm, count)?;
        let bytes = Random::new(fresh_seed()).bytes(count);
        vm.try_string(&bytes, Encoding::BINARY)
    }

    #[singleton("seed")]
    fn class_seed(vm: &mut Vm, _this: Value) -> Value {
        let seed = shared(vm).0.seed().clone();
        vm.big(seed)
    }

    #[singleton("new_seed")]
    fn new_seed(vm: &mut Vm, _this: Value) -> Value {
        vm.big(fresh_seed())
    }

    #[singleton("srand")]
    fn class_srand(vm: &mut Vm, _this: Value, seed: Option<BigInt>) -> Value {
        reseed(vm, seed)
    }
}

/// `Kernel#rand`, `Kernel#srand`.
pub struct Functions;

#[ruby_methods("Kernel")]
impl Functions {
    #[module_function("rand")]
    fn rand(vm: &mut Vm, _this: Value, limit: Option<Value>) -> RResult {
        match limit.unwrap_or(Value::NIL) {
            Value::NIL | Value::FALSE => Ok(float(vm, Source::Shared, 1.0)?),
            limit if RRange::new(limit).is_some() => {
                let range = RRange::new(limit).map(|range| in_range(vm, Source::Shared, range));
                Ok(range.transpose()?.flatten().unwrap_or(Value::NIL))
            }
            limit => {
                let count = vm.to_bigint(limit)?.abs();
                if count.is_zero() {
                    return float(vm, Source::Shared, 1.0);
                }
                below(vm, Source::Shared, &count)
            }
        }
    }

    #[module_function("srand")]
    fn srand(vm: &mut Vm, _this: Value, seed: Option<BigInt>) -> Value {
        reseed(vm, seed)
    }
}

fn reseed(vm: &mut Vm, seed: Option<BigInt>) -> Value {
    let generator = shared(vm);
    let old = generator.0.seed().clone();
    generator.0 = Random::new(seed.unwrap_or_else(fresh_seed));
    vm.big(old)
}

/// What gives the numbers.
#[derive(Clone, Copy)]
enum Source {
    Shared,
    Object(Value),
    /// An object with `bytes`.
    Bytes(Value),
}

impl Source {
    fn generator(self, vm: &mut Vm) -> RResult<&mut Random> {
        match self {
            Source::Shared => Ok(&mut shared(vm).0),
            Source::Object(object) | Source::Bytes(object) => Ok(&mut vm.native::<Generator>(object, "Random")?.0),
        }
    }

    /// A number in `0.0...1.0`.
    fn float(self, vm: &mut Vm) -> RResult<f64> {
        match self {
            Source::Bytes(object) => numeric::random::float(&mut || next_word(vm, object)),
            _ => Ok(self.generator(vm)?.float()),
        }
    }

    /// A number in `0.0..1.0`.
    fn float_inclusive(self, vm: &mut Vm) -> RResult<f64> {
        match self {
            Source::Bytes(object) => numeric::random::float_inclusive(&mut || next_word(vm, object)),
            _ => Ok(self.generator(vm)?.float_inclusive()),
        }
    }

    /// A number in `0...count`; None when there is none.
    fn below(self, vm: &mut Vm, count: &BigInt) -> RResult<Option<BigInt>> {
        match self {
            Source::Bytes(object) => numeric::random::below(&mut || next_word(vm, object), count),
            _ => Ok(self.generator(vm)?.below(count)),
        }
    }
}

/// 32 bits of an object's `bytes`.
fn next_word(vm: &mut Vm, object: Value) -> RResult<u32> {
    let bytes = vm.send(object, "bytes", &[Value::small(4)])?;
    let Some(bytes) = vm::RString::new(bytes) else {
        let class = vm.class_name_of(bytes);
        return Err(vm.type_error(&format!("wrong argument type {class} (expected String)")));
    };
    match bytes.bytes().first_chunk() {
        Some(word) => Ok(u32::from_le_bytes(*word)),
        None => {
            let class = vm.core.range_error;
            let text = format!("random data too short {}", bytes.len());
            Err(vm.raise(class, &text))
        }
    }
}

fn float(vm: &mut Vm, source: Source, limit: f64) -> RResult {
    let number = source.float(vm)?;
    Ok(vm.float(number * limit))
}

fn below(vm: &mut Vm, source: Source, count: &BigInt) -> RResult {
    Ok(source.below(vm, count)?.map_or(Value::NIL, |number| vm.big(number)))
}

/// Numbers of whatever has `bytes`; `random/formatter` adds texts.
pub struct Formatter;

#[ruby_methods("Random::Formatter")]
impl Formatter {
    #[method("random_number", "rand")]
    fn random_number(vm: &mut Vm, this: Value, limit: Option<Value>) -> RResult {
        random_number(vm, Source::Bytes(this), limit)
    }
}

fn invalid(vm: &mut Vm, limit: Value) -> vm::Raised {
    match vm.to_s_text(limit) {
        Ok(text) => vm.argument_error(&format!("invalid argument - {text}")),
        Err(raised) => raised,
    }
}

/// `Random#rand`: a float without argument, below a positive number, within a Range.
fn bounded(vm: &mut Vm, source: Source, limit: Option<Value>) -> RResult {
    let Some(limit) = limit else { return float(vm, source, 1.0) };
    if limit.is_nil() {
        return Err(invalid(vm, limit));
    }
    if let Some(number) = objects::number::float_of(limit) {
        if !number.is_finite() {
            let class = vm.class_at("Errno::EDOM");
            return Err(vm.raise(class, "Numerical argument out of domain"));
        }
        if number <= 0.0 {
            return Err(invalid(vm, limit));
        }
        return float(vm, source, number);
    }
    if let Some(range) = RRange::new(limit) {
        return match in_range(vm, source, range)? {
            Some(number) => Ok(number),
            None => Err(invalid(vm, limit)),
        };
    }
    let count = vm.to_bigint(limit)?;
    if !count.is_positive() {
        return Err(invalid(vm, limit));
    }
    below(vm, source, &count)
}

/// `random_number`: as `rand`, but a limit that leaves no number gives a float.
fn random_number(vm: &mut Vm, source: Source, limit: Option<Value>) -> RResult {
    let Some(limit) = limit.filter(|limit| !limit.is_nil()) else { return float(vm, source, 1.0) };
    let found = if let Some(range) = RRange::new(limit) {
        if !range.high().is_nil() && !vm.responds_to(range.high(), sym::SUB, false)? {
            return Err(invalid(vm, limit));
        }
        in_range(vm, source, range)?
    } else if objects::number::float_of(limit).is_some_and(|number| number <= 0.0) {
        None
    } else if objects::number::float_of(limit).is_some() {
        Some(bounded(vm, source, Some(limit))?)
    } else {
        let Some(count) = integer_limit(vm, limit)? else { return Err(invalid(vm, limit)) };
        source.below(vm, &count)?.map(|number| vm.big(number))
    };
    found.map_or_else(|| float(vm, source, 1.0), Ok)
}

/// The Integer that a limit is or converts to.
fn integer_limit(vm: &mut Vm, limit: Value) -> RResult<Option<BigInt>> {
    let converted = if limit.is_fixnum() { Some(limit) } else { vm.call_if_responds(limit, sym::TO_INT, &[])? };
    Ok(converted.and_then(objects::number::integer_of))
}

/// A number within a Range; None when it is empty.
fn in_range(vm: &mut Vm, source: Source, range: RRange) -> RResult<Option<Value>> {
    let (low, high) = (range.low(), range.high());
    if low.is_nil() || high.is_nil() {
        let class = vm.class_at("Errno::EDOM");
        return Err(vm.raise(class, "Numerical argument out of domain"));
    }
    if let (Some(start), Some(end)) = (objects::number::integer_of(low), objects::number::integer_of(high)) {
        let count = if range.is_exclusive() { end - &start } else { end - &start + 1 };
        let found = source.below(vm, &count)?;
        return Ok(found.map(|number| vm.big(start + number)));
    }
    if objects::number::float_of(low).is_none() && objects::number::float_of(high).is_none() {
        let span = vm.call(high, sym::SUB, &[low])?;
        let span = vm.to_bigint(span)?;
        let count = if range.is_exclusive() { span } else { span + 1 };
        let Some(found) = source.below(vm, &count)? else { return Ok(None) };
        let found = vm.big(found);
        return vm.call(low, sym::ADD, &[found]).map(Some);
    }
    let (start, end) = (vm.to_f64(low)?, vm.to_f64(high)?);
    if end < start || range.is_exclusive() && end == start {
        return Ok(None);
    }
    let part = if range.is_exclusive() { source.float(vm)? } else { source.float_inclusive(vm)? };
    Ok(Some(vm.float(part * (end - start) + start)))
}

/// The allocator, and Random::Formatter in Random's instances and itself.
pub fn init(vm: &mut Vm) {
    let class = vm.core.random;
    vm.set_allocator(class, |vm, class| Ok(vm.data(class, Box::new(Generator(Random::new(BigInt::zero()))))));
    let (class, formatter) = (vm.class_view(class), vm.class_at("Random::Formatter"));
    let singleton = vm.singleton_class(class.value());
    for target in [Some(class), singleton].into_iter().flatten() {
        vm.include_module(target, vm.class_view(formatter));
    }
}
