//! System calls about sockets. Addresses and options are bytes here, as Ruby programs see and make them.
//!
//! Invariant: no call waits, but for `names_of` and `addresses_of`, which ask name services.

use libc::{c_int, socklen_t};
use std::ffi::{CStr, CString};
use std::io::{Error, Result};
use std::mem::{MaybeUninit, size_of};
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::ptr::null_mut;

/// Room for any address.
const ADDRESS_BYTES: usize = size_of::<libc::sockaddr_storage>();

/// Flags of all sockets that are made: reads and writes do not wait, children do not inherit.
const MADE: c_int = libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;

fn check(result: c_int) -> Result<c_int> {
    if result < 0 { Err(Error::last_os_error()) } else { Ok(result) }
}

fn check_size(result: isize) -> Result<usize> {
    usize::try_from(result).map_err(|_| Error::last_os_error())
}

/// A new descriptor that a call has just made.
fn owned(descriptor: c_int) -> Result<OwnedFd> {
    let descriptor = check(descriptor)?;
    // SAFETY: the call that the number comes from has made the descriptor for us.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

/// Runs a call that fills in an address.
fn with_address(call: impl FnOnce(*mut libc::sockaddr, *mut socklen_t) -> c_int) -> Result<(c_int, Vec<u8>)> {
    let mut address = vec![0u8; ADDRESS_BYTES];
    let mut length = ADDRESS_BYTES as socklen_t;
    let result = check(call(address.as_mut_ptr().cast(), &mut length))?;
    address.truncate((length as usize).min(ADDRESS_BYTES));
    Ok((result, address))
}

/// A socket.
pub fn socket(family: i32, kind: i32, protocol: i32) -> Result<OwnedFd> {
    // SAFETY: takes numbers only.
    owned(unsafe { libc::socket(family, kind | MADE, protocol) })
}

/// Two sockets that are connected.
pub fn pair(family: i32, kind: i32, protocol: i32) -> Result<[OwnedFd; 2]> {
    let mut pair: [c_int; 2] = [-1; 2];
    // SAFETY: there is room for two numbers.
    check(unsafe { libc::socketpair(family, kind | MADE, protocol, pair.as_mut_ptr()) })?;
    Ok([owned(pair[0])?, owned(pair[1])?])
}

/// Begins to connect.
pub fn connect(socket: RawFd, address: &[u8]) -> Result<()> {
    // SAFETY: the address has as many bytes as are told.
    check(unsafe { libc::connect(socket, address.as_ptr().cast(), address.len() as socklen_t) }).map(drop)
}

/// Gives a socket its address.
pub fn bind(socket: RawFd, address: &[u8]) -> Result<()> {
    // SAFETY: the address has as many bytes as are told.
    check(unsafe { libc::bind(socket, address.as_ptr().cast(), address.len() as socklen_t) }).map(drop)
}

/// Takes connections from now on.
pub fn listen(socket: RawFd, backlog: i32) -> Result<()> {
    // SAFETY: takes numbers only.
    check(unsafe { libc::listen(socket, backlog) }).map(drop)
}

/// The next connection and the address that it comes from.
pub fn accept(socket: RawFd) -> Result<(OwnedFd, Vec<u8>)> {
    // SAFETY: there is room for an address.
    let (descriptor, address) = with_address(|address, length| unsafe { libc::accept4(socket, address, length, MADE) })?;
    Ok((owned(descriptor)?, address))
}

/// Ends one direction, or both.
pub fn shutdown(socket: RawFd, how: i32) -> Result<()> {
    // SAFETY: takes numbers only.
    check(unsafe { libc::shutdown(socket, how) }).map(drop)
}

/// The address of this end.
pub fn local_address(socket: RawFd) -> Result<Vec<u8>> {
    // SAFETY: there is room for an address.
    Ok(with_address(|address, length| unsafe { libc::getsockname(socket, address, length) })?.1)
}

/// The address of the other end.
pub fn remote_address(socket: RawFd) -> Result<Vec<u8>> {
    // SAFETY: there is room for an address.
    Ok(with_address(|address, length| unsafe { libc::getpeername(socket, address, length) })?.1)
}

/// The bytes of an option, `size` at most.
pub fn option(socket: RawFd, level: i32, name: i32, size: usize) -> Result<Vec<u8>> {
    let mut value = vec![0u8; size];
    let mut length = size as socklen_t;
    // SAFETY: there is room for as many bytes as are told.
    check(unsafe { libc::getsockopt(socket, level, name, value.as_mut_ptr().cast(), &mut length) })?;
    value.truncate(length as usize);
    Ok(value)
}

/// Sets an option to bytes.
pub fn set_option(socket: RawFd, level: i32, name: i32, value: &[u8]) -> Result<()> {
    // SAFETY: the value has as many bytes as are told.
    check(unsafe { libc::setsockopt(socket, level, name, value.as_ptr().cast(), value.len() as socklen_t) }).map(drop)
}

/// Data beside the bytes of a message.
#[derive(Clone)]
pub struct Control {
    pub level: i32,
    pub kind: i32,
    pub data: Vec<u8>,
}

/// A message as it was received.
pub struct Message {
    pub bytes: Vec<u8>,
    pub address: Vec<u8>,
    pub flags: i32,
    pub controls: Vec<Control>,
}

/// Words with room for control data, as they must lie.
fn control_room(bytes: usize) -> Vec<u64> {
    vec![0; bytes.div_ceil(size_of::<u64>())]
}

fn header(bytes: &mut libc::iovec, address: &mut [u8], controls: &mut [u64], control_bytes: usize) -> libc::msghdr {
    // SAFETY: a structure of numbers and pointers, all of which may be zero.
    let mut header: libc::msghdr = unsafe { MaybeUninit::zeroed().assume_init() };
    header.msg_iov = bytes;
    header.msg_iovlen = 1;
    if !address.is_empty() {
        header.msg_name = address.as_mut_ptr().cast();
        header.msg_namelen = address.len() as socklen_t;
    }
    if control_bytes > 0 {
        header.msg_control = controls.as_mut_ptr().cast();
        header.msg_controllen = control_bytes as _;
    }
    header
}

/// Sends bytes with control data, to an address or to the other end; how many bytes were taken.
pub fn send(socket: RawFd, bytes: &[u8], flags: i32, address: &[u8], controls: &[Control]) -> Result<usize> {
    let mut part = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    let mut address = address.to_vec();
    // SAFETY: computes sizes.
    let room: usize = controls.iter().map(|control| unsafe { libc::CMSG_SPACE(control.data.len() as u32) } as usize).sum();
    let mut space = control_room(room);
    let mut header = header(&mut part, &mut address, &mut space, room);
    // SAFETY: the space has room for all control data; its pointers are used while it lives. The bytes are only read.
    unsafe {
        let mut next = libc::CMSG_FIRSTHDR(&header);
        for control in controls {
            if next.is_null() {
                break;
            }
            (*next).cmsg_level = control.level;
            (*next).cmsg_type = control.kind;
            (*next).cmsg_len = libc::CMSG_LEN(control.data.len() as u32) as _;
            libc::CMSG_DATA(next).copy_from_nonoverlapping(control.data.as_ptr(), control.data.len());
            next = libc::CMSG_NXTHDR(&raw mut header, next);
        }
        check_size(libc::sendmsg(socket, &header, flags | libc::MSG_NOSIGNAL | libc::MSG_DONTWAIT))
    }
}

/// Receives at most so many bytes and bytes of control data.
pub fn receive(socket: RawFd, size: usize, flags: i32, control_size: usize) -> Result<Message> {
    let mut bytes = vec![0u8; size];
    let mut part = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: size };
    let mut address = vec![0u8; ADDRESS_BYTES];
    let mut space = control_room(control_size);
    let mut header = header(&mut part, &mut address, &mut space, control_size);
    // SAFETY: bytes, address and control data have as much room as the header tells, and live until it was read.
    let (count, controls) = unsafe {
        let count = check_size(libc::recvmsg(socket, &mut header, flags | libc::MSG_CMSG_CLOEXEC | libc::MSG_DONTWAIT))?;
        (count, controls_of(&header))
    };
    bytes.truncate(count);
    address.truncate((header.msg_namelen as usize).min(ADDRESS_BYTES));
    Ok(Message { bytes, address, flags: header.msg_flags, controls })
}

