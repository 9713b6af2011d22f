//! Dir: listing, globbing, changing folders.

use crate::errors::{check, raise_errno, raise_io, with_room};
use crate::file_name::FileName;
use crate::glob::{expand_braces, glob};
use macros::ruby_methods;
use text::encoding::Encoding;
use vm::{Block, Keywords, RArray, RResult, RString, Value, Vm};

/// Methods.
pub fn init(vm: &mut Vm) {
    vm.define_groups(&[Dirs::GROUP]);
    crate::dir_stream::init(vm);
}

/// Methods of Dir itself.
pub struct Dirs;

pub(crate) fn path_of(vm: &mut Vm, value: Value) -> RResult<FileName> {
    Ok(FileName::of(vm.to_path(value)?))
}

/// The encoding that names are told in: that of the keyword or the default one.
pub(crate) fn encoding_of(vm: &mut Vm, keywords: Keywords) -> RResult<Encoding> {
    keywords.check(vm, &["encoding"])?;
    match keywords.get(vm, "encoding").filter(|encoding| !encoding.is_nil()) {
        Some(encoding) => vm.to_encoding(encoding),
        None => Ok(vm.default_external()),
    }
}

pub(crate) fn names(vm: &mut Vm, path: &FileName) -> RResult<Vec<FileName>> {
    let entries = with_room(vm, || std::fs::read_dir(path));
    let entries = check(vm, entries, &format!("dir_initialize - {path}"))?;
    let mut list: Vec<FileName> = entries.filter_map(|entry| Some(FileName::told(vm, entry.ok()?.file_name()))).collect();
    list.sort_by(|a, b| a[..].cmp(b));
    Ok(list)
}

/// The names with those of the folder itself and the one above.
pub(crate) fn all_names(vm: &mut Vm, path: &FileName) -> RResult<Vec<FileName>> {
    let dots = [".", ".."].map(|name| FileName::told(vm, name));
    Ok(dots.into_iter().chain(names(vm, path)?).collect())
}

pub(crate) fn strings(vm: &mut Vm, list: impl IntoIterator<Item = FileName>) -> RResult<RArray> {
    let array = vm.new_array();
    for name in list {
        let name = name.value(vm);
        vm.push(array, name)?;
    }
    Ok(array)
}

/// Where the system shows the folder of an open descriptor; EBADF when nothing is open there.
pub(crate) fn open_folder(vm: &mut Vm, number: i64, what: &str) -> RResult<FileName> {
    let number = i32::try_from(number).unwrap_or(-1);
    if crate::sys::opened_with(number).is_none() {
        return Err(raise_errno(vm, libc::EBADF, what));
    }
    Ok(FileName::told(vm, format!("/proc/self/fd/{number}")))
}

/// Works in a folder, for a block or from now on.
pub(crate) fn change_folder(vm: &mut Vm, path: &FileName, what: &str, shown: &[Value], block: Block) -> RResult {
    let before = if block.is_some() { Some(check(vm, std::env::current_dir(), "")?) } else { None };
    check(vm, std::env::set_current_dir(path), what)?;
    match before {
        Some(before) => vm.ensure(|vm| block.call(vm, shown), |vm| check(vm, std::env::set_current_dir(&before), "")),
        None => Ok(Value::small(0)),
    }
}

#[ruby_methods("Dir")]
impl Dirs {
    #[singleton("pwd", "getwd")]
    fn pwd(vm: &mut Vm, _this: Value) -> RResult {
        let here = check(vm, std::env::current_dir(), "")?;
        Ok(FileName::told(vm, here).value(vm))
    }

    #[singleton("chdir")]
    fn chdir(vm: &mut Vm, _this: Value, path: Option<Value>, block: Block) -> RResult {
        let path = match path {
            Some(path) => path_of(vm, path)?,
            None => {
                let home = std::env::var_os("HOME").or_else(|| std::env::var_os("LOGDIR"));
                let home = home.ok_or_else(|| vm.argument_error("HOME/LOGDIR not set"))?;
                FileName::told(vm, home)
            }
        };
        let shown = path.value(vm);
        change_folder(vm, &path, &format!("dir_chdir0 - {path}"), &[shown], block)
    }

