//! Dir's instances: open folders that are read entry by entry.
//!
//! The names are read when the folder is opened and when it is rewound; positions are places among them. The
//! descriptor stays open for `fileno` and `chdir`.

use crate::dir::{all_names, change_folder, encoding_of, open_folder, path_of, strings};
use crate::errors::{check, raise_errno, with_room};
use crate::file_name::FileName;
use heap::Tracer;
use macros::ruby_methods;
use objects::NativeData;
use std::fs::File;
use std::os::fd::AsRawFd;
use text::encoding::Encoding;
use vm::{Block, Keywords, RArray, RClass, RResult, Value, Vm};

/// Native part of a Dir.
struct Stream {
    path: Option<FileName>,
    encoding: Encoding,
    names: Vec<FileName>,
    position: usize,
    folder: Option<File>,
}

impl Stream {
    /// As `allocate` makes it.
    const CLOSED: Stream = Stream { path: None, encoding: Encoding::UTF_8, names: Vec::new(), position: 0, folder: None };
}

impl Drop for Stream {
    fn drop(&mut self) {
        // An IO made from `fileno` may have closed the descriptor.
        let _ = crate::io::release(self.folder.take());
    }
}

impl NativeData for Stream {
    fn trace(&self, _tracer: &mut Tracer<'_>) {}
}

/// Methods of a Dir.
pub struct Streams;

/// Allocator and methods.
pub fn init(vm: &mut Vm) {
    let class = vm.core.dir;
    vm.set_allocator(class, |vm, class| Ok(vm.data(class, Box::new(Stream::CLOSED))));
    let enumerable = vm.class_view(vm.core.enumerable);
    vm.include_module(vm.class_view(class), enumerable);
    vm.define_groups(&[Streams::GROUP]);
}

/// The open stream, or IOError.
fn stream(vm: &mut Vm, this: Value) -> RResult<&mut Stream> {
    if vm.native::<Stream>(this, "Dir")?.folder.is_none() {
        let class = vm.class_at("IOError");
        return Err(vm.raise(class, "closed directory"));
    }
    vm.native(this, "Dir")
}

fn close(vm: &mut Vm, this: Value) -> RResult<()> {
    let folder = vm.native::<Stream>(this, "Dir")?.folder.take();
    check(vm, crate::io::release(folder), "")
}

/// Calls the block with each name from the position on.
fn each(vm: &mut Vm, this: Value, block: Block, skip_dots: bool) -> RResult {
    loop {
        let stream = stream(vm, this)?;
        let Some(name) = stream.names.get(stream.position).cloned() else { return Ok(this) };
        stream.position += 1;
        if skip_dots && is_dots(&name) {
            continue;
        }
        let name = told(vm, this, name)?;
        block.call(vm, &[name])?;
    }
}

/// The folder itself or the one above?
fn is_dots(name: &[u8]) -> bool {
    name == b"." || name == b".."
}

/// A name as the stream tells it, in its encoding.
fn told(vm: &mut Vm, this: Value, name: FileName) -> RResult {
    let encoding = stream(vm, this)?.encoding;
    Ok(name.in_encoding(encoding).value(vm))
}

#[ruby_methods("Dir")]
impl Streams {
    /// `Dir.open(path, encoding: nil) { |dir| ... }`
    #[singleton("open")]
    fn open(vm: &mut Vm, this: RClass, path: Value, keywords: Keywords, block: Block) -> RResult {
        let dir = vm.allocate(this)?;
        Self::initialize(vm, dir, path, keywords)?;
        if !block.is_some() {
            return Ok(dir);
        }
        vm.ensure(|vm| block.call(vm, &[dir]), |vm| close(vm, dir))
    }

