//! Zlib::Inflate: streams that uncompress.

use crate::deflate::setting;
use crate::raw::{self, Direction, Raw};
use crate::stream::{self, check_direction, detach, not_ready, ready, run, stream_failure};
use libz_sys as z;
use macros::ruby_methods;
use text::Encoding;
use vm::{Block, Keywords, RHash, RResult, RString, Value, Vm};

/// Feeds a text; nil is its end. What follows the end of the compressed bytes comes out as it is.
fn feed(vm: &mut Vm, this: Value, text: Value, block: Block) -> RResult<()> {
    let text = if text.is_nil() { None } else { Some(vm.to_str(text)?) };
    let (_, waiting) = ready(vm, this)?;
    match text {
        Some(text) if waiting.is_finished => waiting.output.extend_from_slice(text.bytes()),
        Some(text) => run(vm, this, text.bytes(), z::Z_SYNC_FLUSH, block)?,
        None if waiting.is_finished => {}
        None => run(vm, this, &[], z::Z_FINISH, block)?,
    }
    Ok(())
}

/// Methods of Zlib::Inflate.
pub struct Inflate;

#[ruby_methods("Zlib::Inflate")]
impl Inflate {
    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, window_bits: Option<Value>) -> RResult {
        stream::initialize(vm, this, Raw::inflate(setting(window_bits, 15)))?;
        let (name, dictionaries) = (vm.intern("@dictionaries"), vm.new_hash().value());
        vm.ivar_set(this, name, dictionaries)?;
        Ok(this)
    }

    /// All of a text at once.
    #[singleton("inflate")]
    fn inflate_text(vm: &mut Vm, _this: Value, text: Value, block: Block) -> RResult {
        inflate_text(vm, text, block)
    }

    #[method("inflate")]
    fn inflate(vm: &mut Vm, this: Value, text: Value, keywords: Keywords, block: Block) -> RResult {
        keywords.check(vm, &["buffer"])?;
        let buffer = keywords.get(vm, "buffer").filter(|buffer| !buffer.is_nil());
        let goes_on = !ready(vm, this)?.1.is_finished;
        feed(vm, this, text, block)?;
        let result = if goes_on || text.is_nil() { detach(vm, this, block)? } else { vm.string(b"", Encoding::BINARY) };
        ready(vm, this)?.1.pass_rest();
        match buffer {
            Some(buffer) if !result.is_nil() => vm.send(buffer, "replace", &[result]),
            _ => Ok(result),
        }
    }

    #[method("<<")]
    fn append(vm: &mut Vm, this: Value, text: Value) -> RResult {
        feed(vm, this, text, Block::NONE)?;
        ready(vm, this)?.1.pass_rest();
        Ok(this)
    }

    /// Remembers a dictionary until the compressed bytes ask for it.
    #[method("add_dictionary")]
    fn add_dictionary(vm: &mut Vm, this: Value, dictionary: RString) -> RResult {
        let (checksum, name) = (raw::adler32(1, dictionary.bytes()), vm.intern("@dictionaries"));
        let key = vm.int(checksum as i64);
        match vm.ivar_get(this, name).and_then(RHash::new) {
            Some(known) => vm.hash_set(known, key, dictionary.value())?,
            None => return Err(not_ready(vm)),
        }
        Ok(this)
    }

    #[method("set_dictionary")]
    fn set_dictionary(vm: &mut Vm, this: Value, dictionary: RString) -> RResult<RString> {
        stream::set_dictionary(vm, this, dictionary)?;
        Ok(dictionary)
    }

    /// Goes on behind the next full flush point, if there is one.
    #[method("sync")]
    fn sync(vm: &mut Vm, this: Value, text: RString) -> RResult<bool> {
        check_direction(vm, this, Direction::Inflate)?;
        let (raw, waiting) = ready(vm, this)?;
        waiting.input.extend_from_slice(text.bytes());
        let step = raw.synchronize(&waiting.input);
        waiting.input.drain(..step.consumed);
        match step.code {
            z::Z_OK => Ok(true),
            z::Z_DATA_ERROR | z::Z_BUF_ERROR => Ok(false),
            code => Err(stream_failure(vm, this, code)),
        }
    }

    #[method("sync_point?")]
    fn is_sync_point(vm: &mut Vm, this: Value) -> RResult<bool> {
        check_direction(vm, this, Direction::Inflate)?;
        match ready(vm, this)?.0.sync_point() {
            1 => Ok(true),
            z::Z_OK => Ok(false),
            code => Err(stream_failure(vm, this, code)),
        }
    }
}

/// `Zlib.inflate`.
pub fn inflate_text(vm: &mut Vm, text: Value, block: Block) -> RResult {
    let class = vm.class_at("Zlib::Inflate");
    let class = vm.class_view(class);
    let made = stream::allocate(vm, class)?;
    stream::initialize(vm, made, Raw::inflate(15))?;
    let text = vm.to_str(text)?;
    run(vm, made, text.bytes(), z::Z_SYNC_FLUSH, block)?;
    if !ready(vm, made)?.1.is_finished {
        run(vm, made, &[], z::Z_FINISH, block)?;
    }
    detach(vm, made, block)
}