    /// `Dir.fchdir(descriptor) { ... }`
    #[singleton("fchdir")]
    fn fchdir(vm: &mut Vm, _this: Value, number: i64, block: Block) -> RResult {
        let path = open_folder(vm, number, "fchdir")?;
        change_folder(vm, &path, "fchdir", &[], block)
    }

    #[singleton("chroot")]
    fn chroot(vm: &mut Vm, _this: Value, path: Value) -> RResult<i64> {
        let path = path_of(vm, path)?;
        check(vm, std::os::unix::fs::chroot(&path), &format!("dir_s_chroot - {path}"))?;
        Ok(0)
    }

    #[singleton("mkdir")]
    fn mkdir(vm: &mut Vm, _this: Value, path: Value, mode: Option<i64>) -> RResult<i64> {
        use std::os::unix::fs::DirBuilderExt;
        let path = path_of(vm, path)?;
        let made = std::fs::DirBuilder::new().mode(mode.unwrap_or(0o777) as u32).create(&path);
        check(vm, made, &format!("dir_s_mkdir - {path}"))?;
        Ok(0)
    }

    #[singleton("rmdir", "delete", "unlink")]
    fn rmdir(vm: &mut Vm, _this: Value, path: Value) -> RResult<i64> {
        let path = path_of(vm, path)?;
        check(vm, std::fs::remove_dir(&path), &format!("dir_s_rmdir - {path}"))?;
        Ok(0)
    }

    #[singleton("exist?")]
    fn exist(vm: &mut Vm, _this: Value, path: Value) -> RResult<bool> {
        let path = path_of(vm, path)?;
        Ok(std::path::Path::is_dir(path.as_ref()))
    }

    #[singleton("empty?")]
    fn is_empty(vm: &mut Vm, _this: Value, path: Value) -> RResult<bool> {
        let path = path_of(vm, path)?;
        match with_room(vm, || std::fs::read_dir(&path)) {
            Ok(mut entries) => Ok(entries.next().is_none()),
            Err(error) if error.raw_os_error() == Some(libc::ENOTDIR) => Ok(false),
            Err(error) => Err(raise_io(vm, &error, &format!("rb_dir_s_empty_p - {path}"))),
        }
    }

    #[singleton("home")]
    fn home(vm: &mut Vm, _this: Value, user: Option<Value>) -> RResult {
        let user = match user.filter(|user| !user.is_nil()) {
            Some(user) => FileName::of(vm.to_str(user)?),
            None => FileName::from(""),
        };
        let folder = crate::file::home(vm, &user)?;
        Ok(FileName::told(vm, folder).value(vm))
    }

    #[singleton("entries")]
    fn entries(vm: &mut Vm, _this: Value, path: Value, keywords: Keywords) -> RResult<RArray> {
        let (encoding, path) = (encoding_of(vm, keywords)?, path_of(vm, path)?);
        let list = all_names(vm, &path)?;
        strings(vm, list.into_iter().map(|name| name.in_encoding(encoding)))
    }

    #[singleton("children")]
    fn children(vm: &mut Vm, _this: Value, path: Value, keywords: Keywords) -> RResult<RArray> {
        let (encoding, path) = (encoding_of(vm, keywords)?, path_of(vm, path)?);
        let list = names(vm, &path)?;
        strings(vm, list.into_iter().map(|name| name.in_encoding(encoding)))
    }

    #[singleton("each_child")]
    fn each_child(vm: &mut Vm, this: Value, path: Value, keywords: Keywords, block: Block) -> RResult {
        if !block.is_some() {
            return vm.enumerator(this, "each_child", &[path], keywords);
        }
        let list = Self::children(vm, this, path, keywords)?;
        for index in 0..list.len() {
            block.call(vm, &[list.get(index).unwrap_or(Value::NIL)])?;
        }
        Ok(Value::NIL)
    }

