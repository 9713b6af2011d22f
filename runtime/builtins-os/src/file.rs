//! File and FileTest, File::Stat.

use crate::errors::{check, raise_io};
use crate::file_name::{FileName, without_slashes};
use crate::io::{IoData, io_data, open_io, opening};
use heap::Tracer;
use macros::ruby_methods;
use objects::NativeData;
use std::ffi::OsStr;
use std::fs::Metadata;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use vm::{Keywords, RArray, RResult, Value, Vm, sym};

/// Constants and classes.
pub fn init(vm: &mut Vm) {
    let (file, io, object) = (vm.core.file, vm.core.io, vm.core.object);
    let constants = vm.define_module_under(file, "Constants");
    for (name, value) in [
        ("RDONLY", libc::O_RDONLY),
        ("WRONLY", libc::O_WRONLY),
        ("RDWR", libc::O_RDWR),
        ("APPEND", libc::O_APPEND),
        ("CREAT", libc::O_CREAT),
        ("EXCL", libc::O_EXCL),
        ("NONBLOCK", libc::O_NONBLOCK),
        ("TRUNC", libc::O_TRUNC),
        ("NOCTTY", libc::O_NOCTTY),
        ("BINARY", 0),
        ("SHARE_DELETE", 0),
        ("SYNC", libc::O_SYNC),
        ("LOCK_SH", 1),
        ("LOCK_EX", 2),
        ("LOCK_NB", 4),
        ("LOCK_UN", 8),
        ("FNM_NOESCAPE", 1),
        ("FNM_PATHNAME", 2),
        ("FNM_DOTMATCH", 4),
        ("FNM_CASEFOLD", 8),
        ("FNM_EXTGLOB", 16),
        ("FNM_SYSCASE", 0),
        ("FNM_SHORTNAME", 0),
    ] {
        let name = vm.intern(name);
        vm.set_constant_raw(vm.class_view(constants), name, Value::small(i64::from(value)));
    }
    let null = vm.frozen_string(b"/dev/null", text::encoding::Encoding::US_ASCII);
    let name = vm.intern("NULL");
    vm.set_constant_raw(vm.class_view(constants), name, null);
    vm.include_module(vm.class_view(io), vm.class_view(constants));
    for (name, text) in [("SEPARATOR", "/"), ("Separator", "/"), ("PATH_SEPARATOR", ":")] {
        let name = vm.intern(name);
        let value = vm.frozen_string(text.as_bytes(), text::encoding::Encoding::US_ASCII);
        vm.set_constant_raw(vm.class_view(file), name, value);
    }
    let name = vm.intern("ALT_SEPARATOR");
    vm.set_constant_raw(vm.class_view(file), name, Value::NIL);
    let stat = vm.define_class_under(file, "Stat", object);
    vm.undefine_allocator(stat);
    vm.define_groups(&[
        Paths::GROUP,
        crate::real_path::RealPaths::GROUP,
        Tests::GROUP,
        Changes::GROUP,
        Instances::GROUP,
        OfStreams::GROUP,
        Stats::GROUP,
        FileTests::GROUP,
    ]);
    let comparable = vm.class_view(vm.core.comparable);
    vm.include_module(vm.class_view(stat), comparable);
    vm.define_groups(crate::file_stat::GROUPS);
    include_questions(vm);
}

/// Who includes FileTest may ask its questions as functions.
fn include_questions(vm: &mut Vm) {
    let module = vm.class_at("FileTest");
    let Some(singleton) = vm.existing_singleton_class(module) else { return };
    let questions: Vec<_> = singleton.data().methods.iter().map(|(name, method)| (name, method.body)).collect();
    for (name, body) in questions {
        vm.add_method(vm.class_view(module), name, body, objects::Visibility::Private);
    }
}

pub(crate) fn path_of(vm: &mut Vm, value: Value) -> RResult<FileName> {
    let io = objects::RData::new(value).and_then(|data| data.read::<IoData>(&vm.heap));
    if let Some(path) = io.and_then(|io| io.path.as_ref()) {
        return Ok(path.clone());
    }
    Ok(FileName::of(vm.to_path(value)?))
}

fn string(vm: &mut Vm, path: &Path) -> Value {
    FileName::told(vm, path).value(vm)
}

/// Operations on names.
pub struct Paths;

/// The home folder of the user, or of the one that is named.
pub fn home(vm: &mut Vm, user: &[u8]) -> RResult<PathBuf> {
    if !user.is_empty() {
        return match home_of(user) {
            Some(folder) => Ok(folder),
            None => {
                let name = String::from_utf8_lossy(user).into_owned();
                Err(vm.argument_error(&format!("user {name} doesn't exist")))
            }
        };
    }
    let folder = match std::env::var_os("HOME") {
        Some(folder) => PathBuf::from(folder),
        None => {
            let user = rustix::process::getuid().as_raw().to_string();
            let found = account(|fields| fields.get(2) == Some(&user.as_bytes()));
            found.ok_or_else(|| vm.argument_error("couldn't find HOME environment -- expanding '~'"))?
        }
    };
    if folder.is_absolute() { Ok(folder) } else { Err(vm.argument_error("non-absolute home")) }
}

