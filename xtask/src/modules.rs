//! `cargo xtask modules`: the example modules, as files to hand over to a host.
//!
//! They are a workspace of their own, which knows nothing of the rest and of which the
//! rest knows nothing: whoever has no target for WASM builds everything else as ever.

mod form;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cargo::{Cargo, root};
use crate::wasm::{GUEST_CARGO, Toolchain};
use crate::{Command, Result, no_arguments};

pub(crate) use form::Form;

pub(crate) const COMMAND: Command = Command {
    name: "modules",
    about: "build the example modules of functions-host",
    help: "\
Usage: cargo xtask modules

Builds each module of examples/modules in the three forms that functions-host
runs, as a file of target/modules:
  NAME.pointer.wasm    the pointer ABI        wasm32-unknown-unknown
  NAME.command.wasm    WASI preview 1         wasm32-wasip1
  NAME.component.wasm  a component, WASI 0.2  wasm32-wasip2
and shows their sizes. A target that is not installed is installed by `rustup
target add`; where that fails, a line says so, and its form is left out.
`cargo xtask test` builds them as well, and installs nothing.

GUEST_CARGO names a toolchain that has the targets where rustup cannot install
them, as in GUEST_CARGO='cargo +NAME'.
",
    run,
};

/// The modules, each a crate in the folder of its name.
const MODULES: [&str; 3] = ["asset-linker", "hello", "log-analyser"];

/// The workspace of the modules, from the root.
const MANIFEST: &str = "examples/modules/Cargo.toml";

/// What cargo finds by itself where it runs in that folder.
const CONFIG: &str = "examples/modules/.cargo/config.toml";
/// What is compiled for them.
const TARGET: &str = "target/guests";

fn run(arguments: Vec<OsString>) -> Result {
    no_arguments(&arguments)?;
    let toolchain = Toolchain::of_guests()?;
    for form in Form::ALL {
        toolchain.add(form.target())?;
    }
    let built = build()?;
    if built.is_empty() {
        return Err("there is no target to build modules for".into());
    }
    for form in built {
        for module in MODULES {
            let file = file(module, form);
            println!("{:>9} bytes  {}", fs::metadata(&file)?.len(), shown(&file));
        }
    }
    Ok(())
}

/// Builds every module in each form for which the target is there, and tells which forms
/// these are. One line names those that are left out, and nothing old remains of them.
///
/// # Errors
/// A module cannot be built.
pub(crate) fn build() -> Result<Vec<Form>> {
    let toolchain = Toolchain::of_guests()?;
    let (mut built, mut lacking) = (Vec::new(), Vec::new());
    fs::create_dir_all(folder())?;
    for form in Form::ALL {
        match toolchain.has(form.target())? {
            true => built.push(form),
            false => lacking.push(form),
        }
        for module in MODULES {
            let _ = fs::remove_file(file(module, form));
        }
    }
    if !lacking.is_empty() {
        eprintln!("{}", left_out(&lacking));
    }
    for form in &built {
        for module in MODULES {
            build_one(&toolchain, module, *form)?;
        }
    }
    Ok(built)
}

fn left_out(forms: &[Form]) -> String {
    let names: Vec<_> = forms.iter().map(|form| form.name()).collect();
    let targets: Vec<_> = forms.iter().map(|form| form.target()).collect();
    format!(
        "Modules are left out in the form of {}: `rustup target add {}` installs what that takes, or {GUEST_CARGO}='cargo +NAME' names a toolchain that has it.",
        names.join(" and "),
        targets.join(" ")
    )
}

fn build_one(toolchain: &Toolchain, module: &str, form: Form) -> Result {
    toolchain
        .cargo("rustc")
        .args(["--quiet", "--manifest-path", MANIFEST, "--config", CONFIG])
        .args(["--release", "--locked", "--target-dir", TARGET])
        .args(["--package", module, "--target", form.target()])
        .args(form.arguments())
        .run()?;
    let built = root().join(TARGET).join(form.target());
    let built = built.join("release").join(form.output(module));
    fs::copy(&built, file(module, form))
        .map_err(|error| format!("{} cannot be copied: {error}", built.display()))?;
    Ok(())
}

/// A command of cargo for the workspace of the modules, on this machine itself.
pub(crate) fn cargo(subcommand: &str) -> Cargo {
    let cargo = Cargo::new(subcommand).args(["--manifest-path", MANIFEST]);
    match subcommand {
        "fmt" => cargo,
        _ => cargo.args(["--locked", "--target-dir", TARGET]),
    }
}

fn folder() -> PathBuf {
    root().join("target/modules")
}

fn file(module: &str, form: Form) -> PathBuf {
    folder().join(format!("{module}.{form}.wasm"))
}

fn shown(file: &Path) -> String {
    let short = file.strip_prefix(root()).unwrap_or(file);
    short.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::{Form, MANIFEST, MODULES, left_out};
    use crate::cargo::root;

    #[test]
    fn each_module_is_a_crate_of_the_workspace_and_none_is_forgotten() {
        let manifest = std::fs::read_to_string(root().join(MANIFEST)).unwrap();
        let members = manifest.lines().find(|line| line.starts_with("members"));
        let mut named: Vec<_> = members.unwrap().split('"').skip(1).step_by(2).collect();
        named.retain(|name| *name != "guest");
        assert_eq!(named, MODULES);
    }

    #[test]
    fn what_is_left_out_is_told_with_what_to_do() {
        let line = left_out(&[Form::Command, Form::Component]);
        assert!(
            line.contains("in the form of command and component: "),
            "{line}"
        );
        assert!(
            line.contains("`rustup target add wasm32-wasip1 wasm32-wasip2`"),
            "{line}"
        );
    }
}
