//! Who runs a PostgreSQL: anybody but root, whom it refuses.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

/// Who is asked to instead of root, the first that there is.
const INSTEAD: &[&str] = &["postgres", "nobody"];

/// A user, for whom things are put where he can reach them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum User {
    /// Whoever runs the tests.
    Same,
    /// Somebody else, by his number and that of his group.
    Other(u32, u32),
}

impl User {
    /// # Panics
    /// Root runs the tests, on a machine without any other user.
    pub(super) fn find() -> Self {
        if !rustix::process::geteuid().is_root() {
            return Self::Same;
        }
        let mut others = INSTEAD.iter().filter_map(|name| Self::named(name));
        others.next().expect("there is a user whose name is nobody")
    }

    fn named(name: &str) -> Option<Self> {
        let number = |what: &str| {
            let id = Command::new("id").args([what, name]).output().ok()?;
            String::from_utf8_lossy(&id.stdout).trim().parse().ok()
        };
        Some(Self::Other(number("-u")?, number("-g")?))
    }

    /// Runs a program as this user.
    pub(super) fn command(self, program: &Path) -> Command {
        let Self::Other(user, group) = self else {
            return Command::new(program);
        };
        // In its place: what is sent to this process reaches the program.
        let mut command = Command::new("setpriv");
        command.args([format!("--reuid={user}"), format!("--regid={group}")]);
        command.args(["--clear-groups", "--"]).arg(program);
        command
    }

    /// Gives him a file or an empty folder, that nobody else can read.
    pub(super) fn give(self, path: &Path) -> std::io::Result<()> {
        let mode = if path.is_dir() { 0o700 } else { 0o600 };
        std::fs::set_permissions(path, Permissions::from_mode(mode))?;
        match self {
            Self::Same => Ok(()),
            Self::Other(user, group) => chown(path, Some(user), Some(group)),
        }
    }
}
