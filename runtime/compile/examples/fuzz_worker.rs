//! Worker of `cargo ci fuzz`: answers requests on stdin about the compiler and the verifier.
//!
//! A request is a length (u32, little endian) and as many bytes; an answer is a status byte, a length and a text. Status `k`:
//! all is well, `n`: the input was refused, `!`: something is broken, the text says what. The bytes of a request:
//! with the argument `compile` a program; with `verify` a seed (u64) and a program, whose bytecode is damaged by that seed.
//! A program beginning with `# canary` breaks the rules on purpose, so that the asking side can be tested.

#[path = "fuzz_worker/damage.rs"]
mod damage;

use std::any::Any;
use std::io::{self, Read, Write};
use std::panic::{self, AssertUnwindSafe};

use bytecode::{Function, Op, disas, image, liveness, verify};
use compile::{CompileError, Options, SourceKind};

/// Stack that callers of the compiler give it.
const STACK_BYTES: usize = 16 << 20;

/// How an input was taken.
enum Answer {
    Fine,
    Refused,
    Broken(String),
}

fn main() -> io::Result<()> {
    let mode = std::env::args().nth(1).unwrap_or_default();
    let judge: fn(&[u8]) -> Answer = match mode.as_str() {
        "compile" => judge_source,
        "verify" => judge_damaged,
        _ => {
            eprintln!("fuzz_worker: the argument is compile or verify");
            std::process::exit(2);
        }
    };
    // The answer carries the panic's message.
    panic::set_hook(Box::new(|_| {}));
    let worker = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(move || serve(judge))?;
    worker.join().map_err(|_| io::Error::other("the worker's loop panicked"))?
}

fn serve(judge: fn(&[u8]) -> Answer) -> io::Result<()> {
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let mut length = [0; 4];
    // The asking side closes the pipe when it has no more requests.
    while input.read_exact(&mut length).is_ok() {
        let mut request = vec![0; u32::from_le_bytes(length) as usize];
        input.read_exact(&mut request)?;
        let answer = panic::catch_unwind(AssertUnwindSafe(|| judge(&request)));
        let (status, text) = match answer {
            Ok(Answer::Fine) => (b'k', String::new()),
            Ok(Answer::Refused) => (b'n', String::new()),
            Ok(Answer::Broken(text)) => (b'!', text),
            Err(payload) => (b'!', format!("panic: {}", panic_text(payload.as_ref()))),
        };
        output.write_all(&[status])?;
        output.write_all(&(text.len() as u32).to_le_bytes())?;
        output.write_all(text.as_bytes())?;
        output.flush()?;
    }
    Ok(())
}

fn panic_text(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("without text")
}

fn is_canary(source: &[u8]) -> bool {
    source.starts_with(b"# canary")
}

/// The function of a program; a canary's has no room for its registers.
fn compiled(source: &[u8]) -> Result<Function, Answer> {
    match compile::compile(source, &Options::new("fuzz.rb", SourceKind::Main)) {
        Ok(mut compiled) => {
            if is_canary(source) {
                compiled.function.registers = 0;
            }
            Ok(compiled.function)
        }
        Err(CompileError::Internal(fault)) => Err(Answer::Broken(format!("internal error: {fault}"))),
        Err(_) => Err(Answer::Refused),
    }
}

/// The compiler's promise: what it accepts passes the verifier.
fn judge_source(source: &[u8]) -> Answer {
    let function = match compiled(source) {
        Ok(function) => function,
        Err(answer) => return answer,
    };
    match verify::verify(&function) {
        Ok(()) => {
            use_all(&function);
            Answer::Fine
        }
        Err(fault) => Answer::Broken(format!("compiled, but the verifier says: {fault}")),
    }
}

/// The verifier's promise: what it accepts can be decoded, printed, analysed and written.
fn judge_damaged(request: &[u8]) -> Answer {
    let Some((seed, source)) = request.split_first_chunk::<8>() else { return Answer::Refused };
    let function = match compiled(source) {
        Ok(function) => function,
        Err(answer) => return answer,
    };
    let damaged = if is_canary(source) {
        function
    } else {
        let Some(damaged) = damage::damage(&function, u64::from_le_bytes(*seed)) else { return Answer::Refused };
        if verify::verify(&damaged).is_err() {
            return Answer::Refused;
        }
        damaged
    };
    let result = panic::catch_unwind(AssertUnwindSafe(|| use_all(&damaged)));
    match result {
        Ok(()) => Answer::Fine,
        Err(payload) => {
            let printed = panic::catch_unwind(AssertUnwindSafe(|| disas::disassemble(&damaged)));
            let printed = printed.unwrap_or_else(|_| "(cannot be printed)".into());
            Answer::Broken(format!("verified, then: {}\n{printed}", panic_text(payload.as_ref())))
        }
    }
}

/// Does all that is done with a verified function short of running it; panics where that does not work.
fn use_all(function: &Function) {
    disas::disassemble(function);
    // Encodings outside the list of images are refused, which is fine; a panic is not.
    drop(image::write(function));
    use_one(function);
}

fn use_one(function: &Function) {
    let live = liveness::analyze(function);
    let mut at = 0;
    while at < function.code.len() {
        let (op, next) = Op::decode(&function.code, at).expect("verified code decodes");
        let mut again = Vec::new();
        op.encode(&mut again);
        assert_eq!(again, function.code[at..next], "an instruction encodes as it was");
        let registers = live.before(at as u32).expect("every instruction has its live registers");
        assert!(registers.iter().all(|register| register < function.registers), "a live register is none of the frame's");
        at = next;
    }
    function.children.iter().for_each(|child| use_one(child));
}
