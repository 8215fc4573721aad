//! What a function fails with.

use std::error::Error as StdError;
use std::fmt;

type Source = Box<dyn StdError + Send + Sync + 'static>;

/// An error that a function returned.
///
/// Anything that converts into a boxed error becomes one: types of `thiserror`,
/// [`anyhow::Error`], `Box<dyn Error + Send + Sync>`, `String` and `&'static str`.
/// So a function can return any of them, and use `?` on them.
///
/// Its message goes to the caller, after `Function execution failed: `. The chain
/// of its causes goes to the log, and so does the backtrace of an `anyhow` error.
///
/// [`anyhow::Error`]: https://docs.rs/anyhow
pub struct FunctionError(Cause);

enum Cause {
    Boxed(Source),
    /// As it is, for its backtrace: written out, that takes long, and is only for the
    /// log.
    #[cfg(feature = "anyhow")]
    Anyhow(anyhow::Error),
}

impl FunctionError {
    /// The error that the function returned.
    #[must_use]
    pub fn get(&self) -> &(dyn StdError + Send + Sync + 'static) {
        match &self.0 {
            Cause::Boxed(error) => &**error,
            #[cfg(feature = "anyhow")]
            Cause::Anyhow(error) => &**error,
        }
    }

    /// The backtrace that the error brought along, written out. That may take a
    /// second when a program does it first.
    #[must_use]
    pub fn backtrace(&self) -> Option<String> {
        match &self.0 {
            Cause::Boxed(_) => None,
            #[cfg(feature = "anyhow")]
            Cause::Anyhow(error) => {
                use std::backtrace::BacktraceStatus;

                let backtrace = error.backtrace();
                (backtrace.status() == BacktraceStatus::Captured).then(|| backtrace.to_string())
            }
        }
    }
}

impl<E: Into<Source> + 'static> From<E> for FunctionError {
    fn from(error: E) -> Self {
        let mut error = Some(error);
        let cause = take_anyhow(&mut error).or_else(|| Some(Cause::Boxed(error?.into())));
        // One of the two has taken it.
        Self(cause.unwrap_or_else(|| Cause::Boxed("an error".into())))
    }
}

/// What a function may fail with: anything that converts into a
/// [`FunctionError`].
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a function cannot fail with `{Self}`",
    label = "the error of this `Result` is not an error of a function",
    note = "an error is anything that implements `std::error::Error + Send + Sync + 'static`, or `anyhow::Error`, `Box<dyn std::error::Error + Send + Sync>`, `String`, `&'static str` or `FunctionError`",
    note = "for a type of your own: `#[derive(Debug, thiserror::Error)]`"
)]
pub trait IntoFunctionError {
    fn into_function_error(self) -> FunctionError;
}

#[diagnostic::do_not_recommend]
impl<E: Into<FunctionError>> IntoFunctionError for E {
    fn into_function_error(self) -> FunctionError {
        self.into()
    }
}

/// Takes the error, where its type turns out to be anyhow's.
#[cfg(feature = "anyhow")]
fn take_anyhow<E: 'static>(error: &mut Option<E>) -> Option<Cause> {
    let error: &mut dyn std::any::Any = error;
    let anyhow = error.downcast_mut::<Option<anyhow::Error>>()?.take()?;
    Some(Cause::Anyhow(anyhow))
}

#[cfg(not(feature = "anyhow"))]
fn take_anyhow<E: 'static>(_: &mut Option<E>) -> Option<Cause> {
    None
}

impl fmt::Display for FunctionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.get(), f)
    }
}

impl fmt::Debug for FunctionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.get(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::FunctionError;

    #[test]
    fn text_boxed_errors_and_error_types_convert() {
        let io = std::io::Error::other("disk full");
        let boxed: Box<dyn std::error::Error + Send + Sync> = "boxed".into();
        assert_eq!(FunctionError::from("text").to_string(), "text");
        assert_eq!(FunctionError::from(String::from("own")).to_string(), "own");
        assert_eq!(FunctionError::from(boxed).to_string(), "boxed");
        assert_eq!(FunctionError::from(io).to_string(), "disk full");
    }

    #[cfg(feature = "anyhow")]
    #[test]
    fn an_anyhow_error_keeps_its_chain_of_causes() {
        let error = anyhow::Error::new(std::io::Error::other("disk full")).context("cannot save");
        let error = FunctionError::from(error);
        assert_eq!(error.to_string(), "cannot save");
        assert_eq!(error.get().source().unwrap().to_string(), "disk full");
    }
}