/// What the kernel has filled in as control data.
unsafe fn controls_of(header: &libc::msghdr) -> Vec<Control> {
    let mut controls = Vec::new();
    // SAFETY: as the caller promises, the kernel has filled in the header.
    unsafe {
        let mut next = libc::CMSG_FIRSTHDR(header);
        while let Some(control) = next.as_ref() {
            let length = control.cmsg_len.saturating_sub(libc::CMSG_LEN(0) as usize);
            let data = std::slice::from_raw_parts(libc::CMSG_DATA(next), length).to_vec();
            controls.push(Control { level: control.cmsg_level, kind: control.cmsg_type, data });
            next = libc::CMSG_NXTHDR(header, next);
        }
    }
    controls
}

/// A descriptor that came with a message and belongs to nobody yet.
pub fn received_descriptor(number: i32) -> OwnedFd {
    // SAFETY: the kernel has made the descriptor for the receiver of the message; each is taken once.
    unsafe { OwnedFd::from_raw_fd(number) }
}

/// What a name service says about a name.
pub struct Found {
    pub address: Vec<u8>,
    pub family: i32,
    pub kind: i32,
    pub protocol: i32,
    pub canonical_name: Option<Vec<u8>>,
}

/// What is asked for.
#[derive(Clone, Copy)]
pub struct Hints {
    pub family: i32,
    pub kind: i32,
    pub protocol: i32,
    pub flags: i32,
}

