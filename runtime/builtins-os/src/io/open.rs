//! Opening: mode strings and flags, IO.new, IO.pipe, IO.popen, reopen.

use super::data::{IoData, Mode, io_data, open_io, second_file};
use super::encodings::{self, Wanted};
use crate::errors::{check, raise_errno, raise_io, with_room};
use crate::file_name::FileName;
use macros::ruby_methods;
use std::fs::{File, OpenOptions};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use text::encoding::Encoding;
use text::transcode::{Newline, Options};
use vm::{Block, Keywords, RArray, RClass, RResult, Value, Vm, sym};

/// How to open.
#[derive(Clone, Default)]
pub struct Opening {
    /// Access bits.
    pub mode: Mode,
    /// Flags for the system.
    pub flags: i32,
    /// Permission of new files.
    pub permission: u32,
    /// External encoding.
    pub external: Option<Encoding>,
    /// Internal encoding.
    pub internal: Option<Encoding>,
    /// Faults, line ends and replacements of conversions.
    pub conversion: Options,
    /// Does a byte order mark tell the encoding?
    pub has_mark: bool,
}

/// Reads mode, permission and keywords of `open` calls.
pub fn opening(vm: &mut Vm, mode: Option<Value>, permission: Option<Value>, keywords: Keywords) -> RResult<Opening> {
    let mut result = Opening { permission: 0o666, ..Opening::default() };
    let mut names = None;
    let mode = match keywords.get(vm, "mode").filter(|mode| !mode.is_nil()) {
        Some(_) if mode.is_some_and(|mode| !mode.is_nil()) => return Err(vm.argument_error("mode specified twice")),
        Some(mode) => Some(mode),
        None => mode,
    };
    match mode.filter(|mode| !mode.is_nil()) {
        None => result.mode = Mode(Mode::READ),
        Some(mode) => match vm.try_to_str(mode)? {
            Some(text) => names = parse_mode(vm, &text.to_text(), &mut result)?,
            None => {
                let flags = vm.to_i64(mode)? as i32;
                result.flags = flags;
                result.mode = mode_of(flags);
            }
        },
    }
    let permission = match keywords.get(vm, "perm").filter(|value| !value.is_nil()) {
        Some(_) if permission.is_some_and(|value| !value.is_nil()) => return Err(vm.argument_error("perm specified twice")),
        Some(value) => Some(value),
        None => permission,
    };
    if let Some(permission) = permission.filter(|value| !value.is_nil()) {
        result.permission = vm.to_i64(permission)? as u32;
    }
    text_and_binary(vm, keywords, &mut result)?;
    let asked = encodings::of_keywords(vm, keywords)?;
    let wanted = match (names, asked) {
        (Some(_), Some(_)) => return Err(vm.argument_error("encoding specified twice")),
        (Some(names), None) => encodings::pair(vm, &names)?,
        (None, Some(wanted)) => wanted,
        (None, None) => Wanted { outer: result.mode.has(Mode::BINARY).then_some(Encoding::BINARY), ..Wanted::default() },
    };
    result.has_mark = wanted.has_mark;
    (result.external, result.internal) = wanted.resolve(vm);
    let target = result.internal.or(result.external).unwrap_or_else(|| vm.default_external());
    result.conversion = vm.transcode_options(keywords, target)?;
    encodings::check_mode(vm, result.mode, result.external, result.internal, result.conversion.newline)?;
    if result.mode.has(Mode::TEXT) && result.conversion.newline == Newline::Keep {
        result.conversion.newline = Newline::Universal;
    }
    if let Some(flags) = keywords.get(vm, "flags").filter(|flags| !flags.is_nil()) {
        result.flags |= vm.to_i64(flags)? as i32;
    }
    Ok(result)
}

/// The flags by which a stream of that mode opens another file.
fn flags_of(mode: Mode) -> i32 {
    match (mode.has(Mode::READ), mode.has(Mode::WRITE), mode.has(Mode::APPEND)) {
        (true, true, true) => libc::O_RDWR | libc::O_CREAT | libc::O_APPEND,
        (true, true, false) => libc::O_RDWR,
        (_, true, true) => libc::O_WRONLY | libc::O_CREAT | libc::O_APPEND,
        (_, true, false) => libc::O_WRONLY | libc::O_CREAT | libc::O_TRUNC,
        _ => libc::O_RDONLY,
    }
}

