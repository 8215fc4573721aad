//! The shell of a WASI command: the input on stdin, the output on stdout.

use std::io::{Read, Write};
use std::process::ExitCode;

use crate::Handler;

/// Runs a handler as the program that this is.
///
/// An error goes to the standard error stream, where the host keeps it, and the status is
/// 1 then.
pub fn command(handler: Handler) -> ExitCode {
    match converse(handler, std::io::stdin(), std::io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // There is nobody left to tell where this cannot be written.
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn converse(handler: Handler, mut from: impl Read, mut to: impl Write) -> Result<(), String> {
    let mut input = Vec::new();
    from.read_to_end(&mut input)
        .map_err(|error| format!("The input cannot be read: {error}"))?;
    let output = handler(&input)?;
    to.write_all(&output)
        .and_then(|()| to.flush())
        .map_err(|error| format!("The output cannot be written: {error}"))
}

#[cfg(test)]
mod tests {
    use super::converse;

    #[test]
    fn what_comes_in_is_handled_and_goes_out() {
        let mut output = Vec::new();
        converse(|input| Ok(input.repeat(2)), &b"ab"[..], &mut output).unwrap();
        assert_eq!(output, b"abab");
    }

    #[test]
    fn an_error_of_the_handler_puts_nothing_out() {
        let mut output = Vec::new();
        let error = converse(|_| Err("no".to_owned()), &b""[..], &mut output).unwrap_err();
        assert_eq!((error.as_str(), output.len()), ("no", 0));
    }
}
