//! The main program: where it comes from and running it.

use crate::flags::Settings;
use compile::{Options, SourceKind};
use std::ffi::OsString;
use std::io::Read as _;
use vm::{RResult, Value, Vm};

/// A program to run.
pub struct Script {
    /// Name for `$0` and messages.
    pub name: String,
    /// Source text.
    pub source: Vec<u8>,
    /// Line of its first line.
    pub line: i32,
}

/// Reads the program that the command line names.
pub fn find(settings: &Settings) -> Result<Script, String> {
    if !settings.lines.is_empty() {
        let source = settings.lines.iter().flat_map(|line| line.iter().copied().chain([b'\n'])).collect();
        return Ok(Script { name: "-e".to_string(), source, line: 1 });
    }
    let Some(path) = &settings.script else {
        let mut source = Vec::new();
        std::io::stdin().read_to_end(&mut source).map_err(|error| format!("standard input: {error} (IOError)"))?;
        return skip_to_ruby(Script { name: "-".to_string(), source, line: 1 }, settings);
    };
    if let Some(folder) = settings.embedded.as_deref().filter(|folder| !folder.is_empty()) {
        std::env::set_current_dir(folder).map_err(|error| format!("Can't chdir to {folder} ({error}) (fatal)"))?;
    }
    let found = if settings.search_path { search(path).unwrap_or_else(|| path.clone()) } else { path.clone() };
    match std::fs::metadata(&found) {
        Ok(found_file) if found_file.is_dir() => return Err(format!("Is a directory -- {path} (LoadError)")),
        _ => {}
    }
    match std::fs::read(&found) {
        Ok(source) => skip_to_ruby(Script { name: found, source, line: 1 }, settings),
        Err(error) => {
            let reason = match error.kind() {
                std::io::ErrorKind::NotFound => "No such file or directory".to_string(),
                std::io::ErrorKind::PermissionDenied => "Permission denied".to_string(),
                _ => error.to_string(),
            };
            Err(format!("{reason} -- {path} (LoadError)"))
        }
    }
}

fn search(name: &str) -> Option<String> {
    if name.contains('/') {
        return None;
    }
    let path = std::env::var("RUBYPATH").unwrap_or_default() + ":" + &std::env::var("PATH").unwrap_or_default();
    path.split(':').filter(|folder| !folder.is_empty()).map(|folder| format!("{folder}/{name}")).find(|path| std::path::Path::new(path).is_file())
}

/// `-x`: the program starts behind a line `#!...ruby`.
fn skip_to_ruby(script: Script, settings: &Settings) -> Result<Script, String> {
    let shell = script.source.starts_with(b"#!") && !script.source.split(|&byte| byte == b'\n').next().is_some_and(names_ruby);
    if settings.embedded.is_none() && !shell {
        return Ok(script);
    }
    let mut start = 0;
    for (index, line) in script.source.split(|&byte| byte == b'\n').enumerate() {
        if line.starts_with(b"#!") && names_ruby(line) {
            return Ok(Script {
                source: script.source[start..].to_vec(),
                line: if settings.embedded.is_some() { 1 } else { index as i32 + 1 },
                ..script
            });
        }
        start += line.len() + 1;
    }
    if settings.embedded.is_none() {
        return Ok(script);
    }
    Err("no Ruby script found in input (LoadError)".to_string())
}

fn names_ruby(line: &[u8]) -> bool {
    line.windows(4).any(|window| window == b"ruby")
}

/// Runs the program.
pub fn run(vm: &mut Vm, settings: &Settings, script: &Script) -> RResult<()> {
    let mut settings = settings.clone();
    let globals = if settings.script_switches { script_switches(&mut settings.arguments) } else { Vec::new() };
    let command = if settings.check_only { std::env::args().next() } else { None };
    vm.program = command.or_else(|| Some(script.name.clone()));
    let cref = vm.main_scope();
    define_toplevel_binding(vm, cref);
    crate::wire::prepare(vm, &settings, &script.name)?;
    for (name, value) in globals {
        let value = match value {
            Some(text) => vm.str(&text),
            None => Value::TRUE,
        };
        let name = vm.intern(&name);
        vm.global_set(name, value)?;
    }
    let options = Options {
        line: script.line,
        frozen_string_literal: settings.frozen_string_literal,
        switches: settings.switches,
        encoding: settings.source_encoding.as_deref(),
        coverage: vm.coverage.wanted().filter(|_| script.name != "-e" && script.name != "-"),
        ..Options::new(&script.name, SourceKind::Main)
    };
    if settings.check_only {
        vm.compile_unchecked(&script.source, &options)?;
        println!("Syntax OK");
        return Ok(());
    }
    let mut compiled = vm.compile(&script.source, &options)?;
    if let Some(probes) = compiled.probes.take() {
        vm.coverage.enter(&script.name, &script.source, script.line, probes);
    }
    if let Some(offset) = compiled.data_offset {
        define_data(vm, script, offset)?;
    }
    if settings.is_persistent {
        roots::begin_persistent(vm)?;
    }
    vm.run_main(compiled, &script.source, cref)?;
    if settings.commits {
        let (maglev, commit) = (vm.core.maglev, vm.intern("commit_transaction"));
        vm.call(maglev, commit, &[])?;
    }
    Ok(())
}

/// TOPLEVEL_BINDING, which gets the script's variables when the script runs.
fn define_toplevel_binding(vm: &mut Vm, cref: objects::CrefRef) {
    let data = vm.toplevel_binding(cref);
    let binding = builtins_core::new_binding(vm, data);
    vm.toplevel = Some(binding);
    let object = vm.class_view(vm.core.object);
    let name = vm.intern("TOPLEVEL_BINDING");
    vm.set_constant_raw(object, name, binding);
}

/// `-s`: switches of the script become globals.
fn script_switches(arguments: &mut Vec<OsString>) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    while arguments.first().is_some_and(|word| word.as_encoded_bytes().starts_with(b"-") && word.len() > 1) {
        let word = arguments.remove(0).to_string_lossy().into_owned();
        if word == "--" {
            break;
        }
        let word = &word[1..];
        let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value.to_string())));
        found.push((format!("${}", name.replace('-', "_")), value));
    }
    found
}

/// DATA: the script's file, placed behind `__END__`.
fn define_data(vm: &mut Vm, script: &Script, offset: usize) -> RResult<()> {
    if !std::path::Path::new(&script.name).is_file() {
        return Ok(());
    }
    let file = vm.core.file;
    let path = vm.str(&script.name);
    let data = vm.call(file, vm::sym::NEW, &[path])?;
    vm.send(data, "seek", &[Value::small(offset as i64)])?;
    let object = vm.class_view(vm.core.object);
    let name = vm.intern("DATA");
    vm.set_constant_raw(object, name, data);
    Ok(())
}