/// Reads the keywords `textmode` and `binmode`.
fn text_and_binary(vm: &mut Vm, keywords: Keywords, result: &mut Opening) -> RResult<()> {
    for (name, own, other) in [("textmode", Mode::TEXT, Mode::BINARY), ("binmode", Mode::BINARY, Mode::TEXT)] {
        let Some(value) = keywords.get(vm, name).filter(|value| !value.is_nil()) else { continue };
        if result.mode.has(own) {
            return Err(vm.argument_error(&format!("{name} specified twice")));
        }
        if result.mode.has(other) {
            return Err(vm.argument_error("both textmode and binmode specified"));
        }
        if value.truthy() {
            result.mode.0 |= own;
        }
    }
    Ok(())
}

/// What a descriptor with these flags may do.
fn mode_of(flags: i32) -> Mode {
    let access = match flags & libc::O_ACCMODE {
        libc::O_RDONLY => Mode::READ,
        libc::O_WRONLY => Mode::WRITE,
        _ => Mode::READ | Mode::WRITE,
    };
    Mode(if flags & libc::O_APPEND != 0 { access | Mode::APPEND } else { access })
}

/// Reads a mode string; what it says of encodings is returned.
fn parse_mode(vm: &mut Vm, text: &str, result: &mut Opening) -> RResult<Option<String>> {
    let mut parts = text.splitn(2, ':');
    let letters = parts.next().unwrap_or("");
    let (mut mode, mut flags) = match letters.as_bytes().first() {
        Some(b'r') => (Mode::READ, libc::O_RDONLY),
        Some(b'w') => (Mode::WRITE, libc::O_WRONLY | libc::O_CREAT | libc::O_TRUNC),
        Some(b'a') => (Mode::WRITE | Mode::APPEND, libc::O_WRONLY | libc::O_CREAT | libc::O_APPEND),
        _ => return Err(vm.argument_error(&format!("invalid access mode {text}"))),
    };
    for letter in letters.bytes().skip(1) {
        match letter {
            b'+' => {
                mode |= Mode::READ | Mode::WRITE;
                flags = flags & !libc::O_ACCMODE | libc::O_RDWR;
            }
            b'b' if mode & Mode::TEXT == 0 => mode |= Mode::BINARY,
            b't' if mode & Mode::BINARY == 0 => mode |= Mode::TEXT,
            b'x' if letters.starts_with('w') => flags |= libc::O_EXCL,
            _ => return Err(vm.argument_error(&format!("invalid access mode {text}"))),
        }
    }
    result.mode = Mode(mode);
    result.flags = flags;
    Ok(parts.next().map(str::to_string))
}

impl Opening {
    /// Opens a path.
    pub fn open(&self, vm: &mut Vm, path: &FileName) -> RResult<IoData> {
        let file = self.open_file(vm, path)?;
        let mut data = self.stream(Some(file), Some(path.clone()));
        if self.has_mark {
            let mark = data.take_mark();
            if let Some(external) = check(vm, mark, &format!("io_fread - {path}"))? {
                data.external = Some(external);
                data.internal = data.internal.filter(|&internal| internal != external);
            }
        }
        Ok(data)
    }

    /// The native part of an IO over a descriptor that was opened so.
    pub fn stream(&self, descriptor: Option<OwnedFd>, path: Option<FileName>) -> IoData {
        let mut data = IoData::new(descriptor, self.mode, path);
        data.external = self.external;
        data.internal = self.internal;
        data.conversion = self.conversion.clone();
        data
    }

    /// Opens a path; the descriptor alone.
    pub fn open_file(&self, vm: &mut Vm, path: &FileName) -> RResult<OwnedFd> {
        let options = self.options();
        let waits = self.flags & libc::O_ACCMODE != libc::O_RDWR
            && self.flags & libc::O_NONBLOCK == 0
            && std::fs::metadata(path).is_ok_and(|found| std::os::unix::fs::FileTypeExt::is_fifo(&found.file_type()));
        let opened = if waits { open_pipe(vm, options, path)? } else { with_room(vm, || options.open(path)) };
        Ok(check(vm, opened, &format!("rb_sysopen - {path}"))?.into())
    }

