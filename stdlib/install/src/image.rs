//! The file system inside the WebAssembly build of Ruby (`ruby+stdlib.wasm`).
//!
//! wasi-vfs packs folders by running the module and keeping its memory: the files stand in the data segments as the
//! linked records that its C part works with. With 32-bit words in little-endian order these are
//!
//! ```text
//! node    0 folder? (one byte)   4 length of the content, or number of entries   8 address of the content, or of the first entry
//! entry   0 link                 4 name, ending in 0                             8 next entry
//! link    0 link of the parent   4 node
//! ```
//!
//! A file with a name that nothing else has leads to its entry, the parents of that to the root.

use std::path::PathBuf;

use crate::{Content, Entry};

/// Name of a file that stands in each library and is not mentioned by other text in memory with an entry around it.
const KNOWN_NAME: &[u8] = b"\0bundled_gems.rb\0";

/// Most memory that a module may describe.
const MEMORY_MAX: usize = 1 << 30;

const DEPTH_MAX: usize = 64;
/// Most files and folders; an image that refers to itself has no end.
const NODES_MAX: usize = 100_000;

/// Files of the image, with paths from its root.
pub fn read(module: &[u8]) -> Result<Vec<Entry>, String> {
    let memory = Memory(memory_of(module)?);
    let root = memory.root().ok_or("no packed file system with a Ruby library in this module")?;
    memory.files(root).ok_or_else(|| "the packed file system is damaged".to_string())
}

/// The memory as the module's active data segments fill it.
fn memory_of(module: &[u8]) -> Result<Vec<u8>, String> {
    let mut memory = Vec::new();
    for payload in wasmparser::Parser::new(0).parse_all(module) {
        let wasmparser::Payload::DataSection(segments) = payload.map_err(|error| format!("no WebAssembly module: {error}"))? else { continue };
        for segment in segments {
            let segment = segment.map_err(|error| format!("damaged data segment: {error}"))?;
            let wasmparser::DataKind::Active { offset_expr, .. } = segment.kind else { continue };
            let Ok(wasmparser::Operator::I32Const { value }) = offset_expr.get_operators_reader().read() else { continue };
            let start = value as u32 as usize;
            let end = start.saturating_add(segment.data.len());
            if end > MEMORY_MAX {
                return Err("a data segment lies beyond all memory".to_string());
            }
            if memory.len() < end {
                memory.resize(end, 0);
            }
            memory[start..end].copy_from_slice(segment.data);
        }
    }
    Ok(memory)
}

struct Memory(Vec<u8>);

impl Memory {
    fn word(&self, address: usize) -> Option<usize> {
        let bytes = self.0.get(address..address.checked_add(4)?)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?) as usize)
    }

    fn bytes(&self, address: usize, length: usize) -> Option<&[u8]> {
        self.0.get(address..address.checked_add(length)?)
    }

    /// A name of an entry; one that is no plain file name is damage.
    fn name(&self, address: usize) -> Option<&str> {
        let rest = self.0.get(address..)?;
        let length = rest.iter().take(256).position(|&byte| byte == 0)?;
        let name = std::str::from_utf8(&rest[..length]).ok()?;
        (!matches!(name, "" | "." | "..") && !name.contains('/')).then_some(name)
    }

    /// The root's link, from the entry of the known name.
    fn root(&self) -> Option<usize> {
        let names = positions(&self.0, KNOWN_NAME).map(|position| position + 1);
        let entries = names.flat_map(|name| {
            let word = (name as u32).to_le_bytes();
            positions(&self.0, &word).filter_map(|position| position.checked_sub(4)).collect::<Vec<_>>()
        });
        entries.filter_map(|entry| self.top(self.word(entry)?)).next()
    }

    /// The link without a parent above a link; None where these are no links.
    fn top(&self, mut link: usize) -> Option<usize> {
        for _ in 0..DEPTH_MAX {
            match self.word(link)? {
                0 if self.is_folder(link)? => return Some(link),
                0 => return None,
                parent => link = parent,
            }
        }
        None
    }

    fn is_folder(&self, link: usize) -> Option<bool> {
        Some(*self.0.get(self.word(link + 4)?)? == 1)
    }

    /// All files below a link; None where the records are damaged.
    fn files(&self, root: usize) -> Option<Vec<Entry>> {
        let mut files = Vec::new();
        let mut waiting = vec![(root, PathBuf::new())];
        let mut seen = 0;
        while let Some((link, path)) = waiting.pop() {
            seen += 1;
            let node = self.word(link + 4)?;
            let (count, address) = (self.word(node + 4)?, self.word(node + 8)?);
            if !self.is_folder(link)? {
                files.push(Entry { path, content: Content::Bytes(self.bytes(address, count)?.to_vec()) });
                continue;
            }
            let mut entry = address;
            for _ in 0..count {
                if seen + waiting.len() > NODES_MAX {
                    return None;
                }
                waiting.push((self.word(entry)?, path.join(self.name(self.word(entry + 4)?)?)));
                entry = self.word(entry + 8)?;
            }
        }
        Some(files)
    }
}

/// Where the wanted bytes stand.
fn positions<'a>(bytes: &'a [u8], wanted: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    memchr::memmem::find_iter(bytes, wanted)
}

#[cfg(test)]
mod tests {
    use super::{Memory, read};
    use crate::Content;

    /// Puts words at an address.
    fn put(memory: &mut [u8], address: usize, words: &[u32]) {
        for (index, word) in words.iter().enumerate() {
            memory[address + index * 4..][..4].copy_from_slice(&word.to_le_bytes());
        }
    }

    /// A root with one folder `lib` that holds the known file.
    fn memory() -> Memory {
        let mut memory = vec![0; 512];
        memory[100..104].copy_from_slice(b"lib\0");
        memory[111..127].copy_from_slice(b"bundled_gems.rb\0");
        memory[130..135].copy_from_slice(b"x = 1");
        // Links at 200, 210, 220; nodes at 240, 260, 280; entries at 300, 320.
        put(&mut memory, 200, &[0, 240]);
        put(&mut memory, 210, &[200, 260]);
        put(&mut memory, 220, &[210, 280]);
        put(&mut memory, 240, &[1, 1, 300]);
        put(&mut memory, 260, &[1, 1, 320]);
        put(&mut memory, 280, &[0, 5, 130]);
        put(&mut memory, 300, &[210, 100, 0]);
        put(&mut memory, 320, &[220, 111, 0]);
        Memory(memory)
    }

    #[test]
    fn the_known_name_leads_to_all_files() {
        let memory = memory();
        assert_eq!(memory.root(), Some(200));
        let files = memory.files(200).unwrap();
        assert_eq!(files.len(), 1);
        assert_eq!(files[0].path.to_str(), Some("lib/bundled_gems.rb"));
        assert!(matches!(&files[0].content, Content::Bytes(bytes) if bytes == b"x = 1"));
    }

    #[test]
    fn damage_is_told() {
        for (address, word) in [(300, 200), (240 + 8, 4000), (280 + 4, 4000), (320 + 4, 4000)] {
            let mut memory = memory();
            put(&mut memory.0, address, &[word]);
            assert!(memory.files(200).is_none(), "{address}");
        }
        let mut memory = memory();
        memory.0[100..104].copy_from_slice(b"../\0");
        assert!(memory.files(200).is_none());
        assert!(read(b"no module").is_err());
    }
}
