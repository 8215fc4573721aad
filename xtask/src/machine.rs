//! What this machine has.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Programs that answer do so within this time.
const ANSWER: Duration = Duration::from_secs(20);

/// A variable of the environment that says something.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

pub(crate) fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// A client alone starts nothing: it has to reach its engine.
pub(crate) fn has_docker() -> bool {
    let mut command = Command::new("docker");
    command.args(["version", "--format", "{{.Server.Version}}"]);
    succeeds(&mut command, ANSWER)
}

/// Whether there is a Python of this version or newer that can make environments. Debian's
/// knows `venv` without having what it needs to make one.
pub(crate) fn has_python((major, minor): (u8, u8)) -> bool {
    let script =
        format!("import ensurepip, sys, venv; sys.exit(sys.version_info < ({major}, {minor}))");
    let mut command = Command::new("python3");
    command.args(["-c", &script]);
    succeeds(&mut command, ANSWER)
}

/// Whether a command can be started, ends in time, and ends well. Nobody hears what it
/// says.
pub(crate) fn succeeds(command: &mut Command, patience: Duration) -> bool {
    ends_well(
        command.stdout(Stdio::null()).stderr(Stdio::null()),
        patience,
    )
}

/// The same, and what it says is heard.
pub(crate) fn ends_well(command: &mut Command, patience: Duration) -> bool {
    let Ok(mut child) = command.stdin(Stdio::null()).spawn() else {
        return false;
    };
    let end = Instant::now() + patience;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if Instant::now() < end => sleep(Duration::from_millis(10)),
            _ => {
                // It may have ended in the meantime.
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
    }
}

/// Programs that lie in one folder, which is looked for.
pub(crate) struct Programs<'a> {
    names: &'a [&'a str],
    folders: Vec<PathBuf>,
}

impl<'a> Programs<'a> {
    /// Those of these names, in a folder of the PATH.
    pub(crate) fn of(names: &'a [&'a str]) -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::env::split_paths(&path).collect();
        Self { names, folders }
    }

    /// Looks into this folder first.
    pub(crate) fn before(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folders.insert(0, folder.into());
        self
    }

    /// Looks into these folders last.
    pub(crate) fn behind<F: Into<PathBuf>>(mut self, folders: impl IntoIterator<Item = F>) -> Self {
        self.folders.extend(folders.into_iter().map(Into::into));
        self
    }

    /// The first folder that holds all of them.
    pub(crate) fn find(self) -> Option<PathBuf> {
        self.all().next()
    }

    /// Each folder that holds all of them.
    pub(crate) fn all(self) -> impl Iterator<Item = PathBuf> {
        let Self { names, folders } = self;
        let has_all = move |folder: &PathBuf| names.iter().all(|name| folder.join(name).is_file());
        folders.into_iter().filter(has_all)
    }
}

/// The folder `bin` in each folder of `parent` whose name begins with `start`, the one
/// with the highest version first.
pub(crate) fn versions(parent: &str, start: &str) -> Vec<PathBuf> {
    let entries = Path::new(parent).read_dir().into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<_> = names.filter(|name| name.starts_with(start)).collect();
    names.sort_by_key(|name| std::cmp::Reverse(number_in(name)));
    let folders = names.iter().map(|name| Path::new(parent).join(name));
    folders.map(|folder| folder.join("bin")).collect()
}

fn number_in(name: &str) -> u32 {
    let digits = name.trim_start_matches(|character: char| !character.is_ascii_digit());
    let end = digits.find(|character: char| !character.is_ascii_digit());
    let digits = digits
        .get(..end.unwrap_or(digits.len()))
        .unwrap_or_default();
    digits.parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{Programs, number_in, succeeds, versions};
    use std::path::PathBuf;
    use std::process::Command;
    use std::time::Duration;

    /// A folder that is gone after the test.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let name = format!("xtask-machine-{}-{name}", std::process::id());
            let folder = std::env::temp_dir().join(name);
            std::fs::create_dir(&folder).unwrap();
            Self(folder)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_command_that_fails_is_missing_or_takes_too_long_does_not_succeed() {
        let shell = |script: &str, patience: u64| {
            let mut command = Command::new("/bin/sh");
            succeeds(
                command.args(["-c", script]),
                Duration::from_millis(patience),
            )
        };
        assert!(shell("exit 0", 60_000));
        assert!(!shell("exit 1", 60_000));
        assert!(!shell("exec sleep 60", 1));
        let patience = Duration::from_secs(60);
        assert!(!succeeds(&mut Command::new("no-such-command"), patience));
    }

    #[test]
    fn a_folder_without_one_of_the_programs_is_passed_over() {
        let folder = Folder::new("programs");
        let names = ["no-such-initdb", "no-such-postgres"];
        let find = || Programs::of(&names).behind([&folder.0]).find();
        std::fs::write(folder.0.join(names[0]), "").unwrap();
        assert_eq!(find(), None);
        std::fs::write(folder.0.join(names[1]), "").unwrap();
        assert_eq!(find(), Some(folder.0.clone()));
    }

    #[test]
    fn the_highest_version_comes_first() {
        let folder = Folder::new("versions");
        for name in ["9.6", "15", "17", "other"] {
            std::fs::create_dir(folder.0.join(name)).unwrap();
        }
        let found = versions(folder.0.to_str().unwrap(), "");
        let expected = ["17/bin", "15/bin", "9.6/bin", "other/bin"];
        assert_eq!(found, expected.map(|name| folder.0.join(name)));
        assert_eq!(number_in("java-21-openjdk-amd64"), 21);
    }
}
