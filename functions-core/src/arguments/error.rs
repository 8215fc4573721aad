//! Why the arguments of a call do not fit its function.

use std::fmt;

use super::Fault;
use crate::parameter::Parameter;
use crate::schema::type_name_of;

/// Why the arguments of a call do not fit the function: which one, and what was
/// expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArgumentsError(String);

/// The longest message that goes into an answer or a log, in bytes. A value in
/// it is the caller's, and can be as long as a body.
const LONGEST_MESSAGE: usize = 1024;

impl ArgumentsError {
    /// A fault at a place in the arguments.
    pub(super) fn invalid(fault: &Fault) -> Self {
        Self(format!("{}: {}", fault.path, shorten(&fault.message)))
    }

    /// An argument that the function does not have.
    pub(super) fn unknown(name: &str, parameters: &[Parameter]) -> Self {
        let known: Vec<_> = parameters
            .iter()
            .filter(|parameter| parameter.is_the_callers())
            .map(|parameter| parameter.name)
            .collect();
        let name = shorten(name);
        Self(match *known {
            [] => format!("unknown argument '{name}', expected none"),
            [only] => format!("unknown argument '{name}', expected only '{only}'"),
            _ => format!(
                "unknown argument '{name}', expected '{}'",
                known.join("', '")
            ),
        })
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