fn home_of(user: &[u8]) -> Option<PathBuf> {
    account(|fields| fields[0] == user)
}

/// The folder of the first account in /etc/passwd that fits.
fn account(fits: impl Fn(&[&[u8]]) -> bool) -> Option<PathBuf> {
    let list = std::fs::read("/etc/passwd").ok()?;
    list.split(|&byte| byte == b'\n').find_map(|line| {
        let fields: Vec<&[u8]> = line.split(|&byte| byte == b':').collect();
        fits(&fields).then(|| Some(PathBuf::from(OsStr::from_bytes(fields.get(5)?))))?
    })
}

/// `File.expand_path` of a name.
pub fn expand(vm: &mut Vm, path: &[u8], base: Option<&[u8]>) -> RResult<PathBuf> {
    let start = if let Some(rest) = path.strip_prefix(b"~") {
        let end = rest.iter().position(|&byte| byte == b'/').unwrap_or(rest.len());
        let below = rest[end..].iter().position(|&byte| byte != b'/').map_or(&[][..], |at| &rest[end + at..]);
        home(vm, &rest[..end])?.join(OsStr::from_bytes(below))
    } else if path.starts_with(b"/") {
        PathBuf::from(OsStr::from_bytes(path))
    } else {
        let base = match base {
            Some(base) => expand(vm, base, None)?,
            None => check(vm, std::env::current_dir(), "")?,
        };
        base.join(OsStr::from_bytes(path))
    };
    // Slashes at the very beginning stay as they are.
    let bytes = start.as_os_str().as_bytes();
    let slashes = bytes.iter().take_while(|&&byte| byte == b'/').count();
    let mut clean = PathBuf::from(OsStr::from_bytes(&bytes[..slashes]));
    for part in start.components() {
        match part {
            std::path::Component::ParentDir if clean.parent().is_none() => clean = PathBuf::from("/"),
            std::path::Component::ParentDir => {
                clean.pop();
            }
            std::path::Component::Normal(name) => clean.push(name),
            _ => {}
        }
    }
    Ok(clean)
}

fn expanded(vm: &mut Vm, path: &FileName, base: Option<Value>) -> RResult {
    let base = match base.filter(|base| !base.is_nil()) {
        Some(base) => Some(path_of(vm, base)?),
        None => None,
    };
    let full = expand(vm, path, base.as_deref())?;
    let base = base.filter(|_| path.is_ascii() && !path.starts_with(b"/"));
    let encoding = base.map_or(path.encoding(), |base| base.encoding());
    Ok(path.with(full.as_os_str().as_bytes()).in_encoding(encoding).value(vm))
}

/// The last part of a name.
fn last_part(path: &[u8]) -> &[u8] {
    let trimmed = without_slashes(path);
    if trimmed.is_empty() && !path.is_empty() { b"/" } else { trimmed.rsplit(|&byte| byte == b'/').next().unwrap_or_default() }
}

/// The name of the folder that a name is in.
fn folder_part(path: &[u8]) -> &[u8] {
    // Of slashes at the beginning one is left.
    let path = &path[path.iter().take_while(|&&byte| byte == b'/').count().saturating_sub(1)..];
    let trimmed = without_slashes(path);
    match trimmed.iter().rposition(|&byte| byte == b'/') {
        _ if trimmed.is_empty() && path.starts_with(b"/") => b"/",
        Some(at) if without_slashes(&trimmed[..at]).is_empty() => b"/",
        Some(at) => without_slashes(&trimmed[..at]),
        None => b".",
    }
}

/// `File.extname`: the last period with what follows, unless the name is all periods before it or nothing follows.
fn extension(path: &[u8]) -> &[u8] {
    let name = last_part(path);
    let body = name.iter().position(|&byte| byte != b'.').map_or(&[][..], |at| &name[at..]);
    body.iter().rposition(|&byte| byte == b'.').map_or(&[], |at| &body[at..])
}

#[ruby_methods("File")]
impl Paths {
    #[singleton("expand_path")]
    fn expand_path(vm: &mut Vm, _this: Value, path: Value, base: Option<Value>) -> RResult {
        let path = path_of(vm, path)?;
        expanded(vm, &path, base)
    }

    #[singleton("absolute_path")]
    fn absolute_path(vm: &mut Vm, _this: Value, path: Value, base: Option<Value>) -> RResult {
        let mut path = path_of(vm, path)?;
        if path.starts_with(b"~") {
            path = path.with(&[b"./", &path[..]].concat());
        }
        expanded(vm, &path, base)
    }

    #[singleton("absolute_path?")]
    fn is_absolute(vm: &mut Vm, _this: Value, path: Value) -> RResult<bool> {
        Ok(path_of(vm, path)?.starts_with(b"/"))
    }

