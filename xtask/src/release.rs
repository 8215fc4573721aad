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
use semver::Version;
use tree::Tree;

pub(crate) const COMMAND: Command = Command {
    name: "release",
    about: "check, tag, publish, and build the images of a version",
    help: "\
Usage: cargo xtask release VERSION [--dry-run] [--registry NAME] [--images PREFIX]
       cargo xtask release --dry-run

  1. refuses what cannot be: a version that is not above the last tag's, a tree with
     changes that are not committed, a changelog that says nothing of what is new
  2. runs `cargo xtask ci`
  3. sets the version in Cargo.toml, Cargo.lock and CHANGELOG.md of a copy
  4. compares what is public with the last tag, with `cargo semver-checks`
  5. packs functions-macros, functions-core and functions-host there, and builds each of
     what is packed
  6. sets the version here, commits, and tags it vVERSION
  7. publishes them, in this order
  8. with --images, builds the images, pushes them, and prints their digests

Nothing is pushed to a git remote: the last line says how.

  --dry-run         does 1, 3, 4, 5 in a copy under target/release-of, which is left to
                    be looked at, and shows what else would be run. It takes the state
                    of HEAD, and where no VERSION is given, the next one
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
    let last = tree::last_release()?;
    let version = match &arguments.version {
        Some(version) => version.clone(),
        None => next(last.as_ref())?,
    };
    if let Some(last) = last.as_ref().filter(|last| **last >= version) {
        return Err(format!("{version} is not above {last}, which is the last tag's").into());
    }
    let release = Release {
        version,
        last,
        registry: arguments.registry,
        images: arguments.images,
    };
    match arguments.dry_run {
        true => release.show(),
        false => release.make(),
    }
}

/// Whether this is a repository of git, which a release is made of.
///
/// # Errors
/// Why not.
pub(crate) fn can_be_shown() -> Result {
    tree::head().map(drop)
}

/// The version that the manifests have, or the one after the last where that has it.
fn next(last: Option<&Version>) -> Result<Version> {
    let now = Version::parse(env!("CARGO_PKG_VERSION"))?;
    Ok(match last {
        Some(last) if *last >= now => Version::new(last.major, last.minor, last.patch + 1),
        _ => now,
    })
}

/// A version that is about to be.
struct Release {
    version: Version,
    last: Option<Version>,
    registry: Option<String>,
    images: Option<String>,
}

impl Release {
    /// Does what harms nobody, and says what else would be done.
    fn show(&self) -> Result {
        let changes = self.tried()?;
        println!("\n{changes}");
        let version = &self.version;
        println!("Would commit, tag v{version}, and publish {PACKAGES:?}.");
        images::tell(self);
        Ok(())
    }

    fn make(&self) -> Result {
        let tree = Tree::here();
        tree.refuse_changes()?;
        (ci::COMMAND.run)(Vec::new())?;
        self.tried()?;
        self.change(&tree)?;
        tree.commit(&self.version)?;
        self.publish()?;
        images::make(self)?;
        println!("Released. `git push --follow-tags` shows it to the others.");
        Ok(())
    }

    /// Does all in a copy that can be found wrong before others see it, and tells what has
    /// been changed there.
    fn tried(&self) -> Result<String> {
        let copy = Tree::copy(&self.version)?;
        self.change(&copy)?;
        match &self.last {
            None => println!("There is no tag to compare what is public with."),
            Some(last) => copy
                .cargo("semver-checks")
                .args(["--package", "functions-core", "--baseline-rev"])
                .arg(format!("v{last}"))
                .run()
                .map_err(|error| {
                    format!("{error}; `cargo install cargo-semver-checks --locked`")
                })?,
        }
        let changes = copy.changes()?;
        self.name_registry(&copy)?;
        self.packed(&copy, &["--dry-run", "--allow-dirty"]).run()?;
        Ok(changes)
    }

    fn change(&self, tree: &Tree) -> Result {
        let version = &self.version;
        tree.change("CHANGELOG.md", |text| {
            changelog::released(text, version, &tree::today())
        })?;
        tree.change("Cargo.toml", |text| manifests::with_version(text, version))?;
        let update = ["--workspace", "--offline", "--quiet"];
        tree.cargo("update").args(update).run()
    }

    /// From a copy of what was tagged, which was built of the same packages before.
    fn publish(&self) -> Result {
        let copy = Tree::copy(&self.version)?;
        self.name_registry(&copy)?;
        self.packed(&copy, &["--no-verify", "--allow-dirty"]).run()
    }

    /// A registry of one's own has to be named in the manifests, too, and this is nothing
    /// for others.
    fn name_registry(&self, copy: &Tree) -> Result {
        match &self.registry {
            None => Ok(()),
            Some(registry) => copy.change("Cargo.toml", |text| {
                manifests::with_registry(text, registry)
            }),
        }
    }

    fn packed(&self, tree: &Tree, how: &[&str]) -> Cargo {
        let packages = PACKAGES.iter().flat_map(|name| ["--package", *name]);
        let registry = self.registry.iter();
        let registry = registry.flat_map(|name| ["--registry", name]);
        let cargo = tree.cargo("publish").args(how).arg("--locked");
        cargo.args(packages).args(registry)
    }
}

#[cfg(test)]
mod tests {
    use super::next;
    use semver::Version;

    #[test]
    fn what_comes_next_is_above_what_was_released() {
        let now = Version::parse(env!("CARGO_PKG_VERSION")).unwrap();
        assert_eq!(next(None).unwrap(), now);
        let last = Version::new(now.major, now.minor, now.patch + 4);
        let after = Version::new(now.major, now.minor, now.patch + 5);
        assert_eq!(next(Some(&last)).unwrap(), after);
    }
}
