//! A program that is run before everybody's eyes.

use std::path::Path;
use std::process::Command;

use crate::Result;

/// Runs it, and shows what is run.
///
/// # Errors
/// It cannot be started, or it fails.
pub(crate) fn shown(command: &mut Command) -> Result {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    let arguments = command
        .get_args()
        .map(|argument| argument.to_string_lossy());
    let words: Vec<_> = std::iter::once(name).chain(arguments).collect();
    let shown = words.join(" ");
    eprintln!("$ {shown}");
    let status = command
        .status()
        .map_err(|error| format!("`{shown}` cannot be started: {error}"))?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("`{shown}` failed: {status}").into()),
    }
}