    #[singleton("basename")]
    fn basename(vm: &mut Vm, _this: Value, path: Value, suffix: Option<Value>) -> RResult {
        let suffix = suffix.map(|suffix| vm.to_str(suffix)).transpose()?;
        if let Some(suffix) = suffix {
            vm.check_path(suffix)?;
        }
        let path = path_of(vm, path)?;
        let mut name = last_part(&path);
        if let Some(suffix) = suffix.map(FileName::of) {
            let kept = match &suffix[..] {
                b".*" => name.iter().rposition(|&byte| byte == b'.').filter(|&at| at > 0),
                suffix => name.strip_suffix(suffix).map(<[u8]>::len).filter(|&length| length > 0),
            };
            name = &name[..kept.unwrap_or(name.len())];
        }
        Ok(path.with(name).value(vm))
    }

    #[singleton("dirname")]
    fn dirname(vm: &mut Vm, _this: Value, path: Value, levels: Option<i64>) -> RResult {
        let levels = levels.unwrap_or(1);
        if levels < 0 {
            return Err(vm.argument_error(&format!("negative level: {levels}")));
        }
        let path = path_of(vm, path)?;
        let mut folder = &path[..];
        for _ in 0..levels {
            let above = folder_part(folder);
            if above == folder {
                break;
            }
            folder = above;
        }
        Ok(path.with(folder).value(vm))
    }

    #[singleton("extname")]
    fn extname(vm: &mut Vm, _this: Value, path: Value) -> RResult {
        let path = path_of(vm, path)?;
        Ok(path.with(extension(&path)).value(vm))
    }

    #[singleton("split")]
    fn split(vm: &mut Vm, _this: Value, path: Value) -> RResult {
        let path = path_of(vm, path)?;
        let (folder, name) = (path.with(folder_part(&path)).value(vm), path.with(last_part(&path)).value(vm));
        Ok(vm.array(&[folder, name]))
    }

    #[singleton("join")]
    fn join(vm: &mut Vm, _this: Value, parts: &[Value]) -> RResult {
        let mut joined: Option<FileName> = None;
        for &part in parts {
            join_into(vm, part, &mut joined)?;
        }
        Ok(joined.unwrap_or_else(|| FileName::from("")).value(vm))
    }

    #[singleton("path")]
    fn path(vm: &mut Vm, _this: Value, path: Value) -> RResult {
        let text = vm.to_path(path)?;
        let bytes = text.bytes().to_vec();
        Ok(vm.string(&bytes, text.encoding()))
    }

    #[singleton("fnmatch", "fnmatch?")]
    fn fnmatch(vm: &mut Vm, _this: Value, pattern: Value, path: Value, flags: Option<i64>) -> RResult<bool> {
        let (pattern, path) = (FileName::of(vm.to_str(pattern)?), path_of(vm, path)?);
        Ok(crate::glob::matches(&pattern, &path, flags.unwrap_or(0)))
    }
}

/// Joins what `part` is or, for an Array, what stands in it when its turn comes.
fn join_into(vm: &mut Vm, part: Value, joined: &mut Option<FileName>) -> RResult<()> {
    let Some(list) = RArray::new(part) else {
        let part = path_of(vm, part)?;
        *joined = Some(match joined.take() {
            Some(before) => before.with(&with_separator(&before, &part)).in_encoding(joint_encoding(&before, &part)),
            None => part,
        });
        return Ok(());
    };
    let done = vm.guard_recursion(sym::TO_PATH, part, Value::NIL, |vm| {
        let mut index = 0;
        while let Some(part) = list.get(index) {
            index += 1;
            join_into(vm, part, joined)?;
        }
        Ok(())
    })?;
    done.ok_or_else(|| vm.argument_error("recursive array"))
}

/// Two parts with one separator between.
fn with_separator(before: &[u8], part: &[u8]) -> Vec<u8> {
    match (before.ends_with(b"/"), part.starts_with(b"/")) {
        (true, true) => [without_slashes(before), part].concat(),
        (false, false) => [before, b"/", part].concat(),
        _ => [before, part].concat(),
    }
}

/// The encoding of joined parts: that of the one with more than ASCII.
fn joint_encoding(before: &FileName, part: &FileName) -> text::encoding::Encoding {
    if before.is_ascii() && !part.is_ascii() { part.encoding() } else { before.encoding() }
}

fn metadata(path: &FileName) -> Option<Metadata> {
    std::fs::metadata(path).ok()
}

/// The name of a file to ask about: that of an open one, if it is an IO or has `to_io`.
pub(crate) fn asked_path(vm: &mut Vm, file: Value) -> RResult<FileName> {
    if vm::RString::new(file).is_some() {
        return path_of(vm, file);
    }
    let io = match vm.is_a(file, vm.core.io) {
        true => Some(file),
        false => vm.call_if_responds(file, sym::TO_IO, &[])?.filter(|&io| vm.is_a(io, vm.core.io)),
    };
    match io {
        Some(io) => Ok(FileName::from(&*format!("/proc/self/fd/{}", open_io(vm, io)?.descriptor(false)))),
        None => path_of(vm, file),
    }
}

