//! File::Stat's questions about access and kinds, owners of files, and the same questions by path.

use crate::errors::check;
use crate::file::{asked_path, new_stat, path_of, stat_of};
use crate::file_name::FileName;
use macros::ruby_methods;
use std::fs::Metadata;
use std::os::unix::fs::{FileTypeExt, MetadataExt, chown, fchown, lchown};
use vm::define::MethodGroup;
use vm::{RResult, Value, Vm};

/// All groups of this file.
pub const GROUPS: &[MethodGroup] = &[Stats::GROUP, Owners::GROUP, Openness::GROUP, TestOpenness::GROUP, OpenFiles::GROUP];

/// Who asks: by the effective or the real user.
#[derive(Clone, Copy)]
struct Asker {
    user: u32,
    group: u32,
}

fn effective() -> Asker {
    Asker { user: rustix::process::geteuid().as_raw(), group: rustix::process::getegid().as_raw() }
}

fn real() -> Asker {
    Asker { user: rustix::process::getuid().as_raw(), group: rustix::process::getgid().as_raw() }
}

/// Is it the group of the process, or one of its others?
fn is_member(group: u32, own: u32) -> bool {
    group == own || rustix::process::getgroups().is_ok_and(|groups| groups.iter().any(|other| other.as_raw() == group))
}

/// May the asker do what the bit (4 read, 2 write, 1 run) stands for? The superuser may, but runs only what somebody may.
fn may(found: &Metadata, asker: Asker, bit: u32) -> bool {
    let mode = found.mode();
    if asker.user == 0 {
        return bit != 1 || mode & 0o111 != 0;
    }
    if found.uid() == asker.user {
        return mode >> 6 & bit != 0;
    }
    if is_member(found.gid(), asker.group) {
        return mode >> 3 & bit != 0;
    }
    mode & bit != 0
}

/// The permission bits if everybody has this one.
fn open_to_all(found: &Metadata, bit: u32) -> Value {
    if found.mode() & bit != 0 { Value::small(i64::from(found.mode() & 0o777)) } else { Value::NIL }
}

/// `inspect`: all that the system tells.
fn shown(vm: &mut Vm, this: Value) -> RResult<String> {
    let found = stat_of(vm, this)?;
    let mut text = format!(
        "dev=0x{:x}, ino={}, mode=0{:o}, nlink={}, uid={}, gid={}, rdev=0x{:x}, size={}, blksize={}, blocks={}",
        found.dev(),
        found.ino(),
        found.mode(),
        found.nlink(),
        found.uid(),
        found.gid(),
        found.rdev(),
        found.len(),
        found.blksize(),
        found.blocks()
    );
    let has_birth = found.created().is_ok();
    for name in ["atime", "mtime", "ctime"].into_iter().chain(has_birth.then_some("birthtime")) {
        let time = vm.send(this, name, &[])?;
        text += &format!(", {name}={}", vm.inspect_text(time)?);
    }
    Ok(format!("#<{} {text}>", vm.class_name_of(this)))
}

/// File::Stat.
pub struct Stats;

macro_rules! questions {
    ($class:literal $group:ident $($name:literal $function:ident |$found:ident| $answer:expr;)*) => {
        #[ruby_methods($class)]
        impl $group {
            /// `File::Stat.new(path)`
            #[singleton("new")]
            fn new(vm: &mut Vm, _this: Value, path: Value) -> RResult {
                let path = path_of(vm, path)?;
                let found = check(vm, std::fs::metadata(&path), &format!("rb_stat_init - {path}"))?;
                Ok(new_stat(vm, found))
            }
            #[method("<=>")]
            fn compare(vm: &mut Vm, this: Value, other: Value) -> RResult {
                let stat = vm.class_at("File::Stat");
                if !vm.is_a(other, stat) {
                    return Ok(Value::NIL);
                }
                let time = |found: &Metadata| (found.mtime(), found.mtime_nsec());
                let order = time(stat_of(vm, this)?).cmp(&time(stat_of(vm, other)?));
                Ok(Value::small(order as i64))
            }
            $( #[method($name)]
            fn $function(vm: &mut Vm, this: Value) -> RResult<bool> { let $found = stat_of(vm, this)?; Ok($answer) } )*
            #[method("inspect")]
            fn inspect(vm: &mut Vm, this: Value) -> RResult<String> { shown(vm, this) }
            #[method("size?")]
            fn size_or_nil(vm: &mut Vm, this: Value) -> RResult {
                let size = stat_of(vm, this)?.len();
                Ok(if size == 0 { Value::NIL } else { vm.int(size as i64) })
            }
            #[method("rdev")]
            fn rdev(vm: &mut Vm, this: Value) -> RResult<i64> { Ok(stat_of(vm, this)?.rdev() as i64) }
            #[method("rdev_major")]
            fn rdev_major(vm: &mut Vm, this: Value) -> RResult<i64> { Ok(i64::from(rustix::fs::major(stat_of(vm, this)?.rdev()))) }
            #[method("rdev_minor")]
            fn rdev_minor(vm: &mut Vm, this: Value) -> RResult<i64> { Ok(i64::from(rustix::fs::minor(stat_of(vm, this)?.rdev()))) }
            #[method("dev_major")]
            fn dev_major(vm: &mut Vm, this: Value) -> RResult<i64> { Ok(i64::from(rustix::fs::major(stat_of(vm, this)?.dev()))) }
            #[method("dev_minor")]
            fn dev_minor(vm: &mut Vm, this: Value) -> RResult<i64> { Ok(i64::from(rustix::fs::minor(stat_of(vm, this)?.dev()))) }
            #[method("blocks")]
            fn blocks(vm: &mut Vm, this: Value) -> RResult<i64> { Ok(stat_of(vm, this)?.blocks() as i64) }
            #[method("blksize")]
            fn blksize(vm: &mut Vm, this: Value) -> RResult<i64> { Ok(stat_of(vm, this)?.blksize() as i64) }
        }
    };
}
questions! { "File::Stat" Stats
    "readable?" readable |found| may(found, effective(), 4);
    "readable_real?" readable_real |found| may(found, real(), 4);
    "writable?" writable |found| may(found, effective(), 2);
    "writable_real?" writable_real |found| may(found, real(), 2);
    "executable?" executable |found| may(found, effective(), 1);
    "executable_real?" executable_real |found| may(found, real(), 1);
    "setuid?" setuid |found| found.mode() & 0o4000 != 0;
    "setgid?" setgid |found| found.mode() & 0o2000 != 0;
    "pipe?" pipe |found| found.file_type().is_fifo();
    "socket?" socket |found| found.file_type().is_socket();
    "blockdev?" blockdev |found| found.file_type().is_block_device();
    "chardev?" chardev |found| found.file_type().is_char_device();
    "grpowned?" group_owned |found| is_member(found.gid(), effective().group);
}

