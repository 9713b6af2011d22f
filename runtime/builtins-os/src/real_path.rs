//! File.realpath and File.realdirpath.
//!
//! The system answers for paths that exist. Where it refuses because a part is no folder, and where the last part
//! need not exist, the path is walked here: `..` takes back one resolved part, whatever that part is.

use crate::errors::check;
use crate::file::path_of;
use crate::file_name::FileName;
use macros::ruby_methods;
use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io::{Error, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use text::encoding::Encoding;
use vm::{RResult, Value, Vm};

/// Most symbolic links on the way.
const LINKS_MAX: usize = 40;

/// Methods of File.
pub struct RealPaths;

#[ruby_methods("File")]
impl RealPaths {
    #[singleton("realpath")]
    fn realpath(vm: &mut Vm, _this: Value, path: Value, base: Option<Value>) -> RResult {
        let (path, encoding) = joined(vm, path, base)?;
        let real = match std::fs::canonicalize(&path) {
            Err(error) if error.raw_os_error() == Some(libc::ENOTDIR) => walked(vm, &path, Last::Exists)?,
            other => check(vm, other, &format!("rb_check_realpath_internal - {}", path.display()))?,
        };
        Ok(text(vm, &real, encoding))
    }

    /// As `realpath`, but the last part need not exist.
    #[singleton("realdirpath")]
    fn realdirpath(vm: &mut Vm, _this: Value, path: Value, base: Option<Value>) -> RResult {
        let (path, encoding) = joined(vm, path, base)?;
        let real = walked(vm, &path, Last::Any)?;
        Ok(text(vm, &real, encoding))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Exists,
    Any,
}

/// The answer is in the encoding of the question.
fn text(vm: &mut Vm, path: &Path, encoding: Encoding) -> Value {
    FileName::told(vm, path).in_encoding(encoding).value(vm)
}

fn joined(vm: &mut Vm, path: Value, base: Option<Value>) -> RResult<(PathBuf, Encoding)> {
    let name = path_of(vm, path)?;
    let (path, encoding) = (name.to_path_buf(), name.encoding());
    Ok(match base.filter(|base| !base.is_nil()) {
        Some(base) => (path_of(vm, base)?.to_path_buf().join(path), encoding),
        None => (path, encoding),
    })
}

fn walked(vm: &mut Vm, path: &Path, last: Last) -> RResult<PathBuf> {
    let here = std::env::current_dir().unwrap_or_default();
    walk(&here.join(path), last).or_else(|(error, place)| check(vm, Err(error), &format!("realpath_rec - {}", place.display())))
}

/// Resolves an absolute path part by part; the error tells the part's place.
fn walk(path: &Path, last: Last) -> Result<PathBuf, (Error, PathBuf)> {
    let mut parts = parts_of(path);
    let mut real = PathBuf::from("/");
    let mut links = 0;
    while let Some(part) = parts.pop_front() {
        if part == ".." {
            real.pop();
            continue;
        }
        let place = real.join(&part);
        let target = match std::fs::symlink_metadata(&place) {
            Ok(found) if found.is_symlink() => std::fs::read_link(&place).map_err(|error| (error, place.clone()))?,
            Ok(_) => {
                real = place;
                continue;
            }
            Err(error) if error.kind() == ErrorKind::NotFound && last == Last::Any && parts.is_empty() => return Ok(place),
            Err(error) => return Err((error, place)),
        };
        links += 1;
        if links > LINKS_MAX {
            return Err((Error::from_raw_os_error(libc::ELOOP), place));
        }
        if target.is_absolute() {
            real = PathBuf::from("/");
        }
        let mut rest = parts_of(&target);
        rest.append(&mut parts);
        parts = rest;
    }
    Ok(real)
}

fn parts_of(path: &Path) -> VecDeque<OsString> {
    let parts = path.as_os_str().as_bytes().split(|&byte| byte == b'/');
    parts.filter(|part| !part.is_empty() && *part != b".").map(|part| OsStr::from_bytes(part).to_os_string()).collect()
}
