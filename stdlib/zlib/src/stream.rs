//! Zlib::ZStream: what streams in both directions share. Input that zlib has not taken and output that nobody has asked for wait here.

use crate::errors::failure;
use crate::raw::{Direction, Raw};
use heap::Tracer;
use libz_sys as z;
use macros::ruby_methods;
use objects::NativeData;
use text::Encoding;
use vm::{Block, RHash, RResult, RString, Raised, Value, Vm};

/// Room for output that a stream begins with.
const FIRST_ROOM: usize = 1024;

/// Least room that is added when it is full.
const LEAST_ROOM: usize = 2048;

/// Most room at a time, and bytes that a block is given at a time.
const MOST_ROOM: usize = 16384;

/// Native part of a stream.
#[derive(Default)]
pub struct Stream {
    /// None before `initialize` and after `close`.
    pub raw: Option<Raw>,
    pub waiting: Waiting,
}

/// What waits in a stream.
#[derive(Default)]
pub struct Waiting {
    pub input: Vec<u8>,
    pub output: Vec<u8>,
    /// Room for output that is left.
    pub room: usize,
    /// Has zlib seen the end of the compressed bytes?
    pub is_finished: bool,
}

impl NativeData for Stream {
    fn trace(&self, _tracer: &mut Tracer<'_>) {}

    fn size(&self) -> usize {
        // About what zlib allocates.
        const STATE_BYTES: usize = 1 << 16;
        size_of_val(self) + STATE_BYTES
    }
}

impl Waiting {
    fn add_room(&mut self, gives_parts: bool) {
        let filled = self.output.len();
        self.room = match filled {
            0 => FIRST_ROOM,
            _ if gives_parts => MOST_ROOM.saturating_sub(filled),
            _ => (filled / 2).clamp(LEAST_ROOM, MOST_ROOM),
        };
    }

    /// Takes the output out.
    pub fn take_output(&mut self) -> Vec<u8> {
        self.room = 0;
        std::mem::take(&mut self.output)
    }

    /// What follows the end of the compressed bytes comes out as it is.
    pub fn pass_rest(&mut self) {
        if self.is_finished {
            self.output.append(&mut self.input);
        }
    }
}

/// A stream that is not initialised.
pub fn allocate(vm: &mut Vm, class: vm::RClass) -> RResult {
    Ok(vm.data(class, Box::<Stream>::default()))
}

/// The native part, whatever its state.
pub fn part(vm: &mut Vm, this: Value) -> RResult<&mut Stream> {
    vm.native(this, "Zlib::ZStream")
}

/// The error of a stream that is not initialised, or closed.
pub fn not_ready(vm: &mut Vm) -> Raised {
    let class = vm.class_at("Zlib::Error");
    vm.raise(class, "stream is not ready")
}

/// zlib's stream, if it can work, and what waits.
pub fn ready(vm: &mut Vm, this: Value) -> RResult<(&mut Raw, &mut Waiting)> {
    if part(vm, this)?.raw.is_none() {
        return Err(not_ready(vm));
    }
    let Stream { raw, waiting } = part(vm, this)?;
    Ok((raw.as_mut().expect("just looked at"), waiting))
}

/// Puts zlib's stream into an object, or raises its error.
pub fn initialize(vm: &mut Vm, this: Value, raw: Result<Raw, i32>) -> RResult {
    match raw {
        Ok(raw) => *part(vm, this)? = Stream { raw: Some(raw), waiting: Waiting::default() },
        Err(code) => return Err(failure(vm, code, None)),
    }
    Ok(this)
}

/// Feeds bytes and works until zlib wants more of them. A block is given the output in parts.
pub fn run(vm: &mut Vm, this: Value, bytes: &[u8], flush: i32, block: Block) -> RResult<()> {
    vm.room_for(bytes.len())?;
    ready(vm, this)?.1.input.extend_from_slice(bytes);
    let mut taken = 0;
    let result = work(vm, this, &mut taken, flush, block);
    let input = &mut part(vm, this)?.waiting.input;
    input.drain(..taken.min(input.len()));
    result
}

fn work(vm: &mut Vm, this: Value, taken: &mut usize, flush: i32, block: Block) -> RResult<()> {
    loop {
        vm.poll_interrupts()?;
        make_room(vm, this, block)?;
        let (raw, waiting) = ready(vm, this)?;
        let (start, before) = (waiting.output.len(), waiting.room);
        let input = waiting.input.get(*taken..).unwrap_or(&[]);
        let step = raw.run(input, &mut waiting.output, before, flush);
        *taken += step.consumed;
        waiting.room = before - (waiting.output.len() - start);
        match step.code {
            z::Z_STREAM_END => {
                waiting.is_finished = true;
                return Ok(());
            }
            z::Z_OK | z::Z_BUF_ERROR if waiting.room == 0 => {}
            z::Z_OK => return Ok(()),
            z::Z_BUF_ERROR if flush != z::Z_FINISH => return Ok(()),
            z::Z_NEED_DICT if use_known_dictionary(vm, this)? => {}
            code => return Err(stream_failure(vm, this, code)),
        }
    }
}

/// Room for output; a block is given what there is when it is enough.
fn make_room(vm: &mut Vm, this: Value, block: Block) -> RResult<()> {
    let (_, waiting) = ready(vm, this)?;
    if waiting.room > 0 {
        return Ok(());
    }
    if block.is_some() && waiting.output.len() >= MOST_ROOM {
        let bytes = waiting.take_output();
        let bytes = vm.try_string(&bytes, Encoding::BINARY)?;
        block.call(vm, &[bytes])?;
    }
    let (_, waiting) = ready(vm, this)?;
    waiting.add_room(block.is_some());
    let (length, is_full) = (waiting.output.len(), waiting.output.capacity() < waiting.output.len() + waiting.room);
    if is_full { vm.room_for(2 * length) } else { Ok(()) }
}

/// Gives zlib the dictionary that it asks for, if it was added before.
fn use_known_dictionary(vm: &mut Vm, this: Value) -> RResult<bool> {
    let (adler, name) = (ready(vm, this)?.0.adler(), vm.intern("@dictionaries"));
    let Some(known) = vm.ivar_get(this, name).and_then(RHash::new) else { return Ok(false) };
    let key = vm.int(adler as i64);
    let dictionary = known.table(&vm.heap).iter().find(|entry| entry.key == key).map(|entry| entry.value);
    let Some(dictionary) = dictionary.and_then(RString::new) else { return Ok(false) };
    set_dictionary(vm, this, dictionary)?;
    Ok(true)
}

/// Gives zlib a dictionary.
pub fn set_dictionary(vm: &mut Vm, this: Value, dictionary: RString) -> RResult<()> {
    match ready(vm, this)?.0.set_dictionary(dictionary.bytes()) {
        z::Z_OK => Ok(()),
        code => Err(stream_failure(vm, this, code)),
    }
}

/// The error of the stream's last call.
pub fn stream_failure(vm: &mut Vm, this: Value, code: i32) -> Raised {
    match ready(vm, this).map(|(raw, _)| raw.message()) {
        Ok(message) => failure(vm, code, message),
        Err(raised) => raised,
    }
}

/// The output as a String. With a block, that is given it once the stream is at its end.
pub fn detach(vm: &mut Vm, this: Value, block: Block) -> RResult {
    let waiting = &mut part(vm, this)?.waiting;
    if block.is_some() && !waiting.is_finished {
        return Ok(Value::NIL);
    }
    let bytes = waiting.take_output();
    let bytes = vm.try_string(&bytes, Encoding::BINARY)?;
    if !block.is_some() {
        return Ok(bytes);
    }
    block.call(vm, &[bytes])?;
    Ok(Value::NIL)
}

/// Works up to the end.
pub fn finish(vm: &mut Vm, this: Value, block: Block) -> RResult {
    run(vm, this, &[], z::Z_FINISH, block)?;
    detach(vm, this, block)
}

/// Methods of Zlib::ZStream.
pub struct Common;

#[ruby_methods("Zlib::ZStream")]
impl Common {
    #[method("avail_in")]
    fn avail_in(vm: &mut Vm, this: Value) -> RResult<usize> {
        Ok(part(vm, this)?.waiting.input.len())
    }

