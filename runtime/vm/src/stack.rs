//! The VM stack with guard room, and the bounds of native stacks.

use abi::frame::{Frame, Registers};
use bytecode::FRAME_HEADER;
use heap::Tracer;

/// Registers kept free behind the limit, for natives' small frames and error handling.
const HEADROOM: usize = 4096;
/// Words above the registers of an interpreted frame that may hold something: a callee's header.
const ABOVE: usize = FRAME_HEADER as usize;
/// Bytes of native stack kept free for error handling.
const NATIVE_HEADROOM: usize = 256 * 1024;

/// Reserved memory for frames; pages appear when touched.
pub struct VmStack {
    base: Registers,
    words: usize,
}

impl VmStack {
    /// Reserves a stack of `bytes`.
    pub fn reserve(bytes: usize) -> Result<VmStack, String> {
        let bytes = bytes.max(64 * 1024).next_multiple_of(4096);
        // SAFETY: an anonymous private mapping at an address of the kernel's choice.
        let base = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                bytes,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        if base == libc::MAP_FAILED {
            return Err(format!("cannot reserve {bytes} bytes for the VM stack: {}", std::io::Error::last_os_error()));
        }
        Ok(VmStack { base: base.cast(), words: bytes / 8 })
    }

    /// No stack at all, in place of one that is elsewhere.
    pub fn none() -> VmStack {
        VmStack { base: std::ptr::null_mut(), words: 0 }
    }

    /// Frames must end below this.
    pub fn limit(&self) -> Registers {
        if self.words == 0 {
            return self.base;
        }
        // SAFETY: inside the mapping: it has at least 8192 words.
        unsafe { self.base.add(self.words - HEADROOM) }
    }

    /// First word.
    pub fn base(&self) -> Registers {
        self.base
    }

    /// Does the address lie on this stack?
    pub fn contains(&self, address: u64) -> bool {
        let base = self.base as u64;
        address >= base && address < base + self.words as u64 * 8
    }

    /// Reports what the frames from `fp` outwards need: of those that wait for a callee the registers that are live where they
    /// wait, all of the innermost one and what lies above it: what machine code of its unit keeps there, and up to `binding`
    /// the parameters of a callee that are being bound. Words are tested for being references: machine code leaves registers
    /// unwritten that it keeps elsewhere.
    pub(crate) fn trace(&self, tracer: &mut Tracer<'_>, fp: Registers, binding: Registers) {
        // SAFETY: `fp` is null or the innermost frame on this stack, whose links lead to the outermost one.
        unsafe {
            let Some(innermost) = Frame::at(fp) else { return };
            let code = innermost.code();
            let above = if code.has_machine_code.get() { HEADROOM } else { ABOVE };
            let end = fp.add(code.registers as usize + above).max(binding).min(self.base.add(self.words));
            let mut start = fp.sub(FRAME_HEADER as usize);
            tracer.words(start.cast(), end.cast());
            let mut outer = innermost.caller();
            while let Some(frame) = outer {
                trace_waiting(tracer, frame, start);
                start = frame.registers().sub(FRAME_HEADER as usize);
                outer = frame.caller();
            }
        }
    }
}

/// Reports what a frame needs that waits for its callee, whose header begins at `end`.
///
/// # Safety
/// The frame is alive, and its registers and header lie below `end`.
unsafe fn trace_waiting(tracer: &mut Tracer<'_>, frame: Frame, end: Registers) {
    let fp = frame.registers();
    // SAFETY: by the caller.
    unsafe {
        tracer.words(fp.sub(FRAME_HEADER as usize).cast(), fp.cast());
        let word = |register: u16| fp.add(register as usize);
        let known = frame.code().each_live(frame.pc(), &mut |register| {
            if word(register) < end {
                tracer.words(word(register).cast(), word(register + 1).cast());
            }
        });
        if !known {
            tracer.words(fp.cast(), end.cast());
        }
    }
}

impl Drop for VmStack {
    fn drop(&mut self) {
        if self.words == 0 {
            return;
        }
        // SAFETY: the mapping made in `reserve`, not used any more.
        unsafe { libc::munmap(self.base.cast(), self.words * 8) };
    }
}

/// Bounds of the native stack that runs Ruby code.
pub struct NativeStack {
    base: usize,
    limit: usize,
}

impl NativeStack {
    /// Asks the system for the bounds of the current thread's stack.
    pub fn of_this_thread() -> NativeStack {
        // SAFETY: plain queries about the calling thread; the attribute is destroyed again.
        unsafe {
            let mut attribute: libc::pthread_attr_t = std::mem::zeroed();
            let mut low: *mut libc::c_void = std::ptr::null_mut();
            let mut bytes: libc::size_t = 0;
            if libc::pthread_getattr_np(libc::pthread_self(), &mut attribute) == 0 {
                libc::pthread_attr_getstack(&attribute, &mut low, &mut bytes);
                libc::pthread_attr_destroy(&mut attribute);
            }
            NativeStack { base: low as usize + bytes, limit: low as usize + NATIVE_HEADROOM.min(bytes / 2) }
        }
    }

    /// A stack between two addresses (a fiber's).
    pub fn between(low: usize, base: usize) -> NativeStack {
        NativeStack { base, limit: low + NATIVE_HEADROOM.min((base - low) / 4) }
    }

    /// Highest address.
    pub fn base(&self) -> usize {
        self.base
    }

    /// The stack pointer must stay above this.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Scans a stack from its top; null when it never ran.
    pub(crate) fn trace_from(&self, tracer: &mut Tracer<'_>, top: *const u64) {
        if !top.is_null() {
            // SAFETY: `top` was noted when the stack was left or the collection began, and lies below the base of the same live stack.
            unsafe { tracer.words(top, self.base as *const u64) };
        }
    }
}

/// Address near the stack pointer, for depth checks.
#[inline(always)]
pub fn native_position() -> usize {
    let marker = 0u8;
    std::hint::black_box(std::ptr::from_ref(&marker)) as usize
}
