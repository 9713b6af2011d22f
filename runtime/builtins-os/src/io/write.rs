//! Writing: write, print, puts and kin.

use super::data::{IoData, Mode, Unwritten, check_written, flush, open_io};
use crate::errors::check;
use macros::ruby_methods;
use text::encoding::Encoding;
use text::transcode::{Newline, Options, transcode};
use vm::{RResult, RString, Value, Vm, sym};

/// An open IO that may be written; IOError otherwise.
pub fn writable(vm: &mut Vm, this: Value) -> RResult<&mut IoData> {
    if open_io(vm, this)?.mode.has(Mode::WRITE) {
        return open_io(vm, this);
    }
    let class = vm.core.io_error;
    Err(vm.raise(class, "not opened for writing"))
}

/// Writes bytes to an IO.
pub fn write_bytes(vm: &mut Vm, this: Value, bytes: &[u8]) -> RResult<()> {
    let data = writable(vm, this)?;
    let begins = !data.is_holding() && !data.is_standard;
    if begins {
        let heir = vm.extension::<Unwritten>().unsent.clone();
        writable(vm, this)?.heir = Some(heir);
    }
    let data = writable(vm, this)?;
    let result = data.append(bytes);
    let path = if result.is_err() { data.path.as_ref().map(ToString::to_string).unwrap_or_default() } else { String::new() };
    if check_written(vm, this, result, &path)? {
        flush(vm, this)?;
    } else if begins {
        vm.extension::<Unwritten>().elsewhere = true;
    }
    Ok(())
}

/// Writing.
pub struct Write;

#[ruby_methods("IO")]
impl Write {
    #[method("write")]
    fn write(vm: &mut Vm, this: Value, values: &[Value]) -> RResult<i64> {
        writable(vm, this)?;
        let mut count = 0;
        for &value in values {
            let text = vm.to_s(value)?;
            let bytes = converted(vm, this, text)?;
            count += bytes.len() as i64;
            write_bytes(vm, this, &bytes)?;
        }
        Ok(count)
    }

    #[method("write_nonblock")]
    fn write_nonblock(vm: &mut Vm, this: Value, value: Value, keywords: vm::Keywords) -> RResult {
        keywords.check(vm, &["exception"])?;
        super::read::check_choice(vm, keywords)?;
        let text = vm.to_s(value)?;
        writable(vm, this)?;
        Self::flush(vm, this)?;
        let result = writable(vm, this)?.write_now(text.bytes());
        match result {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                if keywords.get(vm, "exception") == Some(Value::FALSE) {
                    return Ok(vm.symbol("wait_writable"));
                }
                Err(super::read::would_block(vm, "IO::EAGAINWaitWritable", "write would block"))
            }
            result => {
                let count = check_written(vm, this, result, "")?;
                Ok(vm.int(count as i64))
            }
        }
    }

    #[method("syswrite")]
    fn syswrite(vm: &mut Vm, this: Value, value: Value) -> RResult<i64> {
        let text = vm.to_s(value)?;
        if writable(vm, this)?.is_holding() {
            vm.warn_at_caller("syswrite for buffered IO")?;
        }
        // Bytes as they are: only what is buffered is converted.
        let bytes = text.bytes().to_vec();
        write_bytes(vm, this, &bytes)?;
        Self::flush(vm, this)?;
        Ok(bytes.len() as i64)
    }

    #[method("<<")]
    fn append(vm: &mut Vm, this: Value, value: Value) -> RResult {
        vm.call(this, sym::WRITE, &[value])?;
        Ok(this)
    }

    #[method("print")]
    fn print(vm: &mut Vm, this: Value, values: &[Value]) -> RResult<()> {
        print_to(vm, this, values)
    }

    #[method("puts")]
    fn puts(vm: &mut Vm, this: Value, values: &[Value]) -> RResult<()> {
        puts_to(vm, this, values)
    }

    #[method("printf")]
    fn printf(vm: &mut Vm, this: Value, args: &[Value]) -> RResult<()> {
        if args.is_empty() {
            return Ok(());
        }
        let main = vm.main;
        let text = vm.send(main, "format", args)?;
        vm.call(this, sym::WRITE, &[text])?;
        Ok(())
    }

    #[method("putc")]
    fn putc(vm: &mut Vm, this: Value, what: Value) -> RResult {
        let text = match RString::new(what) {
            Some(text) => {
                let end = text::encoding::step_len(text.encoding(), text.bytes(), 0).min(text.len());
                let bytes = text.bytes()[..end].to_vec();
                vm.string(&bytes, text.encoding())
            }
            None => {
                let byte = vm.to_i64(what)? as u8;
                vm.string(&[byte], text::encoding::Encoding::BINARY)
            }
        };
        vm.call(this, sym::WRITE, &[text])?;
        Ok(what)
    }

    #[method("flush")]
    fn flush(vm: &mut Vm, this: Value) -> RResult {
        open_io(vm, this)?;
        flush(vm, this)?;
        Ok(this)
    }

    #[method("pwrite")]
    fn pwrite(vm: &mut Vm, this: Value, value: Value, offset: i64) -> RResult<i64> {
        let text = vm.to_s(value)?;
        Self::flush(vm, this)?;
        let written = writable(vm, this)?.file.as_ref().map(|file| std::os::unix::fs::FileExt::write_at(file, text.bytes(), offset as u64));
        Ok(check(vm, written.unwrap_or(Ok(0)), "")? as i64)
    }
}