    #[method("avail_out")]
    fn avail_out(vm: &mut Vm, this: Value) -> RResult<usize> {
        Ok(part(vm, this)?.waiting.room)
    }

    #[method("avail_out=")]
    fn set_avail_out(vm: &mut Vm, this: Value, room: Value) -> RResult {
        let bytes = vm.to_i64(room)?;
        ready(vm, this)?;
        let Ok(bytes) = usize::try_from(bytes) else { return Err(vm.argument_error("negative string size (or size too big)")) };
        vm.room_for(bytes)?;
        ready(vm, this)?.1.room = bytes;
        Ok(room)
    }

    #[method("total_in")]
    fn total_in(vm: &mut Vm, this: Value) -> RResult<usize> {
        Ok(ready(vm, this)?.0.total_in() as usize)
    }

    #[method("total_out")]
    fn total_out(vm: &mut Vm, this: Value) -> RResult<usize> {
        Ok(ready(vm, this)?.0.total_out() as usize)
    }

    #[method("data_type")]
    fn data_type(vm: &mut Vm, this: Value) -> RResult {
        let kind = ready(vm, this)?.0.data_type();
        Ok(vm.int(i64::from(kind)))
    }

    #[method("adler")]
    fn adler(vm: &mut Vm, this: Value) -> RResult<usize> {
        Ok(ready(vm, this)?.0.adler() as usize)
    }

    #[method("finished?", "stream_end?")]
    fn is_finished(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(ready(vm, this)?.1.is_finished)
    }

    #[method("closed?", "ended?")]
    fn is_closed(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(part(vm, this)?.raw.is_none())
    }

    #[method("close", "end")]
    fn close(vm: &mut Vm, this: Value) -> RResult<()> {
        ready(vm, this)?;
        *part(vm, this)? = Stream::default();
        Ok(())
    }

    #[method("reset")]
    fn reset(vm: &mut Vm, this: Value) -> RResult<()> {
        let (raw, waiting) = ready(vm, this)?;
        *waiting = Waiting::default();
        match raw.reset() {
            z::Z_OK => Ok(()),
            code => Err(stream_failure(vm, this, code)),
        }
    }

    #[method("finish")]
    fn finish(vm: &mut Vm, this: Value, block: Block) -> RResult {
        finish(vm, this, block)
    }

    #[method("flush_next_in")]
    fn flush_next_in(vm: &mut Vm, this: Value) -> RResult {
        let bytes = std::mem::take(&mut part(vm, this)?.waiting.input);
        vm.try_string(&bytes, Encoding::BINARY)
    }

    #[method("flush_next_out")]
    fn flush_next_out(vm: &mut Vm, this: Value, block: Block) -> RResult {
        detach(vm, this, block)
    }
}

/// Is the stream one that works in this direction? TypeError otherwise.
pub fn check_direction(vm: &mut Vm, this: Value, direction: Direction) -> RResult<()> {
    if ready(vm, this)?.0.direction() == direction {
        return Ok(());
    }
    Err(failure(vm, z::Z_STREAM_ERROR, None))
}
