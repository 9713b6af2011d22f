//! Dir: listing, globbing, changing folders.

use crate::errors::{check, with_room};
use macros::ruby_methods;
use std::path::{Path, PathBuf};
use vm::{Block, Keywords, RArray, RResult, Value, Vm};

/// Methods.
pub fn init(vm: &mut Vm) {
    vm.define_groups(&[Dirs::GROUP]);
    crate::dir_stream::init(vm);
}

/// Methods of Dir itself.
pub struct Dirs;

pub(crate) fn path_of(vm: &mut Vm, value: Value) -> RResult<String> {
    Ok(vm.to_path(value)?.to_text())
}

pub(crate) fn names(vm: &mut Vm, path: &str) -> RResult<Vec<String>> {
    let entries = with_room(vm, || std::fs::read_dir(path));
    let entries = check(vm, entries, &format!("dir_initialize - {path}"))?;
    let mut list: Vec<String> = entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned())).collect();
    list.sort();
    Ok(list)
}

pub(crate) fn strings(vm: &mut Vm, list: impl IntoIterator<Item = String>) -> RResult<RArray> {
    let array = vm.new_array();
    for text in list {
        let text = vm.str(&text);
        vm.push(array, text)?;
    }
    Ok(array)
}

#[ruby_methods("Dir")]
impl Dirs {
    #[singleton("pwd", "getwd")]
    fn pwd(vm: &mut Vm, _this: Value) -> RResult<String> {
        Ok(check(vm, std::env::current_dir(), "")?.to_string_lossy().into_owned())
    }

    #[singleton("chdir")]
    fn chdir(vm: &mut Vm, _this: Value, path: Option<Value>, block: Block) -> RResult {
        let path = match path {
            Some(path) => path_of(vm, path)?,
            None => std::env::var("HOME").map_err(|_| vm.argument_error("HOME/LOGDIR not set"))?,
        };
        let before = check(vm, std::env::current_dir(), "")?;
        check(vm, std::env::set_current_dir(&path), &format!("dir_chdir0 - {path}"))?;
        if !block.is_some() {
            return Ok(Value::small(0));
        }
        let shown = vm.str(&path);
        vm.ensure(|vm| block.call(vm, &[shown]), |vm| check(vm, std::env::set_current_dir(&before), ""))
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
        Ok(Path::new(&path).is_dir())
    }

    #[singleton("empty?")]
    fn is_empty(vm: &mut Vm, _this: Value, path: Value) -> RResult<bool> {
        let path = path_of(vm, path)?;
        Ok(std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none()))
    }

    #[singleton("home")]
    fn home(vm: &mut Vm, _this: Value, _user: Option<Value>) -> RResult<String> {
        std::env::var("HOME").map_err(|_| vm.argument_error("couldn't find HOME environment -- expanding '~'"))
    }

    #[singleton("entries")]
    fn entries(vm: &mut Vm, _this: Value, path: Value, _keywords: Keywords) -> RResult<RArray> {
        let path = path_of(vm, path)?;
        let list = names(vm, &path)?;
        strings(vm, [".".to_string(), "..".to_string()].into_iter().chain(list))
    }

    #[singleton("children")]
    fn children(vm: &mut Vm, _this: Value, path: Value, _keywords: Keywords) -> RResult<RArray> {
        let path = path_of(vm, path)?;
        let list = names(vm, &path)?;
        strings(vm, list)
    }

    #[singleton("each_child")]
    fn each_child(vm: &mut Vm, this: Value, path: Value, keywords: Keywords, block: Block) -> RResult {
        if !block.is_some() {
            let name = vm.symbol("each_child");
            return vm.send(this, "to_enum", &[name, path]);
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
            let name = vm.symbol("foreach");
            return vm.send(this, "to_enum", &[name, path]);
        }
        let list = Self::entries(vm, this, path, keywords)?;
        for index in 0..list.len() {
            block.call(vm, &[list.get(index).unwrap_or(Value::NIL)])?;
        }
        Ok(Value::NIL)
    }

    /// `Dir.glob(patterns, flags = 0, base: nil, sort: true)`
    #[singleton("glob")]
    fn glob(vm: &mut Vm, _this: Value, patterns: Value, flags: Option<i64>, keywords: Keywords, block: Block) -> RResult {
        keywords.check(vm, &["base", "sort", "flags"])?;
        let flags = match keywords.get(vm, "flags") {
            Some(flags) => vm.to_i64(flags)?,
            None => flags.unwrap_or(0),
        };
        let base = match keywords.get(vm, "base").filter(|base| !base.is_nil()) {
            Some(base) => Some(path_of(vm, base)?),
            None => None,
        };
        let list = match RArray::new(patterns) {
            Some(list) => list,
            None => vm.array_view_of(&[patterns]),
        };
        let found = glob_all(vm, list, flags, base.as_deref())?;
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
        let base = match keywords.get(vm, "base").filter(|base| !base.is_nil()) {
            Some(base) => Some(path_of(vm, base)?),
            None => None,
        };
        let all = vm.new_array();
        for &pattern in patterns {
            let list = match RArray::new(pattern) {
                Some(list) => list,
                None => vm.array_view_of(&[pattern]),
            };
            let found = glob_all(vm, list, 0, base.as_deref())?;
            all.extend(found.as_slice(&vm.heap)).ok_or_else(|| vm.no_memory())?;
        }
        Ok(all)
    }
}

