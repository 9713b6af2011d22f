//! Names of files: bytes, which need not be characters of any encoding.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::ops::Deref;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use text::encoding::Encoding;
use vm::{RString, Value, Vm};

/// A name as the program spells it: its bytes and their encoding.
#[derive(Clone, Debug)]
pub struct FileName {
    bytes: Vec<u8>,
    encoding: Encoding,
}

impl FileName {
    /// The name in a String.
    pub fn of(text: RString) -> FileName {
        FileName { bytes: text.bytes().to_vec(), encoding: text.encoding() }
    }

    /// A name that the system told.
    pub fn told(vm: &Vm, name: impl Into<OsString>) -> FileName {
        FileName { bytes: name.into().into_vec(), encoding: vm.default_external() }
    }

    /// Other bytes in the same encoding.
    pub fn with(&self, bytes: &[u8]) -> FileName {
        FileName { bytes: bytes.to_vec(), encoding: self.encoding }
    }

    /// The same bytes in another encoding.
    pub fn in_encoding(self, encoding: Encoding) -> FileName {
        FileName { encoding, ..self }
    }

    /// The encoding of the bytes.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// As a String.
    pub fn value(&self, vm: &mut Vm) -> Value {
        vm.string(&self.bytes, self.encoding)
    }

    /// As a path.
    pub fn to_path_buf(&self) -> PathBuf {
        self.as_ref().to_path_buf()
    }
}

impl Deref for FileName {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl AsRef<Path> for FileName {
    fn as_ref(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.bytes))
    }
}

impl From<&str> for FileName {
    fn from(name: &str) -> FileName {
        FileName { bytes: name.as_bytes().to_vec(), encoding: Encoding::UTF_8 }
    }
}

/// In messages: what is no UTF-8 shows as U+FFFD.
impl fmt::Display for FileName {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        String::from_utf8_lossy(&self.bytes).fmt(to)
    }
}

/// The name without slashes at its end.
pub fn without_slashes(name: &[u8]) -> &[u8] {
    let length = name.iter().rposition(|&byte| byte != b'/').map_or(0, |last| last + 1);
    &name[..length]
}
