//! The modules that are run: `guests/`, built for the targets that they are for.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::host::cargo;
use crate::server::scratch;

/// A stack as `examples/modules` has it, in the place of a megabyte that has to be cleared.
const STACK: &str =
    r#"target.'cfg(target_family = "wasm")'.rustflags = ["-Clink-arg=-zstack-size=98304"]"#;

/// The same work in four shapes, each a file.
#[derive(Clone, Debug)]
pub struct Guests {
    /// A component that answers HTTP by itself.
    pub http: PathBuf,
    /// A component that is a command.
    pub command: PathBuf,
    /// A module of the pointer ABI.
    pub pointer: PathBuf,
    /// One that lets its memory grow.
    pub allocating: PathBuf,
}

impl Guests {
    /// Builds them.
    ///
    /// # Errors
    /// They cannot be built, which is so without Rust's targets for them.
    pub fn build() -> Result<Self> {
        let target = scratch()?.join("guests");
        let folder = target.display().to_string();
        let build = |triple: &str, what: &[&str]| {
            let built = ["build", "--release", "--locked", "--target", triple];
            let where_from = ["--manifest-path", "bench/guests/Cargo.toml"];
            let where_to = ["--target-dir", &folder];
            let how = ["--config", STACK];
            cargo(&[&built[..], &where_from, &where_to, &how, what].concat()).with_context(|| {
                format!("what is run cannot be built: `rustup target add {triple}` may help")
            })
        };
        // A build of the command builds the library beside it, too: without HTTP.
        build("wasm32-wasip2", &["--bins"])?;
        build("wasm32-wasip2", &["--lib", "--features", "http"])?;
        let file = |triple: &str, name: &str| target.join(triple).join("release").join(name);
        let pointer = file("wasm32-unknown-unknown", "bench_guests.wasm");
        build(
            "wasm32-unknown-unknown",
            &["--lib", "--features", "allocates"],
        )?;
        let allocating = pointer.with_file_name("allocating.wasm");
        fs::copy(&pointer, &allocating)?;
        build("wasm32-unknown-unknown", &["--lib"])?;
        Ok(Self {
            http: file("wasm32-wasip2", "bench_guests.wasm"),
            command: file("wasm32-wasip2", "command.wasm"),
            pointer,
            allocating,
        })
    }
}

/// The bytes of a module.
///
/// # Errors
/// They cannot be read.
pub fn bytes(module: &Path) -> Result<Vec<u8>> {
    fs::read(module).with_context(|| format!("cannot read {}", module.display()))
}
