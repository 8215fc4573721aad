//! `cargo xtask release VERSION`: from main to what others install.

mod arguments;
mod changelog;
mod images;
mod manifests;
mod tree;

use std::ffi::OsString;

use crate::cargo::Cargo;
use crate::{Command, Result, ci};
use arguments::Arguments;
use tree::Tree;

pub(crate) const COMMAND: Command = Command {
    name: "release",
    about: "check, tag, publish, and build the images of a version",
    help: "\
Usage: cargo xtask release VERSION [--dry-run] [--registry NAME] [--images PREFIX]

  1. refuses what cannot be: a version that is not above the last tag's, a tree with
     changes that are not committed, a changelog that says nothing of what is new
  2. runs `cargo xtask ci`
  3. compares what is public with the last tag, with `cargo semver-checks`
  4. sets the version in Cargo.toml, Cargo.lock and CHANGELOG.md
  5. packs functions-macros, functions-core and functions-host, and builds each of
     what is packed
  6. commits, and tags it vVERSION
  7. publishes them, in this order
  8. with --images, builds the images, pushes them, and prints their digests

Nothing is pushed to a git remote: the last line says how.

  --dry-run         does 1, 3, 4, 5 in a copy under target/release-of, which is left to
                    be looked at, and shows what else would be run. It takes the state
                    of HEAD, and the version that is there already is allowed, too
  --registry NAME   publishes to a registry that a configuration of cargo names, such as
                    a Nexus or an Artifactory (PUBLISHING.md); else to crates.io
  --images PREFIX   where images go: PREFIX/functions-host:VERSION and so on
",
    run,
};

/// What is published, each after what it depends on.
const PACKAGES: &[&str] = &["functions-macros", "functions-core", "functions-host"];

fn run(arguments: Vec<OsString>) -> Result {
    let arguments = Arguments::read(arguments)?;
    let version = &arguments.version;
    let last = tree::last_release()?;
    if let Some(last) = last.as_ref().filter(|last| *last >= version) {
        return Err(format!("{version} is not above {last}, which is the last tag's").into());
    }
    if arguments.dry_run {
        let copy = Tree::copy(version)?;
        prepare(&copy, &arguments, last.as_ref())?;
        println!("\n{}", copy.changes()?);
        println!("Would commit, tag v{version}, and publish {PACKAGES:?}.");
        return images::tell(&arguments);
    }
    let tree = Tree::here();
    tree.refuse_changes()?;
    (ci::COMMAND.run)(Vec::new())?;
    prepare(&tree, &arguments, last.as_ref())?;
    tree.commit(version)?;
    publish(&arguments)?;
    images::make(&arguments)?;
    println!("Released. `git push --follow-tags` shows it to the others.");
    Ok(())
}

/// All that can be found wrong before others see it.
fn prepare(tree: &Tree, arguments: &Arguments, last: Option<&semver::Version>) -> Result {
    let version = &arguments.version;
    tree.change("CHANGELOG.md", |text| {
        changelog::released(text, version, &tree::today())
    })?;
    tree.change("Cargo.toml", |text| manifests::with_version(text, version))?;
    tree.cargo("update")
        .args(["--workspace", "--offline", "--quiet"])
        .run()?;
    match last {
        None => println!("There is no tag to compare what is public with."),
        Some(last) => tree
            .cargo("semver-checks")
            .args(["--package", "functions-core", "--baseline-rev"])
            .arg(format!("v{last}"))
            .run()
            .map_err(|error| format!("{error}; `cargo install cargo-semver-checks --locked`"))?,
    }
    packed(
        tree.cargo("publish"),
        &["--dry-run", "--allow-dirty"],
        arguments,
    )
    .run()
}

/// From a copy of what was tagged: a registry of one's own has to be named in the manifests,
/// too, and this is nothing for others.
fn publish(arguments: &Arguments) -> Result {
    let copy = Tree::copy(&arguments.version)?;
    if let Some(registry) = &arguments.registry {
        copy.change("Cargo.toml", |text| {
            manifests::with_registry(text, registry)
        })?;
    }
    packed(copy.cargo("publish"), &["--allow-dirty"], arguments).run()
}

fn packed(cargo: Cargo, how: &[&str], arguments: &Arguments) -> Cargo {
    let packages = PACKAGES.iter().flat_map(|name| ["--package", *name]);
    let registry = arguments
        .registry
        .iter()
        .flat_map(|name| ["--registry", name]);
    cargo
        .args(how)
        .arg("--locked")
        .args(packages)
        .args(registry)
}