/// The bytes of a String as the IO writes them: in its external encoding and with its line ends.
fn converted(vm: &mut Vm, this: Value, text: RString) -> RResult<Vec<u8>> {
    let data = writable(vm, this)?;
    let (own, bytes) = (text.encoding(), text.bytes().to_vec());
    let plain = |encoding: Encoding| text.is_ascii_only() && encoding.is_ascii_compatible();
    let external = data.external.filter(|&encoding| encoding != own && encoding != Encoding::BINARY && !plain(encoding));
    let newline = match data.conversion.newline {
        newline @ (Newline::Crlf | Newline::Cr) => newline,
        _ => Newline::Keep,
    };
    if external.is_none() && newline == Newline::Keep && data.conversion.xml.is_none() {
        return Ok(bytes);
    }
    let options = Options { newline, ..data.conversion.clone() };
    let to = external.unwrap_or(own);
    transcode(&bytes, own, to, &options, &mut |_, _| None).map_err(|fault| vm.raise_fault(&fault, own, to))
}

/// `puts` on anything with `write`.
pub fn puts_to(vm: &mut Vm, target: Value, values: &[Value]) -> RResult<()> {
    if values.is_empty() {
        let newline = vm.str("\n");
        vm.call(target, sym::WRITE, &[newline])?;
    }
    for &value in values {
        put_value(vm, target, value)?;
    }
    Ok(())
}

fn put_value(vm: &mut Vm, target: Value, value: Value) -> RResult<()> {
    if RString::new(value).is_none() {
        match vm.guard_recursion(sym::PUTS, value, Value::NIL, |vm| put_list(vm, target, value))? {
            Some(false) => {}
            Some(true) => return Ok(()),
            None => {
                let text = vm.str("[...]");
                return put_value(vm, target, text);
            }
        }
    }
    let text = vm.to_s(value)?;
    let mut bytes = text.bytes().to_vec();
    if !bytes.ends_with(b"\n") {
        bytes.push(b'\n');
    }
    let line = vm.string(&bytes, text.encoding());
    vm.call(target, sym::WRITE, &[line])?;
    Ok(())
}

/// The elements of what is an Array or says that it is one; false for anything else.
fn put_list(vm: &mut Vm, target: Value, value: Value) -> RResult<bool> {
    let Some(list) = vm.try_to_ary(value)? else { return Ok(false) };
    let mut index = 0;
    while let Some(element) = list.get(index) {
        index += 1;
        put_value(vm, target, element)?;
    }
    Ok(true)
}

/// `print` on anything with `write`.
pub fn print_to(vm: &mut Vm, target: Value, values: &[Value]) -> RResult<()> {
    let line;
    let values = if values.is_empty() {
        line = [vm.last_line()];
        &line
    } else {
        values
    };
    let between = vm.global_get(sym::OFS_G)?;
    for (index, &value) in values.iter().enumerate() {
        if index > 0 && !between.is_nil() {
            vm.call(target, sym::WRITE, &[between])?;
        }
        vm.call(target, sym::WRITE, &[value])?;
    }
    let behind = vm.global_get(sym::ORS_G)?;
    if !behind.is_nil() {
        vm.call(target, sym::WRITE, &[behind])?;
    }
    Ok(())
}
