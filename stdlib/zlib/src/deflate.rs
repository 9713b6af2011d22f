//! Zlib::Deflate: streams that compress.

use crate::raw::{Direction, Raw};
use crate::stream::{self, check_direction, detach, part, ready, run, stream_failure};
use libz_sys as z;
use macros::ruby_methods;
use vm::{Block, RResult, RString, Value, Vm};

/// A setting, nil for its usual value. What is no small Integer is a bad number to zlib.
pub fn setting(value: Option<Value>, usual: i32) -> i32 {
    match value {
        None | Some(Value::NIL) => usual,
        Some(value) => value.as_fixnum().and_then(|number| i32::try_from(number).ok()).unwrap_or(i32::MIN),
    }
}

const LEVEL: i32 = z::Z_DEFAULT_COMPRESSION;
const STRATEGY: i32 = z::Z_DEFAULT_STRATEGY;
/// Room for what is compressed before parameters change; asked for again as long as it is too little.
const PARAMETERS_ROOM: usize = 4096;

fn feed(vm: &mut Vm, this: Value, text: Value, flush: i32, block: Block) -> RResult<()> {
    if text.is_nil() {
        return run(vm, this, &[], z::Z_FINISH, block);
    }
    let text = vm.to_str(text)?;
    let has_input = !text.is_empty() || !ready(vm, this)?.1.input.is_empty();
    if flush != z::Z_NO_FLUSH || has_input { run(vm, this, text.bytes(), flush, block) } else { Ok(()) }
}

/// Methods of Zlib::Deflate.
pub struct Deflate;

#[ruby_methods("Zlib::Deflate")]
impl Deflate {
    #[method("initialize", private)]
    fn initialize(
        vm: &mut Vm,
        this: Value,
        level: Option<Value>,
        window_bits: Option<Value>,
        memory_level: Option<Value>,
        strategy: Option<Value>,
    ) -> RResult {
        let (level, strategy) = (setting(level, LEVEL), setting(strategy, STRATEGY));
        stream::initialize(vm, this, Raw::deflate(level, setting(window_bits, 15), setting(memory_level, 8), strategy))
    }

    #[method("initialize_copy", private)]
    fn initialize_copy(vm: &mut Vm, this: Value, other: Value) -> RResult {
        check_direction(vm, other, Direction::Deflate)?;
        let (raw, waiting) = ready(vm, other)?;
        let (copy, input, output) = (raw.duplicate(), waiting.input.clone(), waiting.output.clone());
        let (room, is_finished) = (waiting.room, waiting.is_finished);
        stream::initialize(vm, this, copy)?;
        part(vm, this)?.waiting = stream::Waiting { input, output, room, is_finished };
        Ok(this)
    }

    /// All of a text at once.
    #[singleton("deflate")]
    fn deflate_text(vm: &mut Vm, _this: Value, text: Value, level: Option<Value>, block: Block) -> RResult {
        deflate_text(vm, text, level, block)
    }

    #[method("deflate")]
    fn deflate(vm: &mut Vm, this: Value, text: Value, flush: Option<Value>, block: Block) -> RResult {
        ready(vm, this)?;
        feed(vm, this, text, setting(flush, z::Z_NO_FLUSH), block)?;
        detach(vm, this, block)
    }

    #[method("<<")]
    fn append(vm: &mut Vm, this: Value, text: Value) -> RResult {
        feed(vm, this, text, z::Z_NO_FLUSH, Block::NONE)?;
        Ok(this)
    }

    #[method("flush")]
    fn flush(vm: &mut Vm, this: Value, flush: Option<Value>, block: Block) -> RResult {
        ready(vm, this)?;
        let flush = setting(flush, z::Z_SYNC_FLUSH);
        if flush != z::Z_NO_FLUSH {
            run(vm, this, &[], flush, block)?;
        }
        detach(vm, this, block)
    }

    #[method("params")]
    fn params(vm: &mut Vm, this: Value, level: Value, strategy: Value) -> RResult<()> {
        let (level, strategy) = (setting(Some(level), LEVEL), setting(Some(strategy), STRATEGY));
        check_direction(vm, this, Direction::Deflate)?;
        loop {
            let (raw, waiting) = ready(vm, this)?;
            match raw.set_parameters(&mut waiting.output, PARAMETERS_ROOM, level, strategy).code {
                z::Z_OK => return Ok(()),
                z::Z_BUF_ERROR => {}
                code => return Err(stream_failure(vm, this, code)),
            }
        }
    }

    #[method("set_dictionary")]
    fn set_dictionary(vm: &mut Vm, this: Value, dictionary: RString) -> RResult<RString> {
        stream::set_dictionary(vm, this, dictionary)?;
        Ok(dictionary)
    }
}

/// `Zlib.deflate`.
pub fn deflate_text(vm: &mut Vm, text: Value, level: Option<Value>, block: Block) -> RResult {
    let raw = Raw::deflate(setting(level, LEVEL), 15, 8, STRATEGY);
    let class = vm.class_at("Zlib::Deflate");
    let class = vm.class_view(class);
    let made = stream::allocate(vm, class)?;
    stream::initialize(vm, made, raw)?;
    let text = vm.to_str(text)?;
    run(vm, made, text.bytes(), z::Z_FINISH, block)?;
    detach(vm, made, block)
}