/// Questions about files, shared by File and FileTest.
fn test(vm: &mut Vm, path: Value, question: fn(&FileName) -> bool) -> RResult<bool> {
    let path = asked_path(vm, path)?;
    Ok(question(&path))
}

fn accessible(path: &FileName, access: rustix::fs::Access) -> bool {
    rustix::fs::accessat(rustix::fs::CWD, &path[..], access, rustix::fs::AtFlags::EACCESS).is_ok()
}

/// The same for the real user.
fn really_accessible(path: &FileName, access: rustix::fs::Access) -> bool {
    rustix::fs::access(&path[..], access).is_ok()
}

macro_rules! questions {
    ($($group:ident $class:literal;)*) => { $(
        /// Questions about files.
        pub struct $group;

        #[ruby_methods($class)]
        impl $group {
            #[singleton("exist?")]
            fn exist(vm: &mut Vm, _this: Value, path: Value) -> RResult<bool> { test(vm, path, |path| metadata(path).is_some()) }
            #[singleton("file?")]
            fn file(vm: &mut Vm, _this: Value, path: Value) -> RResult<bool> { test(vm, path, |path| metadata(path).is_some_and(|m| m.is_file())) }
            #[singleton("directory?")]
            fn directory(vm: &mut Vm, _this: Value, path: Value) -> RResult<bool> { test(vm, path, |path| metadata(path).is_some_and(|m| m.is_dir())) }
            #[singleton("symlink?")]
            fn symlink(vm: &mut Vm, _this: Value, path: Value) -> RResult<bool> { test(vm, path, |path| std::fs::symlink_metadata(path).is_ok_and(|m| m.is_symlink())) }
            #[singleton("pipe?")]
            fn pipe(vm: &mut Vm, _this: Value, path: Value) -> RResult<bool> { test(vm, path, |path| metadata(path).is_some_and(|m| m.file_type().is_fifo())) }
            #[singleton("socket?")]
            fn socket(vm: &mut Vm, _this: Value, path: Value) -> RResult<bool> { test(vm, path, |path| metadata(path).is_some_and(|m| m.file_type().is_socket())) }
            #[singleton("blockdev?")]
            fn blockdev(vm: &mut Vm, _this: Value, path: Value) -> RResult<bool> { test(vm, path, |path| metadata(path).is_some_and(|m| m.file_type().is_block_device())) }
            #[singleton("chardev?")]
            fn chardev(vm: &mut Vm, _this: Value, path: Value) -> RResult<bool> { test(vm, path, |path| metadata(path).is_some_and(|m| m.file_type().is_char_device())) }
            #[singleton("readable_real?")]
            fn readable_real(vm: &mut Vm, _this: Value, path: Value) -> RResult<bool> { test(vm, path, |path| really_accessible(path, rustix::fs::Access::READ_OK)) }
            #[singleton("readable?")]
            fn readable(vm: &mut Vm, _this: Value, path: Value) -> RResult<bool> { test(vm, path, |path| accessible(path, rustix::fs::Access::READ_OK)) }
            #[singleton("writable_real?")]
            fn writable_real(vm: &mut Vm, _this: Value, path: Value) -> RResult<bool> { test(vm, path, |path| really_accessible(path, rustix::fs::Access::WRITE_OK)) }
            #[singleton("writable?")]
            fn writable(vm: &mut Vm, _this: Value, path: Value) -> RResult<bool> { test(vm, path, |path| accessible(path, rustix::fs::Access::WRITE_OK)) }
            #[singleton("executable_real?")]
            fn executable_real(vm: &mut Vm, _this: Value, path: Value) -> RResult<bool> { test(vm, path, |path| really_accessible(path, rustix::fs::Access::EXEC_OK)) }
            #[singleton("executable?")]
            fn executable(vm: &mut Vm, _this: Value, path: Value) -> RResult<bool> { test(vm, path, |path| accessible(path, rustix::fs::Access::EXEC_OK)) }
            #[singleton("zero?", "empty?")]
            fn zero(vm: &mut Vm, _this: Value, path: Value) -> RResult<bool> { test(vm, path, |path| metadata(path).is_some_and(|m| m.len() == 0)) }
            #[singleton("owned?")]
            fn owned(vm: &mut Vm, _this: Value, path: Value) -> RResult<bool> { test(vm, path, |path| metadata(path).is_some_and(|m| m.uid() == rustix::process::geteuid().as_raw())) }
            #[singleton("setuid?")]
            fn setuid(vm: &mut Vm, _this: Value, path: Value) -> RResult<bool> { test(vm, path, |path| metadata(path).is_some_and(|m| m.mode() & 0o4000 != 0)) }
            #[singleton("setgid?")]
            fn setgid(vm: &mut Vm, _this: Value, path: Value) -> RResult<bool> { test(vm, path, |path| metadata(path).is_some_and(|m| m.mode() & 0o2000 != 0)) }
            #[singleton("sticky?")]
            fn sticky(vm: &mut Vm, _this: Value, path: Value) -> RResult<bool> { test(vm, path, |path| metadata(path).is_some_and(|m| m.mode() & 0o1000 != 0)) }
            #[singleton("size?")]
            fn size_or_nil(vm: &mut Vm, _this: Value, path: Value) -> RResult {
                let path = asked_path(vm, path)?;
                Ok(metadata(&path).filter(|m| m.len() > 0).map_or(Value::NIL, |m| Value::small(m.len() as i64)))
            }
            #[singleton("size")]
            fn size(vm: &mut Vm, _this: Value, path: Value) -> RResult<i64> {
                let path = asked_path(vm, path)?;
                Ok(check(vm, std::fs::metadata(&path), &format!("rb_file_s_size - {path}"))?.len() as i64)
            }
            #[singleton("identical?")]
            fn identical(vm: &mut Vm, _this: Value, a: Value, b: Value) -> RResult<bool> {
                let (a, b) = (asked_path(vm, a)?, asked_path(vm, b)?);
                Ok(metadata(&a).zip(metadata(&b)).is_some_and(|(a, b)| a.ino() == b.ino() && a.dev() == b.dev()))
            }
        }
    )* };
}
questions! { Tests "File"; FileTests "FileTest"; }

