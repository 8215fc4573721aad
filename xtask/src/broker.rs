//! Which RabbitMQ the tests of the broker get.
//!
//! They need a real one that they may stop, block and kill, so they start their own: in
//! Docker, or as a private node of an installed RabbitMQ. A broker that the environment
//! names is taken as it is; it is somebody's, and what would harm it is left out. The
//! tests themselves look for nothing: they are told here.

mod install;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::cargo::Cargo;

/// Where packages put the script itself. What Debian has on the PATH is a wrapper that
/// takes nobody but root, and makes him somebody else.
const PACKAGED: &str = "/usr/lib/rabbitmq/bin";
/// Where it may lie though the PATH does not say so.
const FOLDERS: &[&str] = &["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin"];

/// Names the broker that is there, for tests as for servers.
pub(crate) const HOSTNAME: &str = "CRBR_RABBITMQ_HOSTNAME";

/// An engine that answers does so within this time.
const ENGINE: Duration = Duration::from_secs(20);

/// Where the broker of the tests comes from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Broker {
    /// It is there, at this host.
    External(String),
    /// The tests start containers.
    Docker,
    /// The tests start nodes by this `rabbitmq-server`.
    Native(PathBuf),
}

impl Broker {
    /// Finds one, or installs it where that takes nobody by surprise, and says in one
    /// line what the tests get.
    pub(crate) fn find() -> Option<Self> {
        let broker = Self::named().or_else(|| has_docker().then_some(Self::Docker));
        let broker = broker
            .or_else(Self::installed)
            .or_else(|| install::with_apt().then(Self::installed).flatten());
        match &broker {
            Some(Self::External(host)) => eprintln!(
                "The broker's tests run on that of {HOSTNAME}, {host}; those that would harm it, or need its certificate, are left out."
            ),
            Some(Self::Docker) => eprintln!("The broker's tests start RabbitMQ in Docker."),
            Some(Self::Native(server)) => {
                eprintln!(
                    "The broker's tests start private nodes by {}.",
                    server.display()
                );
            }
            None => eprintln!(
                "The broker's tests are left out: they need Docker, or RabbitMQ installed (Debian: `apt-get install rabbitmq-server`, macOS: `brew install rabbitmq`)."
            ),
        }
        broker
    }

    fn named() -> Option<Self> {
        let host = std::env::var(HOSTNAME).ok()?;
        (!host.is_empty()).then_some(Self::External(host))
    }

    fn installed() -> Option<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = [PathBuf::from(PACKAGED)].into_iter();
        let folders = folders.chain(std::env::split_paths(&path));
        let mut folders = folders.chain(FOLDERS.iter().map(PathBuf::from));
        folders
            .find_map(|folder| server_in(&folder))
            .map(Self::Native)
    }

    /// Tells a run of tests.
    pub(crate) fn tell(&self, cargo: Cargo) -> Cargo {
        let make = match self {
            Self::External(_) => "external",
            Self::Docker => "docker",
            Self::Native(_) => "native",
        };
        let cargo = cargo.env("FUNCTIONS_TEST_BROKER", make);
        match self {
            Self::Native(server) => {
                cargo.env("FUNCTIONS_TEST_BROKER_SERVER", &server.to_string_lossy())
            }
            _ => cargo,
        }
    }

    /// What this broker, or this machine, cannot show.
    pub(crate) fn skipped(&self) -> Vec<OsString> {
        let mut skipped = Vec::new();
        if matches!(self, Self::External(_)) {
            skipped.extend(["--skip", "faults", "--skip", "tls", "--skip", "node::"]);
        }
        if !has_python() {
            eprintln!(
                "The test with Python's pika is left out: `python3 -m venv` does not work here (Debian: `apt-get install python3-venv`)."
            );
            skipped.extend(["--skip", "pika"]);
        }
        skipped.into_iter().map(OsString::from).collect()
    }
}

fn server_in(folder: &Path) -> Option<PathBuf> {
    let server = folder.join("rabbitmq-server");
    (server.is_file() && folder.join("rabbitmqctl").is_file()).then_some(server)
}

/// A client alone starts nothing: it has to reach its engine.
fn has_docker() -> bool {
    let mut command = Command::new("docker");
    command.args(["version", "--format", "{{.Server.Version}}"]);
    succeeds(&mut command, ENGINE)
}

/// Debian's Python knows `venv` without having what it needs to make one.
fn has_python() -> bool {
    let mut command = Command::new("python3");
    command.args(["-c", "import ensurepip, venv"]);
    succeeds(&mut command, ENGINE)
}

/// Whether a command can be started, ends in time, and ends well.
fn succeeds(command: &mut Command, patience: Duration) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let Ok(mut child) = command.spawn() else {
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

#[cfg(test)]
mod tests {
    use super::{Broker, server_in, succeeds};
    use std::path::PathBuf;
    use std::process::Command;
    use std::time::Duration;

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
    fn a_folder_without_both_programs_has_no_server() {
        assert_eq!(server_in(&PathBuf::from("/no-such-folder")), None);
        let folder = std::env::temp_dir().join(format!("xtask-broker-{}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("rabbitmq-server"), "").unwrap();
        let half = server_in(&folder);
        std::fs::write(folder.join("rabbitmqctl"), "").unwrap();
        let whole = server_in(&folder);
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!((half, whole), (None, Some(folder.join("rabbitmq-server"))));
    }

    #[test]
    fn a_broker_of_somebody_else_is_not_harmed() {
        let skips_faults = |broker: Broker| {
            let skipped = broker.skipped();
            skipped.windows(2).any(|two| two == ["--skip", "faults"])
        };
        assert!(skips_faults(Broker::External("broker.example".to_owned())));
        assert!(!skips_faults(Broker::Docker));
    }
}
