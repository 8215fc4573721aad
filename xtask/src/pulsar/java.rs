//! The Java that runs Pulsar.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::machine::{Programs, variable, versions};

/// The oldest that Pulsar runs on.
const OLDEST: u32 = 17;
/// Where packages put one that the PATH does not lead to.
const PARENTS: &[(&str, &str)] = &[("/usr/lib/jvm", ""), ("/opt/homebrew/opt", "openjdk")];

/// The home of one that is new enough: the one that the environment names, that of the
/// PATH, or another.
pub(super) fn find() -> Option<PathBuf> {
    all().next()
}

/// The home of one that compiles, too.
pub(super) fn that_compiles() -> Option<PathBuf> {
    all().find(|home| home.join("bin/javac").is_file())
}

fn all() -> impl Iterator<Item = PathBuf> {
    let named = variable("JAVA_HOME").map(|home| Path::new(&home).join("bin"));
    let installed = PARENTS.iter();
    let installed = installed.flat_map(|(parent, start)| versions(parent, start));
    let programs = Programs::of(&["java"]).behind(installed);
    let folders = named.into_iter().chain(programs.all());
    folders.map(|folder| folder.join("java")).filter_map(home)
}

/// The home of a Java that is new enough.
fn home(java: PathBuf) -> Option<PathBuf> {
    let said = Command::new(&java).arg("-version").output().ok()?;
    let version = version(&String::from_utf8_lossy(&said.stderr))?;
    // What lies on the PATH may be a link into it.
    let home = java.canonicalize().ok()?.parent()?.parent()?.to_owned();
    (version >= OLDEST).then_some(home)
}

/// The number in `openjdk version "17.0.15" 2025-04-15`, which was `1.8` for 8.
fn version(said: &str) -> Option<u32> {
    let (_, behind) = said.split_once("version \"")?;
    let mut numbers = behind.split(|character: char| !character.is_ascii_digit());
    match numbers.next()?.parse().ok()? {
        1 => numbers.next()?.parse().ok(),
        version => Some(version),
    }
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn the_version_of_a_java_is_read_from_what_it_says() {
        let said = "openjdk version \"17.0.15\" 2025-04-15\nOpenJDK Runtime Environment";
        assert_eq!(version(said), Some(17));
        assert_eq!(version("java version \"1.8.0_401\""), Some(8));
        assert_eq!(version("openjdk version \"25\" 2025-09-16"), Some(25));
        assert_eq!(version("The operation couldn't be completed."), None);
    }
}