/// Changing files and their attributes.
pub struct Changes;

fn each_path(vm: &mut Vm, paths: &[Value], what: &str, action: impl Fn(&FileName) -> std::io::Result<()>) -> RResult<i64> {
    for &path in paths {
        let path = path_of(vm, path)?;
        check(vm, action(&path), &format!("{what} - {path}"))?;
    }
    Ok(paths.len() as i64)
}

#[ruby_methods("File")]
impl Changes {
    #[singleton("delete", "unlink")]
    fn delete(vm: &mut Vm, _this: Value, paths: &[Value]) -> RResult<i64> {
        each_path(vm, paths, "apply2files", |path| std::fs::remove_file(path))
    }

    #[singleton("rename")]
    fn rename(vm: &mut Vm, _this: Value, from: Value, to: Value) -> RResult<i64> {
        let (from, to) = (path_of(vm, from)?, path_of(vm, to)?);
        check(vm, std::fs::rename(&from, &to), &format!("rb_file_s_rename - ({from}, {to})"))?;
        Ok(0)
    }

    #[singleton("symlink")]
    fn symlink(vm: &mut Vm, _this: Value, from: Value, to: Value) -> RResult<i64> {
        let (from, to) = (path_of(vm, from)?, path_of(vm, to)?);
        check(vm, std::os::unix::fs::symlink(&from, &to), &format!("rb_file_s_symlink - ({from}, {to})"))?;
        Ok(0)
    }

    #[singleton("link")]
    fn link(vm: &mut Vm, _this: Value, from: Value, to: Value) -> RResult<i64> {
        let (from, to) = (path_of(vm, from)?, path_of(vm, to)?);
        check(vm, std::fs::hard_link(&from, &to), &format!("rb_file_s_link - ({from}, {to})"))?;
        Ok(0)
    }

    #[singleton("readlink")]
    fn readlink(vm: &mut Vm, _this: Value, path: Value) -> RResult {
        let path = path_of(vm, path)?;
        let target = check(vm, std::fs::read_link(&path), &format!("rb_readlink - {path}"))?;
        Ok(string(vm, &target))
    }

