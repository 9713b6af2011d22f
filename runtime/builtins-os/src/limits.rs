//! Limits of the process's resources: their names and values, `Process.getrlimit` and `setrlimit`.

use crate::errors::check;
use macros::ruby_methods;
use num_bigint::BigInt;
use vm::{RArray, RResult, RString, Value, Vm};

/// Resources by name, as `Process::RLIMIT_` constants name them.
const RESOURCES: &[(&str, u32)] = &[
    ("AS", libc::RLIMIT_AS),
    ("CORE", libc::RLIMIT_CORE),
    ("CPU", libc::RLIMIT_CPU),
    ("DATA", libc::RLIMIT_DATA),
    ("FSIZE", libc::RLIMIT_FSIZE),
    ("MEMLOCK", libc::RLIMIT_MEMLOCK),
    ("MSGQUEUE", libc::RLIMIT_MSGQUEUE),
    ("NICE", libc::RLIMIT_NICE),
    ("NOFILE", libc::RLIMIT_NOFILE),
    ("NPROC", libc::RLIMIT_NPROC),
    ("RSS", libc::RLIMIT_RSS),
    ("RTPRIO", libc::RLIMIT_RTPRIO),
    ("RTTIME", libc::RLIMIT_RTTIME),
    ("SIGPENDING", libc::RLIMIT_SIGPENDING),
    ("STACK", libc::RLIMIT_STACK),
];

/// Constants.
pub fn init(vm: &mut Vm) {
    let process = vm.class_view(vm.core.process);
    for &(name, number) in RESOURCES {
        let name = vm.intern(&format!("RLIMIT_{name}"));
        vm.set_constant_raw(process, name, Value::small(i64::from(number)));
    }
    for name in ["RLIM_INFINITY", "RLIM_SAVED_MAX", "RLIM_SAVED_CUR"] {
        let name = vm.intern(name);
        let value = unsigned(vm, libc::RLIM_INFINITY);
        vm.set_constant_raw(process, name, value);
    }
}

fn unsigned(vm: &mut Vm, number: u64) -> Value {
    match i64::try_from(number) {
        Ok(number) => vm.int(number),
        Err(_) => vm.big(BigInt::from(number)),
    }
}

/// The resource of a name in capital or small letters.
pub fn resource_named(name: &str) -> Option<u32> {
    let is_one_case = name.chars().all(char::is_uppercase) || name.chars().all(char::is_lowercase);
    RESOURCES.iter().find(|(known, _)| is_one_case && known.eq_ignore_ascii_case(name)).map(|&(_, number)| number)
}

/// The text of a Symbol or String.
fn name_of(vm: &mut Vm, value: Value) -> RResult<Option<String>> {
    match value.as_symbol() {
        Some(name) => Ok(Some(vm.symbols.text(name).into_owned())),
        None => Ok(vm.try_to_str(value)?.map(RString::to_text)),
    }
}

fn resource(vm: &mut Vm, value: Value) -> RResult<u32> {
    match name_of(vm, value)? {
        Some(name) => match resource_named(&name).filter(|_| name.chars().all(char::is_uppercase)) {
            Some(number) => Ok(number),
            None => Err(vm.argument_error(&format!("invalid resource name: {name}"))),
        },
        None => Ok(vm.to_i64(value)? as u32),
    }
}

fn limit(vm: &mut Vm, value: Value) -> RResult<u64> {
    match name_of(vm, value)? {
        Some(name) if matches!(name.as_str(), "INFINITY" | "SAVED_MAX" | "SAVED_CUR") => Ok(libc::RLIM_INFINITY),
        Some(name) => Err(vm.argument_error(&format!("invalid resource value: {name}"))),
        None => Ok(u64::try_from(vm.to_bigint(value)? & BigInt::from(u64::MAX)).unwrap_or(libc::RLIM_INFINITY)),
    }
}

/// The soft and the hard limit of a `rlimit_` option.
pub fn limit_pair(vm: &mut Vm, value: Value) -> RResult<(u64, u64)> {
    let Some(list) = RArray::new(value) else {
        let both = limit(vm, value)?;
        return Ok((both, both));
    };
    let (soft, hard) = (list.get(0), list.get(1));
    match (soft, list.len()) {
        (Some(soft), 1 | 2) => Ok((limit(vm, soft)?, limit(vm, hard.unwrap_or(soft))?)),
        _ => Err(vm.argument_error("wrong exec rlimit value")),
    }
}

/// Limits.
pub struct Limits;

#[ruby_methods("Process")]
impl Limits {
    /// `Process.getrlimit(resource) -> [soft, hard]`
    #[module_function("getrlimit")]
    fn get(vm: &mut Vm, _this: Value, name: Value) -> RResult {
        let number = resource(vm, name)?;
        let (soft, hard) = check(vm, crate::sys::limits(number), "getrlimit")?;
        let pair = [unsigned(vm, soft), unsigned(vm, hard)];
        Ok(vm.array(&pair))
    }

    /// `Process.setrlimit(resource, soft, hard = soft)`
    #[module_function("setrlimit")]
    fn set(vm: &mut Vm, _this: Value, name: Value, soft: Value, hard: Option<Value>) -> RResult<()> {
        let number = resource(vm, name)?;
        let (soft, hard) = (limit(vm, soft)?, limit(vm, hard.unwrap_or(soft))?);
        check(vm, crate::sys::set_limits(number, soft, hard), "setrlimit")
    }
}
