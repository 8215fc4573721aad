//! Which targets of WASM there are to compile for, and with which toolchain.

use std::path::Path;
use std::process::Command;

use crate::Result;
use crate::cargo::Cargo;

/// The targets for which functions-core compiles without its server.
pub(crate) const TARGETS: &[&str] = &["wasm32-unknown-unknown", "wasm32-wasip1"];

/// Names the cargo that builds guests, where it is not the project's own.
pub(crate) const GUEST_CARGO: &str = "GUEST_CARGO";

/// Compiles for WASM.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The one of `rust-toolchain.toml`.
    Own,
    /// One that rustup knows by this name.
    Named(String),
}

impl Toolchain {
    /// The one that builds guests.
    ///
    /// # Errors
    /// `GUEST_CARGO` is neither `cargo` nor `cargo +TOOLCHAIN`.
    pub(crate) fn of_guests() -> Result<Self> {
        let set = std::env::var(GUEST_CARGO).unwrap_or_default();
        Self::read(&set).ok_or_else(|| {
            format!("{GUEST_CARGO} is {set:?}; it may be `cargo` or `cargo +TOOLCHAIN`").into()
        })
    }

    fn read(set: &str) -> Option<Self> {
        let mut words = set.split_whitespace();
        match (words.next(), words.next(), words.next()) {
            (None | Some("cargo"), None, None) => Some(Self::Own),
            (Some("cargo"), Some(name), None) => {
                let name = name.strip_prefix('+').filter(|name| !name.is_empty())?;
                Some(Self::Named(name.to_owned()))
            }
            _ => None,
        }
    }

    pub(crate) fn cargo(&self, subcommand: &str) -> Cargo {
        match self {
            Self::Own => Cargo::new(subcommand),
            Self::Named(name) => Cargo::of_toolchain(name, subcommand),
        }
    }

    /// Whether there is a library to compile against.
    ///
    /// # Errors
    /// There is no rustc to ask.
    pub(crate) fn has(&self, target: &str) -> Result<bool> {
        let mut rustc = match self {
            Self::Own => Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())),
            Self::Named(name) => {
                let mut rustup = Command::new("rustup");
                rustup.args(["run", name, "rustc"]).env_remove("RUSTC");
                rustup
            }
        };
        let output = rustc
            .args(["--print", "target-libdir", "--target", target])
            .output()
            .map_err(|error| format!("rustc cannot be started: {error}"))?;
        let folder = String::from_utf8_lossy(&output.stdout);
        Ok(output.status.success() && Path::new(folder.trim()).is_dir())
    }

    /// Has rustup install the library of a target where it lacks, and tells whether it is
    /// there now. What somebody else has put together is left as it is.
    ///
    /// # Errors
    /// There is no rustc to ask.
    pub(crate) fn add(&self, target: &str) -> Result<bool> {
        if *self == Self::Own && !self.has(target)? {
            eprintln!("$ rustup target add {target}");
            // What it complains of it says itself, and the answer is the same.
            let _ = Command::new("rustup")
                .args(["target", "add", target])
                .status();
        }
        self.has(target)
    }
}

#[cfg(test)]
mod tests {
    use super::Toolchain;

    #[test]
    fn only_a_target_with_a_library_counts_as_installed() {
        assert!(!Toolchain::Own.has("pdp11-unknown-none").unwrap());
        // Known to rustc, but of a tier for which there is no library to install.
        assert!(!Toolchain::Own.has("sparc-unknown-none-elf").unwrap());
        let missing = Toolchain::Named("no-such-toolchain".to_owned());
        assert!(!missing.has("wasm32-wasip1").unwrap());
    }

    #[test]
    fn the_cargo_of_guests_is_the_own_one_or_that_of_a_toolchain() {
        for own in ["", "cargo", " cargo "] {
            assert_eq!(Toolchain::read(own), Some(Toolchain::Own), "{own:?}");
        }
        let named = Toolchain::Named("guest".to_owned());
        assert_eq!(Toolchain::read("cargo +guest"), Some(named));
        for wrong in ["cargo +", "cargo guest", "+guest", "cargo +a b"] {
            assert_eq!(Toolchain::read(wrong), None, "{wrong:?}");
        }
    }
}