fn glob_all(vm: &mut Vm, patterns: RArray, flags: i64, base: Option<&str>) -> RResult<RArray> {
    let mut found = Vec::new();
    for index in 0..patterns.len() {
        let pattern = path_of(vm, patterns.get(index).unwrap_or(Value::NIL))?;
        let all = vm.deeply(|| expand_braces(&pattern).iter().for_each(|pattern| glob(pattern, flags, base, &mut found)));
        all.ok_or_else(|| vm.no_memory())?;
    }
    strings(vm, found)
}

/// The alternatives of `{a,b}` groups.
fn expand_braces(pattern: &str) -> Vec<String> {
    let (mut expanded, mut waiting) = (Vec::new(), vec![pattern.to_string()]);
    while let Some(pattern) = waiting.pop() {
        match first_alternatives(&pattern) {
            Some(alternatives) => waiting.extend(alternatives.into_iter().rev()),
            None => expanded.push(pattern),
        }
    }
    expanded
}

/// The patterns that the first group stands for.
fn first_alternatives(pattern: &str) -> Option<Vec<String>> {
    let bytes = pattern.as_bytes();
    let open = pattern.find('{').filter(|&at| at == 0 || bytes[at - 1] != b'\\')?;
    let (mut depth, mut parts, mut start) = (0, Vec::new(), open + 1);
    for at in open..bytes.len() {
        match bytes[at] {
            b'{' => depth += 1,
            b',' if depth == 1 => {
                parts.push(&pattern[start..at]);
                start = at + 1;
            }
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    parts.push(&pattern[start..at]);
                    let (head, tail) = (&pattern[..open], &pattern[at + 1..]);
                    return Some(parts.iter().map(|part| format!("{head}{part}{tail}")).collect());
                }
            }
            _ => {}
        }
    }
    None
}

fn glob(pattern: &str, flags: i64, base: Option<&str>, found: &mut Vec<String>) {
    if pattern.is_empty() {
        return;
    }
    let (root, rest) = match pattern.strip_prefix('/') {
        Some(rest) => ("/".to_string(), rest.trim_start_matches('/')),
        None => (String::new(), pattern),
    };
    let mut parts: Vec<&str> = rest.split('/').collect();
    // The last part is a name, be it `**`.
    let name = parts.pop();
    parts.dedup_by(|a, b| *a == "**" && *b == "**");
    parts.extend(name);
    walk(&root, &parts, flags, base.unwrap_or(""), found);
}

fn real(base: &str, path: &str) -> PathBuf {
    let path = if path.is_empty() { "." } else { path };
    if base.is_empty() || path.starts_with('/') { PathBuf::from(path) } else { Path::new(base).join(path) }
}

fn walk(prefix: &str, parts: &[&str], flags: i64, base: &str, found: &mut Vec<String>) {
    let Some((&part, rest)) = parts.split_first() else {
        if std::fs::symlink_metadata(real(base, prefix)).is_ok() {
            found.push(prefix.to_string());
        }
        return;
    };
    let join = |name: &str| if prefix.is_empty() || prefix.ends_with('/') { format!("{prefix}{name}") } else { format!("{prefix}/{name}") };
    if part.is_empty() {
        // A trailing slash asks for folders.
        if real(base, prefix).is_dir() {
            found.push(format!("{prefix}/"));
        }
        return;
    }
    if part == "**" && !rest.is_empty() {
        walk(prefix, rest, flags, base, found);
        for name in folder_names(&real(base, prefix)) {
            let child = join(&name);
            let hidden = name.starts_with('.') && flags & 4 == 0;
            if !hidden && std::fs::symlink_metadata(real(base, &child)).is_ok_and(|found| found.is_dir()) {
                walk(&child, parts, flags, base, found);
            }
        }
        return;
    }
    if !part.contains(['*', '?', '[', '\\']) {
        let child = join(part);
        if rest.is_empty() || real(base, &child).is_dir() {
            walk(&child, rest, flags, base, found);
        }
        return;
    }
    for name in folder_names(&real(base, prefix)) {
        if matches(part, &name, flags | 2) {
            let child = join(&name);
            if rest.is_empty() || real(base, &child).is_dir() {
                walk(&child, rest, flags, base, found);
            }
        }
    }
}