    fn options(&self) -> OpenOptions {
        let mut options = OpenOptions::new();
        let access = self.flags & libc::O_ACCMODE;
        options.read(access != libc::O_WRONLY).write(access != libc::O_RDONLY).mode(self.permission);
        // The standard library insists on its own flags for creating; the others are passed as they are.
        options.custom_flags(self.flags & !libc::O_ACCMODE | libc::O_CLOEXEC);
        options
    }
}

/// Opens a named pipe, which succeeds when the other end is opened. A thread of its own waits for that, so that this one can
/// be interrupted.
fn open_pipe(vm: &mut Vm, options: OpenOptions, path: &FileName) -> RResult<std::io::Result<File>> {
    let (reader, mut writer) = check(vm, std::io::pipe(), "")?;
    let own = path.to_path_buf();
    let waiting = std::thread::spawn(move || {
        crate::sys::block_signals();
        let opened = options.open(own);
        // The one who waits has gone when this fails.
        let _ = std::io::Write::write(&mut writer, &[1]);
        opened
    });
    if let Err(raised) = vm.wait_for_descriptor(reader.as_raw_fd(), crate::process::READABLE, None) {
        // Opened both ways a pipe waits for nobody, and lets the thread go on.
        let released = OpenOptions::new().read(true).write(true).custom_flags(libc::O_NONBLOCK | libc::O_CLOEXEC).open(path);
        if released.is_ok() {
            drop(waiting.join());
        }
        return Err(raised);
    }
    Ok(waiting.join().unwrap_or_else(|_| Err(std::io::Error::from_raw_os_error(libc::EIO))))
}

/// Another stream on the file of an open one.
fn second_stream(vm: &mut Vm, io: Value) -> RResult<IoData> {
    let file = second_file(vm, io, "")?;
    let source = open_io(vm, io)?;
    Ok(IoData::new(Some(file.into()), source.mode, source.path.clone()))
}

/// Makes an IO of a descriptor that is there.
pub fn adopt_descriptor(vm: &mut Vm, this: Value, number: Value, mode: Option<Value>, permission: Option<Value>, keywords: Keywords) -> RResult<()> {
    let number = vm.to_i64(number)? as i32;
    let is_mode_given = mode.or_else(|| keywords.get(vm, "mode")).is_some_and(|mode| !mode.is_nil());
    let how = opening(vm, mode, permission, keywords)?;
    let Some(flags) = crate::sys::opened_with(number) else { return Err(raise_errno(vm, libc::EBADF, "")) };
    let (access, can) = (Mode::READ | Mode::WRITE, mode_of(flags));
    if is_mode_given && how.mode.0 & access & !can.0 != 0 {
        return Err(raise_errno(vm, libc::EINVAL, ""));
    }
    let mode = if is_mode_given { how.mode } else { Mode(how.mode.0 & !access | can.0) };
    let Some(descriptor) = crate::sys::adopt(number) else { return Err(raise_errno(vm, libc::EBADF, "")) };
    let mut made = IoData::new(Some(descriptor), mode, None);
    made.external = how.external;
    made.internal = how.internal;
    made.conversion = how.conversion;
    made.autoclose = keywords.get(vm, "autoclose").is_none_or(Value::truthy);
    if let Some(path) = keywords.get(vm, "path").filter(|path| !path.is_nil()) {
        made.path = Some(FileName::of(vm.to_path(path)?));
    }
    *io_data(vm, this)? = made;
    Ok(())
}

/// Opening IOs.
pub struct Open;

