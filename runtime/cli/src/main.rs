//! The command `maglev-ruby`.
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let t = std::thread::Builder::new().stack_size(256 << 20).spawn(move || {
        let mut vm = vm::Vm::new(vm::Options::default()).unwrap();
        builtins_core::init(&mut vm);
        builtins_os::init(&mut vm);
        vm.finish_boot();
        let (src, file) = if args[1] == "-e" { (args[2].clone().into_bytes(), "-e".to_string()) } else { (std::fs::read(&args[1]).unwrap(), args[1].clone()) };
        if args.get(2).is_some_and(|a| a == "dump") { vm.options.dump_bytecode = true; }
        let o = compile::Options::new(&file, compile::SourceKind::Main);
        let c = match vm.compile(&src, &o) { Ok(c) => c, Err(_) => { if let vm::Pending::Exception(e) = vm.pending { let m = vm.hidden(e, vm::sym::H_MESSAGE).and_then(vm::RString::new).map(|s| s.to_text()); println!("{}", m.unwrap_or_default()); } return; } };
        let cref = vm.file_scope();
        if vm.run_top(c, &src, cref).is_err() {
            if let vm::Pending::Exception(e) = vm.pending { let m = vm.hidden(e, vm::sym::H_MESSAGE); let m = m.and_then(vm::RString::new).map(|s| s.to_text()); println!("{} {:?}", vm.class_name_of(e), m);
            let bt = vm.backtrace_of(e); if let Some(a) = vm::RArray::new(bt) { for x in a.as_slice() { println!("  {}", vm::RString::new(*x).unwrap().to_text()); } } }
        }
    }).unwrap();
    t.join().unwrap();
}
