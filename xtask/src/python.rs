//! `cargo xtask python`: the runtime for functions in Python, checked and tested.
//!
//! Its tools are those of `constraints.txt`, in an environment of their own under target/,
//! which is made anew when what it is made of has changed.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo::root;
use crate::machine::has_python;
use crate::shown::shown;
use crate::{Command as OwnCommand, Result};

pub(crate) const COMMAND: OwnCommand = OwnCommand {
    name: "python",
    about: "lint, type-check and test the runtime for functions in Python",
    help: "\
Usage: cargo xtask python [ARGUMENTS]

Runs ruff, mypy and pytest on python-runtime, with the versions of its constraints.txt,
in an environment that is made once, under target/python-runtime. It takes a Python of
version 3.9 or newer that has venv, and the registry of Python's packages to make it.

ARGUMENTS go to pytest; given any, nothing but that is run:
  cargo xtask python tests/test_logs.py
  cargo xtask python -k signal
",
    run,
};

/// Where it lies, seen from the root of the repository.
const PROJECT: &str = "python-runtime";
const ENVIRONMENT: &str = "target/python-runtime";
/// What the environment is made of.
const SOURCES: [&str; 2] = ["constraints.txt", "pyproject.toml"];
/// What is in it beside the runtime and what that needs; hatchling builds it.
const TOOLS: [&str; 4] = ["hatchling", "mypy", "pytest", "ruff"];
const LACKING: &str = "python-runtime is not tested: it takes `python3` of version 3.9 or newer that can make environments (Debian: `apt-get install python3-venv`).";

fn run(arguments: Vec<OsString>) -> Result {
    if !has_python((3, 9)) {
        return Err(LACKING.into());
    }
    let environment = Environment::ready()?;
    match arguments.is_empty() {
        true => environment.check_all(),
        false => environment.pytest(&arguments),
    }
}

/// All of it, where there is a Python; else a line says what is missing.
///
/// # Errors
/// Something is wrong with it, or its environment cannot be made.
pub(crate) fn test() -> Result {
    if has_python((3, 9)) {
        return Environment::ready()?.check_all();
    }
    eprintln!("{LACKING}");
    Ok(())
}

/// The folder of an environment with the runtime and all that it needs, where there is a
/// Python.
///
/// # Errors
/// It cannot be made.
pub(crate) fn environment() -> Result<Option<PathBuf>> {
    match has_python((3, 9)) {
        true => Ok(Some(Environment::ready()?.0)),
        false => Ok(None),
    }
}

/// A Python with the tools and the runtime.
struct Environment(PathBuf);

impl Environment {
    fn ready() -> Result<Self> {
        let environment = Self(root().join(ENVIRONMENT));
        let complete = environment.0.join("complete");
        let made_of = made_of()?;
        if fs::read_to_string(&complete).is_ok_and(|before| before == made_of) {
            return Ok(environment);
        }
        if environment.0.exists() {
            fs::remove_dir_all(&environment.0)?;
        }
        shown(
            Command::new("python3")
                .args(["-m", "venv"])
                .arg(ENVIRONMENT),
        )?;
        let pip = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ];
        let constraints = Path::new(PROJECT).join("constraints.txt");
        let install = || {
            let mut command = environment.program("python");
            command.args(pip).arg("--constraint").arg(&constraints);
            command
        };
        shown(install().args(TOOLS))?;
        // hatchling is there already, in the version that is wanted.
        let editable = ["--no-build-isolation", "--editable"];
        shown(install().args(editable).arg(Path::new(".").join(PROJECT)))?;
        fs::write(complete, made_of)?;
        Ok(environment)
    }

    fn check_all(&self) -> Result {
        self.in_project("ruff", &["check"])?;
        self.in_project("ruff", &["format", "--check"])?;
        self.in_project("mypy", &[])?;
        self.pytest(&["-q".into()])
    }

    fn pytest(&self, arguments: &[OsString]) -> Result {
        let mut command = self.program("pytest");
        shown(command.args(arguments).current_dir(root().join(PROJECT)))
    }

    fn in_project(&self, program: &str, arguments: &[&str]) -> Result {
        let mut command = self.program(program);
        shown(command.args(arguments).current_dir(root().join(PROJECT)))
    }

    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.0.join("bin").join(name));
        command.current_dir(root());
        command
    }
}

fn made_of() -> Result<String> {
    let mut all = String::new();
    for source in SOURCES {
        all.push_str(&fs::read_to_string(root().join(PROJECT).join(source))?);
    }
    Ok(all)
}
