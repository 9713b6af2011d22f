//! Patterns of file names: `Dir.glob` and `File.fnmatch`.

use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// The alternatives of `{a,b}` groups.
pub fn expand_braces(pattern: &[u8]) -> Vec<Vec<u8>> {
    let (mut expanded, mut waiting) = (Vec::new(), vec![pattern.to_vec()]);
    while let Some(pattern) = waiting.pop() {
        match first_alternatives(&pattern) {
            Some(alternatives) => waiting.extend(alternatives.into_iter().rev()),
            None => expanded.push(pattern),
        }
    }
    expanded
}

/// The patterns that the first group stands for.
fn first_alternatives(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let open = (0..bytes.len()).find(|&at| bytes[at] == b'{' && !is_escaped(bytes, at))?;
    let (mut depth, mut parts, mut start) = (0, Vec::new(), open + 1);
    for at in open..bytes.len() {
        match bytes[at] {
            _ if is_escaped(bytes, at) => {}
            b'{' => depth += 1,
            b',' if depth == 1 => {
                parts.push(&bytes[start..at]);
                start = at + 1;
            }
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    parts.push(&bytes[start..at]);
                    let (head, tail) = (&bytes[..open], &bytes[at + 1..]);
                    return Some(parts.iter().map(|part| [head, part, tail].concat()).collect());
                }
            }
            _ => {}
        }
    }
    None
}

fn is_escaped(bytes: &[u8], at: usize) -> bool {
    bytes[..at].iter().rev().take_while(|&&byte| byte == b'\\').count() % 2 == 1
}

/// The names that a pattern without groups finds, below `base` where they are relative.
pub fn glob(pattern: &[u8], flags: i64, base: &[u8], found: &mut Vec<Vec<u8>>) {
    if pattern.is_empty() {
        return;
    }
    let (root, rest) = match pattern.strip_prefix(b"/") {
        Some(rest) => (&b"/"[..], &rest[rest.iter().take_while(|&&byte| byte == b'/').count()..]),
        None => (&b""[..], pattern),
    };
    let mut parts: Vec<&[u8]> = rest.split(|&byte| byte == b'/').collect();
    // The last part is a name, be it `**`.
    let name = parts.pop();
    parts.dedup_by(|a, b| *a == b"**" && *b == b"**");
    parts.extend(name);
    walk(root, &parts, flags, base, (true, found));
}

fn real(base: &[u8], path: &[u8]) -> PathBuf {
    let path = OsStr::from_bytes(if path.is_empty() { b"." } else { path });
    if base.is_empty() { PathBuf::from(path) } else { Path::new(OsStr::from_bytes(base)).join(path) }
}

/// Finds what the parts match below a folder: the first one that is searched, where the folder itself is a name (`.`), or one that
/// a pattern led to.
fn walk(prefix: &[u8], parts: &[&[u8]], flags: i64, base: &[u8], (is_first, found): (bool, &mut Vec<Vec<u8>>)) {
    let Some((&part, rest)) = parts.split_first() else {
        if std::fs::symlink_metadata(real(base, prefix)).is_ok() {
            found.push(prefix.to_vec());
        }
        return;
    };
    let join = |name: &[u8]| if prefix.is_empty() || prefix.ends_with(b"/") { [prefix, name].concat() } else { [prefix, b"/", name].concat() };
    let mut go_on = |child: &[u8], is_first: bool| {
        if rest.is_empty() || real(base, child).is_dir() {
            walk(child, rest, flags, base, (is_first, found));
        }
    };
    if part.is_empty() && !rest.is_empty() {
        // More slashes than one stay as they are.
        let slash: &[u8] = if prefix.ends_with(b"/") { b"/" } else { b"//" };
        walk(&[prefix, slash].concat(), rest, flags, base, (is_first, found));
    } else if part.is_empty() {
        // A trailing slash asks for folders.
        if !(prefix.is_empty() && base.is_empty()) && real(base, prefix).is_dir() {
            found.push([prefix, b"/"].concat());
        }
    } else if part == b"**" && !rest.is_empty() {
        walk(prefix, rest, flags, base, (is_first && flags & 4 != 0, found));
        for name in folder_names(&real(base, prefix)) {
            let child = join(&name);
            let hidden = name.starts_with(b".") && flags & 4 == 0;
            if !hidden && std::fs::symlink_metadata(real(base, &child)).is_ok_and(|found| found.is_dir()) {
                walk(&child, parts, flags, base, (false, found));
            }
        }
    } else if !part.iter().any(|byte| b"*?[\\".contains(byte)) {
        go_on(&join(part), is_first);
    } else if !part.iter().any(|byte| b"*?[".contains(byte)) && flags & 1 == 0 {
        // Nothing but escapes: a name.
        go_on(&join(&unescaped(part)), is_first);
    } else {
        let mut names = folder_names(&real(base, prefix));
        if is_first {
            names.insert(0, b".".to_vec());
        }
        names.iter().filter(|name| matches(part, name, flags | 2)).for_each(|name| go_on(&join(name), false));
    }
}

