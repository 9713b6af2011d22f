//! Goldens: each `bc/*.rb` compiles to the disassembly in its sibling `.bc`; `BLESS=1` rewrites.
//! Every Ruby file of this repository compiles and verifies, and those below `COMPILE_FOLDERS` (colon-separated).

use std::path::{Path, PathBuf};

use bytecode::Function;
use compile::{CompileError, Options, SourceKind, compile};

fn ruby_files(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        if path.is_dir() && !path.is_symlink() {
            ruby_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rb") {
            files.push(path);
        }
    }
    files.sort();
}

fn compile_main(source: &[u8], file: &str) -> Result<Function, CompileError> {
    let function = compile(source, &Options::new(file, SourceKind::Main))?.function;
    bytecode::verify::verify(&function).map_err(|fault| CompileError::Internal(fault.to_string()))?;
    temporaries_are_written_first(&function)?;
    Ok(function)
}

/// At entry only parameters and locals have values, so nothing else may be live there.
fn temporaries_are_written_first(function: &Function) -> Result<(), CompileError> {
    let liveness = bytecode::liveness::analyze(function);
    let live = liveness.before(0).expect("a function has code");
    if let Some(register) = live.iter().find(|&register| register >= function.locals_end) {
        let text = bytecode::disas::disassemble(function);
        return Err(CompileError::Internal(format!("r{register} is read before it is written:\n{text}")));
    }
    function.children.iter().try_for_each(|child| temporaries_are_written_first(child))
}

fn on_big_stack<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new().stack_size(16 << 20).spawn(body).unwrap().join().unwrap()
}

#[test]
fn goldens() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bc");
    let mut files = Vec::new();
    ruby_files(&folder, &mut files);
    assert!(!files.is_empty(), "no goldens in {}", folder.display());
    let mut wrong = Vec::new();
    for path in files {
        let source = std::fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = match compile_main(&source, name) {
            Ok(function) => bytecode::disas::disassemble(&function),
            Err(error) => format!("{error}\n"),
        };
        let golden = path.with_extension("bc");
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&golden, &text).unwrap();
        } else if std::fs::read_to_string(&golden).unwrap_or_default() != text {
            wrong.push(format!("{name}:\n{text}"));
        }
    }
    assert!(wrong.is_empty(), "goldens differ (BLESS=1 rewrites):\n{}", wrong.join("\n"));
}

/// Folders of this repository whose programs are all correct Ruby.
const FOLDERS: &[&str] = &["prelude", "examples", "conformance/language", "perf"];

#[test]
fn folders() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    FOLDERS.iter().for_each(|folder| ruby_files(&root.join(folder), &mut files));
    assert!(files.len() > 150, "only {} programs below {}", files.len(), root.display());
    let (faulty, failures) = compile_all(files);
    assert!(failures.is_empty() && faulty.is_empty(), "{}\n{}", failures.join("\n"), faulty.join("\n"));
    let more = std::env::var("COMPILE_FOLDERS").unwrap_or_default();
    let mut files = Vec::new();
    more.split(':').filter(|folder| !folder.is_empty()).for_each(|folder| ruby_files(Path::new(folder), &mut files));
    let (_, failures) = compile_all(files);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Syntax errors and other failures of the programs.
fn compile_all(files: Vec<PathBuf>) -> (Vec<String>, Vec<String>) {
    on_big_stack(move || {
        let (mut faulty, mut failures) = (Vec::new(), Vec::new());
        for path in files {
            let source = std::fs::read(&path).unwrap();
            match compile_main(&source, path.to_str().unwrap()) {
                Ok(_) => {}
                Err(CompileError::Syntax(text)) => faulty.push(format!("{}: {text}", path.display())),
                Err(error) => failures.push(format!("{}: {error}", path.display())),
            }
        }
        (faulty, failures)
    })
}