fn folder_names(path: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(path) else { return Vec::new() };
    let mut list: Vec<String> = entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned())).collect();
    list.sort();
    list
}

/// `File.fnmatch`; flags as File::FNM_*.
pub fn matches(pattern: &str, name: &str, flags: i64) -> bool {
    if flags & 16 != 0 {
        return expand_braces(pattern).iter().any(|pattern| matches(pattern, name, flags & !16));
    }
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    Matcher { flags, pattern: &pattern, name: &name, star: None, folders: None }.run()
}

/// A match under way, without recursion: only the last `*` and the last `**/` need another try.
struct Matcher<'a> {
    flags: i64,
    pattern: &'a [char],
    name: &'a [char],
    /// Pattern behind the last `*`, and the name behind what it stands for.
    star: Option<(&'a [char], &'a [char])>,
    /// The same for the last `**/`.
    folders: Option<(&'a [char], &'a [char])>,
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
    fn is_hidden(&self, name: &[char]) -> bool {
        self.flags & 4 == 0 && name.first() == Some(&'.')
    }

    /// Takes one part of the pattern and what it matches. Tells whether a name starts behind it; None without a match.
    fn step(&mut self, at_start: bool) -> Option<bool> {
        let (escape, path) = (self.flags & 1 == 0, self.flags & 2 != 0);
        let ignores_case = self.flags & 8 != 0;
        let same = |a: char, b: char| a == b || ignores_case && a.to_lowercase().eq(b.to_lowercase());
        let (&first, rest) = self.pattern.split_first()?;
        if first == '*' && path && at_start && rest.starts_with(&['*', '/']) {
            self.pattern = &rest[2..];
            (self.folders, self.star) = (Some((self.pattern, self.name)), None);
            return Some(true);
        }
        if matches!(first, '*' | '?' | '[') && at_start && self.is_hidden(self.name) {
            return None;
        }
        if first == '*' {
            self.pattern = rest;
            self.star = Some((rest, self.name));
            return Some(false);
        }
        let (&c, behind) = self.name.split_first()?;
        let used = match first {
            '?' => (!path || c != '/').then_some(0)?,
            '[' if path && c == '/' => return None,
            '[' => class(rest, c, escape, &same).filter(|&(matched, _)| matched)?.1,
            '\\' if escape && !rest.is_empty() => same(rest[0], c).then_some(1)?,
            _ => same(first, c).then_some(0)?,
        };
        (self.pattern, self.name) = (&rest[used..], behind);
        Some(path && first == '/')
    }

    /// Lets the last `*` stand for one character more, or else the last `**/` for one folder more.
    fn retry(&mut self) -> Option<bool> {
        let path = self.flags & 2 != 0;
        if let Some((pattern, name)) = self.star.take()
            && let Some((_, behind)) = name.split_first().filter(|&(&c, _)| !path || c != '/')
        {
            (self.pattern, self.name) = (pattern, behind);
            self.star = Some((pattern, behind));
            return Some(false);
        }
        let (pattern, name) = self.folders.take()?;
        let slash = name.iter().position(|&c| c == '/').filter(|_| !self.is_hidden(name))?;
        (self.pattern, self.name) = (pattern, &name[slash + 1..]);
        self.folders = Some((pattern, self.name));
        Some(true)
    }
}

/// Matches a bracket class; gives the answer and the pattern characters used.
fn class(pattern: &[char], c: char, escape: bool, same: &dyn Fn(char, char) -> bool) -> Option<(bool, usize)> {
    let negated = matches!(pattern.first(), Some('!' | '^'));
    let mut at = usize::from(negated);
    let mut found = false;
    loop {
        let mut low = *pattern.get(at)?;
        if low == ']' && at > usize::from(negated) {
            return Some((found != negated, at + 1));
        }
        if low == '\\' && escape {
            at += 1;
            low = *pattern.get(at)?;
        }
        if pattern.get(at + 1) == Some(&'-') && pattern.get(at + 2).is_some_and(|&high| high != ']') {
            let high = pattern[at + 2];
            found |= (low..=high).contains(&c) || same(low, c) || same(high, c);
            at += 3;
        } else {
            found |= same(low, c);
            at += 1;
        }
    }
}