    #[singleton("chmod")]
    fn chmod(vm: &mut Vm, _this: Value, mode: i64, paths: &[Value]) -> RResult<i64> {
        each_path(vm, paths, "apply2files", |path| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode as u32)))
    }

    #[singleton("truncate")]
    fn truncate(vm: &mut Vm, _this: Value, path: Value, length: i64) -> RResult<i64> {
        let path = path_of(vm, path)?;
        let file = std::fs::OpenOptions::new().write(true).open(&path);
        let result = file.and_then(|file| Ok(rustix::fs::ftruncate(&file, length as u64)?));
        check(vm, result, &format!("rb_file_s_truncate - {path}"))?;
        Ok(0)
    }

    #[singleton("umask")]
    fn umask(_vm: &mut Vm, _this: Value, mask: Option<i64>) -> i64 {
        let old = crate::sys::umask(mask.unwrap_or(0) as u32);
        if mask.is_none() {
            crate::sys::umask(old);
        }
        i64::from(old)
    }

    #[singleton("mkfifo")]
    fn mkfifo(vm: &mut Vm, _this: Value, path: Value, mode: Option<i64>) -> RResult<i64> {
        let path = path_of(vm, path)?;
        let mode = rustix::fs::Mode::from_raw_mode(mode.unwrap_or(0o666) as u32);
        let made = rustix::fs::mknodat(rustix::fs::CWD, &path[..], rustix::fs::FileType::Fifo, mode, 0).map_err(std::io::Error::from);
        check(vm, made, &format!("rb_file_s_mkfifo - {path}"))?;
        Ok(0)
    }

    #[singleton("stat")]
    fn stat(vm: &mut Vm, _this: Value, path: Value) -> RResult {
        let path = path_of(vm, path)?;
        let found = check(vm, std::fs::metadata(&path), &format!("rb_file_s_stat - {path}"))?;
        Ok(new_stat(vm, found))
    }

    #[singleton("lstat")]
    fn lstat(vm: &mut Vm, _this: Value, path: Value) -> RResult {
        let path = path_of(vm, path)?;
        let found = check(vm, std::fs::symlink_metadata(&path), &format!("rb_file_s_lstat - {path}"))?;
        Ok(new_stat(vm, found))
    }

    #[singleton("ftype")]
    fn ftype(vm: &mut Vm, _this: Value, path: Value) -> RResult {
        let path = path_of(vm, path)?;
        let found = check(vm, std::fs::symlink_metadata(&path), &format!("rb_file_s_ftype - {path}"))?;
        Ok(vm.str(type_name(&found)))
    }

    #[singleton("mtime")]
    fn mtime(vm: &mut Vm, _this: Value, path: Value) -> RResult {
        let path = asked_path(vm, path)?;
        let found = check(vm, std::fs::metadata(&path), &format!("rb_file_s_mtime - {path}"))?;
        time_value(vm, found.mtime(), found.mtime_nsec())
    }

    #[singleton("ctime")]
    fn ctime(vm: &mut Vm, _this: Value, path: Value) -> RResult {
        let path = asked_path(vm, path)?;
        let found = check(vm, std::fs::metadata(&path), &format!("rb_file_s_ctime - {path}"))?;
        time_value(vm, found.ctime(), found.ctime_nsec())
    }

    #[singleton("atime")]
    fn atime(vm: &mut Vm, _this: Value, path: Value) -> RResult {
        let path = asked_path(vm, path)?;
        let found = check(vm, std::fs::metadata(&path), &format!("rb_file_s_atime - {path}"))?;
        time_value(vm, found.atime(), found.atime_nsec())
    }

    #[singleton("utime")]
    fn utime(vm: &mut Vm, _this: Value, atime: Value, mtime: Value, paths: &[Value]) -> RResult<i64> {
        set_times(vm, atime, mtime, paths, rustix::fs::AtFlags::empty())
    }

    /// As `utime`, of links themselves.
    #[singleton("lutime")]
    fn lutime(vm: &mut Vm, _this: Value, atime: Value, mtime: Value, paths: &[Value]) -> RResult<i64> {
        set_times(vm, atime, mtime, paths, rustix::fs::AtFlags::SYMLINK_NOFOLLOW)
    }

    #[singleton("lchmod", effects = "absent, raises")]
    fn lchmod(vm: &mut Vm, _this: Value, _mode: Value, _paths: &[Value]) -> RResult {
        Err(vm.not_implemented("File.lchmod"))
    }

    #[singleton("birthtime")]
    fn birthtime(vm: &mut Vm, _this: Value, path: Value) -> RResult {
        let path = asked_path(vm, path)?;
        let made = std::fs::metadata(&path).and_then(|found| found.created());
        birth_time(vm, made, &format!("rb_file_s_birthtime - {path}"))
    }
}

fn set_times(vm: &mut Vm, atime: Value, mtime: Value, paths: &[Value], flags: rustix::fs::AtFlags) -> RResult<i64> {
    let (last_access, last_modification) = (time_spec(vm, atime)?, time_spec(vm, mtime)?);
    let times = rustix::fs::Timestamps { last_access, last_modification };
    each_path(vm, paths, "apply2files", |path| Ok(rustix::fs::utimensat(rustix::fs::CWD, &path[..], &times, flags)?))
}

/// A Time or a number of seconds for the system; nil is now.
fn time_spec(vm: &mut Vm, value: Value) -> RResult<rustix::fs::Timespec> {
    if value.is_nil() {
        return Ok(rustix::fs::Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_NOW });
    }
    let (seconds, nanoseconds) = crate::time::seconds_of(vm, value)?;
    Ok(rustix::fs::Timespec { tv_sec: seconds, tv_nsec: i64::from(nanoseconds) })
}

fn birth_time(vm: &mut Vm, made: std::io::Result<std::time::SystemTime>, what: &str) -> RResult {
    if made.as_ref().is_err_and(|error| error.raw_os_error().is_none()) {
        let class = vm.class_at("NotImplementedError");
        return Err(vm.raise(class, "birthtime is unimplemented on this filesystem"));
    }
    let made = check(vm, made, what)?;
    let (seconds, nanoseconds) = match made.duration_since(std::time::UNIX_EPOCH) {
        Ok(since) => (since.as_secs() as i64, i64::from(since.subsec_nanos())),
        Err(before) => (-(before.duration().as_secs() as i64), -i64::from(before.duration().subsec_nanos())),
    };
    time_value(vm, seconds, nanoseconds)
}