    #[singleton("foreach")]
    fn foreach(vm: &mut Vm, this: Value, path: Value, keywords: Keywords, block: Block) -> RResult {
        if !block.is_some() {
            return vm.enumerator(this, "foreach", &[path], keywords);
        }
        let list = Self::entries(vm, this, path, keywords)?;
        for index in 0..list.len() {
            block.call(vm, &[list.get(index).unwrap_or(Value::NIL)])?;
        }
        Ok(Value::NIL)
    }

    /// `Dir.glob(patterns, flags = 0, base: nil, sort: true)`
    #[singleton("glob")]
    fn glob(vm: &mut Vm, _this: Value, patterns: Value, flags: Option<Value>, keywords: Keywords, block: Block) -> RResult {
        keywords.check(vm, &["base", "sort", "flags"])?;
        let flags = match keywords.get(vm, "flags").or(flags) {
            Some(flags) => vm.to_i64(flags)?,
            None => 0,
        };
        let base = base_of(vm, keywords)?;
        let list = match RArray::new(patterns) {
            Some(list) => list,
            None => vm.array_view_of(&[patterns]),
        };
        let found = glob_all(vm, list, flags, base.as_ref())?;
        if !block.is_some() {
            return Ok(found.value());
        }
        for index in 0..found.len() {
            block.call(vm, &[found.get(index).unwrap_or(Value::NIL)])?;
        }
        Ok(Value::NIL)
    }

    #[singleton("[]")]
    fn index(vm: &mut Vm, _this: Value, patterns: &[Value], keywords: Keywords) -> RResult<RArray> {
        keywords.check(vm, &["base", "sort"])?;
        let base = base_of(vm, keywords)?;
        let all = vm.new_array();
        for &pattern in patterns {
            let list = match RArray::new(pattern) {
                Some(list) => list,
                None => vm.array_view_of(&[pattern]),
            };
            let found = glob_all(vm, list, 0, base.as_ref())?;
            all.extend(found.as_slice(&vm.heap)).ok_or_else(|| vm.no_memory())?;
        }
        Ok(all)
    }
}

/// The keyword `base`; `sort` is checked as well.
fn base_of(vm: &mut Vm, keywords: Keywords) -> RResult<Option<FileName>> {
    if let Some(sort) = keywords.get(vm, "sort").filter(|&sort| sort != Value::TRUE && sort != Value::FALSE) {
        let shown = vm.inspect_text(sort)?;
        return Err(vm.argument_error(&format!("expected true or false as sort: {shown}")));
    }
    match keywords.get(vm, "base").filter(|base| !base.is_nil()) {
        Some(base) => path_of(vm, base).map(Some),
        None => Ok(None),
    }
}

/// Refuses texts that no pattern is written in.
fn check_pattern(vm: &mut Vm, pattern: Value) -> RResult<()> {
    let Some(text) = RString::new(pattern) else { return Ok(()) };
    if !text.encoding().is_ascii_compatible() {
        let (class, name) = (vm.class_at("Encoding::CompatibilityError"), text.encoding().name());
        return Err(vm.raise(class, &format!("incompatible character encodings: {name} and US-ASCII")));
    }
    if text.bytes().contains(&0) { Err(vm.argument_error("nul-separated glob pattern is deprecated")) } else { Ok(()) }
}

fn glob_all(vm: &mut Vm, patterns: RArray, flags: i64, base: Option<&FileName>) -> RResult<RArray> {
    let array = vm.new_array();
    for index in 0..patterns.len() {
        let given = patterns.get(index).unwrap_or(Value::NIL);
        check_pattern(vm, given)?;
        let pattern = path_of(vm, given)?;
        let mut found = Vec::new();
        let base = base.map_or(&[][..], |base| base);
        let all = vm.deeply(|| expand_braces(&pattern).iter().for_each(|pattern| glob(pattern, flags, base, &mut found)));
        all.ok_or_else(|| vm.no_memory())?;
        let encoding = if pattern.encoding() == Encoding::US_ASCII { vm.default_external() } else { pattern.encoding() };
        for name in found {
            let name = pattern.with(&name).in_encoding(encoding).value(vm);
            vm.push(array, name)?;
        }
    }
    Ok(array)
}
