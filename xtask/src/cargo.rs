//! Runs cargo at the root of the repository, and shows what it runs.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use crate::Result;

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// A run of the cargo that runs this.
pub(crate) struct Cargo {
    command: Command,
    shown: String,
}

impl Cargo {
    pub(crate) fn new(subcommand: &str) -> Self {
        let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        Self::with(Command::new(program), "cargo").arg(subcommand)
    }

    /// The cargo of a toolchain that rustup has installed.
    pub(crate) fn of_toolchain(toolchain: &str, subcommand: &str) -> Self {
        let mut command = Command::new("rustup");
        command
            .args(["run", toolchain, "cargo"])
            .env_remove("CARGO")
            .env_remove("RUSTC")
            .env_remove("RUSTDOC");
        Self::with(command, &format!("cargo +{toolchain}")).arg(subcommand)
    }

    fn with(mut command: Command, shown: &str) -> Self {
        command.current_dir(root());
        let shown = shown.to_owned();
        Self { command, shown }
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.shown.push(' ');
        self.shown.push_str(&argument.as_ref().to_string_lossy());
        self.command.arg(argument);
        self
    }

    pub(crate) fn args<A: AsRef<OsStr>>(self, arguments: impl IntoIterator<Item = A>) -> Self {
        arguments.into_iter().fold(self, Self::arg)
    }

    /// The same, elsewhere than at the root.
    pub(crate) fn within(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.shown = format!("{name}='{value}' {}", self.shown);
        self.command.env(name, value);
        self
    }

    /// The same, where what is shown is for others to see and the value is not.
    pub(crate) fn hidden_env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// # Errors
    /// It cannot be started, or it fails.
    pub(crate) fn run(mut self) -> Result {
        eprintln!("$ {}", self.shown);
        let status = self
            .command
            .status()
            .map_err(|error| format!("`{}` cannot be started: {error}", self.shown))?;
        self.ended(status)
    }

    /// Runs it, hands on each line that it prints, and prints it.
    ///
    /// # Errors
    /// It cannot be started, or it fails.
    pub(crate) fn run_heard(mut self, mut hear: impl FnMut(&str)) -> Result {
        eprintln!("$ {}", self.shown);
        let started = self.command.stdout(Stdio::piped()).spawn();
        let mut child =
            started.map_err(|error| format!("`{}` cannot be started: {error}", self.shown))?;
        for line in child.stdout.take().into_iter().flat_map(lines) {
            println!("{line}");
            hear(&line);
        }
        self.ended(child.wait()?)
    }

    fn ended(&self, status: ExitStatus) -> Result {
        match status.success() {
            true => Ok(()),
            false => Err(format!("`{}` failed: {status}", self.shown).into()),
        }
    }

    /// Runs it without showing it, and gives what it prints.
    ///
    /// # Errors
    /// It cannot be started, or it fails.
    pub(crate) fn output(mut self) -> Result<String> {
        let output = self
            .command
            .output()
            .map_err(|error| format!("`{}` cannot be started: {error}", self.shown))?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// Lines, also where they are no UTF-8.
fn lines(from: impl Read) -> impl Iterator<Item = String> {
    let lines = BufReader::new(from)
        .split(b'\n')
        .map_while(std::io::Result::ok);
    lines.map(|line| String::from_utf8_lossy(&line).into_owned())
}

#[cfg(test)]
mod tests {
    use super::{Cargo, root};

    #[test]
    fn the_root_is_where_the_workspace_is() {
        let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[workspace]"));
    }

    #[test]
    fn what_is_shown_can_be_typed() {
        let cargo = Cargo::new("doc")
            .args(["--workspace", "--no-deps"])
            .env("RUSTDOCFLAGS", "-D warnings");
        assert_eq!(
            cargo.shown,
            "RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps"
        );
    }

    #[test]
    fn a_run_that_fails_is_an_error_that_names_it() {
        let mut cargo = Cargo::new("no-such-command");
        cargo.command.stderr(std::process::Stdio::null());
        let error = cargo.run().unwrap_err().to_string();
        assert!(error.starts_with("`cargo no-such-command` failed: "));
    }
}
