//! Panics of functions: caught, and told with their place and backtrace.
//!
//! Only the panic hook sees where a panic comes from, so it leaves that in a
//! thread-local for the one who catches it.

use std::any::Any;
use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::Once;
use std::time::Duration;

/// A panic that was caught.
#[derive(Debug)]
pub(super) struct Panic {
    pub(super) message: String,
    origin: Option<Origin>,
}

#[derive(Debug)]
struct Origin {
    place: String,
    backtrace: Option<String>,
}

thread_local! {
    static CATCHING: Cell<bool> = const { Cell::new(false) };
    static ORIGIN: RefCell<Option<Origin>> = const { RefCell::new(None) };
}

/// Has the panics that [`catch`] catches kept for it. Others go where they went before.
pub(super) fn install_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if CATCHING.get() {
                remember(info);
            } else {
                previous(info);
            }
        }));
    });
}

fn remember(info: &PanicHookInfo<'_>) {
    let origin = Origin {
        place: info.location().map(ToString::to_string).unwrap_or_default(),
        backtrace: is_wanted().then(|| Backtrace::force_capture().to_string()),
    };
    ORIGIN.with(|slot| {
        if let Ok(mut slot) = slot.try_borrow_mut() {
            *slot = Some(origin);
        }
    });
}

/// `RUST_BACKTRACE=0` does without backtraces, here as elsewhere.
fn is_wanted() -> bool {
    std::env::var_os("RUST_BACKTRACE").is_none_or(|value| value != "0")
}

/// Runs `work` and catches its panic.
pub(super) fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Panic> {
    // What a function has caught by itself is not where the next panic comes from.
    drop(ORIGIN.take());
    let before = CATCHING.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    CATCHING.set(before);
    result.map_err(|payload| Panic {
        message: message_of(payload),
        origin: ORIGIN.take(),
    })
}

fn message_of(payload: Box<dyn Any + Send>) -> String {
    let message = if let Some(text) = payload.downcast_ref::<&'static str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "panicked with a value that is no text".to_owned()
    };
    // The value of a panic is a stranger's as well, and may panic when it goes.
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(another);
    }
    message
}

impl Panic {
    /// Logs it, within the span of its execution.
    pub(super) fn log(&self, duration: Duration) {
        let exc_info = match &self.origin {
            Some(Origin { place, backtrace }) => {
                let backtrace = backtrace.as_deref().unwrap_or("not captured");
                format!(
                    "panicked at {place}: {}\n\nBacktrace:\n{backtrace}",
                    self.message
                )
            }
            None => format!("panicked: {}", self.message),
        };
        tracing::error!(
            target: "functions_core::execution",
            status = "error",
            duration_ms = super::milliseconds(duration),
            exc_info,
            "Function panicked"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::{catch, install_hook};

    #[test]
    fn a_panic_is_caught_with_its_place() {
        install_hook();
        let panic = catch(|| panic!("oh {}", "no")).unwrap_err();
        assert_eq!(panic.message, "oh no");
        assert!(panic.origin.unwrap().place.contains("panics.rs:"));
    }

    #[test]
    fn a_panic_that_is_carried_on_has_no_place_of_another() {
        install_hook();
        let caught = catch(|| drop(std::panic::catch_unwind(|| panic!("another"))));
        assert!(caught.is_ok());
        let panic = catch(|| std::panic::resume_unwind(Box::new("carried on"))).unwrap_err();
        assert_eq!(panic.message, "carried on");
        assert!(panic.origin.is_none(), "{:?}", panic.origin);
    }

    #[test]
    fn the_value_of_a_panic_may_panic_in_its_turn() {
        struct Nasty;
        impl Drop for Nasty {
            fn drop(&mut self) {
                panic!("again");
            }
        }
        install_hook();
        let panic = catch(|| std::panic::panic_any(Nasty)).unwrap_err();
        assert_eq!(panic.message, "panicked with a value that is no text");
    }
}