#[ruby_methods("IO")]
impl Open {
    /// `IO.new(fd, mode, **options)`
    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, number: Value, mode: Option<Value>, keywords: Keywords) -> RResult<()> {
        adopt_descriptor(vm, this, number, mode, None, keywords)
    }

    /// As `Class#new`; a block is no mistake that stays unnoticed.
    #[singleton("new")]
    fn new_stream(vm: &mut Vm, this: RClass, args: &[Value], keywords: Keywords, block: Block) -> RResult {
        if block.is_some() {
            let name = vm.class_name_text(this);
            vm.warn_at_caller(&format!("{name}::new() does not take block; use {name}::open() instead"))?;
        }
        let io = vm.allocate(this)?;
        vm.call_full(io, sym::INITIALIZE, args, passed(keywords), vm::BlockWord::NONE, vm::send::CallMode::Any)?;
        Ok(io)
    }

    #[singleton("for_fd")]
    fn for_fd(vm: &mut Vm, this: Value, args: &[Value], keywords: Keywords) -> RResult {
        Self::open(vm, this, args, keywords, Block::NONE)
    }

    /// The IO of an object that is one or has `to_io`, or nil.
    #[singleton("try_convert")]
    fn try_convert(vm: &mut Vm, _this: Value, object: Value) -> RResult {
        if vm.is_a(object, vm.core.io) {
            return Ok(object);
        }
        match vm.call_if_responds(object, sym::TO_IO, &[])? {
            None | Some(Value::NIL) => Ok(Value::NIL),
            Some(io) if vm.is_a(io, vm.core.io) => Ok(io),
            Some(other) => {
                let (from, got) = (vm.class_name_of(object), vm.class_name_of(other));
                Err(vm.type_error(&format!("can't convert {from} to IO ({from}#to_io gives {got})")))
            }
        }
    }

    /// `open` with a block closes afterwards.
    #[singleton("open")]
    fn open(vm: &mut Vm, this: Value, args: &[Value], keywords: Keywords, block: Block) -> RResult {
        let io = vm.call_full(this, sym::NEW, args, passed(keywords), vm::BlockWord::NONE, vm::send::CallMode::Any)?;
        with_block(vm, io, block)
    }

    #[singleton("sysopen")]
    fn sysopen(vm: &mut Vm, _this: Value, path: Value, mode: Option<Value>, permission: Option<Value>) -> RResult<i64> {
        let path = FileName::of(vm.to_path(path)?);
        let how = opening(vm, mode, permission, Keywords::NONE)?;
        let file = how.open_file(vm, &path)?;
        Ok(i64::from(std::os::fd::IntoRawFd::into_raw_fd(file)))
    }

    /// `IO.pipe { |reader, writer| ... }`
    #[singleton("pipe")]
    fn pipe(vm: &mut Vm, this: RClass, outer: Option<Value>, inner: Option<Value>, keywords: Keywords, block: Block) -> RResult {
        let made = with_room(vm, || rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).map_err(std::io::Error::from));
        let (reader, writer) = check(vm, made, "")?;
        let reader = vm.data(this, Box::new(IoData::new(Some(reader), Mode(Mode::READ), None)));
        let mut writing = IoData::new(Some(writer), Mode(Mode::WRITE), None);
        writing.sync = true;
        let writer = vm.data(this, Box::new(writing));
        encodings::set(vm, reader, outer.unwrap_or(Value::NIL), inner.unwrap_or(Value::NIL), keywords)?;
        if !block.is_some() {
            return Ok(vm.array(&[reader, writer]));
        }
        let run = |vm: &mut Vm| block.call(vm, &[reader, writer]);
        vm.ensure(run, |vm| {
            for io in [reader, writer] {
                vm.call(io, sym::CLOSE, &[])?;
            }
            Ok(())
        })
    }

    /// `IO.popen(command, mode = "r") { |io| ... }`
    #[singleton("popen")]
    fn popen(vm: &mut Vm, this: RClass, args: &[Value], keywords: Keywords, block: Block) -> RResult {
        match crate::command::open_command(vm, args, keywords)? {
            Some(data) => {
                let io = vm.data(this, Box::new(data));
                with_block(vm, io, block)
            }
            None => crate::command::run_in_child(vm, block),
        }
    }

    #[method("reopen")]
    fn reopen(vm: &mut Vm, this: Value, other: Value, mode: Option<Value>, keywords: Keywords) -> RResult {
        let given = vm.call_if_responds(other, sym::TO_IO, &[])?;
        let replacement = match given {
            Some(io) => {
                open_io(vm, this)?;
                // Both have one position, which is where the program thinks it is.
                let forgotten = open_io(vm, io)?.forget_read_ahead();
                forgotten.or_else(|error| if error.raw_os_error() == Some(libc::ESPIPE) { Ok(()) } else { Err(raise_io(vm, &error, "")) })?;
                second_stream(vm, io)?
            }
            None => {
                let path = FileName::of(vm.to_path(other)?);
                let current = io_data(vm, this)?.mode;
                let how = opening(vm, mode, None, keywords)?;
                let how = if mode.is_none() { Opening { mode: current, flags: flags_of(current), ..how } } else { how };
                how.open(vm, &path)?
            }
        };
        let data = io_data(vm, this)?;
        let (flushed, number, standard, sync) = (data.flush(), data.number, data.is_standard, data.sync);
        check(vm, flushed, "")?;
        if let (Some(number), Some(file)) = (number, &replacement.file) {
            crate::process::redirect_standard(vm, number, file)?;
        }
        let data = io_data(vm, this)?;
        *data = replacement;
        (data.number, data.is_standard, data.sync) = (number, standard, sync);
        if let Some(io) = given {
            // The stream is of the other one's class now, and without a singleton class.
            let (class, kept) = (vm.real_class_of(io), vm.all_slots(this));
            vm.retype(this, class);
            for &(name, value) in kept.iter() {
                vm.set_hidden(this, name, value);
            }
        }
        Ok(this)
    }

    #[method("initialize_copy", private)]
    fn initialize_copy(vm: &mut Vm, this: Value, other: Value) -> RResult {
        let made = second_stream(vm, other)?;
        *io_data(vm, this)? = made;
        Ok(this)
    }

    /// `IO.select(read, write, error, timeout)`
    #[singleton("select")]
    fn select(vm: &mut Vm, _this: Value, read: Option<Value>, write: Option<Value>, error: Option<Value>, timeout: Option<Value>) -> RResult {
        let args: heap::Rooted<Vec<Value>> = vm.roots.root([read, write, error, timeout].map(|given| given.unwrap_or(Value::NIL)).to_vec());
        if let Some(ready) = crate::process::select_by_scheduler(vm, &args)? {
            return Ok(ready);
        }
        let wait = match timeout.filter(|timeout| !timeout.is_nil()) {
            Some(timeout) => {
                let seconds = crate::thread::interval(vm, timeout)?;
                Some(seconds)
            }
            None => None,
        };
        let lists = [list_of(vm, read)?, list_of(vm, write)?, list_of(vm, error)?];
        crate::process::select(vm, lists, wait)
    }
}

