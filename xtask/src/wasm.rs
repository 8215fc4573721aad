//! Which of the targets of guests this machine can compile for.

use std::path::Path;
use std::process::Command;

use crate::Result;

/// The targets for which functions-core compiles without its server.
pub(crate) const TARGETS: &[&str] = &["wasm32-unknown-unknown", "wasm32-wasip1"];

/// # Errors
/// There is no rustc to ask.
pub(crate) fn is_installed(target: &str) -> Result<bool> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", target])
        .output()
        .map_err(|error| format!("rustc cannot be started: {error}"))?;
    let folder = String::from_utf8_lossy(&output.stdout);
    Ok(output.status.success() && Path::new(folder.trim()).is_dir())
}

#[cfg(test)]
mod tests {
    use super::is_installed;

    #[test]
    fn only_a_target_with_a_library_counts_as_installed() {
        assert!(!is_installed("pdp11-unknown-none").unwrap());
        // Known to rustc, but of a tier for which there is no library to install.
        assert!(!is_installed("sparc-unknown-none-elf").unwrap());
    }
}
