//! A fault of the compiler ends the compilation, not the program.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a step of a compilation; a panic in it is its error. What the step has half done must not be used again.
pub(crate) fn contained<T>(step: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(step)).unwrap_or_else(|panic| Err(format!("panic: {}", message(&*panic))))
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let fixed = panic.downcast_ref::<&str>().copied();
    fixed.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error() {
        assert_eq!(contained(|| Ok(1)), Ok(1));
        assert_eq!(contained::<()>(|| Err("no".to_string())), Err("no".to_string()));
        assert_eq!(contained::<()>(|| panic!("fault {}", 1)), Err("panic: fault 1".to_string()));
        assert_eq!(contained::<()>(|| panic!("fault")), Err("panic: fault".to_string()));
        assert_eq!(contained::<()>(|| std::panic::panic_any(1)), Err("panic: no message".to_string()));
    }
}
