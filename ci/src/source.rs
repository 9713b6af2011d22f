//! The project's Rust files, and their text without comments and literals.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders below the root that hold our code.
const FOLDERS: &[&str] = &["runtime", "jit", "persist", "prelude", "stdlib", "conformance", "perf", "ci"];

/// A Rust file.
pub struct SourceFile {
    /// Path relative to the root, with slashes.
    pub path: String,
    pub text: String,
}

/// All Rust files, sorted by path.
pub fn rust_files(root: &Path) -> Result<Vec<SourceFile>, String> {
    let mut paths = Vec::new();
    for folder in FOLDERS {
        collect(&root.join(folder), &mut paths)?;
    }
    paths.sort();
    paths.into_iter().map(|path| read(root, &path)).collect()
}

fn read(root: &Path, path: &Path) -> Result<SourceFile, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let path = path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned();
    Ok(SourceFile { path, text })
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<(), String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            if path.file_name().is_none_or(|name| name != "target") {
                collect(&path, paths)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
    Ok(())
}

/// The code of `text`: comments and the insides of string and character literals are blanks; lines stay where they are.
pub fn code_of(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let rest = &bytes[index..];
        let skipped = comment_length(rest).or_else(|| raw_string_length(rest, code.last())).or_else(|| literal_length(rest));
        let length = skipped.unwrap_or(1).min(rest.len());
        match skipped {
            Some(_) => code.extend(rest[..length].iter().map(|byte| if *byte == b'\n' { b'\n' } else { b' ' })),
            None => code.push(rest[0]),
        }
        index += length;
    }
    String::from_utf8_lossy(&code).into_owned()
}

fn comment_length(rest: &[u8]) -> Option<usize> {
    if rest.starts_with(b"//") {
        return Some(rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()));
    }
    if !rest.starts_with(b"/*") {
        return None;
    }
    let mut depth = 0usize;
    let mut index = 0;
    while index < rest.len() {
        if rest[index..].starts_with(b"/*") {
            depth += 1;
            index += 2;
        } else if rest[index..].starts_with(b"*/") {
            depth -= 1;
            index += 2;
            if depth == 0 {
                return Some(index);
            }
        } else {
            index += 1;
        }
    }
    Some(rest.len())
}

/// `r"..."`, `br#"..."#`, `cr"..."`; `before` is the byte in front, since `r` may end a name.
fn raw_string_length(rest: &[u8], before: Option<&u8>) -> Option<usize> {
    if before.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
        return None;
    }
    let start = usize::from(matches!(rest.first(), Some(b'b' | b'c')));
    if rest.get(start) != Some(&b'r') {
        return None;
    }
    let hashes = rest[start + 1..].iter().take_while(|byte| **byte == b'#').count();
    let open = start + 1 + hashes;
    if rest.get(open) != Some(&b'"') {
        return None;
    }
    let mut end = vec![b'"'];
    end.resize(1 + hashes, b'#');
    let body = &rest[open + 1..];
    let close = body.windows(end.len()).position(|window| window == end);
    Some(close.map_or(rest.len(), |close| open + 1 + close + end.len()))
}

/// A string or character literal; a lifetime is none.
fn literal_length(rest: &[u8]) -> Option<usize> {
    let quote = *rest.first()?;
    if quote == b'\'' {
        let is_literal = match rest.get(1)? {
            b'\\' => true,
            // Any character up to four bytes long, then the quote.
            _ => rest[2..].iter().take(4).position(|byte| *byte == b'\'').is_some_and(|at| at == 0 || rest[1] >= 0x80),
        };
        if !is_literal {
            return None;
        }
    } else if quote != b'"' {
        return None;
    }
    let mut index = 1;
    while index < rest.len() {
        match rest[index] {
            b'\\' => index += 2,
            byte if byte == quote => return Some(index + 1),
            _ => index += 1,
        }
    }
    Some(rest.len())
}

/// Whether `word` stands in `line` as a whole identifier.
pub fn has_word(line: &str, word: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    line.match_indices(word).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::{code_of, has_word};

    #[test]
    fn blanks_out_what_is_no_code() {
        let rows: [(&str, &[&str]); 8] = [
            ("a // unsafe\nb", &["a", "b"]),
            ("a /* x /* y */ z */ b", &["a", "b"]),
            ("f(\"un\\\"safe\") + 1", &["f(", ")", "+", "1"]),
            ("r#\"a\"b\"# c", &["c"]),
            ("for x in 'a' c", &["for", "x", "in", "c"]),
            ("fn f<'a>(x: &'a str)", &["fn", "f<'a>(x:", "&'a", "str)"]),
            ("'\\'' b", &["b"]),
            ("'\u{e9}' b \"no end", &["b"]),
        ];
        for (text, expected) in rows {
            let code = code_of(text);
            assert_eq!(code.split_whitespace().collect::<Vec<_>>(), expected, "{text}");
            assert_eq!(code.lines().count(), text.lines().count());
        }
    }

    #[test]
    fn words() {
        assert!(has_word("unsafe {", "unsafe"));
        assert!(!has_word("unsafe_code", "unsafe"));
        assert!(!has_word("not_unsafe", "unsafe"));
    }
}
