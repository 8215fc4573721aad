//! Why the arguments of a call do not fit its function.

use std::fmt;

use super::path;
use crate::function::Parameter;
use crate::schema::type_name_of;

/// Why the arguments of a call do not fit the function: which one, and what was
/// expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArgumentsError(String);

/// The longest message that goes into an answer or a log, in bytes. A value in
/// it is the caller's, and can be as long as a body.
const LONGEST_MESSAGE: usize = 1024;

impl ArgumentsError {
    pub(crate) fn invalid(arguments: &str, error: &serde_json::Error) -> Self {
        let text = error.to_string();
        let (message, position) = match text.rfind(" at line ") {
            Some(at) if error.line() > 0 => (text.split_at(at).0, true),
            _ => (&*text, false),
        };
        let message = shorten(message);
        if !position || message.starts_with("unknown argument ") {
            return Self(message);
        }
        let offset = path::offset(arguments, error.line(), error.column());
        Self(format!("{}: {message}", path::at(arguments, offset)))
    }

    pub(super) fn missing(parameters: &[&'static Parameter]) -> Self {
        let names: Vec<_> = parameters
            .iter()
            .map(|parameter| format!("'{}' ({})", parameter.name, type_name_of(parameter)))
            .collect();
        let plural = if names.len() == 1 { "" } else { "s" };
        Self(format!(
            "missing required argument{plural}: {}",
            names.join(", ")
        ))
    }
}

/// Cuts the middle out of a message that is too long: what was expected stands
/// at its end.
fn shorten(message: &str) -> String {
    if message.len() <= LONGEST_MESSAGE {
        return message.to_owned();
    }
    let chars = || message.char_indices().map(|(at, _)| at);
    let head_end = chars()
        .take_while(|at| *at <= LONGEST_MESSAGE * 3 / 4)
        .last();
    let tail_start = chars().find(|at| *at >= message.len() - LONGEST_MESSAGE / 4);
    let head = message.split_at(head_end.unwrap_or(0)).0;
    let tail = message.split_at(tail_start.unwrap_or(message.len())).1;
    format!("{head} … {tail}")
}

impl fmt::Display for ArgumentsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ArgumentsError {}

/// An argument that the function does not have, and those that it has.
pub(super) struct UnknownArgument<'a> {
    pub(super) name: &'a str,
    pub(super) known: Vec<&'static str>,
}

impl fmt::Display for UnknownArgument<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown argument '{}', expected ", self.name)?;
        match &*self.known {
            [] => f.write_str("none"),
            [only] => write!(f, "only '{only}'"),
            several => write!(f, "'{}'", several.join("', '")),
        }
    }
}