/// A name without its escapes.
fn unescaped(part: &[u8]) -> Vec<u8> {
    let mut name = Vec::with_capacity(part.len());
    let mut bytes = part.iter();
    while let Some(&byte) = bytes.next() {
        let escaped = if byte == b'\\' { bytes.next() } else { None };
        name.push(escaped.copied().unwrap_or(byte));
    }
    name
}

fn folder_names(path: &Path) -> Vec<Vec<u8>> {
    let Ok(entries) = std::fs::read_dir(path) else { return Vec::new() };
    let mut list: Vec<Vec<u8>> = entries.filter_map(|entry| Some(entry.ok()?.file_name().into_vec())).collect();
    list.sort();
    list
}

/// A character, or a byte that belongs to none as a number beyond all characters.
type Unit = u32;

fn units(bytes: &[u8]) -> Vec<Unit> {
    let mut units = Vec::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        units.extend(chunk.valid().chars().map(u32::from));
        units.extend(chunk.invalid().iter().map(|&byte| 0x11_0000 + u32::from(byte)));
    }
    units
}

const fn unit(character: char) -> Unit {
    character as Unit
}

/// `File.fnmatch`; flags as File::FNM_*.
pub fn matches(pattern: &[u8], name: &[u8], flags: i64) -> bool {
    if flags & 16 != 0 {
        return expand_braces(pattern).iter().any(|pattern| matches(pattern, name, flags & !16));
    }
    let (pattern, name) = (units(pattern), units(name));
    Matcher { flags, pattern: &pattern, name: &name, star: None, folders: None }.run()
}

/// Are they the same, or the same but for case?
fn is_same(a: Unit, b: Unit, ignores_case: bool) -> bool {
    let lower = |unit| char::from_u32(unit).map(char::to_lowercase);
    a == b || ignores_case && lower(a).zip(lower(b)).is_some_and(|(a, b)| a.eq(b))
}

/// The upper case of a character that has a single one.
fn upper(unit: Unit) -> Unit {
    char::from_u32(unit).map_or(unit, |character| character.to_ascii_uppercase().into())
}

/// A match under way, without recursion: only the last `*` and the last `**/` need another try.
struct Matcher<'a> {
    flags: i64,
    pattern: &'a [Unit],
    name: &'a [Unit],
    /// Pattern behind the last `*`, and the name behind what it stands for.
    star: Option<(&'a [Unit], &'a [Unit])>,
    /// The same for the last `**/`.
    folders: Option<(&'a [Unit], &'a [Unit])>,
}

impl<'a> Matcher<'a> {
    fn run(mut self) -> bool {
        let mut at_start = true;
        loop {
            if self.pattern.is_empty() && self.name.is_empty() {
                return true;
            }
            at_start = match self.step(at_start).or_else(|| self.retry()) {
                Some(at_start) => at_start,
                None => return false,
            };
        }
    }

