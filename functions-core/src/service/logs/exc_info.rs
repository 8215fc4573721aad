//! What a line says of an error.

use std::error::Error;
use std::fmt::{self, Write};

/// How many causes are told; an error may be its own cause.
const MAX_CAUSES: usize = 32;

/// How much of a backtrace is told, in bytes.
const MAX_BACKTRACE: usize = 16 * 1024;

/// The error, each of its causes on a line of its own (`caused by: …`), and the
/// backtrace, of which 16 KiB are kept.
#[must_use]
pub fn exc_info(error: &(dyn Error + 'static), backtrace: Option<&str>) -> String {
    let mut text = String::new();
    // A stranger's Display may fail; what it has written up to there is kept.
    let _ = write_chain(&mut text, error);
    if let Some(backtrace) = backtrace {
        let (told, rest) = backtrace.split_at(backtrace.floor_boundary(MAX_BACKTRACE));
        text.push_str("\n\nBacktrace:\n");
        text.push_str(told.trim_end());
        if !rest.is_empty() {
            let _ = write!(text, "\n… {} more bytes", rest.len());
        }
    }
    text
}

/// The error and its causes.
pub(super) fn write_chain(out: &mut impl Write, error: &(dyn Error + 'static)) -> fmt::Result {
    write!(out, "{error}")?;
    let mut cause = error.source();
    for _ in 0..MAX_CAUSES {
        let Some(error) = cause else { return Ok(()) };
        write!(out, "\ncaused by: {error}")?;
        cause = error.source();
    }
    if cause.is_some() {
        out.write_str("\ncaused by: …")?;
    }
    Ok(())
}

trait Boundary {
    fn floor_boundary(&self, index: usize) -> usize;
}

impl Boundary for str {
    /// The last place up to `index` where a character ends.
    fn floor_boundary(&self, index: usize) -> usize {
        (0..=index.min(self.len()))
            .rev()
            .find(|index| self.is_char_boundary(*index))
            .unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::exc_info;
    use std::error::Error;
    use std::fmt;

    #[derive(Debug)]
    struct Level(&'static str, Option<Box<Level>>);

    impl fmt::Display for Level {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Level {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|cause| cause as _)
        }
    }

    #[test]
    fn an_error_is_told_with_its_causes_and_its_backtrace() {
        let error = Level("cannot save", Some(Box::new(Level("disk full", None))));
        assert_eq!(exc_info(&error, None), "cannot save\ncaused by: disk full");
        assert_eq!(
            exc_info(&error, Some("0: main\n")),
            "cannot save\ncaused by: disk full\n\nBacktrace:\n0: main"
        );
    }

    #[test]
    fn a_long_backtrace_is_cut_between_characters() {
        let told = exc_info(&Level("a", None), Some(&"€".repeat(10_000)));
        assert!(told.ends_with("€\n… 13617 more bytes"), "{}", told.len());
    }

    #[test]
    fn an_error_that_is_its_own_cause_comes_to_an_end() {
        #[derive(Debug)]
        struct Circle;
        impl fmt::Display for Circle {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("round")
            }
        }
        impl Error for Circle {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Some(self)
            }
        }
        let told = exc_info(&Circle, None);
        assert_eq!(told.lines().count(), 34);
        assert!(told.ends_with("caused by: …"));
    }

    #[test]
    fn an_error_that_cannot_be_displayed_does_no_harm() {
        #[derive(Debug)]
        struct Mute;
        impl fmt::Display for Mute {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("half")?;
                Err(fmt::Error)
            }
        }
        impl Error for Mute {}
        assert_eq!(exc_info(&Mute, None), "half");
    }
}
