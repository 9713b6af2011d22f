//! The calls of zlib: a stream that owns its state, and checksums.
//!
//! Invariant: the pointers to input and output are set for one call and lead nowhere between calls.

use libc::{c_char, c_int, c_void};
use libz_sys as z;
use std::ffi::CStr;

unsafe extern "C" {
    fn inflateSyncPoint(stream: z::z_streamp) -> c_int;
}

/// What a stream does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Deflate,
    Inflate,
}

/// A stream of zlib.
pub struct Raw {
    stream: Box<z::z_stream>,
    direction: Direction,
}

/// What came of a call.
pub struct Step {
    /// zlib's number for it.
    pub code: i32,
    /// Bytes of the input that were taken.
    pub consumed: usize,
}

unsafe extern "C" fn allocate(_opaque: *mut c_void, count: z::uInt, size: z::uInt) -> *mut c_void {
    // SAFETY: `calloc` takes any sizes and checks their product.
    unsafe { libc::calloc(count as usize, size as usize) }
}

unsafe extern "C" fn release(_opaque: *mut c_void, memory: *mut c_void) {
    // SAFETY: zlib gives back what `allocate` gave it.
    unsafe { libc::free(memory) }
}

fn blank() -> Box<z::z_stream> {
    Box::new(z::z_stream {
        next_in: std::ptr::null_mut(),
        avail_in: 0,
        total_in: 0,
        next_out: std::ptr::null_mut(),
        avail_out: 0,
        total_out: 0,
        msg: std::ptr::null_mut(),
        state: std::ptr::null_mut(),
        zalloc: allocate,
        zfree: release,
        opaque: std::ptr::null_mut(),
        data_type: 0,
        adler: 0,
        reserved: 0,
    })
}

const STREAM_BYTES: c_int = size_of::<z::z_stream>() as c_int;

impl Raw {
    /// A stream that compresses, or the number of the error.
    pub fn deflate(level: i32, window_bits: i32, memory_level: i32, strategy: i32) -> Result<Raw, i32> {
        let mut stream = blank();
        // SAFETY: the stream is filled in as zlib asks for; it stays in its box, since its state points back to it.
        let code =
            unsafe { z::deflateInit2_(&mut *stream, level, z::Z_DEFLATED, window_bits, memory_level, strategy, z::zlibVersion(), STREAM_BYTES) };
        if code == z::Z_OK { Ok(Raw { stream, direction: Direction::Deflate }) } else { Err(code) }
    }

    /// A stream that uncompresses, or the number of the error.
    pub fn inflate(window_bits: i32) -> Result<Raw, i32> {
        let mut stream = blank();
        // SAFETY: as above.
        let code = unsafe { z::inflateInit2_(&mut *stream, window_bits, z::zlibVersion(), STREAM_BYTES) };
        if code == z::Z_OK { Ok(Raw { stream, direction: Direction::Inflate }) } else { Err(code) }
    }

    /// A stream that compresses and is where this one is.
    pub fn duplicate(&mut self) -> Result<Raw, i32> {
        let mut stream = blank();
        // SAFETY: `self` is initialised; zlib checks that it compresses.
        let code = unsafe { z::deflateCopy(&mut *stream, &mut *self.stream) };
        if code == z::Z_OK { Ok(Raw { stream, direction: self.direction }) } else { Err(code) }
    }

    /// Works on the input and appends at most `room` bytes to the output.
    pub fn run(&mut self, input: &[u8], output: &mut Vec<u8>, room: usize, flush: i32) -> Step {
        self.with_buffers(input, output, room, |stream, direction| {
            // SAFETY: the stream is initialised for this direction, its buffers are valid during the call.
            unsafe {
                match direction {
                    Direction::Deflate => z::deflate(stream, flush),
                    Direction::Inflate => z::inflate(stream, flush),
                }
            }
        })
    }

    /// Changes level and strategy, which may compress what is left of the input with those it had.
    pub fn set_parameters(&mut self, output: &mut Vec<u8>, room: usize, level: i32, strategy: i32) -> Step {
        self.with_buffers(&[], output, room, |stream, _| {
            // SAFETY: the stream is initialised; zlib checks that it compresses.
            unsafe { z::deflateParams(stream, level, strategy) }
        })
    }

    /// Looks for the next full flush point.
    pub fn synchronize(&mut self, input: &[u8]) -> Step {
        self.with_buffers(input, &mut Vec::new(), 0, |stream, _| {
            // SAFETY: the stream is initialised; zlib checks that it uncompresses.
            unsafe { z::inflateSync(stream) }
        })
    }