fn time_value(vm: &mut Vm, seconds: i64, nanoseconds: i64) -> RResult {
    let time = vm.core.time;
    let unit = vm.symbol("nsec");
    vm.send(time, "at", &[Value::small(seconds), Value::small(nanoseconds), unit])
}

/// Open files.
pub struct Instances;

#[ruby_methods("File")]
impl Instances {
    /// `File.new(path, mode = "r", permission = 0666, **options)`
    #[method("initialize", private)]
    fn initialize(vm: &mut Vm, this: Value, path: Value, mode: Option<Value>, permission: Option<Value>, keywords: Keywords) -> RResult<()> {
        if Vm::is_integer(path) {
            return crate::io::adopt_descriptor(vm, this, path, mode, permission, keywords);
        }
        let how = opening(vm, mode, permission, keywords)?;
        let path = path_of(vm, path)?;
        let data = how.open(vm, &path)?;
        *io_data(vm, this)? = data;
        Ok(())
    }

    #[method("size")]
    fn size(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(own_metadata(vm, this)?.len() as i64)
    }

    #[method("lstat")]
    fn lstat(vm: &mut Vm, this: Value) -> RResult {
        let found = own_metadata(vm, this)?;
        Ok(new_stat(vm, found))
    }

    #[method("mtime")]
    fn mtime(vm: &mut Vm, this: Value) -> RResult {
        let found = own_metadata(vm, this)?;
        time_value(vm, found.mtime(), found.mtime_nsec())
    }

    #[method("ctime")]
    fn ctime(vm: &mut Vm, this: Value) -> RResult {
        let found = own_metadata(vm, this)?;
        time_value(vm, found.ctime(), found.ctime_nsec())
    }

    #[method("atime")]
    fn atime(vm: &mut Vm, this: Value) -> RResult {
        let found = own_metadata(vm, this)?;
        time_value(vm, found.atime(), found.atime_nsec())
    }

    #[method("birthtime")]
    fn birthtime(vm: &mut Vm, this: Value) -> RResult {
        let made = own_metadata(vm, this)?.created();
        birth_time(vm, made, "")
    }

    #[method("truncate")]
    fn truncate(vm: &mut Vm, this: Value, length: i64) -> RResult<i64> {
        let data = crate::io::writable(vm, this)?;
        let flushed = data.forget_read_ahead().and_then(|()| data.flush());
        let result = flushed.and_then(|()| data.file.as_ref().map_or(Ok(()), |file| Ok(rustix::fs::ftruncate(file, length as u64)?)));
        let what = data.path.as_ref().map_or(String::new(), |path| format!("rb_file_truncate - {path}"));
        check(vm, result, &what)?;
        Ok(0)
    }

    #[method("chmod")]
    fn chmod(vm: &mut Vm, this: Value, mode: i64) -> RResult<i64> {
        let data = open_io(vm, this)?;
        let result = data.file.as_ref().map_or(Ok(()), |file| file.set_permissions(std::fs::Permissions::from_mode(mode as u32)));
        check(vm, result, "")?;
        Ok(0)
    }

    /// `file.flock(operation)`: 0, or false when a non-blocking request has to wait.
    #[method("flock")]
    fn flock(vm: &mut Vm, this: Value, operation: i64) -> RResult {
        use rustix::fs::FlockOperation as Operation;
        let request = match operation & 11 {
            1 => Operation::NonBlockingLockShared,
            2 => Operation::NonBlockingLockExclusive,
            8 => Operation::Unlock,
            _ => return Err(crate::errors::raise_errno(vm, libc::EINVAL, "")),
        };
        let mut pause = 1;
        loop {
            let Some(file) = open_io(vm, this)?.file.as_ref() else { return Ok(Value::FALSE) };
            match rustix::fs::flock(file, request) {
                Ok(()) => return Ok(Value::small(0)),
                Err(rustix::io::Errno::WOULDBLOCK) if operation & 4 != 0 => return Ok(Value::FALSE),
                Err(rustix::io::Errno::WOULDBLOCK) => {
                    // The system offers no wait that can be interrupted.
                    vm.wait(vm::thread::Wait::Until(std::time::Instant::now() + std::time::Duration::from_millis(pause)))?;
                    pause = (pause * 2).min(20);
                }
                Err(error) => return Err(raise_io(vm, &error.into(), "")),
            }
        }
    }
}

/// What every IO tells of its file.
pub struct OfStreams;

#[ruby_methods("IO")]
impl OfStreams {
    #[method("stat")]
    fn stat(vm: &mut Vm, this: Value) -> RResult {
        let found = own_metadata(vm, this)?;
        Ok(new_stat(vm, found))
    }
}