fn passed(keywords: Keywords) -> vm::PassedKeywords<'static> {
    keywords.hash().map_or(vm::PassedKeywords::None, |hash| vm::PassedKeywords::Hash { hash, fresh: false })
}

fn list_of(vm: &mut Vm, value: Option<Value>) -> RResult<RArray> {
    match value.filter(|value| !value.is_nil()) {
        Some(value) => RArray::new(value).ok_or_else(|| vm.wrong_type(value, "Array")),
        None => Ok(vm.new_array()),
    }
}

/// Gives the IO, or runs the block with it and closes it.
pub fn with_block(vm: &mut Vm, io: Value, block: Block) -> RResult {
    if !block.is_some() {
        return Ok(io);
    }
    let run = |vm: &mut Vm| block.call(vm, &[io]);
    vm.ensure(run, |vm| {
        let closed = vm.send(io, "closed?", &[])?;
        if !closed.truthy() {
            close_quietly(vm, io)?;
        }
        Ok(())
    })
}

/// Calls `close`, which may find the stream closed already.
fn close_quietly(vm: &mut Vm, io: Value) -> RResult {
    let io_error = vm.class_at("IOError");
    vm.rescue(
        io_error,
        |vm| vm.call(io, sym::CLOSE, &[]),
        |vm, error| {
            let message = vm.send(error, "message", &[])?;
            if vm::RString::new(message).is_some_and(|message| message.bytes() == b"closed stream") {
                return Ok(Value::NIL);
            }
            Err(vm.raise_exception(error))
        },
    )
}