    /// A Dir over an open descriptor, which it owns from now on.
    #[singleton("for_fd")]
    fn for_fd(vm: &mut Vm, this: RClass, number: i64) -> RResult {
        let path = open_folder(vm, number, "fdopendir")?;
        let names = all_names(vm, &path)?;
        let Some(folder) = crate::sys::adopt(number as i32) else { return Err(raise_errno(vm, libc::EBADF, "fdopendir")) };
        let (dir, encoding) = (vm.allocate(this)?, vm.default_external());
        *vm.native::<Stream>(dir, "Dir")? = Stream { path: None, encoding, names, position: 0, folder: Some(folder.into()) };
        Ok(dir)
    }

    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, path: Value, keywords: Keywords) -> RResult<()> {
        let (encoding, path) = (encoding_of(vm, keywords)?, path_of(vm, path)?);
        let list = all_names(vm, &path)?;
        let folder = with_room(vm, || File::open(&path));
        let folder = check(vm, folder, &format!("dir_initialize - {path}"))?;
        *vm.native::<Stream>(this, "Dir")? = Stream { path: Some(path), encoding, names: list, position: 0, folder: Some(folder) };
        Ok(())
    }

    #[method("path", "to_path")]
    fn path(vm: &mut Vm, this: Value) -> RResult<Option<Value>> {
        let path = vm.native::<Stream>(this, "Dir")?.path.clone();
        Ok(path.map(|path| path.value(vm)))
    }

    #[method("inspect")]
    fn inspect(vm: &mut Vm, this: Value) -> RResult<String> {
        match vm.native::<Stream>(this, "Dir")?.path.clone() {
            Some(path) => Ok(format!("#<{}:{path}>", vm.class_name_of(this))),
            None => Ok(vm.any_to_s(this)),
        }
    }

    #[method("read")]
    fn read(vm: &mut Vm, this: Value) -> RResult<Option<Value>> {
        let stream = stream(vm, this)?;
        let name = stream.names.get(stream.position).cloned();
        stream.position += usize::from(name.is_some());
        name.map(|name| told(vm, this, name)).transpose()
    }

    #[method("each")]
    fn each(vm: &mut Vm, this: Value, block: Block) -> RResult {
        if block.is_some() { each(vm, this, block, false) } else { vm.enumerator(this, "each", &[], Keywords::NONE) }
    }

    #[method("each_child")]
    fn each_child(vm: &mut Vm, this: Value, block: Block) -> RResult {
        if block.is_some() { each(vm, this, block, true) } else { vm.enumerator(this, "each_child", &[], Keywords::NONE) }
    }

    #[method("children")]
    fn children(vm: &mut Vm, this: Value) -> RResult<RArray> {
        let stream = stream(vm, this)?;
        let encoding = stream.encoding;
        let rest: Vec<FileName> = stream.names[stream.position.min(stream.names.len())..].to_vec();
        stream.position = stream.names.len();
        strings(vm, rest.into_iter().filter(|name| !is_dots(name)).map(|name| name.in_encoding(encoding)))
    }

    #[method("tell", "pos")]
    fn tell(vm: &mut Vm, this: Value) -> RResult<usize> {
        Ok(stream(vm, this)?.position)
    }

    #[method("seek")]
    fn seek(vm: &mut Vm, this: Value, position: i64) -> RResult {
        stream(vm, this)?.position = usize::try_from(position).unwrap_or(0);
        Ok(this)
    }

    #[method("pos=")]
    fn set_position(vm: &mut Vm, this: Value, position: i64) -> RResult<i64> {
        Self::seek(vm, this, position)?;
        Ok(position)
    }

    #[method("rewind")]
    fn rewind(vm: &mut Vm, this: Value) -> RResult {
        let (path, number) = (stream(vm, this)?.path.clone(), Self::fileno(vm, this)?);
        let path = match path {
            Some(path) => path,
            None => open_folder(vm, number, "")?,
        };
        // A folder that is gone meanwhile still shows what it had.
        let fresh = std::path::Path::is_dir(path.as_ref()).then(|| all_names(vm, &path)).transpose()?;
        let stream = stream(vm, this)?;
        if let Some(fresh) = fresh {
            stream.names = fresh;
        }
        stream.position = 0;
        Ok(this)
    }

    #[method("close")]
    fn close(vm: &mut Vm, this: Value) -> RResult<()> {
        close(vm, this)
    }

    #[method("fileno")]
    fn fileno(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(stream(vm, this)?.folder.as_ref().map_or(-1, |folder| i64::from(folder.as_raw_fd())))
    }

    #[method("chdir")]
    fn chdir(vm: &mut Vm, this: Value, block: Block) -> RResult {
        let number = Self::fileno(vm, this)?;
        let path = open_folder(vm, number, "")?;
        change_folder(vm, &path, "", &[], block)
    }
}