fn own_metadata(vm: &mut Vm, this: Value) -> RResult<Metadata> {
    let data = open_io(vm, this)?;
    let result = data.flush().and_then(|()| match data.file.as_ref() {
        Some(file) => file.metadata(),
        None => Err(std::io::Error::from_raw_os_error(libc::EBADF)),
    });
    check(vm, result, "")
}

/// Native part of File::Stat.
struct StatData(Metadata);

impl NativeData for StatData {
    fn trace(&self, _tracer: &mut Tracer<'_>) {}
}

pub(crate) fn new_stat(vm: &mut Vm, found: Metadata) -> Value {
    let class = vm.class_at("File::Stat");
    let class = vm.class_view(class);
    vm.data(class, Box::new(StatData(found)))
}

fn type_name(found: &Metadata) -> &'static str {
    let kind = found.file_type();
    if kind.is_dir() {
        "directory"
    } else if kind.is_symlink() {
        "link"
    } else if kind.is_fifo() {
        "fifo"
    } else if kind.is_socket() {
        "socket"
    } else if kind.is_char_device() {
        "characterSpecial"
    } else if kind.is_block_device() {
        "blockSpecial"
    } else {
        "file"
    }
}

/// File::Stat.
pub struct Stats;

pub(crate) fn stat_of(vm: &mut Vm, this: Value) -> RResult<&Metadata> {
    Ok(&vm.native::<StatData>(this, "File::Stat")?.0)
}

#[ruby_methods("File::Stat")]
impl Stats {
    #[method("size")]
    fn size(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(stat_of(vm, this)?.len() as i64)
    }

    #[method("mode")]
    fn mode(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(i64::from(stat_of(vm, this)?.mode()))
    }

    #[method("ino")]
    fn ino(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(stat_of(vm, this)?.ino() as i64)
    }

    #[method("dev")]
    fn dev(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(stat_of(vm, this)?.dev() as i64)
    }

    #[method("nlink")]
    fn nlink(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(stat_of(vm, this)?.nlink() as i64)
    }

    #[method("uid")]
    fn uid(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(i64::from(stat_of(vm, this)?.uid()))
    }

    #[method("gid")]
    fn gid(vm: &mut Vm, this: Value) -> RResult<i64> {
        Ok(i64::from(stat_of(vm, this)?.gid()))
    }

    #[method("file?")]
    fn is_file(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(stat_of(vm, this)?.is_file())
    }

    #[method("directory?")]
    fn is_directory(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(stat_of(vm, this)?.is_dir())
    }

    #[method("symlink?")]
    fn is_symlink(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(stat_of(vm, this)?.is_symlink())
    }

    #[method("world_writable?")]
    fn world_writable(vm: &mut Vm, this: Value) -> RResult {
        let mode = stat_of(vm, this)?.mode();
        Ok(if mode & 0o002 != 0 { Value::small(i64::from(mode & 0o777)) } else { Value::NIL })
    }

    #[method("world_readable?")]
    fn world_readable(vm: &mut Vm, this: Value) -> RResult {
        let mode = stat_of(vm, this)?.mode();
        Ok(if mode & 0o004 != 0 { Value::small(i64::from(mode & 0o777)) } else { Value::NIL })
    }

    #[method("sticky?")]
    fn is_sticky(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(stat_of(vm, this)?.mode() & 0o1000 != 0)
    }

    #[method("owned?")]
    fn is_owned(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(stat_of(vm, this)?.uid() == rustix::process::geteuid().as_raw())
    }

    #[method("ftype")]
    fn ftype(vm: &mut Vm, this: Value) -> RResult<&'static str> {
        Ok(type_name(stat_of(vm, this)?))
    }

    #[method("zero?")]
    fn is_zero(vm: &mut Vm, this: Value) -> RResult<bool> {
        Ok(stat_of(vm, this)?.len() == 0)
    }

    #[method("mtime")]
    fn mtime(vm: &mut Vm, this: Value) -> RResult {
        let found = stat_of(vm, this)?;
        let (seconds, nanoseconds) = (found.mtime(), found.mtime_nsec());
        time_value(vm, seconds, nanoseconds)
    }

    #[method("atime")]
    fn atime(vm: &mut Vm, this: Value) -> RResult {
        let found = stat_of(vm, this)?;
        let (seconds, nanoseconds) = (found.atime(), found.atime_nsec());
        time_value(vm, seconds, nanoseconds)
    }

    #[method("birthtime")]
    fn birthtime(vm: &mut Vm, this: Value) -> RResult {
        let made = stat_of(vm, this)?.created();
        birth_time(vm, made, "")
    }

    #[method("ctime")]
    fn ctime(vm: &mut Vm, this: Value) -> RResult {
        let found = stat_of(vm, this)?;
        let (seconds, nanoseconds) = (found.ctime(), found.ctime_nsec());
        time_value(vm, seconds, nanoseconds)
    }
}
