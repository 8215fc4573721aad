//! The host of modules, as a program to measure.
//!
//! It is built when a benchmark asks for it, and this crate does not depend on it: who
//! measures the SDK does not wait for wasmtime.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::call::Call;
use crate::server::{Output, Program, Server, Told, scratch};
use crate::settings::Settings;

/// The folder of a host: its database, modules and machine code. It goes when this is
/// dropped.
#[derive(Debug)]
pub struct Host {
    program: PathBuf,
    folder: PathBuf,
}

impl Host {
    /// Builds the host, unless one is named, and gives it an empty folder.
    ///
    /// # Errors
    /// It cannot be built.
    pub fn build(settings: &Settings, name: &str) -> Result<Self> {
        let program = match &settings.host {
            Some(program) => program.clone(),
            None => {
                cargo(&["build", "--release", "--package", "functions-host"])?;
                std::env::current_exe()?
                    .with_file_name("functions-host")
                    .with_extension(std::env::consts::EXE_EXTENSION)
            }
        };
        let folder = scratch()?.join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        Ok(Self { program, folder })
    }

    /// The host over its folder, with more flags, and what it is called with.
    #[must_use]
    pub fn program(&self, name: &str, flags: &[&str], call: Call) -> Program {
        let mut arguments: Vec<OsString> = flags.iter().map(Into::into).collect();
        arguments.extend(["--data-dir".into(), self.folder.clone().into()]);
        Program {
            name: name.to_owned(),
            path: self.program.clone(),
            arguments,
            environment: Vec::new(),
            told: Told::Variables("FUNCTIONS_HOST_BIND", "FUNCTIONS_HOST_PORT"),
            call,
        }
    }

    /// Starts it.
    ///
    /// # Errors
    /// It does not start.
    pub fn start(&self, flags: &[&str]) -> Result<Server> {
        let program = self.program(
            "functions-host",
            flags,
            Call::of("GET /health", "text/plain", "", r#"{"status":"ok"}"#),
        );
        let mut server = Server::spawn(&program, Output::File)?;
        drop(server.connect()?);
        Ok(server)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // Left behind it takes room, and the next run removes it.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Runs the cargo that runs this at the root of the repository, and gives what it prints.
///
/// # Errors
/// It fails.
pub fn cargo(arguments: &[&str]) -> Result<Vec<u8>> {
    cargo_told(arguments, &[])
}

/// The same, with more variables.
///
/// # Errors
/// It fails.
pub fn cargo_told(arguments: &[&str], variables: &[(&str, &Path)]) -> Result<Vec<u8>> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(program)
        .args(arguments)
        .envs(variables.iter().copied())
        .current_dir(here.parent().unwrap_or(here))
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start cargo")?;
    ensure!(
        output.status.success(),
        "`cargo {}` failed",
        arguments.join(" ")
    );
    Ok(output.stdout)
}