/// The number of an error of name services.
pub struct NameFault(pub i32);

impl NameFault {
    /// What it says.
    pub fn message(&self) -> String {
        // SAFETY: gives a constant text for each number.
        unsafe { CStr::from_ptr(libc::gai_strerror(self.0)) }.to_string_lossy().into_owned()
    }
}

/// The addresses of a host and service.
pub fn addresses_of(host: Option<&CString>, service: Option<&CString>, hints: Hints) -> std::result::Result<Vec<Found>, NameFault> {
    // SAFETY: a structure of numbers and pointers, all of which may be zero.
    let mut wanted: libc::addrinfo = unsafe { MaybeUninit::zeroed().assume_init() };
    (wanted.ai_family, wanted.ai_socktype, wanted.ai_protocol, wanted.ai_flags) = (hints.family, hints.kind, hints.protocol, hints.flags);
    let [host, service] = [host, service].map(|text| text.map_or(std::ptr::null(), |text| text.as_ptr()));
    let mut first = null_mut();
    // SAFETY: null or texts that end in a zero byte; the list is copied and freed.
    unsafe {
        match libc::getaddrinfo(host, service, &wanted, &mut first) {
            0 => {
                let list = found_list(first);
                libc::freeaddrinfo(first);
                Ok(list)
            }
            number => Err(NameFault(number)),
        }
    }
}

unsafe fn found_list(first: *const libc::addrinfo) -> Vec<Found> {
    let mut list = Vec::new();
    let mut next = first;
    // SAFETY: the list is libc's, each part valid while it is.
    unsafe {
        while let Some(found) = next.as_ref() {
            let address = std::slice::from_raw_parts(found.ai_addr.cast::<u8>(), found.ai_addrlen as usize).to_vec();
            let canonical_name = (!found.ai_canonname.is_null()).then(|| CStr::from_ptr(found.ai_canonname).to_bytes().to_vec());
            list.push(Found { address, family: found.ai_family, kind: found.ai_socktype, protocol: found.ai_protocol, canonical_name });
            next = found.ai_next;
        }
    }
    list
}