macro_rules! openness {
    ($($group:ident $class:literal;)*) => { $(
        /// Who may use a file, by its path.
        pub struct $group;

        #[ruby_methods($class)]
        impl $group {
            #[singleton("world_readable?")]
            fn world_readable(vm: &mut Vm, _this: Value, path: Value) -> RResult {
                let path = asked_path(vm, path)?;
                Ok(std::fs::metadata(path).map_or(Value::NIL, |found| open_to_all(&found, 0o004)))
            }
            #[singleton("world_writable?")]
            fn world_writable(vm: &mut Vm, _this: Value, path: Value) -> RResult {
                let path = asked_path(vm, path)?;
                Ok(std::fs::metadata(path).map_or(Value::NIL, |found| open_to_all(&found, 0o002)))
            }
            #[singleton("grpowned?")]
            fn group_owned(vm: &mut Vm, _this: Value, path: Value) -> RResult<bool> {
                let path = asked_path(vm, path)?;
                Ok(std::fs::metadata(path).is_ok_and(|found| is_member(found.gid(), effective().group)))
            }
        }
    )* };
}
openness! { Openness "File"; TestOpenness "FileTest"; }

/// Changing owners by path.
pub struct Owners;

/// A user's or group's number; nil and -1 leave it as it is.
fn number(vm: &mut Vm, value: Value) -> RResult<Option<u32>> {
    if value.is_nil() {
        return Ok(None);
    }
    Ok(u32::try_from(vm.to_i64(value)?).ok())
}

type Change = fn(&FileName, Option<u32>, Option<u32>) -> std::io::Result<()>;

fn change_all(vm: &mut Vm, user: Value, group: Value, paths: &[Value], change: Change) -> RResult<i64> {
    let (user, group) = (number(vm, user)?, number(vm, group)?);
    for &path in paths {
        let path = path_of(vm, path)?;
        check(vm, change(&path, user, group), &format!("apply2files - {path}"))?;
    }
    Ok(paths.len() as i64)
}

#[ruby_methods("File")]
impl Owners {
    #[singleton("chown")]
    fn chown(vm: &mut Vm, _this: Value, user: Value, group: Value, paths: &[Value]) -> RResult<i64> {
        change_all(vm, user, group, paths, |path, user, group| chown(path, user, group))
    }

    #[singleton("lchown")]
    fn lchown(vm: &mut Vm, _this: Value, user: Value, group: Value, paths: &[Value]) -> RResult<i64> {
        change_all(vm, user, group, paths, |path, user, group| lchown(path, user, group))
    }
}

/// Changing the owner of an open file.
pub struct OpenFiles;

#[ruby_methods("File")]
impl OpenFiles {
    #[method("chown")]
    fn chown(vm: &mut Vm, this: Value, user: Value, group: Value) -> RResult<i64> {
        let (user, group) = (number(vm, user)?, number(vm, group)?);
        let data = crate::io::open_io(vm, this)?;
        let result = data.file.as_ref().map_or(Ok(()), |file| fchown(file, user, group));
        check(vm, result, "")?;
        Ok(0)
    }
}
