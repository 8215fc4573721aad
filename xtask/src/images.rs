//! What the tests of the images get: something to build them with, and their programs.
//!
//! Those are linked here as the recipes link them, of what is compiled for the tests
//! already: to build them as they are shipped takes as long as all tests do.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::cargo::{Cargo, root};
use crate::found::Found;
use crate::machine::{Programs, is_root, succeeds};
use crate::shown::shown;
use crate::{Result, install, python};

/// Names the folder of the programs.
const PROGRAMS: &str = "FUNCTIONS_TEST_IMAGE_PROGRAMS";
/// Names the environment that has all that python-runtime needs.
const PYTHON: &str = "FUNCTIONS_TEST_PYTHON";
/// What images hold, by the tests that have cargo build it: those have to be of the two
/// packages, and small.
const NAMES: [(&str, &str); 2] = [("server", "announced"), ("functions-host", "rooms")];
const BUILDER: &str = "buildah";
/// What runs and shortens them.
const TOOLS: [&str; 3] = ["unshare", "setpriv", "strip"];
/// Where they are put.
const FOLDER: &str = "target/images";

const PATIENCE: Duration = Duration::from_secs(20);

/// Finds what builds and runs images, installing where that takes nobody by surprise, links
/// their programs, and says in one line what the tests get.
///
/// # Errors
/// The programs cannot be linked.
pub(crate) fn find() -> Result<Option<Found>> {
    if let Err(lacking) = can_be_run() {
        eprintln!("Images' tests are left out: {lacking}.");
        return Ok(None);
    }
    eprintln!("Images' tests build them with {BUILDER}.");
    let folder = root().join(FOLDER);
    link(&folder)?;
    let python = python::environment()?;
    let shown = |folder: &Path| folder.display().to_string();
    let python = python.map(|python| (PYTHON, shown(&python)));
    Ok(Some(Found {
        name: "images",
        is_there: true,
        is_made: true,
        left_out: python.is_none().then_some("python::"),
        variables: std::iter::once((PROGRAMS, shown(&folder)))
            .chain(python)
            .collect(),
    }))
}

fn can_be_run() -> std::result::Result<(), String> {
    if !cfg!(target_os = "linux") || !is_root() {
        return Err("they need Linux, and root".to_owned());
    }
    let has = |name: &str| Programs::of(&[name]).find().is_some();
    if let Some(tool) = TOOLS.into_iter().find(|tool| !has(tool)) {
        return Err(format!("they need {tool}"));
    }
    let mut unshare = Command::new("unshare");
    unshare.args(["--mount", "--pid", "--fork", "true"]);
    if !succeeds(&mut unshare, PATIENCE) {
        return Err("root may make no namespaces here".to_owned());
    }
    let install = || install::with_apt(&[BUILDER], None) && has(BUILDER);
    match has(BUILDER) || install() {
        true => Ok(()),
        false => Err(format!(
            "they need {BUILDER} (Debian: `apt-get install {BUILDER}`)"
        )),
    }
}

/// Links the programs, and puts them into a folder without what only a debugger needs.
fn link(folder: &Path) -> Result {
    let wrapper = root().join(".cargo/static-rustc");
    let tests = NAMES.iter().flat_map(|(_, test)| ["--test", *test]);
    // As tests are built, or all that they are made of would be compiled once more.
    Cargo::new("test")
        .args(["--workspace", "--all-features", "--locked", "--no-run"])
        .args(tests)
        .hidden_env("RUSTC_WORKSPACE_WRAPPER", &wrapper.to_string_lossy())
        .run()?;
    fs::create_dir_all(folder)?;
    // The command that runs this lies beside all that cargo builds.
    let built = std::env::current_exe()?;
    for (name, _) in NAMES {
        let mut strip = Command::new("strip");
        strip.arg("-o").arg(folder.join(name));
        shown(strip.arg(built.with_file_name(name)))?;
    }
    Ok(())
}
