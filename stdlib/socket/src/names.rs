//! Hosts, services and network interfaces, as functions of Socket that its Ruby part is made of.

use crate::sys::{self, Hints, NameFault};
use macros::ruby_methods;
use std::ffi::CString;
use text::Encoding;
use vm::{RResult, RString, Raised, Value, Vm};

/// A text without zero bytes; nil for none.
fn c_string(vm: &mut Vm, value: Value) -> RResult<Option<CString>> {
    if value.is_nil() {
        return Ok(None);
    }
    let text = vm.to_str(value)?;
    CString::new(text.bytes()).map(Some).map_err(|_| vm.argument_error("string contains null byte"))
}

/// Socket::ResolutionError with the number of the error.
fn resolution_error(vm: &mut Vm, call: &str, fault: &NameFault) -> Raised {
    let class = vm.class_at("Socket::ResolutionError");
    let message = vm.str(&format!("{call}: {}", fault.message()));
    match vm.new_exception(class, message) {
        Ok(error) => {
            let name = vm.intern("@error_code");
            match vm.ivar_set(error, name, Value::small(fault.0.into())) {
                Ok(()) => vm.raise_exception(error),
                Err(raised) => raised,
            }
        }
        Err(raised) => raised,
    }
}

fn bytes_or_nil(vm: &mut Vm, bytes: Option<&[u8]>) -> RResult {
    bytes.map_or(Ok(Value::NIL), |bytes| vm.try_string(bytes, Encoding::BINARY))
}

/// Functions of Socket.
pub struct Names;

#[ruby_methods("Socket")]
impl Names {
    /// Address, family, type, protocol and canonical name of each that is found. Other threads run meanwhile.
    #[singleton("__getaddrinfo", private)]
    #[expect(clippy::too_many_arguments, reason = "what getaddrinfo is asked")]
    fn addresses(vm: &mut Vm, _this: Value, host: Value, service: Value, family: i64, kind: i64, protocol: i64, flags: i64) -> RResult {
        let (host, service) = (c_string(vm, host)?, c_string(vm, service)?);
        let hints = Hints { family: family as i32, kind: kind as i32, protocol: protocol as i32, flags: flags as i32 };
        let found = vm.blocking(move || sys::addresses_of(host.as_ref(), service.as_ref(), hints));
        let found = found.map_err(|fault| resolution_error(vm, "getaddrinfo", &fault))?;
        let list = vm.new_array();
        for each in &found {
            let address = vm.try_string(&each.address, Encoding::BINARY)?;
            let numbers = [each.family, each.kind, each.protocol].map(|number| Value::small(number.into()));
            let name = bytes_or_nil(vm, each.canonical_name.as_deref())?;
            let entry = vm.array(&[address, numbers[0], numbers[1], numbers[2], name]);
            vm.push(list, entry)?;
        }
        Ok(list.value())
    }

    /// Host and service of an address. Other threads run meanwhile.
    #[singleton("__getnameinfo", private)]
    fn names(vm: &mut Vm, _this: Value, address: RString, flags: i64) -> RResult {
        let address = address.bytes().to_vec();
        let names = vm.blocking(move || sys::names_of(&address, flags as i32));
        let (host, service) = names.map_err(|fault| resolution_error(vm, "getnameinfo", &fault))?;
        let pair = [vm.try_string(&host, Encoding::US_ASCII)?, vm.try_string(&service, Encoding::US_ASCII)?];
        Ok(vm.array(&pair))
    }

    #[singleton("gethostname")]
    fn host_name(vm: &mut Vm, _this: Value) -> RResult {
        let name = sys::host_name().map_err(|error| builtins_os::raise_io(vm, &error, "gethostname(3)"))?;
        vm.try_string(&name, Encoding::BINARY)
    }

    /// Name, index, flags, address, netmask and broadcast address of each interface.
    #[singleton("__interfaces", private)]
    fn interfaces(vm: &mut Vm, _this: Value) -> RResult {
        let found = sys::interfaces().map_err(|error| builtins_os::raise_io(vm, &error, "getifaddrs"))?;
        let list = vm.new_array();
        for each in &found {
            let index = CString::new(each.name.clone()).ok().and_then(|name| sys::interface_index(&name).ok()).unwrap_or(0);
            let name = vm.try_string(&each.name, Encoding::US_ASCII)?;
            let (index, flags) = (vm.int(index.into()), vm.int(each.flags.into()));
            let address = bytes_or_nil(vm, each.address.as_deref())?;
            let netmask = bytes_or_nil(vm, each.netmask.as_deref())?;
            let broadcast = bytes_or_nil(vm, each.broadcast.as_deref())?;
            let entry = vm.array(&[name, index, flags, address, netmask, broadcast]);
            vm.push(list, entry)?;
        }
        Ok(list.value())
    }

    /// The index of an interface with a name.
    #[singleton("__interface_index", private)]
    fn interface_index(vm: &mut Vm, _this: Value, name: Value) -> RResult<i64> {
        let name = c_string(vm, name)?.unwrap_or_default();
        let index = sys::interface_index(&name).map_err(|error| builtins_os::raise_io(vm, &error, "if_nametoindex"))?;
        Ok(index.into())
    }
}
