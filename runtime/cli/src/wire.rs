//! Builds a VM from its parts and runs the program.

use crate::flags::{Settings, number_of};
use vm::{RResult, Value, Vm};

/// Version of the language.
pub const RUBY_VERSION: &str = "4.0.5";

/// A VM with all builtins and the prelude.
pub fn build(settings: &Settings) -> Result<Box<Vm>, String> {
    let mut options = vm::Options { debug: settings.debug, ..vm::Options::default() };
    if let Some(verbose) = settings.verbose {
        options.verbose = verbose;
    }
    options.frozen_string_literal = settings.frozen_string_literal;
    options.debug_literals = settings.debug_literals;
    options.backtrace_limit = settings.backtrace_limit;
    options.heap_limit = number_of(&settings.gc, "limit").unwrap_or(0) as usize;
    let mut vm = Vm::new(options)?;
    vm.libraries = libraries::LIBRARIES;
    vm.adapters = adapters::ADAPTERS;
    builtins_core::init(&mut vm);
    builtins_numeric::init(&mut vm);
    builtins_text::init(&mut vm);
    builtins_collections::init(&mut vm);
    builtins_os::init(&mut vm);
    roots::init(&mut vm, settings.store.as_deref());
    if settings.panic.iter().any(|item| item == "methods") {
        crate::faults::init(&mut vm);
    }
    define_constants(&mut vm);
    load_prelude(&mut vm)?;
    crate::installation::init(&mut vm, settings)?;
    vm.exit_hook = Some(crate::report::finish);
    vm.finish_boot();
    vm.options.gc_stress = number_of(&settings.gc, "stress").unwrap_or(0) as usize;
    let stress = vm.options.gc_stress;
    vm.heap.set_stress(stress);
    vm.heap.set_verified(settings.gc.iter().any(|item| item == "verify"));
    vm.options.dump_bytecode = settings.dump.iter().any(|item| item == "bc");
    for (name, on) in &settings.categories {
        let known = ["deprecated", "experimental", "performance", "strict_unused_block"].into_iter().find(|known| known == name);
        match known {
            Some(name) if *on => {
                vm.warning_categories.insert(name);
            }
            Some(name) => {
                vm.warning_categories.remove(name);
            }
            None => eprintln!("maglev-ruby: warning: unknown warning category: '{name}'"),
        }
    }
    set_encodings(&mut vm, settings)?;
    vm.options.did_you_mean = !settings.no_suggestions;
    vm.options.error_highlight = !settings.no_snippets;
    let wanted = [vm.options.did_you_mean, vm.options.error_highlight, true, true];
    for ((module, library), _) in vm::autoload::ANNOUNCED.into_iter().zip(wanted).filter(|row| row.1) {
        let object = vm.core.object;
        let (name, path) = (vm.symbol(module), vm.str(library));
        vm.send(object, "autoload", &[name, path]).map_err(|_| format!("{module} cannot be announced"))?;
    }
    if let Some(compiler) = jit::compiler(jit_options(settings)) {
        vm.set_compiler(compiler);
    }
    if settings.verbose == Some(Some(true)) && !settings.categories.iter().any(|(name, _)| name == "deprecated") {
        vm.warning_categories.insert("deprecated");
    }
    Ok(vm)
}

/// Default encodings of `-E`, `-K` and `-U`.
fn set_encodings(vm: &mut Vm, settings: &Settings) -> Result<(), String> {
    let find = |vm: &Vm, name: &str| vm.find_encoding(name).ok_or_else(|| format!("unknown encoding name - {name} (RuntimeError)"));
    if let Some(name) = &settings.external {
        let encoding = find(vm, name)?;
        vm.set_default_external(encoding);
    }
    if let Some(name) = &settings.internal {
        let encoding = find(vm, name)?;
        vm.set_default_internal(Some(encoding));
    }
    Ok(())
}

/// The compiler's settings from `--jit`, `--dump` and `--trace`.
fn jit_options(settings: &Settings) -> jit::Options {
    let has = |items: &[String], name: &str| items.iter().any(|item| item == name);
    let mode = if has(&settings.jit, "off") {
        jit::Mode::Off
    } else {
        number_of(&settings.jit, "threshold").map_or(jit::Mode::Default, |count| jit::Mode::Threshold(count as u32))
    };
    jit::Options {
        mode,
        exit_every: number_of(&settings.jit, "exit-every").map(|count| count as u32),
        failing: number_of(&settings.jit, "fail").and_then(jit::Failing::from_number),
        perfmap: has(&settings.jit, "perfmap"),
        trace: has(&settings.trace, "jit"),
        stats: has(&settings.jit, "stats"),
        dump: jit::Dump {
            ir: has(&settings.dump, "ir"),
            clif: has(&settings.dump, "clif"),
            asm: has(&settings.dump, "asm"),
            deopt: has(&settings.dump, "deopt"),
        },
        only: None,
        synchronous: has(&settings.jit, "sync"),
        only_tier: number_of(&settings.jit, "tier").and_then(jit::Tier::from_number),
    }
}

/// What RUBY_PLATFORM is.
pub fn platform() -> String {
    format!("{}-linux", std::env::consts::ARCH)
}

