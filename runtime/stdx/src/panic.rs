//! Panics that are caught: their message and place, noted by a hook instead of printed.
//!
//! A thread that calls `enter_thread` promises to catch what panics; on other threads the standard library's hook goes on printing.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, resume_unwind};

thread_local! {
    /// Do catches on this thread tell what the hook notes?
    static IS_CAUGHT: Cell<bool> = const { Cell::new(false) };
    /// The panic that is on its way to its catch.
    static NOTED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A panic on its way.
pub struct Panic(Box<dyn Any + Send>);

/// Exit code after a panic that nobody may catch.
const EXIT_CODE: i32 = 70;

/// Lets panics be noted instead of printed. `printed` leaves the standard library's text, with its backtrace, as well; with `fatal` the
/// first panic ends the process, for tests that are to find it.
pub fn install_hook(printed: bool, fatal: bool) {
    let standard = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let is_caught = IS_CAUGHT.get();
        if printed || fatal || !is_caught {
            standard(info);
        }
        if fatal {
            std::process::exit(EXIT_CODE);
        }
        if is_caught {
            note(info);
        }
    }));
}

/// What panics on the calling thread is caught.
pub fn enter_thread() {
    IS_CAUGHT.set(true);
}

fn note(info: &PanicHookInfo<'_>) {
    let text = info.payload_as_str().unwrap_or("no message");
    let place = info.location().map_or(String::new(), |place| format!(" ({}:{})", place.file(), place.line()));
    let text = format!("{text}{place}");
    match NOTED.take() {
        // What was caught is no longer noted, so this is a panic during another one: nothing can unwind any more.
        Some(first) => end_process(&format!("{first}, then {text}")),
        None => NOTED.set(Some(text)),
    }
}

/// Ends the process: nothing that is left can be relied on.
#[cold]
pub fn end_process(text: &str) -> ! {
    eprintln!("[FATAL] {text}\nThis is a bug of maglev that the program cannot go on after. Please report it.");
    std::process::exit(1)
}

/// Runs `body`; a panic is handed over.
#[inline(always)]
pub fn catch<T>(body: impl FnOnce() -> T) -> Result<T, Panic> {
    catch_unwind(AssertUnwindSafe(body)).map_err(Panic)
}

impl Panic {
    /// Goes on with it.
    pub fn go_on(self) -> ! {
        resume_unwind(self.0)
    }

    /// Message and place.
    #[cold]
    pub fn text(self) -> String {
        let noted = NOTED.take();
        noted.unwrap_or_else(|| message(&*self.0).to_string())
    }
}

/// The message alone, for threads whose panics nobody notes.
fn message(payload: &(dyn Any + Send)) -> &str {
    let fixed = payload.downcast_ref::<&str>().copied();
    fixed.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use super::catch;

    fn text(body: fn()) -> String {
        catch(body).err().map_or(String::new(), super::Panic::text)
    }

    #[test]
    fn a_panic_is_an_error_with_its_message() {
        assert_eq!(catch(|| 1).ok(), Some(1));
        assert_eq!(text(|| panic!("fault {}", 1)), "fault 1");
        assert_eq!(text(|| panic!("fault")), "fault");
        assert_eq!(text(|| std::panic::panic_any(1)), "no message");
    }
}