    /// Must a leading period be matched by itself here?
    fn is_hidden(&self, name: &[Unit]) -> bool {
        self.flags & 4 == 0 && name.first() == Some(&unit('.'))
    }

    /// Takes one part of the pattern and what it matches. Tells whether a name starts behind it; None without a match.
    fn step(&mut self, at_start: bool) -> Option<bool> {
        let (escape, path) = (self.flags & 1 == 0, self.flags & 2 != 0);
        let ignores_case = self.flags & 8 != 0;
        let same = |a: Unit, b: Unit| is_same(a, b, ignores_case);
        let within = |low: Unit, c: Unit, high: Unit| match ignores_case {
            true => c == low || c == high || (upper(low)..=upper(high)).contains(&upper(c)),
            false => (low..=high).contains(&c),
        };
        let (&first, rest) = self.pattern.split_first()?;
        if first == unit('*') && path && at_start && rest.starts_with(&[unit('*'), unit('/')]) {
            self.pattern = &rest[2..];
            (self.folders, self.star) = (Some((self.pattern, self.name)), None);
            return Some(true);
        }
        let first_char = char::from_u32(first).unwrap_or_default();
        if matches!(first_char, '*' | '?' | '[') && at_start && self.is_hidden(self.name) {
            return None;
        }
        if first_char == '*' {
            self.pattern = rest;
            self.star = Some((rest, self.name));
            return Some(false);
        }
        let (&c, behind) = self.name.split_first()?;
        let used = match first_char {
            '?' => (!path || c != unit('/')).then_some(0)?,
            '[' if path && c == unit('/') => return None,
            '[' => class(rest, c, escape, &within).filter(|&(matched, _)| matched)?.1,
            '\\' if escape && !rest.is_empty() => same(rest[0], c).then_some(1)?,
            _ => same(first, c).then_some(0)?,
        };
        (self.pattern, self.name) = (&rest[used..], behind);
        Some(path && first_char == '/')
    }

    /// Lets the last `*` stand for one character more, or else the last `**/` for one folder more.
    fn retry(&mut self) -> Option<bool> {
        let path = self.flags & 2 != 0;
        if let Some((pattern, name)) = self.star.take()
            && let Some((_, behind)) = name.split_first().filter(|&(&c, _)| !path || c != unit('/'))
        {
            (self.pattern, self.name) = (pattern, behind);
            self.star = Some((pattern, behind));
            return Some(false);
        }
        let (pattern, name) = self.folders.take()?;
        let slash = name.iter().position(|&c| c == unit('/')).filter(|_| !self.is_hidden(name))?;
        (self.pattern, self.name) = (pattern, &name[slash + 1..]);
        self.folders = Some((pattern, self.name));
        Some(true)
    }
}

/// Matches a bracket class: case counts, except in what is `within` a range. Gives the answer and the pattern characters used.
fn class(pattern: &[Unit], c: Unit, escape: bool, within: &dyn Fn(Unit, Unit, Unit) -> bool) -> Option<(bool, usize)> {
    let negated = pattern.first().is_some_and(|&first| first == unit('!') || first == unit('^'));
    let mut at = usize::from(negated);
    let mut found = false;
    loop {
        let mut low = *pattern.get(at)?;
        if low == unit(']') && at > usize::from(negated) {
            return Some((found != negated, at + 1));
        }
        if low == unit('\\') && escape {
            at += 1;
            low = *pattern.get(at)?;
        }
        if pattern.get(at + 1) == Some(&unit('-')) && pattern.get(at + 2).is_some_and(|&high| high != unit(']')) {
            found |= within(low, c, pattern[at + 2]);
            at += 3;
        } else {
            found |= low == c;
            at += 1;
        }
    }
}