/// Host and service of an address.
pub fn names_of(address: &[u8], flags: i32) -> std::result::Result<(Vec<u8>, Vec<u8>), NameFault> {
    let (mut host, mut service) = ([0u8; 1025], [0u8; 32]);
    // SAFETY: the address and the room for texts have as many bytes as are told.
    let number = unsafe {
        libc::getnameinfo(
            address.as_ptr().cast(),
            address.len() as socklen_t,
            host.as_mut_ptr().cast(),
            host.len() as socklen_t,
            service.as_mut_ptr().cast(),
            service.len() as socklen_t,
            flags,
        )
    };
    let text = |bytes: &[u8]| bytes.split(|&byte| byte == 0).next().unwrap_or_default().to_vec();
    if number == 0 { Ok((text(&host), text(&service))) } else { Err(NameFault(number)) }
}

/// A network interface with one of its addresses.
pub struct Interface {
    pub name: Vec<u8>,
    pub flags: u32,
    pub address: Option<Vec<u8>>,
    pub netmask: Option<Vec<u8>>,
    pub broadcast: Option<Vec<u8>>,
}

/// All network interfaces.
pub fn interfaces() -> Result<Vec<Interface>> {
    let mut first = null_mut();
    // SAFETY: libc makes the list, which is copied and freed.
    unsafe {
        check(libc::getifaddrs(&mut first))?;
        let mut list = Vec::new();
        let mut next = first;
        while let Some(found) = next.as_ref() {
            list.push(Interface {
                name: CStr::from_ptr(found.ifa_name).to_bytes().to_vec(),
                flags: found.ifa_flags,
                address: address_at(found.ifa_addr),
                netmask: address_at(found.ifa_netmask),
                broadcast: address_at(found.ifa_ifu),
            });
            next = found.ifa_next;
        }
        libc::freeifaddrs(first);
        Ok(list)
    }
}

/// The bytes of an address whose family tells its length.
unsafe fn address_at(address: *const libc::sockaddr) -> Option<Vec<u8>> {
    // SAFETY: null or an address of libc's.
    unsafe {
        let length = match i32::from(address.as_ref()?.sa_family) {
            libc::AF_INET => size_of::<libc::sockaddr_in>(),
            libc::AF_INET6 => size_of::<libc::sockaddr_in6>(),
            libc::AF_PACKET => size_of::<libc::sockaddr_ll>(),
            _ => size_of::<libc::sockaddr>(),
        };
        Some(std::slice::from_raw_parts(address.cast::<u8>(), length).to_vec())
    }
}

/// The index of a network interface.
pub fn interface_index(name: &CStr) -> Result<u32> {
    // SAFETY: the text ends in a zero byte.
    match unsafe { libc::if_nametoindex(name.as_ptr()) } {
        0 => Err(Error::last_os_error()),
        index => Ok(index),
    }
}

/// The name of this host.
pub fn host_name() -> Result<Vec<u8>> {
    let mut name = [0u8; 256];
    // SAFETY: there is room for as many bytes as are told.
    check(unsafe { libc::gethostname(name.as_mut_ptr().cast(), name.len()) })?;
    Ok(name.split(|&byte| byte == 0).next().unwrap_or_default().to_vec())
}

/// Makes a descriptor that waits for nothing.
pub fn set_nonblocking(socket: RawFd) -> Result<()> {
    // SAFETY: takes numbers only.
    unsafe {
        let flags = check(libc::fcntl(socket, libc::F_GETFL))?;
        check(libc::fcntl(socket, libc::F_SETFL, flags | libc::O_NONBLOCK)).map(drop)
    }
}

/// Is the descriptor that of a socket?
pub fn is_socket(descriptor: RawFd) -> Result<()> {
    option(descriptor, libc::SOL_SOCKET, libc::SO_TYPE, size_of::<c_int>()).map(drop)
}