    fn with_buffers(&mut self, input: &[u8], output: &mut Vec<u8>, room: usize, call: impl FnOnce(&mut z::z_stream, Direction) -> c_int) -> Step {
        let input = &input[..input.len().min(z::uInt::MAX as usize)];
        let room = room.min(z::uInt::MAX as usize);
        let start = output.len();
        output.resize(start + room, 0);
        let stream = &mut *self.stream;
        (stream.next_in, stream.avail_in) = (input.as_ptr().cast_mut(), input.len() as z::uInt);
        (stream.next_out, stream.avail_out) = (output[start..].as_mut_ptr(), room as z::uInt);
        let code = call(stream, self.direction);
        output.truncate(start + room - stream.avail_out as usize);
        let consumed = input.len() - stream.avail_in as usize;
        (stream.next_in, stream.avail_in) = (std::ptr::null_mut(), 0);
        (stream.next_out, stream.avail_out) = (std::ptr::null_mut(), 0);
        Step { code, consumed }
    }

    /// Begins anew.
    pub fn reset(&mut self) -> i32 {
        // SAFETY: the stream is initialised for its direction.
        unsafe {
            match self.direction {
                Direction::Deflate => z::deflateReset(&mut *self.stream),
                Direction::Inflate => z::inflateReset(&mut *self.stream),
            }
        }
    }

    /// Takes the text that both sides know.
    pub fn set_dictionary(&mut self, dictionary: &[u8]) -> i32 {
        let (start, length) = (dictionary.as_ptr(), dictionary.len().min(z::uInt::MAX as usize) as z::uInt);
        // SAFETY: the stream is initialised for its direction; zlib copies the bytes.
        unsafe {
            match self.direction {
                Direction::Deflate => z::deflateSetDictionary(&mut *self.stream, start, length),
                Direction::Inflate => z::inflateSetDictionary(&mut *self.stream, start, length),
            }
        }
    }

    /// Is the input at the end of a flushed block?
    pub fn sync_point(&mut self) -> i32 {
        // SAFETY: the stream is initialised; zlib checks that it uncompresses.
        unsafe { inflateSyncPoint(&mut *self.stream) }
    }

    /// What zlib says about the last error beyond its number.
    pub fn message(&self) -> Option<String> {
        let message: *const c_char = self.stream.msg;
        // SAFETY: null, or a text that zlib holds as a constant.
        (!message.is_null()).then(|| unsafe { CStr::from_ptr(message) }.to_string_lossy().into_owned())
    }

    /// Checksum of the text, or of the dictionary that is asked for.
    pub fn adler(&self) -> u64 {
        self.stream.adler
    }

    /// Binary, text or unknown.
    pub fn data_type(&self) -> i32 {
        self.stream.data_type
    }

    /// Bytes taken since the beginning.
    pub fn total_in(&self) -> u64 {
        self.stream.total_in
    }

    /// Bytes made since the beginning.
    pub fn total_out(&self) -> u64 {
        self.stream.total_out
    }

    /// What it does.
    pub fn direction(&self) -> Direction {
        self.direction
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // SAFETY: the stream is initialised for its direction and not used again.
        unsafe {
            match self.direction {
                Direction::Deflate => z::deflateEnd(&mut *self.stream),
                Direction::Inflate => z::inflateEnd(&mut *self.stream),
            };
        }
    }
}

/// The library's version.
pub fn version() -> String {
    // SAFETY: a constant text.
    unsafe { CStr::from_ptr(z::zlibVersion()) }.to_string_lossy().into_owned()
}

/// A checksum of bytes.
pub type Checksum = fn(u64, &[u8]) -> u64;

/// CRC-32, going on from that of the bytes before.
pub fn crc32(start: u64, bytes: &[u8]) -> u64 {
    let part = |sum, part: &[u8]| {
        // SAFETY: the bytes are valid and fewer than 2^32.
        unsafe { z::crc32(sum, part.as_ptr(), part.len() as z::uInt) }
    };
    bytes.chunks(1 << 30).fold(start, part)
}

/// Adler-32, going on from that of the bytes before.
pub fn adler32(start: u64, bytes: &[u8]) -> u64 {
    let part = |sum, part: &[u8]| {
        // SAFETY: as above.
        unsafe { z::adler32(sum, part.as_ptr(), part.len() as z::uInt) }
    };
    bytes.chunks(1 << 30).fold(start, part)
}

/// The CRC-32 of two texts one after the other, from theirs and the length of the second.
pub fn crc32_combine(first: u64, second: u64, length: i64) -> u64 {
    // SAFETY: takes numbers only.
    unsafe { z::crc32_combine(first, second, length) }
}

/// The same for Adler-32.
pub fn adler32_combine(first: u64, second: u64, length: i64) -> u64 {
    // SAFETY: takes numbers only.
    unsafe { z::adler32_combine(first, second, length) }
}