fn define_constants(vm: &mut Vm) {
    let object = vm.class_view(vm.core.object);
    let platform = platform();
    let description = crate::flags::version();
    for (name, text) in [
        ("RUBY_VERSION", RUBY_VERSION),
        ("RUBY_ENGINE", "maglev"),
        ("RUBY_ENGINE_VERSION", env!("CARGO_PKG_VERSION")),
        ("RUBY_PLATFORM", &platform),
        ("RUBY_RELEASE_DATE", "2026-11-23"),
        ("RUBY_COPYRIGHT", "maglev - Copyright (C) 2026 the Maglev authors"),
        ("RUBY_DESCRIPTION", &description),
        ("RUBY_REVISION", env!("CARGO_PKG_VERSION")),
    ] {
        let name = vm.intern(name);
        let value = vm.frozen_string(text.as_bytes(), text::encoding::Encoding::US_ASCII);
        vm.set_constant_raw(object, name, value);
    }
    let name = vm.intern("RUBY_PATCHLEVEL");
    vm.set_constant_raw(object, name, Value::small(0));
    define_ruby_module(vm);
}

/// Module Ruby: the RUBY_ constants under short names.
fn define_ruby_module(vm: &mut Vm) {
    let object = vm.class_view(vm.core.object);
    let module = vm.define_module_under(object.value(), "Ruby");
    for short in ["VERSION", "ENGINE", "ENGINE_VERSION", "PLATFORM", "RELEASE_DATE", "COPYRIGHT", "DESCRIPTION", "REVISION", "PATCHLEVEL"] {
        let (long, name) = (vm.intern(&format!("RUBY_{short}")), vm.intern(short));
        if let Some(value) = object.data().constants.get(&long).map(|constant| constant.value) {
            vm.set_constant_raw(vm.class_view(module), name, value);
        }
    }
}

fn load_prelude(vm: &mut Vm) -> Result<(), String> {
    for function in prelude::functions() {
        let function = function.map_err(|error| format!("the prelude cannot be read: {error}"))?;
        let cref = vm.top_scope();
        vm.run_function(function, None, cref).map_err(|_| format!("the prelude does not run: {}", crate::report::pending_text(vm)))?;
    }
    Ok(())
}

/// Sets ARGV, `$0`, load path and the globals of switches.
pub fn prepare(vm: &mut Vm, settings: &Settings, program: &str) -> RResult<()> {
    let object = vm.class_view(vm.core.object);
    let arguments = vm.new_array();
    for argument in &settings.arguments {
        let encoding = vm.default_external();
        let text = vm.string(argument.as_encoded_bytes(), encoding);
        vm.push(arguments, text)?;
    }
    let name = vm.intern("ARGV");
    vm.set_constant_raw(object, name, arguments.value());
    vm.define_checked_global("$*", arguments.value(), vm::global::refuse);
    let program = vm.str(program);
    vm.define_checked_global("$0", program, |vm, _, value| {
        let text = vm.to_str(value)?;
        builtins_os::set_process_title(text.bytes());
        Ok(vm.frozen_copy(text))
    });
    let name = vm.intern("$0");
    let alias = vm.intern("$PROGRAM_NAME");
    vm.alias_global(alias, name);
    let name = vm.intern("$LOAD_PATH");
    let list = vm.global_get(name)?;
    let list = vm.to_ary(list)?;
    let library = std::env::var("RUBYLIB").unwrap_or_default();
    for folder in settings.load_path.iter().map(String::as_str).chain(library.split(':').filter(|folder| !folder.is_empty())) {
        let folder = builtins_core::absolute(std::path::Path::new(folder));
        let text = vm.str(&folder.to_string_lossy());
        vm.push(list, text)?;
    }
    for folder in crate::installation::load_path() {
        let text = vm.str(&folder);
        vm.push(list, text)?;
    }
    switch_globals(vm, settings)?;
    for library in &settings.libraries {
        let name = vm.str(library);
        let main = vm.main;
        vm.send(main, "require", &[name])?;
    }
    Ok(())
}

fn switch_globals(vm: &mut Vm, settings: &Settings) -> RResult<()> {
    if let Some(separator) = &settings.record_separator {
        let value = if separator == &[0xff, 0xff] { Value::NIL } else { vm.frozen_string(separator, text::encoding::Encoding::BINARY) };
        vm.global_store(vm::sym::RS_G, value);
    }
    if settings.switches.l {
        let separator = vm.global_get(vm::sym::RS_G)?;
        vm.global_store(vm::sym::ORS_G, separator);
    }
    if let Some(pattern) = &settings.field_separator {
        let pattern = pattern.as_bytes().to_vec();
        let regexp = vm.new_regexp(&pattern, 0, text::encoding::Encoding::UTF_8)?;
        vm.global_store(vm::sym::FS_G, regexp);
    }
    if settings.switches.n || settings.switches.p {
        builtins_core::define_line_methods(vm);
    }
    for (name, on) in [("$-a", settings.switches.a), ("$-p", settings.switches.p), ("$-l", settings.switches.l)] {
        vm.define_checked_global(name, Value::bool(on), vm::global::refuse);
    }
    let name = vm.intern("$-i");
    let value = match &settings.in_place {
        Some(suffix) => vm.str(suffix),
        None => return Ok(()),
    };
    vm.global_set(name, value)
}
